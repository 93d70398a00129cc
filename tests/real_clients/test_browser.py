"""The shared browser: a page closes with the process that opened it, and nothing outlives it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import browsing, executable
from client_table import CLIENTS
from installed import SCRIPTS, skip_without

SECONDS = 30
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"


def processes_of(folder: Path) -> list[int]:
    """Return the processes that were started with a folder in their arguments."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if str(folder).encode() in entry.read_bytes():
                found.append(int(entry.parent.name))
    return found


@contextlib.contextmanager
def feed(address: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run the browser's feed in a group of its own, as the gate does."""
    base = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "ASYNCAPI_SSE_URL": f"{base}/ticks/home",
        "ASYNCAPI_SSE_BASE_URL": base,
        "FEED_EVENTS": '["tick"]',
        "FEED_BROWSER": address,
    }
    with subprocess.Popen(
        ["node", SCRIPTS / "browser_feed.mjs"],
        env=environment,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def connection_of(listener: socket.socket) -> socket.socket:
    """Return the connection of the EventSource, and close those by which a browser only looks."""
    listener.settimeout(SECONDS)
    while True:
        connection, _ = listener.accept()
        connection.settimeout(SECONDS)
        if b"Accept: text/event-stream" in connection.recv(65536):
            return connection
        connection.close()


def test_a_killed_feed_closes_its_stream(browser):
    skip_without(CLIENTS[-1])
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        feed(browser, listener.getsockname()[1]) as process,
        connection_of(listener) as connection,
    ):
        connection.sendall(HEAD + b"event: tick\ndata: 1\n\n")
        assert json.loads(process.stdout.readline()) == {"payload": 1}
        os.killpg(process.pid, signal.SIGKILL)
        assert connection.recv(65536) == b""


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="there is no /proc")
def test_nothing_of_the_browser_outlives_it(tmp_path):
    if executable() is None:
        pytest.skip("chromium is not installed")
    with browsing(executable(), tmp_path):
        assert processes_of(tmp_path)
    deadline = time.monotonic() + SECONDS
    while processes_of(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert processes_of(tmp_path) == []
