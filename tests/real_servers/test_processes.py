"""A server that is a process of its own ends with all that it started, whatever happens."""

from __future__ import annotations

import contextlib
import socket
import sys
import time

import pytest
from processes import served

# The process that listens is one that the server started.
SERVER = """
import subprocess, sys, time
LISTEN = '''
import socket, time
with socket.create_server(("127.0.0.1", 0)) as listener:
    print(listener.getsockname()[1], flush=True)
    time.sleep(60)
'''
child = subprocess.Popen([sys.executable, "-c", LISTEN])
time.sleep(60)
"""


def listens(port: int) -> bool:
    with contextlib.suppress(ConnectionError), socket.create_connection(("127.0.0.1", port), 5):
        return True
    return False


def test_what_a_server_started_ends_with_it_when_a_test_fails(tmp_path):
    serving = served([sys.executable, "-c", SERVER], cwd=tmp_path)
    port = int(serving.__enter__().rpartition(":")[2])
    assert listens(port)
    assert not serving.__exit__(RuntimeError, RuntimeError("the test fails"), None)
    deadline = time.monotonic() + 10
    while listens(port) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not listens(port)


def test_a_server_that_does_not_start_is_told_with_its_log(tmp_path):
    serving = served([sys.executable, "-c", "raise SystemExit('no database')"], cwd=tmp_path)
    with pytest.raises(AssertionError, match="printed '', not a port\nno database"):
        serving.__enter__()
