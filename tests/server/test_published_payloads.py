"""What was published and what came: each code has what only it tells, and a legal neighbour."""

from __future__ import annotations

import pytest

from pytest_asyncapi_sse.checks.published import Arrival, Published, check_published, is_there
from pytest_asyncapi_sse.checks.server import CODES
from pytest_asyncapi_sse.model import Message

TICK = Message("tick")
LARGE = 9007199254740993

# What was published, what came as (payload, message), and what is told of it, None for nothing.
ROWS = {
    "nothing": ({"n": 1}, [], "event-lost"),
    "only others": ({"n": 1}, [({"o": 1}, "other"), ({"o": 2}, "other")], "event-lost"),
    "two of its kind": ({"n": 1}, [({"n": 2}, "tick"), ({"n": 3}, "tick")], "event-lost"),
    "changed": ({"n": 1}, [({"n": 2}, "tick")], "payload-altered"),
    "no message": ({"n": 1}, [({"n": "1"}, "")], "payload-altered"),
    "null dropped": ({"n": None}, [({}, "tick")], "payload-altered"),
    "true for 1": ({"n": 1}, [({"n": True}, "tick")], "payload-altered"),
    "rounded": ({"n": LARGE}, [({"n": LARGE - 1}, "tick")], "precision-lost"),
    "there": ({"n": 1}, [({"n": 1}, "tick")], None),
    "there as a float": ({"n": 1}, [({"n": 1.0}, "tick")], None),
    "there after others": ({"n": 1}, [({"n": 2}, "tick"), ({"n": 1}, "tick")], None),
    "keys in another order": ({"a": 1, "b": 2}, [({"b": 2, "a": 1}, "tick")], None),
    "large and exact": ({"n": LARGE}, [({"n": LARGE}, "tick")], None),
}


def published(name: str) -> Published:
    expected, came, _ = ROWS[name]
    arrivals = [Arrival(payload, message) for payload, message in came]
    return Published(message=TICK, expected=expected, arrivals=arrivals, waited=2.0)


@pytest.mark.parametrize("name", ROWS)
def test_what_became_of_a_published_payload(name):
    code = ROWS[name][2]
    found = check_published("a", published(name))
    assert [item.code for item in found] == ([code] if code else [])
    severities = CODES["published_payloads_arrive"]
    assert all((item.severity,) == severities[item.code] for item in found)


@pytest.mark.parametrize("name", ROWS)
def test_watching_ends_with_what_is_waited_for(name):
    item = published(name)
    assert is_there(item.expected, item.arrivals) is (ROWS[name][2] in (None, "precision-lost"))


def test_every_code_has_a_row():
    assert {code for _, _, code in ROWS.values() if code} == set(CODES["published_payloads_arrive"])


def test_a_change_is_told_at_its_place():
    changed = Published(
        message=TICK,
        expected={"a": [1, {"b/c": "x"}], "d": 1},
        arrivals=[Arrival({"a": [1, {"b/c": "y"}]}, "tick")],
        waited=2.0,
    )
    (found,) = check_published("a", changed)
    assert found.summary == (
        "a published tick came out changed: /a/1/b~1c is 'y', not 'x', and 1 more"
    )
    assert found.pointer == "/a/1/b~1c"
