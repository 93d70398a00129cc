"""Encoding: the exact bytes, what cannot be carried, and the way back through the decoder."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_asyncapi_sse.sse import Decoder, Event, encode

NEWLINES = ("\n", "\r\n", "\r")

TEXT = st.text(st.characters(codec="utf-8") | st.sampled_from("\r\n :\0\ufeff\u2028"), max_size=40)
LINE = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=20)
EVENTS = st.builds(
    Event,
    data=TEXT,
    event=LINE,
    id=st.none() | LINE.map(lambda line: line.replace("\0", "")),
    retry=st.none() | st.integers(0, 10**12),
)


@pytest.mark.parametrize(
    ("event", "encoded"),
    [
        (Event("a"), b"data: a\n\n"),
        (Event(), b"data:\n\n"),
        (Event("a", event=""), b"data: a\n\n"),
        (Event("a", event="message"), b"data: a\n\n"),
        (Event("a", "e", "1", 5), b"event: e\nid: 1\nretry: 5\ndata: a\n\n"),
        (Event("a", id=""), b"id:\ndata: a\n\n"),
        (Event("a", retry=0), b"retry: 0\ndata: a\n\n"),
        (Event(" a "), b"data:  a \n\n"),
        (Event("a", event=" e"), b"event:  e\ndata: a\n\n"),
        (Event("a\nb\r\nc\rd"), b"data: a\ndata: b\ndata: c\ndata: d\n\n"),
        (Event("\n"), b"data:\ndata:\n\n"),
        (Event("a\n\rb"), b"data: a\ndata:\ndata: b\n\n"),
        (Event("a\u2028\x85\x0bb"), "data: a\u2028\x85\x0bb\n\n".encode()),
        (Event("a\0é"), "data: a\0é\n\n".encode()),
    ],
)
def test_the_bytes_of_an_event(event, encoded):
    assert encode(event) == encoded
    assert encode(event, "\r\n") == encoded.replace(b"\n", b"\r\n")
    assert encode(event, newline="\r") == encoded.replace(b"\n", b"\r")


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (Event(event="a\nb"), r"the event of an event is 'a\\nb', expected one line"),
        (Event(event="a\r"), r"the event of an event is 'a\\r', expected one line"),
        (Event(id="1\n"), r"the id of an event is '1\\n', expected one line"),
        (Event(id="1\rdata: x"), "the id of an event is .* expected one line"),
        (Event(id="1\0"), r"the id of an event is '1\\x00', expected no U\+0000"),
        (Event(retry=-1), "the retry of an event is -1, expected 0 or more milliseconds"),
        (Event("\ud800"), "surrogates not allowed"),
    ],
)
def test_what_no_event_can_carry(event, message):
    with pytest.raises(ValueError, match=message):
        encode(event)


@pytest.mark.parametrize("newline", ["", "\n\n", "\n\r", "\u2028", " "])
def test_a_newline_of_another_kind(newline):
    with pytest.raises(ValueError, match="newline is .* expected one of"):
        encode(Event(), newline)


@given(events=st.lists(EVENTS, max_size=5), newline=st.sampled_from(NEWLINES))
def test_what_is_encoded_is_decoded(events, newline):
    decoder = Decoder()
    decoded = decoder.feed(b"".join(encode(event, newline) for event in events))
    last_id = ""
    expected = []
    for event in events:
        last_id = last_id if event.id is None else event.id
        data = re.sub("\r\n|\r", "\n", event.data)
        expected.append(Event(data, event.event or "message", last_id, event.retry))
    assert decoded == expected
    assert decoder.pending == b""


@given(event=EVENTS, newline=st.sampled_from(NEWLINES))
def test_an_event_is_one_block(event, newline):
    (frame,) = Decoder().frames(encode(event, newline))
    assert frame.raw == encode(event, newline)
