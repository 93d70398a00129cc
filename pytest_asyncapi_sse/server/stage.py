"""A stage: the generated server that plays a script to the client under test."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

import httpx
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Router

from pytest_asyncapi_sse.checks.connection import REDIRECTS
from pytest_asyncapi_sse.errors import hides_frame
from pytest_asyncapi_sse.model import Channel
from pytest_asyncapi_sse.server.connection import Connection
from pytest_asyncapi_sse.server.events import retry_bytes
from pytest_asyncapi_sse.server.hosting import ASGIMessage, Host, Receive, Send
from pytest_asyncapi_sse.server.steps import NO_MORE, STREAM_HEADERS, Answer, Chunk

__tracebackhide__ = hides_frame

# What browsers ask for of their own accord.
_OF_BROWSERS = frozenset({"/favicon.ico"})
_PROBES = frozenset({"HEAD", "OPTIONS"})
_OK = 200
# One that fails at its stream and asks for it again is not to do so for ever.
_MOST_AGAIN = 2
# A client may open thousands of connections.
_STOP_SECONDS = 15.0
_BODY_SECONDS = 5.0
# The blank lines end what may be pending.
_COME_AT_ONCE = Chunk(b"\n\n" + retry_bytes(10))


@dataclass(frozen=True, slots=True)
class Script:
    """Hold how successive requests are answered; those that come after get 204."""

    answers: tuple[Answer, ...]


class Stage:
    """Answer each request with the next answer of a script, whatever it asks for.

    A client that asks twice in the same way for a stream that is not over, or asks anew after it
    left, as a component does that is mounted twice, gets it again, and a redirect too: twice at
    most, and only before anything `is_heard` of the client. What a client asks for is judged
    afterwards, in `connections`; `again` has those whose answer was given again, and `refused`
    counts what it asked for once all was over. A page of another origin may read everything.
    """

    def __init__(self, channel: Channel, script: Script) -> None:
        self.connections: list[Connection] = []
        self.again: list[Connection] = []
        self.refused = 0
        self.is_heard: Callable[[], bool] = lambda: False
        self._channel = channel
        self._answers = deque(script.answers)
        self._given = NO_MORE
        self._finished = False
        self._router = Router(default=self._answer)
        self._host = Host(
            self._router,
            name=f"the generated server of {channel.name}",
            stop_seconds=_STOP_SECONDS,
        )

    @property
    def misread(self) -> int:
        """How many times a client sent what is no HTTP."""
        return self._host.misread

    @property
    def base_url(self) -> str:
        """The URL of the server without the channel's address."""
        return self._host.base_url

    def __enter__(self) -> Stage:
        self._host.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._host.stop()

    def finish(self) -> None:
        """End every open response, and answer 204 from here on: clients stop at that.

        They are asked to come back at once, so that nobody waits for their usual pause.
        """
        self._bounce(self._end_all)

    def _end_all(self) -> None:
        self._finished = True
        for connection in (*self.again, *self.connections):
            if connection.open and connection.answer.status == _OK:
                connection.push(_COME_AT_ONCE)
            if connection.open:
                connection.finish()

    def _bounce(self, function: Callable[[], None]) -> None:
        self._host.loop.call_soon_threadsafe(function)

    async def _answer(self, scope: ASGIMessage, receive: Receive, send: Send) -> None:
        # As sent: what is encoded in a path is a part of what the client asks for.
        scope["path"] = scope["raw_path"].decode("ascii")
        request = Request(scope, receive)
        origin = request.headers.get("origin")
        if request.url.path in _OF_BROWSERS:
            await Response(status_code=404, headers=dict(_shared(origin)))(scope, receive, send)
            return
        if request.method in _PROBES and request.method != self._channel.request.method:
            # Who asks for the headers alone, or for what is allowed, has not opened a stream.
            headers = dict((*STREAM_HEADERS, *_shared(origin)))
            status = 204 if request.method == "OPTIONS" else 200
            await Response(status_code=status, headers=headers)(scope, receive, send)
            return
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                body = await request.body()
        except (ClientDisconnect, TimeoutError):
            return
        is_again = self._is_asked_again(request, body)
        if not is_again:
            self._given = self._next()
        answer = replace(self._given, headers=(*self._given.headers, *_shared(origin)))
        connection = Connection(self._channel, request, {}, self._bounce, body=body, answer=answer)
        if self._finished:
            self.refused += 1
        elif is_again:
            self.again.append(self.connections[-1])
            self.connections[-1] = connection
        else:
            self.connections.append(connection)
        await connection.stream(receive, send)

    def _next(self) -> Answer:
        if self._finished or not self._answers:
            return NO_MORE
        return self._answers.popleft()

    def _is_asked_again(self, request: Request, body: bytes) -> bool:
        """Say whether the client has not yet made use of the last answer, and asks for it anew."""
        if self._finished or not self.connections or len(self.again) >= _MOST_AGAIN:
            return False
        last, status = self.connections[-1], self._given.status
        is_unused = status in REDIRECTS or (status == _OK and last.ended_by in ("", "client"))
        return is_unused and not self.is_heard() and _is_alike(last, request, body)


def _is_alike(last: Connection, request: Request, body: bytes) -> bool:
    return (last.method, last.url, last.body) == (request.method, str(request.url), body) and (
        last.headers == httpx.Headers(request.headers.raw)
    )


def _shared(origin: str | None) -> tuple[tuple[str, str], ...]:
    """Return the headers by which a browser lets another origin read (the Fetch standard)."""
    if origin is None:
        return ()
    return (
        ("access-control-allow-origin", origin),
        ("access-control-allow-credentials", "true"),
        ("access-control-allow-headers", "*"),
    )
