"""Texts that match a pattern: what is written for it, mended where a lookaround asks for more."""

from __future__ import annotations

import functools
import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hypothesis import strategies as st

from pytest_asyncapi_sse.schema.assertions import matcher
from pytest_asyncapi_sse.schema.regex import (
    Chars,
    Repeat,
    Tree,
    demanded,
    is_anchored,
    stretched,
    width,
    written_out,
)
from pytest_asyncapi_sse.schema.regex_reader import UnknownSyntax, parse
from pytest_asyncapi_sse.schema.regex_writer import (
    Briefest,
    Chooser,
    Drawn,
    Longest,
    Seeded,
    Shortest,
    alphabet,
    written,
)

_TRIES = 60
# What stands beside a match, so that a boundary is there or is not.
_NEIGHBOURS = (("", " "), (" ", ""), (" ", " "), ("a", ""), ("", "a"), ("a", "a"))


@dataclass(frozen=True, slots=True)
class _Script:
    """Hold what a text is written by; `demands` are what has to be in the match or beside it."""

    tree: Tree
    opens: tuple[bool, bool]
    demands: tuple[Tree, ...]
    most: int | None
    accepts: Callable[[str], bool]


def pattern_texts(
    pattern: str, *, least: int = 0, most: int | None = None, also: tuple[str, ...] = ()
) -> st.SearchStrategy[str]:
    """Draw texts that match an ECMA pattern, and mostly the others and have the length."""
    script = _script(pattern, least, most, also)
    if script is None:
        return st.text(_ANY_CHARACTER, min_size=least, max_size=most).filter(matcher(pattern))
    ways = _ways(script)
    drawn = _drawn(script, st.sampled_from(ways) if len(ways) > 1 else None)
    return drawn.filter(script.accepts)


def pattern_examples(
    pattern: str,
    *,
    least: int = 0,
    most: int | None = None,
    also: tuple[str, ...] = (),
    tries: int | None = _TRIES,
) -> Iterator[str]:
    """Yield texts that match, the shortest first; always the same ones.

    There are a few, without an end where `tries` is None.
    """
    script = _script(pattern, least, most, also)
    if script is None:
        return

    def fits(text: str) -> bool:
        return script.accepts(text) and least <= len(text) and (most is None or len(text) <= most)

    yield from filter(fits, (_write(script, chooser) for chooser in (Shortest(), Longest())))
    seeds = itertools.count() if tries is None else range(tries)
    found = (_write(script, Seeded(random.Random(seed))) for seed in seeds)
    yield from filter(fits, found if tries is None else sorted(found, key=_plainness))


def _plainness(text: str) -> tuple[int, bool]:
    return len(text), not text.isascii()


def pattern_widths(pattern: str) -> tuple[int, int | None]:
    """Return the least and the most characters of a text that matches; None for no bound."""
    tree = _tree(pattern)
    if tree is None:
        return 0, None
    least, most = width(tree)
    low, high = _demanded_widths(tree)
    bounded = [limit for limit in (high, None if any(_opens(tree)) else most) if limit is not None]
    return max(least, low), min(bounded, default=None)


_ANY_CHARACTER: st.SearchStrategy[str] = st.characters(codec="utf-8")


@functools.lru_cache(maxsize=1024)
def _tree(pattern: str) -> Tree | None:
    try:
        return written_out(parse(pattern))
    except (UnknownSyntax, RecursionError, ValueError):
        return None


@functools.lru_cache(maxsize=1024)
def _script(pattern: str, least: int, most: int | None, also: tuple[str, ...]) -> _Script | None:
    tree = _tree(pattern)
    if tree is None:
        return None
    widths = [pattern_widths(other) for other in (pattern, *also)]
    low = max(least, *(shortest for shortest, _ in widths))
    bounds = [longest for longest in (most, *(high for _, high in widths)) if longest is not None]
    high = min(bounds, default=None)
    judges = [matcher(other) for other in (pattern, *also)]
    others = (other for name in also if (other := _tree(name)) is not None)
    beside = tuple(other for other in others if any(_opens(other)))
    return _Script(
        tree=stretched(tree, low, None if high is None else max(low, high)),
        opens=_opens(tree),
        demands=tuple(one for one in (*demanded(tree), *beside) if not _is_length(one)),
        most=high,
        accepts=judges[0] if len(judges) == 1 else lambda text: all(fit(text) for fit in judges),
    )


def _demanded_widths(tree: Tree) -> tuple[int, int | None]:
    """Return the widths that what is looked for at the beginning of the text sets for all of it."""
    demands = demanded(tree)
    whole = [one for one in demands if is_anchored(tree, "^") and is_anchored(one, "$")]
    mosts = [most for one in whole if (most := width(one)[1]) is not None]
    return max((width(one)[0] for one in demands), default=0), min(mosts, default=None)


def _opens(tree: Tree) -> tuple[bool, bool]:
    return not is_anchored(tree, "^"), not is_anchored(tree, "$")


# What may stand before or after a match.
_AROUND = alphabet("abc 019-._\n\u2028é日😀\u0301", 1, 6)
_LONGER = 16


def _ways(script: _Script) -> list[str]:
    """Return the ways in which a text is written, the plain one first, and most often."""
    least, most = width(script.tree)
    is_elastic = most is None or most - least > _LONGER
    before, after = script.opens
    ways = ["", *(["before"] if before else []), *(["after"] if after else [])]
    return ["", *[""] * 12, "long", *ways] if is_elastic else ways


@st.composite
def _drawn(draw: st.DrawFn, script: _Script, ways: st.SearchStrategy[str] | None) -> str:
    way = "" if ways is None else draw(ways)
    chooser = Drawn(draw, is_long=way == "long")
    text = _write(script, chooser)
    if way in ("before", "after"):
        strategy, table = _AROUND
        beside = draw(strategy).translate(table)
        longer = beside + text if way == "before" else text + beside
        if (script.most is None or len(longer) <= script.most) and script.accepts(longer):
            return longer
    return text


def _write(script: _Script, chooser: Chooser) -> str:
    """Return a text that matches, where one is found."""
    text = written(script.tree, chooser, most=script.most)
    # Chosen whether needed or not, so that what is drawn is as long for each text.
    needles = [written(one, Briefest(chooser)) for one in script.demands]
    start = chooser.number(0, len(text)) if needles else 0
    if script.accepts(text):
        return text
    variants = _variants(text, "".join(needles), start, script)
    return next(filter(script.accepts, variants), text)


def _variants(text: str, needle: str, start: int, script: _Script) -> Iterator[str]:
    if needle:
        start = min(start, max(0, len(text) - len(needle)))
        yield text[:start] + needle + text[start + len(needle) :]
        yield text[: max(0, len(text) - len(needle))] + needle
        yield needle + text[len(needle) :]
        yield text + needle
        yield needle + text
        yield needle
    for before, after in _NEIGHBOURS:
        if (script.opens[0] or not before) and (script.opens[1] or not after):
            yield before + text + after


def _is_length(tree: Tree) -> bool:
    """Say whether nothing but a number of any characters is asked for, such as `.{8,}`."""
    items = getattr(tree, "items", (tree,))
    return all(
        width(item) == (0, 0)
        or (isinstance(item, Repeat) and isinstance(item.item, Chars) and len(item.item.ranges) > 3)
        for item in items
    )
