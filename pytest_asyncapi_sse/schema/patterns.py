"""Texts that match a pattern: one writer, driven by Hypothesis or by fixed choices."""

from __future__ import annotations

import functools
import itertools
import random
from collections.abc import Callable, Iterator
from typing import Protocol

import jsonschema_rs
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
    UnknownSyntax,
    is_anchored,
    parse,
    stretched,
    width,
)

_SLACK = 8
_TRIES = 60
_LONGEST_DRAWN = 200
_MOST_REPEATS = 40


class Chooser(Protocol):
    """Make the choices of the writer."""

    def option(self, count: int, /) -> int:
        """Return an index below `count`."""
        ...

    def number(self, least: int, most: int, /) -> int:
        """Return a number within the bounds."""
        ...

    def text(self, chars: str, least: int, most: int, /) -> str:
        """Return a text of the given characters."""
        ...


def pattern_texts(
    pattern: str, *, least: int = 0, most: int | None = None
) -> st.SearchStrategy[str]:
    """Draw texts that match an ECMA pattern, and mostly have the length asked for."""
    tree = _tree(pattern)
    if tree is None:
        return st.text(_ANY_CHARACTER, min_size=least, max_size=most).filter(matcher(pattern))
    return _written(stretched(tree, least, most), _is_open(tree)).filter(matcher(pattern))


def pattern_examples(
    pattern: str, *, least: int = 0, most: int | None = None, tries: int | None = _TRIES
) -> Iterator[str]:
    """Yield texts that match, the shortest first; always the same ones.

    There are a few, without an end where `tries` is None.
    """
    tree = _tree(pattern)
    if tree is None:
        return
    tree = stretched(tree, least, most)
    seeds = itertools.count() if tries is None else range(tries)
    seeded = (_Seeded(random.Random(seed)) for seed in seeds)
    choosers: Iterator[Chooser] = itertools.chain((_Shortest(), _Longest()), seeded)
    accepts = matcher(pattern)
    for chooser in choosers:
        text = _write(tree, chooser, {})
        if accepts(text) and least <= len(text) and (most is None or len(text) <= most):
            yield text


def pattern_widths(pattern: str) -> tuple[int, int | None]:
    """Return the least and the most characters of a text that matches; None for no bound."""
    tree = _tree(pattern)
    if tree is None:
        return 0, None
    least, most = width(tree)
    return least, None if any(_is_open(tree)) else most


@functools.lru_cache(maxsize=1024)
def matcher(pattern: str) -> Callable[[str], bool]:
    """Return what says whether a text holds a match, by the engine that judges payloads."""
    return jsonschema_rs.Draft7Validator({"pattern": pattern}).is_valid


_ANY_CHARACTER: st.SearchStrategy[str] = st.characters(codec="utf-8")


@functools.lru_cache(maxsize=1024)
def _tree(pattern: str) -> Tree | None:
    try:
        return parse(pattern)
    except (UnknownSyntax, RecursionError, ValueError):
        return None


def _is_open(tree: Tree) -> tuple[bool, bool]:
    return not is_anchored(tree, "^"), not is_anchored(tree, "$")


@st.composite
def _written(draw: st.DrawFn, tree: Tree, is_open: tuple[bool, bool]) -> str:
    text = _write(tree, _Drawn(draw), {})
    before, after = (
        draw(st.text("abc -.", max_size=3)) if side and draw(_RARELY) else "" for side in is_open
    )
    return before + text + after


_RARELY = st.integers(0, 7).map(lambda number: number == 7)


class _Drawn:
    """Choose by drawing."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def option(self, count: int) -> int:
        return self._draw(st.integers(0, count - 1))

    def number(self, least: int, most: int) -> int:
        return self._draw(st.integers(least, most))

    def text(self, chars: str, least: int, most: int) -> str:
        if least == most == 1:
            return self._draw(st.sampled_from(chars))
        if least > _LONGEST_DRAWN:
            return self._filled(chars, least, most)
        found = self._draw(st.lists(st.sampled_from(chars), min_size=least, max_size=most))
        return "".join(found)

    def _filled(self, chars: str, least: int, most: int) -> str:
        """Draw a short text and repeat it: what is drawn for each character is bounded."""
        unit = "".join(self._draw(st.lists(st.sampled_from(chars), min_size=1, max_size=_SLACK)))
        length = self._draw(st.integers(least, most))
        return (unit * (length // len(unit) + 1))[:length]


class _Shortest:
    """Choose the first and the least."""

    def option(self, _count: int, /) -> int:
        return 0

    def number(self, least: int, _most: int, /) -> int:
        return least

    def text(self, chars: str, least: int, _most: int, /) -> str:
        return chars[0] * least


class _Longest:
    """Choose the last and the most."""

    def option(self, count: int, /) -> int:
        return count - 1

    def number(self, _least: int, most: int, /) -> int:
        return most

    def text(self, chars: str, _least: int, most: int, /) -> str:
        return chars[0] * most


class _Seeded:
    """Choose at random, the same at every run."""

    def __init__(self, generator: random.Random) -> None:
        self._random = generator

    def option(self, count: int) -> int:
        return self._random.randrange(count)

    def number(self, least: int, most: int) -> int:
        return self._random.randint(least, most)

    def text(self, chars: str, least: int, most: int) -> str:
        return "".join(self._random.choices(chars, k=self.number(least, most)))


def _write(tree: Tree, chooser: Chooser, groups: dict[int | str, str]) -> str:
    if isinstance(tree, Chars):
        return _write_chars(tree, chooser, 1, 1)
    if isinstance(tree, Series):
        return "".join(_write(item, chooser, groups) for item in tree.items)
    if isinstance(tree, Either):
        return _write(tree.options[chooser.option(len(tree.options))], chooser, groups)
    if isinstance(tree, Repeat):
        return _write_repeat(tree, chooser, groups)
    if isinstance(tree, Group):
        text = _write(tree.item, chooser, groups)
        groups[tree.number] = text
        if tree.name:
            groups[tree.name] = text
        return text
    if isinstance(tree, Again):
        return groups.get(tree.group, "")
    return ""


def _write_repeat(tree: Repeat, chooser: Chooser, groups: dict[int | str, str]) -> str:
    most = tree.least + _SLACK if tree.most is None else tree.most
    if isinstance(tree.item, Chars):
        return _write_chars(tree.item, chooser, tree.least, most)
    count = chooser.number(tree.least, most)
    written = [_write(tree.item, chooser, groups) for _ in range(min(count, _MOST_REPEATS))]
    return "".join(itertools.islice(itertools.cycle(written), count)) if written else ""


def _write_chars(tree: Chars, chooser: Chooser, least: int, most: int) -> str:
    chars = members(tree.ranges)
    return chooser.text(chars, least, most) if chars else ""
