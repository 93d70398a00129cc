"""Hosting of one ASGI application on a loopback port, in a thread that ends for certain."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading
import time
import traceback
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from pytest_asyncapi_sse.errors import HostingError

ASGIMessage = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[ASGIMessage]]
Send = Callable[[ASGIMessage], Awaitable[None]]
ASGIApplication = Callable[[ASGIMessage, Receive, Send], Awaitable[None]]

LOOPBACK = "127.0.0.1"
# The extension of the ASGI scope with a function that breaks the connection once it has written.
BREAK = "asyncapi.break"
_STOP_SECONDS = 3.0
_LIFESPAN_SECONDS = 2.0
_POLL_SECONDS = 0.002


class _Protocol(H11Protocol):
    """Let an application break its connection, as a crash or a proxy does."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        application = self.app

        async def reachable(scope: Any, receive: Any, send: Any) -> None:
            scope["extensions"] = {**scope.get("extensions", {}), BREAK: self._break}
            await application(scope, receive, send)

        self.app = reachable

    def _break(self) -> None:
        self.transport.close()

    def send_400_response(self, msg: str) -> None:
        observed = self.config.app
        if isinstance(observed, _Observed):
            observed.misread += 1
        super().send_400_response(msg)


class _Server(uvicorn.Server):
    """Stop at once instead of waiting for streams that never end."""

    stopping: asyncio.Event

    async def main_loop(self) -> None:
        while not self.should_exit:
            await self.on_tick(0)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), 1.0)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        # The connections learn of their end first: uvicorn then logs no error for their tasks.
        await asyncio.sleep(0)
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_LIFESPAN_SECONDS)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.lifespan.shutdown(), _LIFESPAN_SECONDS)


class _Observed:
    """Wrap an application so that the reason of a failed start is kept.

    `misread` counts what came that is no HTTP.
    """

    def __init__(self, application: ASGIApplication) -> None:
        self.application = application
        self.failure = ""
        self.misread = 0

    async def __call__(self, scope: ASGIMessage, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
            return
        # A stream that is cut when the server stops is no failure of the application.
        with contextlib.suppress(asyncio.CancelledError):
            await self.application(scope, receive, send)

    async def _lifespan(self, scope: ASGIMessage, receive: Receive, send: Send) -> None:
        async def observed(message: ASGIMessage) -> None:
            if message["type"] == "lifespan.startup.failed":
                self.failure = _reason_in(message.get("message") or "no reason given")
            await send(message)

        await self.application(scope, receive, observed)


class Host:
    """Serve an ASGI application at `base_url` between `start` and `stop`.

    Over real HTTP, on a free port of 127.0.0.1 unless an `address` of a host and a port is given,
    since in-process transports buffer endless streams. `start` raises HostingError where the
    application does not come up within `timeout` seconds, OSError where the address can't be had;
    `stop` raises HostingError where it does not end.
    """

    def __init__(
        self,
        application: ASGIApplication,
        *,
        name: str = "the application",
        timeout: float = 10.0,
        address: tuple[str, int] = (LOOPBACK, 0),
        stop_seconds: float = _STOP_SECONDS,
    ) -> None:
        self.name = name
        self.base_url = ""
        self._observed = _Observed(application)
        self._timeout = timeout
        self._stop_seconds = stop_seconds
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._wanted = address
        self._address = ""
        self._deadline = 0.0

    @property
    def misread(self) -> int:
        """How many times something came that is no HTTP."""
        return self._observed.misread

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop that the application runs in."""
        if self._loop is None:
            raise HostingError(f"{self.name} is not being served: enter the `with` block first")
        return self._loop

    def __enter__(self) -> Host:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> Host:
        """Bind a free port, start the application and return once it takes connections."""
        self._launch()
        while not self._is_up():
            time.sleep(_POLL_SECONDS)
        return self

    async def start_async(self) -> Host:
        """Do as `start` does without blocking the caller's event loop."""
        self._launch()
        while not self._is_up():
            await asyncio.sleep(_POLL_SECONDS)
        return self

    def stop(self) -> None:
        """Cut every open stream, end the application and wait until its thread is gone."""
        deadline = self._request_stop()
        while self._is_running(deadline):
            time.sleep(_POLL_SECONDS)

    async def stop_async(self) -> None:
        """Do as `stop` does without blocking the caller's event loop."""
        deadline = self._request_stop()
        while self._is_running(deadline):
            await asyncio.sleep(_POLL_SECONDS)

    def _launch(self) -> None:
        host = self._wanted[0]
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server(self._wanted, family=family, backlog=2048)
        named = f"[{host}]" if ":" in host else host
        self._address = f"http://{named}:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            self._observed,
            http=_Protocol,
            ws="none",
            loop="asyncio",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=0,
        )
        self._server = _Server(config)
        self._deadline = time.monotonic() + self._timeout
        self._thread = threading.Thread(
            target=self._run, args=(self._server, listener), name=f"serve {self.name}", daemon=True
        )
        self._thread.start()

    def _is_up(self) -> bool:
        server, thread = self._server, self._thread
        if server is None or thread is None:
            return False
        if server.started:
            self.base_url = self._address
            return True
        if not thread.is_alive():
            raise HostingError(f"{self.name} failed to start: {self._reason()}")
        if time.monotonic() > self._deadline:
            self._request_stop()
            raise HostingError(
                f"{self.name} did not start within {self._timeout:g} s; its startup code"
                " is still running"
            )
        return False

    def _request_stop(self) -> float:
        server, loop = self._server, self._loop
        if server is not None:
            server.should_exit = True
        if server is not None and loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended on its own
                loop.call_soon_threadsafe(server.stopping.set)
        return time.monotonic() + self._stop_seconds

    def _is_running(self, deadline: float) -> bool:
        thread = self._thread
        if thread is None or not thread.is_alive():
            self._thread = None
            return False
        if time.monotonic() > deadline:
            self._thread = None
            raise HostingError(
                f"{self.name} did not stop within {self._stop_seconds:g} s; does it swallow"
                " asyncio.CancelledError?"
            )
        return True

    def _run(self, server: _Server, listener: socket.socket) -> None:
        async def main() -> None:
            server.stopping = asyncio.Event()
            self._loop = asyncio.get_running_loop()
            await server.serve(sockets=[listener])

        try:
            with _quiet_writes():
                asyncio.run(main())
        except BaseException as error:  # uvicorn leaves by SystemExit where the start fails
            self._failure = error
        finally:
            listener.close()

    def _reason(self) -> str:
        if self._observed.failure:
            return self._observed.failure
        failure = self._failure
        if failure is None:
            return "it ended at once"
        return "".join(traceback.format_exception_only(failure)).strip()


@contextlib.contextmanager
def _quiet_writes() -> Iterator[None]:
    """Keep asyncio from logging each write of this thread to a client that is gone.

    One that sends a thousand events in a row would drown a report, and take seconds for it.
    """
    thread = threading.get_ident()

    def is_kept(record: logging.LogRecord) -> bool:
        return record.thread != thread or record.msg != "socket.send() raised exception."

    logger = logging.getLogger("asyncio")
    logger.addFilter(is_kept)
    try:
        yield
    finally:
        logger.removeFilter(is_kept)


def _reason_in(text: str) -> str:
    """Return the last line of a traceback, with the file and line that raised it."""
    lines = [line.strip() for line in text.strip().splitlines()]
    places = [line for line in lines if line.startswith('File "')]
    if not places:
        return lines[-1]
    return f"{lines[-1]} ({places[-1].partition(', in ')[0].removeprefix('File ')})"
