"""The page on serving: its examples run, and its tables are complete."""

from __future__ import annotations

import inspect
import re
import threading
import time
from pathlib import Path

import httpx
import pytest

from pytest_asyncapi_sse import GeneratedServer
from pytest_asyncapi_sse.server import StreamServer
from pytest_asyncapi_sse.serving import _parser
from pytest_asyncapi_sse.sse import Decoder

PAGE = (Path(__file__).parents[2] / "docs" / "serving.md").read_text()


def blocks(marker):
    return re.findall(rf"<!-- {marker} -->\n```python\n(.*?)```", PAGE, re.S)


def first_cells(heading):
    section = PAGE.partition(heading)[2].partition("\n## ")[0]
    return " ".join(line.split(" | ")[0] for line in section.splitlines() if line[:3] == "| `")


@pytest.fixture
def feed():
    """Return a class as a user might have it: a feed that reconnects, and its end."""
    over, threads = threading.Event(), []

    class Feed:
        def __init__(self, url, user=""):
            self.names, self.last, self.url, self.user = [], "", url, user
            threads.append(threading.Thread(target=self.read))
            threads[-1].start()

        def read(self):
            with httpx.Client(timeout=5, trust_env=False) as client:
                while not over.is_set():
                    headers = {"x-user": self.user} | (
                        {"last-event-id": self.last} if self.last else {}
                    )
                    try:
                        with client.stream("GET", self.url, headers=headers) as response:
                            decoder = Decoder()
                            for chunk in response.iter_raw() if response.status_code == 200 else ():
                                for event in decoder.feed(chunk):
                                    self.names.append(
                                        re.search('"displayName":"(.*?)"', event.data)[1]
                                    )
                                    self.last = event.id
                    except httpx.HTTPError:
                        time.sleep(0.01)

        def wait_for(self, count):
            deadline = time.monotonic() + 5
            while len(self.names) < count and time.monotonic() < deadline:
                time.sleep(0.01)
            return self.names

    yield Feed
    over.set()
    for thread in threads:
        thread.join(10)


def test_the_tests_of_the_page_run(account, feed):
    def sse_server(*names, **options):
        return StreamServer(*(account.streams[name] for name in names), **options)

    known = {"Feed": feed}
    for block in blocks("tests"):
        exec(block, known)
    tests = [value for name, value in known.items() if name.startswith("test_")]
    assert len(tests) == "".join(blocks("tests")).count("def test_") == 3
    for test in tests:
        test(sse_server)


def test_the_application_of_the_page_is_one(monkeypatch):
    monkeypatch.chdir(Path(__file__).parents[2] / "examples")
    known = {}
    exec(blocks("application")[0], known)
    assert isinstance(known["app"], GeneratedServer)


def test_the_tables_of_the_page_are_complete():
    (serve,) = _parser()._subparsers._group_actions[0].choices.values()
    options = {text for action in serve._actions for text in action.option_strings}
    listed = set(re.findall(r"--[a-z-]+", first_cells("## The command")))
    assert listed == options - {"-h", "--help"}
    listed = set(re.findall(r"`(\w+)`", first_cells("## In an application of your own")))
    assert listed == set(inspect.signature(GeneratedServer).parameters) - {"document"}
    listed = set(re.findall(r"`(\w+)", first_cells("## In a test")))
    public = {name for name in dir(StreamServer) if not name.startswith("_")}
    assert public <= listed
