"""The feed of a generated server: seeded valid events on each connection until it closes."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator

from pytest_asyncapi_sse.checks.events import data_of
from pytest_asyncapi_sse.errors import hides_frame
from pytest_asyncapi_sse.model import Channel
from pytest_asyncapi_sse.schema.narrowing import Drawable, Narrow, drawable
from pytest_asyncapi_sse.server.connection import Connection
from pytest_asyncapi_sse.server.events import event_name
from pytest_asyncapi_sse.sse import Event, encode

__tracebackhide__ = hides_frame

_SAMPLES = 20
_PACE_SECONDS = 0.01


class Feed:
    """Emit valid events of a channel, the same ones in the same order on each connection.

    The messages take turns. The payloads are drawn when the feed is built, which may take a
    second for a large schema.
    """

    def __init__(
        self,
        channel: Channel,
        *,
        seed: int = 0,
        pace: float = _PACE_SECONDS,
        narrow: Narrow | None = None,
    ) -> None:
        sources = [drawable(channel, message, narrow) for message in channel.generated]
        drawn = [self._events(source, seed) for source in sources]
        self._turns = list(_interleaved(drawn))
        self._pace = pace

    async def run(self, connection: Connection) -> None:
        """Send one event after another, `pace` seconds apart, until the connection closes."""
        for number in itertools.count():
            if not connection.open or not self._turns:
                return
            event = self._turns[number % len(self._turns)]
            connection.push(encode(event))
            await asyncio.sleep(self._pace)

    @staticmethod
    def _events(source: Drawable, seed: int) -> list[Event]:
        values = source.samples(_SAMPLES, seed_value=seed)
        name = event_name(source.channel, source.message)
        return [Event(data=data_of(source.message, value), event=name) for value in values]


def _interleaved(lists: list[list[Event]]) -> Iterator[Event]:
    for turn in itertools.zip_longest(*lists):
        yield from (event for event in turn if event is not None)
