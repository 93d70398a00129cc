"""The tests of a client under test, one function a check; each channel gets them all."""

from __future__ import annotations

from pytest_asyncapi_sse.contract.delivering import Delivering
from pytest_asyncapi_sse.contract.names import EVENTS
from pytest_asyncapi_sse.contract.property import PayloadProperty
from pytest_asyncapi_sse.contract.targets import ClientUnderTest
from pytest_asyncapi_sse.contract.verdict import Record, decide, decide_or_skip
from pytest_asyncapi_sse.errors import ContractViolation, Violation, hides_frame
from pytest_asyncapi_sse.model import Channel

__tracebackhide__ = hides_frame


def delivers_every_event(
    asyncapi_channel: Channel,
    asyncapi_client_under_test: ClientUnderTest,
    asyncapi_property: PayloadProperty,
    asyncapi_note: Record,
) -> None:
    """Test that the client delivers each generated payload intact, once and in order."""
    cases = asyncapi_property.draw()
    delivering = Delivering(
        asyncapi_channel, asyncapi_client_under_test, cases, asyncapi_note.policy
    )
    try:
        outcome, known = delivering.run()
    except ContractViolation as violation:
        decide_or_skip(violation, asyncapi_note)
    asyncapi_note(EVENTS, len(cases))
    found = [violation for violation in known.values() if violation is not None]
    if any(violation.severity == "error" for violation in found):
        smallest = asyncapi_property.shrink(known, delivering.verdict)
        again = asyncapi_property.command
        found = [delivering.explained(case, violation, again) for case, violation in smallest]
    if outcome.hangs:
        found.append(_hangs(asyncapi_channel))
    decide([*found, *delivering.ignored], asyncapi_note)


def _hangs(channel: Channel) -> Violation:
    return Violation(
        code="client-hangs",
        summary="the client still blocks after its stream was closed",
        channel=channel.name,
        got="its thread is still running",
        expected="an iterable that ends, or fails, when the stream does",
        advice="give it by --asyncapi-client MODULE:ATTR: it then runs in a process of its own",
    )
