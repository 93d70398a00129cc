"""A server of scripted bytes: each connection gets the next script, and a 204 after the last."""

from __future__ import annotations

import socket
import socketserver
import struct
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

_WAIT_SECONDS = 10
GONE = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True)
class Until:
    """Send nothing until the test sets this event."""

    event: threading.Event


@dataclass(frozen=True)
class Reset:
    """Break the connection off: the client's next read fails."""


Script = Sequence[bytes | Until | Reset]


@dataclass
class Asked:
    """Hold one request as it came."""

    method: str
    target: str
    headers: dict[str, bytes] = field(default_factory=dict)


def head(*headers: str, status: str = "200 OK", type: str | None = "text/event-stream") -> bytes:
    """Return a response head."""
    lines = [f"HTTP/1.1 {status}", *headers, "Connection: close"]
    lines += [] if type is None else [f"Content-Type: {type}"]
    return "\r\n".join([*lines, "", ""]).encode()


def chunk(part: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(part), part)


def stream(*parts: bytes, ended: bool = True) -> Script:
    """Return the script of an event stream in these HTTP chunks."""
    last = [b"0\r\n\r\n"] if ended else []
    return [head("Transfer-Encoding: chunked"), *map(chunk, parts), *last]


def page(status: str, body: bytes = b"", *headers: str, type: str | None = "text/html") -> Script:
    """Return the script of an answer that is no stream, with its length."""
    return [head(f"Content-Length: {len(body)}", *headers, status=status, type=type), body]


class ScriptedServer:
    """Serve scripts on loopback inside a `with` block; `asked` holds the requests, in order."""

    def __init__(self, *scripts: Script) -> None:
        self.play(*scripts)
        owner = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                owner._answer(self.request)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            block_on_close = True

            def handle_error(self, request: object, client_address: object) -> None:
                """Say nothing of a client that left."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.005,))

    def play(self, *scripts: Script) -> None:
        """Serve these scripts from now on, and forget what was asked before."""
        self.asked: list[Asked] = []
        self._scripts = list(scripts)

    def __enter__(self) -> ScriptedServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(_WAIT_SECONDS)
        assert not self._thread.is_alive()

    def _answer(self, connection: socket.socket) -> None:
        connection.settimeout(_WAIT_SECONDS)
        with connection.makefile("rb") as file:
            method, target, _ = file.readline().decode("latin-1").split(" ", 2)
            asked = Asked(method, target)
            while line := file.readline().strip():
                name, _, value = line.partition(b":")
                asked.headers[name.decode("latin-1").lower()] = value.strip()
        self.asked.append(asked)
        for step in self._scripts.pop(0) if self._scripts else [GONE]:
            if isinstance(step, Until):
                assert step.event.wait(_WAIT_SECONDS)
            elif isinstance(step, Reset):
                linger = struct.pack("ii", 1, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                connection.close()
                return
            else:
                connection.sendall(step)
