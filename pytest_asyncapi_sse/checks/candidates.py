"""Candidates: the messages that an event may be, and what the data of an event is to each."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pytest_asyncapi_sse.checks.fields import declared_fields
from pytest_asyncapi_sse.model import Channel, Message
from pytest_asyncapi_sse.schema import JSONDefect, parse_json, validator
from pytest_asyncapi_sse.schema.custom_formats import depends_on_formats


class Data:
    """Hold the data of an event, read as JSON once, however many messages it may be."""

    __slots__ = ("_parsed", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._parsed: tuple[Any, JSONDefect | None] | None = None

    def parsed(self) -> tuple[Any, JSONDefect | None]:
        """Return the JSON value, or the text itself with what is wrong with it as JSON."""
        if self._parsed is None:
            try:
                self._parsed = parse_json(self.text), None
            except JSONDefect as defect:
                self._parsed = self.text, defect
        return self._parsed


@dataclass(frozen=True, slots=True, eq=False)
class Reader:
    """Hold what is asked of each event of a message, worked out once.

    A `text` message has the data itself for a payload. One that `may_be_text` has it where the data
    is no JSON text: its schema is that of a string and has no content type. `has_fields` says that
    its headers declare fields of an event.
    """

    is_valid: Callable[[Any], bool]
    is_text: bool
    may_be_text: bool
    is_unchecked: bool
    has_fields: bool

    def payload(self, data: Data) -> tuple[Any, JSONDefect | None]:
        """Return the payload of an event, or its data with why that holds none."""
        if self.is_text:
            return data.text, None
        value, defect = data.parsed()
        if self.may_be_text:
            return (value if isinstance(value, str) else data.text), None
        return value, None if self.is_unchecked else defect


@depends_on_formats
@functools.lru_cache(maxsize=512)
def reader(message: Message) -> Reader:
    """Return the reader of a message; raises DocumentError where a schema can't be compiled."""
    schema, headers = message.payload, message.headers_schema
    is_string = isinstance(schema, dict) and schema.get("type") == "string"
    return Reader(
        is_valid=validator(message).is_valid,
        is_text=message.is_text,
        may_be_text=is_string and not message.content_type,
        is_unchecked=bool(message.unchecked),
        has_fields=headers is not None and bool(declared_fields(headers)),
    )


def candidates(channel: Channel, name: str) -> tuple[Message, ...]:
    """Return the messages that an event of this name may be.

    A declared event name binds; else a name derived from a message's name or key selects among
    those that declare none.
    """
    named, others = _by_name(channel)
    return named.get(name, others)


@functools.lru_cache(maxsize=512)
def _by_name(
    channel: Channel,
) -> tuple[Mapping[str, tuple[Message, ...]], tuple[Message, ...]]:
    """Return the messages by each name that the channel knows, and those of any other name."""
    free = tuple(message for message in channel.streamed if not message.event_names)
    hints = {name for message in free for name in (message.name, message.key)}
    hinted = {
        name: tuple(message for message in free if name in (message.name, message.key))
        for name in hints
    }
    declared = {name for message in channel.streamed for name in message.event_names}
    bound = {
        name: tuple(message for message in channel.streamed if name in message.event_names)
        for name in declared
    }
    return MappingProxyType({**hinted, **bound}), free
