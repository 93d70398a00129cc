"""Parsers of event streams with one defect each: only one wire form shows it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from reference_client import Event, Parser

FIELDS = {"data", "event", "id", "retry"}
MOST_CHARACTERS = 1_000_000
BUFFER_BYTES = 65_536
_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n)")


class DropsBlocks(Parser):
    """Drop each block that has a field as `is_bad` says."""

    _dropped = False

    def is_bad(self, name: str) -> bool:
        return False

    def field(self, name: str, value: str) -> None:
        self._dropped = self._dropped or self.is_bad(name)
        super().field(name, value)

    def dispatch(self) -> Event | None:
        event = super().dispatch()
        dropped, self._dropped = self._dropped, False
        return None if dropped else event


class KeepsMark(DropsBlocks):
    """Take the byte order mark for a part of the first field's name."""

    def first(self, text: str) -> str:
        return text

    def is_bad(self, name: str) -> bool:
        return name.startswith("\ufeff")


class DropsUnknown(DropsBlocks):
    """Drop a block for a field that it does not know."""

    def is_bad(self, name: str) -> bool:
        return name not in FIELDS


class FailsAtUnknown(DropsUnknown):
    """Fail at an event with a field that it does not know."""

    def dispatch(self) -> Event | None:
        is_unknown, has_data = self._dropped, bool(self._data)
        event = super().dispatch()
        if is_unknown and has_data:
            raise RuntimeError("what is this field?")
        return event


class CommentsAreData(Parser):
    """Take the comments in an event's block for lines of its data."""

    def __init__(self, last_event_id: str = "") -> None:
        super().__init__(last_event_id)
        self._comments: list[str] = []

    def comment(self, text: str) -> None:
        self._comments.append(text)

    def together(self, data: list[str]) -> str:
        return super().together([*self._comments, *data])

    def dispatch(self) -> Event | None:
        event = super().dispatch()
        self._comments.clear()
        return event


class Phantom(Parser):
    """Dispatch an event without data for a block that `is_event` takes for one.

    It gets the names of the block's fields, with an empty one for a comment.
    """

    def __init__(self, last_event_id: str = "") -> None:
        super().__init__(last_event_id)
        self._seen: set[str] = set()

    def is_event(self, names: set[str]) -> bool:
        return False

    def comment(self, text: str) -> None:
        self._seen.add("")

    def field(self, name: str, value: str) -> None:
        self._seen.add(name)
        super().field(name, value)

    def dispatch(self) -> Event | None:
        event = super().dispatch()
        names, self._seen = self._seen, set()
        if event is None and self.is_event(names):
            return Event("message", "", self.last_event_id)
        return event


class PingsAreEvents(Phantom):
    def is_event(self, names: set[str]) -> bool:
        return names == {""}


class IdsAreEvents(Phantom):
    def is_event(self, names: set[str]) -> bool:
        return names - {""} == {"id"}


class RetriesAreEvents(Phantom):
    def is_event(self, names: set[str]) -> bool:
        return names - {""} == {"retry"}


class FailsAtRetry(Parser):
    """Fail at a reconnection time that is no number."""

    def field(self, name: str, value: str) -> None:
        if name == "retry":
            value = str(int(value))
        super().field(name, value)


class EmptyBlocksAreEvents(Phantom):
    def is_event(self, names: set[str]) -> bool:
        return bool(names - {"", "id", "retry"})


class NeedsSpace(Parser):
    """Look for a colon and a space."""

    def cut(self, line: str) -> tuple[str, str]:
        name, _, value = line.partition(": ")
        return name, value


class KeepsLastLine(Parser):
    """Keep one line of the data."""

    def together(self, data: list[str]) -> str:
        return data[-1]


class ForgetsBlocks(Parser):
    """Begin a new block with each chunk; a line goes on from one to the next."""

    def feed(self, chunk: bytes) -> Iterator[Event]:
        self._data, self._event = [], ""
        return super().feed(chunk)


class ForgetsCr(Parser):
    """Take an LF at the start of a chunk for a line end, also where a CR came before it."""

    def lines(self, text: str) -> Iterator[str]:
        self._after_cr = False
        return super().lines(text)


class DecodesChunks(Parser):
    """Decode each chunk for itself."""

    def decode(self, chunk: bytes) -> str:
        text = chunk.decode("utf-8", "replace")
        if text and self._at_start:
            self._at_start = False
            text = self.first(text)
        return text


class DecodesStrictly(Parser):
    """Fail at bytes that are no UTF-8."""

    def __init__(self, last_event_id: str = "") -> None:
        super().__init__(last_event_id)
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")


class LimitsLines(Parser):
    """Drop a line of more than a million characters."""

    def joined(self, line: str) -> str:
        whole = super().joined(line)
        return whole if len(whole) <= MOST_CHARACTERS else ":"


class DispatchesAtEnd(Parser):
    """Dispatch the block that the stream's end cuts off."""

    def end(self) -> Iterator[Event]:
        if self._pieces:
            self.take(self.joined(""))
        event = self.dispatch()
        if event is not None:
            yield event


class EndsAtLineFeed(Parser):
    """End lines at LF and CRLF, not at CR."""

    def lines(self, text: str) -> Iterator[str]:
        *ended, rest = text.split("\n")
        for line in ended:
            yield self.joined(line).removesuffix("\r")
        if rest:
            self._pieces.append(rest)


class MissesBlockEnds(Parser):
    """Overlook a blank line whose end, and the end of the line before, are as `misses` says."""

    _before = ""

    def misses(self, before: str, blank: str) -> bool:
        return False

    def lines(self, text: str) -> Iterator[str]:
        if text and self._after_cr and text[0] == "\n":
            text, self._before = text[1:], "\r\n"
            self._after_cr = False
        if not text:
            return
        self._after_cr = text.endswith("\r")
        after = 0
        for found in _LINE.finditer(text):
            after = found.end()
            line, end = self.joined(found[1]), found[2]
            before, self._before = self._before, end
            if line or not self.misses(before, end):
                yield line
        if text[after:]:
            self._pieces.append(text[after:])


class MissesCrlf(MissesBlockEnds):
    def misses(self, before: str, blank: str) -> bool:
        return before == blank == "\r\n"


class MissesCr(MissesBlockEnds):
    def misses(self, before: str, blank: str) -> bool:
        return before == blank == "\r"


class MissesMixed(MissesBlockEnds):
    def misses(self, before: str, blank: str) -> bool:
        return before != blank


class ReadsAtTwoLineFeeds(Parser):
    """Read what has come once two line feeds follow each other, however its lines end."""

    _unread = ""

    def lines(self, text: str) -> Iterator[str]:
        whole, end, self._unread = (self._unread + text).rpartition("\n\n")
        return super().lines(whole + end)


class ReadsWholeBuffers(Parser):
    """Read by whole buffers, and wait until as much has come."""

    _unread = b""

    def feed(self, chunk: bytes) -> Iterator[Event]:
        unread = self._unread + chunk
        whole = len(unread) // BUFFER_BYTES * BUFFER_BYTES
        self._unread = unread[whole:]
        return super().feed(unread[:whole])


class MissesCrlfAfterLf(MissesBlockEnds):
    def misses(self, before: str, blank: str) -> bool:
        return (before, blank) == ("\n", "\r\n")


class HoldsCr(Parser):
    """Hold a CR at the end of a chunk until more comes: it might be the half of a CRLF."""

    _held = ""

    def lines(self, text: str) -> Iterator[str]:
        text = self._held + text
        self._held = "\r" if text.endswith("\r") else ""
        return super().lines(text.removesuffix("\r"))

    def end(self) -> Iterator[Event]:
        taken = map(self.take, super().lines(self._held))
        yield from (event for event in taken if event is not None)
