"""The generated server: an ASGI application that serves every stream of a document."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import deque
from collections.abc import Coroutine, Iterable
from typing import Any

from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request

from pytest_asyncapi_sse.errors import ConfigurationError, hides_frame, shown
from pytest_asyncapi_sse.model import Channel, Document
from pytest_asyncapi_sse.schema.narrowing import Narrow
from pytest_asyncapi_sse.server.connection import Connection
from pytest_asyncapi_sse.server.feed import PACE_SECONDS, Feed
from pytest_asyncapi_sse.server.greeting import Greeting, OnConnect
from pytest_asyncapi_sse.server.hosting import ASGIApplication, ASGIMessage, Receive, Send
from pytest_asyncapi_sse.server.hub import Hub
from pytest_asyncapi_sse.server.routing import as_sent, router_of

__tracebackhide__ = hides_frame

_KEPT = 1_000
_REFUSALS = 20
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s]+")


class GeneratedServer:
    """Serve the streams of a document as an ASGI application.

    Each channel answers at its address, with the events of its feed where `emit` is true, and with
    what is pushed to its hub in `hubs`. `on_connect` is called with each Connection, in a thread of
    its own unless it is a coroutine function; `errors` keeps what it raised. The feed draws from
    what `narrow(channel, message, strategy)` returns, see the fixture `asyncapi_payloads`.

    For a front end there are `pace`, the seconds between two events of a connection; `examples`,
    which has the document's own examples come first; `ids`, which numbers all events and goes on
    after the `Last-Event-ID` of a client, where else only those are numbered that the document asks
    it of; and `origins`, the origins whose pages may read the streams (CORS), or "*" for all. The
    last `keep` requests are kept. Raises ConfigurationError for an argument that can't be used,
    and DocumentError where there is no payload for a message.
    """

    def __init__(
        self,
        document: Document | Iterable[Channel],
        *,
        emit: bool = True,
        seed: int = 0,
        narrow: Narrow | None = None,
        on_connect: OnConnect | None = None,
        pace: float = PACE_SECONDS,
        ids: bool = False,
        examples: bool = False,
        origins: str | Iterable[str] = (),
        keep: int | None = _KEPT,
    ) -> None:
        self.channels = {channel.name: channel for channel in _channels(document)}
        self.hubs = {name: Hub(keep=keep) for name in self.channels}
        self.refusals: deque[str] = deque(maxlen=_REFUSALS)
        self.greeting = None if on_connect is None else Greeting(on_connect)
        streams = self.channels.items() if emit else ()
        self._feeds = {
            name: Feed(
                channel, seed=seed, pace=pace, narrow=narrow, is_numbered=ids, examples=examples
            )
            for name, channel in streams
        }
        self._router = router_of(self.channels.values(), self._answer, self.refusals.append)
        self._application = _opened(self._route, _origins(origins))

    @property
    def errors(self) -> list[BaseException]:
        """What `on_connect` raised."""
        return [] if self.greeting is None else self.greeting.errors

    async def __call__(self, scope: ASGIMessage, receive: Receive, send: Send) -> None:
        """Answer one ASGI scope."""
        for hub in self.hubs.values():
            hub.bind(asyncio.get_running_loop())
        await self._application(scope, receive, send)

    async def _route(self, scope: ASGIMessage, receive: Receive, send: Send) -> None:
        routed = as_sent(scope) if scope["type"] == "http" else scope
        await self._router(routed, receive, send)

    async def _answer(
        self,
        channel: Channel,
        request: Request,
        parameters: dict[str, str],
        receive: Receive,
        send: Send,
    ) -> None:
        """Stream the events of a channel to one client."""
        hub = self.hubs[channel.name]
        try:
            body = await request.body()
        except ClientDisconnect:
            return
        connection = Connection(
            channel, request, parameters, hub.call, body=body, answer=hub.next_answer()
        )
        work = self._work(channel, connection) if connection.answer.is_stream else []
        tasks = [asyncio.create_task(one) for one in work]
        try:
            await hub.serve(connection, receive, send)
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    def _work(self, channel: Channel, connection: Connection) -> list[Coroutine[Any, Any, None]]:
        work: list[Coroutine[Any, Any, None]] = []
        if channel.name in self._feeds:
            work.append(self._feeds[channel.name].run(connection))
        if self.greeting is not None:
            work.append(self.greeting.greet(connection))
        return work


def _channels(document: Document | Iterable[Channel]) -> list[Channel]:
    if isinstance(document, Document):
        if not document.streams:
            raise ConfigurationError(f"{document.source} has no stream that could be served")
        return list(document.streams.values())
    found = [] if isinstance(document, str | bytes) else list(document)
    if not found or not all(isinstance(channel, Channel) for channel in found):
        raise ConfigurationError(
            f"the document is {shown(document, 80)}, expected a Document, such as"
            ' load("spec.yaml"), or channels of one'
        )
    return found


def _origins(given: str | Iterable[str]) -> list[str]:
    origins = [given] if isinstance(given, str) else list(given)
    for origin in origins:
        if origin != "*" and not (isinstance(origin, str) and _ORIGIN.fullmatch(origin)):
            raise ConfigurationError(
                f"the origin is {shown(origin, 80)}, expected '*' or a scheme, a host and a port"
                " with nothing behind, such as 'http://localhost:5173'"
            )
    return origins


def _opened(application: ASGIApplication, origins: list[str]) -> ASGIApplication:
    """Return an application whose responses pages of these origins may read."""
    if not origins:
        return application
    # A wildcard and credentials exclude each other (Fetch, section 3.3.5).
    return CORSMiddleware(
        application,
        allow_origins=origins,
        allow_methods=["*"],
        allow_headers=["*"],
        allow_credentials="*" not in origins,
    )
