"""Problems of a document, built so that the message and the advice read as sentences."""

from __future__ import annotations

import difflib
from itertools import islice
from typing import Any

from pytest_asyncapi_sse.errors import DocumentError, Location, Problem

_NEAR_NAMES = 1_000
_NEAR_LENGTH = 100


def problem_of(message: str, location: Location | None = None, advice: str = "") -> Problem:
    """Build a problem; its message ends with a full stop."""
    return Problem(message if message.endswith((".", "?")) else f"{message}.", location, advice)


def unreadable(message: str, location: Location | None = None, advice: str = "") -> DocumentError:
    """Build the error of a document that has this one problem."""
    return DocumentError([problem_of(message, location, advice)])


def near(name: str, names: Any) -> str:
    """Return advice that names the known names nearest to a misspelt one, or none."""
    # The search takes the square of a name's length: it is for names that somebody typed.
    typed = [str(known) for known in islice(names, _NEAR_NAMES) if len(str(known)) <= _NEAR_LENGTH]
    close = difflib.get_close_matches(name, typed, n=3) if len(name) <= _NEAR_LENGTH else []
    return f"Did you mean {' or '.join(repr(known) for known in close)}?" if close else ""
