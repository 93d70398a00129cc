"""The decoder against the collected vectors of the standard and of other implementations."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_asyncapi_sse.sse import Decoder

FEWEST = 90
Outcome = tuple[list[tuple[str, str, str | None]], str, int | None]
Cut = Callable[[bytes], list[bytes]]


@pytest.fixture(scope="module")
def vectors(corpus: Path) -> list[dict[str, Any]]:
    file = corpus / "sse" / "vectors.json"
    if not file.is_file():
        pytest.skip(f"no vectors at {file}")
    return json.loads(file.read_text(encoding="utf-8"))["vectors"]


def outcome(chunks: list[bytes]) -> Outcome:
    decoder = Decoder()
    events = [event for chunk in chunks for event in decoder.feed(chunk)]
    fields = [(event.event, event.data, event.id) for event in events]
    return fields, decoder.last_event_id, decoder.retry


def expected(vector: dict[str, Any]) -> Outcome:
    fields = [(event["event"], event["data"], event["id"]) for event in vector["expected"]]
    return fields, vector["expected_last_event_id"], vector["expected_retry"]


def stream(vector: dict[str, Any]) -> bytes:
    return base64.b64decode(vector["input_b64"])


def run(vectors: list[dict[str, Any]], cut: Cut, record: Callable[[str, object], None]) -> None:
    wrong = [vector["id"] for vector in vectors if outcome(cut(stream(vector))) != expected(vector)]
    record("vectors", len(vectors))
    assert wrong == []
    assert len(vectors) >= FEWEST


@pytest.mark.parametrize("size", [1_000_000, 1, 2, 3, 7])
def test_in_chunks_of_one_size(vectors, size, record_property):
    def cut(body: bytes) -> list[bytes]:
        return [body[start : start + size] for start in range(0, len(body), size)]

    run(vectors, cut, record_property)


def test_in_the_chunks_that_a_vector_names(vectors):
    chunked = [vector for vector in vectors if "chunks_b64" in vector]
    for vector in chunked:
        chunks = [base64.b64decode(chunk) for chunk in vector["chunks_b64"]]
        assert outcome(chunks) == expected(vector), vector["id"]
    assert chunked


@given(data=st.data())
def test_in_random_chunks(vectors, data):
    vector = data.draw(st.sampled_from(vectors))
    body = stream(vector)
    places = sorted({0, len(body), *data.draw(st.lists(st.integers(0, len(body))))})
    chunks = [body[start:end] for start, end in itertools.pairwise(places)]
    assert outcome(chunks) == expected(vector)


def test_frames_dispatch_the_same(vectors):
    for vector in vectors:
        decoder = Decoder()
        frames = decoder.frames(stream(vector))
        assert b"".join(frame.raw for frame in frames) + decoder.pending == stream(vector)
        events = [frame.event for frame in frames if frame.event is not None]
        assert [(event.event, event.data, event.id) for event in events] == expected(vector)[0]
