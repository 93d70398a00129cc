"""A server as a process of its own, which ends for certain with all that it started."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

START_SECONDS = 30.0
STOP_SECONDS = 10.0


@contextlib.contextmanager
def served(command: Sequence[str], *, cwd: Path) -> Iterator[str]:
    """Start a server that prints its port as its first line, and yield its base URL."""
    log = cwd / "server.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
    try:
        port = first_line(process)
        assert port.isdigit(), f"{command} printed {port!r}, not a port\n{log.read_text()}"
        yield f"http://127.0.0.1:{port}"
        assert process.poll() is None, f"{command} ended by itself\n{log.read_text()}"
    finally:
        end(process)


def first_line(process: subprocess.Popen[bytes]) -> str:
    """Return what a process prints first, without its line end; nothing where that takes long."""
    assert process.stdout is not None
    deadline = time.monotonic() + START_SECONDS
    found = b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while not found.endswith(b"\n") and selector.select(deadline - time.monotonic()):
            more = os.read(process.stdout.fileno(), 1024)
            if not more:
                break
            found += more
    return found.decode().strip()


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill the process group of a server, and wait for the server to be gone."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(STOP_SECONDS)
    if process.stdout is not None:
        process.stdout.close()
