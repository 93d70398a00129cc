"""The tests of the document itself, one function a kind of finding."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_asyncapi_sse.checks.codes import DOCUMENT
from pytest_asyncapi_sse.checks.document import (
    check_examples,
    check_overlaps,
    check_schemas,
    check_stream,
)
from pytest_asyncapi_sse.contract.verdict import Record, decide
from pytest_asyncapi_sse.errors import Violation, hides_frame
from pytest_asyncapi_sse.model import Document

__tracebackhide__ = hides_frame


def describes_a_stream(asyncapi_document: Document, asyncapi_note: Record) -> None:
    """Test that the document has a channel that can be an event stream."""
    found = _read(asyncapi_document, "describes_a_stream")
    decide([*check_stream(asyncapi_document), *found], asyncapi_note)


def structure_is_right(asyncapi_document: Document, asyncapi_note: Record) -> None:
    """Test that keys are known and where they belong, and values of the right kind."""
    decide(_read(asyncapi_document, "structure_is_right"), asyncapi_note)


def references_arrive(asyncapi_document: Document, asyncapi_note: Record) -> None:
    """Test that each reference leads to something, also where nothing uses it."""
    decide(_read(asyncapi_document, "references_arrive"), asyncapi_note)


def parameters_are_declared(asyncapi_document: Document, asyncapi_note: Record) -> None:
    """Test that the parameters of an address are the declared ones, and can have a value."""
    decide(_read(asyncapi_document, "parameters_are_declared"), asyncapi_note)


def schemas_can_be_satisfied(asyncapi_document: Document, asyncapi_note: Record) -> None:
    """Test that each schema is one, and that something satisfies it and each of its branches."""
    decide(check_schemas(asyncapi_document), asyncapi_note)


def examples_match_their_schemas(asyncapi_document: Document, asyncapi_note: Record) -> None:
    """Test that the examples of messages are valid."""
    found = _read(asyncapi_document, "examples_match_their_schemas")
    decide([*found, *check_examples(asyncapi_document)], asyncapi_note)


def messages_can_be_told_apart(asyncapi_document: Document, asyncapi_note: Record) -> None:
    """Test that no event must be one of two messages of a stream."""
    decide(check_overlaps(asyncapi_document), asyncapi_note)


def _read(document: Document, name: str) -> Iterable[Violation]:
    return [found for found in document.findings if found.code in DOCUMENT[name]]
