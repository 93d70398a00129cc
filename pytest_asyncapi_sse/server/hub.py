"""The clients of one channel of the generated server, and what waits for the next of them."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence

from pytest_asyncapi_sse.errors import HostingError, hides_frame
from pytest_asyncapi_sse.server.connection import Connection
from pytest_asyncapi_sse.server.hosting import Receive, Send
from pytest_asyncapi_sse.server.steps import NO_MORE, STREAM, Answer, End, Step

__tracebackhide__ = hides_frame


class Hub:
    """Hold the clients of one channel, and what waits for the first of them.

    `requests` are the last ones, `keep` of them or all. Its coroutines run in the server's event
    loop; `call` brings a function there from any thread.
    """

    def __init__(self, *, keep: int | None = None) -> None:
        self.requests: deque[Connection] = deque(maxlen=keep)
        self._live: list[Connection] = []
        self._backlog: list[Step] = []
        self._answers: deque[Answer] = deque()
        self._arrived = asyncio.Condition()
        self._finished = False
        self._loop: asyncio.AbstractEventLoop | None = None

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Name the event loop that the server runs in."""
        if loop is not self._loop:
            self._loop = loop
            # What was waited for in another loop can't be waited for in this one.
            self._arrived = asyncio.Condition()

    def call(self, function: Callable[[], None]) -> None:
        """Run a function in the server's event loop, in the order of the calls."""
        try:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(function)
                return
        except RuntimeError:  # the loop is closed
            pass
        raise HostingError("the generated server is not running: use it inside its `with`")

    @property
    def live(self) -> tuple[Connection, ...]:
        """The streams that are open now, the oldest first."""
        return tuple(connection for connection in self._live if connection.open)

    def next_answer(self) -> Answer:
        """Return how the next request is answered: 204 once it is finished."""
        if self._finished:
            return NO_MORE
        return self._answers.popleft() if self._answers else STREAM

    def answer_next(self, answer: Answer) -> None:
        """Keep an answer for the next request that has none yet."""
        self._answers.append(answer)

    def push(self, step: Step) -> None:
        """Take a step with every connected client, or keep it for the next one."""
        live = self.live
        for connection in live:
            connection.push(step)
        if not live:
            self._backlog.append(step)

    def finish(self) -> None:
        """End every response and answer 204 from here on, which tells a client to stop."""
        self._finished = True
        for connection in self.live:
            connection.finish()

    async def serve(self, connection: Connection, receive: Receive, send: Send) -> None:
        """Answer one client, with what waited for it first."""
        self.requests.append(connection)
        if self._finished or not connection.answer.is_stream:
            await connection.stream(receive, send)
            return
        for step in self._backlog:
            connection.push(step)
        self._backlog.clear()
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

    async def disconnect(self, within: float, ending: Sequence[Step] = (End(),)) -> bool:
        """Wait for a client, have every open response end by these steps, and wait for that.

        Raises TimeoutError where none comes within `within` seconds. False where one does not end
        within `within` seconds beyond the pauses that it has.
        """
        deadline = time.monotonic() + within
        await self.wait_for_client(within)
        clients = self.live
        for connection in clients:
            for step in ending:
                connection.push(step)
        deadline += max(connection.pausing for connection in clients)
        ends = [asyncio.ensure_future(connection.wait_ended()) for connection in clients]
        _, pending = await asyncio.wait(ends, timeout=max(0.0, deadline - time.monotonic()))
        for late in pending:
            late.cancel()
        return not pending
