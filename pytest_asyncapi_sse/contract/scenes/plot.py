"""A plot: what the scenes of one channel are made of, chosen once for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pytest_asyncapi_sse.checks.conversation import Conversation
from pytest_asyncapi_sse.checks.delivery import Sent
from pytest_asyncapi_sse.checks.evidence import labelled
from pytest_asyncapi_sse.checks.fields import field_violations
from pytest_asyncapi_sse.contract.property import Case
from pytest_asyncapi_sse.contract.scenario import repeated, sent_of
from pytest_asyncapi_sse.contract.setting import Setting
from pytest_asyncapi_sse.contract.targets import ClientUnderTest
from pytest_asyncapi_sse.errors import Severity, Violation, printable
from pytest_asyncapi_sse.model import Channel
from pytest_asyncapi_sse.schema import dump_json
from pytest_asyncapi_sse.schema.narrowing import drawable
from pytest_asyncapi_sse.server.events import event_bytes, event_name, retry_bytes
from pytest_asyncapi_sse.server.fields import event_id, needed_fields
from pytest_asyncapi_sse.server.steps import Step
from pytest_asyncapi_sse.sse import Decoder

CASES = 8
_DRAWN = 20
_LARGEST = 600
SHOWN_PAYLOAD = 2000


@dataclass(frozen=True, slots=True)
class Plot:
    """Hold what scenes are made of: valid cases that the client delivers when sent plainly.

    The cases are distinct where the schemas allow as many; `case` gives them by number, again and
    again. `seconds` is how long a scene may wait for what has to come.
    """

    channel: Channel
    client: ClientUnderTest
    cases: tuple[Case, ...]
    setting: Setting

    @property
    def seconds(self) -> float:
        """How long a scene may wait for what has to come, in seconds."""
        return min(self.client.reach.timeout, 3.0)

    def case(self, number: int) -> Case:
        """Return a case, of which there is no end."""
        return self.cases[number % len(self.cases)]

    def event(self, case: Case, *, id: str | None = None, retry: int | None = None) -> bytes:
        """Return the plain bytes of an event."""
        message = case.message.name
        return event_bytes(self.channel, case.payload, message=message, id=id, retry=retry)

    def id(self, number: int) -> str:
        """Return the id of the event of a number: the number, unless the document forbids it."""
        message = self.case(number - 1).message
        return event_id(self.channel, message, number, is_asked=True) or str(number)

    def numbered(self, number: int) -> bytes:
        """Return the bytes of the case before a number, with the id of that number."""
        return self.event(self.case(number - 1), id=self.id(number))

    def opening(self, milliseconds: int) -> tuple[bytes, ...]:
        """Return the first numbered event, which sets the reconnection time.

        A block before it does so where the headers of its message do not allow that.
        """
        case = self.case(0)
        data = self.event(case, id=self.id(1), retry=milliseconds)
        if not allows_fields(case, data):
            return retry_bytes(milliseconds), self.numbered(1)
        return (data,)

    def waiting(self, milliseconds: int) -> tuple[bytes, ...]:
        """Return what sets the reconnection time at the end of a stream.

        It is nothing where no event sets another one, as the headers of a message may ask for.
        """
        sets = any(needed_fields(case.message).retry is not None for case in self.cases)
        return (retry_bytes(milliseconds),) if sets else ()

    def lines(self, case: Case, data: Sequence[str], *, id: str | None = None) -> list[str]:
        """Return the lines of an event, each `name: value`, with these lines of data."""
        name, needed = event_name(self.channel, case.message), needed_fields(case.message)
        own = id if id is not None else needed.id
        fields = [("event", name)] if name not in ("", "message") else []
        fields += [("id", own)] if own is not None else []
        fields += [("retry", str(needed.retry))] if needed.retry is not None else []
        return [f"{key}: {value}" for key, value in [*fields, *(("data", line) for line in data)]]

    def repeated(self, data: bytes) -> Iterable[Step]:
        """Return the steps that send an event again and again, and end the stream in time.

        So it arrives at a client that loses one, and at one that delivers at the end.
        """
        return repeated(data, self.seconds / 2)

    def sent(self, case: Case) -> Sent:
        """Return what a case is to arrive as."""
        return sent_of(self.channel, case)

    def violation(
        self,
        code: str,
        summary: str,
        told: Conversation,
        *,
        got: str = "",
        expected: str = "",
        advice: str = "",
        case: Case | None = None,
        frame: bytes | None = None,
        severity: Severity = "error",
    ) -> Violation:
        """Return what is wrong with a conversation, with the payload and the log as evidence."""
        payload = printable(dump_json(case.payload), SHOWN_PAYLOAD) if case else ""
        return Violation(
            code=code,
            severity=severity,
            summary=summary,
            channel=self.channel.name,
            message=case.message.name if case else "",
            got=got,
            expected=expected,
            location=(case.message.location if case else None) or self.channel.location,
            frame=frame,
            evidence=(
                *labelled(payload=payload),
                *told.evidence,
                *labelled(again=self.client.again),
            ),
            advice=advice,
        )


def allows_fields(case: Case, data: bytes) -> bool:
    """Say whether the document allows the fields of an event that carries a case."""
    frames = Decoder().frames(data)
    return not any(found for frame in frames for found in field_violations(case.message, frame))


def block(lines: Sequence[str]) -> bytes:
    """Return the bytes of lines, and of the blank line that ends them."""
    return "\n".join([*lines, "", ""]).encode()


def plain_cases(channel: Channel, client: ClientUnderTest) -> tuple[Case, ...]:
    """Return a few ordinary payloads of a channel, the same ones at each call.

    The messages take turns. Neither the smallest ones are among them, which clients drop for
    reasons of their own, nor large ones; one has text beyond ASCII where there is such a one.
    """
    by_message = [
        _ordinary(
            [Case(m, p) for p in drawable(channel, m, client.reach.narrow).samples(_DRAWN)],
        )
        for m in channel.generated
    ]
    return tuple(_distinct(_turns(by_message)))[:CASES]


def _ordinary(cases: list[Case]) -> list[Case]:
    sizes = {id(case): len(dump_json(case.payload)) for case in cases}
    ordered = sorted(cases, key=lambda case: sizes[id(case)])
    small = [case for case in ordered if sizes[id(case)] <= _LARGEST] or ordered[:1]
    chosen = small[len(small) // 4 :]
    return sorted(chosen, key=lambda case: dump_json(case.payload).isascii())


def _turns(lists: list[list[Case]]) -> Iterator[Case]:
    for number in range(max(map(len, lists), default=0)):
        yield from (cases[number] for cases in lists if number < len(cases))


def _distinct(cases: Iterator[Case]) -> Iterator[Case]:
    seen: set[tuple[str, str]] = set()
    for case in cases:
        if case.key not in seen:
            seen.add(case.key)
            yield case
