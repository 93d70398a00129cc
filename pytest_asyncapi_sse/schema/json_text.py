"""JSON text, read strictly: what two parsers could read differently is a defect.

The fast path is the standard library's parser with the fewest hooks that will do; only when it, or
a cheap test, objects does a slower scan look for the defect's kind and place.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from pytest_asyncapi_sse.errors import printable, shown

MAX_DEPTH = 200
MAX_DIGITS = 4300

_TOKEN = re.compile(
    # A string that has no end is one token too, so that none is looked for from each quote in it.
    r"""(?P<string>"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z))
      |(?P<word>-?(?:NaN|Infinity))
      |(?P<number>-?[0-9]+(?:\.[0-9]+)?(?:[eE][+\-]?[0-9]+)?)
      |(?P<mark>[\[\]{},:])""",
    re.VERBOSE | re.DOTALL,
)
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
# Two escapes that are one character. A backslash before them may be what takes the first apart.
_PAIR = re.compile(r"(?<!\\)\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")
_BLANKS = " \t\r\n"
_COLON = re.compile(r"[ \t\r\n]*:")


class JSONDefect(ValueError):
    """Say why a text is not strict JSON (RFC 8259, RFC 7493).

    `code` is `invalid-json` or one of `json-empty`, `json-encoding`, `json-nan`,
    `json-duplicate-key`, `json-surrogate`, `json-trailing-text`, `json-depth`, `json-overflow` and
    `json-digits`. `offset` counts characters of the text, bytes where the bytes are not UTF-8.
    """

    def __init__(self, code: str, summary: str, offset: int) -> None:
        self.code = code
        self.summary = summary
        self.offset = offset
        super().__init__(code, summary, offset)

    def __str__(self) -> str:
        return self.summary


class _Suspicion(Exception):
    """Stop the fast path: a hook saw something that the slow scan has to name."""


def parse_json(text: str | bytes) -> Any:
    """Read one JSON value, with integers kept exact.

    Raises JSONDefect for what is not JSON (RFC 8259), and for what RFC 7493 forbids because
    parsers disagree on it: NaN, duplicate keys, lone surrogates, numbers that overflow a double.
    Nesting is bounded by MAX_DEPTH, the digits of an integer by MAX_DIGITS.
    """
    source = text if isinstance(text, str) else _decoded(text)
    if len(source) > MAX_DEPTH and _may_be_deep(source):
        _refuse_depth(source)
    try:
        value = _read(source)
    except json.JSONDecodeError as error:
        _refuse_syntax(source, error)
    except (_Suspicion, ValueError):  # Python's own bound of an integer's digits is a ValueError
        _refuse_token(source)
    if _may_have_surrogates(source):
        _refuse_surrogates(source)
    return value


def dump_json(value: Any) -> str:
    """Write a JSON value compactly, in Unicode; raises ValueError for NaN and infinity."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Suspicion
    return found


def _constant(_name: str) -> NoReturn:
    raise _Suspicion


def _float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise _Suspicion
    return value


def _int(text: str) -> int:
    if len(text.lstrip("-")) > MAX_DIGITS:
        raise _Suspicion
    return int(text)


def _reader(parse_int: Callable[[str], int]) -> Callable[[str, int], tuple[Any, int]]:
    decoder = json.JSONDecoder(
        object_pairs_hook=_object,
        parse_constant=_constant,
        parse_float=_float,
        parse_int=parse_int,
    )
    return decoder.raw_decode


# Integers need no hook where Python itself refuses those that are over the bound.
_BOUNDED_BY_PYTHON = _reader(int)
_BOUNDED_BY_HOOK = _reader(_int)


def _read(text: str) -> Any:
    is_bounded = 0 < sys.get_int_max_str_digits() <= MAX_DIGITS
    read = _BOUNDED_BY_PYTHON if is_bounded else _BOUNDED_BY_HOOK
    value, end = read(text, len(text) - len(text.lstrip(_BLANKS)))
    if end < len(text) and (rest := text[end:].lstrip(_BLANKS)):
        raise json.JSONDecodeError("Extra data", text, len(text) - len(rest))
    return value


def _most_digits() -> int:
    """Return the bound of an integer's digits, which Python's own may be below."""
    return min(MAX_DIGITS, sys.get_int_max_str_digits() or MAX_DIGITS)


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        byte = data[error.start]
        summary = f"the text is not UTF-8: byte 0x{byte:02x} at offset {error.start}"
        raise JSONDefect("json-encoding", summary, error.start) from None


def _may_be_deep(text: str) -> bool:
    return text.count("[") + text.count("{") > MAX_DEPTH


def _refuse_depth(text: str) -> None:
    depth = 0
    for token in _TOKEN.finditer(text):
        mark = token["mark"]
        if mark in ("[", "{"):
            depth += 1
        elif mark in ("]", "}"):
            depth -= 1
        if depth > MAX_DEPTH:
            summary = f"arrays and objects are nested deeper than {MAX_DEPTH} levels"
            raise JSONDefect("json-depth", summary, token.start())


def _refuse_syntax(text: str, error: json.JSONDecodeError) -> NoReturn:
    offset = error.pos
    if not text.strip(_BLANKS):
        raise JSONDefect("json-empty", "the text is empty, not a JSON value", 0) from None
    if text.startswith("\ufeff"):
        summary = "the text begins with a byte order mark (U+FEFF), which JSON does not allow"
        raise JSONDefect("invalid-json", summary, 0) from None
    if error.msg == "Extra data":
        rest = shown(text[offset:], 40)
        summary = f"after the JSON value comes {rest}, not the end of the text"
        raise JSONDefect("json-trailing-text", summary, offset) from None
    what = f"{shown(text[offset:], 40)}" if offset < len(text) else "the end of the text"
    summary = f"the text is not JSON: {error.msg[:1].lower()}{error.msg[1:]}, found {what}"
    raise JSONDefect("invalid-json", summary, offset) from None


def _refuse_token(text: str) -> NoReturn:
    """Name the first token that made a hook of the fast path object."""
    for defect in _suspects(text):
        raise defect from None
    raise JSONDefect("invalid-json", "the text is not strict JSON", 0) from None


def _suspects(text: str) -> Iterator[JSONDefect]:
    keys: list[set[str] | None] = []
    for token in _TOKEN.finditer(text):
        kind, found, offset = token.lastgroup, token[0], token.start()
        if kind == "word":
            yield JSONDefect("json-nan", f"{found} is not a JSON number", offset)
        elif kind == "number":
            yield from _overflow(found, offset)
        elif kind == "mark":
            _track(keys, found)
        elif kind == "string" and keys and keys[-1] is not None and _is_key(text, token.end()):
            name = json.loads(found, strict=False)
            if name in keys[-1]:
                summary = f"the key {shown(name, 80)} occurs twice in one object"
                yield JSONDefect("json-duplicate-key", summary, offset)
            keys[-1].add(name)


def _track(keys: list[set[str] | None], mark: str) -> None:
    if mark in "[{":
        keys.append(set() if mark == "{" else None)
    elif mark in "]}" and keys:
        keys.pop()


def _is_key(text: str, end: int) -> bool:
    return _COLON.match(text, end) is not None


def _overflow(number: str, offset: int) -> Iterator[JSONDefect]:
    digits = number.removeprefix("-")
    if digits.isdigit():
        if len(digits) > _most_digits():
            summary = f"an integer of {len(digits)} digits is over the bound of {_most_digits()}"
            yield JSONDefect("json-digits", summary, offset)
    elif math.isinf(float(number)):
        summary = f"the number {printable(number, 40)} is too large for an IEEE double"
        yield JSONDefect("json-overflow", summary, offset)


def _may_have_surrogates(text: str) -> bool:
    if "\\u" in text and _SURROGATE_ESCAPE.search(_PAIR.sub("", text)):
        return True
    if text.isascii():
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _refuse_surrogates(text: str) -> None:
    for token in _TOKEN.finditer(text):
        if token.lastgroup != "string":
            continue
        value = json.loads(token[0])
        found = next((char for char in value if "\ud800" <= char <= "\udfff"), None)
        if found is not None:
            summary = (
                f"a string holds the lone surrogate \\u{ord(found):04x}, which is no character"
            )
            raise JSONDefect("json-surrogate", summary, token.start())
