"""The recording: what a head says of itself, and which frames are events."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from pytest_asyncapi_sse.sse import Decoder, Ending, Head, Recording


@pytest.mark.parametrize(
    ("headers", "name", "value"),
    [
        ((), "content-type", None),
        ((("Content-Type", "a/b"),), "content-type", "a/b"),
        ((("content-type", "a/b"),), "Content-Type", "a/b"),
        (
            (("Cache-Control", "no-store"), ("x", "1"), ("cache-control", "no-transform")),
            "CACHE-CONTROL",
            "no-store, no-transform",
        ),
        ((("Vary", ""),), "vary", ""),
    ],
)
def test_a_header(headers, name, value):
    assert Head(200, headers).header(name) == value


@pytest.mark.parametrize(
    ("values", "essence"),
    [
        ((), ""),
        (("",), ""),
        (("text/event-stream",), "text/event-stream"),
        (("Text/Event-Stream; charset=UTF-8",), "text/event-stream"),
        ((" text/event-stream ;charset=utf-8",), "text/event-stream"),
        (("text/event-stream;",), "text/event-stream"),
        (("text/html; a=text/event-stream",), "text/html"),
        (("text/html", "text/event-stream"), "text/event-stream"),
        (("text/event-stream", "text/html; charset=utf-8"), "text/html"),
        (("text/html, text/event-stream",), "text/event-stream"),
        (('text/event-stream; a="b, text/html"',), "text/event-stream"),
        (('text/event-stream; a="b\\", text/html',), "text/event-stream"),
        (("text/event-stream, ,",), "text/event-stream"),
    ],
)
def test_the_media_type(values, essence):
    head = Head(200, tuple(("Content-Type", value) for value in values))
    assert head.media_type == essence


def test_the_content_types_of_a_repeated_header_or_of_a_list():
    headers = (("Content-Type", 'a/b; c="d,e", f/g'), ("content-type", "h/i"), ("Vary", "x"))
    assert Head(200, headers).content_types == ('a/b; c="d,e"', "f/g", "h/i")
    assert Head(200, ()).content_types == ()


def test_the_events_of_a_recording_are_the_frames_that_dispatched_one():
    decoder = Decoder()
    frames = tuple(decoder.frames(b": ping\n\ndata: a\n\nid: 1\n\ndata: b\n\ndata"))
    recording = Recording(
        method="GET",
        url="http://localhost/signups",
        request_headers=(("accept", "text/event-stream"),),
        head=Head(200, ()),
        frames=frames,
        seconds=(0.1, 0.2, 0.3, 0.4),
        pending=decoder.pending,
        body_start=b"",
        size=38,
        ended=Ending.closed,
        duration=0.5,
    )
    assert recording.events == (frames[1], frames[3])
    assert recording.failure == ""
    with pytest.raises(FrozenInstanceError):
        recording.size = 0


def test_an_ending_is_its_text():
    assert Ending.no_head == "no-head"
    assert Ending("closed-before-head") is Ending.closed_before_head
    assert all(ending.value == ending.name.replace("_", "-") for ending in Ending)
