"""ECMA 262 regular expressions as trees: enough of the syntax to write texts that match.

What has no effect on the writing (assertions) is kept as `Empty`; the text is checked afterwards
by the engine that judges. What is not understood raises UnknownSyntax.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pytest_asyncapi_sse.schema.characters import (
    ESCAPES,
    Ranges,
    complement,
    escape_class,
    property_class,
)


class UnknownSyntax(ValueError):
    """Raised where a pattern uses syntax that this reader does not know."""


@dataclass(frozen=True, slots=True)
class Empty:
    """Match the empty text: an anchor or an assertion."""

    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Chars:
    """Match one character of the ranges."""

    ranges: Ranges


@dataclass(frozen=True, slots=True)
class Series:
    """Match the items one after the other."""

    items: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Match one of the options."""

    options: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """Match the item `least` to `most` times; without a bound where `most` is None."""

    item: Tree
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Group:
    """Match the item and remember the text by number and name."""

    item: Tree
    number: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Again:
    """Match the text of a group once more."""

    group: int | str


Tree = Empty | Chars | Series | Either | Repeat | Group | Again

_DOT: Ranges = complement(((0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029)))
_QUANTIFIERS = {"*": (0, None), "+": (1, None), "?": (0, 1)}


def parse(pattern: str) -> Tree:
    """Read a pattern; raises UnknownSyntax."""
    reader = _Reader(pattern)
    tree = reader.either()
    if reader.rest():
        raise UnknownSyntax(f"{pattern!r} has an unexpected {reader.rest()[0]!r}")
    return tree


def width(tree: Tree) -> tuple[int, int | None]:
    """Return the least and the most characters that a match has; None for no bound."""
    if isinstance(tree, Chars):
        return 1, 1
    if isinstance(tree, Group):
        return width(tree.item)
    if isinstance(tree, Series):
        widths = [width(item) for item in tree.items]
        return sum(least for least, _ in widths), _total([most for _, most in widths])
    if isinstance(tree, Either):
        widths = [width(option) for option in tree.options]
        mosts = [most for _, most in widths if most is not None]
        bounded = len(mosts) == len(widths)
        return min(least for least, _ in widths), max(mosts) if bounded else None
    if isinstance(tree, Repeat):
        least, most = width(tree.item)
        bounded = tree.most is not None and most is not None
        return least * tree.least, (most or 0) * (tree.most or 0) if bounded else None
    return (0, None) if isinstance(tree, Again) else (0, 0)


def is_anchored(tree: Tree, anchor: str) -> bool:
    """Say whether every match begins (`^`) or ends (`$`) at the text's own bounds."""
    if isinstance(tree, Empty):
        return tree.anchor == anchor
    if isinstance(tree, Group):
        return is_anchored(tree.item, anchor)
    if isinstance(tree, Either):
        return all(is_anchored(option, anchor) for option in tree.options)
    if isinstance(tree, Series):
        items = tree.items if anchor == "^" else tree.items[::-1]
        for item in items:
            if is_anchored(item, anchor):
                return True
            if not (isinstance(item, Empty) and not item.anchor):
                return False
    return False


def stretched(tree: Tree, least: int, most: int | None) -> Tree:
    """Bound the repetitions so that a match is likelier to have `least` to `most` characters."""
    if isinstance(tree, Group):
        return replace(tree, item=stretched(tree.item, least, most))
    if isinstance(tree, Either):
        return replace(tree, options=tuple(stretched(each, least, most) for each in tree.options))
    if isinstance(tree, Repeat):
        return _stretched_repeat(tree, least, most)
    if isinstance(tree, Series):
        return _stretched_series(tree, least, most)
    return tree


def _stretched_repeat(tree: Repeat, least: int, most: int | None) -> Tree:
    shortest, longest = width(tree.item)
    if not longest:
        return tree
    lowest = max(tree.least, -(-least // longest))
    highest = tree.most if most is None else min(tree.most or most, most // max(shortest, 1))
    if tree.most is not None:
        lowest = min(lowest, tree.most)
    return replace(tree, least=lowest, most=None if highest is None else max(lowest, highest))


def _stretched_series(tree: Series, least: int, most: int | None) -> Tree:
    widths = [width(item) for item in tree.items]
    elastic = [index for index, (low, high) in enumerate(widths) if high is None or high > low]
    if not elastic:
        return tree
    widest = max(elastic, key=lambda index: widths[index][1] or 10**9)
    rest = sum(low for index, (low, _) in enumerate(widths) if index != widest)
    items = list(tree.items)
    room = None if most is None else max(0, most - rest)
    items[widest] = stretched(items[widest], max(0, least - rest), room)
    return Series(tuple(items))


def _total(mosts: Sequence[int | None]) -> int | None:
    bounded = [most for most in mosts if most is not None]
    return sum(bounded) if len(bounded) == len(mosts) else None


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
                self._closed(self.either())
                return Empty()
        if self._take("?:"):
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
        found = property_class(name[1:])
        if not found:
            raise UnknownSyntax(f"the property {name[1:]!r} is not known")
        return complement(found) if negated else found

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
