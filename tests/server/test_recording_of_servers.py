"""Recordings and generated servers, where a document has rules: what is waited for and sent."""

from __future__ import annotations

import json

import pytest
from defect_server import HEAD, DefectServer, Hold, Pause
from defect_table import ONE, PAYLOAD

from pytest_asyncapi_sse import load
from pytest_asyncapi_sse.checks.server import findings
from pytest_asyncapi_sse.client.exchange import StreamOpening
from pytest_asyncapi_sse.client.record import Enough, record
from pytest_asyncapi_sse.client.trigger import Trigger
from pytest_asyncapi_sse.server.application import GeneratedServer
from pytest_asyncapi_sse.server.events import event_bytes
from pytest_asyncapi_sse.server.hosting import Host
from pytest_asyncapi_sse.sse import Decoder, Ending


@pytest.fixture
def channel_of(tmp_path):
    def read(rules, **message):
        channel = {
            "address": "/a",
            "x-sse": rules,
            "messages": {"tick": {"payload": PAYLOAD, **message}},
        }
        document = {
            "asyncapi": "3.0.0",
            "info": {"title": "T", "version": "1"},
            "channels": {"a": channel},
        }
        (tmp_path / "spec.json").write_text(json.dumps(document))
        return load(tmp_path / "spec.json").streams["a"]

    return read


def test_times_count_from_the_request_and_from_the_trigger(channel_of):
    def slow(channel, message, payload):
        return len(calls) > 1 or calls.append(payload) or False

    calls = []
    with DefectServer({"/a": (Pause(0.8), HEAD, ONE, Hold())}) as server:
        opening = StreamOpening(f"{server.url}/a")
        trigger = Trigger(slow, base_url=server.url, parameters={}, timeout=5)
        recorded = record(channel_of({}), opening, enough=Enough(seconds=8), trigger=trigger)
    assert recorded.ended is Ending.quiet
    assert 0 < recorded.fired < recorded.duration
    assert 0.7 < recorded.seconds[0] < recorded.duration
    assert recorded.head.seconds <= recorded.seconds[0]


def test_bytes_that_complete_no_event_have_their_times(channel_of):
    script = (HEAD, ONE, Pause(0.1), b":\n", Pause(0.1), b":\n")
    with DefectServer({"/a": script}) as server:
        recorded = record(channel_of({}), StreamOpening(f"{server.url}/a"), enough=Enough())
    assert len(recorded.frames) == 1
    assert len(recorded.arrivals) == 2
    assert recorded.seconds[0] < recorded.arrivals[0] < recorded.arrivals[1]


@pytest.mark.parametrize(("limit", "waits"), [(0.2, 1.0), (1.5, 1.65), (30, 1.0)])
def test_a_silence_is_waited_for_where_it_can_break_a_rule(channel_of, limit, waits):
    with DefectServer({"/a": (HEAD, ONE, Hold())}) as server:
        opening = StreamOpening(f"{server.url}/a")
        recorded = record(channel_of({"max-gap": limit}), opening, enough=Enough(seconds=8))
    assert recorded.ended is Ending.quiet
    assert waits <= recorded.duration - recorded.seconds[0] < 6


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"ids": "increasing", "heartbeat": 5, "max-gap": 5, "first-event-within": 5}, {}),
        ({"ids": "unique"}, {"headers": {"properties": {"id": {"pattern": "^k[0-9]{9}$"}}, "required": ["id"]}}),
        ({}, {"headers": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}}),
        ({}, {"headers": {"required": ["retry"], "properties": {"retry": {"minimum": 5, "maximum": 9, "type": "integer"}}}}),
        ({}, {"headers": {"required": ["event"], "properties": {"event": {"type": "string", "pattern": "^ev[0-9]$"}}}}),
        ({}, {"correlationId": {"location": "$message.header#/id"}}),
        ({}, {"correlationId": {"location": "$message.payload#/meta"},
              "payload": {**PAYLOAD, "properties": {"meta": {"type": "string"}, "n": {"type": "integer"}}}}),
        ({}, {"headers": {"required": ["x-trace"], "properties": {"x-trace": {"type": "string"}}}}),
    ],
)  # fmt: skip
def test_the_generated_server_keeps_what_is_judged(channel_of, rules, message):
    channel = channel_of(rules, **message)
    with Host(GeneratedServer([channel]), name="the generated server") as host:
        recorded = record(channel, StreamOpening(f"{host.base_url}/a"), enough=Enough())
    assert len(recorded.events) == 20
    found = [item for item in findings(channel, recorded) if item.code != "rule-not-judged"]
    assert found == []


def test_what_a_test_sends_has_the_fields_that_the_message_requires(channel_of):
    headers = {"required": ["id"], "properties": {"id": {"type": "string", "pattern": "^k[0-9]$"}}}
    channel = channel_of({}, headers=headers)
    (event,) = Decoder().feed(event_bytes(channel, {"n": 1}))
    assert event.id[0] == "k"
    (given,) = Decoder().feed(event_bytes(channel, {"n": 1}, id="mine"))
    assert given.id == "mine"
