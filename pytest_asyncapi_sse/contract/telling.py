"""What items of a server share: its recordings, the cause that is told once, and how it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from pytest_asyncapi_sse.checks.connection import check_connection
from pytest_asyncapi_sse.checks.evidence import with_evidence
from pytest_asyncapi_sse.contract.targets import ServerUnderTest
from pytest_asyncapi_sse.contract.verdict import Record
from pytest_asyncapi_sse.errors import ContractViolation, HostingError, Violation, hides_frame
from pytest_asyncapi_sse.model import Channel
from pytest_asyncapi_sse.sse import Recording

__tracebackhide__ = hides_frame

Sibling = Callable[[str], bool]


def recordings_of(
    item: str | None, channel: Channel, server: ServerUnderTest, sibling: Sibling
) -> list[Recording]:
    """Return the recordings of a channel, one for each set of parameters, at least one.

    Skips where an application that does not start is told by `connects`, and where nothing was
    recorded that could be judged again.
    """
    try:
        found = server.recordings(channel)
    except HostingError:
        if item != "connects" and sibling("connects"):
            pytest.skip("see connects")
        raise
    if not found:
        pytest.skip("there is no recording of this channel in the folder of --asyncapi-replay")
    return found


def connected(
    channel: Channel, server: ServerUnderTest, sibling: Sibling, note: Record
) -> list[Recording]:
    """Return the recordings of a channel that connects; skip or fail where it does not."""
    recordings = recordings_of(None, channel, server, sibling)
    policy = note.policy
    broken = [(one, check_connection(channel, one, policy)) for one in recordings]
    errors = [(one, policy.apply(found, channel.name).errors) for one, found in broken]
    if any(found for _, found in errors) and sibling("connects"):
        pytest.skip("see connects")
    told = merged((one, with_evidence(found, one)) for one, found in errors)
    if told:
        raise ContractViolation.of(told)
    if any(one.head is None for one in recordings):
        pytest.skip("nothing answered: see events_match_the_contract")
    return recordings


def refuse_eventless(recordings: Iterable[Recording], sibling: Sibling) -> None:
    """Skip where the trigger fired and no event came at all, so that it is told once."""
    silent = all(one.fired is not None and not one.events for one in recordings)
    if silent and sibling("events_match_the_contract"):
        pytest.skip("see events_match_the_contract")


def refuse_replayed(server: ServerUnderTest) -> None:
    """Skip an item that needs connections of its own where recordings are judged."""
    if server.kind == "replayed":
        pytest.skip("not replayed: this check opens connections of its own")


def merged(told: Iterable[tuple[Recording, Iterable[Violation]]]) -> list[Violation]:
    """Return the violations of several recordings, what is told of more than one of them once."""
    pairs = [(recording, list(found)) for recording, found in told]
    if len(pairs) == 1:
        return pairs[0][1]
    first: dict[object, Violation] = {}
    places: dict[object, list[str]] = {}
    for recording, found in pairs:
        asked = ", ".join(f"{name}={value}" for name, value in recording.parameters)
        for violation in found:
            key = (violation.code, violation.severity, violation.message, violation.pointer)
            first.setdefault(key, violation)
            if asked not in places.setdefault(key, []):
                places[key].append(asked)
    return [_asked(violation, places[key]) for key, violation in first.items()]


def _asked(violation: Violation, places: list[str]) -> Violation:
    """Return a violation with the parameters that it was told for, where each had a connection."""
    also = f"; the same with {'; '.join(places[1:])}" if places[1:] else ""
    line = ("asked for", f"{places[0]}{also}")
    return replace(violation, evidence=(line, *violation.evidence))
