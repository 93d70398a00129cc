"""How fast a stream is judged, from its bytes to a verdict: `python benchmarks/stream.py`.

Beside what one writes by hand: the decoder of httpx-sse, `json.loads`, and a validator of
jsonschema that is built once and asserts formats. Both read the same bytes in turn, round after
round, in one process; the medians and their ratios are told. CPU time counts, but for the loopback
stream, whose server is a process of its own. Options: `--rounds N`, `--events N`.
"""

from __future__ import annotations

import argparse
import asyncio
import codecs
import importlib
import itertools
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import decode
import httpx
import jsonschema
from httpx_sse import connect_sse
from httpx_sse._decoders import SSEDecoder, SSELineDecoder
from racing import race
from validation import ORDER

from pytest_asyncapi_sse import Channel, load
from pytest_asyncapi_sse.checks.events import check_events, judge
from pytest_asyncapi_sse.client.exchange import StreamOpening
from pytest_asyncapi_sse.client.record import Enough, record
from pytest_asyncapi_sse.schema import dump_json
from pytest_asyncapi_sse.sse import Decoder, Event, encode

ROUNDS = 9
EVENTS = 5_000
LOOPBACK_EVENTS = 20_000
CHUNK = 64 * 1024
HERE = Path(__file__).parent
DECODER_GOAL = 2.5
MEMORY_STEPS = (10_000, 100_000, 1_000_000)
MEMORY_GOAL = 5.0
MIB = 1024 * 1024
SEED = 20
SPLITS = 50


@dataclass(frozen=True)
class Subject:
    """Hold a channel, the schema of its one message, payloads that are good, and the goal."""

    name: str
    channel: Channel
    schema: Any
    payload: Callable[[int], Any]
    bad: Any
    goal: float

    def body(self, events: int, *, bad_each: int = 0) -> bytes:
        """Return the bytes of so many events; where asked, each so many-th of them is bad."""
        payloads = (
            self.bad if bad_each and number % bad_each == 0 else self.payload(number)
            for number in range(1, events + 1)
        )
        return b"".join(
            encode(Event(dump_json(payload), id=str(number)))
            for number, payload in enumerate(payloads, 1)
        )

    def validator(self) -> Any:
        """Return the validator that one builds by hand."""
        kind = jsonschema.Draft7Validator
        return kind(self.schema, format_checker=kind.FORMAT_CHECKER)


def main() -> None:
    """Print what the stream costs, or do the part of a child process."""
    options = _options()
    if options.child == "memory":
        _print_peaks()
    elif options.child == "server":
        asyncio.run(_serve())
    else:
        judging(options.rounds, options.events)
        decoding(options.rounds)
        memory()
        recording(options.rounds)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each is run")
    parser.add_argument("--events", type=int, default=EVENTS, help="how many events a body has")
    parser.add_argument("--child", choices=("memory", "server"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.rounds < 1 or options.events < 1:
        raise SystemExit("--rounds and --events have to be at least 1")
    return options


def subjects() -> tuple[Subject, Subject]:
    """Return the sign-ups of examples/account.yaml, and nested orders."""
    channel = load(HERE.parent / "examples" / "account.yaml").streams["userSignups"]
    (message,) = channel.streamed
    signups = Subject(
        "signup",
        channel,
        message.payload,
        lambda number: {"displayName": "Ada", "email": f"ada{number}@example.com"},
        {"displayName": "Ada", "email": 5},
        goal=2,
    )
    orders = Subject(
        "nested order",
        _orders(),
        ORDER,
        lambda number: {
            "id": f"ORD-{number:06}",
            "total": 12.5,
            "lines": [
                {"sku": f"SKU-{place}", "count": place, "tags": ["a", "b"]} for place in (1, 2, 3)
            ],
        },
        {"id": "ORD-000000", "lines": [{"sku": "SKU-3", "count": 0}]},
        goal=10,
    )
    return signups, orders


def _orders() -> Channel:
    document = {
        "asyncapi": "3.0.0",
        "info": {"title": "Orders", "version": "1.0.0"},
        "channels": {"orders": {"address": "orders", "messages": {"Order": {"payload": ORDER}}}},
        "operations": {
            "streamOrders": {"action": "send", "channel": {"$ref": "#/channels/orders"}}
        },
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        return load(path).streams["orders"]


def judging(rounds: int, events: int) -> None:
    """Print how many events a second come from bytes to a verdict."""
    print(f"from raw bytes to verdicts, medians of {rounds} rounds of CPU time")
    _print_head("events a second", "httpx-sse + json + jsonschema")
    for subject, bad_each in itertools.product(subjects(), (0, 100)):
        body = subject.body(events, bad_each=bad_each)
        chunks = [body[start : start + CHUNK] for start in range(0, len(body), CHUNK)]
        good = events - (events // bad_each if bad_each else 0)
        by_hand = subject.validator()
        runners = (
            lambda subject=subject, chunks=chunks: judged(subject.channel, chunks),
            lambda by_hand=by_hand, chunks=chunks: judged_by_hand(by_hand, chunks),
        )
        _expect(good, *runners)
        seconds = race(runners, rounds=rounds)
        name = f"{subject.name}, 1 of {bad_each} bad" if bad_each else subject.name
        _print_row(name, events, seconds, goal=0 if bad_each else subject.goal)
    print()


def judged(channel: Channel, chunks: Iterable[bytes]) -> int:
    """Count the good events as the contract tests and `receive()` find them."""
    decoder = Decoder()
    return sum(
        not judge(channel, frame).violations
        for chunk in chunks
        for frame in decoder.frames(chunk)
        if frame.event is not None
    )


def judged_by_hand(validator: Any, chunks: Iterable[bytes]) -> int:
    """Count the good events with the parts of others, put together as `EventSource` does it."""
    text = codecs.getincrementaldecoder("utf-8")(errors="replace")
    lines, events, good = SSELineDecoder(), SSEDecoder(), 0
    for chunk in chunks:
        for line in lines.decode(text.decode(chunk)):
            event = events.decode(line.rstrip("\n"))
            if event is not None:
                good += validator.is_valid(json.loads(event.data))
    return good


def decoding(rounds: int) -> None:
    """Print the ratios of the decoders by themselves, and which vectors ours passes."""
    print("the decoders by themselves")
    _print_head("events a second", "httpx-sse")
    ratios = []
    for name, event, count, size in decode.bodies():
        if not name.startswith("100 bytes"):
            continue
        body = event * count
        chunks = [body[start : start + size] for start in range(0, len(body), size)]
        runners = decode.decoder, decode.httpx_sse
        seconds = decode.rated(runners, chunks, expected=count, rounds=rounds)
        is_goal = size > len(event)
        _print_row(name, count, seconds, goal=DECODER_GOAL if is_goal else 0)
        ratios += [seconds[1] / seconds[0]] if is_goal else []
    print(f"  the least with many events a chunk: {min(ratios):.2f}x")
    print(f"  {_passed()}\n")


def _passed() -> str:
    """Say how many of the vectors in the tests' own table are passed, in three ways."""
    sys.path.insert(0, str(HERE.parent / "tests" / "sse"))
    table = importlib.import_module("test_decoder")
    places = random.Random(SEED)
    ways: dict[str, Callable[[bytes], list[list[bytes]]]] = {
        "whole": lambda stream: [[stream]],
        "byte by byte": lambda stream: [table.one_by_one(stream)],
        f"in {SPLITS} random cuts": lambda stream: [
            table.cut(stream, [places.randrange(300) for _ in range(places.randrange(1, 9))])
            for _ in range(SPLITS)
        ],
    }
    counts = {
        name: sum(
            all(table.fed(chunks) == table.expected(vector) for chunks in cuts(vector.stream))
            for vector in table.VECTORS
        )
        for name, cuts in ways.items()
    }
    told = ", ".join(f"{count} {name}" for name, count in counts.items())
    return f"vectors passed, of {len(table.VECTORS)}: {told}"


def memory() -> None:
    """Print the growth of a process that judges a million events."""
    print("memory of a process that judges nested orders, peak growth since the first 1,000 events")
    output = _child("memory").communicate()[0]
    peaks = [float(line) for line in output.split()]
    for count, peak in zip(MEMORY_STEPS, peaks, strict=True):
        print(f"  after {count:>9,} events {peak:>8.2f} MiB")
    growth = peaks[-1] - peaks[-2]
    verdict = "met" if growth < MEMORY_GOAL else "missed"
    print(f"  from 100,000 to 1,000,000: {growth:.2f} MiB, goal {MEMORY_GOAL:g}: {verdict}\n")


def _print_peaks() -> None:
    _, orders = subjects()
    body = orders.body(1_000)
    decoder = Decoder()
    start, seen = 0.0, 0
    for step in (1_000, *MEMORY_STEPS):
        while seen < step:
            for at in range(0, len(body), CHUNK):
                for frame in decoder.frames(body[at : at + CHUNK]):
                    seen += not judge(orders.channel, frame).violations
        start = start or _peak()
        if step in MEMORY_STEPS:
            print(_peak() - start)


def _peak() -> float:
    """Return the most memory that the process had, in MiB."""
    status = Path("/proc/self/status")
    # What getrusage tells of a child on Linux has the memory of its parent in it.
    if status.is_file():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB


def recording(rounds: int) -> None:
    """Print how many events a second of a loopback stream are recorded and judged."""
    print(f"a loopback stream of {LOOPBACK_EVENTS:,} events, recorded and judged, wall time")
    _print_head("events a second", "httpx + httpx-sse + json + jsonschema")
    server = _child("server")
    try:
        port = server.stdout.readline().strip() if server.stdout else ""
        for place, subject in enumerate(subjects()):
            url = f"http://127.0.0.1:{port}/{place}"
            by_hand = subject.validator()
            runners = (
                lambda subject=subject, url=url: recorded(subject.channel, url),
                lambda by_hand=by_hand, url=url: received_by_hand(by_hand, url),
            )
            _expect(LOOPBACK_EVENTS, *runners)
            seconds = race(runners, rounds=rounds, clock=time.perf_counter)
            _print_row(subject.name, LOOPBACK_EVENTS, seconds)
    finally:
        server.kill()
        server.wait()


def recorded(channel: Channel, url: str) -> int:
    """Record a stream to its end, and count the events that nothing is wrong with."""
    found = record(channel, StreamOpening(url), enough=Enough(events=sys.maxsize, seconds=60))
    return len(found.events) - len(check_events(channel, found))


def received_by_hand(validator: Any, url: str) -> int:
    """Receive a stream to its end, and count the good events."""
    with (
        httpx.Client(trust_env=False, timeout=60) as client,
        connect_sse(client, "GET", url) as source,
    ):
        return sum(validator.is_valid(json.loads(event.data)) for event in source.iter_sse())


async def _serve() -> None:
    """Serve the body of each subject at its number, a hundred events a write."""
    writes = [list(_writes(subject)) for subject in subjects()]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
            b"Cache-Control: no-store\r\nConnection: close\r\n\r\n"
        )
        for write in writes[int(request.split()[1].removeprefix(b"/"))]:
            writer.write(write)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def _writes(subject: Subject) -> Iterator[bytes]:
    body = subject.body(100)
    return itertools.repeat(body, LOOPBACK_EVENTS // 100)


def _child(part: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, __file__, "--child", part], stdout=subprocess.PIPE, text=True
    )


def _expect(count: int, *runners: Callable[[], int]) -> None:
    """Stop where one of them judges otherwise; each has run once then."""
    found = [runner() for runner in runners]
    if found != [count] * len(runners):
        raise SystemExit(f"found {found} good events, expected {count}")


def _print_head(what: str, theirs: str) -> None:
    print(f"  {what:<36} {'this package':>14}   {theirs}")


def _print_row(name: str, count: int, seconds: list[float], *, goal: float = 0) -> None:
    ours, theirs = seconds
    ratio = theirs / ours
    verdict = f", goal {goal:g}: {'met' if ratio >= goal else 'missed'}" if goal else ""
    print(
        f"  {name:<36} {count / ours:>12,.0f}/s {count / theirs:>12,.0f}/s {ratio:>7.2f}x{verdict}"
    )


if __name__ == "__main__":
    main()
