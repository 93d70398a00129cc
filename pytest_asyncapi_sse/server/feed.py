"""The feed of a generated server: seeded valid events on each connection until it closes."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import replace

from pytest_asyncapi_sse.checks.events import data_of
from pytest_asyncapi_sse.checks.fields import has_correlation_id
from pytest_asyncapi_sse.errors import hides_frame
from pytest_asyncapi_sse.model import Channel, Message
from pytest_asyncapi_sse.schema.narrowing import Drawable, Narrow, drawable
from pytest_asyncapi_sse.server.connection import Connection
from pytest_asyncapi_sse.server.events import event_name
from pytest_asyncapi_sse.server.fields import event_id, needed_fields
from pytest_asyncapi_sse.server.steps import Chunk
from pytest_asyncapi_sse.sse import Event, encode

__tracebackhide__ = hides_frame

_SAMPLES = 20
_PACE_SECONDS = 0.01

_Turn = tuple[Message, Event]


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
        self._channel = channel
        self._pace = pace

    async def run(self, connection: Connection) -> None:
        """Send one event after another, `pace` seconds apart, until the connection closes."""
        for number in itertools.count():
            if not connection.open or not self._turns:
                return
            message, event = self._turns[number % len(self._turns)]
            own = event_id(self._channel, message, number + 1)
            connection.push(Chunk(encode(replace(event, id=own))))
            await asyncio.sleep(self._pace)

    @staticmethod
    def _events(source: Drawable, seed: int) -> list[_Turn]:
        message, values = source.message, source.samples(_SAMPLES, seed_value=seed)
        # An event may lack what the schema does not require, but not its correlation id.
        correlated = [value for value in values if has_correlation_id(message, value, None)]
        name, retry = event_name(source.channel, message), needed_fields(message).retry
        return [
            (message, Event(data=data_of(message, value), event=name, retry=retry))
            for value in correlated or values
        ]


def _interleaved(lists: list[list[_Turn]]) -> Iterator[_Turn]:
    for turn in itertools.zip_longest(*lists):
        yield from (event for event in turn if event is not None)
