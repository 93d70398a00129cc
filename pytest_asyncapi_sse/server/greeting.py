"""The greeting: the user's callable that is called with each client as it comes."""

from __future__ import annotations

import asyncio
import inspect
import threading
import time
from collections.abc import Callable
from typing import Any

from pytest_asyncapi_sse.errors import ConfigurationError, HostingError, hides_frame
from pytest_asyncapi_sse.server.connection import Connection

__tracebackhide__ = hides_frame

OnConnect = Callable[[Connection], object]

_JOIN_SECONDS = 2.0
_POLL_SECONDS = 0.002


class Greeting:
    """Call `on_connect` with connections, and keep in `errors` what it raised.

    A coroutine function runs in the server's event loop until the connection ends, anything else
    in a thread of its own, which may take its time without another client waiting for it.
    """

    def __init__(self, on_connect: OnConnect) -> None:
        if not callable(on_connect):
            raise ConfigurationError(
                f"on_connect is {on_connect!r}, expected a callable that takes a connection"
            )
        self.errors: list[BaseException] = []
        self._on_connect = on_connect
        self._threads: set[threading.Thread] = set()
        self._is_over = False

    async def greet(self, connection: Connection) -> None:
        """Call it with one connection and wait until it is done."""
        try:
            if inspect.iscoroutinefunction(self._on_connect):
                await self._on_connect(connection)
                return
            found = await self._in_thread(connection)
            if inspect.isawaitable(found):
                await found
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # pytest.fail() raises no Exception
            self._keep(error)

    def end(self) -> None:
        """Expect from here on that what is sent is refused."""
        self._is_over = True

    def _is_running(self, deadline: float) -> bool:
        running = any(thread.is_alive() for thread in list(self._threads))
        if running and time.monotonic() > deadline:
            raise ConfigurationError(
                f"on_connect has not returned {_JOIN_SECONDS:g} s after the end of the server:"
                " let it end when `connection.open` is false"
            )
        return running

    def join(self) -> None:
        """Wait until no thread runs any more."""
        deadline = time.monotonic() + _JOIN_SECONDS
        while self._is_running(deadline):
            time.sleep(_POLL_SECONDS)

    async def join_async(self) -> None:
        """Do as `join` does without blocking the caller's event loop."""
        deadline = time.monotonic() + _JOIN_SECONDS
        while self._is_running(deadline):
            await asyncio.sleep(_POLL_SECONDS)

    def raise_first(self) -> None:
        """Raise the first error, and say how many came after it."""
        if not self.errors:
            return
        first, *others = self.errors
        if others:
            first.add_note(f"on_connect raised {len(others)} more, for other clients")
        raise first

    def _keep(self, error: BaseException) -> None:
        # Who sends after the end learns of it by this error, which ends a loop for good.
        if not (self._is_over and isinstance(error, HostingError)):
            self.errors.append(error)

    async def _in_thread(self, connection: Connection) -> Any:
        loop = asyncio.get_running_loop()
        result: asyncio.Future[Any] = loop.create_future()

        def run() -> None:
            try:
                found = self._on_connect(connection)
            except BaseException as error:
                # Kept here, since the connection may end before its thread does.
                self._keep(error)
                found = None
            try:
                loop.call_soon_threadsafe(_settle, result, found)
            except RuntimeError:  # the loop has ended
                return

        thread = threading.Thread(target=run, name="on_connect", daemon=True)
        self._threads = {other for other in self._threads if other.is_alive()} | {thread}
        thread.start()
        return await result


def _settle(result: asyncio.Future[Any], found: object) -> None:
    if not result.done():
        result.set_result(found)
