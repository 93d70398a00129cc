"""One client's connection to the generated server: its request, and the steps of the answer."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Mapping

import httpx
from starlette.requests import Request

from pytest_asyncapi_sse.errors import hides_frame
from pytest_asyncapi_sse.model import Channel
from pytest_asyncapi_sse.server.hosting import BREAK, ASGIMessage, Receive, Send
from pytest_asyncapi_sse.server.sending import NOTHING, Sender, ending_steps
from pytest_asyncapi_sse.server.steps import STREAM, Answer, Chunk, End, Pause, Step

__tracebackhide__ = hides_frame

_CHUNK = 64 * 1024
_BREAK_SECONDS = 1.0

Bounce = Callable[[Callable[[], None]], None]


class Connection(Sender):
    """Hold one request of a client, with its body in bytes, and send to that client alone.

    `headers` are an httpx.Headers, `parameters` and `query` map names to text. The methods that
    send may be called from any thread, and do nothing once `open` is false: the client is gone.
    `arrived` and `ended` are times of `time.monotonic`, `ended_by` is "server", "break" or "client"
    once it has ended, `written` counts bytes.
    """

    def __init__(
        self,
        channel: Channel,
        request: Request,
        parameters: Mapping[str, str],
        bounce: Bounce,
        *,
        body: bytes = b"",
        answer: Answer = STREAM,
    ) -> None:
        self.channel = channel
        self.method = request.method
        self.url = str(request.url)
        self.headers = httpx.Headers(request.headers.raw)
        self.query = dict(request.query_params)
        self.parameters = parameters
        self.body = body
        self.answer = answer
        self.open = True
        self.arrived = time.monotonic()
        self.ended = 0.0
        self.ended_by = ""
        self.written = 0
        self._break = request.scope.get("extensions", {}).get(BREAK)
        self._bounce = bounce
        self._steps: deque[Step] = deque(answer.steps)
        self._is_finished = False
        self._paused_until = 0.0
        self._changed = asyncio.Event()
        self._ended = asyncio.Event()

    def __repr__(self) -> str:
        state = "open" if self.open else "closed"
        return f"<Connection {self.method} {self.url} {state}>"

    def disconnect(
        self,
        *,
        abrupt: bool = False,
        mid_event: object = NOTHING,
        id: str | None = None,
        at: int | None = None,
    ) -> None:
        """End the stream of this client once what was sent is written; does not wait for it.

        The arguments are those of the server's `disconnect`.
        """
        self._queue(*ending_steps(self.channel, abrupt=abrupt, mid_event=mid_event, id=id, at=at))

    def _queue(self, *steps: Step) -> None:
        def take() -> None:
            for step in steps:
                self.push(step)

        self._bounce(take)

    @property
    def waiting(self) -> int:
        """How many steps wait to be taken."""
        return len(self._steps)

    @property
    def pausing(self) -> float:
        """For how many seconds the pauses that wait will last."""
        ahead = sum(step.seconds for step in self._steps if isinstance(step, Pause))
        return ahead + max(0.0, self._paused_until - time.monotonic())

    def push(self, step: Step) -> None:
        """Queue a step, in the server's thread."""
        self._steps.append(step)
        self._changed.set()

    def finish(self) -> None:
        """End the response once what was sent is written; pauses are left out."""
        self._is_finished = True
        self._steps = deque(step for step in self._steps if isinstance(step, Chunk))
        self.push(End())

    async def wait_ended(self) -> None:
        """Wait until the response has ended."""
        await self._ended.wait()

    async def stream(self, receive: Receive, send: Send) -> None:
        """Answer the request, until the answer has ended or the client leaves."""
        watcher = asyncio.create_task(self._watch(receive))
        try:
            if self.answer.status:
                await send({"type": "http.response.start", **self._head()})
            while self.open and not self.ended_by:
                if self._steps:
                    await self._take(self._steps.popleft(), watcher, send)
                else:
                    await self._changed.wait()
                    self._changed.clear()
        finally:
            self.open = False
            self.ended = self.ended or time.monotonic()
            self.ended_by = self.ended_by or "client"
            self._ended.set()
            watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watcher

    def _head(self) -> dict[str, object]:
        encoded = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in self.answer.headers]
        return {"status": self.answer.status, "headers": encoded}

    async def _take(self, step: Step, watcher: asyncio.Task[None], send: Send) -> None:
        if isinstance(step, Chunk):
            await self._write(step, send)
        elif isinstance(step, Pause):
            await self._pause(step.seconds)
        else:
            await self._end(step, watcher, send)

    async def _end(self, step: End, watcher: asyncio.Task[None], send: Send) -> None:
        # Before the client can see it: how long it waits is counted from here.
        self.ended = time.monotonic()
        if step.abrupt:
            self.ended_by = "break"
            if self._break is not None:
                self._break()
                # The server takes a connection that is known to be lost without a complaint.
                await asyncio.wait([watcher], timeout=_BREAK_SECONDS)
        else:
            self.ended_by = "server"
            await send({"type": "http.response.body", "body": b""})

    async def _write(self, first: Chunk, send: Send) -> None:
        chunks, size = [first.data], len(first.data)
        while not first.alone and self._steps and size < _CHUNK:
            following = self._steps[0]
            if not isinstance(following, Chunk) or following.alone:
                break
            self._steps.popleft()
            chunks.append(following.data)
            size += len(following.data)
        self.written += size
        body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        await send({"type": "http.response.body", "body": body, "more_body": True})
        if first.alone:
            await asyncio.sleep(0)

    async def _pause(self, seconds: float) -> None:
        """Wait, while more may be queued behind; the end of the stream or of the server ends it."""
        self._paused_until = time.monotonic() + seconds
        while self.open and not self._is_finished:
            left = self._paused_until - time.monotonic()
            if left <= 0:
                return
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), left)

    async def _watch(self, receive: Receive) -> None:
        message: ASGIMessage = {}
        while message.get("type") != "http.disconnect":
            message = await receive()
        self.open = False
        self._changed.set()
