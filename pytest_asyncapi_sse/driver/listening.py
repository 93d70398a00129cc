"""One run of a client under test: what it delivered so far, and how it ended."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable
from typing import Protocol

from pytest_asyncapi_sse.driver.calling import Call
from pytest_asyncapi_sse.driver.delivery import Delivery


class Listening:
    """Collect what a client delivers; written by a driver's thread, read by the test's.

    `failure` says why the client ended where it did not end by itself.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._deliveries: list[Delivery] = []
        self.failure = ""
        self.ended = False
        self.stopping = False

    @property
    def deliveries(self) -> list[Delivery]:
        """What was delivered so far, in order."""
        with self._changed:
            return list(self._deliveries)

    def deliver(self, item: Delivery) -> bool:
        """Keep one delivery; returns False where no more are wanted."""
        with self._changed:
            self._deliveries.append(item)
            self._changed.notify_all()
        return not self.stopping

    def end(self, failure: str = "") -> None:
        """Mark the client as ended."""
        with self._changed:
            self.failure = self.failure or failure
            self.ended = True
            self._changed.notify_all()

    def wait_until(self, condition: Callable[[], bool], *, within: float) -> bool:
        """Wait until a condition holds; False where `within` seconds went by."""
        with self._changed:
            return self._changed.wait_for(condition, timeout=within)

    def wait_quiet(self, *, quiet: float, within: float) -> None:
        """Wait until nothing was delivered for `quiet` seconds, at most `within` seconds."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            more = functools.partial(self._more_than, len(self.deliveries))
            if not self.wait_until(more, within=quiet):
                return

    def _more_than(self, count: int) -> bool:
        return len(self._deliveries) > count


class Driver(Protocol):
    """Run a client under test, one call at a time."""

    def start(self, call: Call) -> Listening:
        """Call the client and return at once."""

    def stop(self, listening: Listening, *, within: float) -> bool:
        """End the client's run; False where it still blocks after `within` seconds."""

    def close(self) -> None:
        """Give back what the driver holds."""
