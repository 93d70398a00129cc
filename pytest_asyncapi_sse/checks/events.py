"""Checks of events: which message an event is, and whether its payload keeps the contract."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pytest_asyncapi_sse.checks.candidates import Data, candidates, reader
from pytest_asyncapi_sse.checks.connection import why_no_event
from pytest_asyncapi_sse.checks.fields import field_violations, has_correlation_id
from pytest_asyncapi_sse.checks.once import Once
from pytest_asyncapi_sse.errors import Violation, hides_frame, shown
from pytest_asyncapi_sse.model import Channel, Message
from pytest_asyncapi_sse.schema import dump_json, same_json, validator, validator_of
from pytest_asyncapi_sse.schema.custom_formats import depends_on_formats
from pytest_asyncapi_sse.sse import Ending, Event, Frame, Recording

__tracebackhide__ = hides_frame


@dataclass(frozen=True, slots=True)
class Judgement:
    """Hold what an event is: the message that it satisfies, its payload, and what is wrong.

    `nearest` is the message that it was explained against, also where it satisfies none.
    """

    message: Message | None
    payload: Any
    violations: tuple[Violation, ...] = ()
    nearest: Message | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Hold a judgement without the payload, so that it can be kept for each of many events."""

    message: Message | None
    nearest: Message | None
    violations: tuple[Violation, ...] = ()


def judge(channel: Channel, frame: Frame) -> Judgement:
    """Judge one event against the messages that its channel streams.

    What ends the stream, by `x-sse.sentinel`, is none of them. A declared event name binds; a name
    derived from a message's name or key only selects; else the payload decides, and then the
    fields. Codes: `undeclared-event`, `payload-schema`, `headers-schema`, and those of the JSON
    text.
    """
    event = frame.event or Event()
    if channel.rules.sentinel is not None and event.data == channel.rules.sentinel:
        return Judgement(None, event.data)
    known = candidates(channel, event.event)
    if not known:
        return Judgement(None, event.data, (_undeclared(channel, frame, event),))
    data = Data(event.data)
    return _satisfied(known, data, frame) or _explained(channel, known, data, frame)


def _satisfied(known: tuple[Message, ...], data: Data, frame: Frame) -> Judgement | None:
    """Return the judgement of the first message that an event satisfies, None where there is none.

    It is what nearly every event of a good stream costs.
    """
    for message in known:
        read = reader(message)
        payload, defect = read.payload(data)
        if defect is not None or not read.is_valid(payload):
            continue
        if not read.has_fields or next(field_violations(message, frame), None) is None:
            return Judgement(message, payload, (), message)
    return None


def _explained(channel: Channel, known: tuple[Message, ...], data: Data, frame: Frame) -> Judgement:
    """Return what an event that satisfies no message is, and what is wrong with it."""
    judgements = [_judge_as(message, data) for message in known]
    best = min(judgements, key=lambda judgement: len(judgement.violations))
    if best.violations:
        best = _meant(known, judgements) or best
    elif best.message is not None:
        best = replace(best, violations=tuple(field_violations(best.message, frame)))
    placed = tuple(_placed(channel, frame, best.nearest, found) for found in best.violations)
    return replace(best, message=None, violations=placed)


@depends_on_formats
@Once
def verdict(channel: Channel, frame: Frame) -> Verdict:
    """Judge one event of a recording, which the recorder and several checks ask for."""
    found = judge(channel, frame)
    if found.violations:
        return Verdict(found.message, found.nearest, found.violations)
    return _good(found.message)


@functools.lru_cache(maxsize=512)
def _good(message: Message | None) -> Verdict:
    """Return the verdict of all good events of a message, so that many take no memory."""
    return Verdict(message, message)


def data_of(message: Message, payload: object) -> str:
    """Return the text of `data`: the payload itself for a text message, else JSON."""
    if message.is_text and isinstance(payload, str):
        return payload
    return dump_json(payload)


def fits(message: Message, data: str) -> bool:
    """Say whether the data of an event is a payload of a message."""
    return not _judge_as(message, Data(data)).violations


def check_events(channel: Channel, recording: Recording) -> list[Violation]:
    """Return what is wrong with the events of a recording, `no-events` where there is none."""
    if not recording.events:
        return [no_events(channel, recording)]
    return [
        violation for frame in recording.events for violation in verdict(channel, frame).violations
    ]


def check_correlation(channel: Channel, recording: Recording) -> list[Violation]:
    """Return the events that lack the correlation id of their message: `correlation-id`."""
    if not any(message.correlation_id for message in channel.streamed):
        return []
    found = []
    for frame in recording.events:
        judgement = judge(channel, frame)
        message = judgement.message
        if message is None or has_correlation_id(message, judgement.payload, frame):
            continue
        violation = Violation(
            code="correlation-id",
            summary=f"the event has nothing at {message.correlation_id}",
            got=shown(judgement.payload),
            expected=f"a correlation id at {message.correlation_id}",
            location=message.location,
            advice="send it with every event, or correct the location in correlationId",
        )
        found.append(_placed(channel, frame, message, violation))
    return found


def check_seen(channel: Channel, recording: Recording) -> list[Violation]:
    """Return the messages of which no event came, where any came: `message-not-seen`.

    It is advice, and an error where a trigger published the message and the recording did not end
    for what else came.
    """
    if not recording.events:
        return []
    missing = [name for name, count in messages_seen(channel, recording).items() if count == 0]
    return [_not_seen(channel, recording, name) for name in missing]


def _not_seen(channel: Channel, recording: Recording, name: str) -> Violation:
    is_lost = name in recording.confirmed and recording.ended in _WAITED_FOR
    return Violation(
        code="message-not-seen",
        severity="error" if is_lost else "advice",
        summary=(
            f"the trigger published message {name}, and no event of it came"
            if is_lost
            else f"no event of message {name} came on {channel.name}"
        ),
        channel=channel.name,
        message=name,
        got=f"{len(recording.events)} other events in {recording.duration:.1f} s",
        expected=f"an event of message {name}",
        location=channel.messages[name].location if name in channel.messages else channel.location,
        advice=(
            "look for what the server drops between publishing and the stream"
            if is_lost
            else "give a trigger that publishes it, or more time"
        ),
    )


_WAITED_FOR = frozenset({Ending.quiet, Ending.deadline, Ending.closed})


def messages_seen(channel: Channel, recording: Recording) -> dict[str, int]:
    """Count the events of each message that the channel streams, by name; bad ones count too."""
    seen = {message.name: 0 for message in channel.streamed if not message.is_sentinel}
    for frame in recording.events:
        found = verdict(channel, frame)
        message = found.message or found.nearest
        if message is not None and message.name in seen:
            seen[message.name] += 1
    return seen


def no_events(channel: Channel, recording: Recording) -> Violation:
    """Return the violation of a stream on which no event came."""
    return Violation(
        code="no-events",
        summary=f"no event came within {recording.duration:.1f} s",
        channel=channel.name,
        got=why_no_event(recording),
        expected=f"at least one event of {_names(channel.streamed)}",
        location=channel.location,
        advice=_UNFINISHED if recording.pending.strip() else _SILENT,
    )


_UNFINISHED = "end every event with a blank line, or give more time with --asyncapi-timeout"
_SILENT = (
    "make the server emit one: give a trigger with --asyncapi-trigger or the fixture"
    " asyncapi_trigger, or more time with --asyncapi-timeout"
)


def _meant(known: tuple[Message, ...], judgements: list[Judgement]) -> Judgement | None:
    """Explain a bad payload by the message that it was meant for, None where it is not one payload.

    A text message has the data itself for a payload, and what is no JSON has none.
    """
    payload = judgements[0].payload
    codes = {violation.code for one in judgements for violation in one.violations}
    if len(known) < 2 or codes != {"payload-schema"}:
        return None
    if not all(same_json(payload, one.payload) for one in judgements):
        return None
    found = tuple(validator_of(known).iter_errors(payload))
    named = [message for message in known if found and message.name == found[0].message]
    return Judgement(None, payload, found, named[0]) if named else None


def _judge_as(message: Message, data: Data) -> Judgement:
    payload, defect = reader(message).payload(data)
    if defect is None:
        found = tuple(validator(message).iter_errors(payload))
        return Judgement(message, payload, found, message)
    violation = Violation(
        code=defect.code,
        summary=f"the data is not strict JSON: {defect.summary}",
        got=shown(data.text),
        expected=f"JSON of message {message.name}",
        location=message.location,
        advice="send one JSON value as the event's data",
    )
    return Judgement(message, payload, (violation,), message)


def _undeclared(channel: Channel, frame: Frame, event: Event) -> Violation:
    declared = [name for message in channel.streamed for name in message.event_names]
    unnamed = event.event == "message"
    return Violation(
        code="undeclared-event",
        summary="the event has no name" if unnamed else f"the event is named {shown(event.event)}",
        channel=channel.name,
        got=shown(event.data),
        expected=f"one of the declared event names {', '.join(map(repr, declared)) or '(none)'}",
        location=channel.location,
        frame=frame.raw,
        index=frame.index,
        offset=frame.offset,
        advice="name the event as the document does, or declare this name",
    )


def _placed(
    channel: Channel, frame: Frame, message: Message | None, violation: Violation
) -> Violation:
    return replace(
        violation,
        channel=channel.name,
        message=message.name if message else "",
        frame=frame.raw,
        index=frame.index,
        offset=frame.offset,
    )


def _names(messages: Sequence[Message]) -> str:
    return ", ".join(message.name for message in messages) or "any message"
