"""The decoder against a table, against a literal reading of the standard, and for its frames."""

from __future__ import annotations

import time
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_asyncapi_sse.sse import Decoder, Event

BOM = b"\xef\xbb\xbf"
# Whatever it follows, it has no line end, so it must change nothing.
GARBAGE = b"data: garbage\xe2\x82"


class Vector(NamedTuple):
    """One stream, and what a decoder makes of it."""

    name: str
    stream: bytes
    events: tuple[Event, ...] = ()
    last_id: str = ""
    retry: int | None = None


def said(*lines: str, event: str = "message", id: str = "", retry: int | None = None) -> Event:
    return Event("\n".join(lines), event, id, retry)


ONE = (said("a"),)
TWO = (said("a"), said("b"))

VECTORS = [
    # Blocks and blank lines
    Vector("nothing", b""),
    Vector("one line end", b"\n"),
    Vector("blank lines alone", b"\n\n\r\n\r\r\n\n"),
    Vector("one event", b"data: a\n\n", ONE),
    Vector("two events", b"data: a\n\ndata: b\n\n", TWO),
    Vector("blank lines before", b"\n\n\ndata: a\n\n", ONE),
    Vector("blank lines between", b"data: a\n\n\n\n\ndata: b\n\n", TWO),
    Vector("blank lines after", b"data: a\n\n\n\n", ONE),
    Vector("no blank line at the end", b"data: a\n\ndata: b\n", ONE),
    Vector("no line end at the end", b"data: a\n\ndata: b", ONE),
    Vector("a blank line with a space is none", b"data: a\n \ndata: b\n\n", (said("a", "b"),)),
    # Line ends
    Vector("CRLF", b"data: a\r\n\r\ndata: b\r\n\r\n", TWO),
    Vector("CR", b"data: a\r\rdata: b\r\r", TWO),
    Vector("LF then CRLF", b"data: a\n\r\n", ONE),
    Vector("CRLF then LF", b"data: a\r\n\n", ONE),
    Vector("LF then CR", b"data: a\n\rdata: b\n\r", TWO),
    Vector("CR then CRLF", b"data: a\r\r\ndata: b\r\r\n", TWO),
    Vector("CRLF then CR", b"data: a\r\n\rdata: b\r\n\r", TWO),
    Vector("one CRLF is one line end", b"data: a\r\ndata: b\r\n\r\n", (said("a", "b"),)),
    Vector("a line of each kind", b"data:a\rdata:b\ndata:c\r\n\n", (said("a", "b", "c"),)),
    Vector("CR in front", b"\rdata: a\r\n\r\n", ONE),
    Vector(
        "separators of text", b"data: \x0b\x0c\x1c\x1d\x1e\n\n", (said("\x0b\x0c\x1c\x1d\x1e"),)
    ),
    Vector("NEL", "data: a\x85b\n\n".encode(), (said("a\x85b"),)),
    Vector("LS and PS", "data: a\u2028b\u2029\n\n".encode(), (said("a\u2028b\u2029"),)),
    Vector("LS in the name", "event: a\u2028\ndata: a\n\n".encode(), (said("a", event="a\u2028"),)),
    # Data
    Vector("two lines", b"data: a\ndata: b\n\n", (said("a", "b"),)),
    Vector("empty lines around", b"data:\ndata: a\ndata\n\n", (said("", "a", ""),)),
    Vector("empty data", b"data:\n\n", (said(""),)),
    Vector("empty data after a space", b"data: \n\n", (said(""),)),
    Vector("data without a colon", b"data\n\n", (said(""),)),
    Vector("data twice without a colon", b"data\ndata\n\n", (said("", ""),)),
    Vector("no space", b"data:a\n\n", ONE),
    Vector("two spaces", b"data:  a\n\n", (said(" a"),)),
    Vector("a space after", b"data: a \n\n", (said("a "),)),
    Vector("a tab is no space", b"data:\ta\n\n", (said("\ta"),)),
    Vector("further colons", b"data: a:b: c:\n\n", (said("a:b: c:"),)),
    Vector("a colon first", b"data::a\n\n", (said(":a"),)),
    Vector("NUL", b"data: a\0\n\n", (said("a\0"),)),
    Vector("JSON", b'data: {"a": [1,\ndata:  2]}\n\n', (said('{"a": [1,', " 2]}"),)),
    Vector("data apart", b"data: a\nevent: e\n: c\ndata: b\n\n", (said("a", "b", event="e"),)),
    Vector("data of data", b"data: a\n\ndata: data: b\n\n", (said("a"), said("data: b"))),
    Vector("bare but for a space", b"data: a\n\ndata:b\n\n", TWO),
    Vector("bare but for a colon", b"data: a\n\ndata\n\n", (said("a"), said(""))),
    Vector("bare but for a line", b"data: a\n\ndata: b\ndata: c\n\n", (said("a"), said("b", "c"))),
    Vector("bare but for a name", b"data: a\n\nevent: e\n\ndata: b\n\n", TWO),
    # Comments
    Vector("a comment", b": a\n\n"),
    Vector("an empty comment", b":\n\n"),
    Vector("a comment within", b"data: a\n:data: x\ndata: b\n\n", (said("a", "b"),)),
    Vector("pings between", b"data: a\n\n: ping\n\n:\n\ndata: b\n\n", TWO),
    Vector("a ping after an id", b"id: 1\ndata: a\n\n: p\n\n", (said("a", id="1"),), "1"),
    # Names
    Vector("a name", b"event: e\ndata: a\n\n", (said("a", event="e"),)),
    Vector("a name after the data", b"data: a\nevent: e\n\n", (said("a", event="e"),)),
    Vector("the last name counts", b"event: e\nevent: f\ndata: a\n\n", (said("a", event="f"),)),
    Vector("an empty name", b"event: e\nevent:\ndata: a\n\n", ONE),
    Vector("a name without a colon", b"event: e\nevent\ndata: a\n\n", ONE),
    Vector("a name with spaces", b"event:  e f \ndata: a\n\n", (said("a", event=" e f "),)),
    Vector(
        "a name is for one event",
        b"event: e\ndata: a\n\ndata: b\n\n",
        (said("a", event="e"), said("b")),
    ),
    Vector("a name alone", b"event: e\n\ndata: a\n\n", ONE),
    Vector("message by name", b"event: message\ndata: a\n\n", ONE),
    # Ids
    Vector("an id", b"id: 1\ndata: a\n\n", (said("a", id="1"),), "1"),
    Vector("an id after the data", b"data: a\nid: 1\n\n", (said("a", id="1"),), "1"),
    Vector(
        "an id stays", b"id:1\ndata:a\n\ndata:b\n\n", (said("a", id="1"), said("b", id="1")), "1"
    ),
    Vector("an id alone", b"id: 1\n\n", (), "1"),
    Vector("an id alone stays", b"id: 1\n\ndata: a\n\n", (said("a", id="1"),), "1"),
    Vector("an empty id", b"id: 1\ndata: a\n\nid:\ndata: b\n\n", (said("a", id="1"), said("b"))),
    Vector("an empty id, spaced", b"id: 1\n\nid: \ndata: a\n\n", ONE),
    Vector("an id without a colon", b"id: 1\n\nid\ndata: a\n\n", ONE),
    Vector("an id that is a space", b"id:  \ndata: a\n\n", (said("a", id=" "),), " "),
    Vector("the last id counts", b"id: 1\nid: 2\ndata: a\n\n", (said("a", id="2"),), "2"),
    Vector(
        "ids around",
        b"id: 1\nevent: e\nid: 2\ndata: a\nid: 3\n\n",
        (said("a", event="e", id="3"),),
        "3",
    ),
    Vector("an id with NUL", b"id: 1\0\ndata: a\n\n", ONE),
    Vector("an id, then NUL", b"id: 1\nid: 2\0\ndata: a\n\n", (said("a", id="1"),), "1"),
    Vector("NUL, then an id", b"id: \0\nid: 2\ndata: a\n\n", (said("a", id="2"),), "2"),
    Vector(
        "an id of an open block", b"id: 1\ndata: a\n\nid: 2\ndata: b\n", (said("a", id="1"),), "1"
    ),
    Vector("an id in Unicode", "id: ü😀\ndata: a\n\n".encode(), (said("a", id="ü😀"),), "ü😀"),
    # Retry
    Vector("retry", b"retry: 15\ndata: a\n\n", (said("a", retry=15),), "", 15),
    Vector("retry alone", b"retry: 15\n\n", (), "", 15),
    Vector("retry of another block", b"retry:15\n\ndata:a\n\n", ONE, "", 15),
    Vector("retry of an open block", b"data: a\n\nretry: 15\n", ONE, "", 15),
    Vector("retry of an open CR block", b"\r\rretry: 7\rretry: 15\r", (), "", 15),
    Vector("retry of an open line", b"retry: 5\n\nretry: 15", (), "", 5),
    Vector(
        "the last retry counts", b"retry: 5\nretry: 15\ndata: a\n\n", (said("a", retry=15),), "", 15
    ),
    Vector("retry 0", b"retry: 0\ndata: a\n\n", (said("a", retry=0),), "", 0),
    Vector("retry with zeros", b"retry: 0015\n\n", (), "", 15),
    Vector("no retry: nothing", b"retry: 5\n\nretry:\n\n", (), "", 5),
    Vector("no retry: a sign", b"retry: -1\nretry: +1\n\n"),
    Vector("no retry: a float", b"retry: 1.5\nretry: 1e3\n\n"),
    Vector("no retry: an underscore", b"retry: 1_000\n\n"),
    Vector("no retry: spaces", b"retry:  5\nretry: 5 \n\n"),
    Vector("no retry: other digits", "retry: \u0661\nretry: ²\nretry: \uff11\n\n".encode()),
    Vector(
        "retry keeps the valid one",
        b"retry: 5\nretry: x\ndata: a\n\n",
        (said("a", retry=5),),
        "",
        5,
    ),
    # Other fields
    Vector("an unknown field", b"color: blue\ndata: a\n\n", ONE),
    Vector("an unknown field alone", b"color: blue\n\n"),
    Vector("names have one case", b"Data: x\nDATA: x\nId: 1\nEVENT: e\nRetry: 5\ndata: a\n\n", ONE),
    Vector("a space before the name", b" data: x\ndata: a\n\n", ONE),
    Vector("a space after the name", b"data : x\ndata: a\n\n", ONE),
    Vector("names that go on", b"data1: x\ndataset: x\nidx: x\nretrying: 5\ndata: a\n\n", ONE),
    Vector("names cut short", b"dat: x\neven: e\ni: 1\ndata: a\n\n", ONE),
    Vector("a page of HTML", b"<html>\n\n<p>a: b</p>\n\n</html>\n\n"),
    # UTF-8 and the byte order mark
    Vector("characters of 2 - 4 bytes", "data: é€😀\n\n".encode(), (said("é€😀"),)),
    Vector("a wrong byte", b"data: a\xffb\n\n", (said("a\ufffdb"),)),
    Vector("a character cut by a line", b"data: \xf0\x9f\x98\n\n", (said("\ufffd"),)),
    Vector("a surrogate", b"data: \xed\xa0\x80\n\n", (said("\ufffd" * 3),)),
    Vector("an overlong slash", b"data: \xc0\xaf\xe0\x80\xaf\n\n", (said("\ufffd" * 5),)),
    Vector("beyond Unicode", b"data: \xf4\x90\x80\x80\n\n", (said("\ufffd" * 4),)),
    Vector("a lone continuation", b"data: \x80\xbf\n\n", (said("\ufffd" * 2),)),
    Vector("a wrong byte in an id", b"id: \xff\ndata: a\n\n", (said("a", id="\ufffd"),), "\ufffd"),
    Vector("a wrong byte in a field's name", b"data\xff: x\ndata: a\n\n", ONE),
    Vector("BOM", BOM + b"data: a\n\n", ONE),
    Vector("BOM alone", BOM),
    Vector("BOM before blank lines", BOM + b"\n\r\n\ndata: a\n\n", ONE),
    Vector("BOM before a comment", BOM + b": c\ndata: a\n\n", ONE),
    Vector("BOM before an open retry", BOM + b"retry: 15\n", (), "", 15),
    Vector("two BOMs", BOM + BOM + b"data: x\n\ndata: a\n\n", ONE),
    Vector("BOM after a blank line", b"\n" + BOM + b"data: x\n\ndata: a\n\n", ONE),
    Vector("BOM in the second block", b"data: a\n\n" + BOM + b"data: x\ndata: b\n\n", TWO),
    Vector("BOM in the data", b"data: " + BOM + b"a\n\n", (said("\ufeffa"),)),
    Vector("BOM for a blank line", b"data: a\n" + BOM + b"\ndata: b\n\n", (said("a", "b"),)),
    Vector("half a BOM", b"\xef\xbb\n\ndata: a\n\n", ONE),
    Vector("half a BOM, then data", b"\xefdata: x\n\ndata: a\n\n", ONE),
]

# Bytes that meet often enough to find what single bytes would not.
TOKENS = st.sampled_from(
    [
        *(b"data", b"event", b"id", b"retry", b"color", b"Data", b"data: a\n", b"id: 7\n", b"42"),
        *(b":", b": ", b" ", b"\n", b"\r", b"\r\n", b"\n\n", b"\r\r", b"\r\n\r\n", b"\0", b"x"),
        *(BOM, b"\xef", b"\xff", b"\xe2\x82", "€\u2028".encode()),
    ]
)
# Blocks that nearly have one shape, so that what reads many at once meets one that is not of it.
BLOCKS = st.lists(
    st.sampled_from(
        [
            *(
                b"data: a\n\n",
                b"data: b\n\n",
                b"data:c\n\n",
                b"data: \n\n",
                b"data: a\ndata: b\n\n",
            ),
            *(
                b"event: e\ndata: a\n\n",
                b"id: 1\n\n",
                b"data: a\nretry: 5\n\n",
                b"data: a\nretry: x\n\n",
            ),
            *(b": c\n\n", b"\n", b"data: " + b"long" * 99 + b"\n\n", BOM),
        ]
    ),
    max_size=12,
).map(b"".join)
STREAMS = st.lists(TOKENS, max_size=40).map(b"".join)
CUTS = st.lists(st.integers(0, 300), max_size=12)


def cut(stream: bytes, places: Iterable[int]) -> list[bytes]:
    inside = sorted({0, len(stream), *(place % (len(stream) + 1) for place in places)})
    return [stream[start:end] for start, end in pairwise(inside)]


def one_by_one(stream: bytes) -> list[bytes]:
    return [stream[place : place + 1] for place in range(len(stream))]


def fed(chunks: Iterable[bytes], decoder: Decoder | None = None) -> Vector:
    decoder = decoder or Decoder()
    events = tuple(event for chunk in chunks for event in decoder.feed(chunk))
    return Vector("", b"", events, decoder.last_event_id, decoder.retry)


def interpreted(stream: bytes) -> Vector:
    """Follow section 9.2.6 step by step, a character at a time, with no regard to speed."""
    text = stream.decode("utf-8", "replace").removeprefix("\ufeff")
    lines, line, at = [], "", 0
    while at < len(text):
        if text[at] in "\r\n":
            at += text[at : at + 2] == "\r\n"
            lines.append(line)
            line = ""
        else:
            line += text[at]
        at += 1
    data, name, last_id, committed = "", "", "", ""
    retry: int | None = None
    block_retry: int | None = None
    events = []
    for line in lines:
        if line == "":
            committed = last_id
            if data != "":
                events.append(Event(data[:-1], name or "message", last_id, block_retry))
            data, name, block_retry = "", "", None
            continue
        field, colon, value = line, "", ""
        if ":" in line:
            field, colon, value = line.partition(":")
        if colon and value.startswith(" "):
            value = value[1:]
        if field == "data":
            data += value + "\n"
        if field == "event":
            name = value
        if field == "id" and "\0" not in value:
            last_id = value
        if field == "retry" and value and all(digit in "0123456789" for digit in value):
            retry = block_retry = int(value)
    return Vector("", b"", tuple(events), committed, retry)


each_vector = pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)


def expected(vector: Vector) -> Vector:
    return vector._replace(name="", stream=b"")


def test_the_table_has_no_name_twice():
    assert len({vector.name for vector in VECTORS}) == len(VECTORS) >= 60


@each_vector
def test_whole(vector):
    assert fed([vector.stream]) == expected(vector)


@each_vector
def test_byte_by_byte(vector):
    assert fed(one_by_one(vector.stream)) == expected(vector)


@each_vector
def test_at_every_cut(vector):
    for place in range(len(vector.stream)):
        assert fed(cut(vector.stream, [place])) == expected(vector), place


@each_vector
def test_with_trailing_garbage(vector):
    assert fed([vector.stream + GARBAGE]) == expected(vector)
    assert fed([vector.stream, *one_by_one(GARBAGE)]) == expected(vector)


@each_vector
def test_the_table_agrees_with_the_standard(vector):
    assert interpreted(vector.stream) == expected(vector)


@given(vector=st.sampled_from(VECTORS), places=CUTS)
def test_in_chunks(vector, places):
    assert fed(cut(vector.stream, places)) == expected(vector)


@given(first=st.sampled_from(VECTORS), stream=STREAMS, places=CUTS)
def test_any_stream_reads_as_the_standard_says(first, stream, places):
    stream = first.stream + stream
    assert fed(cut(stream, places)) == interpreted(stream)


@given(stream=STREAMS, places=CUTS)
def test_an_event_comes_with_the_byte_that_ends_it(stream, places):
    decoder = Decoder()
    seen = b""
    events: list[Event] = []
    for chunk in cut(stream, places):
        events += decoder.feed(chunk)
        seen += chunk
        assert tuple(events) == interpreted(seen).events
        assert decoder.retry == interpreted(seen).retry
        assert decoder.last_event_id == interpreted(seen).last_id


@given(stream=STREAMS, places=CUTS)
def test_frames_are_the_body(stream, places):
    decoder = Decoder()
    frames = [frame for chunk in cut(stream, places) for frame in decoder.frames(chunk)]
    assert b"".join(frame.raw for frame in frames) + decoder.pending == stream
    assert [frame.index for frame in frames] == list(range(len(frames)))
    for frame in frames:
        assert stream[frame.offset :].startswith(frame.raw)
        assert frame.raw.strip(b"\r\n")
    events = tuple(frame.event for frame in frames if frame.event is not None)
    assert events == interpreted(stream).events
    assert decoder.last_event_id == interpreted(stream).last_id


@given(stream=BLOCKS, newline=st.sampled_from([b"\n", b"\r\n"]), places=CUTS)
def test_blocks_that_are_much_alike_are_read_one_by_one(stream, newline, places):
    stream = stream.replace(b"\n", newline)
    together = Decoder().frames(stream)
    decoder = Decoder()
    # A CRLF that is cut in two is another stream of frames.
    lines = [line + newline for line in stream.split(newline)[:-1]]
    assert [frame for line in lines for frame in decoder.frames(line)] == together
    assert fed(cut(stream, places)) == interpreted(stream)


@given(stream=STREAMS, places=CUTS, framed=st.lists(st.booleans(), min_size=13, max_size=13))
def test_feed_and_frames_may_alternate(stream, places, framed):
    decoder = Decoder()
    events: list[Event] = []
    ended = 0
    blocks = 0
    for chunk, as_frames in zip(cut(stream, places), framed, strict=False):
        if not as_frames:
            events += decoder.feed(chunk)
            continue
        frames = decoder.frames(chunk)
        events += [frame.event for frame in frames if frame.event is not None]
        for frame in frames:
            assert frame.offset >= ended
            assert frame.index >= blocks
            assert stream[frame.offset :].startswith(frame.raw)
            ended, blocks = frame.offset + len(frame.raw), frame.index + 1
    assert tuple(events) == interpreted(stream).events
    assert stream.endswith(decoder.pending)


@pytest.mark.parametrize(
    ("stream", "raws", "pending"),
    [
        (b"data: a\n\ndata: b\n\n", [b"data: a\n\n", b"data: b\n\n"], b""),
        (b"\n\ndata: a\n\n\n\n: c\n\n\n", [b"\n\ndata: a\n\n", b"\n\n: c\n\n"], b"\n"),
        (BOM + b"\r\ndata: a\r\n\r\n", [BOM + b"\r\ndata: a\r\n\r\n"], b""),
        (BOM + b"\n\n", [], BOM + b"\n\n"),
        (BOM + b"\n\ndata: a\n\n", [BOM + b"\n\ndata: a\n\n"], b""),
        (b"data\n\n" + BOM + b"\n\n", [b"data\n\n", BOM + b"\n\n"], b""),
        (b"id: 1\r\rdata: a\r\r\n\r", [b"id: 1\r\r", b"data: a\r\r\n"], b"\r"),
        (b"data: a\n\ndata", [b"data: a\n\n"], b"data"),
    ],
)
def test_where_a_frame_begins_and_ends(stream, raws, pending):
    decoder = Decoder()
    assert [frame.raw for frame in decoder.frames(stream)] == raws
    assert decoder.pending == pending


@pytest.mark.parametrize(
    ("stream", "raws", "pending"),
    [
        (b"\n\n", [], b"\n\n"),
        (b"\r\n\r\n", [], b"\r\n\r\n"),
        (b"\n\ndata: a\n\n", [b"\n\ndata: a\n\n"], b""),
        (b"\r\n\r\ndata: a\r\n\r\n", [b"\r\n\r\ndata: a\r\n\r\n"], b""),
        (b"data: a\n\n\n\ndata: b\n\n", [b"data: a\n\n", b"\n\ndata: b\n\n"], b""),
        (b"data: a\r\n\r\n\r\n\r\n: b\r\n\r\n", [b"data: a\r\n\r\n", b"\r\n\r\n: b\r\n\r\n"], b""),
        (b"data: a\n\n\n\n", [b"data: a\n\n"], b"\n\n"),
        (b"data: a\r\n\r\n\r\n\r\n", [b"data: a\r\n\r\n"], b"\r\n\r\n"),
        (b"data: a\r\n\n\r\n", [b"data: a\r\n\n"], b"\r\n"),
        (BOM + b"\n\n", [BOM + b"\n\n"], b""),
    ],
)
def test_where_a_frame_begins_and_ends_later_in_a_stream(stream, raws, pending):
    decoder = Decoder()
    decoder.frames(b": first\n\n")
    assert [frame.raw for frame in decoder.frames(stream)] == raws
    assert decoder.pending == pending


def test_a_block_that_dispatches_nothing_is_a_frame_without_an_event():
    frames = Decoder().frames(b": ping\n\nid: 1\n\nretry: 5\n\nevent: e\n\ndata: a\n\n")
    assert [frame.event for frame in frames] == [None, None, None, None, said("a", id="1")]


def test_the_line_feed_of_a_split_crlf_opens_the_next_frame():
    decoder = Decoder()
    (first,) = decoder.frames(b"data: a\r\n\r")
    (second,) = decoder.frames(b"\ndata: b\r\n\r\n")
    assert (first.raw, first.event) == (b"data: a\r\n\r", said("a"))
    assert (second.raw, second.offset, second.event) == (b"\ndata: b\r\n\r\n", 10, said("b"))


def test_the_id_may_be_seeded():
    decoder = Decoder(last_event_id="7")
    assert decoder.last_event_id == "7"
    assert decoder.feed(b"data: a\n\nid\ndata: b\n\n") == [said("a", id="7"), said("b")]
    assert decoder.last_event_id == ""


def test_a_retry_of_thousands_of_digits_is_a_number():
    for digits in (b"9" * 5_000, b"0" * 5_000 + b"1"):
        whole, open_block = Decoder(), Decoder()
        whole.feed(b"retry: " + digits + b"\n\n")
        open_block.feed(b"retry: " + digits + b"\n")
        assert whole.retry == open_block.retry
        assert whole.retry is not None
        assert (whole.retry == 1) == digits.endswith(b"1")


def test_a_decoded_event_is_an_event_like_any_other():
    (event,) = Decoder().feed(b"data: a\n\n")
    assert type(event) is Event
    assert event == said("a")
    assert hash(event) == hash(said("a"))
    assert repr(event) == "Event(data='a', event='message', id='', retry=None)"
    with pytest.raises(AttributeError):
        event.data = "b"


@pytest.mark.parametrize(
    "stream",
    [
        b"data: " + b"x" * 8_000_000 + b"\n\n",
        b"data: x\n" * 1_000_000 + b"\n",
        b"data: x\r\n" * 1_000_000 + b"\r\n",
        b"\n" * 8_000_000 + b"data: x\n\n",
        BOM + b"\r" * 8_000_000 + b"data: x\n\n",
    ],
    ids=["one long line", "many lines", "many lines, CRLF", "blank lines", "BOM, blank lines"],
)
def test_a_long_block_in_small_chunks_costs_linear_time(stream):
    decoder = Decoder()
    started = time.process_time()
    events = [
        event
        for start in range(0, len(stream), 1024)
        for event in decoder.feed(stream[start : start + 1024])
    ]
    # Copying the block for each chunk would move 30 GB; linear work is well below a second.
    assert time.process_time() - started < 5
    assert len(events) == 1
