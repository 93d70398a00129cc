"""The recording of a stream: connect, fire the trigger, and keep what comes until it is enough."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from pytest_asyncapi_sse.checks.events import verdict
from pytest_asyncapi_sse.checks.timing import limits_of, tolerated
from pytest_asyncapi_sse.client.exchange import StreamOpening
from pytest_asyncapi_sse.client.stream import EventStream
from pytest_asyncapi_sse.client.trigger import Fired, Trigger
from pytest_asyncapi_sse.model import Channel, Message
from pytest_asyncapi_sse.sse import Ending, Recording

QUIET_SECONDS = 1.0
_MARGIN_SECONDS = 0.1
_REFIRE_SECONDS = 0.5
_NOT_READY_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Enough:
    """Say when a recording ends: after so many events, or so many seconds since it began."""

    events: int = 20
    seconds: float = 10.0


def record(
    channel: Channel, opening: StreamOpening, *, enough: Enough, trigger: Trigger | None = None
) -> Recording:
    """Return what the server sends on one connection.

    It ends at `enough.events`, at `enough.seconds`, when the server closes, or when every message
    was seen and 1 s was quiet; longer where `x-sse` bounds the silence, and the time is there to
    see it broken. One deadline covers connecting, the head and the first event.
    """
    # To draw payloads may take a second, which is not to count against the server.
    fresh = (
        [] if trigger is None else [(m, trigger.payloads(channel, m)) for m in channel.generated]
    )
    stream = EventStream(channel, opening, validate=False)
    recorder = _Recorder(channel, stream, enough)
    try:
        stream.open(within=enough.seconds)
        if trigger is not None:
            recorder.fire(trigger, fresh)
        ended = recorder.wait_for_the_end()
        cut = enough.events if ended is Ending.events else None
        recording = stream.exchange.recording(ended, fired=recorder.fired, events=cut)
        return replace(recording, confirmed=tuple(recorder.confirmed))
    finally:
        stream.close()


class _Recorder:
    def __init__(self, channel: Channel, stream: EventStream, enough: Enough) -> None:
        self._channel = channel
        self._stream = stream
        self._enough = enough
        self._deadline = time.monotonic() + enough.seconds
        self._judged = 0
        self._events = 0
        self._seen: set[str] = set()
        self.fired: float | None = None
        self.confirmed: list[str] = []

    def fire(self, trigger: Trigger, fresh: list[tuple[Message, Iterator[Any]]]) -> None:
        """Fire until the first event comes, then once for each message that was not fired."""
        for message, payloads in fresh:
            while self._left() > 0 and self._stream.exchange.ended is None:
                payload, left = next(payloads), self._left()
                fired = trigger.fire(self._channel, message, payload, within=left)
                ready = fired.ready
                self._note(message, fired)
                if self._events_came(_REFIRE_SECONDS if ready else _NOT_READY_SECONDS) and ready:
                    break

    def wait_for_the_end(self) -> Ending:
        """Wait until there is enough, and return why it ended."""
        while self._stream.exchange.ended is None:
            self._look()
            if self._events >= self._enough.events:
                return Ending.events
            left = self._left()
            if left <= 0:
                return Ending.deadline
            complete = bool(self._seen) and self._missing() == 0
            wait = self._quiet(left) if complete else left
            more = functools.partial(self._more_than, self._judged)
            came = self._stream.wait_until(more, within=wait)
            if not came and complete and wait < left:
                return Ending.quiet
        enough = self._stream.exchange.events >= self._enough.events
        ended = self._stream.exchange.ended
        return Ending.events if enough and ended is Ending.stream_cap else ended

    def _note(self, message: Message, fired: Fired) -> None:
        if fired.ready and self.fired is None:
            self.fired = self._stream.exchange.elapsed
        if fired.confirmed and message.name not in self.confirmed:
            self.confirmed.append(message.name)

    def _quiet(self, left: float) -> float:
        """Return how long a silence is waited for: one that breaks a rule, where it may be seen."""
        limits = (tolerated(limit) + _MARGIN_SECONDS for limit in limits_of(self._channel.rules))
        return min(left, max([QUIET_SECONDS, *(limit for limit in limits if limit < left)]))

    def _events_came(self, within: float) -> bool:
        exchange = self._stream.exchange
        return self._stream.wait_until(
            lambda: exchange.events > 0,
            within=max(0.0, min(within, self._left())),
        )

    def _look(self) -> None:
        frames = self._stream.exchange.frames
        # A flood is judged no longer than the deadline allows.
        while self._judged < len(frames) and self._events < self._enough.events:
            if self._left() <= 0:
                return
            frame = frames[self._judged]
            self._judged += 1
            if frame.event is not None:
                self._events += 1
                nearest = verdict(self._channel, frame).nearest
                self._seen |= {nearest.name} if nearest else set()

    def _more_than(self, frames: int) -> bool:
        return len(self._stream.exchange.frames) > frames

    def _missing(self) -> int:
        return len({message.name for message in self._channel.generated} - self._seen)

    def _left(self) -> float:
        return self._deadline - time.monotonic()
