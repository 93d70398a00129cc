"""Checks of a document: its own examples, schemas and messages, judged against each other."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator

from pytest_asyncapi_sse.checks.events import data_of, fits
from pytest_asyncapi_sse.errors import (
    DocumentError,
    Severity,
    Violation,
    hides_frame,
)
from pytest_asyncapi_sse.model import Channel, Document, Message, PayloadSchema
from pytest_asyncapi_sse.schema import validator
from pytest_asyncapi_sse.schema.custom_formats import depends_on_formats
from pytest_asyncapi_sse.schema.overlap import MOST_CONTAINED, Specimens, contained
from pytest_asyncapi_sse.schema.review import (
    INVALID,
    NOT_FOUND,
    UNSATISFIABLE,
    Doubt,
    flaws,
    review,
)
from pytest_asyncapi_sse.schema.sources import roots

__tracebackhide__ = hides_frame

_FATAL = frozenset({INVALID, UNSATISFIABLE, NOT_FOUND})
_TOLD = 5


def check_stream(document: Document) -> list[Violation]:
    """Return `no-stream` where the document has no channel that could be tested."""
    if document.streams:
        return []
    reasons = "\n".join(f"{name}: {reason}" for name, reason in document.skipped.items())
    return [
        Violation(
            code="no-stream",
            summary="the document describes no stream that could be tested",
            got=reasons or "no channels",
            expected="a channel with an http or https server, or one marked by x-sse",
            location=document.location,
            advice="mark the channel with x-sse, or give the document that describes the stream",
        )
    ]


def check_examples(document: Document) -> list[Violation]:
    """Return the examples of messages that don't match their schemas: `example-mismatch`."""
    return _distinct(
        found
        for channel, message in _messages(document)
        for found in _example_mismatches(channel, message)
    )


def check_schemas(document: Document) -> list[Violation]:
    """Return what the schemas say that can't have been meant.

    A payload schema that nothing satisfies, or that is none, is an error where a stream needs it.
    """
    needed = {
        id(message)
        for channel in document.streams.values()
        for message in (*channel.streamed, *channel.request.body)
    }
    found = []
    for channel, message in _messages(document):
        for schema in (message.judged, message.headers_schema):
            is_needed = schema is message.schema and id(message) in needed
            for doubt in () if schema is None else review(schema):
                severity: Severity = "error" if is_needed and doubt.code in _FATAL else "advice"
                found.append(_doubted(severity, channel, message, doubt))
    found += [item for channel in document.streams.values() for item in _parameter_flaws(channel)]
    return _distinct(found)


@depends_on_formats
@functools.lru_cache
def check_channel(channel: Channel) -> tuple[Violation, ...]:
    """Return why a channel's messages and parameters can't be drawn; empty where they can."""
    return tuple(
        _doubted("error", channel, message, doubt)
        for message in (*channel.streamed, *channel.request.body)
        for doubt in flaws(message)
    ) + tuple(_parameter_flaws(channel))


def check_overlaps(document: Document) -> list[Violation]:
    """Return the messages of a stream that nothing tells apart: `overlapping-messages`."""
    found = (_overlap(channel) for channel in document.streams.values())
    return [violation for violation in found if violation is not None]


def _messages(document: Document) -> Iterator[tuple[Channel, Message]]:
    for channel in document.channels.values():
        for message in channel.messages.values():
            yield channel, message


def _example_mismatches(channel: Channel, message: Message) -> Iterator[Violation]:
    for index, example in enumerate(message.examples):
        label = f"example {example.name or index + 1}"
        origin = example.origin
        parts = (
            ("payload", message.judged, example.payload, example.has_payload),
            ("headers", message.headers_schema, example.headers, example.headers is not None),
        )
        for key, schema, value, is_given in parts:
            if schema is None or not is_given:
                continue
            for error in _errors(schema, value):
                yield Violation(
                    code="example-mismatch",
                    summary=f"{label} of message {message.name}: {key}: {error.summary}",
                    severity="advice",
                    channel=channel.name,
                    message=message.name,
                    got=error.got,
                    expected=error.expected,
                    pointer=error.pointer,
                    location=origin.child(key).location if origin else None,
                    advice="correct the example or the schema",
                )


def _errors(schema: PayloadSchema, value: object) -> list[Violation]:
    try:
        return list(validator(schema).iter_errors(value))
    except DocumentError:
        # The schema itself is told about by the check of the schemas.
        return []


def _parameter_flaws(channel: Channel) -> Iterator[Violation]:
    for parameter in channel.parameters.values():
        for doubt in flaws(PayloadSchema(parameter.schema, origins={})):
            text = doubt.problem.message.partition(" (in the payload schema")[0].removesuffix(".")
            yield Violation(
                code=doubt.code,
                summary=f"the parameter {parameter.name}: {text}",
                channel=channel.name,
                location=parameter.origin.location if parameter.origin else None,
                advice=doubt.problem.advice,
            )


def _doubted(severity: Severity, channel: Channel, message: Message, doubt: Doubt) -> Violation:
    return Violation(
        code=doubt.code,
        summary=doubt.problem.message.removesuffix("."),
        severity=severity,
        channel=channel.name,
        message=message.name,
        location=doubt.problem.location,
        advice=doubt.problem.advice,
    )


def _overlap(channel: Channel) -> Violation | None:
    """Return one violation for all messages of a channel that lie within another one."""
    pairs = [pair for rivals in _rivals(channel) for pair in _contained(rivals)]
    if not pairs:
        return None
    (inner, outer), count = pairs[0]
    told = [f"{_called(one)} within {_called(other)}" for (one, other), _ in pairs[:_TOLD]]
    more = f" and {len(pairs) - _TOLD} more" if len(pairs) > _TOLD else ""
    if len(pairs) >= MOST_CONTAINED:
        more = " and others"
    return Violation(
        code="overlapping-messages",
        summary=(
            f"all {count} payloads of {_called(inner)} that were tried are payloads of"
            f" {_called(outer)} too"
        ),
        severity="advice",
        channel=channel.name,
        message=inner.name,
        got=", ".join(told) + more,
        expected="messages that the payload tells apart, or the event's name",
        location=inner.location,
        advice="declare what tells them apart, such as x-sse: {event: ...} on each",
    )


def _rivals(channel: Channel) -> Iterator[list[Message]]:
    """Yield the groups that an event's name leaves: those that declare it, or that declare none."""
    checked = [message for message in channel.streamed if not message.unchecked]
    names = dict.fromkeys(name for message in checked for name in message.event_names)
    yield [message for message in checked if not message.event_names]
    for name in names:
        yield [message for message in checked if name in message.event_names]


def _contained(messages: list[Message]) -> list[tuple[tuple[Message, Message], int]]:
    """Return the pairs of which the first lies within the second, with how many were tried."""
    try:
        specimens = [
            Specimens.of(
                root,
                write=functools.partial(data_of, message),
                fits=functools.partial(fits, message),
            )
            for message in messages
            for root in roots(message)
        ]
    except DocumentError:
        # The schema itself is told about by the check of the schemas.
        return []
    return [
        ((messages[inner], messages[outer]), specimens[inner].count)
        for inner, outer in contained(specimens)
    ]


def _called(message: Message) -> str:
    """Return what tells a message from the others of its channel: two may have one name."""
    return message.key or message.name


def _distinct(found: Iterable[Violation]) -> list[Violation]:
    """Return the violations, each place and summary once; what two channels share counts once."""
    kept: dict[object, Violation] = {}
    for item in found:
        key = (item.code, item.summary, item.location)
        if key not in kept or item.severity == "error":
            kept[key] = item
    return list(kept.values())
