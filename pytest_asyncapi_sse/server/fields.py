"""Fields of generated events: the id, the name and the retry that a document asks for."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any, NamedTuple

from pytest_asyncapi_sse.checks.fields import declared_fields, field_violations
from pytest_asyncapi_sse.errors import DocumentError
from pytest_asyncapi_sse.model import Channel, Message
from pytest_asyncapi_sse.schema.strategies import drawn_payloads
from pytest_asyncapi_sse.sse import Decoder, Event, encode

_SAMPLES = 20


class Fields(NamedTuple):
    """Hold the fields of an event besides its data; None for one that is left out."""

    id: str | None = None
    event: str | None = None
    retry: int | None = None


def needed_fields(message: Message, number: int = 1) -> Fields:
    """Return what a message's headers require of the fields of the event of a number."""
    choices = _choices(message)
    return choices[number % len(choices)] if choices else Fields()


def event_id(
    channel: Channel, message: Message, number: int, *, is_asked: bool = False
) -> str | None:
    """Return the id of the event of a number, where the channel or the message asks for one.

    Where it `is_asked` for, each event has one. The number itself is the id, unless the message's
    headers do not allow that: then it is one that they allow.
    """
    needed = needed_fields(message, number).id
    is_correlation = message.correlation_id == "$message.header#/id"
    is_asked = is_asked or channel.rules.ids is not None or is_correlation
    if not is_asked and needed is None:
        return None
    plain = Event(event=message.event or "message", id=str(number))
    is_allowed = not any(found.pointer == "/id" for found in _broken(message, plain))
    if is_allowed or needed is not None:
        return str(number) if is_allowed else needed
    allowed = _choices(message, with_id=True)
    return allowed[number % len(allowed)].id if allowed else None


@functools.lru_cache(maxsize=512)
def _choices(message: Message, *, with_id: bool = False) -> tuple[Fields, ...]:
    """Return some fields that a message's headers allow: what they require, `with_id` an id too."""
    schema = message.headers_schema
    declared = {} if schema is None else declared_fields(schema)
    required = [name for name, field in declared.items() if field.is_required]
    required += ["id"] if with_id and "id" in declared and "id" not in required else []
    if schema is None or not required:
        return ()
    try:
        drawn = drawn_payloads(schema, _SAMPLES)
    except DocumentError:
        # The schema itself is told about by the check of the schemas.
        return ()
    return tuple(dict.fromkeys(_usable(message, required, drawn)))


def _usable(message: Message, required: list[str], drawn: list[Any]) -> Iterator[Fields]:
    for headers in drawn:
        try:
            fields = Fields(**{name: _read(name, headers[name]) for name in required})
            event = Event(event=fields.event or "message", id=fields.id, retry=fields.retry)
            broken = list(_broken(message, event))
        except (KeyError, TypeError, ValueError):
            # What is no object, or what no stream can carry, such as an id with a line end.
            continue
        if not broken:
            yield fields


def _read(name: str, value: Any) -> Any:
    if name != "retry":
        return value if isinstance(value, str) else str(value)
    return int(value)


def _broken(message: Message, event: Event) -> Iterator[Any]:
    for frame in Decoder().frames(encode(event)):
        yield from field_violations(message, frame)
