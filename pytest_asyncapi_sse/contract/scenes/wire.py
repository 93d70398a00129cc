"""The scenes of the wire: the client must read every form in which events may be written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from pytest_asyncapi_sse.checks.conversation import Conversation
from pytest_asyncapi_sse.contract.conversing import Progress, Until, is_same
from pytest_asyncapi_sse.contract.scenes import forms
from pytest_asyncapi_sse.contract.scenes.form_scene import (
    CutLineEnds,
    LargeEvent,
    Malformed,
    WireScene,
    ending,
)
from pytest_asyncapi_sse.contract.scenes.plot import Plot
from pytest_asyncapi_sse.contract.scenes.scene import QUIET_AFTER_END, SHORT_MS, Scene
from pytest_asyncapi_sse.errors import Violation, shown
from pytest_asyncapi_sse.schema import same_json
from pytest_asyncapi_sse.server.events import retry_bytes
from pytest_asyncapi_sse.server.stage import Script
from pytest_asyncapi_sse.server.steps import Answer, Chunk, End, Pause

_HELD = 2
# How many events come before the one that is cut off.
_WHOLE = 2
_HELD_SECONDS = 0.4


@dataclass(frozen=True)
class HeldCR(Scene):
    """Pause after events whose lines end in CR, which must not wait for what comes next."""

    name: str = "a pause after an event whose lines end in CR"
    capability: str | None = "live"
    after: ClassVar[frozenset[str]] = frozenset({"cr-misread", "event-held"})

    def script(self, plot: Plot) -> Script:
        """Return two events that end in CR, a pause after each, and a plain one."""
        first, second = (Chunk(piece.data) for piece in forms.cr(plot)[:2])
        pause = Pause(_HELD_SECONDS)
        last = Chunk(plot.event(ending(plot)))
        return Script((Answer(steps=(first, pause, second, pause, last)),))

    def until(self, plot: Plot) -> Until:
        """Return whether all three events arrived."""
        del plot
        return lambda progress: len(progress.got) > _HELD

    def judge(self, plot: Plot, told: Conversation) -> Iterator[Violation]:
        """Yield that each came with the next one, though a pause lies between them."""
        if len(told.heard) <= _HELD or any(item.error is not None for item in told.got):
            return
        first, second, third = (item.seconds for item in told.heard[: _HELD + 1])
        # Both must have waited: a busy machine makes one of them late.
        waited = first - told.asked[0].seconds
        held = min(waited, second - first) > _HELD_SECONDS / 2
        if held and third - second < _HELD_SECONDS / 4:
            yield plot.violation(
                "cr-held",
                "the client delivers an event that ends in CR only when more comes",
                told,
                severity="advice",
                got=f"it came with the next event, {_HELD_SECONDS:g} s later",
                expected="the event at once: a line that ends in CR is whole",
                advice="take a CR for the end of the line at once, and drop an LF that follows it",
                case=plot.case(1),
                frame=forms.cr(plot)[1].data,
            )


@dataclass(frozen=True)
class Unterminated(Scene):
    """End the stream behind an event that no blank line ends, which must not be delivered.

    A client that comes back gets the next event, which must not be joined to that one.
    """

    name: str = "a last event that no blank line ends"
    code: str = "unterminated-delivered"

    def script(self, plot: Plot) -> Script:
        """Return a stream that ends too early, and one for a client that comes back."""
        events = (plot.event(plot.case(number)) for number in range(_WHOLE))
        whole = (*events, *plot.waiting(SHORT_MS))
        steps = (
            Chunk(b"".join((retry_bytes(SHORT_MS), *whole))),
            Chunk(self._cut_off(plot)),
            End(),
        )
        return Script((Answer(steps=steps), Answer(steps=(Chunk(plot.event(plot.case(3))),))))

    def until(self, plot: Plot) -> Until:
        """Return whether more was delivered, or some time has passed since the end."""
        del plot
        return _has_more_or_is_late

    def judge(self, plot: Plot, told: Conversation) -> Iterator[Violation]:
        """Yield that it was delivered, alone or joined to the next one."""
        more = [item for item in told.got[_WHOLE:] if item.error is None]
        cut_off, following = plot.sent(plot.case(2)), plot.sent(plot.case(3))
        joined = f"{cut_off.data}\n{following.data}"
        # In a channel of few payloads the next event may be the same.
        allowed = int(same_json(cut_off.payload, following.payload))
        alone = sum(is_same(item, cut_off) for item in more)
        if alone > allowed or any(joined in (item.payload, item.data) for item in more):
            yield plot.violation(
                self.code,
                "the client delivers an event that the end of the stream cut off",
                told,
                got=shown(more[0].payload),
                expected="nothing: an event is complete with its blank line",
                advice="drop what is pending when the stream ends: half of an event may be missing",
                case=plot.case(2),
                frame=self._cut_off(plot),
            )

    @staticmethod
    def _cut_off(plot: Plot) -> bytes:
        lines = plot.event(plot.case(2)).removesuffix(b"\n").splitlines(keepends=True)
        # A reconnection time counts also where the event does not.
        return b"".join(line for line in lines if not line.startswith(b"retry:"))


def _has_more_or_is_late(progress: Progress) -> bool:
    ended = [asked.ended for asked in progress.asked if asked.ended is not None]
    is_late = bool(ended) and progress.seconds - ended[0] > QUIET_AFTER_END
    return is_late or len(progress.got) > _WHOLE


FORMS = (
    WireScene(
        "crlf-misread",
        "lines that end in CRLF",
        "where lines end in CRLF",
        forms.crlf,
        "end a line at CRLF, LF and CR alike, and count CRLF as one end",
        end=b"\r\n",
    ),
    WireScene(
        "cr-misread",
        "lines that end in CR",
        "where lines end in CR",
        forms.cr,
        "end a line at CRLF, LF and CR alike",
        end=b"\r",
    ),
    WireScene(
        "mixed-line-ends-misread",
        "mixed line ends",
        "where line ends are mixed",
        forms.mixed,
        "decide line by line what ends it",
        blank=b"\r\n",
    ),
    WireScene(
        "bom-misread",
        "a byte order mark",
        "after a byte order mark",
        forms.bom,
        "drop one U+FEFF at the start of the stream, before the first field",
    ),
    WireScene(
        "no-space-misread",
        "no space after the colon",
        "without a space after the colon",
        forms.no_space,
        "split at the colon, then drop one space if there is one",
    ),
    WireScene(
        "comment-misread",
        "comments among the lines",
        "with comments among its lines",
        forms.comment,
        "ignore lines that begin with a colon",
    ),
    WireScene(
        "ping-misread",
        "comments that stand alone",
        "beside a comment that stands alone",
        forms.ping,
        "dispatch nothing for a block without data, whatever its id",
    ),
    WireScene(
        "multi-line-misread",
        "data on several lines",
        "whose data is on several lines",
        forms.multi_line,
        "join the lines of data with a line feed",
    ),
    WireScene(
        "unknown-field-misread",
        "unknown fields",
        "with fields that mean nothing",
        forms.unknown_field,
        "ignore fields of other names, and compare names as they are written",
    ),
    WireScene(
        "empty-block-misread",
        "blocks without data",
        "beside a block without data",
        forms.empty_block,
        "dispatch nothing for a block without data, and forget its event name",
    ),
    WireScene(
        "id-only-misread",
        "blocks with an id only",
        "beside a block with an id only",
        forms.id_only,
        "remember the id, and dispatch nothing for a block without data",
    ),
    WireScene(
        "retry-only-misread",
        "blocks with a retry only",
        "beside a block with a retry only",
        forms.retry_only,
        "set the reconnection time where it is digits, and dispatch nothing",
    ),
    WireScene(
        "chunking-misread",
        "chunks that end anywhere",
        "cut into chunks",
        forms.chunked,
        "keep what is left of a chunk for the next one: chunks end anywhere",
        slow=True,
    ),
    CutLineEnds(
        "chunking-misread",
        "chunks that end between CR and LF",
        "cut between CR and LF",
        forms.cut_line_ends,
        "end a line at CR at once, and drop an LF that the next chunk begins with",
    ),
    WireScene(
        "split-character-misread",
        "chunks that end inside of a character",
        "cut inside of a character",
        forms.split_character,
        "decode incrementally: a chunk may end inside of a character",
    ),
    Malformed(
        "malformed-utf8-misread",
        "bytes that are no UTF-8",
        "beside bytes that are no UTF-8",
        forms.malformed,
        "decode with replacement, as the standard has it",
    ),
    LargeEvent(
        "large-event-misread",
        "an event of 5 MB",
        "of 5 MB",
        forms.large,
        "look for a limit on a line, or for a buffer that is searched or copied anew with each"
        " chunk; or declare that large-events are not claimed",
        capability="large-events",
        slow=True,
    ),
    WireScene(
        "burst-misread",
        "a thousand events in one chunk",
        "among many in one chunk",
        forms.burst,
        "take every event of a chunk; bound memory by not reading, not by dropping",
        slow=True,
    ),
    HeldCR(),
    Unterminated(),
)
