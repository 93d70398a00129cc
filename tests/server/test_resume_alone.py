"""The check of resuming on stories made by hand: what is a fault, and what is legal and odd."""

from __future__ import annotations

import dataclasses
import json

import pytest
from defect_table import PAYLOAD

from pytest_asyncapi_sse import load
from pytest_asyncapi_sse.checks.resume import (
    Controlled,
    Published,
    check_resume,
    last_id_of,
    shared_id,
)
from pytest_asyncapi_sse.sse import Decoder, Ending, Head, Recording

HEAD = Head(200, (("Content-Type", "text/event-stream"),))


def recording(*events: object, status: int = 200) -> Recording:
    """Return a recording of events: `1` has that id and says so, `(id, n)`, or raw bytes."""
    decoder = Decoder()
    frames = [frame for event in events for frame in decoder.frames(written(event))]
    return Recording(
        method="GET",
        url="http://localhost/a",
        request_headers=(),
        head=dataclasses.replace(HEAD, status=status),
        frames=tuple(frames),
        seconds=(0.0,) * len(frames),
        pending=b"",
        body_start=b"",
        size=0,
        ended=Ending.stopped,
        duration=1.0,
        arrivals=(),
    )


def written(event: object) -> bytes:
    if isinstance(event, bytes):
        return event
    name, number = event if isinstance(event, tuple) else (event, event)
    return f'id: {name}\ndata: {{"n":{number}}}\n\n'.encode()


@pytest.fixture(scope="module")
def channel_of(tmp_path_factory):
    """Return a function that reads a channel which asks for resuming, or does not."""

    def read(*, resume: bool = True):
        channel = {
            "address": "/a",
            "x-sse": {"resume": resume},
            "messages": {"tick": {"payload": PAYLOAD}},
        }
        info = {"title": "T", "version": "1"}
        path = tmp_path_factory.mktemp("resume") / "spec.json"
        path.write_text(json.dumps({"asyncapi": "3.0.0", "info": info, "channels": {"a": channel}}))
        return load(path).streams["a"]

    return read


def published(*resumed: Recording, last_id: str = "1", later: tuple[int, ...] = (4,)) -> Published:
    """Return a cut at the event 1, with 2 and 3 missed, and 9 sent to another stream."""
    missed = ({"n": 2}, {"n": 3})
    after = tuple({"n": number} for number in later)
    return Published(last_id, recording(1), resumed, missed, after, ({"n": 9},))


def controlled(*resumed: Recording, control: tuple[object, ...], due: int = 2) -> Controlled:
    """Return a cut at the event 1 beside a connection; another stream got the event 9."""
    return Controlled("1", recording(1), resumed, recording(*control), due, (recording(9),))


UNKNOWN_ID = b'data: {"n":2}\n\n'
PUBLISHED = {
    "each once": ([2, 3, 4], ""),
    "ids of another kind": ([("x", 2), ("y", 3), ("z", 4)], ""),
    "events without ids": ([b'data: {"n":2}\n\n', b'data: {"n":3}\n\n', 4], ""),
    "events that nobody published": ([77, 2, 3, ("78", 78), 4], ""),
    "comments and a retry": ([b": ping\n\n", 2, b"retry: 9\n\n", 3, 4], ""),
    "written in another way": ([b'id: 2\ndata: { "n" : 2.0 }\n\n', 3, 4], ""),
    "nothing": ([], "resume-lost"),
    "one lost": ([2, 4], "resume-lost"),
    "new ones only": ([4], "resume-lost"),
    "the known one first": ([1, 2, 3, 4], "resume-repeated"),
    "one twice": ([2, 3, 3, 4], "resume-repeated"),
    "one twice with two ids": ([2, ("2b", 2), 3, 4], "resume-repeated"),
    "turned round": ([3, 2, 4], "resume-reordered"),
    "the new one before the history": ([4, 2, 3], "resume-reordered"),
    "of another stream": ([2, 9, 3, 4], "resume-foreign"),
    "all at once": ([1, 9, 4, 3], "resume-lost resume-repeated resume-reordered resume-foreign"),
}
CONTROLLED = {
    "each once": ([2, 3], [1, 2, 3], ""),
    "more than was due": ([2, 3, 4], [1, 2, 3, 4], ""),
    "control is ahead": ([2, 3], [1, 2, 3, 4], ""),
    "resumed is ahead": ([2, 3, 4], [1, 2, 3], ""),
    "events without ids": ([UNKNOWN_ID, 2, UNKNOWN_ID, 3], [1, 2, 3], ""),
    "control began earlier": ([2, 3], [-1, 0, 1, 2, 3], ""),
    "an event that is sent twice to all": ([2, 2, 3], [1, 2, 2, 3], ""),
    "one more of two that are alike": ([2, 2, 2, 3], [1, 2, 2, 3], ""),
    "an id that comes again": ([2, ("1", 5), 3], [1, 2, ("1", 5), 3], ""),
    "the known event comes again to all": ([2, 1, 3], [1, 2, 1, 3], ""),
    "one id for two events": ([("2", 2), ("2", 3)], [1, ("2", 2), ("2", 3)], ""),
    "one lost": ([3], [1, 2, 3], "resume-lost"),
    "one lost after what was due": ([2, 3, 5], [1, 2, 3, 4, 5], "resume-lost"),
    "one of two alike lost": ([2, 3], [1, 2, 2, 3], "resume-lost"),
    "before the cut": ([0, 1, 2, 3], [0, 1, 2, 3], "resume-repeated"),
    "one twice": ([2, 2, 3], [1, 2, 3], "resume-repeated"),
    "turned round": ([3, 2], [1, 2, 3], "resume-reordered"),
    "of another stream": ([2, 9, 3], [1, 2, 3], "resume-foreign"),
    "on both streams": ([2, 9, 3], [1, 2, 9, 3], ""),
}


def codes(found) -> list[str]:
    return [violation.code for violation in found]


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_was_published_comes_once_and_in_order(channel_of, name):
    came, expected = PUBLISHED[name]
    assert codes(check_resume(channel_of(), published(recording(*came)))) == expected.split()


@pytest.mark.parametrize("name", CONTROLLED)
def test_what_another_connection_got_comes_once_and_in_order(channel_of, name):
    came, control, expected = CONTROLLED[name]
    story = controlled(recording(*came), control=tuple(control), due=3 if "alike" in name else 2)
    assert codes(check_resume(channel_of(), story)) == expected.split()


def test_a_stream_may_go_on_over_several_connections(channel_of):
    parts = recording(2), recording(), recording(3, 4)
    assert check_resume(channel_of(), published(*parts)) == []
    assert check_resume(channel_of(), controlled(*parts, control=(1, 2, 3))) == []


def test_an_event_of_both_connections_came_again(channel_of):
    parts = recording(2, 3), recording(3, 4)
    assert codes(check_resume(channel_of(), published(*parts))) == ["resume-repeated"]
    story = controlled(*parts, control=(1, 2, 3, 4))
    assert codes(check_resume(channel_of(), story)) == ["resume-repeated"]


def test_a_refusal_is_told_with_its_status(channel_of):
    found = check_resume(channel_of(), published(recording(status=409)))
    assert codes(found) == ["resume-lost"]
    assert "409" in found[0].summary


def test_a_channel_that_does_not_ask_for_it_gets_advice(channel_of):
    lossy = published(recording(2, 4))
    asks, does_not = (check_resume(channel_of(resume=asks), lossy)[0] for asks in (True, False))
    assert (asks.severity, does_not.severity) == ("error", "advice")


def test_the_message_says_that_only_new_events_came(channel_of):
    (new_only,) = check_resume(channel_of(), published(recording(4)))
    (one_lost,) = check_resume(channel_of(), published(recording(2, 4)))
    assert "2 missed events" in new_only.summary
    assert "new ones only" in new_only.summary
    assert "new ones only" not in one_lost.summary


@pytest.mark.parametrize(
    ("events", "last_id"),
    [([], None), ([UNKNOWN_ID], None), ([1, 2], "2"), ([1, ("1", 5)], None), ([1, b"id\n\n"], "1")],
)
def test_the_last_id_names_one_event(events, last_id):
    assert last_id_of(recording(*events)) == last_id


@pytest.mark.parametrize(
    ("cut", "control", "shared"),
    [
        ([1, 2], [2, 3], "2"),
        ([1], [2], None),
        ([1], [("1", 5)], None),
        ([1, 2], [1, ("1", 5), 2], "2"),
    ],
)
def test_a_shared_id_names_the_same_event_on_both(cut, control, shared):
    assert shared_id(recording(*cut), recording(*control)) == shared
