"""The tests of a server under test, one function a check; each channel gets them all."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_asyncapi_sse.checks.connection import check_connection
from pytest_asyncapi_sse.checks.evidence import with_request
from pytest_asyncapi_sse.checks.server import Item, cause_of, told_by
from pytest_asyncapi_sse.contract.names import EVENTS
from pytest_asyncapi_sse.contract.property import PayloadProperty
from pytest_asyncapi_sse.contract.publishing import Publishing
from pytest_asyncapi_sse.contract.targets import ServerUnderTest
from pytest_asyncapi_sse.contract.verdict import Record, decide, refuse_unchecked
from pytest_asyncapi_sse.errors import HostingError, hides_frame
from pytest_asyncapi_sse.model import Channel
from pytest_asyncapi_sse.sse import Recording

__tracebackhide__ = hides_frame

Sibling = Callable[[str], bool]


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


def _decide(
    item: Item, channel: Channel, server: ServerUnderTest, sibling: Sibling, note: Record
) -> None:
    """Decide on what an item tells, or refer to the item that tells the cause."""
    recording = _recording(item, channel, server, sibling)
    cause = cause_of(item, channel, recording)
    if cause is not None and sibling(cause):
        pytest.skip(f"see {cause}")
    if item == "events_match_the_contract" and cause is None:
        note(EVENTS, len(recording.events))
    found = told_by(cause or item, channel, recording)
    if server.kind == "generated":
        # It goes on for ever, whatever the document says: nobody can act on that.
        found = [violation for violation in found if violation.code != "rule-not-judged"]
    decide(with_request(found, recording), note)


def _connected(channel: Channel, server: ServerUnderTest, sibling: Sibling) -> None:
    """Skip or fail where the connection itself failed, so that it is told once."""
    recording = _recording(None, channel, server, sibling)
    broken = check_connection(channel, recording)
    if broken and sibling("connects"):
        pytest.skip("see connects")
    decide(with_request(broken, recording), lambda *_: None)


def _recording(
    item: Item | None, channel: Channel, server: ServerUnderTest, sibling: Sibling
) -> Recording:
    try:
        return server.recording(channel)
    except HostingError:
        if item != "connects" and sibling("connects"):
            pytest.skip("see connects")
        raise
