"""The scene of the request: the client must ask for its stream as the document has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import parse_qsl, unquote, urlsplit

from pytest_asyncapi_sse.checks.conversation import Asked, Conversation
from pytest_asyncapi_sse.checks.evidence import masked
from pytest_asyncapi_sse.checks.security import Place, is_guarded
from pytest_asyncapi_sse.contract.conversing import Until, arrived
from pytest_asyncapi_sse.contract.scenes.plot import Plot
from pytest_asyncapi_sse.contract.scenes.scene import Scene
from pytest_asyncapi_sse.contract.setting import carried
from pytest_asyncapi_sse.errors import Violation, shown
from pytest_asyncapi_sse.server.stage import Script
from pytest_asyncapi_sse.server.steps import Answer, Chunk

_STREAM = "text/event-stream"


@dataclass(frozen=True)
class Asking(Scene):
    """Answer with one event, and look at the request."""

    name: str = "the request"
    parts: ClassVar[tuple[str, ...]] = ("credentials",)
    needs_delivery: ClassVar[bool] = False

    def script(self, plot: Plot) -> Script:
        """Return a stream of one event."""
        return Script((Answer(steps=(Chunk(plot.event(plot.case(0))),)),))

    def until(self, plot: Plot) -> Until:
        """Return whether the event arrived."""
        return arrived([plot.sent(plot.case(0))])

    def judge(self, plot: Plot, told: Conversation) -> Iterator[Violation]:
        """Yield what is wrong with the first request."""
        asked = told.asked[0]
        yield from self._target(plot, told, asked)
        yield from self._headers(plot, told, asked)
        if plot.client.claims("credentials"):
            yield from self._credentials(plot, told, asked)

    @staticmethod
    def _target(plot: Plot, told: Conversation, asked: Asked) -> Iterator[Violation]:
        method = plot.channel.request.method
        if asked.method != method:
            yield plot.violation(
                "wrong-method",
                f"the client opens its stream by {asked.method}, not by {method}",
                told,
                got=asked.method,
                expected=f"{method}, by the document",
                advice=f"send a {method} request",
            )
        wanted, given = urlsplit(told.url), urlsplit(asked.target)
        if _segments(given.path) != _segments(wanted.path):
            yield plot.violation(
                "wrong-path",
                "the client asks for another path",
                told,
                got=given.path,
                expected=wanted.path,
                advice="ask for the `url` that the client is called with, as it is",
            )
        if not _has_query(given.query, wanted.query):
            given, wanted = (urlsplit(masked(u, told.secrets)) for u in (asked.target, told.url))
            yield plot.violation(
                "wrong-query",
                "the client asks with another query",
                told,
                got=given.query or "no query",
                expected=wanted.query,
                advice="keep the query of the `url` that the client is called with",
            )

    @staticmethod
    def _headers(plot: Plot, told: Conversation, asked: Asked) -> Iterator[Violation]:
        accepted = asked.header("accept")
        if not _accepts(accepted):
            yield plot.violation(
                "missing-accept",
                "the client does not ask for an event stream",
                told,
                severity="advice",
                got="no Accept" if accepted is None else f"Accept: {shown(accepted)}",
                expected=f"Accept: {_STREAM}",
                advice="send it: servers that have a page at the same address choose by it",
            )
        last = asked.header("last-event-id")
        if last is not None:
            yield plot.violation(
                "early-last-event-id",
                "the client sends an id before it has seen an event",
                told,
                got=f"Last-Event-ID: {shown(last)}",
                expected="no Last-Event-ID in the first request",
                advice="send it only once an event had an id",
            )

    @staticmethod
    def _credentials(plot: Plot, told: Conversation, asked: Asked) -> Iterator[Violation]:
        missing = [place for place in _places(plot) if not _carries(asked, place, plot)]
        if missing and len(missing) == len(_places(plot)):
            has = asked.header(missing[0].name.lower()) is not None
            got = f"another value in {missing[0]}" if has else f"a request without {missing[0]}"
            yield plot.violation(
                "missing-credentials",
                "the client asks without the credentials for a stream that is guarded",
                told,
                got=got,
                expected=" or ".join(f"{place}" for place in missing),
                advice="send the `headers` that the client is called with, or declare that"
                " credentials are not claimed",
            )


def _places(plot: Plot) -> list[Place]:
    """Return where credentials are expected; a query is in the `url`, and judged with it."""
    return carried(plot.channel) if is_guarded(plot.channel) else []


def _carries(asked: Asked, place: Place, plot: Plot) -> bool:
    """Whether a request has a credential in its place: the one that was given, else any."""
    if place.kind == "cookie":
        return f"{place.name}=" in (asked.header("cookie") or "")
    sent = asked.header(place.name.lower())
    given = {name.lower(): value for name, value in plot.client.reach.headers.items()}
    return sent is not None and sent == given.get(place.name.lower(), sent)


def _segments(path: str) -> list[str]:
    """Return the segments of a path: what is encoded needlessly is the same (RFC 3986, 6.2.2)."""
    return [unquote(segment) for segment in path.split("/")]


def _has_query(given: str, wanted: str) -> bool:
    has = parse_qsl(given, keep_blank_values=True)
    return all(pair in has for pair in parse_qsl(wanted, keep_blank_values=True))


def _accepts(value: str | None) -> bool:
    if value is None:
        return False
    kinds = {part.partition(";")[0].strip().lower() for part in value.split(",")}
    return _STREAM in kinds


ASKING = (Asking(),)
