"""The scenes of other answers: pages that are no streams, redirects, and a server that is busy.

Source: WHATWG HTML, section 9.2.3; the Fetch standard for redirects.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pytest_asyncapi_sse.checks.conversation import Conversation
from pytest_asyncapi_sse.contract.conversing import Progress, Until, arrived
from pytest_asyncapi_sse.contract.scenes.plot import Plot
from pytest_asyncapi_sse.contract.scenes.scene import Scene
from pytest_asyncapi_sse.errors import Violation, shown
from pytest_asyncapi_sse.server.stage import Script
from pytest_asyncapi_sse.server.steps import STREAM_HEADERS, Answer, whole

# No more at once: there are clients that follow three in a row and take more for a circle.
REDIRECTS = ((301, 302, 303), (307, 308))
SPELLINGS = ("text/event-stream; charset=utf-8", "Text/Event-Stream;charset=UTF-8")
BUSY = 4
# So soon nobody comes back four times who waits at all.
LEAST_BACKOFF = 0.2
_WATCH_SECONDS = 0.5
_BACKOFF_WATCH = 1.0
_TEXT = (("content-type", "text/plain"),)


@dataclass(frozen=True)
class NoStream(Scene):
    """Answer with events in a response that is no stream."""

    name: str
    status: int
    content_type: str
    code: str
    advice: str
    capability: str | None = None

    def script(self, plot: Plot) -> Script:
        """Return the response; what comes after is answered 204."""
        headers = (("content-type", self.content_type), ("cache-control", "no-store"))
        page = b"<html>\n\n" if "html" in self.content_type else b""
        return Script((whole(self.status, headers, page + plot.event(plot.case(0))),))

    def until(self, plot: Plot) -> Until:
        """Return whether something was delivered, or some time has passed."""
        del plot
        return _is_taken_or_late

    def judge(self, plot: Plot, told: Conversation) -> Iterator[Violation]:
        """Yield that the client took it for a stream."""
        if told.payloads:
            yield plot.violation(
                self.code,
                f"the client takes {self.name} for a stream",
                told,
                got=f"it delivered {shown(told.payloads[0].payload)}",
                expected="an error, or nothing",
                advice=self.advice,
                case=plot.case(0),
            )


@dataclass(frozen=True)
class Spelled(Scene):
    """Answer with a stream whose content type is written in another way."""

    content_type: str
    slow: bool = False

    @property
    def name(self) -> str:  # type: ignore[override]
        """What is played."""
        return f"the content type {self.content_type}"

    def script(self, plot: Plot) -> Script:
        """Return a stream of one event, again and again, which ends for who waits for that."""
        headers = (("content-type", self.content_type), ("cache-control", "no-store"))
        steps = plot.repeated(plot.event(plot.case(0)))
        return Script((Answer(200, headers, tuple(steps)),))

    def until(self, plot: Plot) -> Until:
        """Return whether the event arrived, or the client comes back without it."""
        has_arrived = arrived([plot.sent(plot.case(0))])
        return lambda progress: has_arrived(progress) or len(progress.asked) > 1

    def judge(self, plot: Plot, told: Conversation) -> Iterator[Violation]:
        """Yield that it did not arrive."""
        if not told.payloads:
            yield plot.violation(
                "stream-refused",
                f"the client refuses a stream with the content type {self.content_type}",
                told,
                got=told.failure or "no event",
                expected="the event: case and parameters do not matter",
                advice="compare what stands before the semicolon, in lower case",
                case=plot.case(0),
            )


@dataclass(frozen=True)
class Redirected(Scene):
    """Redirect the client a few times, each time with another status, then to the stream."""

    statuses: tuple[int, ...]
    name: str = "redirects"
    slow: bool = True
    capability: str | None = "redirects"

    def script(self, plot: Plot) -> Script:
        """Return the redirects, to places on the same server, and the stream."""
        moved = [
            whole(status, (("location", f"/moved/{number}"),))
            for number, status in enumerate(self.statuses, 1)
        ]
        steps = plot.repeated(plot.event(plot.case(0)))
        return Script((*moved, Answer(steps=tuple(steps))))

    def until(self, plot: Plot) -> Until:
        """Return whether the event behind the redirects arrived, or the client asks no more."""
        has_arrived = arrived([plot.sent(plot.case(0))])

        def until(progress: Progress) -> bool:
            asked = progress.asked
            is_late = progress.seconds - asked[-1].seconds > 2 * _BACKOFF_WATCH
            return has_arrived(progress) or (is_late and len(asked) <= len(self.statuses))

        return until

    def judge(self, plot: Plot, told: Conversation) -> Iterator[Violation]:
        """Yield the first redirect that was not followed."""
        for number, status in enumerate(self.statuses, 1):
            place = f"/moved/{number}"
            follows = len(told.asked) > number and told.asked[number].target == place
            if follows:
                continue
            more = len(told.asked) > number
            asked = told.target(told.asked[number]) if more else "nothing more"
            yield plot.violation(
                "redirect-not-followed",
                f"the client does not follow a redirect with status {status}",
                told,
                got=told.failure or f"it asked for {asked}",
                expected=f"a request for {place}, by the header Location",
                advice="follow redirects, or declare that redirects are not claimed",
            )
            return


@dataclass(frozen=True)
class Busy(Scene):
    """Answer 503 a few times, then with the stream."""

    name: str = "503 Service Unavailable"
    slow: bool = True
    capability: str | None = "backoff"

    def script(self, plot: Plot) -> Script:
        """Return the refusals, and the stream."""
        refused = whole(503, _TEXT, b"busy\n")
        steps = plot.repeated(plot.event(plot.case(0)))
        return Script((*[refused] * BUSY, Answer(steps=tuple(steps))))

    def until(self, plot: Plot) -> Until:
        """Return whether the client has come back often, or waits before it does so again."""
        has_arrived = arrived([plot.sent(plot.case(0))])

        def until(progress: Progress) -> bool:
            asked = progress.asked
            if len(asked) > BUSY or has_arrived(progress):
                return True
            return len(asked) > 1 and progress.seconds - asked[0].seconds > _BACKOFF_WATCH

        return until

    def judge(self, plot: Plot, told: Conversation) -> Iterator[Violation]:
        """Yield that it hammers; that it gives up, as the standard says, is advice."""
        asked = told.asked
        if len(asked) > BUSY and asked[BUSY].seconds - asked[0].seconds < LEAST_BACKOFF:
            seconds = asked[BUSY].seconds - asked[0].seconds
            yield plot.violation(
                "no-backoff",
                "the client comes back at once to a server that is busy, again and again",
                told,
                got=f"{BUSY} more requests within {seconds:.2f} s",
                expected="a pause before each, longer each time",
                advice="wait before each try, and longer after each failure",
            )
        elif len(asked) == 1:
            yield plot.violation(
                "gave-up-after-503",
                "the client does not come back after 503, as the HTML standard has it",
                told,
                severity="advice",
                got=told.ending or "no second request",
                expected="another try after a pause, so that a restart is survived",
                advice="try again yourself where it matters, or declare that backoff is not"
                " claimed",
            )


def _is_taken_or_late(progress: Progress) -> bool:
    payloads = [got for got in progress.got if got.error is None]
    since = progress.asked[0].ended
    return bool(payloads) or (since is not None and progress.seconds - since > _WATCH_SECONDS)


_STREAM_TYPE = dict(STREAM_HEADERS)["content-type"]
_STATUS = "look at the status: only 200 is a stream; or declare that status is not claimed"
_TYPE = "look at the content type, or declare that content-type is not claimed"

ANSWERS = (
    NoStream("a page with status 404", 404, _STREAM_TYPE, "status-ignored", _STATUS, "status"),
    NoStream("a page with status 500", 500, _STREAM_TYPE, "status-ignored", _STATUS, "status"),
    NoStream("an HTML page", 200, "text/html", "content-type-ignored", _TYPE, "content-type"),
    *map(Spelled, SPELLINGS),
    *map(Redirected, REDIRECTS),
    Busy(),
)
