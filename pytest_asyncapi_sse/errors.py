"""What can go wrong, as values: places, problems of a document, violations of a contract.

The exceptions form one tree with two branches that never mix::

    Exception
      x AsyncAPIError
        + DocumentError        the document is wrong: all its problems at once
        + ConfigurationError   an option, a fixture or an argument is wrong
        + HostingError         an application cannot be served
    AssertionError
      + ContractViolation      the peer broke the contract: all violations
"""

from __future__ import annotations

import functools
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "advice"]

_LABEL_WIDTH = 11
_SHOWN = 400
_SHOWN_POINTER = 500


@dataclass(frozen=True, slots=True)
class Location:
    """Name a place in a file: line and column count from 1, `pointer` is a JSON pointer."""

    file: str
    line: int
    column: int
    pointer: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}"
        if not self.pointer:
            return place
        cut = len(self.pointer) > _SHOWN_POINTER
        return f"{place} (#{self.pointer[:_SHOWN_POINTER]}{'...' if cut else ''})"


@dataclass(frozen=True, slots=True)
class Problem:
    """Say one thing that is wrong with a document, where, and what to do about it."""

    message: str
    location: Location | None = None
    advice: str = ""

    def __str__(self) -> str:
        place = f"{self.location}: " if self.location else ""
        advice = f" {self.advice}" if self.advice else ""
        return f"{place}{self.message}{advice}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """Say one way in which a document or a peer breaks the contract, with the evidence.

    `code` is kebab-case and stable; `summary` is one line that stands on its own. `got` and
    `expected` are rendered already, see `shown`. `pointer` leads into the payload, `location` into
    the document. `frame` holds the raw bytes of the event, `index` counts frames from 0, `offset`
    is their place in the body in bytes, and `seconds` is when they came, since the request was
    sent. `evidence` are further labelled lines.
    """

    code: str
    summary: str
    severity: Severity = "error"
    channel: str = ""
    message: str = ""
    got: str = ""
    expected: str = ""
    pointer: str | None = None
    location: Location | None = None
    frame: bytes | None = None
    index: int | None = None
    offset: int | None = None
    seconds: float | None = None
    evidence: tuple[tuple[str, str], ...] = ()
    advice: str = ""

    def __str__(self) -> str:
        return "\n".join([f"{self.code}: {self.summary}", *self._lines()])

    def _lines(self) -> list[str]:
        frame = None if self.frame is None else shown(self.frame)
        where = ", ".join(self._place_in_stream())
        fields = [
            ("got", self.got),
            ("expected", self.expected),
            (
                "at",
                None if self.pointer is None else printable(self.pointer) or "the whole payload",
            ),
            ("document", None if self.location is None else str(self.location)),
            ("stream", where),
            ("frame", frame),
            *self.evidence,
            ("do", self.advice),
        ]
        return [_labelled(label, text) for label, text in fields if text]

    def _place_in_stream(self) -> list[str]:
        places = []
        if self.channel:
            places.append(f"channel {printable(self.channel)}")
        if self.message:
            places.append(f"message {printable(self.message)}")
        if self.index is not None:
            places.append(f"frame {self.index + 1}")
        if self.offset is not None:
            places.append(f"byte {self.offset}")
        if self.seconds is not None:
            places.append(f"{self.seconds:.2f} s after the request")
        return places


class AsyncAPIError(Exception):
    """Base of the errors that are yours to mend: a document, an option, an argument."""


class DocumentError(AsyncAPIError):
    """Raised where a document cannot be read or is not supported; `problems` holds them all."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        if len(self.problems) == 1:
            return str(self.problems[0])
        lines = [f"{len(self.problems)} problems in the document:"]
        return "\n".join([*lines, *(f"  - {problem}" for problem in self.problems)])


class ConfigurationError(AsyncAPIError, ValueError):
    """Raised where an option, a fixture or an argument has a value that cannot be used."""


class HostingError(AsyncAPIError):
    """Raised where an application does not start, or does not stop."""


class ContractViolation(AssertionError):
    """Raised where a peer broke the contract; `violations` holds all of them, errors first."""

    def __init__(self, violations: Iterable[Violation]) -> None:
        self.violations = tuple(violations)
        super().__init__(self.violations)

    def __str__(self) -> str:
        return "\n\n".join(str(violation) for violation in self.violations)

    @classmethod
    def of(cls, violations: Iterable[Violation]) -> ContractViolation:
        """Build the exception, of a class of its own for each code.

        Hypothesis takes failures of one class raised at one line for the same bug; a class for
        each code keeps two violations apart.
        """
        ordered = sorted(violations, key=lambda violation: violation.severity != "error")
        return _violation_class(ordered[0].code)(ordered)


@functools.cache
def _violation_class(code: str) -> type[ContractViolation]:
    return type("ContractViolation", (ContractViolation,), {"__module__": __name__, "code": code})


def hides_frame(info: object) -> bool:
    """Tell pytest to leave a frame of ours out of the traceback of an error that explains itself.

    A module opts in with `__tracebackhide__ = hides_frame`; a real bug keeps its frames.
    """
    value = getattr(info, "value", None)
    return isinstance(value, ContractViolation | AsyncAPIError | BaseExceptionGroup)


def shown(value: object, limit: int = _SHOWN) -> str:
    """Render a foreign value with `repr`, cut to `limit` characters with its size named."""
    if isinstance(value, str | bytes) and len(value) > limit:
        unit = "bytes" if isinstance(value, bytes) else "characters"
        return f"{value[:limit]!r}... ({len(value)} {unit})"
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text)} characters)"


def raised(error: BaseException) -> str:
    """Render an exception of the user's own code in one line, with the place that raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    return " ".join("".join(traceback.format_exception_only(error)).split()) + place


def printable(text: str, limit: int | None = None) -> str:
    """Return a foreign text in one line, characters that can't be seen escaped, cut to `limit`."""
    cut = text if limit is None or len(text) <= limit else f"{text[:limit]}..."
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut)


def _labelled(label: str, text: str) -> str:
    # What a peer says may hold what a terminal obeys.
    lines = (printable(line.expandtabs(4)) for line in text.split("\n"))
    return f"  {label + ':':<{_LABEL_WIDTH}}" + ("\n" + " " * (_LABEL_WIDTH + 2)).join(lines)
