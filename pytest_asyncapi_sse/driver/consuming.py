"""One call of a client under test: what it returns or calls back is handed on, until it is closed.

A client returns what it delivers, an iterable or an async iterable, or it takes a callback. Such a
client has ended when it returns None; where it returns something with `close()`, or a function, it
listens until that is called.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import threading
from collections.abc import AsyncIterable, Callable, Generator, Iterable, Mapping
from typing import Any

from pytest_asyncapi_sse.driver.calling import Call, Client, takes_callback
from pytest_asyncapi_sse.driver.delivery import Delivery, called, delivery
from pytest_asyncapi_sse.errors import ConfigurationError, shown

Take = Callable[[Delivery], bool]
_GENERATORS = (inspect.isgenerator, inspect.isasyncgen)


class Consuming:
    """Call a client in one thread, by `run`; end the call from any other, by `close`.

    `take` gets each delivery, and returns False where no more are wanted.
    """

    def __init__(self, client: Client, call: Call, take: Take) -> None:
        self._client = client
        self._call = call
        self._take = take
        self._calls_back = takes_callback(client)
        self._changed = threading.Lock()
        self._closed = threading.Event()
        self._wake: Callable[[], object] | None = None

    def run(self) -> None:
        """Call the client and hand on what it delivers, until it has ended or is closed.

        An async client runs in an event loop of its own. Raises what the client raises, and
        ConfigurationError where it returns nothing of use.
        """
        arguments, keywords = self._call.arguments(self._client, self._callback)
        result = self._client(*arguments, **keywords)
        if inspect.isawaitable(result) or isinstance(result, AsyncIterable):
            asyncio.run(self._run_async(result))
        elif self._is_ended_by_a_call(result):
            self._closed.wait()
            _finish(_ender(result)())
        elif result is not None or not self._calls_back:
            self._iterate(result)

    def close(self) -> None:
        """End the call, from any thread: cancel its task, close its iterator; return at once.

        A generator is closed by its own thread, once it comes to its next item.
        """
        with self._changed:
            wake, self._wake = self._wake, None
            self._closed.set()
        if wake is not None:
            wake()

    def _on_close(self, wake: Callable[[], object]) -> None:
        """Have something called by `close`, at once where that was called already."""
        with self._changed:
            if not self._closed.is_set():
                self._wake = wake
                return
        wake()

    def _callback(self, *arguments: object, **named: object) -> _Done:
        """Take what a client calls back with, from any of its threads; never raise."""
        if not self._take(called(arguments, named)):
            self.close()
        return _DONE

    def _iterate(self, result: Any) -> None:
        iterable = _iterable(result, calls_back=self._calls_back)
        iterator = iter(iterable)
        closers = {id(found): found for found in (iterator, iterable)}.values()
        self._on_close(lambda: _close_aside(closers))
        try:
            for item in iterator:
                if self._closed.is_set() or not self._take(delivery(item)):
                    break
        finally:
            for found in closers:
                _call_close(found)

    async def _run_async(self, result: Any) -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        stopped = asyncio.Event()

        def cancel() -> None:
            stopped.set()
            if task is not None and not waits:
                task.cancel()

        waits = False
        self._on_close(lambda: _in_loop(loop, cancel))
        if inspect.isawaitable(result):
            result = await result
        if isinstance(result, AsyncIterable):
            await self._iterate_async(result)
        elif self._is_ended_by_a_call(result):
            waits = True
            await stopped.wait()
            await _awaited(_ender(result)())
        elif result is not None or not self._calls_back:
            for item in _iterable(result, calls_back=self._calls_back):
                if not self._take(delivery(item)):
                    return

    async def _iterate_async(self, result: AsyncIterable[object]) -> None:
        iterator = aiter(result)
        try:
            async for item in iterator:
                if not self._take(delivery(item)):
                    return
        finally:
            for found in {id(found): found for found in (iterator, result)}.values():
                await _awaited(_closer(found)())

    def _is_ended_by_a_call(self, result: object) -> bool:
        if not self._calls_back or result is None or any(is_one(result) for is_one in _GENERATORS):
            return False
        return _ender(result) is not _nothing


class _Done:
    """Be nothing that may be awaited, so that an async client may await its callback."""

    def __await__(self) -> Generator[None, None, None]:
        return
        yield

    def __bool__(self) -> bool:
        return False


_DONE = _Done()


def _nothing() -> None:
    """Close nothing."""


def _closer(found: object) -> Callable[[], object]:
    """Return the `aclose` or `close` of something, which closes nothing where it has none."""
    for name in ("aclose", "close"):
        close: Callable[[], object] | None = getattr(found, name, None)
        if callable(close):
            return close
    return _nothing


def _ender(result: object) -> Callable[[], object]:
    """Return what ends a client that listens in the background."""
    closer = _closer(result)
    return result if closer is _nothing and callable(result) else closer


def _finish(ending: object) -> None:
    """Wait for an async `close()` of a client that is sync itself."""
    if inspect.isawaitable(ending):
        asyncio.run(_awaited(ending))


async def _awaited(ending: object) -> None:
    if inspect.isawaitable(ending):
        await ending


def _in_loop(loop: asyncio.AbstractEventLoop, function: Callable[[], object]) -> None:
    with contextlib.suppress(RuntimeError):  # the loop has ended on its own
        loop.call_soon_threadsafe(function)


def _close_aside(closers: Iterable[object]) -> None:
    """Close the iterators that may be closed while they run, in a thread, since that may block."""
    usable = [found for found in closers if not inspect.isgenerator(found)]
    usable = [found for found in usable if callable(getattr(found, "close", None))]
    if usable:
        threading.Thread(target=_close_all, args=(usable,), daemon=True).start()


def _close_all(closers: Iterable[object]) -> None:
    for found in closers:
        with contextlib.suppress(Exception):
            _call_close(found)


def _call_close(found: object) -> None:
    close = getattr(found, "close", None)
    if callable(close):
        close()


def _iterable(result: Any, *, calls_back: bool) -> Iterable[object]:
    if isinstance(result, Iterable) and not isinstance(result, str | bytes | Mapping):
        return result
    if calls_back:
        wanted = "None once it has ended, something with close(), or a function that ends it"
    else:
        wanted = "an iterable or an async iterable of what it delivers, or take a `callback`"
    raise ConfigurationError(
        f"the client under test returned {shown(result)}; it must return {wanted}"
    )
