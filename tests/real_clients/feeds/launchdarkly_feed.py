"""The feed with launchdarkly-eventsource, as its documentation shows it."""

from __future__ import annotations

from collections.abc import Iterator

from ld_eventsource import SSEClient
from ld_eventsource.actions import Event
from ld_eventsource.config import ConnectStrategy, ErrorStrategy


def listen(url: str, *, headers: dict[str, str]) -> Iterator[Event]:
    """Yield the events of the stream; told to continue, the library connects again."""
    client = SSEClient(
        connect=ConnectStrategy.http(url, headers=headers),
        error_strategy=ErrorStrategy.always_continue(),
    )
    yield from client.events
