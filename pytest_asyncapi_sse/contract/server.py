"""The tests of a server under test, one function a check; each channel gets them all."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_asyncapi_sse.checks.connection import check_connection
from pytest_asyncapi_sse.checks.events import check_events, messages_seen
from pytest_asyncapi_sse.checks.evidence import with_request
from pytest_asyncapi_sse.checks.wire import check_wire
from pytest_asyncapi_sse.contract.names import EVENTS
from pytest_asyncapi_sse.contract.property import PayloadProperty
from pytest_asyncapi_sse.contract.publishing import Publishing
from pytest_asyncapi_sse.contract.targets import ServerUnderTest
from pytest_asyncapi_sse.contract.verdict import Record, decide, refuse_unchecked
from pytest_asyncapi_sse.errors import HostingError, Violation, hides_frame
from pytest_asyncapi_sse.model import Channel
from pytest_asyncapi_sse.sse import Recording

__tracebackhide__ = hides_frame

Sibling = Callable[[str], bool]


def connects(
    asyncapi_channel: Channel, asyncapi_server_under_test: ServerUnderTest, asyncapi_note: Record
) -> None:
    """Test that the channel answers with status 200 and an event stream."""
    recording = asyncapi_server_under_test.recording(asyncapi_channel)
    decide(with_request(check_connection(asyncapi_channel, recording), recording), asyncapi_note)


def stream_is_well_formed(
    asyncapi_channel: Channel,
    asyncapi_server_under_test: ServerUnderTest,
    asyncapi_sibling: Sibling,
    asyncapi_note: Record,
) -> None:
    """Test that the bytes are an event stream by the HTML standard."""
    recording = _connected(asyncapi_channel, asyncapi_server_under_test, asyncapi_sibling)
    if not recording.frames and not recording.pending:
        if asyncapi_sibling("events_match_the_contract"):
            pytest.skip("nothing was sent: see events_match_the_contract")
        decide(with_request(check_events(asyncapi_channel, recording), recording), asyncapi_note)
    decide(with_request(check_wire(asyncapi_channel, recording), recording), asyncapi_note)


def events_match_the_contract(
    asyncapi_channel: Channel,
    asyncapi_server_under_test: ServerUnderTest,
    asyncapi_sibling: Sibling,
    asyncapi_note: Record,
) -> None:
    """Test that events come, and that each satisfies a message of the channel."""
    recording = _connected(asyncapi_channel, asyncapi_server_under_test, asyncapi_sibling)
    found = check_events(asyncapi_channel, recording)
    asyncapi_note(EVENTS, len(recording.events))
    decide([*with_request(found, recording), *_unseen(asyncapi_channel, recording)], asyncapi_note)


def published_payloads_arrive(
    asyncapi_channel: Channel,
    asyncapi_server_under_test: ServerUnderTest,
    asyncapi_sibling: Sibling,
    asyncapi_property: PayloadProperty,
    asyncapi_note: Record,
) -> None:
    """Test that each payload that the trigger publishes comes out intact."""
    server = asyncapi_server_under_test
    if server.kind == "yours":
        _connected(asyncapi_channel, server, asyncapi_sibling)
    trigger = server.trigger(asyncapi_channel)
    if trigger is None:
        pytest.skip("no trigger: give --asyncapi-trigger or the fixture asyncapi_trigger")
    refuse_unchecked(asyncapi_channel)
    cases = asyncapi_property.draw()
    with Publishing(asyncapi_channel, server, trigger) as publishing:
        known = publishing.run(cases)
        if publishing.unconfirmed:
            pytest.skip("the trigger does not return the payload to expect")
        asyncapi_note(EVENTS, len(known))
        smallest = []
        if any(known.values()):
            publishing.hurry()
            smallest = asyncapi_property.shrink(known, publishing.verdict)
        again = asyncapi_property.command
        found = [publishing.explained(case, violation, again) for case, violation in smallest]
        decide([*found, *publishing.advice], asyncapi_note)


def _connected(channel: Channel, server: ServerUnderTest, sibling: Sibling) -> Recording:
    """Return the recording; where the connection itself failed, that is told once."""
    try:
        recording = server.recording(channel)
    except HostingError:
        if sibling("connects"):
            pytest.skip("see connects")
        raise
    broken = check_connection(channel, recording)
    if broken and sibling("connects"):
        pytest.skip("see connects")
    decide(with_request(broken, recording), lambda *_: None)
    return recording


def _unseen(channel: Channel, recording: Recording) -> list[Violation]:
    if not recording.events:
        return []
    return [
        Violation(
            code="message-not-seen",
            severity="advice",
            summary=f"no event of message {name} came on {channel.name}",
            channel=channel.name,
            message=name,
        )
        for name, count in messages_seen(channel, recording).items()
        if count == 0
    ]
