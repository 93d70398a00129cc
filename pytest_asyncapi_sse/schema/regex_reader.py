"""Reading ECMA 262 regular expressions into trees: enough of the syntax to write texts that match.

What is not understood raises UnknownSyntax.
"""

from __future__ import annotations

import re

from pytest_asyncapi_sse.schema.characters import (
    ESCAPES,
    Ranges,
    complement,
    escape_class,
    property_class,
)
from pytest_asyncapi_sse.schema.regex import (
    Again,
    Chars,
    Either,
    Empty,
    Group,
    Look,
    Repeat,
    Series,
    Tree,
)


class UnknownSyntax(ValueError):
    """Raised where a pattern uses syntax that this reader does not know."""


_DOT: Ranges = complement(((0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029)))
# Not `m`, by which the anchors no longer stand for the ends of the text.
_MODIFIERS = re.compile(r"\?[is]*-?[is]*:")
_QUANTIFIERS = {"*": (0, None), "+": (1, None), "?": (0, 1)}


def parse(pattern: str) -> Tree:
    """Read a pattern; raises UnknownSyntax."""
    reader = _Reader(pattern)
    tree = reader.either()
    if reader.rest():
        raise UnknownSyntax(f"{pattern!r} has an unexpected {reader.rest()[0]!r}")
    return tree


class _Reader:
    """Read a pattern from left to right, one method for each level of the grammar."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._groups = 0

    def rest(self) -> str:
        return self._pattern[self._at :]

    def either(self) -> Tree:
        options = [self._series()]
        while self._take("|"):
            options.append(self._series())
        return options[0] if len(options) == 1 else Either(tuple(options))

    def _series(self) -> Tree:
        items: list[Tree] = []
        while self.rest() and self.rest()[0] not in "|)":
            items.append(self._repeated(self._atom()))
        return items[0] if len(items) == 1 else Series(tuple(items))

    def _repeated(self, atom: Tree) -> Tree:
        bounds = self._quantifier()
        if bounds is None:
            return atom
        self._take("?")
        return Repeat(atom, *bounds)

    def _quantifier(self) -> tuple[int, int | None] | None:
        for mark, bounds in _QUANTIFIERS.items():
            if self._take(mark):
                return bounds
        closing = self.rest().find("}")
        if not self.rest().startswith("{") or closing < 0:
            return None
        low, comma, high = self.rest()[1:closing].partition(",")
        if not low.isdigit() or not (high.isdigit() or not high):
            return None
        self._at += closing + 1
        if not comma:
            return int(low), int(low)
        return int(low), int(high) if high else None

    def _atom(self) -> Tree:
        for mark in ("^", "$"):
            if self._take(mark):
                return Empty(mark)
        if self._take("."):
            return Chars(_DOT)
        if self._take("("):
            return self._group()
        if self._take("["):
            return self._class()
        if self._take("\\"):
            return self._escape()
        return self._literal(self._next())

    def _group(self) -> Tree:
        for mark in ("?=", "?!", "?<=", "?<!"):
            if self._take(mark):
                return Look(self._closed(self.either()), mark)
        if self._modifiers():
            return self._closed(self.either())
        name = ""
        if self._take("?<"):
            name, _, _ = self.rest().partition(">")
            self._at += len(name) + 1
        elif self.rest().startswith("?"):
            raise UnknownSyntax(f"{self._pattern!r} has a group that is not known")
        self._groups += 1
        number = self._groups
        return Group(self._closed(self.either()), number, name)

    def _modifiers(self) -> bool:
        """Read what begins a group that is not remembered, with modifiers (`?i-s:`) or without."""
        found = _MODIFIERS.match(self.rest())
        if found is not None:
            self._at += found.end()
        return found is not None

    def _closed(self, tree: Tree) -> Tree:
        if not self._take(")"):
            raise UnknownSyntax(f"{self._pattern!r} has a group without end")
        return tree

    def _escape(self) -> Tree:
        if self._take("k<"):
            name, _, _ = self.rest().partition(">")
            self._at += len(name) + 1
            return Again(name)
        if self.rest()[:1] in ("b", "B"):
            self._next()
            return Empty()
        if self.rest()[:1].isdigit() and self.rest()[0] != "0":
            return Again(int(self._next()))
        return Chars(self._escaped_ranges())

    def _class(self) -> Tree:
        negated = self._take("^")
        ranges: list[tuple[int, int]] = []
        while not self._take("]"):
            ranges += self._class_member()
        found = tuple(ranges)
        return Chars(complement(found) if negated else found)

    def _class_member(self) -> Ranges:
        first = self._class_atom()
        if not self.rest().startswith("-") or self.rest()[1:2] == "]":
            return first
        single = len(first) == 1 and first[0][0] == first[0][1]
        if not single:
            return first
        self._next()
        last = self._class_atom()
        if len(last) != 1 or last[0][0] < first[0][0]:
            raise UnknownSyntax(f"{self._pattern!r} has a range that is not known")
        return ((first[0][0], last[0][1]),)

    def _class_atom(self) -> Ranges:
        if self._take("\\"):
            if self._take("b"):
                return ((8, 8),)
            return self._escaped_ranges()
        char = self._next()
        return ((ord(char), ord(char)),)

    def _escaped_ranges(self) -> Ranges:
        letter = self._next()
        found = escape_class(letter)
        if found is not None:
            return found
        if letter in "pP":
            return self._property(negated=letter == "P")
        code = self._code_point(letter)
        return ((code, code),)

    def _property(self, *, negated: bool) -> Ranges:
        name, brace, _ = self.rest().partition("}")
        if not name.startswith("{") or not brace:
            raise UnknownSyntax(f"{self._pattern!r} has a property without braces")
        self._at += len(name) + 1
        found = property_class(name[1:], negated=negated)
        if not found:
            raise UnknownSyntax(f"the property {name[1:]!r} is not known")
        return found

    def _code_point(self, letter: str) -> int:
        if letter == "c":
            return ord(self._next()) % 32
        if letter == "x":
            return self._hexadecimal(2)
        if letter == "u":
            if self._take("{"):
                digits, _, _ = self.rest().partition("}")
                self._at += len(digits) + 1
                return int(digits, 16)
            return self._hexadecimal(4)
        return ESCAPES.get(letter, ord(letter))

    def _hexadecimal(self, length: int) -> int:
        digits = self.rest()[:length]
        self._at += length
        try:
            return int(digits, 16)
        except ValueError:
            raise UnknownSyntax(f"{digits!r} is not hexadecimal") from None

    def _literal(self, char: str) -> Tree:
        return Chars(((ord(char), ord(char)),))

    def _take(self, text: str) -> bool:
        if not self._pattern.startswith(text, self._at):
            return False
        self._at += len(text)
        return True

    def _next(self) -> str:
        if not self.rest():
            raise UnknownSyntax(f"{self._pattern!r} ends too early")
        self._at += 1
        return self._pattern[self._at - 1]
