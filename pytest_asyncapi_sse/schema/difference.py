"""Differences of JSON values: the places at which what arrived is not what was sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from pytest_asyncapi_sse.errors import printable, shown
from pytest_asyncapi_sse.model import escape
from pytest_asyncapi_sse.schema.equality import same_json

_SHOWN = 120
_MOST_ITEMS = 1000


@dataclass(frozen=True, slots=True)
class Difference:
    """Hold one place, as a JSON pointer, and what is there on either side, None for nothing."""

    pointer: str
    kind: Literal["changed", "missing", "added"]
    sent: Any = None
    received: Any = None

    def __str__(self) -> str:
        place = printable(self.pointer, _SHOWN) or "the whole payload"
        if self.kind == "missing":
            return f"{place} is missing"
        if self.kind == "added":
            return f"{place} was added: {shown(self.received, _SHOWN)}"
        return f"{place} is {shown(self.received, _SHOWN)}, not {shown(self.sent, _SHOWN)}"


def differences(sent: Any, received: Any, pointer: str = "") -> Iterator[Difference]:
    """Yield the smallest places that differ, in the order of what was sent; none for the same."""
    if isinstance(sent, dict) and isinstance(received, dict):
        yield from _of_objects(sent, received, pointer)
    elif isinstance(sent, list | tuple) and isinstance(received, list | tuple):
        yield from _of_arrays(sent, received, pointer)
    elif not same_json(sent, received):
        yield Difference(pointer, "changed", sent, received)


def _of_objects(
    sent: dict[str, Any], received: dict[str, Any], pointer: str
) -> Iterator[Difference]:
    for key, value in sent.items():
        place = f"{pointer}/{escape(key)}"
        if key in received:
            yield from differences(value, received[key], place)
        else:
            yield Difference(place, "missing", sent=value)
    for key, value in received.items():
        if key not in sent:
            yield Difference(f"{pointer}/{escape(key)}", "added", received=value)


def _of_arrays(sent: Any, received: Any, pointer: str) -> Iterator[Difference]:
    for index, (one, other) in enumerate(zip(sent, received, strict=False)):
        yield from differences(one, other, f"{pointer}/{index}")
    common = min(len(sent), len(received))
    for index in range(common, min(len(sent), common + _MOST_ITEMS)):
        yield Difference(f"{pointer}/{index}", "missing", sent=sent[index])
    for index in range(common, min(len(received), common + _MOST_ITEMS)):
        yield Difference(f"{pointer}/{index}", "added", received=received[index])
