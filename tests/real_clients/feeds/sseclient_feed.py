"""The feed with sseclient-py over httpx, as its README shows it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import sseclient


def listen(url: str, *, headers: dict[str, str]) -> Iterator[sseclient.Event]:
    """Yield the events of one connection."""
    with httpx.stream("GET", url, headers=headers) as stream:
        yield from sseclient.SSEClient(stream.iter_bytes()).events()
