"""A server that does what no server should: a plain socket, and a function for each connection."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable

Behaviour = Callable[[socket.socket], None]


class HostileServer:
    """Run a behaviour for each connection, in a thread of its own, inside a `with` block."""

    def __init__(self, behaviour: Behaviour, *, reads: bool = True) -> None:
        self._behaviour = behaviour
        self._reads = reads
        self._listening = socket.create_server(("127.0.0.1", 0))
        # What is not read is to fill up soon.
        self._listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.address = f"127.0.0.1:{self._listening.getsockname()[1]}"

    def __enter__(self) -> HostileServer:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        for sock in [self._listening, *self._open]:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listening.accept()
                self._open.append(sock)
                self._start(self._serve, sock)

    def _serve(self, sock: socket.socket) -> None:
        # A client that leaves is what each of these is to end with.
        with contextlib.suppress(OSError), sock:
            request = b""
            while self._reads and b"\r\n\r\n" not in request:
                byte = sock.recv(1)
                if not byte:
                    return
                request += byte
            self._behaviour(sock)


def hold(sock: socket.socket) -> None:
    """Say nothing, and read nothing more, until the client leaves or the test ends."""
    for _ in range(600):
        time.sleep(0.05)
        with contextlib.suppress(BlockingIOError):
            if sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b"":
                return


def says(*parts: bytes, then: Behaviour | None = None) -> Behaviour:
    """Return what sends a few parts, 0.1 s apart, and closes or goes on."""

    def behave(sock: socket.socket) -> None:
        for number, part in enumerate(parts):
            time.sleep(0.1 if number else 0)
            sock.sendall(part)
        if then is not None:
            then(sock)

    return behave


def repeats(part: bytes, *, times: int | None = None, then: Behaviour | None = None) -> Behaviour:
    """Return what sends a part so many times, or for ever."""

    def behave(sock: socket.socket) -> None:
        sent = 0
        while times is None or sent < times:
            sock.sendall(part)
            sent += 1
        if then is not None:
            then(sock)

    return behave


def drips(text: bytes) -> Behaviour:
    """Return what sends a byte ten times a second, and begins anew at the end."""

    def behave(sock: socket.socket) -> None:
        while True:
            for byte in text:
                sock.sendall(bytes([byte]))
                time.sleep(0.1)

    return behave


def resets(sock: socket.socket) -> None:
    """Break the connection off with a reset."""
    time.sleep(0.1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
