"""The generated server: an ASGI application that serves every stream of a document."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, Router

from pytest_asyncapi_sse.document.address import PLACEHOLDER, query_parameter_names
from pytest_asyncapi_sse.errors import hides_frame
from pytest_asyncapi_sse.model import Channel, Document
from pytest_asyncapi_sse.schema.narrowing import Narrow
from pytest_asyncapi_sse.server.connection import Connection
from pytest_asyncapi_sse.server.feed import Feed
from pytest_asyncapi_sse.server.hosting import ASGIMessage, Receive, Send
from pytest_asyncapi_sse.server.hub import Hub

__tracebackhide__ = hides_frame

# What stays as it is in a path (RFC 3986, section 3.3), and the braces of a parameter.
_LITERAL = "/:@!$&'()*+,;=~%{}"

OnConnect = Callable[[Connection], object]


class GeneratedServer:
    """Serve the streams of a document as an ASGI application.

    Each channel answers at its address, with the events of its feed where `emit` is true, and with
    what is pushed to its hub in `hubs`. `on_connect` is called with each Connection, in a thread of
    its own unless it is a coroutine function; `errors` keeps what it raised. The feed draws from
    what `narrow(channel, message, strategy)` returns, see the fixture `asyncapi_payloads`.
    """

    def __init__(
        self,
        document: Document | Iterable[Channel],
        *,
        emit: bool = True,
        seed: int = 0,
        narrow: Narrow | None = None,
        on_connect: OnConnect | None = None,
    ) -> None:
        channels = document.streams.values() if isinstance(document, Document) else document
        self.channels = {channel.name: channel for channel in channels}
        self.hubs = {name: Hub() for name in self.channels}
        self.errors: list[BaseException] = []
        streams = self.channels.items()
        self._feeds = {n: Feed(c, seed=seed, narrow=narrow) for n, c in streams} if emit else {}
        self._on_connect = on_connect
        self._router = Router(routes=self._routes())

    async def __call__(self, scope: ASGIMessage, receive: Receive, send: Send) -> None:
        """Answer one ASGI scope."""
        for hub in self.hubs.values():
            hub.bind(asyncio.get_running_loop())
        if scope["type"] == "http":
            # Routed as sent, so that an encoded slash stays inside of its parameter.
            scope["path"] = scope["raw_path"].decode("ascii")
        await self._router(scope, receive, send)

    def _routes(self) -> list[Route]:
        by_path: defaultdict[str, list[Channel]] = defaultdict(list)
        for channel in self.channels.values():
            address = quote(_path(channel), safe=_LITERAL)
            for index, name in enumerate(_names_in(_path(channel))):
                # Parameters go by number: what a document may name is more than a route may.
                placeholder = quote(f"{{{name}}}", safe=_LITERAL)
                address = address.replace(placeholder, f"{{p{index}}}")
            by_path["/" + address.lstrip("/")].append(channel)
        # A literal path goes before one with a parameter in the same place.
        ordered = sorted(by_path.items(), key=lambda item: (item[0].count("{"), item[0]))
        return [Route(path, endpoint=_Endpoint(self, rivals)) for path, rivals in ordered]

    async def answer(
        self, channel: Channel, request: Request, receive: Receive, send: Send
    ) -> None:
        """Stream the events of a channel to one client."""
        hub = self.hubs[channel.name]
        numbered = enumerate(_names_in(_path(channel)))
        parameters = {name: unquote(request.path_params[f"p{index}"]) for index, name in numbered}
        query = request.query_params
        keys = {**_open_query(channel), **{n: n for n in query_parameter_names(channel)}}
        parameters |= {name: query[key] for name, key in keys.items() if key in query}
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
        if self._on_connect is not None:
            work.append(self._greet(self._on_connect, connection))
        return work

    async def _greet(self, on_connect: OnConnect, connection: Connection) -> None:
        try:
            if inspect.iscoroutinefunction(on_connect):
                await on_connect(connection)
            else:
                await asyncio.to_thread(on_connect, connection)
        except Exception as error:
            self.errors.append(error)


class _Endpoint:
    """Choose among the channels of one path by the method and the query that each needs."""

    def __init__(self, server: GeneratedServer, rivals: list[Channel]) -> None:
        self._server = server
        self._rivals = sorted(rivals, key=lambda channel: -len(_fixed_query(channel)))

    async def __call__(self, scope: ASGIMessage, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        query = request.query_params
        by_method = [c for c in self._rivals if c.request.method == request.method]
        if not by_method:
            allowed = ", ".join(sorted({channel.request.method for channel in self._rivals}))
            refusal = PlainTextResponse("another method opens it", 405, headers={"Allow": allowed})
            await refusal(scope, receive, send)
            return
        for channel in by_method:
            if all(query.get(name) == value for name, value in _fixed_query(channel).items()):
                await self._server.answer(channel, request, receive, send)
                return
        needed = [_fixed_query(channel) for channel in self._rivals]
        response = PlainTextResponse(f"no channel for this query, one of {needed}", 404)
        await response(scope, receive, send)


def _path(channel: Channel) -> str:
    """Return the address without its query."""
    return (channel.address or "").partition("?")[0]


def _names_in(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(PLACEHOLDER.findall(text)))


def _written_query(channel: Channel) -> list[tuple[str, str]]:
    return parse_qsl((channel.address or "").partition("?")[2], keep_blank_values=True)


def _open_query(channel: Channel) -> dict[str, str]:
    """Return the parameters in the address's query, each with the key that has it."""
    return {
        name: key
        for key, value in _written_query(channel)
        for name in _names_in(value)
        if value == f"{{{name}}}"
    }


def _fixed_query(channel: Channel) -> dict[str, str]:
    """Return what the query must have: what the address and the bindings fix."""
    written = {key: value for key, value in _written_query(channel) if not _names_in(value)}
    return {**written, **channel.request.query}
