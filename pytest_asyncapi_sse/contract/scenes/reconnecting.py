"""The scenes of an end: the client must come back, where the standard says so, and lose nothing.

Source: WHATWG HTML, section 9.2.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from pytest_asyncapi_sse.checks.conversation import Asked, Conversation
from pytest_asyncapi_sse.checks.delivery import Sent, compare
from pytest_asyncapi_sse.contract.conversing import Progress, Until, arrived
from pytest_asyncapi_sse.contract.scenes.plot import Plot
from pytest_asyncapi_sse.contract.scenes.scene import Scene
from pytest_asyncapi_sse.errors import Violation, shown
from pytest_asyncapi_sse.server.events import retry_bytes
from pytest_asyncapi_sse.server.stage import Script
from pytest_asyncapi_sse.server.steps import Answer, Chunk, End

SHORT_MS = 50
LONG_MS = 700
# Clocks and schedulers differ: a client that waits is never told that it did not.
TOLERANCE = 0.85
_LEAST_WATCH = 0.5
_LAST_EVENT_ID = "last-event-id"
_OF_IDS = ("missing-last-event-id", "wrong-last-event-id")


@dataclass(frozen=True)
class _Return(Scene):
    """End a stream after two events with ids, and go on with the next ones on the next."""

    name: str
    code: str
    abrupt: bool
    slow: bool = True
    capability: str | None = "reconnect"
    parts: ClassVar[tuple[str, ...]] = ("last-event-id",)

    def script(self, plot: Plot) -> Script:
        """Return two streams; where the first one breaks, it does so within an event."""
        begun = f'id: {plot.id(3)}\ndata: {{"'.encode()
        before = [
            *plot.opening(SHORT_MS),
            plot.numbered(2),
            *plot.waiting(SHORT_MS),
            *([begun] if self.abrupt else []),
        ]
        after = [plot.numbered(3), plot.numbered(4)]
        return Script(
            (
                Answer(steps=(*map(Chunk, before), End(self.abrupt))),
                Answer(steps=tuple(map(Chunk, after))),
            )
        )

    def until(self, plot: Plot) -> Until:
        """Return whether the client came back and delivered what came last."""
        has_arrived = arrived(_sent(plot, 4))
        return lambda progress: _came_back(progress) and has_arrived(progress)

    def judge(self, plot: Plot, told: Conversation) -> Iterator[Violation]:
        """Yield whether it came back, with which id, and what it lost or repeated."""
        if len(told.asked) < 2:
            how = "broke off" if self.abrupt else "ended"
            yield plot.violation(
                self.code,
                f"the client does not come back after the stream {how}",
                told,
                got=told.failure or ("it ended" if told.ended else "no second request"),
                expected=f"a second request, {SHORT_MS} ms after the end",
                advice="connect again, or declare that reconnect is not claimed",
            )
            return
        if plot.client.claims("last-event-id"):
            yield from self._id(plot, told)
        yield from self._delivery(plot, told)

    def _id(self, plot: Plot, told: Conversation) -> Iterator[Violation]:
        sent = told.asked[1].header(_LAST_EVENT_ID)
        wanted = plot.id(2)
        if _same_id(sent, wanted):
            return
        missing = sent is None
        yield plot.violation(
            "missing-last-event-id" if missing else "wrong-last-event-id",
            "the client comes back without the id of the last event"
            if missing
            else "the client comes back with another id than that of the last event",
            told,
            got="no Last-Event-ID" if missing else f"Last-Event-ID: {shown(sent)}",
            expected=f"Last-Event-ID: {wanted}",
            advice=(
                "send the id of the last whole event, or declare that last-event-id is not claimed"
            ),
        )

    def _delivery(self, plot: Plot, told: Conversation) -> Iterator[Violation]:
        codes = [fault.code for fault in compare(_sent(plot, 4), told.payloads)]
        lost = {"event-lost", "payload-altered", "event-reordered"}.intersection(codes)
        for code, is_so, verb in (
            ("lost-by-reconnect", lost, "loses an event"),
            ("repeated-by-reconnect", "event-duplicated" in codes, "delivers an event again"),
        ):
            if is_so:
                yield plot.violation(
                    code,
                    f"the client {verb} when it comes back",
                    told,
                    got=shown([item.payload for item in told.payloads]),
                    expected=shown([plot.case(number).payload for number in range(4)]),
                    advice="go on with the new stream as it is: each event is sent once",
                )


@dataclass(frozen=True)
class LoneId(Scene):
    """Set the id in a block of its own, as a server does that has nothing to tell yet."""

    name: str = "an id in a block of its own"
    slow: bool = True
    capability: str | None = "last-event-id"
    after: ClassVar[frozenset[str]] = frozenset({"no-reconnect", *_OF_IDS})

    def script(self, plot: Plot) -> Script:
        """Return a stream that ends with an id, and one to come back to."""
        lone = f"id: {plot.id(2)}\n\n".encode()
        first = retry_bytes(SHORT_MS) + plot.numbered(1) + b"".join(plot.waiting(SHORT_MS)) + lone
        second = plot.numbered(3)
        return Script((Answer(steps=(Chunk(first), End())), Answer(steps=(Chunk(second),))))

    def until(self, plot: Plot) -> Until:
        """Return whether the client came back."""
        del plot
        return _came_back

    def judge(self, plot: Plot, told: Conversation) -> Iterator[Violation]:
        """Yield that it came back with an older id."""
        wanted = plot.id(2)
        sent = told.asked[1].header(_LAST_EVENT_ID) if len(told.asked) > 1 else wanted
        if not _same_id(sent, wanted):
            yield plot.violation(
                "wrong-last-event-id",
                "the client forgets an id that came in a block without data",
                told,
                got="no Last-Event-ID" if sent is None else f"Last-Event-ID: {shown(sent)}",
                expected=f"Last-Event-ID: {wanted}",
                advice="take over the id at each blank line, also where no event is dispatched",
                frame=f"id: {wanted}\n\n".encode(),
            )


@dataclass(frozen=True)
class Retry(Scene):
    """Set the reconnection time in a block of its own, and end the stream."""

    name: str = "the reconnection time"
    slow: bool = True
    capability: str | None = "retry"
    after: ClassVar[frozenset[str]] = frozenset({"no-reconnect"})

    def script(self, plot: Plot) -> Script:
        """Return a stream that sets the time, and one to come back to."""
        events = (retry_bytes(LONG_MS), plot.event(plot.case(0)), *plot.waiting(LONG_MS))
        first = Answer(steps=(*map(Chunk, events), End()))
        return Script((first, Answer(steps=(Chunk(plot.event(plot.case(1))),))))

    def until(self, plot: Plot) -> Until:
        """Return whether the client came back."""
        del plot
        return _came_back

    def judge(self, plot: Plot, told: Conversation) -> Iterator[Violation]:
        """Yield that it came back too soon."""
        waited = _waited(told.asked)
        if waited is not None and waited < TOLERANCE * LONG_MS / 1000:
            yield plot.violation(
                "retry-ignored",
                "the client comes back sooner than the server asked for",
                told,
                got=f"a second request {waited * 1000:.0f} ms after the end",
                expected=f"{LONG_MS} ms or more, by `retry: {LONG_MS}`",
                advice="wait as long as the last retry field says, or declare that retry is not"
                " claimed",
                frame=retry_bytes(LONG_MS),
            )


@dataclass(frozen=True)
class NoContent(Scene):
    """Answer 204 to the client that comes back, which tells it to stop."""

    name: str = "204 No Content"
    slow: bool = True
    capability: str | None = "no-content"
    after: ClassVar[frozenset[str]] = frozenset({"no-reconnect"})

    def script(self, plot: Plot) -> Script:
        """Return a stream that ends; all that comes after is answered 204."""
        events = (retry_bytes(SHORT_MS), plot.event(plot.case(0)), *plot.waiting(SHORT_MS))
        first = Answer(steps=(*map(Chunk, events), End()))
        return Script((first,))

    def until(self, plot: Plot) -> Until:
        """Return whether the client asked a third time, or let more time pass than before."""
        del plot
        return _stays_away_or_asks

    def judge(self, plot: Plot, told: Conversation) -> Iterator[Violation]:
        """Yield that it asked again."""
        if len(told.asked) > 2:
            yield plot.violation(
                "reconnect-after-204",
                "the client comes back after 204, by which a server tells it to stop",
                told,
                got=f"{len(told.asked) - 2} more requests",
                expected="no request after 204 No Content",
                advice="stop for good at 204, or declare that no-content is not claimed",
            )


def _came_back(progress: Progress) -> bool:
    return len(progress.asked) > 1


def _stays_away_or_asks(progress: Progress) -> bool:
    asked = progress.asked
    waited = _waited(asked)
    if waited is None:
        return False
    watched = progress.seconds - asked[1].seconds
    # Many clients wait twice as long each time.
    return len(asked) > 2 or watched > max(_LEAST_WATCH, 2.5 * waited + 0.2)


def _sent(plot: Plot, count: int) -> list[Sent]:
    return [plot.sent(plot.case(number)) for number in range(count)]


def _same_id(sent: str | None, wanted: str) -> bool:
    """Compare an id as it came in a header: its bytes are UTF-8, whatever they were read as."""
    return sent in (wanted, wanted.encode().decode("latin-1"))


def _waited(asked: list[Asked] | tuple[Asked, ...]) -> float | None:
    """Return how long the client waited before its second request."""
    if len(asked) < 2 or asked[0].ended is None:
        return None
    return asked[1].seconds - asked[0].ended


ENDS = (
    _Return("a clean end", "no-reconnect", abrupt=False),
    _Return("a broken connection", "no-reconnect-after-cut", abrupt=True),
    LoneId(),
    Retry(),
    NoContent(),
)
