"""The processes of `exchanges.py`: `check FOLDER`, `cases FOLDER URL EXAMPLES` or `serve`.

`check` runs the client's item as a user does, by pytest: once for the imports, then for each line
on standard input, and prints the payloads, the seconds, and those of them that drawing took.
`cases` has Schemathesis call a server by its Python API. `serve` is that server: for each line it
prints how many bodies came since the line before, and the seconds from the first to the last.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

ITEM = "delivers_every_event"


class Timing:
    """Run the item alone, and keep how long it took with all of its fixtures, and what it noted."""

    def __init__(self) -> None:
        self.seconds, self.payloads, self.failed = 0.0, 0, ""

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Leave the item alone: the others play scenes, and count those."""
        items[:] = [item for item in items if item.name == ITEM]

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Add one phase of the item."""
        self.seconds += report.duration
        if not report.passed:
            self.failed = report.longreprtext
        if report.when == "call":
            self.payloads = dict(report.user_properties).get("asyncapi_events", 0)


class Drawing:
    """Keep how long the payloads of an item took to draw."""

    def __init__(self, kind: Any) -> None:
        self.seconds, self._draw = 0.0, kind.draw
        kind.draw = lambda payload_property: self.drawn(payload_property)

    def drawn(self, payload_property: Any) -> Any:
        """Draw the payloads of one item."""
        started = time.perf_counter()
        try:
            return self._draw(payload_property)
        finally:
            self.seconds = time.perf_counter() - started


def check(folder: str) -> None:
    """Run the item for each line, with another seed each time."""
    from pytest_asyncapi_sse.contract.property import PayloadProperty

    os.chdir(folder)
    drawing = Drawing(PayloadProperty)
    _checked(0)
    for number, _ in enumerate(sys.stdin, 1):
        timing = _checked(number)
        print(json.dumps([timing.payloads, timing.seconds, drawing.seconds]), flush=True)


def _checked(number: int) -> Timing:
    import pytest

    timing, output = Timing(), io.StringIO()
    options = ["-q", "-p", "no:cacheprovider", f"--hypothesis-seed={number}"]
    with contextlib.redirect_stdout(output):
        pytest.main(["--asyncapi", "asyncapi.json", *options], plugins=[timing])
    if timing.failed or not timing.payloads:
        raise SystemExit(f"{ITEM} did not pass: {timing.failed or output.getvalue()}")
    return timing


def cases(folder: str, url: str, examples: str) -> None:
    """Call the server with cases of Schemathesis, in the way of its documentation."""
    import schemathesis
    from hypothesis import HealthCheck, given, settings

    os.chdir(folder)
    operation = schemathesis.openapi.from_path("openapi.json")["/payloads"]["POST"]

    @settings(max_examples=int(examples), deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def call(case: Any) -> None:
        case.call_and_validate(base_url=url, checks=[schemathesis.checks.not_a_server_error])

    call()


def serve() -> None:
    """Take bodies until standard input ends."""
    import uvicorn

    arrivals: list[float] = []

    async def answer(
        _: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        while (await receive()).get("more_body"):
            continue
        arrivals.append(time.perf_counter())
        headers = [(b"content-type", b"application/json"), (b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{}"})

    config = uvicorn.Config(
        answer, interface="asgi3", lifespan="off", log_config=None, log_level="critical"
    )
    # Where the protocol is not named, asyncio leaves TCP_NODELAY off, and each answer to a client
    # that keeps its connection waits 40 ms: that would be no fault of Schemathesis.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    run = uvicorn.Server(config).run
    threading.Thread(target=run, args=([listener],), daemon=True).start()
    print(listener.getsockname()[1], flush=True)
    for _ in sys.stdin:
        taken, arrivals[:] = list(arrivals), []
        print(json.dumps([len(taken), taken[-1] - taken[0] if taken else 0]), flush=True)


ROLES: dict[str, Callable[..., None]] = {"check": check, "cases": cases, "serve": serve}

if __name__ == "__main__":
    ROLES[sys.argv[1]](*sys.argv[2:])
