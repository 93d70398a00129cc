"""Servers at their worst: each recording ends in time, with its own verdict, and stays small."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from defect_server import HEAD, chunked, head
from defect_table import ONE, PAYLOAD
from hostile_server import Behaviour, HostileServer, drips, hold, repeats, resets, says

import pytest_asyncapi_sse
from pytest_asyncapi_sse import Channel, ContractViolation, load
from pytest_asyncapi_sse.checks.server import findings
from pytest_asyncapi_sse.client.exchange import StreamOpening
from pytest_asyncapi_sse.client.limits import DEFAULT, Limits, size_in_bytes
from pytest_asyncapi_sse.client.record import Enough, record
from pytest_asyncapi_sse.client.stream import AsyncEventStream, EventStream
from pytest_asyncapi_sse.client.trigger import Trigger
from pytest_asyncapi_sse.errors import ConfigurationError
from pytest_asyncapi_sse.sse import Ending

SECONDS = 1.2
# What is promised, of the recording; and what a loaded machine may add to the whole.
PROMISED = SECONDS + 1
OVERALL = SECONDS + 8
MOST_BYTES = 150_000_000
BLOCK = 65_536

CHUNKED = head("Transfer-Encoding: chunked")
LENGTH = head("Content-Length: 100")
LOOP = head("Location: /a", status="307 Again")


@dataclass(frozen=True)
class Row:
    """Hold what a server does, and what must be told of it."""

    behaviour: Behaviour
    codes: frozenset[str]
    ended: Ending
    scheme: str = "http"
    method: str = "GET"
    body: bytes | None = None
    reads: bool = True
    told: str = ""


def row(behaviour: Behaviour, codes: str, ended: Ending, **more: object) -> Row:
    return Row(behaviour, frozenset(codes.split()), ended, **more)


QUIET = {
    "says-nothing": row(hold, "no-response", Ending.no_head),
    "reads-nothing": row(hold, "no-response", Ending.no_head, reads=False),
    "drips-a-head": row(drips(HEAD), "no-response", Ending.no_head),
    "drips-headers": row(
        says(b"HTTP/1.1 200 OK\r\n", then=drips(b"a: b\r\n")), "no-response", Ending.no_head
    ),
    "takes-no-body": row(
        hold,
        "no-response",
        Ending.no_head,
        method="POST",
        body=b"x" * 32_000_000,
        told="did not read the request",
    ),
    "drips-a-line": row(says(HEAD, then=drips(b"data: 1 ")), "no-events", Ending.deadline),
    "holds-in-a-line": row(says(HEAD, b"data: ", then=hold), "no-events", Ending.deadline),
    "drips-comments": row(says(HEAD, then=drips(b":\n\n")), "no-events", Ending.deadline),
    "drips-chunks": row(
        says(CHUNKED, then=drips(b"1\r\n:\r\n1\r\n\n\r\n")), "no-events", Ending.deadline
    ),
    "garbage": row(
        says(bytes(range(128, 256)) + b"\r\n\r\n"), "malformed-response", Ending.malformed
    ),
    "html-without-head": row(
        says(b"<html>\n<p>no\n</html>\n\n"), "malformed-response", Ending.malformed, told="<html>"
    ),
    "a-line-of-garbage": row(says(b"nonsense\n"), "closed-without-response", Ending.closed_before_head),
    "bad-length": row(
        says(head("Content-Length: -1"), ONE), "malformed-response", Ending.malformed
    ),
    "two-lengths": row(
        says(head("Content-Length: 1", "Content-Length: 2"), ONE),
        "malformed-response",
        Ending.malformed,
    ),
    "hangs-up": row(says(), "closed-without-response", Ending.closed_before_head),
    "hangs-up-in-the-head": row(
        says(HEAD[:30]), "closed-without-response", Ending.closed_before_head
    ),
    "reset": row(resets, "closed-without-response", Ending.closed_before_head),
    "reset-in-the-head": row(
        says(HEAD[:30], then=resets), "closed-without-response", Ending.closed_before_head
    ),
    "reset-in-an-event": row(
        says(HEAD, ONE, ONE[:7], then=resets), "broken-off", Ending.broken
    ),
    "reset-without-an-event": row(says(HEAD, ONE[:7], then=resets), "broken-off", Ending.broken),
    "reset-while-sending": row(
        resets,
        "closed-without-response",
        Ending.closed_before_head,
        method="POST",
        body=b"x" * 32_000_000,
    ),
    "chunk-too-long": row(
        says(CHUNKED, chunked(ONE, ended=False), b"3\r\n: far too long\n\n\r\n0\r\n\r\n"),
        "broken-off",
        Ending.broken,
    ),
    "chunk-of-no-size": row(
        says(CHUNKED, chunked(ONE, ended=False), b"zz\r\n"), "broken-off", Ending.broken
    ),
    "body-too-short": row(says(LENGTH, ONE), "broken-off buffered", Ending.broken),
    "redirects-in-a-loop": row(says(LOOP), "redirect", Ending.closed),
    "switches-protocols": row(
        says(b"HTTP/1.1 101 Now\r\nUpgrade: ws\r\nConnection: upgrade\r\n\r\n", then=hold),
        "malformed-response",
        Ending.malformed,
    ),
    "no-tls": row(
        says(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        "no-response",
        Ending.unreachable,
        scheme="https",
        reads=False,
        told="SSL",
    ),
    "silent-in-tls": row(
        hold, "no-response", Ending.unreachable, scheme="https", reads=False
    ),
    "hangs-up-in-tls": row(
        says(), "no-response", Ending.unreachable, scheme="https", reads=False
    ),
}  # fmt: skip


def bomb() -> Behaviour:
    """Return 10 GB of zeros in 10 MB of gzip, in blocks that unpack to 16 MB each."""
    packer = zlib.compressobj(wbits=31)
    opening = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    packer.compress(b"")
    block = packer.compress(b"\0" * 16_000_000) + packer.flush(zlib.Z_FULL_FLUSH)
    return says(head("Content-Encoding: gzip"), opening, then=repeats(block, times=625))


def many(part: bytes, count: int) -> Behaviour:
    """Return what sends a part so many times, in large pieces, and holds."""
    piece = BLOCK // len(part)
    return repeats(part * piece, times=count // piece + 1, then=hold)


HINT = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
GROWING = {
    "gzip-bomb": row(bomb(), "content-encoding", Ending.closed),
    "event-of-10-gb": row(
        says(HEAD, b"data: ", then=repeats(b"x" * BLOCK, times=160_000)),
        "event-too-large",
        Ending.event_cap,
        told="16,777,216",
    ),
    "event-of-many-lines": row(
        says(HEAD, ONE, then=repeats(b"data: x\n" * 8192)), "event-too-large", Ending.event_cap
    ),
    "a-million-events": row(says(HEAD, then=many(ONE, 1_000_000)), "", Ending.events),
    "a-million-comments": row(
        says(HEAD, then=many(b":\n\n", 1_000_000)), "no-events", Ending.stream_cap, told="blocks"
    ),
    "comments-for-ever": row(
        says(HEAD, then=repeats((b":" + b"x" * 5000 + b"\n\n") * 12)),
        "no-events",
        Ending.stream_cap,
        told="67,108,864",
    ),
    "chunks-of-two-bytes": row(
        says(CHUNKED, then=repeats(b"2\r\nxx\r\n" * 8192)), "no-events", Ending.deadline
    ),
    "headers-for-ever": row(
        says(b"HTTP/1.1 200 OK\r\n", then=repeats(b"x-more: and more\r\n" * 1000)),
        "malformed-response",
        Ending.malformed,
    ),
    "a-header-for-ever": row(
        says(b"HTTP/1.1 200 OK\r\nx: ", then=repeats(b"x" * BLOCK)),
        "malformed-response",
        Ending.malformed,
    ),
    "garbage-for-ever": row(
        repeats(b"\0garbage" * 8192), "malformed-response", Ending.malformed
    ),
    "hints-for-ever": row(repeats(HINT * 1000), "no-response", Ending.no_head),
}  # fmt: skip
FLOODS = ("a-million-events", "a-million-comments")


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hostile") / "spec.json"
    messages = {"tick": {"payload": PAYLOAD}}
    path.write_text(
        json.dumps(
            {
                "asyncapi": "3.0.0",
                "info": {"title": "T", "version": "1"},
                "channels": {"a": {"address": "/a", "messages": messages}},
            }
        )
    )
    return path


@pytest.fixture(scope="module")
def channel(spec: Path) -> Channel:
    return load(spec).streams["a"]


@contextlib.contextmanager
def serving(case: Row) -> Iterator[StreamOpening]:
    with HostileServer(case.behaviour, reads=case.reads) as server:
        url = f"{case.scheme}://{server.address}/a"
        yield StreamOpening(url, method=case.method, body=case.body, timeout=SECONDS)


def timed(call: Callable[[], object]) -> tuple[object, float]:
    started = time.monotonic()
    return call(), time.monotonic() - started


@pytest.mark.parametrize("name", QUIET)
def test_a_recording_ends_in_time_with_its_own_verdict(channel, name):
    case = QUIET[name]
    with serving(case) as opening:
        made, elapsed = timed(lambda: record(channel, opening, enough=Enough(seconds=SECONDS)))
        found = findings(channel, made)
    assert ({item.code for item in found}, made.ended) == (set(case.codes), case.ended)
    assert case.told in "".join(item.got for item in found)
    assert all(len(str(item)) < 4000 for item in found)
    assert made.duration <= PROMISED
    assert elapsed < OVERALL


def alone(
    spec: Path, url: str = "", *, seconds: float = SECONDS, sleeps: float = 0
) -> dict[str, object]:
    child = Path(__file__).with_name("recorded_alone.py")
    arguments = [sys.executable, str(child), str(spec), url, str(seconds), str(sleeps)]
    # The child is to have the package of this run, wherever that is.
    env = {**os.environ, "PYTHONPATH": str(Path(pytest_asyncapi_sse.__file__).parents[1])}
    done = subprocess.run(
        arguments, env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def idle_bytes(spec: Path) -> int:
    return alone(spec)["peak"]


@pytest.mark.parametrize("name", GROWING)
def test_a_recording_stays_small(spec, idle_bytes, name):
    case = GROWING[name]
    # A loaded machine takes its time to read up to a limit; where none is reached, it is waited for.
    seconds = SECONDS if case.ended in (Ending.deadline, Ending.no_head) else 8.0
    with serving(case) as opening:
        told = alone(spec, opening.url, seconds=seconds)
    print(f"{name}: {(told['peak'] - idle_bytes) / 1e6:.0f} MB, {told}")
    assert (set(told["codes"]), told["ended"]) == (set(case.codes), case.ended)
    assert case.told in told["failure"]
    assert told["peak"] - idle_bytes < MOST_BYTES
    assert told["duration"] <= seconds + 1
    assert told["elapsed"] < seconds + OVERALL


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_is_bounded_while_the_trigger_takes_its_time(spec, idle_bytes, name):
    with serving(GROWING[name]) as opening:
        told = alone(spec, opening.url, seconds=8.0, sleeps=0.8)
    assert told["peak"] - idle_bytes < MOST_BYTES
    assert told["ended"] == GROWING[name].ended
    assert told["events"] in (0, 20)


HAND_WRITTEN = {**QUIET, **{name: GROWING[name] for name in FLOODS}}
# An error that reading begins with is raised when the block is entered; silence has its own code.
SILENT = frozenset({"no-response", "no-events"})


@pytest.mark.parametrize("name", HAND_WRITTEN)
def test_a_test_of_your_own_ends_in_time(channel, name):
    case = HAND_WRITTEN[name]

    def read() -> set[str]:
        with EventStream(channel, opening) as stream, contextlib.suppress(StopIteration):
            for _ in range(3):
                stream.receive(within=0.5)
        return set()

    with serving(case) as opening:
        told, elapsed = timed(lambda: codes_of(read))
    assert told <= {*case.codes, "no-events", "stream-ended"}
    assert told or name == "a-million-events"
    assert elapsed < OVERALL


@pytest.mark.parametrize("name", ["says-nothing", "drips-a-line", "reset-in-an-event", *FLOODS])
def test_an_async_test_of_your_own_ends_in_time(channel, name):
    case = HAND_WRITTEN[name]

    async def main() -> None:
        async with AsyncEventStream(channel, opening) as stream:
            for _ in range(3):
                await stream.receive(within=0.5)

    with serving(case) as opening:
        told, elapsed = timed(lambda: codes_of(lambda: asyncio.run(main())))
    assert told <= {*case.codes, "no-events", "stream-ended"}
    assert told or name == "a-million-events"
    assert elapsed < OVERALL


def codes_of(call: Callable[[], object]) -> set[str]:
    try:
        call()
    except ContractViolation as violation:
        return {item.code for item in violation.violations if item.severity == "error"}
    return set()


def recorded(channel, url, **more):
    opening = StreamOpening(url, timeout=SECONDS)
    made, elapsed = timed(lambda: record(channel, opening, enough=Enough(seconds=SECONDS), **more))
    assert made.duration <= PROMISED
    assert elapsed < OVERALL
    return made


def test_a_connection_that_is_never_accepted_ends_in_time(channel):
    with contextlib.ExitStack() as held, socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(4):
            sock = held.enter_context(socket.socket())
            sock.setblocking(False)
            sock.connect_ex(full.getsockname())
        made = recorded(channel, f"http://127.0.0.1:{full.getsockname()[1]}/a")
    assert made.ended is Ending.unreachable
    assert [found.code for found in findings(channel, made)] == ["no-response"]


def test_a_name_that_resolves_too_slowly_ends_in_time(channel, monkeypatch):
    def slow(*_: object, **__: object) -> list[object]:
        released.wait(30)
        raise socket.gaierror("no such host")

    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", slow)
    try:
        made = recorded(channel, "http://slow.example/a")
        waiting = [t for t in threading.enumerate() if t.name == "resolve a name"]
        assert waiting
        assert all(thread.daemon for thread in waiting)
        assert not [t for t in threading.enumerate() if t.name == "read a"]
    finally:
        released.set()
    assert made.ended is Ending.unreachable
    assert [found.code for found in findings(channel, made)] == ["no-response"]


def test_the_deadline_of_a_recording_holds_where_connecting_has_a_longer_one(channel):
    with HostileServer(hold) as server:
        opening = StreamOpening(f"http://{server.address}/a", timeout=30)
        made, elapsed = timed(lambda: record(channel, opening, enough=Enough(seconds=0.5)))
    assert made.ended is Ending.no_head
    assert made.duration <= 1.5
    assert elapsed < OVERALL


def trigger_of(function, timeout=3.0) -> Trigger:
    return Trigger(function, base_url="", parameters={}, timeout=timeout)


def test_a_trigger_that_never_returns_ends_the_recording_with_its_name(channel):
    def stuck(*_: object) -> None:
        released.wait(30)

    released = threading.Event()
    with HostileServer(hold) as server:
        # More than half of it must be left on a loaded machine, or the trigger is not to blame.
        opening = StreamOpening(f"http://{server.address}/a", timeout=3)
        enough, started = Enough(seconds=3), time.monotonic()
        with pytest.raises(ConfigurationError, match=r"trigger \S+stuck did not return within \d"):
            record(channel, opening, enough=enough, trigger=trigger_of(stuck))
        assert time.monotonic() - started < 3 + OVERALL
    (left,) = [t for t in threading.enumerate() if t.name == "asyncapi trigger"]
    assert left.daemon
    released.set()
    left.join(5)


def test_an_async_trigger_is_cancelled_at_the_deadline(channel):
    async def waits(*_: object) -> None:
        try:
            await asyncio.sleep(30)
        finally:
            ended.append("cancelled")

    ended: list[str] = []
    (message,) = channel.generated
    with pytest.raises(ConfigurationError, match=r"trigger \S+waits did not .* it was cancelled"):
        trigger_of(waits, 0.3).fire(channel, message, {"n": 1})
    assert ended == ["cancelled"]


def test_a_timeout_in_a_trigger_is_its_own_error(channel):
    async def times_out(*_: object) -> None:
        raise TimeoutError("the broker is slow")

    (message,) = channel.generated
    with pytest.raises(ConfigurationError, match="the trigger raised TimeoutError: the broker"):
        trigger_of(times_out).fire(channel, message, {"n": 1})


def test_a_call_that_the_deadline_cuts_short_is_no_error(channel):
    calls = []

    def slow(*_: object) -> None:
        calls.append(threading.current_thread())
        time.sleep(0.4)

    with HostileServer(says(HEAD, then=hold)) as server:
        made = recorded(channel, f"http://{server.address}/a", trigger=trigger_of(slow))
    assert made.ended is Ending.deadline
    assert len(set(calls)) == 1


def test_a_trigger_sees_the_context_of_its_test_and_may_skip(channel):
    import contextvars

    place = contextvars.ContextVar("place", default="nowhere")
    place.set("here")
    (message,) = channel.generated
    trigger = trigger_of(lambda *_: place.get())
    assert trigger.fire(channel, message, {"n": 1}).expected == "here"
    with pytest.raises(pytest.skip.Exception, match="not today"):
        trigger_of(lambda *_: pytest.skip("not today")).fire(channel, message, {"n": 1})


def test_the_thread_of_a_trigger_ends_with_it(channel):
    (message,) = channel.generated
    trigger = trigger_of(lambda *_: threading.current_thread())
    thread = trigger.fire(channel, message, {"n": 1}).expected
    assert thread.daemon
    assert thread.is_alive()
    del trigger
    thread.join(5)
    assert not thread.is_alive()


def test_credentials_that_fail_are_told_as_such(channel):
    class Broken(httpx.Auth):
        def auth_flow(self, request):
            raise KeyError("token")
            yield request

    with HostileServer(hold) as server:
        opening = StreamOpening(f"http://{server.address}/a", auth=Broken(), timeout=SECONDS)
        with pytest.raises(ConfigurationError, match="was not made: KeyError: 'token'"):
            record(channel, opening, enough=Enough(seconds=SECONDS))
        with (
            EventStream(channel, opening) as stream,
            pytest.raises(ConfigurationError, match="was not made: KeyError"),
        ):
            stream.receive(within=0.5)


@pytest.mark.parametrize(
    ("limits", "ended", "told"),
    [
        (Limits(event=1000), Ending.event_cap, "over 1,000 bytes"),
        (Limits(body=1000), Ending.stream_cap, "over 1,000 bytes"),
        (Limits(frames=10), Ending.stream_cap, "over 10 blocks"),
        (Limits(body=30_000), Ending.stream_cap, "its text takes over 30,000 bytes of memory"),
    ],
)
def test_each_limit_ends_a_stream(channel, limits, ended, told):
    wide = 'data: {"n":1,"s":"\U0001f600'.encode() + b"x" * 9000 + b'"}\n\n'
    parts = [wide] if limits.body == 30_000 else [ONE] * 70
    last = b"data: " + b"x" * 2000 if limits.event == 1000 else b""
    with HostileServer(says(HEAD, b"".join(parts), last, then=hold)) as server:
        opening = StreamOpening(f"http://{server.address}/a", limits=limits)
        made = record(channel, opening, enough=Enough(events=1000, seconds=5))
    assert (made.ended, made.failure) == (ended, told)
    codes = {found.code for found in findings(channel, made)}
    assert codes == ({"event-too-large"} if ended is Ending.event_cap else set())


def test_a_recording_ends_with_the_last_event_that_was_wanted(channel):
    with HostileServer(says(HEAD, b"".join([ONE, b":\n\n"] * 50), then=hold)) as server:
        opening = StreamOpening(f"http://{server.address}/a")
        made = record(channel, opening, enough=Enough(events=7, seconds=5))
    assert made.ended is Ending.events
    assert len(made.events) == 7
    assert made.frames[-1] is made.events[-1]
    assert made.size == made.frames[-1].offset + len(made.frames[-1].raw)
    assert made.duration == made.seconds[-1]


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1", 1),
        ("2000 B", 2000),
        ("16MiB", 16 * 1024 * 1024),
        (" 64 mb ", 64_000_000),
        ("3K", 3000),
        ("1GiB", 1024**3),
        ("0", None),
        ("0MiB", None),
        ("", None),
        ("MiB", None),
        ("-1", None),
        ("1.5MiB", None),
        ("5iB", None),
        ("5TB", None),
        ("\u0665", None),
    ],
)
def test_a_size_is_read(text, size):
    assert size_in_bytes(text) == size


def test_more_wanted_events_allow_more_blocks():
    assert Limits.of(event=1, body=2, events=20) == Limits(event=1, body=2, frames=DEFAULT.frames)
    assert Limits.of(event=1, body=2, events=1_000_000).frames == 2_000_000
