"""Telling: foreign values, names and places as parts of a sentence, bounded in length and work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pytest_asyncapi_sse.errors import printable
from pytest_asyncapi_sse.model import escape

_SHOWN = 80
_GOT = 400
_CHOICES = 8
_POINTER = 120
_DIGITS = 40
_WRITTEN = 4_000
_LITERALS = {None: "null", True: "true", False: "false"}
_BRACKETS = {"dict": "{}", "list": "[]", "tuple": "()"}
_PLURALS = {"branch": "branches", "property": "properties"}


def said(value: Any, limit: int = _SHOWN) -> str:
    """Render a value of a payload for a sentence, in the literals of JSON."""
    if value is None or isinstance(value, bool):
        return _LITERALS[value]
    return rendered(value, limit)


def got(value: Any) -> str:
    """Render a value of a payload for the line that shows it."""
    return rendered(value, _GOT)


def rendered(value: Any, limit: int) -> str:
    """Render a value as `repr` does, but look no further than the limit, and never raise."""
    if isinstance(value, str | bytes):
        unit = "bytes" if isinstance(value, bytes) else "characters"
        cut = f"... ({len(value)} {unit})" if len(value) > limit else ""
        return f"{value[:limit]!r}{cut}"
    parts: list[str] = []
    length = 0
    for part in _parts(value):
        parts.append(part)
        length += len(part)
        if length > limit:
            size = _size(value)
            return "".join(parts)[:limit] + "..." + (f" ({size})" if size else "")
    return "".join(parts)


def place(path: Sequence[str | int]) -> str:
    """Name a place in the payload for a sentence, the middle of a long one left out."""
    pointer = printable(pointer_of(path))
    if len(pointer) > _POINTER:
        head, tail = pointer[: _POINTER // 3], pointer[-_POINTER // 2 :]
        return f"{head}...{tail}"
    return pointer or "the payload"


def pointer_of(path: Iterable[str | int]) -> str:
    """Return the JSON pointer of a path."""
    return "".join("/" + escape(str(token)) for token in path)


def either(words: Sequence[str], joint: str = "or") -> str:
    """Join words as a sentence does: `a, b or c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {joint} {words[-1]}"


def counted(count: int, unit: str) -> str:
    """Say how many there are of something."""
    return f"{count:,} {unit if count == 1 else _PLURALS.get(unit, f'{unit}s')}"


def listed(words: Sequence[str], most: int = _CHOICES) -> str:
    """List words, cut to the first ones with the count of the rest."""
    rest = len(words) - most
    return ", ".join(words[:most]) + (f" and {rest:,} more" if rest > 0 else "")


def one_of_words(values: Sequence[Any]) -> str:
    """List the values of an enum, cut to the first ones with the count of all."""
    if len(values) == 1:
        return said(values[0])
    rest = len(values) - _CHOICES
    words = ", ".join(said(value) for value in values[:_CHOICES])
    return f"one of {words}" + (f" and {rest:,} more" if rest > 0 else "")


def _size(value: Any) -> str:
    if isinstance(value, dict):
        return counted(len(value), "property")
    return counted(len(value), "item") if isinstance(value, list | tuple) else ""


def _parts(value: Any) -> Iterator[str]:
    """Yield the text of a value in pieces, so that the rest of a big one is never made.

    The values that wait are kept in a list, so that deep ones need no recursion.
    """
    waiting: list[Iterator[Any]] = [iter([value])]
    while waiting:
        found = next(waiting[-1], waiting)
        if found is waiting:
            waiting.pop()
        elif isinstance(found, _Text):
            yield found
        elif type(found) in (dict, list, tuple):
            waiting.append(_opened(found))
        else:
            yield _leaf(found)


class _Text(str):
    """Mark a piece of text that is no value."""

    __slots__ = ()


def _opened(value: Any) -> Iterator[Any]:
    brackets = _BRACKETS[type(value).__name__]
    yield _Text(brackets[0])
    for number, item in enumerate(value.items() if isinstance(value, dict) else value):
        if number:
            yield _Text(", ")
        if isinstance(value, dict):
            yield _Text(f"{_leaf(item[0])}: ")
            yield item[1]
        else:
            yield item
    yield _Text(brackets[1])


def _leaf(value: Any) -> str:
    if isinstance(value, str) and len(value) > _GOT:
        return repr(value[:_GOT])
    if isinstance(value, int) and value.bit_length() > 4 * _DIGITS:
        return _long_integer(value)
    try:
        return repr(value)
    except Exception:  # a foreign class may do anything
        return f"<{type(value).__name__}>"


def _long_integer(value: int) -> str:
    """Render an integer by its first digits; Python refuses to write those of thousands."""
    digits = int(value.bit_length() * 0.30103) + 1
    if digits > _WRITTEN:
        sign = "-" if value < 0 else ""
        return f"{sign}{abs(value) // 10 ** (digits - 10)}... (about {digits:,} digits)"
    text = str(value)
    return f"{text[:_DIGITS]}... ({len(text.lstrip('-'))} digits)"
