"""The decoder: bytes of a stream in, events out, for any way the bytes are cut into chunks.

Only whole blocks are read. What a chunk leaves open is kept as it came until its blank line
arrives; the search for that line looks at new bytes only, so the cost is linear in the bytes.
Whole blocks are decoded together, their line ends made LF, and matched by one regular expression
that knows the common shapes. Any other block goes line by line through the steps of the standard.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise, repeat
from typing import Any

from pytest_asyncapi_sse.sse.event import Draft, Event

BOM = b"\xef\xbb\xbf"
LINE_ENDS = b"\r\n"
_NO_CONTENT = (b"", b"\r", b"\n")

# Two line ends in a row. CRLF is one, and a CR at the end of the bytes does not wait for its LF.
_BLOCK_END = re.compile(rb"(?:\r\n?+|\n)(?:\r\n?+|\n)")
_BLOCK_BYTES = re.compile(rb"[\r\n]*+(?:[^\r\n]++(?:\r\n?+|\n))++(?:\r\n?+|\n)")

# A block in text with LF ends. The first six groups are the shape that servers write; an empty id
# or one with a NUL is not of it. The last group is any other block. Most blocks end after the data,
# so that is tried before the fields that may follow it.
_BLOCK_TEXT = re.compile(
    r"\n*+(?:"
    r"(?:id: ?+([^\n\0]++)\n)?+"
    r"(?:event: ?+(.*+)\n)?+"
    r"(?:id: ?+([^\n\0]++)\n)?+"
    r"data: ?+(.*+)\n"
    r"(?:\n|(?:id: ?+([^\n\0]++)\n)?+(?:retry: ?+([0-9]++)\n)?+\n)"
    r"|((?:.++\n)++)\n"
    r")"
)
_RETRY_LINE = re.compile(rb"(?:\A|[\r\n])retry: ?([0-9]+)(?=[\r\n])")

# How many characters for each line end the bare shape is tried with, at most.
_SHORT = 128

# The most digits that int() converts whatever limit the interpreter was given.
_MOST_DIGITS = 640


@dataclass(frozen=True, slots=True)
class Frame:
    """Hold one block of a stream: its bytes, their place, and the event that it dispatched.

    `index` counts blocks from 0 and `offset` bytes of the body. `raw` goes from the end of the
    block before to the end of the blank line that ends this one. The LF of a CRLF that arrives
    after its block was dispatched opens the raw of the next. `event` is None where the block
    dispatches nothing.
    """

    index: int
    offset: int
    raw: bytes
    event: Event | None


class FrameDraft:
    """Hold the parts of a frame while the decoder fills them in, as `Draft` does for an event."""

    __slots__ = ("event", "index", "offset", "raw")


class Decoder:
    """Decode one event stream, as WHATWG HTML section 9.2.6 has it.

    `last_event_id` seeds the id, for a stream that goes on where another ended. A decoder never
    raises for what it is fed: malformed UTF-8 becomes U+FFFD and unknown fields are dropped.
    """

    __slots__ = (
        "_at_start",
        "_blank",
        "_index",
        "_last_event_id",
        "_offset",
        "_parts",
        "_retry",
        "_tail",
    )

    def __init__(self, *, last_event_id: str = "") -> None:
        self._last_event_id = last_event_id
        self._retry: int | None = None
        self._index = 0
        self._offset = 0
        self._parts: list[bytes] = []
        # Whether the parts hold no line yet, and the line end they end with, if any.
        self._blank = True
        self._tail = b""
        self._at_start = True

    @property
    def last_event_id(self) -> str:
        """The id to reconnect with; that of a block without its blank line does not count."""
        return self._last_event_id

    @property
    def retry(self) -> int | None:
        """The reconnection time in milliseconds that the last valid field set, None without one.

        It holds from its line on, before the block ends; so asking reads the block not yet ended.
        """
        pending = self.pending
        if self._offset == 0:
            pending = pending.removeprefix(BOM)
        found = _RETRY_LINE.findall(pending)
        return _milliseconds(found[-1].decode()) if found else self._retry

    @property
    def pending(self) -> bytes:
        """The bytes of the block that has not ended."""
        if len(self._parts) > 1:
            self._parts = [b"".join(self._parts)]
        return self._parts[0] if self._parts else b""

    def feed(self, data: bytes) -> list[Event]:
        """Take the next bytes of the body and return the events that they complete."""
        whole = self._take(data)
        if not whole:
            return []
        blocks = self._read(whole)
        self._index += len(blocks)
        self._offset += len(whole)
        return [event for event in blocks if event is not None]

    def frames(self, data: bytes) -> list[Frame]:
        """Take the next bytes of the body and return the blocks that they complete.

        The raw bytes of all frames, followed by `pending`, are the body. Calls of `feed` and of
        `frames` may alternate.
        """
        whole = self._take(data)
        if not whole:
            return []
        frames: list[Frame] = []
        add = frames.append
        index, offset = self._index, self._offset
        for raw, event in zip(self._split(whole), self._read(whole), strict=True):
            draft: Any = FrameDraft()
            draft.index = index
            draft.offset = offset
            draft.raw = raw
            draft.event = event
            draft.__class__ = Frame
            add(draft)
            index += 1
            offset += len(raw)
        self._index, self._offset = index, offset
        return frames

    def _take(self, data: bytes) -> bytes:
        """Keep the bytes, and return those of all blocks that are whole now."""
        if _is_whole(data) and not self._at_start and not self._parts:
            return data
        if self._at_start:
            data = self._after_bom(data)
        if not data:
            return b""
        end = self._end_of_blocks(data)
        if end == 0:
            self._keep(data)
            return b""
        whole = data if end == len(data) else data[:end]
        if self._parts:
            whole = b"".join([*self._parts, whole])
            self._parts = []
        self._blank = True
        self._tail = b""
        if end < len(data):
            self._keep(data[end:])
        return whole

    def _keep(self, data: bytes) -> None:
        self._parts.append(data)
        self._blank = self._blank and not data.strip(LINE_ENDS)
        self._tail = data[-1:] if data[-1] in LINE_ENDS else b""

    def _after_bom(self, data: bytes) -> bytes:
        """Set a byte order mark aside, and hold back what may become one."""
        data = self.pending + data
        if len(data) < len(BOM) and BOM.startswith(data):
            self._parts = [data]
            return b""
        self._at_start = False
        self._parts = []
        if data.startswith(BOM):
            self._parts = [BOM]
            return data[len(BOM) :]
        return data

    def _end_of_blocks(self, data: bytes) -> int:
        """Return where in the new bytes the last whole block ends, 0 where none does."""
        before = b"" if self._blank else self._tail
        window = before + data
        last = -1
        # One byte is found many times as fast as two, and most of a long block has neither.
        if b"\r" in window:
            last = window.rfind(b"\n\r")
            last = max(last, window.rfind(b"\r\r", max(last, 0)))
        if b"\n" in window:
            last = max(last, window.rfind(b"\n\n", max(last, 0)))
        if last < 0:
            return 0
        # Further blank lines after the one that ends the block belong to the next block.
        lines_end = len(window[: last + 2].rstrip(LINE_ENDS))
        if lines_end == 0 and self._blank:
            return 0
        match = _BLOCK_END.match(window, lines_end)
        return match.end() - len(before) if match else 0

    def _split(self, whole: bytes) -> list[bytes]:
        """Return the bytes of each of these whole blocks, in their order."""
        end = _plain_end(whole)
        if end:
            return [block + end for block in whole.split(end)[:-1]]
        opening = len(BOM) if self._offset == 0 and whole.startswith(BOM) else 0
        ends = [match.end() for match in _BLOCK_BYTES.finditer(whole, opening)]
        return [whole[start:end] for start, end in pairwise([0, *ends])]

    def _read(self, whole: bytes) -> list[Event | None]:
        """Return what each of these whole blocks dispatches, in their order."""
        text = whole.decode("utf-8", "replace")
        if self._offset == 0:
            text = text.removeprefix("\ufeff")
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        blocks: list[Event | None] = []
        add = blocks.append
        last_id = self._last_event_id
        rows = _bare(text) or _BLOCK_TEXT.findall(text)
        for id_first, name, id_second, data, id_last, retry, other in rows:
            if other:
                self._last_event_id = last_id
                add(self._read_lines(other))
                last_id = self._last_event_id
                continue
            last_id = id_last or id_second or id_first or last_id
            draft: Any = Draft()
            draft.data = data
            draft.event = name or "message"
            draft.id = last_id
            draft.retry = None
            if retry:
                draft.retry = self._retry = _milliseconds(retry)
            draft.__class__ = Event
            add(draft)
        self._last_event_id = last_id
        return blocks

    def _read_lines(self, block: str) -> Event | None:
        """Go through one block as the standard does, and return what its end dispatches."""
        data: list[str] = []
        name = ""
        retry: int | None = None
        for line in block.split("\n"):
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if field == "data":
                data.append(value)
            elif field == "event":
                name = value
            elif field == "id" and "\0" not in value:
                self._last_event_id = value
            elif field == "retry" and value.isascii() and value.isdigit():
                self._retry = retry = _milliseconds(value)
        if not data:
            return None
        return Event("\n".join(data), name or "message", self._last_event_id, retry)


def _bare(text: str) -> Iterable[tuple[str, ...]] | None:
    """Return the rows of blocks that are one line of data each, as many streams are; else None."""
    if not text.startswith("data: ") or not text.startswith("\n\n", text.find("\n")):
        return None
    ends = text.count("\n")
    # In long lines the search for what parts them costs more than it saves.
    if len(text) > ends * _SHORT or 2 * text.count("\n\ndata: ") + 2 != ends:
        return None
    nothing = repeat("")
    lines = text[len("data: ") : -2].split("\n\ndata: ")
    return zip(*[nothing] * 3, lines, *[nothing] * 3, strict=False)


def _is_whole(data: bytes) -> bool:
    """Say whether bytes end where a block does, as most chunks do, with no line end to spare."""
    if data.endswith(b"\n\n"):
        return data[-3:-2] not in _NO_CONTENT
    return data.endswith(b"\r\n\r\n") and data[-5:-4] not in _NO_CONTENT


def _plain_end(whole: bytes) -> bytes:
    """Return what ends each of these blocks, b"" where they are not all ended alike."""
    line_end = b"\n"
    if b"\r" in whole:
        line_end = b"\r\n"
        if not whole.count(b"\r") == whole.count(b"\n") == whole.count(line_end):
            return b""
    # A blank line more than is needed belongs to the block that follows it.
    if line_end * 3 in whole or whole.startswith((line_end, BOM + line_end)):
        return b""
    return line_end * 2


def _milliseconds(digits: str) -> int:
    """Read base ten; of a number too long for any clock only the leading digits."""
    return int(digits.lstrip("0")[:_MOST_DIGITS] or "0")
