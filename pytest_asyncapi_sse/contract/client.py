"""The tests of a client under test, one function a check; each channel gets them all."""

from __future__ import annotations

from pytest_asyncapi_sse.contract.delivering import Delivering, Known
from pytest_asyncapi_sse.contract.names import EVENTS
from pytest_asyncapi_sse.contract.paring import pared
from pytest_asyncapi_sse.contract.performing import Performance, hangs, refuse_hung
from pytest_asyncapi_sse.contract.property import Case, PayloadProperty
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
    refuse_hung(asyncapi_channel, asyncapi_client_under_test)
    drawn = asyncapi_property.draw()
    is_yours = asyncapi_client_under_test.kind == "yours"
    edges = asyncapi_property.boundary() if is_yours else []
    cases = [*drawn, *edges]
    delivering = Delivering(
        asyncapi_channel, asyncapi_client_under_test, cases, asyncapi_note.policy
    )
    try:
        outcome, known = delivering.run()
    except ContractViolation as violation:
        asyncapi_client_under_test.memory.plain[id(asyncapi_channel)] = violation
        decide_or_skip(violation, asyncapi_note)
    asyncapi_note(EVENTS, len(cases))
    if delivering.is_over:
        found = delivering.seen(known, asyncapi_property.again)
    else:
        found = _smallest(asyncapi_property, delivering, known, edges)
    if outcome.told.hangs:
        asyncapi_client_under_test.memory.hangs(asyncapi_channel, asyncapi_client_under_test.item)
        found.append(hangs(asyncapi_channel, outcome.told))
    # What the policy lets pass may be why the other items have nothing plain to begin with.
    if not delivering.ignored and {violation.code for violation in found} <= {"precision-lost"}:
        asyncapi_client_under_test.memory.delivers.add(id(asyncapi_channel))
    decide([*found, *delivering.ignored], asyncapi_note)


def _smallest(
    drawing: PayloadProperty, delivering: Delivering, known: Known, edges: list[Case]
) -> list[Violation]:
    """Return what is wrong, with the smallest payload of each code; those of edges are small."""
    wrong = [(case, known[case.key]) for case in edges]
    at_edges = [(case, violation) for case, violation in wrong if violation is not None]
    drawn = {key: known[key] for key in known if key not in {case.key for case in edges}}
    found = [violation for violation in drawn.values() if violation is not None]
    if any(violation.severity == "error" for violation in found):
        smallest = drawing.shrink(drawn, delivering.verdict)
        if drawing.narrow is None:
            smallest = [pared(*pair, delivering.verdict) for pair in smallest]
        found = [delivering.explained(*pair, drawing.command) for pair in smallest]
    told = {violation.code for violation in found}
    for case, violation in at_edges:
        if violation.code not in told:
            told.add(violation.code)
            found.append(delivering.explained(case, violation, drawing.again))
    return found


def reads_every_wire_form(asyncapi_performance: Performance) -> None:
    """Test that the client reads events in every form in which the standard has them."""
    asyncapi_performance.play("reads_every_wire_form")


def handles_invalid_events(asyncapi_performance: Performance) -> None:
    """Test that the client treats invalid events by the policy, and goes on after them."""
    asyncapi_performance.play("handles_invalid_events")


def asks_for_its_stream(asyncapi_performance: Performance) -> None:
    """Test that the client sends the request that the document describes."""
    asyncapi_performance.play("asks_for_its_stream")


def comes_back_after_an_end(asyncapi_performance: Performance) -> None:
    """Test that the client reconnects where it should, in time, and loses and repeats nothing."""
    asyncapi_performance.play("comes_back_after_an_end")


def takes_only_a_stream(asyncapi_performance: Performance) -> None:
    """Test that the client takes no page for a stream, and finds its way to one."""
    asyncapi_performance.play("takes_only_a_stream")
