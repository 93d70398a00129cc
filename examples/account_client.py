"""A client of the service, built on httpx-sse."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
from httpx_sse import ServerSentEvent, connect_sse


def listen(url: str) -> Iterator[ServerSentEvent]:
    """Yield each event of a stream until the server ends it."""
    with (
        httpx.Client(timeout=None, trust_env=False) as client,
        connect_sse(client, "GET", url) as source,
    ):
        yield from source.iter_sse()
