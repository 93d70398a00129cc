"""A scenario: events that the generated server sends to the client under test, and what arrived."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from pytest_asyncapi_sse.checks.delivery import Fault, Got, Sent, compare
from pytest_asyncapi_sse.checks.events import data_of
from pytest_asyncapi_sse.contract.property import Case
from pytest_asyncapi_sse.contract.targets import ClientUnderTest, generated_parameter
from pytest_asyncapi_sse.document import address
from pytest_asyncapi_sse.driver.calling import Call
from pytest_asyncapi_sse.driver.delivery import Delivery
from pytest_asyncapi_sse.driver.listening import Listening
from pytest_asyncapi_sse.errors import ContractViolation, Violation, hides_frame
from pytest_asyncapi_sse.model import Channel
from pytest_asyncapi_sse.schema import same_json
from pytest_asyncapi_sse.server.stream_server import StreamServer

__tracebackhide__ = hides_frame

QUIET_SECONDS = 0.1
_RESEND_SECONDS = 0.5
_STOP_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold how a scenario went: the faults of the delivery, and how the client behaved."""

    faults: tuple[Fault, ...]
    delivered: int
    failure: str = ""
    stopped_early: bool = False
    timed_out: bool = False
    hangs: bool = False


def run_scenario(
    channel: Channel, client: ClientUnderTest, cases: Sequence[Case], sentinel: Case
) -> Outcome:
    """Send the cases to the client on one connection, then a sentinel, and compare.

    It ends with the sentinel and 100 ms of quiet; the sentinel is repeated for a client that
    loses it, and the stream is closed half way to the deadline for a client that delivers only
    then. Raises ContractViolation `no-client` where the client does not connect in time.
    """
    given = client.reach.parameters_of(channel)
    values = address.resolve_parameters(channel, given, generate=generated_parameter)
    with StreamServer(channel, parameters=values) as server:
        call = Call(
            url=server.url,
            base_url=server.base_url,
            channel=channel.name,
            parameters=values,
            headers=dict(client.reach.headers),
        )
        listening = client.driver.start(call)
        try:
            _await_client(server, listening, client.reach.timeout)
            timed_out = _play(server, listening, cases, sentinel, client.reach.timeout)
            stopped_early = listening.ended and timed_out
            deliveries = listening.deliveries
        finally:
            listening.stopping = True
            server.finish()
            hangs = not client.driver.stop(listening, within=_STOP_SECONDS)
    sent = [_sent(case) for case in cases]
    got = [_got(item) for item in deliveries]
    return Outcome(
        faults=tuple(_without_sentinels(sent, _sent(sentinel), got)),
        delivered=len(deliveries),
        failure=listening.failure if stopped_early else "",
        stopped_early=stopped_early,
        timed_out=timed_out,
        hangs=hangs,
    )


def _await_client(server: StreamServer, listening: Listening, within: float) -> None:
    deadline = time.monotonic() + within
    while not server.requests and time.monotonic() < deadline and not listening.ended:
        listening.wait_until(lambda: listening.ended, within=0.005)
    if server.requests:
        return
    raise ContractViolation.of(
        [
            Violation(
                code="client-failed" if listening.ended else "no-client",
                summary=(
                    "the client ended before it connected"
                    if listening.ended
                    else f"the client did not connect within {within:g} s"
                ),
                channel=server.channel.name,
                got=listening.failure or "no request",
                expected=f"a GET request for {server.url}",
                advice="make the client ask for the `url` that it is called with",
            )
        ]
    )


def _play(
    server: StreamServer,
    listening: Listening,
    cases: Sequence[Case],
    sentinel: Case,
    timeout: float,
) -> bool:
    """Send everything and wait for the sentinel; True where it did not come."""
    for case in cases:
        server.send(case.payload, message=case.message.name)
    ending = _sent(sentinel)
    wanted = 1 + sum(same_json(case.payload, sentinel.payload) for case in cases)
    started = time.monotonic()
    closed = False

    def arrived() -> bool:
        # A client that changes payloads never shows the sentinel, but as many events as were sent.
        enough = len(listening.deliveries) > len(cases)
        return enough or listening.ended or _count(listening, ending) >= wanted

    while time.monotonic() - started < timeout:
        if not closed:
            server.send(sentinel.payload, message=sentinel.message.name)
        if listening.wait_until(arrived, within=_RESEND_SECONDS):
            break
        if not closed and time.monotonic() - started > timeout / 2:
            closed = True
            server.finish()
    listening.wait_quiet(quiet=QUIET_SECONDS, within=1.0)
    return len(listening.deliveries) <= len(cases) and _count(listening, ending) < wanted


def _sent(case: Case) -> Sent:
    return Sent(case.payload, data_of(case.message, case.payload))


def _got(item: Delivery) -> Got:
    return Got(item.payload, item.data, item.error)


def _is(got: Got, sent: Sent) -> bool:
    return got.error is None and (got.data == sent.data or same_json(got.payload, sent.payload))


def _count(listening: Listening, sent: Sent) -> int:
    return sum(_is(_got(item), sent) for item in listening.deliveries)


def _without_sentinels(sent: list[Sent], ending: Sent, got: list[Got]) -> list[Fault]:
    """Compare up to the sentinel; what follows it can only be the sentinel again."""
    last = len(got)
    while last > 0 and _is(got[last - 1], ending):
        last -= 1
    equal = 0
    while equal < len(sent) and same_json(sent[-1 - equal].payload, ending.payload):
        equal += 1
    faults = compare([*sent, ending], got[: last + equal + 1])
    return [fault for fault in faults if fault.index < len(sent)]
