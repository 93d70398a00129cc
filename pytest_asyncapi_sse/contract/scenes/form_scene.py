"""A form scene: events in one of the forms of the wire, compared with what arrives of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from pytest_asyncapi_sse.checks.conversation import Conversation
from pytest_asyncapi_sse.checks.delivery import Fault, Sent, spoiling
from pytest_asyncapi_sse.checks.evidence import labelled
from pytest_asyncapi_sse.contract.conversing import Until, arrived, is_same
from pytest_asyncapi_sse.contract.property import Case
from pytest_asyncapi_sse.contract.scenario import without_sentinels
from pytest_asyncapi_sse.contract.scenes.forms import Form, Piece
from pytest_asyncapi_sse.contract.scenes.plot import Plot
from pytest_asyncapi_sse.contract.scenes.scene import Scene
from pytest_asyncapi_sse.driver.command import NO_PROTOCOL
from pytest_asyncapi_sse.driver.listening import FLOOD
from pytest_asyncapi_sse.errors import Violation, shown
from pytest_asyncapi_sse.schema import same_json
from pytest_asyncapi_sse.server.stage import Script
from pytest_asyncapi_sse.server.steps import Answer, Step

_VERBS = {
    "event-lost": "loses",
    "payload-altered": "changes",
    "event-rejected": "rejects",
    "event-reordered": "delivers out of order",
    "event-duplicated": "delivers twice",
}
_REPLACED = ("payload-altered", "event-rejected")
_NOTHING = "nothing in its place"
# How the failure of a client begins that the gate ended, and what the client does there.
_ENDED_FOR = {
    NO_PROTOCOL: "delivers what can't be read",
    FLOOD: "delivers without end",
}
# How a phrase begins that says where, and not which event.
_PLACES = ("where ", "after ", "beside ", "among ")
_SHOWN_BYTES = 240
_SHOWN_CHUNK = 48
_SHOWN_CHUNKS = 8


@dataclass(frozen=True, slots=True)
class _Shot:
    """Hold the piece that is told of, those around it, and the case that is expected of it.

    Of `total` events so many are `like` it: which of these is missing can't be told.
    """

    piece: Piece
    around: tuple[Piece, ...]
    case: Case
    like: int
    total: int


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
        steps += plot.repeated(lines + (self.blank or self.end))
        return Script((Answer(steps=tuple(steps)),))

    def until(self, plot: Plot) -> Until:
        """Return whether the plain event arrived, or as many as were sent."""
        return arrived(self._sent(plot))

    def judge(self, plot: Plot, told: Conversation) -> Iterator[Violation]:
        """Yield the first thing that is wrong with what arrived."""
        sent = self._sent(plot)
        wrong = spoiling(without_sentinels(sent[:-1], sent[-1], told.got))
        if told.stopped:
            yield self._stopped(plot, told, wrong, sent)
        elif wrong:
            # The first of each code: to rank them all would take long where a burst is misread.
            firsts = {fault.code: fault for fault in reversed(wrong)}
            ranks = {
                code: (_rank(fault, sent, told), fault.index) for code, fault in firsts.items()
            }
            first = firsts[min(firsts, key=ranks.__getitem__)]
            if _is_beside(first, sent, told):
                yield self._invented(plot, told, first)
            else:
                yield self._violation(plot, told, first, wrong)

    def which(self, index: int, total: int) -> str:
        """Return the words for an event of so many."""
        return f"event {index + 1} of {total} {self.where}"

    def some(self, lost: int, total: int) -> str:
        """Return the words for so many of like events."""
        return f"{lost} of {total} events {self.where}"

    def _sent(self, plot: Plot) -> list[Sent]:
        sent = [piece.sent for piece in self.form(plot) if piece.sent is not None]
        return [*sent, plot.sent(ending(plot))]

    @property
    def _place(self) -> str:
        return self.where if self.where.startswith(_PLACES) else f"at an event {self.where}"

    def _stopped(
        self, plot: Plot, told: Conversation, wrong: Sequence[Fault], sent: Sequence[Sent]
    ) -> Violation:
        total = len(sent) - 1
        missing = ("event-lost", *_REPLACED)
        count = next((fault.index for fault in wrong if fault.code in missing), total)
        got = told.failure or f"{told.ending} while the stream was open"
        does = next((does for text, does in _ENDED_FOR.items() if got.startswith(text)), "stops")
        summary = f"the client {does} {self._place}, after {count} of {total} events"
        shot = self._shot(plot, count)
        return self._told(plot, told, summary, shot, got=got, expected=shown(shot.case.payload))

    def _invented(self, plot: Plot, told: Conversation, fault: Fault) -> Violation:
        does = "delivers" if fault.code == "event-invented" else "rejects"
        summary = f"the client {does} something that was not sent, {self._place}"
        shot = self._shot(plot, fault.index, after=True)
        return self._told(plot, told, summary, shot, got=_got(fault), expected=_NOTHING)

    def _violation(
        self, plot: Plot, told: Conversation, fault: Fault, wrong: Sequence[Fault]
    ) -> Violation:
        shot = self._shot(plot, fault.index)
        total = shot.total
        which = self.which(fault.index, total)
        lost = sum(one.code == "event-lost" for one in wrong)
        is_known = shot.like == 1 or all(one.code in _REPLACED and one.got for one in wrong)
        if fault.code == "event-lost" and shot.like == total > 1:
            is_known = lost == total
            which = self.some(lost, total)
        summary = f"the client {_VERBS[fault.code]} {which}"
        expected = shown(shot.case.payload)
        return self._told(
            plot, told, summary, shot, got=_got(fault), expected=expected, is_known=is_known
        )

    def _shot(self, plot: Plot, index: int, *, after: bool = False) -> _Shot:
        """Return what was sent around an event: what comes before it, or `after` it."""
        pieces = self.form(plot)
        places = [at for at, piece in enumerate(pieces) if piece.sent is not None]
        at = places[min(index, len(places) - 1)]
        is_open = after or index >= len(places)
        start = at if is_open else max(0, at - 1)
        end = at + 2 if is_open else at + 1
        if at == 0 and len(pieces) > 1 and pieces[1].sent is None:
            end = 2
        cases = [_case_of(plot, pieces[place]) for place in places]
        case = cases[index] if index < len(places) else ending(plot)
        around = tuple(pieces[start:end])
        return _Shot(pieces[at], around, case, cases.count(case), len(places))

    def _told(
        self,
        plot: Plot,
        told: Conversation,
        summary: str,
        shot: _Shot,
        *,
        got: str,
        expected: str,
        is_known: bool = True,
    ) -> Violation:
        """Return the violation at an event, with what was sent around it and how it was cut."""
        piece = shot.piece
        chunks = piece.chunks
        around = [piece] if chunks else shot.around
        violation = plot.violation(
            self.code,
            summary,
            told,
            got=got,
            expected=expected,
            advice=self.advice,
            case=None if expected == _NOTHING else shot.case,
            frame=b"".join(one.data for one in around)[:_SHOWN_BYTES] or None,
        )
        if not chunks:
            return violation
        text = _cut_text(chunks)
        text = text if is_known else f"one of {shot.like} cuts, such as {text}"
        return replace(violation, evidence=(*labelled(chunks=text), *violation.evidence))


@dataclass(frozen=True)
class CutLineEnds(WireScene):
    """Cut line ends between CR and LF, for a client that reads CRLF and several lines of data."""

    after: ClassVar[frozenset[str]] = frozenset({"crlf-misread", "multi-line-misread"})


@dataclass(frozen=True)
class LargeEvent(WireScene):
    """Send a large event, which a client may also be too slow for."""

    def which(self, index: int, total: int) -> str:
        """Return the words for the large event, and for the one that follows it."""
        del total
        return f"the event after one {self.where}" if index else f"an event {self.where}"

    def some(self, lost: int, total: int) -> str:
        """Return the words for the large event: one of its like is rather that than the next."""
        del lost
        return self.which(0, total)

    def judge(self, plot: Plot, told: Conversation) -> Iterator[Violation]:
        """Yield the first thing that is wrong; what has not come yet is not called lost."""
        seconds = plot.client.reach.timeout
        for violation in super().judge(plot, told):
            if told.got or told.ended:
                yield violation
            else:
                summary = f"has not delivered an event {self.where} within {seconds:g} s"
                yield replace(violation, summary=f"the client {summary}", got="nothing yet")


@dataclass(frozen=True)
class Malformed(WireScene):
    """Send bytes that are no UTF-8, for a client that leaves comments and unknown fields alone."""

    after: ClassVar[frozenset[str]] = frozenset({"comment-misread", "unknown-field-misread"})


def ending(plot: Plot) -> Case:
    """Return the case that ends a scene, which is one that no form shows last."""
    return plot.cases[-1]


def _case_of(plot: Plot, piece: Piece) -> Case:
    """Return the case that a piece with an event is made of."""
    payload = piece.sent.payload if piece.sent else None
    return next((case for case in plot.cases if case.payload is payload), plot.cases[0])


def _got(fault: Fault) -> str:
    if fault.got is None:
        return _NOTHING
    return fault.got.error or shown(fault.got.payload)


def _rank(fault: Fault, sent: Sequence[Sent], told: Conversation) -> int:
    """Return how well a fault shows what is wrong, 0 best.

    What is missing shows the place, and what came beside it may be a piece of it. An event that
    has its like can't be out of order.
    """
    if fault.code == "event-reordered" and _count(sent[fault.index], sent) > 1:
        return 2
    return int(_is_beside(fault, sent, told))


def _is_beside(fault: Fault, sent: Sequence[Sent], told: Conversation) -> bool:
    """Whether something came beside the events, and not in the place of one."""
    event = sent[fault.index]
    if fault.code != "event-rejected" or same_json(event.payload, sent[-1].payload):
        return fault.code == "event-invented"
    return sum(is_same(one, event) for one in told.got) >= _count(event, sent)


def _count(event: Sent, sent: Sequence[Sent]) -> int:
    return sum(same_json(one.payload, event.payload) for one in sent)


def _cut_text(chunks: Sequence[bytes]) -> str:
    """Return the chunks of an event for a reader, long ones without their middle."""
    if len(chunks) > _SHOWN_CHUNKS:
        return f"{len(chunks):,} of them, from {chunks[0]!r} to {_short(chunks[-1])}"
    return " | ".join(map(_short, chunks))


def _short(chunk: bytes) -> str:
    half = _SHOWN_CHUNK // 2
    if len(chunk) <= _SHOWN_CHUNK:
        return repr(chunk)
    return f"{chunk[:half]!r}...{chunk[-half:]!r}"
