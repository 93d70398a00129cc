"""Threads for code that may never return: whoever waits gives up, and no exit waits for it."""

from __future__ import annotations

import contextvars
import queue
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

_Calls = queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]


class DaemonThread:
    """Call functions one after another in a thread of its own, each in the caller's context.

    The thread starts with the first call and ends when this object is gone. It stays the same from
    call to call, so that what the functions keep for a thread, such as a connection, is kept.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._calls: _Calls = queue.SimpleQueue()
        self._started = False

    def submit(self, function: Callable[[], Any]) -> Future[Any]:
        """Return the future of a call."""
        if not self._started:
            self._started = True
            weakref.finalize(self, self._calls.put, None)
            target, name = _serve, self._name
            threading.Thread(target=target, args=(self._calls,), name=name, daemon=True).start()
        future: Future[Any] = Future()
        context = contextvars.copy_context()
        self._calls.put((future, lambda: context.run(function)))
        return future


class Resolver(ThreadPoolExecutor):
    """Be an executor of an event loop whose end waits for no call: a slow name server is left."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run one call in a thread of its own."""
        return DaemonThread("resolve a name").submit(lambda: fn(*args, **kwargs))


def _serve(calls: _Calls) -> None:
    while True:
        call = calls.get()
        if call is None:
            return
        future, function = call
        if not future.set_running_or_notify_cancel():
            continue
        try:
            future.set_result(function())
        except BaseException as error:
            future.set_exception(error)
        del call, future, function
