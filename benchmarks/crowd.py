"""A crowd of clients at one server: events a second, how evenly they come, memory and CPU.

The servers are those of `crowd_server.py`, each in a process of its own; the crowd is in this one.
"""

from __future__ import annotations

import asyncio
import json
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import astuple, dataclass

import httpx
from child import Child
from crowd_server import BARE, GENERATED, LOOPBACK, PLAIN, channel

from pytest_asyncapi_sse.server.application import GeneratedServer
from pytest_asyncapi_sse.server.hosting import Host

SERVERS = (GENERATED, PLAIN, BARE)
REQUEST = b"GET /user/signedup HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"
END = b"\n\n"
EVENTS = 20
BROADCASTS = 100
DEADLINE = 120.0
AT_ONCE = 200
SPARE_FILES = 100
POLL_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class Seen:
    """Hold what a crowd saw of a server.

    `rate` is events a second to all clients together, `even` what the slowest client got of the
    fastest one's events, `cpu` the server's microseconds an event, `growth` its bytes a client.
    """

    rate: float
    even: float
    cpu: float
    growth: float
    connecting: float


class Process(Child):
    """Hold one server in a process of its own."""

    def __init__(self, name: str, work: str, events: list[str]) -> None:
        super().__init__("crowd_server.py", name, work)
        self.port = int(self.ask(json.dumps(events)))

    def usage(self) -> tuple[float, float]:
        """Return the bytes of memory now and the CPU seconds so far."""
        told = json.loads(self.ask("usage"))
        return told["memory"], told["cpu"]

    def send(self, count: int) -> None:
        """Send so many events to all clients."""
        self.ask(f"send {count}")


class Client(asyncio.Protocol):
    """Ask for the stream, and count its events by the empty lines that end them."""

    def __init__(self) -> None:
        self.count = 0
        self.answered = False
        self.lost = False
        self._is_within = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the request."""
        self.transport = transport
        transport.write(REQUEST)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        """Count; an end may be cut in two."""
        self.answered = True
        self.count += data.count(END) + (self._is_within and data[:1] == b"\n")
        self._is_within = data[-1:] == b"\n" and data[-2:] != END

    def connection_lost(self, _: Exception | None) -> None:
        """Keep that the server hung up."""
        self.lost = True


def allowed(clients: int) -> int:
    """Raise the limit of open files, and return for how many of the clients it is enough."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = clients + SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        return min(clients, soft - SPARE_FILES)
    return clients


def events_of_the_feed() -> list[str]:
    """Return the events that the generated server sends again and again."""
    with Host(GeneratedServer([channel()])) as host:
        text = ""
        with httpx.stream("GET", f"{host.base_url}/user/signedup", trust_env=False) as response:
            for piece in response.iter_bytes():
                text += piece.decode()
                if text.count("\n\n") >= EVENTS:
                    break
    return [f"{event}\n\n" for event in text.split("\n\n")[:EVENTS]]


def watched(work: str, clients: int, *, seconds: float, rounds: int) -> dict[str, Seen]:
    """Return the medians of what the crowd sees of each server, which take turns."""
    events = events_of_the_feed()
    found: dict[str, list[Seen]] = {name: [] for name in SERVERS}
    for _ in range(rounds):
        for name in SERVERS:
            with Process(name, work, events) as server:
                crowd = _fed(server, clients, seconds) if work == "feed" else _sent(server, clients)
                found[name].append(asyncio.run(crowd))
    return {
        name: Seen(*map(statistics.median, zip(*map(astuple, seen), strict=True)))
        for name, seen in found.items()
    }


async def _fed(server: Process, count: int, seconds: float) -> Seen:
    """Count for some seconds what each client gets of a feed of its own."""
    before, _ = server.usage()
    started = time.perf_counter()
    clients = await _connected(server.port, count)
    await _until(lambda: all(client.count for client in clients), clients)
    connecting = time.perf_counter() - started
    _, cpu_before = server.usage()
    started, counts = time.perf_counter(), [client.count for client in clients]
    await asyncio.sleep(seconds)
    got = [client.count - had for client, had in zip(clients, counts, strict=True)]
    took = time.perf_counter() - started
    after, cpu = server.usage()
    return _seen(clients, got, took, cpu - cpu_before, (after - before) / count, connecting)


async def _sent(server: Process, count: int) -> Seen:
    """Count what comes of events that the server sends to all clients."""
    before, _ = server.usage()
    started = time.perf_counter()
    clients = await _connected(server.port, count)
    await _until(lambda: all(client.answered for client in clients), clients)
    connecting = time.perf_counter() - started
    _, cpu_before = server.usage()
    started = time.perf_counter()
    server.send(BROADCASTS)
    await _until(lambda: all(client.count >= BROADCASTS for client in clients), clients)
    took = time.perf_counter() - started
    after, cpu = server.usage()
    got = [client.count for client in clients]
    return _seen(clients, got, took, cpu - cpu_before, (after - before) / count, connecting)


def _seen(
    clients: list[Client], got: list[int], took: float, cpu: float, growth: float, connecting: float
) -> Seen:
    for client in clients:
        client.transport.close()
    total = sum(got)
    return Seen(total / took, min(got) / max(got), cpu / total * 1e6, growth, connecting)


async def _connected(port: int, count: int) -> list[Client]:
    loop = asyncio.get_running_loop()
    clients: list[Client] = []
    for start in range(0, count, AT_ONCE):
        opening = range(start, min(start + AT_ONCE, count))
        made = (loop.create_connection(Client, LOOPBACK, port) for _ in opening)
        clients += [client for _, client in await asyncio.gather(*made)]
    return clients


async def _until(is_reached: Callable[[], bool], clients: list[Client]) -> None:
    deadline = time.perf_counter() + DEADLINE
    while not is_reached():
        if any(client.lost for client in clients) or time.perf_counter() > deadline:
            got = sorted(client.count for client in clients)
            raise SystemExit(f"a client got no further: {got[0]} to {got[-1]} events")
        await asyncio.sleep(POLL_SECONDS)
