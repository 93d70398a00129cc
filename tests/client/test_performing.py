"""Performing: a client that delivered every event and then none is not let pass by skips."""

from __future__ import annotations

import json
import threading

import pytest
from reference_client import listen

from pytest_asyncapi_sse import Channel, ContractViolation, load
from pytest_asyncapi_sse.contract import conversing
from pytest_asyncapi_sse.contract.client import delivers_every_event
from pytest_asyncapi_sse.contract.memory import Memory
from pytest_asyncapi_sse.contract.performing import Performance
from pytest_asyncapi_sse.contract.property import PayloadProperty
from pytest_asyncapi_sse.contract.targets import ClientUnderTest, Reach
from pytest_asyncapi_sse.contract.verdict import Record
from pytest_asyncapi_sse.driver.thread import ThreadDriver
from pytest_asyncapi_sse.errors import Violation

DOCUMENT = {
    "asyncapi": "3.0.0",
    "info": {"title": "Feed", "version": "1"},
    "channels": {"feed": {"address": "/a", "messages": {"told": {"payload": {"enum": [1, 2]}}}}},
}
NOTE = Record(lambda _name, _value: None)
DEAF = ContractViolation.of([Violation(code="client-failed", summary="it ended")])


@pytest.fixture
def channel(tmp_path) -> Channel:
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(DOCUMENT))
    return load(path).streams["feed"]


def performance(channel: Channel, memory: Memory, item: str, *, is_selected: bool = True):
    client = ClientUnderTest(
        ThreadDriver(listen), "yours", Reach(), memory=memory, item=f"spec::feed::client::{item}"
    )
    return Performance(channel, client, lambda _name: is_selected, NOTE)


def what_becomes_of(playing: Performance, item: str) -> str:
    try:
        playing.play(item)
    except ContractViolation as failed:
        return failed.violations[0].code
    except pytest.skip.Exception as skipped:
        return str(skipped)
    return "passed"


@pytest.mark.parametrize(
    ("is_selected", "has_delivered", "told"),
    [
        (True, False, ["see delivers_every_event"] * 2),
        (True, True, ["client-failed", "see reads_every_wire_form"]),
        (False, False, ["client-failed"] * 2),
    ],
)
def test_that_nothing_is_delivered_is_told_once(channel, is_selected, has_delivered, told):
    memory = Memory({id(channel): DEAF})
    if has_delivered:
        memory.delivers.add(id(channel))
    found = []
    for item in ("reads_every_wire_form", "asks_for_its_stream"):
        playing = performance(channel, memory, item, is_selected=is_selected)
        found.append(what_becomes_of(playing, item))
    assert found == told


@pytest.mark.parametrize(("loses", "has_delivered"), [(0, True), (1, False)])
def test_a_channel_whose_events_all_came_is_remembered(channel, loses, has_delivered):
    def client(url):
        yield from (payload for payload in listen(url) if payload != loses)

    memory, reach = Memory(), Reach(timeout=1.0)
    under_test = ClientUnderTest(ThreadDriver(client), "yours", reach, memory=memory)
    drawing = PayloadProperty(channel, "item", 0)
    if has_delivered:
        delivers_every_event(channel, under_test, drawing, NOTE)
    else:
        with pytest.raises(ContractViolation):
            delivers_every_event(channel, under_test, drawing, NOTE)
    assert (id(channel) in memory.delivers) is has_delivered


def test_a_client_that_hangs_is_called_once(channel, monkeypatch):
    monkeypatch.setattr(conversing, "_STOP_SECONDS", 0.2)
    ends, calls = threading.Event(), []

    def client(url):
        calls.append(url)
        try:
            for payload in listen(url):
                yield 0 * payload
        finally:
            ends.wait(30)

    under_test = ClientUnderTest(ThreadDriver(client), "yours", Reach(timeout=1.0))
    try:
        with pytest.raises(ContractViolation) as failed:
            delivers_every_event(channel, under_test, PayloadProperty(channel, "item", 0), NOTE)
    finally:
        ends.set()
    told = [violation.code for violation in failed.value.violations]
    assert (told, len(calls)) == (["payload-altered", "client-hangs"], 1)
    assert all("log" in dict(violation.evidence) for violation in failed.value.violations)


@pytest.mark.parametrize("chokes_on", [{1}, {1, 2}])
def test_no_smaller_payload_is_looked_for_where_any_would_do(channel, monkeypatch, chokes_on):
    shrunk = []
    shrink = PayloadProperty.shrink
    monkeypatch.setattr(
        PayloadProperty, "shrink", lambda *given: shrunk.append(1) or shrink(*given)
    )

    def client(url):
        is_well = True
        for payload in listen(url):
            is_well = is_well and payload not in chokes_on
            if is_well:
                yield payload

    under_test = ClientUnderTest(ThreadDriver(client), "yours", Reach(timeout=0.6))
    with pytest.raises(ContractViolation, match="the client (does not|delivers none of 2)"):
        delivers_every_event(channel, under_test, PayloadProperty(channel, "item", 0), NOTE)
    assert bool(shrunk) is (chokes_on == {1})
