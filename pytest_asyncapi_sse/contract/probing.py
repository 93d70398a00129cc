"""The active tests of a server under test: each opens connections of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

import pytest

from pytest_asyncapi_sse.checks.evidence import with_evidence
from pytest_asyncapi_sse.checks.refusal import (
    Answer,
    check_invalid_parameters,
    check_unknown_channel,
)
from pytest_asyncapi_sse.checks.resume import (
    Controlled,
    Published,
    check_resume,
    identified,
    not_judged,
)
from pytest_asyncapi_sse.checks.security import (
    Probes,
    check_credentials,
    is_guarded,
    places,
    why_unprobed,
)
from pytest_asyncapi_sse.checks.survival import check_survival
from pytest_asyncapi_sse.client.credentials import Credentials
from pytest_asyncapi_sse.client.exchange import StreamOpening
from pytest_asyncapi_sse.client.record import Enough, record
from pytest_asyncapi_sse.client.stream import EventStream
from pytest_asyncapi_sse.contract.breaking import breaking_values, unknown_address
from pytest_asyncapi_sse.contract.resuming import Resuming, Source, payloads_of
from pytest_asyncapi_sse.contract.targets import ServerUnderTest
from pytest_asyncapi_sse.contract.telling import Sibling, connected, refuse_replayed
from pytest_asyncapi_sse.contract.verdict import Record, decide
from pytest_asyncapi_sse.errors import AsyncAPIError, hides_frame
from pytest_asyncapi_sse.model import Channel, Document
from pytest_asyncapi_sse.sse import Ending, Recording

__tracebackhide__ = hides_frame

CRASHES = 2
_FIRST_EVENT_SECONDS = 0.2
_LEAST_SECONDS = 1.0
_AS_SLOW = 3

ACTIVE = (
    "credentials_are_checked",
    "resumes_after_a_cut",
    "invalid_parameters_are_refused",
    "unknown_channels_are_not_found",
    "serves_the_next_client",
)
# What is asked for by `--asyncapi-check`, by the item that does it.
OPT_IN: Mapping[str, str] = {
    "invalid_parameters_are_refused": "invalid-parameters",
    "unknown_channels_are_not_found": "unknown-channels",
}
# Which channels an item is for, where it is not for all.
APPLIES: Mapping[str, Callable[[Channel], bool]] = {"credentials_are_checked": is_guarded}


def credentials_are_checked(
    asyncapi_channel: Channel,
    asyncapi_server_under_test: ServerUnderTest,
    asyncapi_sibling: Sibling,
    asyncapi_note: Record,
) -> None:
    """Test that no events come to those without credentials, or with wrong ones."""
    channel, server = asyncapi_channel, asyncapi_server_under_test
    parameters, recorded = _recorded(channel, server, asyncapi_sibling, asyncapi_note)
    reason = why_unprobed(channel)
    if reason:
        pytest.skip(reason)
    opening = server.opening(channel, parameters)
    credentials = Credentials(opening, places(channel), server.reach.credentials)
    given = credentials.given
    without = recorded
    if given:
        without = _probe(channel, server, parameters, recorded, credentials.without())
    wrong = _probe(channel, server, parameters, recorded, credentials.wrong())
    found = check_credentials(channel, Probes(without, wrong, given))
    is_wrong = any(violation.code == "wrong-credentials-accepted" for violation in found)
    about = _about(given, "made wrong" if is_wrong else "left out")
    told = [replace(violation, evidence=about) for violation in found]
    decide(with_evidence(told, wrong if is_wrong else without), asyncapi_note)


def resumes_after_a_cut(
    asyncapi_channel: Channel,
    asyncapi_document: Document,
    asyncapi_server_under_test: ServerUnderTest,
    asyncapi_sibling: Sibling,
    asyncapi_note: Record,
) -> None:
    """Test that a client that was cut off gets what it missed, once and in order."""
    channel, server = asyncapi_channel, asyncapi_server_under_test
    _, recorded = _recorded(channel, server, asyncapi_sibling, asyncapi_note)
    if not identified(recorded):
        story: Published | Controlled | str = "no event has an id"
    else:
        story = _story(channel, server, asyncapi_document, recorded)
    if isinstance(story, str):
        if not channel.rules.resume:
            pytest.skip(story if story.startswith("no event has") else f"not checkable: {story}")
        decide([not_judged(channel, story)], asyncapi_note)
        return
    found = check_resume(channel, story)
    decide(with_evidence(found, story.resumed[0]), asyncapi_note)


def serves_the_next_client(
    asyncapi_channel: Channel,
    asyncapi_server_under_test: ServerUnderTest,
    asyncapi_sibling: Sibling,
    asyncapi_note: Record,
) -> None:
    """Test that a client is served after others whose connections were reset."""
    channel, server = asyncapi_channel, asyncapi_server_under_test
    parameters, _ = _recorded(channel, server, asyncapi_sibling, asyncapi_note)
    opening = server.opening(channel, parameters)
    for _ in range(CRASHES):
        _crash(channel, opening)
    enough = Enough(events=1, seconds=opening.timeout)
    following = record(channel, opening, enough=enough, trigger=server.trigger(parameters))
    found = check_survival(channel, following, asyncapi_note.policy)
    decide(with_evidence(found, following), asyncapi_note)


def invalid_parameters_are_refused(
    asyncapi_channel: Channel,
    asyncapi_server_under_test: ServerUnderTest,
    asyncapi_sibling: Sibling,
    asyncapi_note: Record,
) -> None:
    """Test that no stream begins where a parameter breaks its enum or its schema."""
    channel, server = asyncapi_channel, asyncapi_server_under_test
    parameters, recorded = _recorded(channel, server, asyncapi_sibling, asyncapi_note)
    values = list(breaking_values(channel))
    if not values:
        pytest.skip("no parameter has an enum or a schema that a value can break")
    answers = []
    for parameter, value in values:
        opening = server.opening(channel, {**parameters, parameter.name: value})
        answers.append(Answer(parameter, value, _answer(channel, opening, recorded)))
    told = [
        violation
        for answer in answers
        for violation in with_evidence(
            check_invalid_parameters(channel, [answer]), answer.recording
        )
    ]
    decide(told, asyncapi_note)
    _refuse_unanswered(answer.recording for answer in answers)


def unknown_channels_are_not_found(
    asyncapi_channel: Channel,
    asyncapi_server_under_test: ServerUnderTest,
    asyncapi_sibling: Sibling,
    asyncapi_note: Record,
) -> None:
    """Test that no stream begins at an address that the document does not have."""
    channel, server = asyncapi_channel, asyncapi_server_under_test
    parameters, recorded = _recorded(channel, server, asyncapi_sibling, asyncapi_note)
    address = unknown_address(channel)
    if address is None:
        pytest.skip("the address ends in a parameter, or has no segment")
    opening = server.opening(replace(channel, address=address), parameters)
    recording = _answer(channel, opening, recorded)
    found = check_unknown_channel(channel, address, recording)
    decide(with_evidence(found, recording), asyncapi_note)
    _refuse_unanswered([recording])


def _recorded(
    channel: Channel, server: ServerUnderTest, sibling: Sibling, note: Record
) -> tuple[dict[str, str], Recording]:
    """Return the first set of parameters and its recording; skip where it proves no stream."""
    refuse_replayed(server)
    if server.kind == "generated":
        pytest.skip("no server under test: the generated one is not tested for this")
    recordings = connected(channel, server, sibling, note)
    if not recordings[0].events:
        pytest.skip("see events_match_the_contract")
    return server.parameter_sets(channel)[0], recordings[0]


def _probe(
    channel: Channel,
    server: ServerUnderTest,
    parameters: Mapping[str, str],
    recorded: Recording,
    opening: StreamOpening,
) -> Recording:
    """Return what comes to a request, by as long as the first event took before, and more."""
    first = next(
        at for at, frame in zip(recorded.seconds, recorded.frames, strict=True) if frame.event
    )
    seconds = _bounded(first, opening)
    enough = Enough(events=1, seconds=seconds)
    trigger = server.trigger(parameters)
    return record(channel, replace(opening, timeout=seconds), enough=enough, trigger=trigger)


def _bounded(seconds: float, opening: StreamOpening) -> float:
    return min(opening.timeout, max(_LEAST_SECONDS, _AS_SLOW * seconds))


def _about(given: tuple[str, ...], what: str) -> tuple[tuple[str, str], ...]:
    return ((what, ", ".join(given) or "nothing: no credentials were given"),)


def _story(
    channel: Channel, server: ServerUnderTest, document: Document, recorded: Recording
) -> Published | Controlled | str:
    first, *more = server.parameter_sets(channel)
    source = _source(channel, server, first)
    near = list(_neighbours(channel, server, document, more[:1]))
    resuming = Resuming(source, near)
    if recorded.confirmed and resuming.can_publish:
        return resuming.published()
    return resuming.beside_control(server.recordings(channel)[1:])


def _neighbours(
    channel: Channel, server: ServerUnderTest, document: Document, more: Iterable[Mapping[str, str]]
) -> Iterator[Source]:
    """Yield the same channel with other parameters, and another stream of the document."""
    for parameters in more:
        yield _source(channel, server, parameters)
    others = [other for other in document.streams.values() if other is not channel]
    for other in others[:1]:
        with contextlib.suppress(AsyncAPIError):
            yield _source(other, server, server.parameter_sets(other)[0])


def _source(channel: Channel, server: ServerUnderTest, parameters: Mapping[str, str]) -> Source:
    trigger = server.trigger(parameters)
    opening = server.opening(channel, parameters)
    return Source(channel, opening, trigger, payloads_of(channel, trigger))


def _crash(channel: Channel, opening: StreamOpening) -> None:
    """Connect as a client that crashes with the first event, where one comes soon."""
    stream = EventStream(channel, opening, validate=False)
    try:
        stream.open()
        frames = stream.exchange.frames
        stream.wait_until(
            lambda: any(frame.event is not None for frame in frames), within=_FIRST_EVENT_SECONDS
        )
    finally:
        stream.cut()


def _answer(channel: Channel, opening: StreamOpening, recorded: Recording) -> Recording:
    """Return the head that a request gets, and what came with it."""
    head = recorded.head
    seconds = _bounded(opening.timeout if head is None else head.seconds, opening)
    stream = EventStream(channel, replace(opening, timeout=seconds), validate=False)
    try:
        stream.open()
        stream.wait_until(lambda: stream.exchange.head is not None, within=seconds)
        return stream.exchange.recording(Ending.no_head)
    finally:
        stream.close()


def _refuse_unanswered(recordings: Iterable[Recording]) -> None:
    for recording in recordings:
        if recording.head is None and recording.ended is Ending.no_head:
            pytest.skip(f"not checkable: no response head within {recording.duration:.1f} s")
