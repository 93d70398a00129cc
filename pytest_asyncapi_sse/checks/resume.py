"""Checks of resuming: whether a server goes on after a `Last-Event-ID`, once and in order.

Two kinds of proof are judged. Where a trigger says what it publishes, the payloads are known that
were missed. Else another connection, which was never cut, says which events there were.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from pytest_asyncapi_sse.checks.connection import check_connection, why_no_event
from pytest_asyncapi_sse.checks.events import judge
from pytest_asyncapi_sse.checks.ids import given_ids
from pytest_asyncapi_sse.errors import Severity, Violation, shown
from pytest_asyncapi_sse.model import Channel
from pytest_asyncapi_sse.schema import rounded, same_json
from pytest_asyncapi_sse.sse import Frame, Recording

_SHOWN = 80
_MOST_SHOWN = 3


class Identified(NamedTuple):
    """Name one event of a stream: its own id and its data."""

    id: str
    data: str


@dataclass(frozen=True, slots=True)
class Published:
    """Hold a cut whose missed payloads are known.

    `cut` ended at the event `last_id`, `resumed` are the connections that went on after it, one
    unless the server closed them. `missed` was published while nobody was connected, `later`
    afterwards, and `foreign` meanwhile on other streams.
    """

    last_id: str
    cut: Recording
    resumed: tuple[Recording, ...]
    missed: tuple[Any, ...]
    later: tuple[Any, ...]
    foreign: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Controlled:
    """Hold a cut beside a connection that was not cut.

    Of what `control` got after the event `last_id`, the first `due` events were there when `cut`
    was resumed. `others` are recordings of other streams at that time.
    """

    last_id: str
    cut: Recording
    resumed: tuple[Recording, ...]
    control: Recording
    due: int
    others: tuple[Recording, ...] = ()


class _Came(NamedTuple):
    """Hold one event that came after the cut; `known` is None where it has no id of its own."""

    frame: Frame
    known: Identified | None


class _Fault(NamedTuple):
    code: str
    summary: str
    got: str
    frame: Frame | None = None


def identified(recording: Recording) -> list[Identified]:
    """Return the events that have an id of their own; an empty one is none."""
    return [
        Identified(found, frame.event.data)
        for frame, found in given_ids(recording)
        if found and frame.event is not None
    ]


def last_id_of(cut: Recording) -> str | None:
    """Return the id that a client has when it is cut off; None where that names no one event."""
    known = identified(cut)
    if not known or [event.id for event in known].count(known[-1].id) > 1:
        return None
    return known[-1].id


def shared_id(cut: Recording, control: Recording) -> str | None:
    """Return the id of the first event of one connection that names the same one on another."""
    known, beside = identified(cut), identified(control)
    ids = [event.id for event in beside]
    own = [event.id for event in known]
    for event in known:
        if event in beside and ids.count(event.id) == 1 and own.count(event.id) == 1:
            return event.id
    return None


def after(recording: Recording, last_id: str) -> list[Identified]:
    """Return the identified events that came after the one with an id."""
    known = identified(recording)
    place = next((at for at, event in enumerate(known) if event.id == last_id), len(known))
    return known[place + 1 :]


def check_resume(channel: Channel, story: Published | Controlled) -> list[Violation]:
    """Return how a stream goes on after a cut, by either kind of proof."""
    if isinstance(story, Published):
        return check_published(channel, story)
    return check_controlled(channel, story)


def check_published(channel: Channel, story: Published) -> list[Violation]:
    """Return how a stream goes on whose missed payloads are known.

    Codes: `resume-lost`, `resume-repeated`, `resume-reordered`, `resume-foreign`; errors where
    `x-sse.resume` asks for it, else advice.
    """
    expected = (*story.missed, *story.later)
    before = set(identified(story.cut))
    places: list[int] = []
    repeated, foreign = [], []
    for came in _came(story.resumed):
        payload = judge(channel, came.frame).payload
        place = next((i for i, sent in enumerate(expected) if is_same_payload(sent, payload)), None)
        if came.known in before or place in places:
            repeated.append(came)
        elif place is not None:
            places.append(place)
        elif any(same_json(payload, other) for other in story.foreign):
            foreign.append(came)
    lost = [sent for place, sent in enumerate(expected) if place not in places]
    faults = [
        *_lost(channel, story, lost, new_only=bool(places) and min(places) >= len(story.missed)),
        *_repeated(story.last_id, repeated),
        *_reordered(story.last_id, places),
        *_foreign(story.last_id, foreign),
    ]
    return _told(channel, story.last_id, faults)


def check_controlled(channel: Channel, story: Controlled) -> list[Violation]:
    """Return how a stream goes on beside one that was not cut, by ids and data.

    Only what both got is compared; events without an id are not. Of events that are alike on the
    other connection too, each counts as one, and one more is no fault. Codes: as `check_published`.
    """
    control, cut = identified(story.control), identified(story.cut)
    following = after(story.control, story.last_id)
    before = {*_until(control, story.last_id), *_until(cut, story.last_id)} - set(following)
    others = {event for recording in story.others for event in identified(recording)}
    others -= {*control, *cut}
    places: list[int] = []
    repeated, foreign = [], []
    for came in _came(story.resumed):
        known = came.known
        alike = [at for at, event in enumerate(following) if event == known]
        left = [at for at in alike if at not in places]
        if known in before or (len(alike) == 1 and not left):
            repeated.append(came)
        elif left:
            places.append(left[0])
        elif known in others:
            foreign.append(came)
    both = following[: max([story.due, *(place + 1 for place in places)])]
    lost = [event.data for place, event in enumerate(both) if place not in places]
    faults = [
        *_lost(channel, story, lost, new_only=bool(places) and min(places) >= story.due),
        *_repeated(story.last_id, repeated),
        *_reordered(story.last_id, places),
        *_foreign(story.last_id, foreign),
    ]
    return _told(channel, story.last_id, faults)


def not_judged(channel: Channel, reason: str) -> Violation:
    """Return the advice of a channel that asks for resuming and gave nothing to judge it by."""
    return Violation(
        code="resume-not-judged",
        severity="advice",
        summary=f"x-sse.resume could not be judged: {reason}",
        channel=channel.name,
        got=reason,
        expected="an event with an id, and others after it",
        location=channel.location,
        advice="give a trigger that returns the payload to expect, or more time",
    )


def _until(known: Sequence[Identified], last_id: str) -> list[Identified]:
    ids = [event.id for event in known]
    return list(known[: ids.index(last_id) + 1]) if last_id in ids else []


def _came(resumed: Iterable[Recording]) -> list[_Came]:
    return [
        _Came(frame, Identified(found, frame.event.data) if found else None)
        for recording in resumed
        for frame, found in given_ids(recording)
        if frame.event is not None
    ]


def is_same_payload(sent: Any, payload: Any) -> bool:
    """Whether a payload is the one that was sent, but for what a double rounds."""
    return same_json(sent, payload) or rounded(sent, payload)


def _lost(
    channel: Channel, story: Published | Controlled, lost: Sequence[Any], *, new_only: bool
) -> list[_Fault]:
    if not lost:
        return []
    first = story.resumed[0]
    broken = check_connection(channel, first)
    if broken:
        summary = f"a request with {_sent(story.last_id)} gets no stream: {broken[0].summary}"
        return [_Fault("resume-lost", summary, broken[0].got)]
    count = sum(len(recording.events) for recording in story.resumed)
    missed = _counted(len(lost), "missed event")
    summary = f"{missed} did not come after {_sent(story.last_id)}"
    if new_only:
        summary += "; the stream goes on with new ones only"
    more = f", and {len(lost) - _MOST_SHOWN} more" if len(lost) > _MOST_SHOWN else ""
    which = ", ".join(shown(item, _SHOWN) for item in lost[:_MOST_SHOWN])
    end = why_no_event(story.resumed[-1])
    got = f"{_counted(count, 'event')}, then {end}; not among them: {which}{more}"
    return [_Fault("resume-lost", summary, got)]


def _repeated(last_id: str, repeated: Sequence[_Came]) -> list[_Fault]:
    if not repeated:
        return []
    summary = f"{_counted(len(repeated), 'event')} came again after {_sent(last_id)}"
    return [_fault("resume-repeated", summary, repeated[0])]


def _reordered(last_id: str, places: Sequence[int]) -> list[_Fault]:
    if all(one <= two for one, two in itertools.pairwise(places)):
        return []
    order = ", ".join(str(place + 1) for place in places[:20])
    summary = f"missed events come in another order after {_sent(last_id)}"
    return [_Fault("resume-reordered", summary, f"by their first order: {order}")]


def _foreign(last_id: str, foreign: Sequence[_Came]) -> list[_Fault]:
    if not foreign:
        return []
    summary = f"{_counted(len(foreign), 'event')} of another stream came after {_sent(last_id)}"
    return [_fault("resume-foreign", summary, foreign[0])]


def _fault(code: str, summary: str, came: _Came) -> _Fault:
    data = came.frame.event.data if came.frame.event else ""
    with_id = f"id {shown(came.known.id, _SHOWN)}, " if came.known else ""
    return _Fault(code, summary, f"{with_id}data {shown(data, _SHOWN)}", came.frame)


def _sent(last_id: str) -> str:
    return f"Last-Event-ID: {shown(last_id, _SHOWN)}"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _told(channel: Channel, last_id: str, faults: Iterable[_Fault]) -> list[Violation]:
    severity: Severity = "error" if channel.rules.resume else "advice"
    by = " (x-sse.resume)" if channel.rules.resume else ""
    return [
        Violation(
            code=fault.code,
            severity=severity,
            summary=fault.summary,
            channel=channel.name,
            got=fault.got,
            expected=f"the events after id {shown(last_id, _SHOWN)}, each once, in order{by}",
            location=channel.location,
            frame=None if fault.frame is None else fault.frame.raw,
            advice=_ADVICE[fault.code],
        )
        for fault in faults
    ]


_ADVICE = {
    "resume-lost": "keep a history, and send what came after the Last-Event-ID of the request",
    "resume-repeated": "begin after the event that the Last-Event-ID names, not with or before it",
    "resume-reordered": "send the history first, in its order, and new events after it",
    "resume-foreign": "keep a history for each stream, or make ids unique among all of them",
}
