"""A form scene: events in one of the forms of the wire, compared with what arrives of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pytest_asyncapi_sse.checks.conversation import Conversation
from pytest_asyncapi_sse.checks.delivery import Fault, Sent, spoiling
from pytest_asyncapi_sse.contract.conversing import Until, arrived
from pytest_asyncapi_sse.contract.property import Case
from pytest_asyncapi_sse.contract.scenario import repeated, without_sentinels
from pytest_asyncapi_sse.contract.scenes.forms import Form, Piece
from pytest_asyncapi_sse.contract.scenes.plot import Plot
from pytest_asyncapi_sse.contract.scenes.scene import Scene
from pytest_asyncapi_sse.errors import Violation, shown
from pytest_asyncapi_sse.server.stage import Script
from pytest_asyncapi_sse.server.steps import Answer, Step

_VERBS = {
    "event-lost": "loses",
    "payload-altered": "changes",
    "event-rejected": "rejects",
    "event-reordered": "delivers out of order",
    "event-duplicated": "delivers twice",
}
# How a phrase begins that says where, and not which event.
_PLACES = ("where ", "after ", "beside ", "among ")
_SHOWN_BYTES = 240


@dataclass(frozen=True)
class WireScene(Scene):
    """Send events in one form, then a plain one, and compare what arrives.

    The plain one's lines end in `end`, and the blank one in `blank` where that is another one: in
    the usual way it would end events that are still open.
    """

    code: str
    name: str
    where: str
    form: Form
    advice: str
    capability: str | None = None
    slow: bool = False
    end: bytes = b"\n"
    blank: bytes = b""

    def script(self, plot: Plot) -> Script:
        """Return one stream: the pieces of the form, then a plain event, again and again."""
        steps: list[Step] = [step for piece in self.form(plot) for step in piece.written()]
        lines = plot.event(ending(plot)).removesuffix(b"\n").replace(b"\n", self.end)
        steps += repeated(lines + (self.blank or self.end), plot.seconds / 2)
        return Script((Answer(steps=tuple(steps)),))

    def until(self, plot: Plot) -> Until:
        """Return whether the plain event arrived, or as many as were sent."""
        return arrived(self._sent(plot))

    def judge(self, plot: Plot, told: Conversation) -> Iterator[Violation]:
        """Yield the first thing that is wrong with what arrived."""
        sent = self._sent(plot)
        wrong = spoiling(without_sentinels(sent[:-1], sent[-1], told.got))
        if told.stopped:
            yield self._stopped(plot, told, len(sent) - 1)
        elif wrong:
            yield self._violation(plot, told, wrong[0], sent)

    def _sent(self, plot: Plot) -> list[Sent]:
        sent = [piece.sent for piece in self.form(plot) if piece.sent is not None]
        return [*sent, plot.sent(ending(plot))]

    def _stopped(self, plot: Plot, told: Conversation, total: int) -> Violation:
        got = told.failure or "it ended while the stream was open"
        count = len(told.got)
        at = "" if self.where.startswith(_PLACES) else "at an event "
        summary = f"the client stops {at}{self.where}, after {count} of {total} events"
        return self._told(plot, told, summary, got, count)

    def _violation(
        self, plot: Plot, told: Conversation, fault: Fault, sent: Sequence[Sent]
    ) -> Violation:
        got = "nothing in its place"
        if fault.got is not None:
            got = fault.got.error or shown(fault.got.payload)
        if fault.code == "event-invented":
            summary = f"the client delivers something that was not sent {self.where}"
            return self._told(plot, told, summary, got, fault.index, after=1)
        number = f"event {fault.index + 1} of {len(sent) - 1}"
        summary = f"the client {_VERBS[fault.code]} {number} {self.where}"
        return self._told(plot, told, summary, got, fault.index)

    def _told(
        self,
        plot: Plot,
        told: Conversation,
        summary: str,
        got: str,
        index: int,
        *,
        after: int = 0,
    ) -> Violation:
        """Return the violation at an event, with what was sent beside it: before it, or `after`."""
        pieces = self.form(plot)
        places = [at for at, piece in enumerate(pieces) if piece.sent is not None]
        at = places[min(index, len(places) - 1)]
        beside = pieces[at : at + 1 + after] if after else pieces[max(0, at - 1) : at + 1]
        sent = pieces[at].sent
        return plot.violation(
            self.code,
            summary,
            told,
            got=got,
            expected=shown(sent.payload) if sent else "",
            advice=self.advice,
            case=_case_of(plot, pieces[at]),
            frame=b"".join(piece.data for piece in beside)[:_SHOWN_BYTES] or None,
        )


@dataclass(frozen=True)
class CutLineEnds(WireScene):
    """Cut line ends between CR and LF, for a client that reads CRLF and several lines of data."""

    after: ClassVar[frozenset[str]] = frozenset({"crlf-misread", "multi-line-misread"})


@dataclass(frozen=True)
class Malformed(WireScene):
    """Send bytes that are no UTF-8, for a client that leaves comments and unknown fields alone."""

    after: ClassVar[frozenset[str]] = frozenset({"comment-misread", "unknown-field-misread"})


def ending(plot: Plot) -> Case:
    """Return the case that ends a scene, which is one that no form shows last."""
    return plot.cases[-1]


def _case_of(plot: Plot, piece: Piece) -> Case | None:
    found = (case for case in plot.cases if piece.sent and case.payload is piece.sent.payload)
    return next(found, None)
