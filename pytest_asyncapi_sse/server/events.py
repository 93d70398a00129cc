"""Events of the generated server: a payload and its message become the bytes of one event."""

from __future__ import annotations

from dataclasses import replace

from pytest_asyncapi_sse.checks.events import data_of
from pytest_asyncapi_sse.document.address import suggestion
from pytest_asyncapi_sse.errors import (
    ConfigurationError,
    ContractViolation,
    Violation,
    hides_frame,
    shown,
)
from pytest_asyncapi_sse.model import Channel, Message
from pytest_asyncapi_sse.schema import validator
from pytest_asyncapi_sse.server.fields import needed_fields
from pytest_asyncapi_sse.sse import Event, encode

__tracebackhide__ = hides_frame


def event_bytes(
    channel: Channel,
    payload: object,
    *,
    message: str | None = None,
    event: str | None = None,
    id: str | None = None,
    retry: int | None = None,
    validate: bool = True,
) -> bytes:
    """Return the bytes of one event that carries a payload.

    The message is the named one, else the first that the payload satisfies. Raises
    ContractViolation where the payload satisfies none, unless `validate` is off: it then goes by
    the named message, else by the first. Raises ConfigurationError for an unknown message, and
    ValueError for what no event can carry.
    """
    carried = _message(channel, payload, message, validate=validate)
    needed = needed_fields(carried)
    return encode(
        Event(
            data=data_of(carried, payload),
            event=event if event is not None else event_name(channel, carried),
            id=id if id is not None else needed.id,
            retry=retry if retry is not None else needed.retry,
        )
    )


def event_name(channel: Channel, message: Message) -> str:
    """Return what goes into `event:`: the declared name, else a name only among several messages.

    A single undeclared message goes unnamed, so that a browser's `onmessage` hears it.
    """
    if message.event is not None:
        return message.event
    needed = needed_fields(message).event
    if needed is not None:
        return needed
    others = {name for other in channel.streamed for name in other.event_names}
    is_alone = len(channel.streamed) == 1 or message.name in others
    # A name that is declared for another message would make it that one.
    return "message" if is_alone else message.name


def comment_bytes(text: str) -> bytes:
    """Return the line of a comment and a blank line, as servers ping; raises ValueError."""
    if "\r" in text or "\n" in text:
        raise ValueError(f"a comment is {text!r}, expected one line")
    return f": {text}\n\n".encode() if text else b":\n\n"


def retry_bytes(milliseconds: int) -> bytes:
    """Return a block that sets the reconnection time and dispatches nothing; raises ValueError."""
    if milliseconds < 0:
        raise ValueError(f"the retry is {milliseconds!r}, expected 0 or more milliseconds")
    return f"retry: {milliseconds:d}\n\n".encode()


def _message(
    channel: Channel, payload: object, name: str | None, *, validate: bool = True
) -> Message:
    candidates = channel.streamed or tuple(channel.messages.values())
    if name is not None:
        candidates = tuple(m for m in candidates if name in (m.name, m.key))
        if not candidates:
            known = [m.name for m in channel.streamed]
            raise ConfigurationError(
                f"channel {channel.name!r} streams no message {name!r}"
                f"{suggestion(name, known)} (it streams {', '.join(map(repr, known))})"
            )
    if candidates and not validate:
        return candidates[0]
    rejected: list[Violation] = []
    for candidate in candidates:
        errors = list(validator(candidate).iter_errors(payload))
        if not errors:
            return candidate
        if not rejected or len(errors) < len(rejected):
            rejected = errors
    if not rejected:
        raise ConfigurationError(f"channel {channel.name!r} streams no message that could be sent")
    raise ContractViolation.of(_not_sent(channel, payload, violation) for violation in rejected)


def _not_sent(channel: Channel, payload: object, violation: Violation) -> Violation:
    return replace(
        violation,
        summary=f"not sent, {violation.summary}",
        channel=channel.name,
        evidence=(("payload", shown(payload)),),
        advice="send what the document allows, or correct the document",
    )
