"""What a test has sent: each thing that it asks for as steps, checked before any of it is taken."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Final

from pytest_asyncapi_sse.errors import ConfigurationError, hides_frame, shown
from pytest_asyncapi_sse.model import Channel
from pytest_asyncapi_sse.server.events import comment_bytes, event_bytes, retry_bytes
from pytest_asyncapi_sse.server.steps import Chunk, End, Pause, Step

__tracebackhide__ = hides_frame

NOTHING: Final[Any] = type("Nothing", (), {"__repr__": lambda _: "<nothing>"})()


class Sender(ABC):
    """Send to clients by `_queue`, which takes steps in the order of the calls."""

    channel: Channel

    @abstractmethod
    def _queue(self, *steps: Step) -> None:
        """Take steps one after another."""

    def send(
        self,
        payload: object,
        *,
        message: str | None = None,
        event: str | None = None,
        id: str | None = None,
        retry: int | None = None,
        validate: bool = True,
    ) -> None:
        """Send one event that carries a payload.

        It is sent as the message of that name, else as the first that the payload satisfies; what
        the document says of `event:`, `id:` and `retry:` (milliseconds) is written where nothing
        else is given. Raises ContractViolation where the payload satisfies no message, unless
        `validate` is off, and ConfigurationError for an unknown message and for what no event can
        carry, such as an id with a line end.
        """
        fields = {"message": message, "event": event, "id": id, "retry": retry}
        self._queue(Chunk(checked_event(self.channel, payload, fields, validate=validate)))

    def send_raw(self, data: bytes) -> None:
        """Send bytes as they are, in a chunk of HTTP of their own."""
        self._queue(raw_step(data))

    def comment(self, text: str = "") -> None:
        """Send a comment, as servers ping; raises ConfigurationError for one of several lines."""
        self._queue(comment_step(text))

    def retry(self, milliseconds: int) -> None:
        """Send a reconnection time, in a block of its own that dispatches nothing."""
        self._queue(retry_step(milliseconds))

    def delay(self, seconds: float) -> None:
        """Let what is sent after this wait for some seconds; returns at once."""
        self._queue(pause_step(seconds))


def checked_event(
    channel: Channel, payload: object, fields: Mapping[str, Any], *, validate: bool = True
) -> bytes:
    """Return the bytes of an event; every argument that can't be used is a ConfigurationError."""
    for name in ("message", "event", "id"):
        value = fields.get(name)
        if value is not None and not isinstance(value, str):
            raise ConfigurationError(f"the {name} is {shown(value, 80)}, expected a str or None")
    if fields.get("retry") is not None:
        _milliseconds(fields["retry"])
    try:
        return event_bytes(channel, payload, **fields, validate=validate)
    except UnicodeEncodeError as error:
        lone = error.object[error.start : error.end]
        reason = f"an event holds {shown(lone)}, which UTF-8 has no bytes for"
        raise ConfigurationError(f"{reason}: `send_raw` sends any bytes") from None
    except ConfigurationError:
        raise
    except (TypeError, ValueError) as error:
        at_fields = isinstance(error, ValueError) and str(error).startswith("the ")
        reason = str(error) if at_fields else f"the payload is {shown(payload)}, no JSON value"
        raise ConfigurationError(f"{reason}: `send_raw` sends any bytes") from None


def raw_step(data: object) -> Step:
    """Return the step that sends bytes as they are."""
    if isinstance(data, bytes | bytearray | memoryview):
        return Chunk(bytes(data), alone=True)
    hint = ': encode it, as in "data: 1\\n\\n".encode()' if isinstance(data, str) else ""
    raise ConfigurationError(f"the data is {shown(data, 80)}, expected bytes{hint}")


def comment_step(text: object) -> Step:
    """Return the step that sends a comment."""
    if not isinstance(text, str):
        raise ConfigurationError(f"the comment is {shown(text, 80)}, expected a str")
    try:
        return Chunk(comment_bytes(text))
    except ValueError as error:
        raise ConfigurationError(str(error)) from None


def retry_step(milliseconds: object) -> Step:
    """Return the step that sends a reconnection time."""
    return Chunk(retry_bytes(_milliseconds(milliseconds)))


def pause_step(seconds: object) -> Step:
    """Return the step that waits."""
    return Pause(checked_seconds(seconds, "delay"))


def checked_seconds(seconds: object, name: str) -> float:
    """Return seconds as a float; raises ConfigurationError for what is no time to wait."""
    if (
        isinstance(seconds, int | float)
        and not isinstance(seconds, bool)
        and math.isfinite(seconds)
        and seconds >= 0
    ):
        return float(seconds)
    raise ConfigurationError(f"the {name} is {shown(seconds, 80)}, expected 0 or more seconds")


def ending_steps(
    channel: Channel,
    *,
    abrupt: bool = False,
    mid_event: object = NOTHING,
    id: str | None = None,
    at: int | None = None,
) -> tuple[Step, ...]:
    """Return the steps that end a stream, after the first part of an event where one is given."""
    if mid_event is NOTHING:
        if id is not None or at is not None:
            raise ConfigurationError(
                "`id` and `at` are those of the event that the stream ends in: give `mid_event` too"
            )
        return (End(abrupt),)
    data = checked_event(channel, mid_event, {"id": id})
    return Chunk(data[: _cut(data, at)], alone=True), End(abrupt)


def _cut(data: bytes, at: int | None) -> int:
    """Return how many bytes of an event to write: half of its data, where it is not said."""
    if at is None:
        first = (b"\n" + data).index(b"\ndata:") + len(b"data:")
        return (first + len(data) - 1) // 2
    if isinstance(at, bool) or not isinstance(at, int) or not 0 < at < len(data):
        raise ConfigurationError(
            f"`at` is {shown(at, 80)}, expected 1 to {len(data) - 1}:"
            f" the event has {len(data)} bytes, and the last one ends it"
        )
    return at


def _milliseconds(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise ConfigurationError(
        f"the retry is {shown(value, 80)}, expected 0 or more whole milliseconds"
    )
