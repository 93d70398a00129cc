"""The feed with httpx-sse, as its README shows it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
from httpx_sse import ServerSentEvent, connect_sse


def listen(url: str, *, headers: dict[str, str]) -> Iterator[ServerSentEvent]:
    """Yield the events of one connection."""
    with (
        httpx.Client() as client,
        connect_sse(client, "GET", url, headers=headers) as event_source,
    ):
        yield from event_source.iter_sse()
