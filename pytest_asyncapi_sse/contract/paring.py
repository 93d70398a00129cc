"""Paring: what is left of a failing payload once every part is taken out that need not be there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from pytest_asyncapi_sse.contract.property import Case
from pytest_asyncapi_sse.errors import Violation
from pytest_asyncapi_sse.schema import validator

MOST_TRIES = 20

Judge = Callable[[Case], Violation | None]


def pared(case: Case, violation: Violation, judge: Judge) -> tuple[Case, Violation]:
    """Return a case without the members and items that it fails without, and its violation.

    What Hypothesis shrinks may keep a part that only a change of two places at once takes out.
    `judge` is asked 20 times at most, and only of payloads that the schema allows.
    """
    is_valid = validator(case.message).is_valid
    tries = 0
    parts = _without_one(case.payload)
    while tries < MOST_TRIES:
        payload = next((smaller for smaller in parts if is_valid(smaller)), None)
        if payload is None:
            break
        tries += 1
        smaller = replace(case, payload=payload)
        found = judge(smaller)
        if found is not None and found.code == violation.code:
            case, violation, parts = smaller, found, _without_one(payload)
    return case, violation


def _without_one(value: Any) -> Iterator[Any]:
    """Yield a payload without one of its members or items each, the outer ones first."""
    if isinstance(value, dict):
        for name in value:
            yield {key: member for key, member in value.items() if key != name}
        for name, member in value.items():
            yield from ({**value, name: smaller} for smaller in _without_one(member))
    elif isinstance(value, list):
        for index in range(len(value)):
            yield [*value[:index], *value[index + 1 :]]
        for index, item in enumerate(value):
            yield from ([*value[:index], s, *value[index + 1 :]] for s in _without_one(item))
