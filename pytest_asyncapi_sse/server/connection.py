"""One client's connection to the generated server, and the clients that are connected."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Mapping

import httpx
from starlette.requests import Request

from pytest_asyncapi_sse.errors import hides_frame
from pytest_asyncapi_sse.model import Channel
from pytest_asyncapi_sse.server.events import event_bytes
from pytest_asyncapi_sse.server.hosting import ASGIMessage, Receive, Send

__tracebackhide__ = hides_frame

_CHUNK = 64 * 1024
_HEAD = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


class Connection:
    """Hold one request of a client, with its body in bytes, and the events that go to it.

    `headers` are an httpx.Headers, `parameters` and `query` map names to text. `send` may be
    called from any thread.
    """

    def __init__(
        self,
        channel: Channel,
        request: Request,
        parameters: Mapping[str, str],
        hub: Hub,
        *,
        body: bytes = b"",
    ) -> None:
        self.channel = channel
        self.method = request.method
        self.url = str(request.url)
        self.headers = httpx.Headers(request.headers.raw)
        self.query = dict(request.query_params)
        self.parameters = parameters
        self.body = body
        self.open = True
        self._hub = hub
        self._outgoing: deque[bytes] = deque()
        self._ending = False
        self._changed = asyncio.Event()
        self._ended = asyncio.Event()

    def __repr__(self) -> str:
        state = "open" if self.open else "closed"
        return f"<Connection {self.method} {self.url} {state}>"

    def send(
        self,
        payload: object,
        *,
        message: str | None = None,
        event: str | None = None,
        id: str | None = None,
        retry: int | None = None,
    ) -> None:
        """Send one event to this client alone; see `sse_server` for the arguments."""
        data = event_bytes(self.channel, payload, message=message, event=event, id=id, retry=retry)
        self._hub.call(lambda: self.push(data))

    def push(self, data: bytes) -> None:
        """Queue bytes for the client, in the server's thread."""
        self._outgoing.append(data)
        self._changed.set()

    def end(self) -> None:
        """End the response once everything queued is written, in the server's thread."""
        self._ending = True
        self._changed.set()

    async def wait_ended(self) -> None:
        """Wait until the response has ended."""
        await self._ended.wait()

    async def stream(self, receive: Receive, send: Send) -> None:
        """Answer the request with the stream until it is ended or the client leaves."""
        watcher = asyncio.create_task(self._watch(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEAD})
            while self.open:
                await self._write(send)
                if self._ending and not self._outgoing:
                    break
                await self._changed.wait()
                self._changed.clear()
            if self.open:
                await send({"type": "http.response.body", "body": b""})
        finally:
            self.open = False
            self._ended.set()
            watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watcher

    async def _write(self, send: Send) -> None:
        while self._outgoing and self.open:
            chunk = bytearray()
            while self._outgoing and len(chunk) < _CHUNK:
                chunk += self._outgoing.popleft()
            await send({"type": "http.response.body", "body": bytes(chunk), "more_body": True})

    async def _watch(self, receive: Receive) -> None:
        message: ASGIMessage = {}
        while message.get("type") != "http.disconnect":
            message = await receive()
        self.open = False
        self._changed.set()


class Hub:
    """Hold the clients of one server, and what waits for the first of them.

    Its coroutines run in the server's event loop; `call` brings a function there from any thread.
    """

    def __init__(self) -> None:
        self.requests: list[Connection] = []
        self._live: list[Connection] = []
        self._backlog: list[bytes] = []
        self._arrived = asyncio.Condition()
        self._finished = False
        self._loop: asyncio.AbstractEventLoop | None = None

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Name the event loop that the server runs in."""
        self._loop = loop

    def call(self, function: Callable[[], None]) -> None:
        """Run a function in the server's event loop, in the order of the calls."""
        if self._loop is None or self._loop.is_closed():
            raise RuntimeError("the generated server is not running: use it inside its `with`")
        self._loop.call_soon_threadsafe(function)

    @property
    def live(self) -> tuple[Connection, ...]:
        """The connections that are open now, the oldest first."""
        return tuple(connection for connection in self._live if connection.open)

    def push(self, data: bytes) -> None:
        """Send bytes to every connected client, or keep them for the next one."""
        live = self.live
        for connection in live:
            connection.push(data)
        if not live:
            self._backlog.append(data)

    def finish(self) -> None:
        """End every response and answer 204 from here on, which tells a client to stop."""
        self._finished = True
        for connection in self.live:
            connection.end()

    async def serve(self, connection: Connection, receive: Receive, send: Send) -> None:
        """Answer one client, with what waited for it first."""
        if self._finished:
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        for data in self._backlog:
            connection.push(data)
        self._backlog.clear()
        self.requests.append(connection)
        self._live.append(connection)
        async with self._arrived:
            self._arrived.notify_all()
        try:
            await connection.stream(receive, send)
        finally:
            self._live.remove(connection)

    async def wait_for_client(self, within: float) -> Connection:
        """Return the open connection, else the next; raises TimeoutError after `within` seconds."""
        async with asyncio.timeout(within), self._arrived:
            await self._arrived.wait_for(lambda: self.live)
            return self.live[0]

    async def disconnect(self, within: float) -> None:
        """Wait for a client, then end every open response once what was sent is written."""
        await self.wait_for_client(within)
        ending = self.live
        for connection in ending:
            connection.end()
        async with asyncio.timeout(within):
            for connection in ending:
                await connection.wait_ended()
