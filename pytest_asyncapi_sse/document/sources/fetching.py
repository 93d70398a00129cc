"""Fetching: the contents of a URL, within bounds of bytes, of seconds and of hosts."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_asyncapi_sse.document.problems import unreadable
from pytest_asyncapi_sse.document.sources.access import host_of, shown_url
from pytest_asyncapi_sse.document.sources.disk import MAX_BYTES
from pytest_asyncapi_sse.errors import shown

if TYPE_CHECKING:
    import httpx

URL_TIMEOUT = 10.0
URL_DEADLINE = 3 * URL_TIMEOUT
TOTAL_DEADLINE = 2 * URL_DEADLINE
MAX_REDIRECTS = 20

MayReach = Callable[[str], bool]


@dataclass(frozen=True, slots=True, eq=False)
class Fetched:
    """Hold the bytes of a URL, and the URL that gave them after all redirects."""

    url: str
    contents: bytes


class Fetcher:
    """Fetch URLs one after the other; all of them share one deadline."""

    def __init__(self) -> None:
        self._spent = 0.0
        self._tls: ssl.SSLContext | None = None

    def fetch(self, url: str, *, may_reach: MayReach | None = None) -> Fetched:
        """Fetch a URL; `may_reach` judges where redirects lead. Raises DocumentError."""
        import httpx

        name = checked_url(url)
        seconds = min(URL_DEADLINE, TOTAL_DEADLINE - self._spent)
        if seconds <= 0:
            message = f"{name} is not fetched: all files took longer than {TOTAL_DEADLINE:g} s"
            raise unreadable(message)
        started = time.monotonic()
        if self._tls is None:
            self._tls = httpx.create_ssl_context()
        try:
            with (
                httpx.Client(timeout=URL_TIMEOUT, verify=self._tls) as client,
                _cut_off(seconds) as cut,
            ):
                response = _answer(client, url, name, may_reach, cut)
                with closing(response):
                    contents = _body(response, name)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            # A host name that can't be encoded is a ValueError of the standard library.
            if time.monotonic() - started >= seconds:
                raise unreadable(f"{name} took longer than {seconds:g} s") from None
            reason = str(error) or type(error).__name__
            raise unreadable(f"{name} can't be fetched: {reason}") from None
        finally:
            self._spent += time.monotonic() - started
        # A body that ends with its connection looks complete where it was cut off.
        if time.monotonic() - started >= seconds:
            raise unreadable(f"{name} took longer than {seconds:g} s")
        return Fetched(str(response.url), contents)


def checked_url(url: str) -> str:
    """Return a URL as it may be shown; raises DocumentError where it is none."""
    try:
        return shown_url(url)
    except ValueError as error:
        name = shown(url.rpartition("@")[2], 120)
        raise unreadable(f"{name} is no URL: {error}") from None


def _answer(
    client: httpx.Client, url: str, name: str, may_reach: MayReach | None, trace: Any
) -> httpx.Response:
    """Return the open response of a URL, redirects followed one by one."""
    import httpx

    request = client.build_request("GET", url, extensions={"trace": trace})
    for _ in range(MAX_REDIRECTS):
        # Judged as httpx reads it: what it connects to is what counts.
        if may_reach is not None and not may_reach(str(request.url)):
            raise _refused_redirect(name, str(request.url))
        response = client.send(request, stream=True)
        if response.next_request is None:
            break
        response.close()
        if (request.url.scheme, response.next_request.url.scheme) == ("https", "http"):
            target = checked_url(str(response.next_request.url))
            raise unreadable(f"{name} is redirected to {target}, from https down to http")
        request = response.next_request
    else:
        raise unreadable(f"{name} is redirected more than {MAX_REDIRECTS} times")
    if response.status_code != httpx.codes.OK:
        response.close()
        raise unreadable(f"{name} answered {response.status_code}, expected 200")
    return response


def _refused_redirect(name: str, url: str) -> Exception:
    host = host_of(url)
    allowing = f"Give --asyncapi-allow-remote {host} too, or map" if host else "Map"
    return unreadable(
        f"{name} is redirected to {checked_url(url)}, and {host or 'that'} is not allowed",
        advice=f"{allowing} the URL to a copy with --asyncapi-map {name}=FILE.",
    )


def _body(response: httpx.Response, name: str) -> bytes:
    contents = bytearray()
    for chunk in response.iter_bytes():
        contents += chunk
        if len(contents) > MAX_BYTES:
            raise unreadable(f"{name} has more than {MAX_BYTES:,} bytes")
    return bytes(contents)


@contextmanager
def _cut_off(seconds: float) -> Iterator[Callable[[str, Any], None]]:
    """Shut what is connected when the time is over; yields what httpx tells of connections.

    The timeouts of httpx start again with each byte, so that a slow peer could hold on for ever.
    """
    streams: list[Any] = []
    is_over = threading.Event()

    def trace(event: str, info: dict[str, Any]) -> None:
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            streams.append(info["return_value"])
        if is_over.is_set():
            cut()

    def cut() -> None:
        is_over.set()
        for stream in streams:
            with suppress(OSError, AttributeError):
                stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield trace
    finally:
        timer.cancel()
        timer.join()
