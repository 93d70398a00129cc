"""Regular expressions as trees, and how long a match is.

What has no effect on the writing (a word boundary) is kept as `Empty`; the text is checked
afterwards by the engine that judges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pytest_asyncapi_sse.schema.characters import Ranges


@dataclass(frozen=True, slots=True)
class Empty:
    """Match the empty text: an anchor or a word boundary."""

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


@dataclass(frozen=True, slots=True)
class Look:
    """Match the empty text where the item follows (`?=`), precedes (`?<=`), or does not."""

    item: Tree
    mark: str


Tree = Empty | Chars | Series | Either | Repeat | Group | Again | Look


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
            if not isinstance(item, Look) and not (isinstance(item, Empty) and not item.anchor):
                return False
    return False


def written_out(tree: Tree) -> Tree:
    """Return the tree with what is looked for before its beginning and after its end in it."""
    if isinstance(tree, Look):
        return tree.item if tree.mark in ("?<=", "?=") else tree
    if isinstance(tree, Either):
        return Either(tuple(map(written_out, tree.options)))
    if not isinstance(tree, Series):
        return tree
    items = list(tree.items)
    for index, mark in ((0, "?<="), (-1, "?=")):
        item = items[index] if len(items) > 1 else None
        if isinstance(item, Look) and item.mark == mark:
            items[index] = item.item
    return Series(tuple(items))


def demanded(tree: Tree) -> tuple[Tree, ...]:
    """Return what is looked for at the beginning of every match, and may stand in the match."""
    if isinstance(tree, Group):
        return demanded(tree.item)
    items = tree.items if isinstance(tree, Series) else (tree,)
    found: list[Tree] = []
    for item in items:
        if isinstance(item, Look):
            found += [item.item] if item.mark == "?=" else []
        elif not isinstance(item, Empty):
            return (*found, *(demanded(item) if isinstance(item, Group) else ()))
    return tuple(found)


def unended(tree: Tree) -> Tree:
    """Return the tree without the options that end the text, where there are others."""
    if isinstance(tree, Group):
        return replace(tree, item=unended(tree.item))
    if isinstance(tree, Series) and tree.items:
        return Series((*tree.items[:-1], unended(tree.items[-1])))
    if isinstance(tree, Either):
        options = tuple(option for option in tree.options if not is_anchored(option, "$"))
        return Either(options or tree.options)
    return tree


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
