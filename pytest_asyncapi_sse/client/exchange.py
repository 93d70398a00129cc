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
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from pytest_asyncapi_sse.client.limits import DEFAULT, Limits
from pytest_asyncapi_sse.errors import ConfigurationError, hides_frame, printable, raised
from pytest_asyncapi_sse.sse import Decoder, Ending, Frame, Head, Recording

__tracebackhide__ = hides_frame

_RETRY_SECONDS = 0.1
_ARRIVAL_SECONDS = 0.01
_BUSY_SECONDS = 0.05
_BODY_START = 2048
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_SHOWN = 400
_UNREAD = "the server did not read the request to its end"
# What httpcore says of a connection that ends before the blank line of the head.
_CLOSED = "Server disconnected without sending a response."


@dataclass(frozen=True, slots=True)
class StreamOpening:
    """Say how a stream is opened; `timeout` in seconds covers connecting and the response head.

    A `body` in bytes is sent as it is, any other as JSON; None stands for no body. `secrets` are
    the names in the query whose values are not to be shown, `serve` is the command by which a
    user serves the URL himself.
    """

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Any = None
    auth: Any = field(default=None, repr=False)
    timeout: float = 10.0
    limits: Limits = DEFAULT
    secrets: tuple[str, ...] = ()
    serve: str = ""

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
    Nothing is read ahead of what is kept, and nothing is decompressed: `identity` was asked for.
    """

    def __init__(self, opening: StreamOpening, *, on_change: Callable[[], None]) -> None:
        self.opening = opening
        self.sent = False
        self.events = 0
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
        self._text = 0
        self._is_ascii = True
        self._is_connected = False
        self._socket: Any = None
        self._crash: Exception | None = None
        # Whoever reads is another thread, and takes the frames and what is pending together.
        self._lock = threading.Lock()

    async def run(self) -> None:
        """Connect, send and read; never raises for what the peer does.

        What the user's own httpx.Auth raises is raised by `recording`.
        """
        self._started = time.monotonic()
        try:
            await self._run()
        except asyncio.CancelledError:
            self._end(Ending.stopped)
            raise
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
            self._end(self._broken_off(error), _told(error))
        except Exception as error:
            self._crash = error
            if self.head is None:
                self._crash = ConfigurationError(f"the request was not made: {raised(error)}")
                self._crash.__cause__ = error
            self._end(Ending.stopped)
        finally:
            await self._close()

    @property
    def elapsed(self) -> float:
        """The seconds since the request was sent; before that, since it was begun."""
        return time.monotonic() - self._started

    def recording(
        self, ended: Ending | None = None, *, fired: float | None = None, events: int | None = None
    ) -> Recording:
        """Return what was kept so far; `ended` says why where the reader stopped it.

        With a number of `events` it ends with the last of these: what came after it is left out.
        """
        if self._crash is not None:
            raise self._crash
        with self._lock:
            kept = self._recording(ended, fired)
        return kept if events is None or len(kept.events) <= events else _cut(kept, events)

    def _recording(self, ended: Ending | None, fired: float | None) -> Recording:
        request = self.opening
        if ended is Ending.deadline:
            ended = self._at_deadline()
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
            serve=request.serve,
            secrets=request.secrets,
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
                unread = self._is_connected and not self.sent
                self._end(self._at_deadline(), _UNREAD if unread else "")
                return
            try:
                await self._read(response)
            finally:
                await response.aclose()

    async def _close(self) -> None:
        """Close what httpcore leaves open where it is cancelled in the middle of a handshake."""
        if self._socket is not None:
            await self._socket.aclose()

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
                self.failure = _told(error)
                if _refuses_tls(error):
                    raise
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
        raw = self._socket and self._socket.get_extra_info("socket")
        with contextlib.suppress(OSError):  # it is closed already
            if raw is not None:
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        # Some versions of anyio end the stream before they close it: a server that waits in a read
        # would see that end, and no reset.
        transport = getattr(getattr(self._socket, "_stream", None), "_transport", None)
        if transport is not None:
            transport.abort()

    async def _trace(self, name: str, info: dict[str, Any]) -> None:
        if name.endswith(".connect_tcp.complete"):
            self._socket = info["return_value"]
        elif name.endswith(".send_request_headers.started"):
            self._is_connected = True
        elif name.endswith(".send_request_body.complete"):
            self.sent = True
            self._started = time.monotonic()
            self._on_change()

    async def _read(self, response: httpx.Response) -> None:
        since = time.monotonic()
        async for chunk in response.aiter_raw():
            with self._lock:
                self._keep(chunk)
            ended, failure = self._over_limit()
            if ended is not None:
                self._end(ended, failure)
                return
            self._on_change()
            # Many small chunks come out of one read without a wait: others have their turn.
            if time.monotonic() - since > _BUSY_SECONDS:
                await asyncio.sleep(0)
                since = time.monotonic()
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
        events = [frame.event for frame in frames if frame.event is not None]
        self.events += len(events)
        # Text of ASCII is no larger than its bytes, which are counted already.
        self._is_ascii = self._is_ascii and chunk.isascii()
        if not self._is_ascii:
            self._text += sum(sys.getsizeof(event.data) for event in events)

    def _over_limit(self) -> tuple[Ending | None, str]:
        limits = self.opening.limits
        if self._size > limits.body:
            return Ending.stream_cap, f"over {limits.body:,} bytes"
        if self._size - self._framed > limits.event:
            return Ending.event_cap, f"over {limits.event:,} bytes"
        if self._text > limits.body:
            return Ending.stream_cap, f"its text takes over {limits.body:,} bytes of memory"
        if len(self.frames) + len(self._arrivals) > limits.frames:
            return Ending.stream_cap, f"over {limits.frames:,} blocks"
        return None, ""

    def _at_deadline(self) -> Ending:
        """Return what the deadline means: where no head has come by then, that is the end."""
        if self.head is not None:
            return Ending.deadline
        return Ending.no_head if self._is_connected else Ending.unreachable

    def _broken_off(self, error: Exception) -> Ending:
        if self.head is not None:
            return Ending.broken
        if not self._is_connected:
            return Ending.unreachable
        if isinstance(error, httpx.RemoteProtocolError) and str(error) != _CLOSED:
            return Ending.malformed
        return Ending.closed_before_head

    def _end(self, ended: Ending, failure: str = "") -> None:
        self.ended = ended
        self.failure = failure or self.failure
        self._duration = self.elapsed
        self._on_change()


def _told(error: Exception) -> str:
    """Return what failed; a header that a user's httpx.Auth made is told without its value."""
    if isinstance(error, httpx.LocalProtocolError) and "header" in str(error):
        return f"{type(error).__name__}: the request has a header that HTTP can't carry"
    return printable(f"{type(error).__name__}: {error}".rstrip(": "), _SHOWN)


def _cut(recording: Recording, events: int) -> Recording:
    """Return a recording as it was when the last of so many events had come."""
    count = recording.events[events - 1].index + 1
    now = recording.seconds[count - 1]
    last = recording.frames[count - 1]
    return replace(
        recording,
        ended=Ending.events,
        failure="",
        frames=recording.frames[:count],
        seconds=recording.seconds[:count],
        pending=b"",
        size=last.offset + len(last.raw),
        duration=now,
        arrivals=tuple(arrival for arrival in recording.arrivals if arrival <= now),
    )


def _refuses_tls(error: BaseException) -> bool:
    """Whether TLS failed for good; a connection that only broke off in it is tried again."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return not isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError)
        cause = cause.__cause__ or cause.__context__
    return False


@functools.cache
def _tls() -> ssl.SSLContext:
    """Build the TLS settings once: it costs tens of milliseconds."""
    return httpx.create_ssl_context(trust_env=False)
