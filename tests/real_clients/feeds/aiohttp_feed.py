"""The feed with aiohttp-sse-client2, as its README shows it."""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiohttp_sse_client2 import client as sse_client


async def listen(url: str, *, headers: dict[str, str]) -> AsyncIterator[sse_client.MessageEvent]:
    """Yield the events of the stream; the library connects again by itself."""
    async with sse_client.EventSource(url, headers=headers) as event_source:
        try:
            async for event in event_source:
                yield event
        except ConnectionError:
            pass
