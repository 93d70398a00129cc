"""A client under test in a child process that is killed for certain."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from dataclasses import asdict
from pathlib import Path
from typing import IO

from pytest_asyncapi_sse.driver.calling import Call
from pytest_asyncapi_sse.driver.delivery import Delivery
from pytest_asyncapi_sse.driver.listening import Listening
from pytest_asyncapi_sse.schema import dump_json, parse_json

_KEPT_LINES = 40
_JOIN_SECONDS = 2.0


class ProcessDriver:
    """Run a client MODULE:ATTR in a Python child, which is kept from one call to the next.

    `folder` is put on the child's import path. A child whose client does not end with its stream
    is killed with its whole process group, and the next call starts a new one.
    """

    def __init__(self, target: str, *, folder: Path) -> None:
        self._target = target
        self._folder = folder
        self._child: subprocess.Popen[str] | None = None
        self._threads: list[threading.Thread] = []
        self._current: Listening | None = None
        self._errors: deque[str] = deque(maxlen=_KEPT_LINES)

    def start(self, call: Call) -> Listening:
        """Hand the call to the child and return at once."""
        child = self._child if self._child is not None and self._child.poll() is None else None
        if child is None:
            self.close()
            child = self._spawn()
        listening = Listening()
        self._current = listening
        try:
            self._input(child).write(dump_json(asdict(call)) + "\n")
            self._input(child).flush()
        except OSError:
            listening.end(self._last_words())
        return listening

    def stop(self, listening: Listening, *, within: float) -> bool:
        """Wait for the client to end with its stream, and kill it where it does not.

        A client that reconnects for ever is no fault, so this is True in any case.
        """
        listening.stopping = True
        if not listening.wait_until(lambda: listening.ended, within=within):
            self.close()
        self._current = None
        return True

    def close(self) -> None:
        """Kill the child and its group, and wait until nothing of it is left."""
        child, self._child = self._child, None
        if child is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait(_JOIN_SECONDS)
        for thread in self._threads:
            thread.join(_JOIN_SECONDS)
        self._threads.clear()
        for pipe in (child.stdin, child.stdout, child.stderr):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()

    def _spawn(self) -> subprocess.Popen[str]:
        search = [str(self._folder), *filter(None, [os.environ.get("PYTHONPATH")])]
        child = subprocess.Popen(
            [sys.executable, "-m", f"{__package__}.child", self._target],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self._folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(search), "PYTHONUTF8": "1"},
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        self._child = child
        self._errors.clear()
        for pipe, reader in ((child.stdout, self._read), (child.stderr, self._read_errors)):
            thread = threading.Thread(target=reader, args=(pipe,), daemon=True)
            thread.start()
            self._threads.append(thread)
        return child

    def _read(self, pipe: IO[str]) -> None:
        for line in pipe:
            listening = self._current
            if listening is None:
                continue
            report = parse_json(line)
            if "ended" in report:
                listening.end(report["ended"])
            elif "error" in report:
                listening.deliver(Delivery(error=report["error"]))
            else:
                listening.deliver(Delivery(payload=report["payload"], data=report.get("data")))
        listening = self._current
        if listening is not None:
            listening.end(self._last_words())

    def _read_errors(self, pipe: IO[str]) -> None:
        for line in pipe:
            self._errors.append(line.rstrip("\n"))

    def _last_words(self) -> str:
        said = "\n".join(list(self._errors)[-5:])
        return (
            f"its process ended; last on standard error:\n{said}" if said else "its process ended"
        )

    @staticmethod
    def _input(child: subprocess.Popen[str]) -> IO[str]:
        if child.stdin is None:
            raise OSError("the child has no standard input")
        return child.stdin
