"""Paring: parts go that a failing payload need not have, and what the schema forbids is not tried."""

from __future__ import annotations

import pytest

from pytest_asyncapi_sse.contract.paring import MOST_TRIES, pared
from pytest_asyncapi_sse.contract.property import Case
from pytest_asyncapi_sse.errors import Violation
from pytest_asyncapi_sse.model import Message, PayloadSchema

LOST = Violation(code="event-lost", summary="")
OTHER = Violation(code="event-rejected", summary="")


def case(payload: object, **schema: object) -> Case:
    return Case(
        Message("m", schema=PayloadSchema(schema or {"type": ["object", "array"]})), payload
    )


@pytest.mark.parametrize(
    ("payload", "fails", "left"),
    [
        ({"a": 1, "b": 2, "c": 3}, lambda p: "b" in p, {"b": 2}),
        ({"a": {"x": 1, "y": 2}}, lambda p: "y" in p.get("a", {}), {"a": {"y": 2}}),
        ([1, 2, 3], lambda p: 2 in p, [2]),
        ({"a": [{"b": 1, "c": 2}]}, lambda p: bool(p.get("a")), {"a": [{}]}),
        ({}, lambda p: True, {}),
    ],
)
def test_what_need_not_be_there_goes(payload, fails, left):
    found, violation = pared(case(payload), LOST, lambda c: LOST if fails(c.payload) else None)
    assert found.payload == left
    assert violation is LOST


def test_what_the_schema_asks_for_stays():
    asked = []

    def judge(smaller: Case) -> Violation:
        asked.append(smaller.payload)
        return LOST

    found, _ = pared(case({"a": 1, "b": 2}, required=["a"]), LOST, judge)
    assert found.payload == {"a": 1}
    assert asked == [{"a": 1}]


def test_another_code_is_another_failure():
    found, _ = pared(case({"a": 1, "b": 2}), LOST, lambda c: LOST if "a" in c.payload else OTHER)
    assert found.payload == {"a": 1}


def test_it_asks_only_so_often():
    asked = []
    pared(case(list(range(100))), LOST, lambda c: asked.append(c.payload))
    assert len(asked) == MOST_TRIES
