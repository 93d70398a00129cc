"""Writing texts that a regular expression matches: by drawing, or by fixed choices."""

from __future__ import annotations

import functools
import itertools
import random
from dataclasses import dataclass
from typing import Protocol

from hypothesis import strategies as st

from pytest_asyncapi_sse.schema.characters import members
from pytest_asyncapi_sse.schema.regex import (
    Again,
    Chars,
    Either,
    Group,
    Repeat,
    Series,
    Tree,
    unended,
    width,
)

_SLACK = 8
_LONGEST_DRAWN = 200
_LONG = 600
_ENDLESS = 10**9
_MOST_REPEATS = 40
# Letters of one script without a gap, which Hypothesis orders by their code points.
_STAND_IN = 0x4E00


class Chooser(Protocol):
    """Make the choices of the writer; `is_long` where they are to make the text long."""

    is_long: bool

    def option(self, count: int, /) -> int:
        """Return an index below `count`."""
        ...

    def number(self, least: int, most: int, /) -> int:
        """Return a number within the bounds."""
        ...

    def text(self, chars: str, least: int, most: int, /) -> str:
        """Return a text of the given characters."""
        ...


def written(tree: Tree, chooser: Chooser, *, most: int | None = None) -> str:
    """Return a text for a tree, of at most so many characters where that can be seen to.

    What lookarounds ask for is left out of account.
    """
    longest = _LONG if most is None and chooser.is_long else most
    spare = _ENDLESS if longest is None else longest - width(tree)[0]
    return _write(tree, _Pen(chooser, spare, {}))


class Drawn:
    """Choose by drawing; texts come out as long as they may be where it `is_long`."""

    def __init__(self, draw: st.DrawFn, *, is_long: bool = False) -> None:
        self.is_long = is_long
        self._draw = draw

    def option(self, count: int) -> int:
        return self._draw(st.integers(0, count - 1))

    def number(self, least: int, most: int) -> int:
        return self._draw(st.integers(least, most))

    def text(self, chars: str, least: int, most: int) -> str:
        if least == most == 1:
            return self._draw(st.sampled_from(chars))
        if self.is_long or least > _LONGEST_DRAWN:
            return self._filled(chars, least, most)
        strategy, table = alphabet(chars, least, most)
        return self._draw(strategy).translate(table)

    def _filled(self, chars: str, least: int, most: int) -> str:
        """Draw a short text and repeat it: what is drawn for each character is bounded."""
        strategy, table = alphabet(chars, 1, _SLACK)
        unit = self._draw(strategy).translate(table)
        length = most if self.is_long else self._draw(st.integers(least, most))
        return (unit * (length // len(unit) + 1))[:length]


@functools.lru_cache(maxsize=1024)
def alphabet(chars: str, least: int, most: int) -> tuple[st.SearchStrategy[str], dict[int, str]]:
    """Return what draws a text of other characters, and the table that translates it.

    A text is drawn and shrunk faster than a list, but by an order of Hypothesis's own.
    """
    last = _STAND_IN + len(chars) - 1
    stand_ins = st.characters(min_codepoint=_STAND_IN, max_codepoint=last)
    table = {_STAND_IN + index: char for index, char in enumerate(chars)}
    return st.text(stand_ins, min_size=least, max_size=most), table


def spelled(chars: str, least: int, most: int) -> st.SearchStrategy[str]:
    """Draw texts of the characters, which shrink towards the first of them."""
    strategy, table = alphabet(chars, least, most)
    return strategy.map(lambda text: text.translate(table))


class Shortest:
    """Choose the first and the least."""

    is_long = False

    def option(self, _count: int, /) -> int:
        return 0

    def number(self, least: int, _most: int, /) -> int:
        return least

    def text(self, chars: str, least: int, _most: int, /) -> str:
        return chars[0] * least


class Longest:
    """Choose the last and the most."""

    is_long = False

    def option(self, count: int, /) -> int:
        return count - 1

    def number(self, _least: int, most: int, /) -> int:
        return most

    def text(self, chars: str, _least: int, most: int, /) -> str:
        return chars[0] * most


class Seeded:
    """Choose at random, the same at every run."""

    is_long = False

    def __init__(self, generator: random.Random) -> None:
        self._random = generator

    def option(self, count: int) -> int:
        return self._random.randrange(count)

    def number(self, least: int, most: int) -> int:
        return self._random.randint(least, most)

    def text(self, chars: str, least: int, most: int) -> str:
        return "".join(self._random.choices(chars, k=self.number(least, most)))


class Briefest:
    """Choose the least of everything, and what is left to choose as another one does."""

    is_long = False

    def __init__(self, chooser: Chooser) -> None:
        self._chooser = chooser

    def option(self, count: int) -> int:
        return self._chooser.option(count)

    def number(self, least: int, _most: int) -> int:
        return least

    def text(self, chars: str, least: int, _most: int) -> str:
        return self._chooser.text(chars, least, least) if least else ""


@dataclass(slots=True)
class _Pen:
    """Hold who chooses, how many characters beyond the least may come, and the groups so far."""

    chooser: Chooser
    spare: int
    groups: dict[int | str, str]

    def most(self, tree: Repeat, each: int) -> int:
        """Return how often something of `each` characters may come."""
        longest = _LONG if self.chooser.is_long else _SLACK
        most = tree.least + longest if tree.most is None else tree.most
        return min(most, tree.least + max(self.spare, 0) // each) if each else most


def _write(tree: Tree, pen: _Pen) -> str:
    if isinstance(tree, Chars):
        return _write_chars(tree, pen, 1, 1)
    if isinstance(tree, Series):
        return "".join([_write(item, pen) for item in tree.items])
    if isinstance(tree, Either):
        return _write_option(tree, pen)
    if isinstance(tree, Repeat):
        return _write_repeat(tree, pen)
    if isinstance(tree, Group):
        text = _write(tree.item, pen)
        pen.groups[tree.number] = text
        if tree.name:
            pen.groups[tree.name] = text
        return text
    if isinstance(tree, Again):
        return pen.groups.get(tree.group, "")
    return ""


def _write_option(tree: Either, pen: _Pen) -> str:
    option = tree.options[pen.chooser.option(len(tree.options))]
    pen.spare -= width(option)[0] - width(tree)[0]
    return _write(option, pen)


def _write_repeat(tree: Repeat, pen: _Pen) -> str:
    if isinstance(tree.item, Chars):
        return _write_chars(tree.item, pen, tree.least, pen.most(tree, 1))
    each = width(tree.item)[0]
    count = pen.chooser.number(tree.least, pen.most(tree, each))
    if not count:
        return ""
    pen.spare -= (count - tree.least) * each
    if count > _MOST_REPEATS:
        # What is written now comes several times.
        pen.spare = 0
    inner = unended(tree.item)
    parts = [_write(inner, pen) for _ in range(min(count, _MOST_REPEATS) - 1)]
    last = _write(tree.item, pen)
    return "".join([*itertools.islice(itertools.cycle(parts or [last]), count - 1), last])


def _write_chars(tree: Chars, pen: _Pen, least: int, most: int) -> str:
    chars = members(tree.ranges)
    if not chars:
        return ""
    text = pen.chooser.text(chars, least, most)
    pen.spare -= len(text) - least
    return text
