"""A dataclass with data may be a payload or an event: what was sent tells which it is."""

from __future__ import annotations

import dataclasses
import json

import pytest

from pytest_asyncapi_sse.checks.delivery import Sent, compare
from pytest_asyncapi_sse.contract.conversing import _got, is_same
from pytest_asyncapi_sse.driver.delivery import delivery
from pytest_asyncapi_sse.schema import dump_json

ENVELOPE = {"event": "paid", "data": {"sum": 5}}
EXACT = 2**53 + 1


@dataclasses.dataclass
class Event:
    event: str
    data: object


@dataclasses.dataclass
class Holder:
    data: object


def sent(*payloads):
    return [Sent(payload, dump_json(payload)) for payload in payloads]


@pytest.mark.parametrize(
    ("payload", "item"),
    [
        (ENVELOPE, Event(**ENVELOPE)),
        (ENVELOPE, Event("message", ENVELOPE)),
        (ENVELOPE, Event("message", json.dumps(ENVELOPE))),
        (ENVELOPE, Holder(ENVELOPE)),
        (ENVELOPE, Holder(json.dumps(ENVELOPE))),
        ({"event": "e", "data": "text"}, Event("e", "text")),
        ({"event": "e", "data": None}, Event("e", None)),
        ({"data": "1"}, Holder("1")),
        (None, Holder(None)),
    ],
)
def test_what_was_sent_tells_a_payload_from_an_event(payload, item):
    (wanted,) = sent(payload)
    got = _got(delivery(item))
    assert is_same(got, wanted)
    assert compare([wanted], [got]) == []


@pytest.mark.parametrize(
    ("payload", "item", "code", "shown"),
    [
        (ENVELOPE, Event("paid", {}), "payload-altered", {"event": "paid", "data": {}}),
        (ENVELOPE, Event("message", {"event": "paid"}), "payload-altered", {"event": "message", "data": {"event": "paid"}}),
        ({"a": 1, "b": 2}, Event("message", {"a": 1}), "payload-altered", {"a": 1}),
        ({"a": 1}, Event("message", '{"a": 2}'), "payload-altered", {"a": 2}),
        ([1], Holder([2]), "payload-altered", [2]),
        ({"n": EXACT}, Event("message", {"n": EXACT - 1}), "precision-lost", {"n": EXACT - 1}),
        ({"data": EXACT}, Holder(EXACT - 1), "precision-lost", {"data": EXACT - 1}),
    ],
)  # fmt: skip
def test_what_was_not_sent_is_shown_as_what_it_is_most_like(payload, item, code, shown):
    (wanted,) = sent(payload)
    got = _got(delivery(item))
    assert not is_same(got, wanted)
    (fault,) = compare([wanted], [got])
    assert (fault.code, fault.got.payload) == (code, shown)


def test_each_event_is_counted_by_what_it_stands_for():
    wanted = sent(ENVELOPE, {"sum": 5}, 1)
    items = [Event(**ENVELOPE), Event("message", {"sum": 5}), Holder(1), Holder(1), Holder(2)]
    faults = compare(wanted, [_got(delivery(item)) for item in items])
    assert [(fault.code, fault.got.payload) for fault in faults] == [
        ("event-duplicated", 1),
        ("event-invented", {"data": 2}),
    ]
