"""One event of a stream as a value, and the bytes that carry it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LINE_END = re.compile(r"\r\n|\r|\n")
_NEWLINES = ("\n", "\r\n", "\r")


@dataclass(frozen=True, slots=True)
class Event:
    """Hold one event, as it is dispatched or as it is to be sent.

    From a decoder, `event` is "message" where the stream names none, `id` is the last event id at
    that moment ("" where none was ever set), and `retry` is the reconnection time in milliseconds
    that the same block sets, None where it sets none. For sending, an `id` of None writes no id.
    """

    data: str = ""
    event: str = "message"
    id: str | None = None
    retry: int | None = None


class Draft:
    """Hold the fields of an event while the decoder fills them in, in its innermost loop.

    A frozen dataclass pays for each field it is built with. A draft has the same slots in the same
    order and none of the guards: it is filled cheaply and then becomes an `Event` by a change of
    its class, in a third of the time.
    """

    __slots__ = ("data", "event", "id", "retry")


def encode(event: Event, newline: str = "\n") -> bytes:
    r"""Return the bytes of one event, up to and with the blank line that ends it.

    The fields come as event, id, retry, data. The name is left out where it is "message" or empty,
    the id and the retry where they are None. Data is split at CRLF, CR and LF into one field a
    line, so a decoder gives every line end back as LF. `newline` is "\n", "\r\n" or "\r".

    Raises ValueError where a field cannot be carried: a name or an id with a line end, an id with
    a NUL, a negative retry, text that UTF-8 has no bytes for.

    Source: WHATWG HTML, section 9.2.5.
    """
    if newline not in _NEWLINES:
        raise ValueError(f"newline is {newline!r}, expected one of {_NEWLINES}")
    lines = []
    if event.event not in ("", "message"):
        lines.append(_field("event", _single_line("event", event.event)))
    if event.id is not None:
        lines.append(_field("id", _without_nul(_single_line("id", event.id))))
    if event.retry is not None:
        lines.append(_field("retry", _milliseconds(event.retry)))
    lines += [_field("data", line) for line in _LINE_END.split(event.data)]
    return newline.join([*lines, "", ""]).encode()


def _field(name: str, value: str) -> str:
    # The space is always written: a decoder drops one, and a value may begin with its own.
    return f"{name}: {value}" if value else f"{name}:"


def _single_line(name: str, value: str) -> str:
    if "\r" in value or "\n" in value:
        raise ValueError(
            f"the {name} of an event is {value!r}, expected one line: "
            "what follows a CR or LF would be read as another field"
        )
    return value


def _without_nul(value: str) -> str:
    if "\0" in value:
        raise ValueError(
            f"the id of an event is {value!r}, expected no U+0000: a client ignores such an id"
        )
    return value


def _milliseconds(retry: int) -> str:
    if retry < 0:
        raise ValueError(f"the retry of an event is {retry!r}, expected 0 or more milliseconds")
    return f"{retry:d}"
