"""Clients with one defect each in what they deliver, and in what they do with invalid events."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from typing import Any

from reference_client import Client, Event, Parser, Response

HANG_SECONDS = 8.0
_MOST_OF_BURST = 500


class Counts(Client):
    """Count the events of the connection that is read."""

    _number = 0

    def read(self, response: Response) -> Generator[object, None, bool]:
        self._number = 0
        return super().read(response)

    def deliver(self, event: Event) -> Iterator[object]:
        self._number += 1
        return self.counted(self._number, event)

    def counted(self, number: int, event: Event) -> Iterator[object]:
        return super().deliver(event)


class LosesSeventh(Counts):
    def counted(self, number: int, event: Event) -> Iterator[object]:
        return iter(()) if number % 7 == 0 else super().counted(number, event)


class LosesEmpty(Client):
    """Drop a payload that is false in Python."""

    def deliver(self, event: Event) -> Iterator[object]:
        for item in super().deliver(event):
            if item:
                yield item


class AddsKey(Client):
    """Put a key of its own into each object."""

    def payload(self, data: str) -> Any:
        payload = super().payload(data)
        return {**payload, "receivedBy": "feed"} if isinstance(payload, dict) else payload


class RejectsNegative(Client):
    """Reject each payload with a number below 0."""

    def payload(self, data: str) -> Any:
        payload = super().payload(data)
        if any(number < 0 for number in _numbers(payload)):
            raise ValueError("a number is negative")
        return payload


class Swaps(Counts):
    """Deliver the fourth event of a connection before the third."""

    _held: Event | None = None

    def read(self, response: Response) -> Generator[object, None, bool]:
        back = yield from super().read(response)
        yield from self._released()
        return back

    def counted(self, number: int, event: Event) -> Iterator[object]:
        if number == 3:
            self._held = event
            return
        yield from super().counted(number, event)
        yield from self._released()

    def _released(self) -> Iterator[object]:
        held, self._held = self._held, None
        if held is not None:
            yield from super().counted(0, held)


class Doubles(Counts):
    """Deliver the fifth event of a connection twice."""

    def counted(self, number: int, event: Event) -> Iterator[object]:
        for _ in range(2 if number == 5 else 1):
            yield from super().counted(number, event)


class Invents(Counts):
    """Deliver something of its own after the fourth event of a connection."""

    def counted(self, number: int, event: Event) -> Iterator[object]:
        yield from super().counted(number, event)
        if number == 4:
            yield {"status": "alive"}


class RoundsIntegers(Client):
    def payload(self, data: str) -> Any:
        return _rounded(super().payload(data))


class NamesBefore(Client):
    """Deliver pairs whose name is that of the event before."""

    _before = ""

    def deliver(self, event: Event) -> Iterator[object]:
        name, self._before = self._before or event.event, event.event
        for item in super().deliver(event):
            yield item if isinstance(item, Exception) else (name, item)


class StopsAfterThree(Counts):
    def read(self, response: Response) -> Generator[object, None, bool]:
        for item in super().read(response):
            yield item
            if self._number == 3:
                return False
        return True


class Fails(Client):
    """Fail before it asks for anything."""

    def run(self) -> Iterator[object]:
        raise RuntimeError("no such feed")
        yield


class NeverAsks(Client):
    """Wait, and ask for nothing."""

    def run(self) -> Iterator[object]:
        _hang()
        yield from ()


class Hangs(Client):
    """Stay after the end."""

    def run(self) -> Iterator[object]:
        try:
            yield from super().run()
        finally:
            _hang()


class KeepsInvalid(Client):
    """Validate nothing."""

    def payload(self, data: str) -> Any:
        return self.parse(data)


class SwallowsInvalid(Client):
    """Say nothing of what it rejects."""

    def deliver(self, event: Event) -> Iterator[object]:
        return (item for item in super().deliver(event) if not isinstance(item, ValueError))


class FailsAtInvalid(Client):
    def deliver(self, event: Event) -> Iterator[object]:
        for item in super().deliver(event):
            if isinstance(item, ValueError):
                raise item
            yield item


class LosesAfterInvalid(Client):
    """Drop the event after one that it rejects."""

    _drops = False

    def deliver(self, event: Event) -> Iterator[object]:
        for item in super().deliver(event):
            dropped, self._drops = self._drops, isinstance(item, ValueError)
            if not dropped or self._drops:
                yield item


class HandlesFewOfBurst(Client):
    """Deliver no more than some events of one chunk."""

    whole_chunks = True

    def events(self, parser: Parser, events: Iterator[Event]) -> Iterator[object]:
        for number, event in enumerate(events):
            if number < _MOST_OF_BURST:
                yield from self.deliver(event)


def _hang() -> None:
    """Ignore everything, for as long as a test may last."""
    deadline = time.monotonic() + HANG_SECONDS
    while time.monotonic() < deadline:
        time.sleep(0.05)


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _numbers(item)
    elif isinstance(value, int | float):
        yield value


def _rounded(value: Any) -> Any:
    """Return a value as JavaScript reads it: each integer that has a double is that double."""
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            return int(float(value))
        except OverflowError:
            return value
    return value
