"""A conversation: what is recorded of it, and that no secret is shown."""

from __future__ import annotations

import json
import socket
import threading
from urllib.parse import urlsplit

import httpx
import pytest
from reference_client import listen

from pytest_asyncapi_sse import Channel, ContractViolation, load
from pytest_asyncapi_sse.checks.conversation import Asked, Conversation
from pytest_asyncapi_sse.contract import conversing
from pytest_asyncapi_sse.contract.conversing import arrived, converse
from pytest_asyncapi_sse.contract.scenario import sent_of
from pytest_asyncapi_sse.contract.scenes.plot import plain_cases
from pytest_asyncapi_sse.contract.targets import ClientUnderTest, Reach
from pytest_asyncapi_sse.driver.thread import ThreadDriver
from pytest_asyncapi_sse.server.events import event_bytes
from pytest_asyncapi_sse.server.stage import Script
from pytest_asyncapi_sse.server.steps import Answer, Chunk, End, whole

SECRET = "s3cr3t-t0ken"
DOCUMENT = {
    "asyncapi": "3.0.0",
    "info": {"title": "Feed", "version": "1"},
    "channels": {
        "feed": {"address": "/a/{b}/c", "parameters": {"b": {"enum": ["x y"]}},
                 "messages": {"told": {"payload": {"enum": [1, 2]}}}}
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def channel(tmp_path_factory) -> Channel:
    path = tmp_path_factory.mktemp("conversing") / "spec.json"
    path.write_text(json.dumps(DOCUMENT))
    return load(path).streams["feed"]


def talk(channel, client, *answers, within=3.0, timeout=2.0, driver=None):
    reach = Reach(headers={"Authorization": f"Bearer {SECRET}"}, timeout=timeout)
    under_test = ClientUnderTest(driver or ThreadDriver(client), "yours", reach)
    cases = plain_cases(channel, under_test)
    data = b"".join(event_bytes(channel, case.payload) for case in cases)
    script = Script(answers or (Answer(steps=(Chunk(data),)),))
    sent = [sent_of(channel, case) for case in cases]
    return converse(channel, under_test, script, arrived(sent), within=within)


def test_a_conversation_tells_what_was_asked_and_what_was_delivered(channel):
    told = talk(channel, lambda url, headers: listen(url, headers=headers))
    [asked] = told.asked
    assert (asked.method, asked.target, asked.status) == ("GET", "/a/x%20y/c", 200)
    assert asked.header("authorization") == f"Bearer {SECRET}"
    assert sorted(item.payload for item in told.got) == [1, 2]
    assert (told.timed_out, told.ended, told.hangs) == (False, False, False)
    assert SECRET not in "\n".join(told.log())


def test_what_a_client_says_is_shown_without_the_secrets_that_it_was_given(channel):
    def client(url, headers):
        yield ValueError(f"sent {headers}")
        httpx.get(url, headers=headers, trust_env=False)
        raise RuntimeError(headers["Authorization"])

    told = talk(channel, client, whole(404))
    assert told.stopped
    assert told.got[0].error == "ValueError: sent {'Authorization': '***'}"
    assert told.failure.startswith("RuntimeError: ***")
    assert SECRET not in "\n".join(told.log())

    with pytest.raises(ContractViolation) as failed:
        talk(channel, lambda url, headers: [].index(headers["Authorization"].split()[1]))
    assert "'***' is not in list" in str(failed.value)


def test_a_client_that_speaks_no_http_is_told_so(channel):
    def client(url):
        with socket.create_connection((urlsplit(url).hostname, urlsplit(url).port)) as connection:
            connection.sendall(b"\x16\x03\x01\r\n\r\n")
            return [connection.recv(1)]

    with pytest.raises(ContractViolation) as failed:
        talk(channel, client)
    [told] = failed.value.violations
    assert told.got == "it returned: once something that is no HTTP request"
    assert told.advice.startswith("make the client send plain HTTP/1.1")


class Importing(ThreadDriver):
    """Call the client once its module was imported: after some seconds, or never."""

    def __init__(self, seconds: float) -> None:
        self._imported = threading.Event()
        super().__init__(self._listen)
        self._seconds = seconds

    def _listen(self, url):
        if self._imported.wait(10):
            yield from listen(url)

    def _import(self, listening):
        listening.begin()
        self._imported.set()

    def start(self, call):
        listening = super().start(call)
        listening.begun = False
        if self._seconds:
            threading.Timer(self._seconds, self._import, (listening,)).start()
        return listening

    def stop(self, listening, *, within):
        self._imported.set()
        return super().stop(listening, within=within)


def test_the_time_to_connect_begins_when_the_client_is_called(channel):
    told = talk(channel, None, timeout=1.0, driver=Importing(1.1))
    assert sorted(item.payload for item in told.got) == [1, 2]


def test_a_module_that_is_imported_for_ever_is_told(channel, monkeypatch):
    monkeypatch.setattr(conversing, "_IMPORT_SECONDS", 0.2)
    with pytest.raises(ContractViolation) as failed:
        talk(channel, None, timeout=0.1, driver=Importing(0))
    [told] = failed.value.violations
    assert told.code == "no-client"
    assert told.summary == "the client's module was still being imported after 0.2 s"


@pytest.mark.parametrize(("abrupt", "how"), [(False, "ended"), (True, "broken off")])
def test_the_log_tells_who_ended_the_stream(channel, abrupt, how):
    ending = Answer(steps=(Chunk(b": hello\n\n"), End(abrupt)))
    told = talk(channel, lambda url: listen(url, retry=0.01), ending, within=0.5)
    lines = [line.partition(" s ")[2] for line in told.log()]
    assert lines[:3] == [
        "GET /a/x%20y/c (accept: text/event-stream) -> 200",
        f"{how} by the server after 9 bytes",
        "GET /a/x%20y/c (accept: text/event-stream) -> 204",
    ]
    assert told.timed_out
    assert not told.stopped


def test_the_log_of_a_client_that_comes_back_at_once_is_short_and_shows_no_credentials():
    asked = tuple(
        Asked("GET", f"/feed?api_key={SECRET}&key={SECRET}", (), number / 1000, 204)
        for number in range(2_000)
    )
    lines = list(Conversation("", asked, (), secrets=("key",)).log())
    assert len(lines) == 11
    assert lines[-1].endswith("1,990 more requests, the last GET /feed?api_key=***&key=*** -> 204")
    assert SECRET not in "\n".join(lines)


def test_the_log_begins_at_zero():
    asked = (Asked("GET", "/", (), -0.001, 200),)
    assert list(Conversation("", asked, ()).log()) == ["0.00 s GET / -> 200"]
