"""The servers that `crowd.py` measures: `python benchmarks/crowd_server.py NAME feed|all`.

The events come as a JSON list on the first line of standard input, and the port goes out. Then
`usage` tells memory and CPU, and `send N` sends N events to all clients.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import resource
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import uvicorn

from pytest_asyncapi_sse import Channel, load
from pytest_asyncapi_sse.server.application import GeneratedServer
from pytest_asyncapi_sse.server.hosting import Host
from pytest_asyncapi_sse.server.steps import Chunk

GENERATED, PLAIN, BARE = "generated server", "plain asyncio", "bare uvicorn"
EXAMPLES = Path(__file__).parents[1] / "examples"
LOOPBACK = "127.0.0.1"
# What the generated server waits between two events of its feed.
PACE = 0.01
BACKLOG = 2048
HEAD = {
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
}


class Server(Protocol):
    """Serve events, each client its own or all the same, in a thread of its own."""

    port: int

    def send(self, count: int) -> None:
        """Send so many events to all clients, one in each turn of the loop."""


def channel() -> Channel:
    """Return the stream that the generated server serves."""
    return load(EXAMPLES / "account.yaml").streams["userSignups"]


class GeneratedCrowdServer:
    """The generated server, hosted as for a test."""

    def __init__(self, events: list[bytes], *, feeds: bool) -> None:
        stream = channel()
        self._events = events
        application = GeneratedServer([stream], emit=feeds)
        self._hub = application.hubs[stream.name]
        self._host = Host(application).start()
        self.port = int(self._host.base_url.rpartition(":")[2])

    def send(self, count: int) -> None:
        """Push events to the hub."""
        work = _to_all(self._events, count, lambda event: self._hub.push(Chunk(event)))
        asyncio.run_coroutine_threadsafe(work, self._host.loop)


class PlainServer:
    """A server on asyncio's streams, without a framework: a task for each client."""

    def __init__(self, events: list[bytes], *, feeds: bool) -> None:
        self._events, self._feeds = events, feeds
        self._writers: list[asyncio.StreamWriter] = []
        self._loop, self.port = _looped(self._start)

    async def _start(self) -> int:
        server = await asyncio.start_server(self._answer, LOOPBACK, 0, backlog=BACKLOG)
        port: int = server.sockets[0].getsockname()[1]
        return port

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        fields = "".join(f"{name}: {value}\r\n" for name, value in HEAD.items())
        writer.write(f"HTTP/1.1 200 OK\r\n{fields}connection: close\r\n\r\n".encode())
        if not self._feeds:
            self._writers.append(writer)
            return
        with contextlib.suppress(ConnectionError):
            for event in itertools.cycle(self._events):
                writer.write(event)
                await writer.drain()
                await asyncio.sleep(PACE)

    def send(self, count: int) -> None:
        """Write to each client in turn."""

        def push(event: bytes) -> None:
            for writer in self._writers:
                writer.write(event)

        asyncio.run_coroutine_threadsafe(_to_all(self._events, count, push), self._loop)


class BareServer:
    """An ASGI application of a dozen lines on uvicorn, with the same HTTP parser."""

    def __init__(self, events: list[bytes], *, feeds: bool) -> None:
        self._events, self._feeds = events, feeds
        self._queues: list[asyncio.Queue[bytes]] = []
        self._loop, self.port = _looped(self._start)

    async def _start(self) -> int:
        # As uvicorn binds it by itself, so that TCP_NODELAY is on.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.bind((LOOPBACK, 0))
        config = uvicorn.Config(
            self._answer,
            backlog=BACKLOG,
            interface="asgi3",
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
        )
        config.load()
        server = uvicorn.Server(config)
        server.lifespan = config.lifespan_class(config)
        await server.startup(sockets=[listener])
        self._ticks = asyncio.create_task(server.main_loop())
        port: int = listener.getsockname()[1]
        return port

    async def _answer(self, _scope: Any, _receive: Any, send: Any) -> None:
        head = [(name.encode(), value.encode()) for name, value in HEAD.items()]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        if self._feeds:
            for event in itertools.cycle(self._events):
                await send({"type": "http.response.body", "body": event, "more_body": True})
                await asyncio.sleep(PACE)
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        self._queues.append(queue)
        while True:
            event = await queue.get()
            await send({"type": "http.response.body", "body": event, "more_body": True})

    def send(self, count: int) -> None:
        """Put events into each client's queue."""

        def push(event: bytes) -> None:
            for queue in self._queues:
                queue.put_nowait(event)

        asyncio.run_coroutine_threadsafe(_to_all(self._events, count, push), self._loop)


async def _to_all(events: list[bytes], count: int, push: Callable[[bytes], None]) -> None:
    for event in itertools.islice(itertools.cycle(events), count):
        push(event)
        await asyncio.sleep(0)


def _looped(start: Callable[[], Any]) -> tuple[asyncio.AbstractEventLoop, int]:
    """Run a loop in a thread, and return it with what `start` returns in it."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    return loop, asyncio.run_coroutine_threadsafe(start(), loop).result()


def usage() -> dict[str, float]:
    """Return the memory in bytes that this process has now, and the CPU seconds that it used."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    return {"memory": _resident(), "cpu": spent.ru_utime + spent.ru_stime}


def _resident() -> int:
    status = Path("/proc/self/status")
    if status.is_file():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _commands() -> Iterator[list[str]]:
    for line in sys.stdin:
        yield line.split()


KINDS: dict[str, Callable[..., Server]] = {
    GENERATED: GeneratedCrowdServer,
    PLAIN: PlainServer,
    BARE: BareServer,
}


def main(name: str, work: str) -> None:
    """Serve until standard input ends."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    events = [event.encode() for event in json.loads(sys.stdin.readline())]
    server = KINDS[name](events, feeds=work == "feed")
    print(server.port, flush=True)
    for command in _commands():
        if command[0] == "send":
            server.send(int(command[1]))
        print(json.dumps(usage()), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
