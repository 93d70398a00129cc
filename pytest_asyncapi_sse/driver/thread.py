"""A client under test in this process: a callable in a daemon thread."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import traceback
from collections.abc import Callable

from pytest_asyncapi_sse.driver.calling import Call, Client, consume
from pytest_asyncapi_sse.driver.delivery import delivery
from pytest_asyncapi_sse.driver.listening import Listening


class ThreadDriver:
    """Run a callable in a thread; it ends when its stream does, or when its task is cancelled."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._threads: dict[Listening, threading.Thread] = {}
        self._cancels: dict[Listening, Callable[[], object]] = {}

    def start(self, call: Call) -> Listening:
        """Call the client in a thread of its own and return at once."""
        listening = Listening()
        thread = threading.Thread(
            target=self._run, args=(call, listening), name="client under test", daemon=True
        )
        self._threads[listening] = thread
        thread.start()
        return listening

    def stop(self, listening: Listening, *, within: float) -> bool:
        """Cancel an async client, and wait for the thread: its stream is closed by now."""
        listening.stopping = True
        cancel = self._cancels.pop(listening, None)
        if cancel is not None:
            with contextlib.suppress(RuntimeError):  # its loop has ended on its own
                cancel()
        thread = self._threads.pop(listening)
        thread.join(within)
        return not thread.is_alive()

    def close(self) -> None:
        """Hold nothing between runs."""

    def _run(self, call: Call, listening: Listening) -> None:
        failure = ""
        try:
            consume(
                self._client,
                call,
                lambda item: listening.deliver(delivery(item)),
                lambda cancel: self._cancels.__setitem__(listening, cancel),
            )
        except asyncio.CancelledError:
            failure = "cancelled"
        except Exception as error:
            failure = failure_text(error)
        finally:
            listening.end(failure)


def failure_text(error: BaseException) -> str:
    """Return an exception in one line, with the place that raised it."""
    text = "".join(traceback.format_exception_only(error)).strip()
    frames = traceback.extract_tb(error.__traceback__)
    return f"{text} ({frames[-1].filename}:{frames[-1].lineno})" if frames else text
