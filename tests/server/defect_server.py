"""A server of bytes written by hand: what a request gets is a script, picked by its path."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass

HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
    b"Cache-Control: no-store\r\nConnection: close\r\n\r\n"
)
_STOP_SECONDS = 10


@dataclass(frozen=True)
class Pause:
    """Send nothing for so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Hold:
    """Keep the connection open until the client leaves."""


Step = bytes | Pause | Hold
Script = tuple[Step, ...]


def head(*headers: str, status: str = "200 OK", type: str | None = "text/event-stream") -> bytes:
    """Return a response head; without a header that says otherwise nothing may be stored."""
    lines = [f"HTTP/1.1 {status}"]
    lines += [] if type is None else [f"Content-Type: {type}"]
    lines += headers
    if not any(line.lower().startswith("cache-control") for line in headers):
        lines.append("Cache-Control: no-store")
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode()


def chunked(*parts: bytes, ended: bool = True) -> bytes:
    """Return a body in chunks, without the last one where it is not ended."""
    chunks = [b"%x\r\n%s\r\n" % (len(part), part) for part in parts]
    return b"".join([*chunks, b"0\r\n\r\n" if ended else b""])


class DefectServer:
    """Serve scripts on loopback, inside a `with` block, in a thread of its own."""

    def __init__(self, scripts: Mapping[str, Script]) -> None:
        self._scripts = scripts
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()))
        self._connections: set[asyncio.Task[None]] = set()
        self.url = ""

    def __enter__(self) -> DefectServer:
        self._thread.start()
        assert self._ready.wait(_STOP_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_STOP_SECONDS)
        assert not self._thread.is_alive()
        assert self._connections == set()

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._ready.set()
        await self._stop.wait()
        server.close()
        for connection in list(self._connections):
            connection.cancel()
        while self._connections:
            await asyncio.sleep(0.01)
        await server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            # A client that leaves in the middle of a script is what a recording does.
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await self._answer(reader, writer)
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()
        finally:
            self._connections.discard(task)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        path = request.split(b" ")[1].decode()
        for step in self._scripts[path]:
            if isinstance(step, Pause):
                await asyncio.sleep(step.seconds)
            elif isinstance(step, Hold):
                await reader.read()
            else:
                writer.write(step)
                await writer.drain()
