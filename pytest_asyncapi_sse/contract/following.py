"""Streams that a test opens beside the recorded one: left for certain, and gone on with."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType

from pytest_asyncapi_sse.checks.resume import identified
from pytest_asyncapi_sse.client.exchange import StreamOpening
from pytest_asyncapi_sse.client.headers import Headers
from pytest_asyncapi_sse.client.stream import EventStream
from pytest_asyncapi_sse.errors import hides_frame
from pytest_asyncapi_sse.model import Channel
from pytest_asyncapi_sse.sse import Ending, Recording

__tracebackhide__ = hides_frame

_POLL_SECONDS = 0.02
_RECONNECT_SECONDS = 0.1
_MOST_CONNECTIONS = 10


def opened(channel: Channel, opening: StreamOpening, stack: contextlib.ExitStack) -> EventStream:
    """Open a stream that the stack closes."""
    stream = EventStream(channel, opening, validate=False)
    stack.callback(stream.close)
    stream.open()
    return stream


def after_id(opening: StreamOpening, last_id: str) -> StreamOpening:
    """Return how a client opens a stream again that has seen an event with an id."""
    kept = {n: v for n, v in opening.headers.items() if n.lower() != "last-event-id"}
    return replace(opening, headers=Headers({**kept, "Last-Event-ID": last_id}))


def poll(condition: Callable[[], bool], *, within: float) -> bool:
    """Wait until a condition holds, or `within` seconds went by; say whether it holds."""
    deadline = time.monotonic() + within
    while not condition():
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(_POLL_SECONDS, left))
    return True


class Following:
    """Read a stream from an id on, over as many connections as its server makes necessary.

    Some servers close after each event; a client connects again with the last id it has seen.
    """

    def __init__(self, channel: Channel, opening: StreamOpening, last_id: str) -> None:
        self._channel = channel
        self._opening = opening
        self._last_id = last_id
        self._streams: list[EventStream] = []

    def __enter__(self) -> Following:
        self._connect()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for stream in self._streams:
            stream.close()

    def recordings(self) -> tuple[Recording, ...]:
        """Return what came so far, one recording for each connection."""
        return tuple(stream.exchange.recording(Ending.stopped) for stream in self._streams)

    @property
    def is_over(self) -> bool:
        """Whether nothing can come any more."""
        exchange = self._streams[-1].exchange
        if exchange.ended is None:
            return False
        return exchange.ended is not Ending.closed or len(self._streams) >= _MOST_CONNECTIONS

    def wait(self, condition: Callable[[tuple[Recording, ...]], bool], *, within: float) -> bool:
        """Wait until what came satisfies a condition; connect again where the server closed."""
        deadline = time.monotonic() + within
        size = -1
        while True:
            grown = sum(len(stream.exchange.frames) for stream in self._streams)
            if grown != size:
                size = grown
                if condition(self.recordings()):
                    return True
                continue
            if time.monotonic() >= deadline or self.is_over:
                return False
            if self._streams[-1].exchange.ended is not None:
                self._connect_again(deadline)
                continue
            time.sleep(_POLL_SECONDS)

    def settle(self, seconds: float) -> None:
        """Wait for what comes too much, without connecting again."""
        exchange = self._streams[-1].exchange
        self._streams[-1].wait_until(lambda: exchange.ended is not None, within=seconds)

    def _connect_again(self, deadline: float) -> None:
        if not self._streams[-1].exchange.frames:
            time.sleep(max(0.0, min(_RECONNECT_SECONDS, deadline - time.monotonic())))
        known = identified(self._streams[-1].exchange.recording())
        self._last_id = known[-1].id if known else self._last_id
        self._connect()

    def _connect(self) -> None:
        opening = after_id(self._opening, self._last_id)
        stream = EventStream(self._channel, opening, validate=False)
        self._streams.append(stream)
        stream.open()
