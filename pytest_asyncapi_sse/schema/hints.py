"""Hints: what a bad value was probably meant to be, where that can be told."""

from __future__ import annotations

import datetime
import difflib
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from pytest_asyncapi_sse.schema.telling import counted, said

_CLOSE = 0.75
_COMPARED = 2_000
_LONGEST = 60

_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_CLOCK = re.compile(r"(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?")
_OFFSET = re.compile(r"(?:[Zz]|[+-]\d\d:\d\d)\Z")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_INTEGER = re.compile(r"-?(?:0|[1-9]\d*)")
_QUOTED_AS = {
    "boolean": "a boolean",
    "integer": "an integer",
    "null": "null",
    "number": "a number",
}
_QUOTED: Mapping[str, re.Pattern[str]] = {
    "boolean": re.compile(r"true|false"),
    "integer": _INTEGER,
    "null": re.compile(r"null"),
    "number": _NUMBER,
}


def similar(word: str, others: Iterable[str]) -> str | None:
    """Return which of the others a misspelt word was meant to be, None where none is near."""
    if len(word) > _LONGEST:
        return None
    most = len(word) // 3 + 1
    few = itertools.islice(others, _COMPARED)
    near = sorted(other for other in few if abs(len(other) - len(word)) <= most)
    plain = _plain(word)
    alike = [other for other in near if _plain(other) == plain and plain]
    return next(iter(alike or difflib.get_close_matches(word, near, n=1, cutoff=_CLOSE)), None)


def meant_value(value: Any, allowed: Iterable[Any]) -> str:
    """Return the hint that names the allowed value a misspelt text is close to."""
    if not isinstance(value, str):
        return ""
    texts = [one for one in allowed if isinstance(one, str)]
    close = similar(value, texts)
    return "" if close is None else f" (did you mean {said(close)}?)"


def quoted(value: Any, types: Iterable[str]) -> str:
    """Return the hint that a text holds what was to come without quotes."""
    if not isinstance(value, str) or len(value) > _LONGEST:
        return ""
    for name in types:
        if name in _QUOTED and _QUOTED[name].fullmatch(value):
            return f" (it is {_QUOTED_AS[name]} in quotes)"
    return ""


def of_format(name: Any, value: Any) -> str:
    """Return what is wrong with a text of a format, where that is known; empty else."""
    if not isinstance(value, str) or name not in _FORMATS:
        return ""
    reasons = itertools.chain(_spaces(value), _FORMATS[name](value))
    return next((f" (it {reason})" for reason in reasons), "")


def _plain(word: str) -> str:
    return re.sub(r"[\W_]", "", word).casefold()


def _spaces(text: str) -> Iterator[str]:
    if not text:
        yield "is empty"
    elif text != text.strip():
        yield "begins or ends with white space"


def _date(text: str) -> Iterator[str]:
    match = _DATE.match(text)
    if match is None:
        yield "does not begin with a date such as 2024-01-31"
        return
    month, day = int(match[2]), int(match[3])
    if not 1 <= month <= 12:
        yield f"has the month {match[2]}"
    elif not 1 <= day <= 31:
        yield f"has the day {match[3]}"
    elif not _is_in_calendar(match[0]):
        yield "names a day that is not in the calendar"
    elif match.end() < len(text):
        yield f"has {said(text[match.end() :])} after the date"


def _is_in_calendar(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return text.startswith("0000")
    return True


def _time(text: str) -> Iterator[str]:
    match = _CLOCK.match(text)
    if match is None:
        yield "does not hold a time such as 12:30:00"
    elif match[3] is None:
        yield "lacks the seconds"
    elif int(match[1]) > 23 or int(match[2]) > 59:
        yield f"has the time {match[1]}:{match[2]}"
    elif match.end() == len(text):
        yield "lacks an offset such as Z"
    elif not _OFFSET.fullmatch(text[match.end() :]):
        yield f"ends with {said(text[match.end() :])}, not with an offset such as Z or +01:00"


def _date_time(text: str) -> Iterator[str]:
    match = _DATE.match(text)
    if match is None or not _is_in_calendar(match[0]):
        yield from _date(text)
    elif match.end() == len(text):
        yield "lacks a time and an offset, such as T00:00:00Z"
    elif text[match.end()] not in "Tt":
        yield f"has {said(text[match.end()])} where T stands between date and time"
    else:
        yield from _time(text[match.end() + 1 :])


def _email(text: str) -> Iterator[str]:
    if "@" not in text:
        yield "lacks an @"
    elif text.startswith("@"):
        yield "has nothing before the @"
    elif text.endswith("@"):
        yield "has nothing after the @"
    elif " " in text:
        yield "has a space in it"


def _uri(text: str) -> Iterator[str]:
    yield from _uri_characters(text)
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", text):
        yield "lacks a scheme such as https:"


def _uri_characters(text: str) -> Iterator[str]:
    bad = next((char for char in text if char in ' "<>\\^`{|}' or ord(char) < 32), None)
    if bad is not None:
        yield f"has {said(bad)} in it, which has to be percent-encoded"
    elif re.search(r"%(?![0-9A-Fa-f]{2})", text):
        yield "has a % without two hexadecimal digits after it"


def _ascii_uri(text: str) -> Iterator[str]:
    yield from _uri(text)
    bad = next((char for char in text if ord(char) > 126), None)
    if bad is not None:
        yield f"has {said(bad)} in it, which has to be percent-encoded"


def _uuid(text: str) -> Iterator[str]:
    digits = re.sub(r"[{}-]", "", text.removeprefix("urn:uuid:"))
    if not re.fullmatch(r"[0-9A-Fa-f]*", digits):
        yield "has characters that are no hexadecimal digits"
    elif len(digits) != 32:
        yield f"has {len(digits)} hexadecimal digits, not 32"
    else:
        yield "is not grouped as 8-4-4-4-12 digits"


def _ipv4(text: str) -> Iterator[str]:
    parts = text.split(".")
    if len(parts) != 4:
        yield "does not have four numbers with dots between them"
        return
    for part in parts:
        if part.isascii() and part.isdigit() and int(part[:4]) > 255:
            yield f"has {part[:9]}, which is above 255"
        elif part != "0" and part.startswith("0"):
            yield f"has {said(part[:9])}, which begins with a zero"


def _duration(text: str) -> Iterator[str]:
    if not text.startswith("P"):
        yield "does not begin with P, as in P1DT12H"
    elif re.search(r"\d[HS]", text) and "T" not in text:
        yield "lacks the T before its hours, minutes or seconds"


def _base64(text: str) -> Iterator[str]:
    bad = re.search(r"[^A-Za-z0-9+/=]", text)
    if bad is not None:
        yield f"has {said(bad[0])} in it"
    elif len(text) % 4:
        yield f"has {counted(len(text), 'character')}, which is no multiple of 4"


def _pointer(text: str) -> Iterator[str]:
    if not text.startswith("/"):
        yield "does not begin with /"


_FORMATS: Mapping[str, Callable[[str], Iterator[str]]] = {
    "byte": _base64,
    "date": _date,
    "date-time": _date_time,
    "duration": _duration,
    "email": _email,
    "idn-email": _email,
    "ipv4": _ipv4,
    "iri": _uri,
    "iri-reference": _uri_characters,
    "json-pointer": _pointer,
    "time": _time,
    "uri": _ascii_uri,
    "uri-reference": _uri_characters,
    "uuid": _uuid,
}
