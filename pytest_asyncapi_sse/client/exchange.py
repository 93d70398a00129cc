"""One HTTP exchange: the request that opens a stream, and what came back, byte by byte.

The asyncio core below both the blocking and the async client. It knows nothing of AsyncAPI: it
connects, sends, decodes and keeps; what that means is for others to judge.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import socket
import ssl
import struct
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from pytest_asyncapi_sse.sse import Decoder, Ending, Frame, Head, Recording

_RETRY_SECONDS = 0.1
_ARRIVAL_SECONDS = 0.01
_BODY_START = 2048
_MIB = 1024 * 1024
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bound what is kept of a stream, in bytes: one event, and the whole body."""

    event: int = 16 * _MIB
    body: int = 64 * _MIB


@dataclass(frozen=True, slots=True)
class StreamOpening:
    """Say how a stream is opened; `timeout` in seconds covers connecting and the response head.

    A `body` in bytes is sent as it is, any other as JSON; None stands for no body.
    """

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Any = None
    auth: Any = field(default=None, repr=False)
    timeout: float = 10.0
    limits: Limits = Limits()

    def request_headers(self) -> httpx.Headers:
        """Return the headers to send: those of an event stream, then the user's."""
        headers = httpx.Headers(
            {
                "Accept": "text/event-stream",
                "Cache-Control": "no-store",
                "Accept-Encoding": "identity",
            }
        )
        # The HTML standard sends an event's id in UTF-8; all others are ASCII.
        headers.update({name.encode(): value.encode() for name, value in self.headers.items()})
        return headers


class Exchange:
    """Run one request and keep what comes back until the stream ends or the task is cancelled.

    `sent` is true once the request was written to the socket, which is when its clock starts.
    `frames` and `seconds` grow together; `on_change` is called in the event loop after each change.
    """

    def __init__(self, opening: StreamOpening, *, on_change: Callable[[], None]) -> None:
        self.opening = opening
        self.sent = False
        self.response: httpx.Response | None = None
        self.head: Head | None = None
        self.frames: list[Frame] = []
        self.seconds: list[float] = []
        self.ended: Ending | None = None
        self.failure = ""
        self._on_change = on_change
        self._decoder = Decoder()
        self._arrivals: list[float] = []
        self._started = time.monotonic()
        self._duration = 0.0
        self._body_start = b""
        self._size = 0
        self._framed = 0
        self._network: Any = None

    async def run(self) -> None:
        """Connect, send and read; never raises for what the peer does."""
        self._started = time.monotonic()
        try:
            await self._run()
        except asyncio.CancelledError:
            self._end(Ending.stopped)
            raise
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
            self._end(self._broken_off(), _told(error))

    @property
    def elapsed(self) -> float:
        """The seconds since the request was sent; before that, since it was begun."""
        return time.monotonic() - self._started

    def recording(self, ended: Ending | None = None, *, fired: float | None = None) -> Recording:
        """Return what was kept so far; `ended` says why where the reader stopped it."""
        request = self.opening
        return Recording(
            method=request.method,
            url=request.url,
            request_headers=tuple(request.request_headers().items()),
            request_body=request.body,
            head=self.head,
            frames=tuple(self.frames),
            seconds=tuple(self.seconds),
            pending=self._decoder.pending,
            body_start=self._body_start,
            size=self._size,
            ended=self.ended or ended or Ending.stopped,
            failure=self.failure,
            duration=self._duration or self.elapsed,
            arrivals=tuple(self._arrivals),
            fired=fired,
        )

    async def _run(self) -> None:
        client = httpx.AsyncClient(
            timeout=None,
            trust_env=False,
            verify=_tls() if self.opening.url.startswith("https:") else False,
            follow_redirects=False,
            auth=self.opening.auth,
        )
        async with client:
            try:
                async with asyncio.timeout_at(
                    asyncio.get_running_loop().time() + self.opening.timeout
                ):
                    response = await self._connect(client)
            except TimeoutError:
                self._end(Ending.no_head if self.sent else Ending.unreachable)
                return
            try:
                await self._read(response)
            finally:
                await response.aclose()

    async def _connect(self, client: httpx.AsyncClient) -> httpx.Response:
        opening = self.opening
        request = client.build_request(
            opening.method,
            opening.url,
            headers=opening.request_headers(),
            content=opening.body if isinstance(opening.body, bytes) else None,
            json=None if isinstance(opening.body, bytes) else opening.body,
            extensions={"trace": self._trace},
        )
        while True:
            try:
                response = await client.send(request, stream=True)
            except httpx.ConnectError as error:
                self.failure = f"{type(error).__name__}: {error}"
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            self.failure = ""
            self.response = response
            self.head = Head(
                status=response.status_code,
                headers=tuple(response.headers.multi_items()),
                http_version=response.http_version,
                seconds=self.elapsed,
            )
            self._on_change()
            return response

    def abort(self) -> None:
        """Reset the connection, as the end of a client that crashes does; in the event loop."""
        raw = self._network and self._network.get_extra_info("socket")
        with contextlib.suppress(OSError):  # it is closed already
            if raw is not None:
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        # Closed in the ordinary way, an end of the stream would go before the reset.
        transport = getattr(getattr(self._network, "_stream", None), "_transport", None)
        if transport is not None:
            transport.abort()

    async def _trace(self, name: str, info: dict[str, Any]) -> None:
        if name == "connection.connect_tcp.complete":
            self._network = info["return_value"]
        if name.endswith(".send_request_body.complete"):
            self.sent = True
            self._started = time.monotonic()
            self._on_change()

    async def _read(self, response: httpx.Response) -> None:
        async for chunk in response.aiter_bytes():
            self._keep(chunk)
            if self._size - self._framed > self.opening.limits.event:
                self._end(Ending.event_cap)
                return
            if self._size > self.opening.limits.body:
                self._end(Ending.stream_cap)
                return
        self._end(Ending.closed)

    def _keep(self, chunk: bytes) -> None:
        if self._size < _BODY_START:
            self._body_start += chunk[: _BODY_START - self._size]
        self._size += len(chunk)
        frames = self._decoder.frames(chunk)
        now = self.elapsed
        if not frames:
            if not self._arrivals or now - self._arrivals[-1] >= _ARRIVAL_SECONDS:
                self._arrivals.append(now)
            return
        last = frames[-1]
        self._framed = last.offset + len(last.raw)
        self.frames += frames
        self.seconds += [now] * len(frames)
        self._on_change()

    def _broken_off(self) -> Ending:
        if self.head is not None:
            return Ending.broken
        return Ending.closed_before_head if self.sent else Ending.unreachable

    def _end(self, ended: Ending, failure: str = "") -> None:
        self.ended = ended
        self.failure = failure or self.failure
        self._duration = self.elapsed
        self._on_change()


def _told(error: Exception) -> str:
    """Return what failed; a header that a user's httpx.Auth made is told without its value."""
    if isinstance(error, httpx.LocalProtocolError) and "header" in str(error):
        return f"{type(error).__name__}: the request has a header that HTTP can't carry"
    return f"{type(error).__name__}: {error}".rstrip(": ")


@functools.cache
def _tls() -> ssl.SSLContext:
    """Build the TLS settings once: it costs tens of milliseconds."""
    return httpx.create_ssl_context(trust_env=False)
