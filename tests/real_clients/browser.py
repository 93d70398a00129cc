"""A headless Chromium that the tests share, as a process that ends for certain."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

START_SECONDS = 60.0
STOP_SECONDS = 10.0
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--disable-features=BackForwardCache,LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets",
    "--remote-debugging-port=0",
    "about:blank",
]


def executable() -> str | None:
    """Return the path of the browser that is installed, if any."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextlib.contextmanager
def browsing(path: str, folder: Path) -> Iterator[str]:
    """Start the browser with its data in a new folder, and yield the address that controls it."""
    log = folder / "browser.log"
    data = folder / "data"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [path, f"--user-data-dir={data}", *FLAGS],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        yield _address(process, data / "DevToolsActivePort", log)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(STOP_SECONDS)


def _address(process: subprocess.Popen[bytes], written: Path, log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        port, _, path = written.read_text().partition("\n") if written.exists() else ("", "", "")
        if path.strip():
            return f"ws://127.0.0.1:{port.strip()}{path.strip()}"
        time.sleep(0.02)
    raise AssertionError(f"the browser does not start\n{log.read_text()}")
