"""One run of a client under test: what it delivered so far and when, and how it ended."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from pytest_asyncapi_sse.driver.calling import Call
from pytest_asyncapi_sse.driver.delivery import Delivery

MOST_DELIVERIES = 100_000
MOST_BYTES = 256 * 2**20
# How the failure begins of a client that is ended for it.
FLOOD = "it delivered more than"
_KEPT_LINES = 40
_KEPT_CHARACTERS = 1_000


class Listening:
    """Collect what a client delivers; written by a driver's thread, read by the test's.

    `failure` says why the client ended where it did not end by itself, and `ending` how it ended
    in any case. What fails only once `stopping` is set is no failure: the client is being ended
    then. `begun` is False while what holds the client is still being imported.
    """

    def __init__(self, *, begun: bool = True) -> None:
        self._changed = threading.Condition()
        self._deliveries: list[Delivery] = []
        self._times: list[float] = []
        self._bytes = 0
        self._said: deque[str] = deque(maxlen=_KEPT_LINES)
        self.begun = begun
        self.failure = ""
        self.ending = ""
        self.ended = False
        self.stopping = False

    @property
    def deliveries(self) -> list[Delivery]:
        """What was delivered so far, in order."""
        with self._changed:
            return list(self._deliveries)

    @property
    def count(self) -> int:
        """How many things were delivered so far."""
        return len(self._deliveries)

    def after(self, count: int) -> list[Delivery]:
        """Return what was delivered after so many things."""
        with self._changed:
            return self._deliveries[count:]

    @property
    def arrivals(self) -> list[tuple[float, Delivery]]:
        """What was delivered so far, in order, each with its time by `time.monotonic`."""
        with self._changed:
            return list(zip(self._times, self._deliveries, strict=True))

    @property
    def said(self) -> str:
        """The last lines, 40 at most, that its process wrote on standard error."""
        with self._changed:
            return "\n".join(self._said)

    def hear(self, line: str) -> None:
        """Keep a line of standard error that is not blank."""
        if not line.strip():
            return
        with self._changed:
            self._said.append(line[:_KEPT_CHARACTERS])

    def begin(self) -> None:
        """Mark the client as called."""
        with self._changed:
            self.begun = True
            self._changed.notify_all()

    def deliver(self, item: Delivery, *, size: int = 0) -> bool:
        """Keep one delivery, of so many bytes where that is known; False where no more are wanted.

        A client that delivers without end is ended with a failure, before it fills the memory.
        """
        with self._changed:
            if self.ended:
                return False
            self._bytes += size
            if len(self._deliveries) >= MOST_DELIVERIES:
                self.end(f"{FLOOD} {MOST_DELIVERIES:,} things, and goes on")
            elif self._bytes > MOST_BYTES:
                self.end(f"{FLOOD} {MOST_BYTES:,} bytes, and goes on")
            else:
                self._deliveries.append(item)
                self._times.append(time.monotonic())
                self._changed.notify_all()
            return not (self.ended or self.stopping)

    def end(self, failure: str = "", *, how: str = "it returned") -> None:
        """Mark the client as ended, `how` where that is no failure; the first call counts."""
        with self._changed:
            if not self.ended and not self.stopping:
                self.failure, self.ending = failure, failure or how
            self.ended = True
            self._changed.notify_all()

    def wait_until(self, condition: Callable[[], bool], *, within: float) -> bool:
        """Wait until a condition holds; False where `within` seconds went by."""
        with self._changed:
            return self._changed.wait_for(condition, timeout=within)


class Driver(Protocol):
    """Run a client under test, one call at a time."""

    def start(self, call: Call) -> Listening:
        """Call the client and return at once."""

    def stop(self, listening: Listening, *, within: float) -> bool:
        """End the client's run; False where it still blocks after `within` seconds."""

    def close(self) -> None:
        """Give back what the driver holds."""
