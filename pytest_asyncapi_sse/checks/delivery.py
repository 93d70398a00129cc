"""Checks of a delivery: whether everything sent arrived intact, once and in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any, Literal

from pytest_asyncapi_sse.errors import Severity
from pytest_asyncapi_sse.schema import canonical, rounded

Code = Literal[
    "event-lost",
    "payload-altered",
    "precision-lost",
    "event-rejected",
    "event-reordered",
    "event-duplicated",
    "event-invented",
    "message-mistaken",
]


@dataclass(frozen=True, slots=True)
class Sent:
    """Hold one event that was sent: its payload and the text of its data.

    `others` are the names of the channel's other messages, which the client must not tell it by.
    """

    payload: Any
    data: str
    others: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Got:
    """Hold one thing that arrived: a payload, its data where known, or the text of an error.

    `name` is that of the message where the client tells it. `also` has the payloads that it may
    stand for as well.
    """

    payload: Any = None
    data: str | None = None
    error: str | None = None
    name: str | None = None
    also: tuple[Any, ...] = ()

    @property
    def payloads(self) -> tuple[Any, ...]:
        """The payloads that it may stand for."""
        return (self.payload, *self.also)

    @property
    def readings(self) -> list[Got]:
        """What it may stand for, each with one payload."""
        if not self.also:
            return [self]
        return [replace(self, payload=one, also=()) for one in self.payloads]

    def read_as(self, is_right: Callable[[Got], bool]) -> Got:
        """Return its first reading that is right, or itself where none is."""
        return next(filter(is_right, self.readings), self) if self.also else self


@dataclass(frozen=True, slots=True)
class Fault:
    """Say what became of one event: `index` counts what was sent, `got` is what came instead."""

    code: Code
    index: int
    got: Got | None = None

    @property
    def severity(self) -> Severity:
        """Advice for a number that no IEEE double can hold, else an error."""
        return "advice" if self.code == "precision-lost" else "error"


def spoiling(faults: Iterable[Fault]) -> list[Fault]:
    """Return the faults of a delivery itself: errors, but for the name of another message."""
    return [f for f in faults if f.severity == "error" and f.code != "message-mistaken"]


def compare(sent: Sequence[Sent], got: Sequence[Got]) -> list[Fault]:
    """Return what is wrong with a delivery, in the order of what was sent.

    Payloads are compared as JSON values; an event whose data came back as text is compared by
    that too. What may stand for several payloads is taken for one that was sent.
    """
    keys = _Keys(sent)
    sent_keys = [keys.of_sent(event) for event in sent]
    wanted = Counter(sent_keys)
    got = [item.read_as(lambda reading: keys.of_got(reading) in wanted) for item in got]
    got_keys = [keys.of_got(item) for item in got]
    arrived = Counter(got_keys)
    faults: list[Fault] = []
    matcher = SequenceMatcher(None, sent_keys, got_keys, autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal":
            pairs = zip(range(i1, i2), got[j1:j2], strict=True)
            faults += [
                Fault("message-mistaken", i, g) for i, g in pairs if g.name in sent[i].others
            ]
            continue
        paired = min(i2 - i1, j2 - j1)
        for step in range(paired):
            faults.append(_instead(sent[i1 + step], i1 + step, got[j1 + step]))
        for index in range(i1 + paired, i2):
            is_there = arrived[sent_keys[index]] >= wanted[sent_keys[index]]
            faults.append(Fault("event-reordered" if is_there else "event-lost", index))
        faults += [
            _extra(key, item, i2, sent_keys)
            for key, item in zip(got_keys[j1 + paired : j2], got[j1 + paired : j2], strict=True)
            # What arrived no more often than it was sent is told where it is missing.
            if arrived[key] > wanted[key]
        ]
    return faults


class _Keys:
    """Name what is one to a client that delivers the data: its text, and the JSON of that."""

    def __init__(self, sent: Iterable[Sent]) -> None:
        self._names: dict[str, str] = {}
        self._same: dict[str, str] = {}
        for event in sent:
            key = canonical(event.payload)
            first = self._names.setdefault(event.data, key)
            self._same.setdefault(key, self._same.get(first, first))

    def of_sent(self, event: Sent) -> str:
        return self._same[canonical(event.payload)]

    def of_got(self, item: Got) -> str:
        if item.error is not None:
            return f"error {item.error}"
        if item.data is not None and item.data in self._names:
            key = self._names[item.data]
        else:
            key = canonical(item.payload)
        return self._same.get(key, key)


def _instead(sent: Sent, index: int, got: Got) -> Fault:
    if got.error is not None:
        return Fault("event-rejected", index, got)
    for reading in got.readings:
        if rounded(sent.payload, reading.payload):
            return Fault("precision-lost", index, reading)
    closest = max(got.readings, key=lambda reading: _likeness(sent.payload, reading.payload))
    return Fault("payload-altered", index, closest)


def _likeness(sent: Any, got: Any) -> int:
    """Return how much a payload is like what was sent: by its kind, and the members it has."""
    if isinstance(sent, dict) and isinstance(got, dict):
        return 1 + len(sent.keys() & got.keys())
    return int(type(sent) is type(got))


def _extra(key: str, item: Got, index: int, sent_keys: list[str]) -> Fault:
    before = max(0, min(index, len(sent_keys)) - 1)
    if item.error is not None:
        return Fault("event-rejected", before, item)
    if key in sent_keys:
        return Fault("event-duplicated", sent_keys.index(key), item)
    return Fault("event-invented", before, item)
