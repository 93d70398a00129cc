"""Checks of the ids of a stream: whether they are there, unique and increasing."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from pytest_asyncapi_sse.checks.fields import own_event
from pytest_asyncapi_sse.checks.sentinel import ends_stream
from pytest_asyncapi_sse.errors import Severity, Violation, shown
from pytest_asyncapi_sse.model import Channel
from pytest_asyncapi_sse.sse import Frame, Recording

_SHOWN = 120
_PARTS = re.compile(r"([0-9]+)")
_DIGITS = re.compile(r"[0-9]+")
# An id with a NUL, and a field that is nearly `id`: what the check of the wire tells.
_SPOILT_ID = re.compile(
    rb"(?:\A|[\r\n])(?:id:[^\r\n]*\0|(?!id[:\r\n])[ \t]*(?i:id)[ \t]*(?:[:\r\n]))"
)


class Given(NamedTuple):
    """Hold an event's frame and the id that was set for it, None where none was."""

    frame: Frame
    id: str | None


class _Fault(NamedTuple):
    """Name what is wrong with the id of one event."""

    code: str
    frame: Frame
    summary: str
    got: str


def check_ids(channel: Channel, recording: Recording) -> list[Violation]:
    """Return what is wrong with the ids of a stream, the first event of each code.

    By `x-sse.ids` these are errors: `id-missing`, `duplicate-id`, `id-not-increasing`. Without it
    the last two are advice, and only numbers can go backwards.
    """
    rule = channel.rules.ids
    given = list(given_ids(recording))
    faults = [*_repeated(given)]
    if rule is not None:
        faults += _missing(channel, given)
    if rule != "unique":
        faults += _backwards(given, _is_lower if rule else _is_lower_number)
    severity: Severity = "error" if rule else "advice"
    expected = f"ids that are {rule} (x-sse.ids)" if rule else "ids that grow, each used once"
    first: dict[str, list[_Fault]] = {}
    for fault in faults:
        first.setdefault(fault.code, []).append(fault)
    return [_told(channel, found, severity, expected) for found in first.values()]


def _told(channel: Channel, found: list[_Fault], severity: Severity, expected: str) -> Violation:
    fault, others = found[0], len(found) - 1
    return Violation(
        code=fault.code,
        severity=severity,
        summary=fault.summary + (f", and {others} more like it" if others else ""),
        channel=channel.name,
        got=fault.got,
        expected=expected,
        location=channel.location,
        frame=fault.frame.raw,
        index=fault.frame.index,
        offset=fault.frame.offset,
        advice=_ADVICE[fault.code],
    )


_ADVICE = {
    "id-missing": "write an id with each event: a client that reconnects goes on after the last",
    "duplicate-id": "give each event an id of its own, also across restarts",
    "id-not-increasing": "take ids from one counter or clock, and send events in its order",
}


def given_ids(recording: Recording) -> Iterator[Given]:
    """Yield each event with its id; one in a block without data goes to the event that follows."""
    current: str | None = None
    for frame in recording.frames:
        own = own_event(frame)
        if own is not None and own.id is not None:
            current = own.id
        if frame.event is not None:
            yield Given(frame, current)
            current = None


def _missing(channel: Channel, given: list[Given]) -> Iterator[_Fault]:
    for frame, found in given:
        if found or ends_stream(channel, frame) or _SPOILT_ID.search(frame.raw):
            continue
        got = "no id" if found is None else "an empty id, which resets the client's"
        yield _Fault("id-missing", frame, "an event has no id", got)


def _repeated(given: list[Given]) -> Iterator[_Fault]:
    seen: dict[str, Frame] = {}
    for frame, found in given:
        if not found:
            continue
        if found in seen:
            before = seen[found].index + 1
            summary = f"the id {shown(found, _SHOWN)} was already that of event {before}"
            yield _Fault("duplicate-id", frame, summary, f"id: {shown(found, _SHOWN)}")
        seen.setdefault(found, frame)


def _backwards(given: list[Given], is_lower: Callable[[str, str], bool]) -> Iterator[_Fault]:
    seen: set[str] = set()
    with_ids = [item for item in given if item.id]
    for (_, before), (frame, found) in itertools.pairwise(with_ids):
        seen.add(before or "")
        # One that was there before is told as such.
        if found and before and found not in seen and is_lower(found, before):
            summary = f"the id {shown(found, _SHOWN)} comes after {shown(before, _SHOWN)}"
            yield _Fault("id-not-increasing", frame, summary, f"id: {shown(found, _SHOWN)}")


def _is_lower_number(new: str, old: str) -> bool:
    both = _DIGITS.fullmatch(new) and _DIGITS.fullmatch(old)
    return bool(both) and _magnitude(new) < _magnitude(old)


def _is_lower(new: str, old: str) -> bool:
    """Whether an id is lower: as a number where both are, else in every order that is common.

    Those are the order of the code points (ULIDs, times), the same with numbers in it as numbers
    (`a-9`, `a-10`), and the shorter first (hexadecimal counters).
    """
    if _DIGITS.fullmatch(new) and _DIGITS.fullmatch(old):
        return _is_lower_number(new, old)
    shorter = (len(new), new) < (len(old), old)
    return new < old and _natural(new) < _natural(old) and shorter


def _natural(text: str) -> list[Any]:
    """Return a text as its parts; every second one is a number."""
    parts: list[Any] = _PARTS.split(text)
    parts[1::2] = [_magnitude(part) for part in parts[1::2]]
    return parts


def _magnitude(digits: str) -> tuple[int, str]:
    """Return what orders texts of digits as numbers; int() refuses very long ones."""
    plain = digits.lstrip("0")
    return len(plain), plain
