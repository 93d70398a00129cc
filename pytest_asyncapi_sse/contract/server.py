"""The tests of a server under test, one function a check; each channel gets them all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_asyncapi_sse.checks.evidence import with_evidence
from pytest_asyncapi_sse.checks.policy import Policy
from pytest_asyncapi_sse.checks.server import Item, cause_of, told_by
from pytest_asyncapi_sse.contract.names import EVENTS
from pytest_asyncapi_sse.contract.probing import (
    credentials_are_checked,
    invalid_parameters_are_refused,
    resumes_after_a_cut,
    serves_the_next_client,
    unknown_channels_are_not_found,
)
from pytest_asyncapi_sse.contract.property import PayloadProperty
from pytest_asyncapi_sse.contract.publishing import Publishing
from pytest_asyncapi_sse.contract.targets import ServerUnderTest
from pytest_asyncapi_sse.contract.telling import (
    Sibling,
    connected,
    merged,
    recordings_of,
    refuse_eventless,
    refuse_replayed,
)
from pytest_asyncapi_sse.contract.verdict import Record, decide, refuse_unchecked
from pytest_asyncapi_sse.errors import Violation, hides_frame
from pytest_asyncapi_sse.model import Channel
from pytest_asyncapi_sse.sse import Recording

__tracebackhide__ = hides_frame

__all__ = [
    "connects",
    "credentials_are_checked",
    "events_match_the_contract",
    "invalid_parameters_are_refused",
    "published_payloads_arrive",
    "resumes_after_a_cut",
    "serves_the_next_client",
    "stream_is_well_formed",
    "unknown_channels_are_not_found",
]


def connects(
    asyncapi_channel: Channel,
    asyncapi_server_under_test: ServerUnderTest,
    asyncapi_sibling: Sibling,
    asyncapi_note: Record,
) -> None:
    """Test that the channel answers with status 200 and an event stream."""
    server = asyncapi_server_under_test
    _decide("connects", asyncapi_channel, server, asyncapi_sibling, asyncapi_note)


def stream_is_well_formed(
    asyncapi_channel: Channel,
    asyncapi_server_under_test: ServerUnderTest,
    asyncapi_sibling: Sibling,
    asyncapi_note: Record,
) -> None:
    """Test that the bytes are an event stream by the HTML standard."""
    server = asyncapi_server_under_test
    _decide("stream_is_well_formed", asyncapi_channel, server, asyncapi_sibling, asyncapi_note)


def events_match_the_contract(
    asyncapi_channel: Channel,
    asyncapi_server_under_test: ServerUnderTest,
    asyncapi_sibling: Sibling,
    asyncapi_note: Record,
) -> None:
    """Test that events come, that each satisfies a message, and that they keep `x-sse`."""
    server = asyncapi_server_under_test
    _decide("events_match_the_contract", asyncapi_channel, server, asyncapi_sibling, asyncapi_note)


def published_payloads_arrive(
    asyncapi_channel: Channel,
    asyncapi_server_under_test: ServerUnderTest,
    asyncapi_sibling: Sibling,
    asyncapi_property: PayloadProperty,
    asyncapi_note: Record,
) -> None:
    """Test that each payload that the trigger publishes comes out intact."""
    server = asyncapi_server_under_test
    refuse_replayed(server)
    if server.kind == "yours":
        recordings = connected(asyncapi_channel, server, asyncapi_sibling, asyncapi_note)
        refuse_eventless(recordings, asyncapi_sibling)
    for parameters in server.parameter_sets(asyncapi_channel):
        trigger = server.trigger(parameters)
        if trigger is None:
            pytest.skip("no trigger: give --asyncapi-trigger or the fixture asyncapi_trigger")
        refuse_unchecked(asyncapi_channel)
        opening = server.opening(asyncapi_channel, parameters)
        publishing = Publishing(asyncapi_channel, opening, trigger, asyncapi_note.policy)
        _publish(publishing, asyncapi_property, asyncapi_note)


def _publish(publishing: Publishing, payloads: PayloadProperty, note: Record) -> None:
    cases = payloads.draw()
    with publishing:
        known = publishing.run(cases)
        if publishing.unconfirmed:
            pytest.skip("the trigger does not return the payload to expect")
        note(EVENTS, len(known))
        smallest = []
        if any(known.values()):
            publishing.hurry()
            smallest = payloads.shrink(known, publishing.verdict)
        found = [publishing.explained(case, wrong, payloads.command) for case, wrong in smallest]
        decide([*found, *publishing.advice, *publishing.ignored], note)


def _decide(
    item: Item, channel: Channel, server: ServerUnderTest, sibling: Sibling, note: Record
) -> None:
    """Decide on what an item tells, or refer to the item that tells the cause."""
    told = []
    causes = set()
    for recording in recordings_of(item, channel, server, sibling):
        cause = cause_of(item, channel, recording, note.policy)
        if cause is not None and sibling(cause):
            causes.add(cause)
            continue
        if item == "events_match_the_contract" and cause is None:
            note(EVENTS, len(recording.events))
        told.append((recording, _told(cause or item, channel, recording, server, note.policy)))
    if not told:
        pytest.skip(f"see {' and '.join(sorted(causes))}")
    left_out = _left_out(channel, server) if item == "connects" else []
    decide([*merged(told), *left_out], note)


def _left_out(channel: Channel, server: ServerUnderTest) -> list[Violation]:
    sets = server.left_out(channel)
    if not sets:
        return []
    asked = len(server.parameter_sets(channel))
    return [
        Violation(
            code="values-not-tried",
            severity="advice",
            summary=f"{len(sets)} of {asked + len(sets)} sets of parameter values were not tried",
            channel=channel.name,
            location=channel.location,
            advice="give those that matter with --asyncapi-parameter, once for each value",
        )
    ]


def _told(
    item: Item, channel: Channel, recording: Recording, server: ServerUnderTest, policy: Policy
) -> list[Violation]:
    found = told_by(item, channel, recording, policy)
    if server.kind == "generated":
        # It goes on for ever, whatever the document says: nobody can act on that.
        found = [violation for violation in found if violation.code != "rule-not-judged"]
    found = with_evidence(found, recording)
    if not policy.apply(found, channel.name).errors:
        return found
    kept = server.keep(channel, recording)
    return [replace(wrong, evidence=(*wrong.evidence, *kept)) for wrong in found]
