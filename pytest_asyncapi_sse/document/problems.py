"""Problems of a document, built so that the message and the advice read as sentences."""

from __future__ import annotations

from pytest_asyncapi_sse.errors import DocumentError, Location, Problem


def problem_of(message: str, location: Location | None = None, advice: str = "") -> Problem:
    """Build a problem; its message ends with a full stop."""
    return Problem(message if message.endswith((".", "?")) else f"{message}.", location, advice)


def unreadable(message: str, location: Location | None = None, advice: str = "") -> DocumentError:
    """Build the error of a document that has this one problem."""
    return DocumentError([problem_of(message, location, advice)])
