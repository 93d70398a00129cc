"""The scenes of an end: the client must wait, try again and stop as the server has it.

Source: WHATWG HTML, section 9.2.3.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pytest_asyncapi_sse.checks.conversation import Asked, Conversation
from pytest_asyncapi_sse.contract.conversing import Progress, Until
from pytest_asyncapi_sse.contract.scenes.plot import Plot
from pytest_asyncapi_sse.contract.scenes.returning import RETURNS, came_back, first_stream
from pytest_asyncapi_sse.contract.scenes.scene import SHORT_MS, Scene
from pytest_asyncapi_sse.errors import Violation
from pytest_asyncapi_sse.server.events import retry_bytes
from pytest_asyncapi_sse.server.stage import Script
from pytest_asyncapi_sse.server.steps import NO_ANSWER, Answer, Chunk

LONG_MS = 700
# Clocks and schedulers differ: a client that waits is never told that it did not.
TOLERANCE = 0.85
_LEAST_WATCH = 0.5
# What is no number of digits alone is ignored.
_LONG_RETRY = retry_bytes(LONG_MS) + b"retry: 20x\n\n"


@dataclass(frozen=True)
class Retry(Scene):
    """Set the reconnection time in a block of its own, and end the stream."""

    name: str = "the reconnection time"
    slow: bool = True
    capability: str | None = "retry"
    after: ClassVar[frozenset[str]] = frozenset({"no-reconnect"})

    def script(self, plot: Plot) -> Script:
        """Return a stream that sets the time, and one to come back to."""
        events = (plot.event(plot.case(0)), *plot.waiting(LONG_MS))
        return Script(
            (first_stream((_LONG_RETRY, *events)), Answer(steps=(Chunk(plot.event(plot.case(1))),)))
        )

    def until(self, plot: Plot) -> Until:
        """Return whether the client came back."""
        del plot
        return came_back

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
                advice="wait as long as the last retry field of nothing but digits says, or declare"
                " that retry is not claimed",
                frame=_LONG_RETRY,
            )


@dataclass(frozen=True)
class Restart(Scene):
    """Break the connection of the client that comes back, before an answer, as a restart does."""

    name: str = "a connection that breaks before an answer"
    slow: bool = True
    capability: str | None = "reconnect"
    after: ClassVar[frozenset[str]] = frozenset({"no-reconnect", "no-reconnect-after-cut"})

    def script(self, plot: Plot) -> Script:
        """Return a stream that breaks, nothing at all, and a stream to come back to."""
        before = (retry_bytes(SHORT_MS), plot.event(plot.case(0)), *plot.waiting(SHORT_MS))
        # A connection that was not used before: HTTP clients repeat a request on one that was.
        first = first_stream(before, abrupt=True)
        return Script((first, NO_ANSWER, Answer(steps=(Chunk(plot.event(plot.case(1))),))))

    def until(self, plot: Plot) -> Until:
        """Return whether the client tried again."""
        del plot
        return lambda progress: len(progress.asked) > 2

    def judge(self, plot: Plot, told: Conversation) -> Iterator[Violation]:
        """Yield that it did not."""
        if len(told.asked) == 2 and (told.ended or _is_watched(plot, told)):
            yield plot.violation(
                "gave-up-reconnecting",
                "the client gives up where its first try to come back fails",
                told,
                got=told.ending or "no third request",
                expected="another try after a pause: a server that restarts is away for a while",
                advice="try again after a failure too, or declare that reconnect is not claimed",
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
        return Script((first_stream(events),))

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


def _is_watched(plot: Plot, told: Conversation) -> bool:
    """Whether the time was enough for a client that waits longer after a failure."""
    waited = _waited(told.asked)
    left = plot.client.reach.timeout - (told.asked[1].seconds - told.asked[0].seconds)
    return waited is not None and left > _patience(waited)


def _patience(waited: float) -> float:
    """Return for how long to watch a client that has waited so long: many wait twice as long."""
    return max(_LEAST_WATCH, 2.5 * waited + 0.2)


def _stays_away_or_asks(progress: Progress) -> bool:
    asked = progress.asked
    waited = _waited(asked)
    if waited is None:
        return False
    watched = progress.seconds - asked[1].seconds
    return len(asked) > 2 or watched > _patience(waited)


def _waited(asked: Sequence[Asked]) -> float | None:
    """Return how long the client waited before its second request."""
    if len(asked) < 2 or asked[0].ended is None:
        return None
    return asked[1].seconds - asked[0].ended


ENDS = (*RETURNS, Retry(), Restart(), NoContent())
