"""Checks of events: which message an event is, and whether its payload keeps the contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pytest_asyncapi_sse.checks.connection import why_no_event
from pytest_asyncapi_sse.checks.fields import field_violations, has_correlation_id
from pytest_asyncapi_sse.errors import Violation, hides_frame, shown
from pytest_asyncapi_sse.model import Channel, Message
from pytest_asyncapi_sse.schema import (
    JSONDefect,
    dump_json,
    parse_json,
    same_json,
    validator,
    validator_of,
)
from pytest_asyncapi_sse.sse import Event, Frame, Recording

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
    candidates = _candidates(channel.streamed, event.event)
    if not candidates:
        return Judgement(None, event.data, (_undeclared(channel, frame, event),))
    judgements = [_judge_as(message, event) for message in candidates]
    best = min(judgements, key=lambda judgement: len(judgement.violations))
    if not best.violations:
        best = _by_fields(frame, [item for item in judgements if not item.violations])
    if not best.violations:
        return best
    best = _meant(candidates, judgements) or best
    placed = tuple(_placed(channel, frame, best.nearest, found) for found in best.violations)
    return replace(best, message=None, violations=placed)


def _by_fields(frame: Frame, judgements: Sequence[Judgement]) -> Judgement:
    """Return the first judgement whose message the fields satisfy, else the first, with faults."""
    faulty: list[Judgement] = []
    for judgement in judgements:
        message = judgement.message
        found = () if message is None else tuple(field_violations(message, frame))
        if not found:
            return judgement
        faulty.append(replace(judgement, violations=found))
    return faulty[0]


def data_of(message: Message, payload: object) -> str:
    """Return the text of `data`: the payload itself for a text message, else JSON."""
    if message.is_text and isinstance(payload, str):
        return payload
    return dump_json(payload)


def fits(message: Message, data: str) -> bool:
    """Say whether the data of an event is a payload of a message."""
    return not _judge_as(message, Event(data=data)).violations


def check_events(channel: Channel, recording: Recording) -> list[Violation]:
    """Return what is wrong with the events of a recording, `no-events` where there is none."""
    if not recording.events:
        return [no_events(channel, recording)]
    return [
        violation for frame in recording.events for violation in judge(channel, frame).violations
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
    """Return the messages of which no event came, where any came: `message-not-seen`, advice."""
    if not recording.events:
        return []
    return [
        Violation(
            code="message-not-seen",
            severity="advice",
            summary=f"no event of message {name} came on {channel.name}",
            channel=channel.name,
            message=name,
        )
        for name, count in messages_seen(channel, recording).items()
        if count == 0
    ]


def messages_seen(channel: Channel, recording: Recording) -> dict[str, int]:
    """Count the events of each message that the channel streams, by name; bad ones count too."""
    seen = {message.name: 0 for message in channel.streamed if not message.is_sentinel}
    for frame in recording.events:
        judgement = judge(channel, frame)
        message = judgement.message or judgement.nearest
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
        advice=(
            "make the server emit one: give a trigger with --asyncapi-trigger or the fixture"
            " asyncapi_trigger, or more time with --asyncapi-timeout"
        ),
    )


def _candidates(streamed: Sequence[Message], name: str) -> list[Message]:
    bound = [message for message in streamed if name in message.event_names]
    if bound:
        return bound
    free = [message for message in streamed if not message.event_names]
    hinted = [message for message in free if name in (message.name, message.key)]
    return hinted or free


def _meant(candidates: list[Message], judgements: list[Judgement]) -> Judgement | None:
    """Explain a bad payload by the message that it was meant for, None where it is not one payload.

    A text message has the data itself for a payload, and what is no JSON has none.
    """
    payload = judgements[0].payload
    codes = {violation.code for one in judgements for violation in one.violations}
    if len(candidates) < 2 or codes != {"payload-schema"}:
        return None
    if not all(same_json(payload, one.payload) for one in judgements):
        return None
    found = tuple(validator_of(tuple(candidates)).iter_errors(payload))
    named = [message for message in candidates if found and message.name == found[0].message]
    return Judgement(None, payload, found, named[0]) if named else None


def _judge_as(message: Message, event: Event) -> Judgement:
    payload, violation = _payload(message, event.data)
    if violation is not None:
        return Judgement(message, payload, (violation,), message)
    return Judgement(message, payload, tuple(validator(message).iter_errors(payload)), message)


def _payload(message: Message, data: str) -> tuple[Any, Violation | None]:
    if message.is_text or _accepts_raw_text(message, data):
        return data, None
    try:
        return parse_json(data), None
    except JSONDefect as defect:
        if message.unchecked:
            return data, None
        violation = Violation(
            code=defect.code,
            summary=f"the data is not strict JSON: {defect.summary}",
            got=shown(data),
            expected=f"JSON of message {message.name}",
            location=message.location,
            advice="send one JSON value as the event's data",
        )
        return data, violation


def _accepts_raw_text(message: Message, data: str) -> bool:
    """Tell whether raw text is the payload: for a string schema without a content type only."""
    schema = message.payload
    if message.content_type or not isinstance(schema, dict) or schema.get("type") != "string":
        return False
    try:
        return not isinstance(parse_json(data), str)
    except JSONDefect:
        return True


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
