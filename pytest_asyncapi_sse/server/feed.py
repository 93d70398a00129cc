"""The feed of a generated server: seeded valid events on each connection until it closes."""

from __future__ import annotations

import asyncio
import functools
import itertools
import re
from collections.abc import Iterator
from dataclasses import replace

from pytest_asyncapi_sse.checks.events import data_of
from pytest_asyncapi_sse.checks.fields import has_correlation_id
from pytest_asyncapi_sse.errors import hides_frame
from pytest_asyncapi_sse.model import Channel, Message
from pytest_asyncapi_sse.schema import validator
from pytest_asyncapi_sse.schema.narrowing import Drawable, Narrow, drawable
from pytest_asyncapi_sse.server.connection import Connection
from pytest_asyncapi_sse.server.events import event_name
from pytest_asyncapi_sse.server.fields import event_id, needed_fields
from pytest_asyncapi_sse.server.sending import checked_seconds
from pytest_asyncapi_sse.server.steps import Chunk
from pytest_asyncapi_sse.sse import Event, encode

__tracebackhide__ = hides_frame

PACE_SECONDS = 0.01
_SAMPLES = 20
_KEPT = 4096
# A client that does not read is sent no more, so that nothing grows for it.
_MOST_WAITING = 100
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")

_Turn = tuple[Message, Event]


class Feed:
    """Emit valid events of a channel, the same ones in the same order on each connection.

    The messages take turns. The payloads are drawn when the feed is built, which may take a
    second for a large schema; with `examples`, those of the document that are valid come first.
    Where it `is_numbered`, each event has an id, and a client's `Last-Event-ID` is gone on after.
    One task beats for all connections: a timer and a wake-up for each of a thousand would cost as
    much as writing the events.
    """

    def __init__(
        self,
        channel: Channel,
        *,
        seed: int = 0,
        pace: float = PACE_SECONDS,
        narrow: Narrow | None = None,
        is_numbered: bool = False,
        examples: bool = False,
    ) -> None:
        self._pace = checked_seconds(pace, "pace")
        self._channel = channel
        self._is_numbered = is_numbered
        sources = [drawable(channel, message, narrow) for message in channel.generated]
        drawn = [_events(source, seed, examples=examples) for source in sources]
        self._turns = list(_interleaved(drawn))
        # All connections share the bytes of an event.
        self._chunk = functools.lru_cache(maxsize=_KEPT)(self._encoded)
        self._numbers: dict[Connection, Iterator[int]] = {}

    async def run(self, connection: Connection) -> None:
        """Send one event after another, `pace` seconds apart, until the connection closes."""
        if not self._turns:
            return
        numbers = itertools.count(self._first(connection))
        connection.push(self._chunk(next(numbers)))
        self._numbers[connection] = numbers
        if len(self._numbers) == 1:
            self._beating = asyncio.create_task(self._beat())
        try:
            await connection.wait_ended()
        finally:
            del self._numbers[connection]
            if not self._numbers:
                self._beating.cancel()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._pace)
            for connection, numbers in self._numbers.items():
                if connection.waiting <= _MOST_WAITING:
                    connection.push(self._chunk(next(numbers)))

    def _first(self, connection: Connection) -> int:
        """Return the number to begin with: the one after a number of ours, else 1."""
        last = connection.headers.get("last-event-id", "")
        return int(last) + 1 if self._is_numbered and _NUMBER.fullmatch(last) else 1

    def _encoded(self, number: int) -> Chunk:
        message, event = self._turns[(number - 1) % len(self._turns)]
        own = event_id(self._channel, message, number, is_asked=self._is_numbered)
        return Chunk(encode(replace(event, id=own)))


def _events(source: Drawable, seed: int, *, examples: bool) -> list[_Turn]:
    message, values = source.message, source.samples(_SAMPLES, seed_value=seed)
    # An event may lack what the schema does not require, but not its correlation id.
    correlated = [value for value in values if has_correlation_id(message, value, None)]
    given = _examples(message) if examples else []
    name, retry = event_name(source.channel, message), needed_fields(message).retry
    return [
        (message, Event(data=data_of(message, value), event=name, retry=retry))
        for value in (*given, *(correlated or values))
    ]


def _examples(message: Message) -> list[object]:
    is_valid = validator(message).is_valid
    given = [example.payload for example in message.examples if example.has_payload]
    return [payload for payload in given if is_valid(payload)]


def _interleaved(lists: list[list[_Turn]]) -> Iterator[_Turn]:
    for turn in itertools.zip_longest(*lists):
        yield from (event for event in turn if event is not None)
