"""The scene of a live stream: an event must come when it is written, with nothing behind it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from pytest_asyncapi_sse.checks.conversation import Conversation
from pytest_asyncapi_sse.contract.conversing import Progress, Until
from pytest_asyncapi_sse.contract.scenes.plot import Plot
from pytest_asyncapi_sse.contract.scenes.scene import QUIET_AFTER_END, Scene
from pytest_asyncapi_sse.errors import Violation
from pytest_asyncapi_sse.server.stage import Script
from pytest_asyncapi_sse.server.steps import Answer, Chunk, End, Pause

# How long nothing comes after each of the two events. One is longer than the other, so that a busy
# machine, on which everything comes as late, does not look like a client that waits for more; nor
# does a client that takes its time for the first event.
PAUSES = (0.6, 3.0)
_TOLERANCE = 0.9


@dataclass(frozen=True)
class Alone(Scene):
    """Send an event and then nothing, another one and then nothing, and end the stream."""

    name: str = "an event with nothing behind it"
    slow: bool = True
    capability: str | None = "live"

    def script(self, plot: Plot) -> Script:
        """Return one stream of two events, with a pause after each."""
        events = (Chunk(plot.event(plot.case(number))) for number in range(len(PAUSES)))
        steps = (
            step
            for event, pause in zip(events, PAUSES, strict=True)
            for step in (event, Pause(pause))
        )
        return Script((Answer(steps=(*steps, End())),))

    def until(self, plot: Plot) -> Until:
        """Return whether the first event came in time, or all is over."""
        del plot
        return _is_seen

    def judge(self, plot: Plot, told: Conversation) -> Iterator[Violation]:
        """Yield that each event came only with the next one, or with the end of the stream."""
        begun = told.asked[0].seconds
        first, second, *_ = (*(item.seconds - begun for item in told.heard), math.inf, math.inf)
        # Both must have waited: a client, or a machine, may be slow with one of them.
        if first < _TOLERANCE * PAUSES[0] or second < PAUSES[0] + _TOLERANCE * PAUSES[1]:
            return
        # Who stops is told so by the other scenes.
        if second == math.inf and told.stopped:
            return
        if first < _TOLERANCE * sum(PAUSES):
            summary = "the client delivers an event only when the next one comes"
        elif told.asked[0].ended is not None:
            summary = "the client delivers nothing until its stream ends"
        else:
            summary = f"the client delivers nothing within {plot.client.reach.timeout:g} s"
        yield plot.violation(
            "event-held",
            summary,
            told,
            got="no event" if first == math.inf else f"the event {first:.1f} s after the request",
            expected="the event at once: its blank line ends it",
            advice="deliver each event at its blank line: read what has come rather than whole"
            " buffers, and flush what is printed; or declare that live is not claimed",
            case=plot.case(0),
            frame=plot.event(plot.case(0)),
        )


def _is_seen(progress: Progress) -> bool:
    asked = progress.asked[0]
    if asked.ended is not None and progress.seconds - asked.ended > QUIET_AFTER_END:
        return True
    if not progress.got:
        return False
    return len(progress.got) > 1 or progress.seconds - asked.seconds < _TOLERANCE * PAUSES[0]
