"""Checks of what was published: a payload that went into the server must come out as it was."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pytest_asyncapi_sse.errors import Violation, shown
from pytest_asyncapi_sse.model import Message
from pytest_asyncapi_sse.schema import rounded, same_json
from pytest_asyncapi_sse.schema.difference import differences

_MOST_DIFFERENCES = 10


@dataclass(frozen=True, slots=True)
class Arrival:
    """Hold one event that came: its payload, and the name of its message, "" where it is none."""

    payload: Any
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Hold one payload that was published and what came until it was there, or time was up.

    `waited` is in seconds, `silence` says in words why nothing more came.
    """

    message: Message
    expected: Any
    arrivals: Sequence[Arrival]
    waited: float
    silence: str = "silence"


def is_there(expected: Any, arrivals: Sequence[Arrival]) -> bool:
    """Say whether the last arrival is what is waited for, rounded or not."""
    last = arrivals[-1].payload if arrivals else _NOTHING
    return same_json(last, expected) or rounded(expected, last)


_NOTHING = object()


def check_published(channel: str, published: Published) -> list[Violation]:
    """Return what became of a published payload, nothing where it came out.

    Codes: `event-lost` and `payload-altered` are errors, `precision-lost` is advice. Events of
    others are no loss; one event of the same message in its place is the payload, altered.
    """
    expected, message = published.expected, published.message
    for arrival in published.arrivals:
        if same_json(arrival.payload, expected):
            return []
        if rounded(expected, arrival.payload):
            return [_rounded(channel, published, arrival)]
    kin = [item for item in published.arrivals if item.message in ("", message.name)]
    return [_altered(channel, published, kin[0]) if len(kin) == 1 else _lost(channel, published)]


def _lost(channel: str, published: Published) -> Violation:
    name = published.message.name
    return Violation(
        code="event-lost",
        summary=f"a published {name} did not come out in {published.waited:g} s",
        channel=channel,
        message=name,
        got=f"{len(published.arrivals)} other events, then {published.silence}",
        expected=shown(published.expected),
        location=published.message.location,
        advice="look for what the server drops between publishing and the stream",
    )


def _altered(channel: str, published: Published, arrival: Arrival) -> Violation:
    name, expected = published.message.name, published.expected
    found = list(itertools.islice(differences(expected, arrival.payload), _MOST_DIFFERENCES))
    more = f", and {len(found) - 1} more" if found[1:] else ""
    return Violation(
        code="payload-altered",
        summary=f"a published {name} came out changed: {found[0]}{more}",
        channel=channel,
        message=name,
        got=shown(arrival.payload),
        expected=shown(expected),
        pointer=found[0].pointer,
        location=published.message.location,
        advice="compare how the server serialises what it was given",
    )


def _rounded(channel: str, published: Published, arrival: Arrival) -> Violation:
    expected = shown(published.expected)
    return Violation(
        code="precision-lost",
        severity="advice",
        summary=f"a number came out rounded, as an IEEE double is written: {expected}",
        channel=channel,
        message=published.message.name,
        got=shown(arrival.payload),
        expected=expected,
        advice="keep integers exact throughout, or send them as strings",
    )
