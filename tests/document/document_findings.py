"""Findings apart from those of the structure, in which tests of fragments would drown."""

from __future__ import annotations

from pytest_asyncapi_sse.errors import Violation
from pytest_asyncapi_sse.model import Document

STRUCTURE = {"missing-key", "misplaced-ref", "unknown-address", "unknown-key", "wrong-type"}


def findings_of(document: Document) -> list[Violation]:
    """Return the findings of a document without those of its structure."""
    return [finding for finding in document.findings if finding.code not in STRUCTURE]
