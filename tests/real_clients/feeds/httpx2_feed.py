"""The feed with httpx2, as its documentation shows it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2


def listen(url: str, *, headers: dict[str, str]) -> Iterator[httpx2.ServerSentEvent]:
    """Yield the events of one connection."""
    with httpx2.Client() as client, client.sse(url, headers=headers) as source:
        yield from source
