"""Fields of an event: what a message's headers and its correlation id say of them."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pytest_asyncapi_sse.errors import Violation, shown
from pytest_asyncapi_sse.model import Message, PayloadSchema, unescape
from pytest_asyncapi_sse.schema import validator
from pytest_asyncapi_sse.sse import Event, Frame
from pytest_asyncapi_sse.sse.decoder import BOM

FIELDS = ("id", "event", "retry")

_NUMERIC = frozenset({"integer", "number"})
# The retry of an event is a number, as the HTML standard has it.
_UNTYPED = {"retry": _NUMERIC}
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
_EXPRESSION = re.compile(r"\$message\.(header|payload)#(.*)", re.DOTALL)
# A line that sets the id; one with a NUL sets none (HTML standard, 9.2.6).
_ID_LINE = re.compile(rb"(?:\A|[\r\n])id(?:: ?+([^\r\n\0]*+))?+(?=[\r\n])")
_MISSING = object()


def own_event(frame: Frame) -> Event | None:
    """Return the event of a frame with the id that the frame itself sets, None where it has none.

    The event that a decoder gives has the last id of the stream instead.
    """
    # Only the first bytes of a stream can be a byte order mark.
    raw = frame.raw.removeprefix(BOM) if frame.offset == 0 else frame.raw
    found = _ID_LINE.findall(raw)
    own = found[-1].decode("utf-8", "replace") if found else None
    event = frame.event
    if event is None:
        return None if own is None else Event(id=own)
    return event if event.id == own else replace(event, id=own)


def field_violations(message: Message, frame: Frame) -> Iterator[Violation]:
    """Yield what the id, the name and the retry of an event break of its message's headers.

    Headers of other names are no part of an event, and nothing is said of them. Code:
    `headers-schema`.
    """
    schema = message.headers_schema
    if schema is None or not declared_fields(schema):
        return
    event = own_event(frame) or Event()
    for name, declared in declared_fields(schema).items():
        if name == "event" and message.event_names:
            continue
        text = _text_of(event, name)
        if text is not None:
            yield from _errors(schema, name, declared.readings(text))
        elif declared.is_required:
            yield _missing(message, schema, name)


def has_correlation_id(message: Message, payload: Any, frame: Frame | None) -> bool:
    """Whether an event has what its message's correlationId points at, or can't be asked.

    Without a frame there are no fields to ask.
    """
    found = _EXPRESSION.fullmatch(message.correlation_id)
    if found is None:
        return True
    place, pointer = found.groups()
    tokens = [unescape(token) for token in pointer.split("/")[1:]]
    if place == "payload":
        return message.is_text or bool(message.unchecked) or _at(payload, tokens) is not _MISSING
    if frame is None or not tokens or tokens[0] not in FIELDS:
        return True
    return _text_of(own_event(frame) or Event(), tokens[0]) is not None


@dataclass(frozen=True, slots=True)
class Declared:
    """Say what a headers schema says of a field: whether it must be there, and of which types."""

    is_required: bool
    types: frozenset[str]

    def readings(self, text: str) -> list[Any]:
        """Return what a field's text may be read as: a schema may mean the number in it."""
        if not _NUMBER.fullmatch(text) or (self.types and not self.types & _NUMERIC):
            return [text]
        number = float(text) if "." in text else int(text)
        return [number] if self.types and "string" not in self.types else [text, number]


@functools.lru_cache(maxsize=512)
def declared_fields(schema: PayloadSchema) -> Mapping[str, Declared]:
    """Return the fields of an event that a headers schema declares."""
    nodes = list(_conjuncts(schema, schema.contents))
    required = {str(name) for node in nodes for name in _part(node, "required", list)}
    declared = {}
    for name in FIELDS:
        parts = [part for node in nodes if (part := _property(node, name)) is not None]
        if parts:
            described = [node for part in parts for node in _conjuncts(schema, part)]
            types = frozenset(kind for node in described for kind in _types(node))
            declared[name] = Declared(name in required, types or _UNTYPED.get(name, types))
    return declared


def _conjuncts(schema: PayloadSchema, start: Any) -> Iterator[Mapping[str, Any]]:
    """Yield a schema and those that hold with it, by `allOf` and `$ref`."""
    pending: list[Any] = [start]
    seen: set[int] = set()
    while pending:
        node = pending.pop()
        if not isinstance(node, Mapping) or id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        pending += [*_part(node, "allOf", list), _target(schema, node.get("$ref"))]


def _property(node: Mapping[str, Any], name: str) -> Any:
    properties = node.get("properties")
    return properties.get(name) if isinstance(properties, Mapping) else None


def _types(node: Mapping[str, Any]) -> list[str]:
    found = node.get("type")
    return [found] if isinstance(found, str) else list(_part(node, "type", list))


def _part(node: Mapping[str, Any], key: str, kind: type) -> Any:
    value = node.get(key)
    return value if isinstance(value, kind) else ()


def _target(schema: PayloadSchema, reference: Any) -> Any:
    if not isinstance(reference, str) or not reference.startswith("#"):
        return None
    found = _at(schema.contents, [unescape(token) for token in reference.split("/")[1:]])
    return None if found is _MISSING else found


def _at(value: Any, tokens: list[str]) -> Any:
    """Return what a JSON pointer leads to (RFC 6901, section 4)."""
    for token in tokens:
        if isinstance(value, Mapping) and token in value:
            value = value[token]
        elif isinstance(value, list) and token.isdecimal() and int(token) < len(value):
            value = value[int(token)]
        else:
            return _MISSING
    return value


def _text_of(event: Event, name: str) -> str | None:
    """Return a field as it is on the wire, None where it is not; without a name there is none."""
    if name == "event":
        return None if event.event == "message" else event.event
    if name == "retry":
        return None if event.retry is None else str(event.retry)
    return event.id


def _errors(schema: PayloadSchema, name: str, values: list[Any]) -> list[Violation]:
    """Return what is wrong with a field by all its readings, told of the last of them."""
    found: list[Violation] = []
    for value in values:
        found = list(_errors_of(schema, name, value))
        if not found:
            return []
    return found


def _errors_of(schema: PayloadSchema, name: str, value: Any) -> Iterator[Violation]:
    for found in validator(schema).iter_errors({name: value}):
        if found.pointer == f"/{name}":
            yield Violation(
                code="headers-schema",
                summary=f"the field {name} breaks the message headers: {found.summary}",
                got=found.got,
                expected=found.expected,
                pointer=found.pointer,
                location=found.location,
                advice=_ADVICE,
            )


def _missing(message: Message, schema: PayloadSchema, name: str) -> Violation:
    origin = schema.origin("")
    return Violation(
        code="headers-schema",
        summary=f"the event has no {name}, which the message headers require",
        got=f"an event without the field {name}",
        expected=f"{name}: {shown(message.name, 80)} requires it",
        location=None if origin is None else origin.location,
        advice=_ADVICE,
    )


_ADVICE = "write the field as the message's headers describe it, or correct them"
