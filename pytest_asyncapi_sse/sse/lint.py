"""Defects in the bytes of a stream: what a decoder must put up with and a server should not send.

What is legal and merely odd is never a defect: any one kind of line end, comments, empty blocks,
a byte order mark at the start, a field without a colon or without the space after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from pytest_asyncapi_sse.errors import Severity, shown
from pytest_asyncapi_sse.sse.decoder import BOM, Frame

_FIELDS = ("data", "event", "id", "retry")
_LINE = re.compile(rb"[^\r\n]++")
_LINE_END = re.compile(rb"\r\n?+|\n")
_LINE_END_NAMES = {b"\r\n": "CRLF", b"\r": "CR", b"\n": "LF"}
_SHOWN = 60

_ADVICE = {
    "invalid-utf8": "Encode the stream as UTF-8: no charset parameter can say otherwise.",
    "misplaced-bom": "Write a byte order mark at the very start of the stream, or better nowhere.",
    "bad-field-name": "Write the name in lower case, at the start of the line, with the colon "
    "right after it.",
    "unknown-field": "Where the line belongs to the data, write each line of the data as a data "
    "field of its own; where it is a comment, begin it with a colon.",
    "bad-retry": "Write the milliseconds in base ten, without a sign, a point, a unit or a space "
    "after them.",
    "nul-in-id": "Leave U+0000 out of ids.",
    "partial-event": "End every event with a blank line, the last one too.",
    "mixed-line-ends": "Use one kind of line end: clients that split lines by hand trip over two.",
}
_ONLY_ADVICE = frozenset({"unknown-field", "mixed-line-ends"})


@dataclass(frozen=True, slots=True)
class Defect:
    """Say one thing that is wrong with the bytes of one block.

    `offset` is where in the body it is, in bytes; `index` and `raw` are those of the block.
    """

    code: str
    summary: str
    severity: Severity
    offset: int
    index: int
    raw: bytes
    advice: str


class _Finding(NamedTuple):
    """Name a defect by its code, with its place in the block in bytes."""

    code: str
    place: int
    summary: str


def lint(frames: Iterable[Frame], *, pending: bytes = b"") -> list[Defect]:
    """Return what is wrong with the bytes of a stream, one defect a block and code at most.

    The frames are those of one stream, from its start. `pending` is what follows them, and is to
    be given only where the server itself ended the stream: else it may be a block still to come.

    Codes: invalid-utf8, misplaced-bom, bad-field-name, bad-retry, nul-in-id and partial-event are
    errors; unknown-field and mixed-line-ends (once a stream) are advice.

    Source: WHATWG HTML, sections 9.2.5 and 9.2.6.
    """
    defects: list[Defect] = []
    line_ends = _LineEnds()
    unfinished = Frame(0, 0, pending, None)
    for frame in frames:
        defects += _defects(frame, [*_encoding(frame), *_lines(frame), *line_ends.judge(frame)])
        unfinished = Frame(frame.index + 1, frame.offset + len(frame.raw), pending, None)
    return [*defects, *_defects(unfinished, _partial_event(unfinished))]


def _defects(frame: Frame, findings: Iterable[_Finding]) -> list[Defect]:
    """Return the first finding of each code as a defect, in the order of their places."""
    first: dict[str, _Finding] = {}
    for finding in sorted(findings, key=lambda finding: finding.place):
        first.setdefault(finding.code, finding)
    return [
        Defect(
            code=code,
            summary=finding.summary,
            severity="advice" if code in _ONLY_ADVICE else "error",
            offset=frame.offset + finding.place,
            index=frame.index,
            raw=frame.raw,
            advice=_ADVICE[code],
        )
        for code, finding in first.items()
    ]


def _encoding(frame: Frame) -> Iterator[_Finding]:
    try:
        frame.raw.decode()
    except UnicodeDecodeError as error:
        wrong = frame.raw[error.start : error.end]
        summary = f"the bytes {wrong!r} are not UTF-8 ({error.reason}); a client reads U+FFFD"
        yield _Finding("invalid-utf8", error.start, summary)


def _lines(frame: Frame) -> Iterator[_Finding]:
    for place, line in _content_lines(frame):
        found = _judge_line(line)
        if found is not None:
            code, summary = found
            yield _Finding(code, place, summary)


def _content_lines(frame: Frame) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that are not empty, each with its place, without the stream's own BOM."""
    opening = len(BOM) if frame.offset == 0 and frame.raw.startswith(BOM) else 0
    for match in _LINE.finditer(frame.raw, opening):
        yield match.start(), match.group()


def _judge_line(line: bytes) -> tuple[str, str] | None:
    """Return the code and the summary of what is wrong with one line by itself."""
    if line.startswith(BOM):
        hidden = shown(line[len(BOM) :], _SHOWN)
        return "misplaced-bom", f"a byte order mark hides the line {hidden} from a client"
    name_bytes, _, value = line.partition(b":")
    value = value.removeprefix(b" ")
    name = name_bytes.decode("utf-8", "replace")
    if name == "retry" and not value.isdigit():
        got = shown(value, _SHOWN)
        return "bad-retry", f"the retry {got} is not ASCII digits only; a client ignores it"
    if name == "id" and b"\0" in value:
        return "nul-in-id", f"the id {shown(value, _SHOWN)} has a NUL; a client ignores such an id"
    if not name or name in _FIELDS:
        return None
    meant = name.strip().lower()
    if meant in _FIELDS:
        return "bad-field-name", f"the field {name!r} is not {meant!r}; a client drops the line"
    got = shown(name, _SHOWN)
    return "unknown-field", f"the field {got} means nothing in a stream; a client drops the line"


class _LineEnds:
    """Watch for the first line end of another kind than those before it.

    A CR at the end of a block may be half a CRLF, whose LF then opens the next block or has not
    been recorded; so it is held back, and counted as soon as the next block shows which it is.
    """

    def __init__(self) -> None:
        self._kind: bytes | None = None
        self._mixed = False
        self._held = b""

    def judge(self, frame: Frame) -> Iterator[_Finding]:
        if self._mixed:
            return
        text = self._held + frame.raw
        shift = len(self._held)
        self._held = b"\r" if text.endswith(b"\r") else b""
        for match in _LINE_END.finditer(text, 0, len(text) - len(self._held)):
            kind = match.group()
            if self._kind is None or self._kind == kind:
                self._kind = kind
                continue
            self._mixed = True
            before, after = _LINE_END_NAMES[self._kind], _LINE_END_NAMES[kind]
            summary = f"a line ends with {after} after lines that end with {before}"
            yield _Finding("mixed-line-ends", max(match.start() - shift, 0), summary)
            return


def _partial_event(frame: Frame) -> Iterator[_Finding]:
    """Judge the block that the end of the stream cut off: one with data would be an event."""
    for place, line in _content_lines(frame):
        if line.partition(b":")[0] == b"data":
            summary = "the stream ends within an event, which a client therefore never gets"
            yield _Finding("partial-event", place, summary)
            return
