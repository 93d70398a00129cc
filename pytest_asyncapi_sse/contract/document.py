"""The tests of the document itself."""

from __future__ import annotations

from pytest_asyncapi_sse.contract.verdict import Record, decide
from pytest_asyncapi_sse.errors import Violation, hides_frame
from pytest_asyncapi_sse.model import Document, Origin

__tracebackhide__ = hides_frame


def describes_a_stream(asyncapi_document: Document, asyncapi_note: Record) -> None:
    """Test that the document has a channel that can be an event stream, and no errors."""
    found = list(asyncapi_document.findings)
    if not asyncapi_document.streams:
        found.insert(0, _no_stream(asyncapi_document))
    decide(found, asyncapi_note)


def _no_stream(document: Document) -> Violation:
    reasons = "\n".join(f"{name}: {reason}" for name, reason in document.skipped.items())
    return Violation(
        code="no-stream",
        summary="the document describes no stream that could be tested",
        got=reasons or "no channels",
        expected="a channel with an http or https server, or one marked by x-sse",
        location=Origin(document.source).location,
        advice="mark the channel with x-sse, or give the document that describes the stream",
    )
