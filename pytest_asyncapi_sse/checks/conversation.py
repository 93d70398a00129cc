"""A conversation with the client under test, as plain values: its requests, what it delivered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pytest_asyncapi_sse.checks.delivery import Got
from pytest_asyncapi_sse.checks.evidence import Evidence, labelled, masked
from pytest_asyncapi_sse.errors import printable, shown

_SHOWN = 120
_SHOWN_HEARD = 5
# A client that comes back at once does so a thousand times a second.
_SHOWN_ASKED = 10
_OK = 200
_TOLD_HEADERS = ("accept", "last-event-id")
_ENDS = {
    "server": "ended by the server",
    "break": "broken off by the server",
    "client": "ended by the client",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold one request of the client, with what it was answered.

    Times are in seconds since the client was called; `ended` is None for a response that was open
    to the end, and `written` counts the bytes of its body. The `status` is 0 where the connection
    broke before an answer.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    seconds: float
    status: int
    ended: float | None = None
    ended_by: str = ""
    written: int = 0

    def header(self, name: str) -> str | None:
        """Return the value of a header, None where the request has none of that name."""
        return next((value for key, value in self.headers if key.lower() == name), None)


@dataclass(frozen=True, slots=True)
class Heard:
    """Hold one thing that the client delivered, and when, in seconds since it was called."""

    got: Got
    seconds: float


@dataclass(frozen=True, slots=True)
class Conversation:
    """Hold all that happened between the generated server and the client under test.

    `ended` is whether the client ended by itself before it was stopped, and `failure` says why
    where it did not end by returning; `ending` says how it ended in any case, as "it returned".
    `said` are its last lines on standard error. `timed_out` is whether what was waited for did not
    come; `hangs` whether the client still blocked at the end, and `refused` counts its requests
    after that, each answered with 204. `again` has the requests whose answer was given to the
    next one once more, and which are not in `asked`. `secrets` are the names in the query whose
    values are not shown.
    """

    url: str
    asked: tuple[Asked, ...]
    heard: tuple[Heard, ...]
    ended: bool = False
    failure: str = ""
    ending: str = ""
    said: str = ""
    timed_out: bool = False
    hangs: bool = False
    refused: int = 0
    again: tuple[Asked, ...] = ()
    secrets: tuple[str, ...] = ()

    @property
    def got(self) -> list[Got]:
        """What the client delivered, in order."""
        return [item.got for item in self.heard]

    @property
    def payloads(self) -> list[Got]:
        """What it delivered but for rejections."""
        return [item for item in self.got if item.error is None]

    @property
    def stopped(self) -> bool:
        """Whether the client ended before it had delivered all, and before its stream ended."""
        last = self.asked[-1] if self.asked else None
        is_open = last is not None and last.status == _OK
        by_itself = last is None or (is_open and last.ended_by in ("", "client"))
        return self.ended and self.timed_out and (by_itself or bool(self.failure))

    @property
    def evidence(self) -> Evidence:
        """The labelled lines that tell how it went."""
        return labelled(log="\n".join(self.log()), stderr=self.said)

    def log(self) -> Iterator[str]:
        """Yield what happened in the order of time, a line each."""
        events = [*self._asking(), *self._delivering()]
        if self.ended:
            last = max((seconds for seconds, _ in events), default=0.0)
            how = printable(self.failure or self.ending, _SHOWN)
            events.append((last, f"the client ended: {how}"))
        if not events:
            yield "nothing happened"
        for seconds, text in sorted(events, key=lambda event: event[0]):
            # Who connects at once may do so before the clock is read.
            yield f"{max(seconds, 0):.2f} s {text}"

    def _asking(self) -> Iterator[tuple[float, str]]:
        for asked in self.again:
            yield asked.seconds, f"{self._request(asked)}, and to the next request again"
        first = self.asked[:_SHOWN_ASKED]
        for asked in first:
            yield asked.seconds, self._request(asked)
        for asked in first:
            if asked.ended is not None:
                yield asked.ended, _ending(asked)
        rest = self.asked[_SHOWN_ASKED:]
        if rest:
            last = self._request(rest[-1])
            yield rest[-1].seconds, f"and {len(rest):,} more requests, the last {last}"

    def _request(self, asked: Asked) -> str:
        headers = [f"{n}: {v}" for n in _TOLD_HEADERS if (v := asked.header(n)) is not None]
        more = f" ({printable(', '.join(headers), _SHOWN)})" if headers else ""
        return f"{asked.method} {self.target(asked)}{more} -> {asked.status or 'no answer'}"

    def target(self, asked: Asked) -> str:
        """Return what a request asked for, fit to be shown."""
        return printable(masked(asked.target, self.secrets), _SHOWN)

    def _delivering(self) -> Iterator[tuple[float, str]]:
        for item in self.heard[:_SHOWN_HEARD]:
            yield item.seconds, _delivery(item.got)
        rest = self.heard[_SHOWN_HEARD:]
        if rest:
            yield (
                rest[-1].seconds,
                f"and {len(rest):,} more deliveries, the last {_short(rest[-1])}",
            )


def _ending(asked: Asked) -> str:
    if not asked.status:
        return _ENDS.get(asked.ended_by, "ended")
    return f"{_ENDS.get(asked.ended_by, 'ended')} after {asked.written:,} bytes"


def _delivery(got: Got) -> str:
    if got.error is not None:
        return f"rejected: {printable(got.error, _SHOWN)}"
    return f"delivered {shown(got.payload, _SHOWN)}"


def _short(item: Heard) -> str:
    return _delivery(item.got).removeprefix("delivered ")
