"""Sources of payloads: what the public functions take, as the schemas that it comes down to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pytest_asyncapi_sse.errors import ConfigurationError, DocumentError, Problem, shown
from pytest_asyncapi_sse.model import Channel, Message, PayloadSchema, Schema
from pytest_asyncapi_sse.schema.dialects import dialect_of

Source = Channel | Message | PayloadSchema | Schema

_ANYTHING = PayloadSchema(contents=True)


@dataclass(frozen=True, slots=True, eq=False)
class Root:
    """Hold one schema of a source; `text` says that a payload is the event's data itself."""

    schema: PayloadSchema
    text: bool = False
    message: str = ""


def roots(source: Source) -> tuple[Root, ...]:
    """Return the schemas of a source, one for each message.

    A channel gives those of its `streamed` messages, of all its messages where none is streamed.
    A mapping or a bool is a JSON Schema; its `$schema` names the dialect, draft-07 by default.
    Raises ConfigurationError for anything else, and for a channel without messages.
    """
    if isinstance(source, Channel):
        return _channel_roots(source)
    if isinstance(source, Message):
        return (_message_root(source),)
    if isinstance(source, PayloadSchema):
        return (Root(source),)
    if isinstance(source, bool | Mapping):
        return (Root(PayloadSchema(contents=source, dialect=dialect_of(source))),)
    raise ConfigurationError(
        f"{shown(source, 80)} is no source of payloads. Give a channel, a message or a JSON Schema."
    )


def drawable_roots(source: Source) -> tuple[Root, ...]:
    """Return the schemas of a source that payloads can be drawn from.

    Raises DocumentError where there is none because payloads are not checked, and what `roots`
    raises.
    """
    messages = _messages(source)
    if messages and all(message.unchecked for message in messages):
        raise DocumentError([_unchecked(message) for message in messages])
    if isinstance(source, Channel) and source.generated:
        return tuple(_message_root(message) for message in source.generated)
    return roots(source)


def _messages(source: Source) -> tuple[Message, ...]:
    if isinstance(source, Channel):
        return source.streamed
    return (source,) if isinstance(source, Message) else ()


def _unchecked(message: Message) -> Problem:
    location = message.location
    text = f"no payload of the message {message.name} can be drawn: {message.unchecked}."
    return Problem(text, location)


def _channel_roots(channel: Channel) -> tuple[Root, ...]:
    messages = channel.streamed or tuple(channel.messages.values())
    if not messages:
        raise ConfigurationError(
            f"the channel {channel.name!r} has no messages, so it has no payloads. "
            "Declare a message in the document, or give a JSON Schema."
        )
    return tuple(_message_root(message) for message in messages)


def _message_root(message: Message) -> Root:
    schema = _ANYTHING if message.judged is None else message.judged
    return Root(schema, text=message.is_text, message=message.name)
