"""The reader against real documents: every one is read, and as the official parser reads it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from oracle import OracleDocument
from oracle_comparison import differences
from oracle_exceptions import DIFFERENCES, NOT_FOUND

from pytest_asyncapi_sse.checks.document import check_examples, check_schemas
from pytest_asyncapi_sse.document import load
from pytest_asyncapi_sse.errors import DocumentError, Violation
from pytest_asyncapi_sse.model import Document

DOCUMENTS = 398
# A bound against hanging, not a benchmark.
LONGEST = 5.0


def test_every_document_is_read_or_refused_in_time(
    oracle: list[OracleDocument], documents: Path, record_property: Callable[[str, object], None]
) -> None:
    there = [item for item in oracle if (documents / item.name).is_file()]
    slow, refused = {}, 0
    for item in there:
        began = time.perf_counter()
        read = _read(documents, item)
        refused += isinstance(read, DocumentError)
        # What is wrong, and the channels that are no streams, are read when they are asked for.
        _is_silent(read)
        took = time.perf_counter() - began
        if took > LONGEST:
            slow[item.name] = took
    record_property(
        "corpus", f"{len(there)} of {DOCUMENTS} documents were read, {refused} of them refused"
    )
    assert slow == {}
    assert len(there) == DOCUMENTS


def test_documents_read_as_the_oracle_reads_them(
    oracle: list[OracleDocument], documents: Path
) -> None:
    found = {
        item.name: lines
        for item in oracle
        if item.is_ok and (lines := _differences(item, _read(documents, item)))
    }
    assert {name: lines for name, lines in found.items() if name not in DIFFERENCES} == {}
    assert [name for name in DIFFERENCES if name not in found] == [], "these no longer differ"


def test_documents_that_the_oracle_refuses_have_problems_or_findings(
    oracle: list[OracleDocument], documents: Path
) -> None:
    silent = {
        item.name: item.errors
        for item in oracle
        if not item.is_ok and _is_silent(read := _read(documents, item)) and not _judged(read)
    }
    assert {name: codes for name, codes in silent.items() if name not in NOT_FOUND} == {}
    assert [name for name in NOT_FOUND if name not in silent] == [], "these are found now"


def _read(documents: Path, item: OracleDocument) -> Document | DocumentError:
    try:
        return load(documents / item.name)
    except DocumentError as error:
        return error


def _differences(item: OracleDocument, read: Document | DocumentError) -> list[str]:
    if isinstance(read, DocumentError):
        return [f"it is refused: {problem}" for problem in read.problems]
    return differences(item, read)


def _is_silent(read: Document | DocumentError) -> bool:
    return isinstance(read, Document) and not read.findings


def _judged(read: Document | DocumentError) -> list[Violation]:
    """Return what the gate's own judgements add to what reading finds."""
    if isinstance(read, DocumentError):
        return []
    return [*check_examples(read), *check_schemas(read)]
