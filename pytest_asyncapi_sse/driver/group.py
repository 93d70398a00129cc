"""A child process in a group of its own, with a thread that reads what it writes."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from pytest_asyncapi_sse.driver.wire import MAX_LINE

_CHUNK = 2**16
_LOOK_SECONDS = 0.1
_LAST_WORDS_SECONDS = 0.3
_JOIN_SECONDS = 2.0
_SAID = 5


class ProcessGroup:
    """Run a command as the leader of a new process group, until it is killed with all of it.

    `take` gets each line of standard output, one that is too long cut to a byte over MAX_LINE;
    `hear` gets each line of standard error; `ended` is called once, when standard output is closed,
    with the exit status, None where it runs on. All are called in one thread. Raises OSError or
    ValueError where the command can't be started.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        take: Callable[[bytes], object],
        hear: Callable[[str], object],
        ended: Callable[[int | None], object],
        is_fed: bool = False,
    ) -> None:
        self._ended = ended
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE if is_fed else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env=dict(environment),
            start_new_session=True,
        )
        self._leaves = False
        lines = _Lines(take, most=MAX_LINE), _Lines(_text(hear), most=_CHUNK)
        self._thread = threading.Thread(
            target=self._read, args=lines, name="client under test", daemon=True
        )
        self._thread.start()

    @property
    def runs(self) -> bool:
        """Whether the leader runs, and is listened to."""
        return self._thread.is_alive() and self._process.poll() is None

    def send(self, line: str) -> None:
        """Write a line on the standard input of the leader; raises OSError."""
        if self._process.stdin is None:
            raise OSError("the process has no standard input")
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    def terminate(self, *, grace: float) -> None:
        """Ask the group to end, and kill it after `grace` seconds, or when that is interrupted."""
        try:
            self._signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(grace)
        finally:
            self.kill()

    def kill(self) -> None:
        """Kill the group, and wait until nothing of it is left."""
        self._signal(signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_JOIN_SECONDS)
        self._thread.join(_LAST_WORDS_SECONDS)
        # A process that left the group may hold the pipes for as long as it likes.
        self._leaves = True
        self._thread.join(_JOIN_SECONDS)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    def _read(self, output: _Lines, errors: _Lines) -> None:
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(_open(self._process.stdout), selectors.EVENT_READ, output)
                selector.register(_open(self._process.stderr), selectors.EVENT_READ, errors)
                self._read_from(selector, output)
        finally:
            for lines in (errors, output):
                lines.end()
            self._ended(self._status())

    def _read_from(self, selector: selectors.BaseSelector, output: _Lines) -> None:
        """Read until both are closed, or only a little longer than standard output is open."""
        until = float("inf")
        while selector.get_map() and time.monotonic() < until and not self._leaves:
            # Standard error first: what was said before a delivery is heard before it.
            ready = [key for key, _ in selector.select(_LOOK_SECONDS)]
            for key in sorted(ready, key=lambda key: key.data is output):
                chunk = os.read(key.fd, _CHUNK)
                if chunk:
                    key.data.feed(chunk)
                    continue
                selector.unregister(key.fileobj)
                if key.data is output:
                    until = time.monotonic() + _LAST_WORDS_SECONDS

    def _status(self) -> int | None:
        try:
            return self._process.wait(_LAST_WORDS_SECONDS)
        except subprocess.TimeoutExpired:
            return None


def how_it_ended(status: int | None, said: str) -> str:
    """Return how a process ended, with its last lines on standard error."""
    if status is None:
        how = "its process closed its standard output"
    elif status < 0:
        how = f"its process was killed by {_signal_name(-status)}"
    else:
        how = f"its process ended with exit status {status}"
    return with_last_words(how, said)


def with_last_words(text: str, said: str) -> str:
    """Return a text with the last lines of standard error, where there are some."""
    last = "\n".join(said.splitlines()[-_SAID:])
    return f"{text}; last on standard error:\n{last}" if last else text


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _open(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise OSError("the process has no pipe")
    return pipe


def _text(hear: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda line: hear(line.decode("utf-8", "replace").rstrip("\r"))


class _Lines:
    """Cut chunks into lines; of a line that is too long only the beginning is given."""

    def __init__(self, give: Callable[[bytes], object], *, most: int) -> None:
        self._give = give
        self._most = most
        self._buffer = bytearray()
        self._skips = False

    def feed(self, chunk: bytes) -> None:
        begin = len(self._buffer)
        self._buffer += chunk
        while (end := self._buffer.find(b"\n", begin)) >= 0:
            line = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            begin = 0
            self._line(line)
        if len(self._buffer) > self._most:
            line = bytes(self._buffer[: self._most + 1])
            self._buffer.clear()
            self._line(line)
            self._skips = True

    def end(self) -> None:
        if self._buffer:
            line, self._buffer = bytes(self._buffer), bytearray()
            self._line(line)

    def _line(self, line: bytes) -> None:
        """Give a line that is not the rest of one that was cut."""
        if not self._skips:
            self._give(line)
        self._skips = False
