"""The child process of a client under test: calls it and reports in JSON lines.

Started as `python -m pytest_asyncapi_sse.driver.child MODULE:ATTR`. Each line on standard input is
a call, or tells to end one; standard output carries a line when the client is called, one for each
delivery and one when the client has ended. What the client itself prints goes to standard error,
where a line marks the beginning of each call; it has nothing to read.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import queue
import sys
import threading
from typing import TextIO

from pytest_asyncapi_sse.driver.calling import Call, Client
from pytest_asyncapi_sse.driver.consuming import Consuming
from pytest_asyncapi_sse.driver.delivery import Delivery
from pytest_asyncapi_sse.driver.imports import import_attribute
from pytest_asyncapi_sse.driver.json_form import well_formed
from pytest_asyncapi_sse.driver.listening import MOST_DELIVERIES
from pytest_asyncapi_sse.driver.thread import failure_text
from pytest_asyncapi_sse.driver.wire import line_of, mark_of
from pytest_asyncapi_sse.schema import dump_json

_STANDARD_ERROR = 2


def main(target: str) -> None:
    """Serve calls until standard input ends, which ends the process."""
    orders = os.fdopen(os.dup(sys.stdin.fileno()), encoding="utf-8")
    wire = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8", buffering=1)
    with open(os.devnull) as nothing:  # noqa: PTH123
        os.dup2(nothing.fileno(), sys.stdin.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    service = _Service(import_attribute(target), _Reports(wire))
    threading.Thread(target=service.obey, args=(orders,), daemon=True).start()
    service.serve()


class _Reports:
    """Write lines, from any thread; a process that nobody listens to ends."""

    def __init__(self, wire: TextIO) -> None:
        self._wire = wire
        self._lock = threading.Lock()

    def write(self, line: str) -> None:
        with self._lock:
            try:
                self._wire.write(line + "\n")
            except OSError:
                os._exit(1)


class _Run:
    """Count what a client delivers in one call, so that a flood ends here too."""

    def __init__(self, number: int, client: Client, call: Call, reports: _Reports) -> None:
        self.number = number
        self.consuming = Consuming(client, call, self._take)
        self._reports = reports
        self._taken = 0
        self._ended = False

    def serve(self) -> None:
        failure = ""
        _mark(self.number)
        self._reports.write(dump_json({"run": self.number, "begun": True}))
        try:
            self.consuming.run()
        except BaseException as error:
            failure = failure_text(error)
        self._ended = True
        line = dump_json({"run": self.number, "ended": well_formed(failure)})
        self._reports.write(line)

    def _take(self, item: Delivery) -> bool:
        if self._ended or self._taken > MOST_DELIVERIES:
            return False
        self._taken += 1
        self._reports.write(line_of(item, self.number))
        return True


def _mark(number: int) -> None:
    """Tell on standard error that what comes from here on belongs to this call."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    with contextlib.suppress(OSError):
        os.write(_STANDARD_ERROR, f"\n{mark_of(number)}\n".encode())


class _Service:
    """Take orders in one thread, and call the client in the main one, where signals work."""

    def __init__(self, client: Client, reports: _Reports) -> None:
        self._client = client
        self._reports = reports
        self._runs: queue.SimpleQueue[_Run] = queue.SimpleQueue()
        self._last: _Run | None = None

    def obey(self, orders: TextIO) -> None:
        for line in orders:
            order = json.loads(line)
            if "call" in order:
                call = Call(**order["call"])
                self._last = _Run(order["run"], self._client, call, self._reports)
                self._runs.put(self._last)
            elif self._last is not None and self._last.number == order["stop"]:
                self._last.consuming.close()
        os._exit(0)

    def serve(self) -> None:
        while True:
            self._runs.get().serve()


if __name__ == "__main__":
    main(sys.argv[1])
