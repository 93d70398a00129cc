"""A child process that answers each line on its standard input with a line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

HERE = Path(__file__).parent


class Child:
    """Run a script of this folder until the `with` block ends."""

    def __init__(self, script: str, *arguments: str) -> None:
        self._name = " ".join((script, *arguments[:1]))
        self._process = subprocess.Popen(
            [sys.executable, HERE / script, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def read(self) -> str:
        """Return the next line of the child."""
        line = self._process.stdout.readline() if self._process.stdout is not None else ""
        if not line:
            raise SystemExit(f"{self._name} ended")
        return line

    def ask(self, line: str) -> str:
        """Give the child a line, and return the one that it answers with."""
        if self._process.stdin is not None:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        return self.read()
