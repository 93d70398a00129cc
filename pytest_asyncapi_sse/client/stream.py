"""The validating client, in a blocking and in an async shell over one core."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from types import TracebackType

import httpx

from pytest_asyncapi_sse.checks.policy import NO_POLICY, Policy
from pytest_asyncapi_sse.client.daemon import Resolver
from pytest_asyncapi_sse.client.exchange import Exchange, StreamOpening
from pytest_asyncapi_sse.client.reading import Reading, ReceivedEvent, TellIgnored
from pytest_asyncapi_sse.errors import ContractViolation, hides_frame
from pytest_asyncapi_sse.model import Channel
from pytest_asyncapi_sse.sse import Ending

__tracebackhide__ = hides_frame

GRACE_SECONDS = 0.3
_MARGIN_SECONDS = 0.3
_STOP_SECONDS = 0.5


class EventStream:
    """Read one channel of the server under test, inside a `with` block.

    Entering it returns once the request is sent and the response head came, or 0.3 s went by:
    many servers send the head with the first event, so nothing waits for it. The exchange runs in
    a thread of its own that ends with the block.
    """

    def __init__(
        self,
        channel: Channel,
        opening: StreamOpening,
        *,
        validate: bool = True,
        policy: Policy = NO_POLICY,
        ignored: TellIgnored | None = None,
    ) -> None:
        self._changed = threading.Condition()
        self._exchange = Exchange(opening, on_change=self._notify)
        self._reading = Reading(
            channel, self._exchange, validate=validate, policy=policy, ignored=ignored
        )
        self._opening = opening
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=f"read {channel.name}", daemon=True)

    def __enter__(self) -> EventStream:
        self.open()
        if self._exchange.ended is Ending.unreachable:
            self.close()
            raise self._reading.no_head()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[ReceivedEvent]:
        """Yield each event until the server ends the stream; silence raises `no-events`."""
        while True:
            try:
                event = self.receive()
            except ContractViolation as violation:
                if _ended_cleanly(self._exchange, violation):
                    return
                raise
            yield event

    @property
    def exchange(self) -> Exchange:
        """What the exchange has kept so far."""
        return self._exchange

    @property
    def response(self) -> httpx.Response:
        """The response; waits for its head and raises ContractViolation where none comes."""
        self.wait_until(lambda: self._exchange.head is not None, within=self._opening.timeout)
        if self._exchange.response is None:
            raise self._reading.no_head()
        return self._exchange.response

    def receive(self, *, within: float | None = None) -> ReceivedEvent:
        """Return the next event, validated, waiting up to `within` seconds for it.

        Raises ContractViolation: `no-events` for silence, `stream-ended` for an end, else what is
        wrong with the response or the event.
        """
        seconds = self._opening.timeout if within is None else within
        deadline = time.monotonic() + seconds
        while True:
            with self._changed:
                event = self._reading.poll()
                if event is not None:
                    return event
                left = deadline - time.monotonic()
                if left <= 0:
                    raise self._reading.timed_out(seconds)
                self._changed.wait(left)

    def expect_none(self, *, within: float) -> None:
        """Pass where no event comes for `within` seconds; else raise `unexpected-event`."""
        try:
            event = self.receive(within=within)
        except ContractViolation as violation:
            if _is_silence(violation):
                return
            raise
        unexpected = self._reading.unexpected(event)
        if unexpected is not None:
            raise unexpected

    def open(self, *, within: float | None = None) -> None:
        """Send the request and wait for the response head, at most 0.3 s after it was sent.

        It takes `within` seconds at most, by default the opening's timeout.
        """
        self._thread.start()
        exchange = self._exchange
        seconds = self._opening.timeout if within is None else within
        self.wait_until(lambda: exchange.sent, within=seconds + _MARGIN_SECONDS)
        self.wait_until(lambda: exchange.head is not None, within=GRACE_SECONDS)

    def wait_until(self, condition: Callable[[], bool], *, within: float) -> bool:
        """Wait until a condition holds, the stream has ended or `within` seconds went by."""
        with self._changed:
            return self._changed.wait_for(
                lambda: condition() or self._exchange.ended is not None, timeout=within
            )

    def close(self) -> None:
        """Leave the stream and wait until its thread is gone, for half a second at most."""
        self._closed = True
        loop, task = self._loop, self._task
        if loop is not None and task is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended on its own
                loop.call_soon_threadsafe(task.cancel)
        self._thread.join(_STOP_SECONDS)

    def cut(self) -> None:
        """Leave the stream as a client that crashes: the connection is reset."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended on its own
                self._loop.call_soon_threadsafe(self._exchange.abort)
        self.close()

    def _run(self) -> None:
        async def main() -> None:
            loop = asyncio.get_running_loop()
            loop.set_default_executor(Resolver())
            self._task = asyncio.current_task()
            self._loop = loop
            if not self._closed:
                await self._exchange.run()

        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(main())

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()


class AsyncEventStream:
    """Read one channel of the server under test, inside an `async with` block, under asyncio."""

    def __init__(
        self,
        channel: Channel,
        opening: StreamOpening,
        *,
        validate: bool = True,
        policy: Policy = NO_POLICY,
        ignored: TellIgnored | None = None,
    ) -> None:
        self._changed = asyncio.Event()
        self._exchange = Exchange(opening, on_change=self._changed.set)
        self._reading = Reading(
            channel, self._exchange, validate=validate, policy=policy, ignored=ignored
        )
        self._opening = opening
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> AsyncEventStream:
        exchange = self._exchange
        self._task = asyncio.create_task(exchange.run())
        try:
            seconds = self._opening.timeout + _MARGIN_SECONDS
            await self._wait_until(lambda: exchange.sent, within=seconds)
            await self._wait_until(lambda: exchange.head is not None, within=GRACE_SECONDS)
        except BaseException:
            await self._close()
            raise
        if exchange.ended is Ending.unreachable:
            await self._close()
            raise self._reading.no_head()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._close()

    async def __aiter__(self) -> AsyncIterator[ReceivedEvent]:
        """Yield each event until the server ends the stream; silence raises `no-events`."""
        while True:
            try:
                event = await self.receive()
            except ContractViolation as violation:
                if _ended_cleanly(self._exchange, violation):
                    return
                raise
            yield event

    @property
    def response(self) -> httpx.Response:
        """The response; raises ContractViolation where its head has not come yet."""
        if self._exchange.response is None:
            raise self._reading.no_head()
        return self._exchange.response

    async def receive(self, *, within: float | None = None) -> ReceivedEvent:
        """Return the next event, validated, as `EventStream.receive` does."""
        seconds = self._opening.timeout if within is None else within
        received: list[ReceivedEvent] = []

        def came() -> bool:
            event = self._reading.poll()
            if event is not None:
                received.append(event)
            return event is not None

        await self._wait_until(came, within=seconds)
        if not received:
            raise self._reading.timed_out(seconds)
        return received[0]

    async def expect_none(self, *, within: float) -> None:
        """Pass where no event comes for `within` seconds; else raise `unexpected-event`."""
        try:
            event = await self.receive(within=within)
        except ContractViolation as violation:
            if _is_silence(violation):
                return
            raise
        unexpected = self._reading.unexpected(event)
        if unexpected is not None:
            raise unexpected

    async def _wait_until(self, condition: Callable[[], bool], *, within: float) -> None:
        deadline = time.monotonic() + within
        while not condition() and self._exchange.ended is None:
            left = deadline - time.monotonic()
            if left <= 0:
                return
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), left)

    async def _close(self) -> None:
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.wait({self._task}, timeout=_STOP_SECONDS)


def _ended_cleanly(exchange: Exchange, violation: ContractViolation) -> bool:
    ended = violation.violations[0].code == "stream-ended"
    return ended and exchange.ended is Ending.closed


def _is_silence(violation: ContractViolation) -> bool:
    return violation.violations[0].code in ("no-events", "stream-ended")
