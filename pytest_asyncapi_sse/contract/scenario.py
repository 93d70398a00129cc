"""A scenario: payloads that go to the client under test on one connection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pytest_asyncapi_sse.checks.conversation import Conversation
from pytest_asyncapi_sse.checks.delivery import Fault, Got, Sent, compare
from pytest_asyncapi_sse.checks.events import data_of, fits
from pytest_asyncapi_sse.contract.conversing import arrived, converse, is_same
from pytest_asyncapi_sse.contract.property import Case
from pytest_asyncapi_sse.contract.targets import ClientUnderTest
from pytest_asyncapi_sse.model import Channel, Message
from pytest_asyncapi_sse.server.events import event_bytes
from pytest_asyncapi_sse.server.stage import Script
from pytest_asyncapi_sse.server.steps import Answer, Chunk, End, Pause, Step

RESEND_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold how a scenario went: the faults of the delivery, and the conversation."""

    faults: tuple[Fault, ...]
    told: Conversation

    @property
    def delivered(self) -> int:
        """How many things the client delivered."""
        return len(self.told.heard)

    @property
    def failure(self) -> str:
        """Why the client stopped early, where it did not end by returning."""
        return self.told.failure if self.told.stopped else ""


def run_scenario(
    channel: Channel, client: ClientUnderTest, cases: Sequence[Case], sentinel: Case
) -> Outcome:
    """Send the cases to the client on one connection, then a sentinel, and compare.

    It ends with the sentinel and 100 ms of quiet; the sentinel is repeated for a client that
    loses it, and the stream is closed half way to the deadline for a client that delivers only
    then. Raises ContractViolation `no-client` where the client does not connect in time.
    """
    timeout = client.reach.timeout
    events = [event_bytes(channel, case.payload, message=case.message.name) for case in cases]
    ending = event_bytes(channel, sentinel.payload, message=sentinel.message.name)
    answer = Answer(steps=(*map(Chunk, events), *repeated(ending, timeout / 2)))
    sent = [sent_of(channel, case) for case in (*cases, sentinel)]
    told = converse(channel, client, Script((answer,)), arrived(sent), within=timeout)
    return Outcome(tuple(without_sentinels(sent[:-1], sent[-1], told.got)), told)


def repeated(ending: bytes, seconds: float) -> Iterable[Step]:
    """Yield the steps that send an event again and again for some time, and then end the stream."""
    yield Chunk(ending)
    for _ in range(int(seconds / RESEND_SECONDS)):
        yield from (Pause(RESEND_SECONDS), Chunk(ending))
    yield from (Pause(RESEND_SECONDS), End())


def sent_of(channel: Channel, case: Case) -> Sent:
    """Return what a case is to arrive as.

    Of the names of other messages it is wrong by those that a client can tell from it: by the name
    of the event, or by a payload that the other does not allow.
    """
    data = data_of(case.message, case.payload)
    declared = case.message.event is not None
    others = {
        name
        for message in channel.streamed
        if declared or not fits(message, data)
        for name in _names(message)
    }
    return Sent(case.payload, data, frozenset(others - _names(case.message)))


def _names(message: Message) -> set[str]:
    return {name for name in (message.name, message.key, message.event) if name}


def without_sentinels(sent: list[Sent], ending: Sent, got: list[Got]) -> list[Fault]:
    """Compare up to the sentinel; what follows it can only be the sentinel again."""
    last = len(got)
    while last > 0 and is_same(got[last - 1], ending):
        last -= 1
    equal = 0
    while equal < len(sent) and is_same(_delivered(sent[-1 - equal]), ending):
        equal += 1
    faults = compare([*sent, ending], got[: last + equal + 1])
    return [fault for fault in faults if fault.index < len(sent)]


def _delivered(event: Sent) -> Got:
    """Return what arrives where all is well."""
    return Got(event.payload, event.data)
