"""The names of what an item tells the report, as pytest user properties."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ADVICE = "asyncapi_advice"
CHANNEL = "asyncapi_channel"
EVENTS = "asyncapi_events"
IGNORED = "asyncapi_ignored"
NOT_CLAIMED = "asyncapi_not_claimed"
PARTIAL = "asyncapi_partial"
PEER = "asyncapi_peer"
SIDE = "asyncapi_side"


def add_ignored(properties: list[tuple[str, Any]], ignored: Mapping[str, int]) -> None:
    """Add what was ignored to the properties of a test, one for each entry: `3 code`."""
    for entry, count in ignored.items():
        before = next((p for p in properties if p[0] == IGNORED and _entry(p[1]) == entry), None)
        if before is not None:
            properties.remove(before)
            count += _count(before[1])
        properties.append((IGNORED, f"{count} {entry}"))


def read_ignored(properties: list[tuple[str, Any]]) -> dict[str, int]:
    """Return how many were ignored by each entry, from the properties of a test."""
    return {_entry(value): _count(value) for name, value in properties if name == IGNORED}


def _entry(value: object) -> str:
    return str(value).partition(" ")[2]


def _count(value: object) -> int:
    return int(str(value).partition(" ")[0])
