"""The scenes of a return: the client comes back with the right id, and loses and repeats nothing.

Source: WHATWG HTML, section 9.2.3.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import parse_qsl, urlsplit

from pytest_asyncapi_sse.checks.conversation import Asked, Conversation
from pytest_asyncapi_sse.checks.delivery import Sent
from pytest_asyncapi_sse.checks.events import data_of
from pytest_asyncapi_sse.contract.conversing import Progress, Until, arrived
from pytest_asyncapi_sse.contract.scenario import without_sentinels
from pytest_asyncapi_sse.contract.scenes.plot import Plot, allows_fields, block
from pytest_asyncapi_sse.contract.scenes.scene import SHORT_MS, Scene
from pytest_asyncapi_sse.errors import Violation, shown
from pytest_asyncapi_sse.server.events import retry_bytes
from pytest_asyncapi_sse.server.stage import Script
from pytest_asyncapi_sse.server.steps import Answer, Chunk, End, Pause

_OPEN_SECONDS = 0.25
_LAST_EVENT_ID = "last-event-id"
_OF_IDS = ("missing-last-event-id", "wrong-last-event-id")
_BY_RECONNECT = {
    "lost-by-reconnect": ("event-lost", "payload-altered", "event-reordered"),
    "repeated-by-reconnect": ("event-duplicated",),
}
_VERBS = {
    "event-lost": "loses an event",
    "payload-altered": "changes an event",
    "event-reordered": "delivers an event out of order",
    "event-duplicated": "delivers an event again",
}
_GO_ON = "go on with the new stream as it is: each event is sent once"
_DROP_PENDING = "drop what is pending when the connection breaks: it is no part of the next event"


@dataclass(frozen=True)
class Return(Scene):
    """End a stream after two events with ids, and go on with the next ones on the next.

    On a channel of one payload an event that is repeated can't be told from the last one.
    """

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
        after = (Chunk(plot.numbered(3)), *plot.repeated(plot.numbered(4)))
        return Script(
            (
                first_stream(before, abrupt=self.abrupt),
                Answer(steps=after),
            )
        )

    def until(self, plot: Plot) -> Until:
        """Return whether the client came back and delivered what came last."""
        has_arrived = arrived(_sent(plot, 4))
        return lambda progress: came_back(progress) and has_arrived(progress)

    def judge(self, plot: Plot, told: Conversation) -> Iterator[Violation]:
        """Yield whether it came back, with which id, and what it lost or repeated."""
        if len(told.asked) < 2:
            how = "broke off" if self.abrupt else "ended"
            yield plot.violation(
                self.code,
                f"the client does not come back after the stream {how}",
                told,
                got=told.ending or "no second request",
                expected=f"a second request, {SHORT_MS} ms after the end",
                advice="keep running and connect again, or declare that reconnect is not claimed",
            )
            return
        if plot.client.claims("last-event-id"):
            yield from self._id(plot, told)
        yield from self._delivery(plot, told)

    def _id(self, plot: Plot, told: Conversation) -> Iterator[Violation]:
        asked = told.asked[1]
        sent, wanted = asked.header(_LAST_EVENT_ID), plot.id(2)
        if _same_id(sent, wanted):
            return
        missing = sent is None
        yield plot.violation(
            "missing-last-event-id" if missing else "wrong-last-event-id",
            "the client comes back without the id of the last event"
            if missing
            else "the client comes back with another id than that of the last event",
            told,
            got=_no_id(asked, wanted) if missing else f"Last-Event-ID: {shown(sent)}",
            expected=f"Last-Event-ID: {wanted}",
            advice=(
                "send the id of the last whole event, or declare that last-event-id is not claimed"
            ),
        )

    def _delivery(self, plot: Plot, told: Conversation) -> Iterator[Violation]:
        *before, last = _sent(plot, 4)
        faults = without_sentinels(before, last, told.payloads)
        codes = [fault.code for fault in faults]
        for code, named in _BY_RECONNECT.items():
            fault = next((name for name in named if name in codes), None)
            if fault is not None:
                yield plot.violation(
                    code,
                    f"the client {_VERBS[fault]} when it comes back",
                    told,
                    got=shown([item.payload for item in told.payloads]),
                    expected=shown([plot.case(number).payload for number in range(4)]),
                    advice=_DROP_PENDING if self.abrupt and fault == "payload-altered" else _GO_ON,
                )


@dataclass(frozen=True)
class LastId(Scene):
    """End a stream with a block that sets the id, and look what the client comes back with."""

    slow: bool = True
    capability: str | None = "last-event-id"
    after: ClassVar[frozenset[str]] = frozenset({"no-reconnect", *_OF_IDS})
    summary: ClassVar[str]
    advice: ClassVar[str]

    def script(self, plot: Plot) -> Script:
        """Return a stream that ends with an id, and one to come back to."""
        first = (retry_bytes(SHORT_MS), plot.numbered(1), self.block(plot))
        second = Answer(steps=(Chunk(plot.numbered(3)),))
        return Script((first_stream((*first, *plot.waiting(SHORT_MS))), second))

    def until(self, plot: Plot) -> Until:
        """Return whether the client came back."""
        del plot
        return came_back

    def judge(self, plot: Plot, told: Conversation) -> Iterator[Violation]:
        """Yield that it came back with an older id."""
        if len(told.asked) < 2:
            return
        sent = told.asked[1].header(_LAST_EVENT_ID)
        if self.is_right(plot, sent):
            return
        yield plot.violation(
            "wrong-last-event-id",
            self.summary,
            told,
            got="no Last-Event-ID" if sent is None else f"Last-Event-ID: {shown(sent)}",
            expected=self.expected(plot),
            advice=self.advice,
            frame=self.block(plot),
        )

    @abstractmethod
    def block(self, plot: Plot) -> bytes:
        """Return the block that sets the id."""

    @abstractmethod
    def is_right(self, plot: Plot, sent: str | None) -> bool:
        """Say whether the client came back with the right id."""

    @abstractmethod
    def expected(self, plot: Plot) -> str:
        """Return the words for what is right."""


@dataclass(frozen=True)
class LoneId(LastId):
    """Set the id in a block of its own, as a server does that has nothing to tell yet."""

    name: str = "an id in a block of its own"
    summary: ClassVar[str] = "the client forgets an id that came in a block without data"
    advice: ClassVar[str] = "take over the id at each blank line, also where no event is dispatched"

    def block(self, plot: Plot) -> bytes:
        """Return the block, which has nothing but the id."""
        return f"id: {plot.id(2)}\n\n".encode()

    def is_right(self, plot: Plot, sent: str | None) -> bool:
        """Say whether it is that id."""
        return _same_id(sent, plot.id(2))

    def expected(self, plot: Plot) -> str:
        """Return the header."""
        return f"Last-Event-ID: {plot.id(2)}"


@dataclass(frozen=True)
class ClearedId(LastId):
    """Take the id back by an event whose id is empty."""

    name: str = "an id that is taken back"
    summary: ClassVar[str] = "the client keeps an id that the server took back"
    advice: ClassVar[str] = "take over the id of each event, also an empty one"

    def why_not(self, plot: Plot) -> str:
        """Say that the document allows no empty id."""
        wants = plot.channel.rules.ids is not None
        is_allowed = allows_fields(plot.case(1), self.block(plot))
        return "the document allows no empty id" if wants or not is_allowed else ""

    def block(self, plot: Plot) -> bytes:
        """Return the event."""
        case = plot.case(1)
        return block(plot.lines(case, data_of(case.message, case.payload).split("\n"), id=""))

    def is_right(self, plot: Plot, sent: str | None) -> bool:
        """Say whether it is not the id of the event before."""
        return not _same_id(sent, plot.id(1))

    def expected(self, plot: Plot) -> str:
        """Return that there is to be no header."""
        del plot
        return "no Last-Event-ID"


def first_stream(parts: Iterable[bytes], *, abrupt: bool = False) -> Answer:
    """Return a stream that ends, a little later than a client leaves that only opens it."""
    return Answer(steps=(*map(Chunk, parts), Pause(_OPEN_SECONDS), End(abrupt)))


def came_back(progress: Progress) -> bool:
    """Whether the client asked a second time."""
    return len(progress.asked) > 1


def _no_id(asked: Asked, wanted: str) -> str:
    """Return that the header is missing, and where the id went instead."""
    query = parse_qsl(urlsplit(asked.target).query)
    found = next((name for name, value in query if value == wanted), None)
    return "no Last-Event-ID" + (f"; the query has {found}={wanted}" if found is not None else "")


def _sent(plot: Plot, count: int) -> list[Sent]:
    return [plot.sent(plot.case(number)) for number in range(count)]


def _same_id(sent: str | None, wanted: str) -> bool:
    """Compare an id as it came in a header: its bytes are UTF-8, whatever they were read as."""
    return sent in (wanted, wanted.encode().decode("latin-1"))


RETURNS = (
    Return("a clean end", "no-reconnect", abrupt=False),
    Return("a broken connection", "no-reconnect-after-cut", abrupt=True),
    LoneId(),
    ClearedId(),
)
