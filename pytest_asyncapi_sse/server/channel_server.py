"""One channel of a generated server in the hands of a test, for sync and for async tests."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

from pytest_asyncapi_sse.document import address
from pytest_asyncapi_sse.errors import ContractViolation, HostingError, Violation, hides_frame
from pytest_asyncapi_sse.model import Channel
from pytest_asyncapi_sse.server.answers import answer_of
from pytest_asyncapi_sse.server.application import GeneratedServer
from pytest_asyncapi_sse.server.connection import Connection
from pytest_asyncapi_sse.server.hosting import Host
from pytest_asyncapi_sse.server.sending import (
    NOTHING,
    Sender,
    checked_event,
    checked_seconds,
    comment_step,
    ending_steps,
    pause_step,
    raw_step,
    retry_step,
)
from pytest_asyncapi_sse.server.steps import Answer, Chunk, Step

__tracebackhide__ = hides_frame

Result = TypeVar("Result")
WITHIN = 5.0


class _Served:
    """Hold what the sync and the async face of a channel share: its address and its hub."""

    def __init__(
        self,
        channel: Channel,
        application: GeneratedServer,
        host: Host,
        parameters: Mapping[str, object],
    ) -> None:
        self.channel = channel
        # A wrong name or value is told before anything is served, a missing one when it is needed.
        self._given = dict(parameters)
        if self._given:
            address.resolve_parameters(channel, self._given, generate=lambda missing: missing.name)
        self._application = application
        self._host = host
        self._hub = application.hubs[channel.name]

    @property
    def base_url(self) -> str:
        """The URL of the server without the channel's address."""
        if not self._host.base_url:
            raise HostingError("the generated server has no URL yet: enter its `with` block first")
        return self._host.base_url

    @property
    def url(self) -> str:
        """The URL of the channel."""
        return self.url_for()

    def url_for(self, **parameters: object) -> str:
        """Return the URL of the channel with these parameters; raises ConfigurationError."""
        values = address.resolve_parameters(self.channel, {**self._given, **parameters})
        return address.url(self.base_url, self.channel, values)

    @property
    def requests(self) -> list[Connection]:
        """All requests for the channel so far, the oldest first."""
        return list(self._hub.requests)

    def finish(self) -> None:
        """End every open response, and answer 204 from here on: clients stop at that."""
        self._hub.call(self._hub.finish)

    def _queue(self, *steps: Step) -> None:
        def take() -> None:
            for step in steps:
                self._hub.push(step)

        self._hub.call(take)

    def _keep(self, answer: Answer) -> None:
        self._hub.call(lambda: self._hub.answer_next(answer))

    def _ending(self, within: float, ending: tuple[Step, ...]) -> concurrent.futures.Future[bool]:
        seconds = checked_seconds(within, "deadline")
        return self._submit(lambda: self._hub.disconnect(seconds, ending))

    def _waiting(self, within: float) -> concurrent.futures.Future[Connection]:
        seconds = checked_seconds(within, "deadline")
        return self._submit(lambda: self._hub.wait_for_client(seconds))

    def _submit(
        self, work: Callable[[], Coroutine[Any, Any, Result]]
    ) -> concurrent.futures.Future[Result]:
        # Raises where the server does not run, before there is a coroutine that nobody awaits.
        self._hub.call(lambda: None)
        return asyncio.run_coroutine_threadsafe(work(), self._host.loop)

    def _no_client(self, within: float) -> ContractViolation:
        refusals = "; ".join(self._application.refusals)
        got = f"{len(self.requests)} requests so far, none of them open"
        return self._violation(
            "no-client",
            f"no client connected within {within:g} s",
            got=f"{got}; refused: {refusals}" if refusals else got,
            expected="an open connection",
            advice="start the client under test before, and give it the server's `url`",
        )

    def _not_read(self, within: float) -> ContractViolation:
        written = max((c.written for c in self.requests if c.open), default=0)
        return self._violation(
            "client-hangs",
            f"the client did not read what was sent within {within:g} s",
            got=f"{written} bytes written, more to write",
            expected="a client that reads until the end of the stream",
            advice="have the client read on, or give `disconnect` a longer `within`",
        )

    def _violation(self, code: str, summary: str, **told: str) -> ContractViolation:
        violation = Violation(code=code, summary=summary, channel=self.channel.name, **told)  # type: ignore[arg-type]
        return ContractViolation.of([violation])


class ChannelServer(_Served, Sender):
    """Serve one channel to the clients under test.

    What is sent goes to every connected client, or to the next one where none is connected.
    """

    def respond_with(
        self, status: int, headers: Mapping[str, str] | None = None, body: object = b""
    ) -> None:
        """Answer the next request of the channel so, in place of a stream.

        Several calls answer several requests in turn; the ones after them get streams again. The
        body is in bytes, a str or a JSON value. Raises ConfigurationError for what HTTP can't
        carry.
        """
        self._keep(answer_of(status, headers, body))

    def disconnect(
        self,
        *,
        abrupt: bool = False,
        mid_event: object = NOTHING,
        id: str | None = None,
        at: int | None = None,
        within: float = WITHIN,
    ) -> None:
        """Wait for a client, write what was sent and end the responses of all clients.

        An `abrupt` end breaks the connection without HTTP's last chunk, as a crash does. With a
        payload as `mid_event`, the first part of one more event is written before the end: half of
        its data, or `at` bytes of the event; its `id` is then never that of a whole event.

        Raises ContractViolation `no-client` where none is there within `within` seconds, and
        `client-hangs` where what was sent is not read in that time, beside what `delay` adds.
        """
        ending = ending_steps(self.channel, abrupt=abrupt, mid_event=mid_event, id=id, at=at)
        try:
            is_done = self._ending(within, ending).result()
        except TimeoutError:
            raise self._no_client(within) from None
        if not is_done:
            raise self._not_read(within)

    def wait_for_client(self, *, within: float = WITHIN) -> Connection:
        """Return the open connection, else the next.

        Raises ContractViolation `no-client` where none is there within `within` seconds.
        """
        try:
            return self._waiting(within).result()
        except TimeoutError:
            raise self._no_client(within) from None


class AsyncChannelServer(_Served):
    """Serve one channel to the clients under test, as `ChannelServer` does, with awaits."""

    async def send(
        self,
        payload: object,
        *,
        message: str | None = None,
        event: str | None = None,
        id: str | None = None,
        retry: int | None = None,
        validate: bool = True,
    ) -> None:
        """Send one event, as `ChannelServer.send` does."""
        fields = {"message": message, "event": event, "id": id, "retry": retry}
        self._queue(Chunk(checked_event(self.channel, payload, fields, validate=validate)))

    async def send_raw(self, data: bytes) -> None:
        """Send bytes as they are, in a chunk of HTTP of their own."""
        self._queue(raw_step(data))

    async def comment(self, text: str = "") -> None:
        """Send a comment, as servers ping; raises ConfigurationError for one of several lines."""
        self._queue(comment_step(text))

    async def retry(self, milliseconds: int) -> None:
        """Send a reconnection time, in a block of its own that dispatches nothing."""
        self._queue(retry_step(milliseconds))

    async def delay(self, seconds: float) -> None:
        """Let what is sent after this wait for some seconds; returns at once."""
        self._queue(pause_step(seconds))

    async def respond_with(
        self, status: int, headers: Mapping[str, str] | None = None, body: object = b""
    ) -> None:
        """Answer the next request of the channel so, as `ChannelServer.respond_with` does."""
        self._keep(answer_of(status, headers, body))

    async def disconnect(
        self,
        *,
        abrupt: bool = False,
        mid_event: object = NOTHING,
        id: str | None = None,
        at: int | None = None,
        within: float = WITHIN,
    ) -> None:
        """End the responses of all clients, as `ChannelServer.disconnect` does."""
        ending = ending_steps(self.channel, abrupt=abrupt, mid_event=mid_event, id=id, at=at)
        try:
            is_done = await asyncio.wrap_future(self._ending(within, ending))
        except TimeoutError:
            raise self._no_client(within) from None
        if not is_done:
            raise self._not_read(within)

    async def wait_for_client(self, *, within: float = WITHIN) -> Connection:
        """Return the open connection, else the next."""
        try:
            return await asyncio.wrap_future(self._waiting(within))
        except TimeoutError:
            raise self._no_client(within) from None
