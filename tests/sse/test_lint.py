"""The lint: each code on a stream that only it finds fault with, beside one that is legal."""

from __future__ import annotations

import pytest

from pytest_asyncapi_sse.sse import Decoder, Defect, lint

BOM = b"\xef\xbb\xbf"
ADVICE = {"unknown-field", "mixed-line-ends"}


def linted(*chunks: bytes, ended: bool = True) -> list[Defect]:
    decoder = Decoder()
    frames = [frame for chunk in chunks for frame in decoder.frames(chunk)]
    return lint(frames, pending=decoder.pending if ended else b"")


# code, a stream with that defect alone, the place of the defect in it, a stream without a defect
TABLE = [
    ("invalid-utf8", b"data: a\n\ndata: \xff\n\n", 15, "data: a\n\ndata: ÿ\n\n".encode()),
    ("invalid-utf8", b": \xe9t\xe9\n\n", 2, ": été\n\n".encode()),
    ("invalid-utf8", b"data: \xe2\x82\ndata: \xac\n\n", 6, b"data: \xe2\x82\xac\n\n"),
    ("invalid-utf8", b"data: \xed\xa0\x80\n\n", 6, b"data: \xed\x9f\xbf\n\n"),
    ("misplaced-bom", b"data: a\n\n" + BOM + b"data: b\n\n", 9, BOM + b"data: b\n\n"),
    ("misplaced-bom", BOM + BOM + b"data: a\n\n", 3, BOM + b"data: " + BOM + b"a\n\n"),
    ("misplaced-bom", b"\n" + BOM + b"data: a\n\n", 1, BOM + b"\ndata: a\n\n"),
    ("misplaced-bom", b"data: a\n" + BOM + b"\n\n", 8, b"data: a" + BOM + b"\n\n"),
    ("bad-field-name", b"Data: a\n\n", 0, b"data: Data\n\n"),
    ("bad-field-name", b"data: a\n ID: 1\n\n", 8, b"data: a\nid: 1\n\n"),
    ("bad-field-name", b"data : a\n\n", 0, b"data: : a\n\n"),
    ("bad-field-name", b"data: a\n\tevent: b\n\n", 8, b"data: a\nevent:\tb\n\n"),
    ("bad-field-name", "data\u00a0: a\n\n".encode(), 0, "data:\u00a0a\n\n".encode()),
    ("bad-field-name", b"DATA\n\n", 0, b"data\n\n"),
    ("bad-field-name", BOM + b"Retry: x\n\n", 3, BOM + b"retry: 1\n\n"),
    ("unknown-field", b"data: a\ncolor: blue\n\n", 8, b"data: a\n:color: blue\n\n"),
    (
        "unknown-field",
        b'data: {\n  "id": 1\ndata: }\n\n',
        8,
        b'data: {\ndata:  "id": 1\ndata: }\n\n',
    ),
    ("unknown-field", b"dataset: a\n\n", 0, b": dataset: a\n\n"),
    ("unknown-field", b"data: a\n \n\n", 8, b"data: a\n\n\n"),
    ("unknown-field", b"<html>\n\n", 0, b":<html>\n\n"),
    ("bad-retry", b"retry: 1.5\n\n", 0, b"retry: 15\n\n"),
    ("bad-retry", b"data: a\nretry: -1\n\n", 8, b"data: a\nretry: 0\n\n"),
    ("bad-retry", b"retry:  5\n\n", 0, b"retry:5\n\n"),
    ("bad-retry", b"retry: 5 \n\n", 0, b"retry: 0005\n\n"),
    ("bad-retry", b"retry\n\n", 0, b": retry\n\n"),
    ("bad-retry", "retry: ٣\n\n".encode(), 0, b"retry: 3\n\n"),
    ("nul-in-id", b"id: 1\0\ndata: a\n\n", 0, b"id: 1\ndata: \0\n\n"),
    ("nul-in-id", b"data: a\nid:\0\n\n", 8, b"data: a\nid:\nevent: \0\n\n"),
    ("partial-event", b"data: a\n\ndata: b\n", 9, b"data: a\n\ndata: b\n\n"),
    ("partial-event", b"event: e\ndata: b", 9, b"event: e\nid: 1\n"),
    ("partial-event", BOM + b"\n\ndata", 5, BOM + b"\n\ndat"),
    (
        "partial-event",
        b"data: a\r\n\r\nid: 1\r\ndata:\r\n",
        18,
        b"data: a\r\n\r\nid: 1\r\n: data:\r\n",
    ),
    ("mixed-line-ends", b"data: a\n\ndata: b\r\n\n", 16, b"data: a\n\ndata: b\n\n"),
    ("mixed-line-ends", b"data: a\r\n\n", 9, b"data: a\r\n\r\n"),
    ("mixed-line-ends", b"data: a\rdata: b\n\n", 15, b"data: a\rdata: b\r\r"),
    ("mixed-line-ends", b"\ndata: a\r\n\r\n", 8, b"\r\ndata: a\r\n\r\n"),
]

LEGAL = [
    b"",
    b"\n",
    b"\n\n\n\n",
    b"data: a\r\n\r\ndata: b\r\n\r\n",
    b"data: a\r\rdata: b\r\r",
    b": ping\n\n:\n\n::\n\n: \0\n\n",
    b": this is a comment: with a colon\ndata: a\n\n",
    BOM,
    BOM + b"data: a\n\n",
    BOM + b": c\r\n\r\n",
    b"data: a\ndata: b\ndata:\ndata\n\n",
    b"data:a\nid:1\nevent:e\nretry:1\n\n",
    b"data:  \n\n",
    b"id\ndata: a\n\n",
    b"id:\ndata: a\n\nid: \ndata: a\n\n",
    b"event\ndata: a\n\n",
    b"event:\n\n",
    b"id: 1\n\n",
    b"retry: 0\n\n",
    b"retry: 00\n\n",
    "data: a\u2028b\u2029c\x85d\n\n".encode(),
    "event: \u2028\nid: \u2028\ndata: a\n\n".encode(),
    b"data: \x0b\x0c\x1c\x1d\x1e\x00\n\n",
    "data: 😀\n\n".encode(),
    b"data: a\n\n: bye",
    b"data: a\n\nid: 1\nretry: 5\nevent: e\n",
]


@pytest.mark.parametrize(("code", "stream", "offset", "neighbour"), TABLE)
def test_each_code(code, stream, offset, neighbour):
    (defect,) = linted(stream)
    assert (defect.code, defect.offset) == (code, offset)
    assert defect.severity == ("advice" if code in ADVICE else "error")
    assert defect.summary
    assert defect.advice
    assert linted(neighbour) == []


def test_the_table_has_each_code():
    assert {code for code, *_ in TABLE} == {
        *("invalid-utf8", "misplaced-bom", "bad-field-name", "unknown-field", "bad-retry"),
        *("nul-in-id", "partial-event", "mixed-line-ends"),
    }


@pytest.mark.parametrize("stream", LEGAL)
def test_what_is_odd_and_legal(stream):
    assert linted(stream) == []
    assert linted(*(stream[place : place + 1] for place in range(len(stream)))) == []


@pytest.mark.parametrize(("code", "stream", "offset", "neighbour"), TABLE)
def test_chunks_make_no_difference(code, stream, offset, neighbour):
    one_by_one = linted(*(stream[place : place + 1] for place in range(len(stream))))
    assert [(defect.code, defect.offset) for defect in one_by_one] == [(code, offset)]
    assert linted(*(neighbour[place : place + 1] for place in range(len(neighbour)))) == []


def test_a_defect_points_at_its_block():
    (defect,) = linted(b": ping\n\n\ndata: a\nretry: x\n\n")
    assert (defect.index, defect.raw) == (1, b"\ndata: a\nretry: x\n\n")
    assert defect.offset == 17
    assert defect.summary == "the retry b'x' is not ASCII digits only; a client ignores it"


def test_an_event_cut_off_is_shown_with_its_bytes():
    (defect,) = linted(b"data: a\n\nid: 1\ndata: b")
    assert (defect.index, defect.raw, defect.offset) == (1, b"id: 1\ndata: b", 15)


def test_a_block_has_one_defect_a_code_the_first():
    defects = linted(b"Data: a\nretry: x\nID: 1\nretry: y\n\nData: b\n\n")
    places = [(defect.code, defect.index, defect.offset) for defect in defects]
    assert places == [("bad-field-name", 0, 0), ("bad-retry", 0, 8), ("bad-field-name", 1, 33)]


def test_a_block_may_have_defects_of_several_codes():
    stream = b"\xff: a\nData: a\nid: \0\nretry: x\r\n\n"
    assert [defect.code for defect in linted(stream)] == [
        *("invalid-utf8", "unknown-field", "bad-field-name", "nul-in-id", "bad-retry"),
        "mixed-line-ends",
    ]


def test_line_ends_are_told_of_once():
    assert len(linted(b"data: a\n\n" + b"data: b\r\n\r\ndata: c\n\n" * 5)) == 1


def test_a_crlf_cut_after_the_end_of_a_block_is_one_line_end():
    assert linted(b"data: a\r\n\r", b"\ndata: b\r\n\r", b"\n") == []
    assert linted(b"data: a\r\n\r", ended=False) == []


def test_a_stream_that_was_not_ended_by_the_server_has_no_partial_event():
    assert linted(b"data: a\n\ndata: b", ended=False) == []


def test_a_long_foreign_value_is_cut():
    (defect,) = linted(b"x" * 100_000 + b": a\n\n")
    assert len(defect.summary) < 300
