"""Classes of characters, as ranges of code points, and which of a class to write first."""

from __future__ import annotations

import functools
import unicodedata

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
_SURVEYED = 0x3000

PLAIN = (
    "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "-_. /:+@,;=#!?&%*~$()'[]{}<>|^\"\\`"
)

_CATEGORIES = {
    "Letter": "L",
    "Lowercase_Letter": "Ll",
    "Uppercase_Letter": "Lu",
    "Mark": "M",
    "Number": "N",
    "Decimal_Number": "Nd",
    "Punctuation": "P",
    "Symbol": "S",
    "Separator": "Z",
    "Alphabetic": "L",
    "Alpha": "L",
    "Lowercase": "Ll",
    "Uppercase": "Lu",
}


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
def property_class(name: str) -> Ranges:
    """Return a Unicode property's characters below U+3000; empty where it is not known."""
    kind, _, value = name.rpartition("=")
    if kind in ("Script", "sc", "Script_Extensions", "scx"):
        prefix = f"{value.upper()} "
        codes = [
            code
            for code in range(_SURVEYED)
            if unicodedata.name(chr(code), "").startswith(prefix) and chr(code).isalpha()
        ]
    else:
        category = _CATEGORIES.get(value, value)
        codes = [
            code
            for code in range(_SURVEYED)
            if unicodedata.category(chr(code)).startswith(category)
        ]
    return tuple((code, code) for code in codes)


@functools.lru_cache(maxsize=1024)
def members(ranges: Ranges) -> str:
    """Return characters of the ranges worth writing, the plainest first; empty for no ranges."""
    plain = "".join(char for char in PLAIN if _inside(ord(char), ranges))
    others: list[int] = []
    for low, high in ranges[:200]:
        others += [code for code in {low, (low + high) // 2, high} if not _odd(code)]
    strange = "".join(sorted({chr(code) for code in others} - set(plain))[:24])
    return plain + strange


def _inside(code: int, ranges: Ranges) -> bool:
    return any(low <= code <= high for low, high in ranges)


def _odd(code: int) -> bool:
    return _SURROGATES[0] <= code <= _SURROGATES[1] or code > _LAST
