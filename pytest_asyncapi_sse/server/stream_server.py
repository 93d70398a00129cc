"""The generated server in the hands of a test: one channel, for sync and for async tests."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Coroutine, Mapping
from types import TracebackType
from typing import Any, TypeVar

from pytest_asyncapi_sse.document import address
from pytest_asyncapi_sse.errors import ContractViolation, Violation, hides_frame
from pytest_asyncapi_sse.model import Channel
from pytest_asyncapi_sse.server.application import GeneratedServer, OnConnect
from pytest_asyncapi_sse.server.connection import Connection
from pytest_asyncapi_sse.server.events import event_bytes
from pytest_asyncapi_sse.server.hosting import Host
from pytest_asyncapi_sse.server.steps import Chunk

__tracebackhide__ = hides_frame

Result = TypeVar("Result")
_WITHIN = 5.0


class _StreamServer:
    """Hold what the sync and the async server share: the host, the address and `send`."""

    def __init__(
        self,
        channel: Channel,
        *,
        parameters: Mapping[str, object] | None = None,
        on_connect: OnConnect | None = None,
    ) -> None:
        self.channel = channel
        # A wrong name or value is told before anything is served, a missing one when it is needed.
        self._given = dict(parameters or {})
        if self._given:
            address.resolve_parameters(channel, self._given, generate=lambda missing: missing.name)
        self._application = GeneratedServer([channel], emit=False, on_connect=on_connect)
        self._hub = self._application.hubs[channel.name]
        self._host = Host(self._application, name=f"the generated server of {channel.name}")

    @property
    def base_url(self) -> str:
        """The URL of the server without the channel's address."""
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
        """All requests so far, the oldest first."""
        return list(self._hub.requests)

    def finish(self) -> None:
        """End every open response, and answer 204 from here on: clients stop at that."""
        self._hub.call(self._hub.finish)

    def _send(self, payload: object, fields: Mapping[str, Any]) -> None:
        data = event_bytes(self.channel, payload, **fields)
        self._hub.call(lambda: self._hub.push(Chunk(data)))

    def _submit(self, work: Coroutine[Any, Any, Result]) -> concurrent.futures.Future[Result]:
        return asyncio.run_coroutine_threadsafe(work, self._host.loop)

    def _no_client(self, within: float) -> ContractViolation:
        return ContractViolation.of(
            [
                Violation(
                    code="no-client",
                    summary=f"no client connected within {within:g} s",
                    channel=self.channel.name,
                    got=f"{len(self.requests)} requests so far, none of them open",
                    expected="an open connection",
                    advice="start the client under test before, and give it the server's `url`",
                )
            ]
        )

    def _raise_errors(self) -> None:
        for error in self._application.errors:
            raise error


class StreamServer(_StreamServer):
    """Serve one channel of a document to the client under test, inside a `with` block."""

    def __enter__(self) -> StreamServer:
        self._host.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._host.stop()
        self._raise_errors()

    def send(
        self,
        payload: object,
        *,
        message: str | None = None,
        event: str | None = None,
        id: str | None = None,
        retry: int | None = None,
    ) -> None:
        """Send one event to every connected client, or to the next one where none is connected.

        `retry` is in milliseconds. Raises ContractViolation where the payload satisfies no message
        of the channel, ConfigurationError for an unknown message.
        """
        self._send(payload, {"message": message, "event": event, "id": id, "retry": retry})

    def disconnect(self, *, within: float = _WITHIN) -> None:
        """Wait for a client, write what was sent and end the response.

        Raises ContractViolation `no-client` where none is there within `within` seconds.
        """
        try:
            self._submit(self._hub.disconnect(within)).result()
        except TimeoutError:
            raise self._no_client(within) from None

    def wait_for_client(self, *, within: float = _WITHIN) -> Connection:
        """Return the open connection, else the next.

        Raises ContractViolation `no-client` where none is there within `within` seconds.
        """
        try:
            return self._submit(self._hub.wait_for_client(within)).result()
        except TimeoutError:
            raise self._no_client(within) from None


class AsyncStreamServer(_StreamServer):
    """Serve one channel of a document to the client under test, inside an `async with` block."""

    async def __aenter__(self) -> AsyncStreamServer:
        await self._host.start_async()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._host.stop_async()
        self._raise_errors()

    async def send(
        self,
        payload: object,
        *,
        message: str | None = None,
        event: str | None = None,
        id: str | None = None,
        retry: int | None = None,
    ) -> None:
        """Send one event, as `StreamServer.send` does."""
        self._send(payload, {"message": message, "event": event, "id": id, "retry": retry})

    async def disconnect(self, *, within: float = _WITHIN) -> None:
        """Wait for a client, write what was sent and end the response."""
        try:
            await asyncio.wrap_future(self._submit(self._hub.disconnect(within)))
        except TimeoutError:
            raise self._no_client(within) from None

    async def wait_for_client(self, *, within: float = _WITHIN) -> Connection:
        """Return the open connection, else the next."""
        try:
            return await asyncio.wrap_future(self._submit(self._hub.wait_for_client(within)))
        except TimeoutError:
            raise self._no_client(within) from None
