"""Classes of characters, as ranges of code points, and which of a class to write first."""

from __future__ import annotations

import functools
from collections.abc import Callable

import jsonschema_rs

Ranges = tuple[tuple[int, int], ...]

ESCAPES = {"0": 0, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}

_DIGITS: Ranges = ((0x30, 0x39),)
_WORDS: Ranges = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
_SPACES: Ranges = (
    (0x09, 0x0D),
    (0x20, 0x20),
    (0xA0, 0xA0),
    (0x1680, 0x1680),
    (0x2000, 0x200A),
    (0x2028, 0x2029),
    (0x202F, 0x202F),
    (0x205F, 0x205F),
    (0x3000, 0x3000),
    (0xFEFF, 0xFEFF),
)
_SURROGATES = (0xD800, 0xDFFF)
_LAST = 0x10FFFF
_STRIDE = 16
_GAPS = (3, 7, 8, 12)
_WHOLE = 0x3000
_SURVEYED = (*range(_WHOLE), *range(_WHOLE, 0x20000, _STRIDE))
_FEW = 100
_SPREAD = 12
# Control characters, ends of lines, a combining mark, a joiner, and beyond the first plane.
_NOTABLE = "\x00\t\n\r\x1b\x7f\x85\xa0é\u0301\u200d\u2028\u2029日\ufeff\uffff😀\U0010ffff"

PLAIN = (
    "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "-_. /:+@,;=#!?&%*~$()'[]{}<>|^\"\\`"
)


def complement(ranges: Ranges) -> Ranges:
    """Return the characters outside of the ranges, surrogates never among them."""
    found: list[tuple[int, int]] = []
    start = 0
    for low, high in sorted((*ranges, _SURROGATES)):
        if low > start:
            found.append((start, low - 1))
        start = max(start, high + 1)
    if start <= _LAST:
        found.append((start, _LAST))
    return tuple(found)


def escape_class(letter: str) -> Ranges | None:
    """Return the class of `d`, `w`, `s` or an opposite (ECMA 262, CharacterClassEscape)."""
    classes = {"d": _DIGITS, "w": _WORDS, "s": _SPACES}
    found = classes.get(letter.lower())
    if found is None:
        return None
    return found if letter.islower() else complement(found)


@functools.cache
def property_class(name: str, *, negated: bool = False) -> Ranges:
    """Return the characters that have a Unicode property, or don't; empty where it is not known.

    The engine that judges tells, for each character below U+3000 and some of those above.
    """
    pattern = f"^\\{'P' if negated else 'p'}{{{name}}}$"
    try:
        holds = jsonschema_rs.Draft7Validator({"pattern": pattern}).is_valid
    except (jsonschema_rs.ValidationError, ValueError):
        return ()
    found: list[tuple[int, int]] = []
    for code in _SURVEYED:
        if _odd(code) or not holds(chr(code)):
            continue
        last = found[-1][1] if found else -_LAST
        if code - last == 1 or (code > _WHOLE and code - last <= _STRIDE and _fills(holds, code)):
            found.append((found.pop()[0], code))
        else:
            found.append((code, code))
    return tuple(found)


def _fills(holds: Callable[[str], bool], code: int) -> bool:
    """Say whether a class seems to have all characters of the stride before one of it."""
    return all(holds(chr(code - gap)) for gap in _GAPS)


@functools.lru_cache(maxsize=1024)
def members(ranges: Ranges) -> str:
    """Return characters of the ranges worth writing, the plainest first; empty for no ranges.

    Those are all where there are few, else the plain ones, those that clients trip over, and some
    from all over the ranges.
    """
    count = sum(high - low + 1 for low, high in ranges)
    if count <= _FEW:
        strange = [code for low, high in ranges for code in range(low, high + 1)]
    else:
        strange = [ord(char) for char in _NOTABLE if _inside(ord(char), ranges)]
        strange += _spread(ranges, count)
    plain = "".join(char for char in PLAIN if _inside(ord(char), ranges))
    others = sorted({chr(code) for code in strange if not _odd(code)} - set(plain))
    return plain + "".join(others)


def _spread(ranges: Ranges, count: int) -> list[int]:
    """Return a few characters, as far from each other as their number allows."""
    places = [index * (count - 1) // (_SPREAD - 1) for index in range(_SPREAD)]
    found: list[int] = []
    start = 0
    for low, high in ranges:
        end = start + high - low
        found += [low + place - start for place in places if start <= place <= end]
        start = end + 1
    return found


def _inside(code: int, ranges: Ranges) -> bool:
    return any(low <= code <= high for low, high in ranges)


def _odd(code: int) -> bool:
    return _SURROGATES[0] <= code <= _SURROGATES[1] or code > _LAST
