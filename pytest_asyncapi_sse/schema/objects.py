"""Objects and arrays, drawn property by property and item by item."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from typing import Any, Protocol

from hypothesis import assume
from hypothesis import strategies as st

from pytest_asyncapi_sse.schema.bounds import LISTED
from pytest_asyncapi_sse.schema.enumeration import names
from pytest_asyncapi_sse.schema.equality import canonical
from pytest_asyncapi_sse.schema.fitting import Fitting
from pytest_asyncapi_sse.schema.patterns import pattern_texts
from pytest_asyncapi_sse.schema.places import Place
from pytest_asyncapi_sse.schema.shapes import ArrayShape, ObjectShape

_MANY = 8
_USUAL_ITEMS = 4
_NAMES = ("extra", "x", "unknown_field", "é")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Building(Protocol):
    """Give the strategies of places: what objects and arrays need of the builder."""

    fitting: Fitting

    def instead(self, place: Place, depth: int) -> list[Any]:
        """Return what is put at a place where the payload has grown too large to draw more."""
        ...

    def count(self, values: int) -> None:
        """Count values that were drawn for a payload."""
        ...

    def different(self, place: Place, depth: int, count: int) -> list[Any]:
        """Return up to `count` values for a place that all differ."""
        ...

    def value(self, place: Place, depth: int) -> st.SearchStrategy[Any]:
        """Draw a value of at most `depth` levels for a place."""
        ...


@st.composite
def objects(draw: st.DrawFn, builder: Building, shape: ObjectShape, depth: int) -> dict[str, Any]:
    """Draw an object: what is required, then some of the optional, rarely what is undeclared."""
    fits = builder.fitting.fits
    plain = builder.instead(shape.place, depth)
    if plain:
        return copy.deepcopy(plain[0])
    required = set(shape.required)
    optional = [
        name for name in shape.names if name not in required and fits(shape.child(name), depth - 1)
    ]
    chosen = shape.closed_over([*shape.required, *_drawn_names(draw, optional)])
    if not all(fits(shape.child(name), depth - 1) for name in chosen):
        chosen = list(shape.required)
    if shape.most is not None and len(chosen) > shape.most:
        chosen = list(shape.required)
    spare = [name for name in optional if name not in chosen]
    chosen += spare[: max(0, shape.least - len(chosen))]
    chosen = shape.closed_over(chosen)
    found = {name: _child(draw, builder, shape.child(name), depth - 1) for name in chosen}
    for name in _undeclared_names(draw, builder, shape, depth, len(found)):
        if name not in found and fits(shape.child(name), depth - 1):
            found[name] = _child(draw, builder, shape.child(name), depth - 1)
    return found


def _child(draw: st.DrawFn, builder: Building, place: Place, depth: int) -> Any:
    """Draw the value of a property, or take a plain one where many were drawn."""
    builder.count(1)
    plain = builder.instead(place, depth)
    return copy.deepcopy(plain[0]) if plain else draw(builder.value(place, depth))


def _drawn_names(draw: st.DrawFn, optional: list[str]) -> list[str]:
    if len(optional) <= _MANY:
        return [name for name in optional if draw(st.booleans())]
    return draw(st.lists(st.sampled_from(optional), unique=True, max_size=_MANY))


def _undeclared_names(
    draw: st.DrawFn, builder: Building, shape: ObjectShape, depth: int, count: int
) -> list[str]:
    missing = max(0, shape.least - count)
    room = None if shape.most is None else shape.most - count
    is_open = depth > 0 and builder.fitting.is_open(shape.place)
    if not (is_open or shape.patterns) or (room is not None and room < 1):
        return []
    most = missing + 2 if room is None else min(missing + 2, room)
    if missing > LISTED:
        return list(itertools.islice(_many_names(builder, shape, depth), missing))
    if not missing and not draw(_rarely(bool(shape.patterns) or not shape.names)):
        return []
    drawn = _names(builder, shape, depth, is_open=is_open)
    fresh = drawn.filter(lambda name: name not in shape.names)
    return draw(st.lists(fresh, unique=True, min_size=missing, max_size=max(missing, most)))


def _many_names(builder: Building, shape: ObjectShape, depth: int) -> Iterator[str]:
    fits = builder.fitting.fits
    for name in names(builder.fitting, shape, shape.least):
        if name not in shape.names and fits(shape.child(name), depth - 1):
            yield name


def _rarely(is_usual: bool) -> st.SearchStrategy[bool]:
    return st.booleans() if is_usual else st.integers(0, 11).map(lambda number: number == 11)


def _names(
    builder: Building, shape: ObjectShape, depth: int, *, is_open: bool
) -> st.SearchStrategy[str]:
    naming = builder.value(shape.naming, 1)
    found = [pattern_texts(pattern) for pattern in shape.patterns]
    if is_open:
        is_free = shape.is_freely_named
        simple = st.text(_LETTERS, min_size=1, max_size=6)
        found.append(st.one_of(simple, st.sampled_from(_NAMES)) if is_free else naming)
    fits = builder.fitting.fits
    return st.one_of(found).filter(lambda name: fits(shape.child(name), depth - 1))


@st.composite
def arrays(draw: st.DrawFn, builder: Building, shape: ArrayShape, depth: int) -> list[Any]:
    """Draw an array: the prefix item by item, then a list of the rest, then what is contained."""
    fits = builder.fitting.fits
    plain = builder.instead(shape.place, depth)
    if plain:
        return copy.deepcopy(plain[0])
    longest = next(
        (index for index in range(shape.prefix + 1) if not fits(shape.child(index), depth - 1)),
        None,
    )
    usual = max(shape.least, shape.prefix) + _USUAL_ITEMS
    most = min(limit for limit in (shape.most, longest, usual) if limit is not None)
    if shape.contained:
        return draw(_containing(builder, shape, depth, max(most, shape.least)))
    if not shape.prefix:
        items = draw(_items(builder, shape, depth, shape.least, most))
        builder.count(len(items))
        return items
    count = draw(st.integers(min(shape.least, most), most))
    head = [
        draw(builder.value(shape.child(index), depth - 1))
        for index in range(min(count, shape.prefix))
    ]
    rest = count - len(head)
    tail = draw(_items(builder, shape, depth, rest, rest)) if rest > 0 else []
    builder.count(count)
    return head + tail


def _items(
    builder: Building, shape: ArrayShape, depth: int, least: int, most: int
) -> st.SearchStrategy[list[Any]]:
    if most < 1:
        return st.just([]).map(list)
    item = builder.value(shape.child(shape.prefix), depth - 1)
    if least > LISTED:
        return _filled(builder, shape, depth, least, most)
    if shape.is_unique:
        return st.lists(item, min_size=least, max_size=most, unique_by=canonical)
    return st.lists(item, min_size=least, max_size=most)


@st.composite
def _filled(
    draw: st.DrawFn, builder: Building, shape: ArrayShape, depth: int, least: int, most: int
) -> list[Any]:
    """Draw a few items and repeat them, or turn a list of different ones to begin anywhere."""
    place, length = shape.child(shape.prefix), draw(st.integers(least, most))
    if shape.is_unique:
        values = builder.different(place, depth - 1, most)
        assume(len(values) >= least)
        start = draw(st.integers(0, len(values) - 1))
        turned = [*values[start:], *values[:start]][:length]
    else:
        items = st.lists(builder.value(place, depth - 1), min_size=1, max_size=_MANY)
        turned = list(itertools.islice(itertools.cycle(draw(items)), length))
    builder.count(length)
    return [copy.deepcopy(value) for value in turned]


@st.composite
def _containing(
    draw: st.DrawFn, builder: Building, shape: ArrayShape, depth: int, most: int
) -> list[Any]:
    fits = builder.fitting.fits
    count = draw(st.integers(shape.least, most))
    wanted: dict[int, Place] = {}
    for part, least, highest in shape.contained:
        number = draw(st.integers(least, max(least, min(highest or least + 1, count))))
        places = {index: shape.containing(index, part) for index in range(count)}
        able = [index for index in places if index not in wanted and fits(places[index], depth - 1)]
        wanted.update({index: places[index] for index in able[-number:] if number})
    found: list[Any] = []
    for index in range(count):
        place = wanted.get(index, shape.child(index))
        assume(fits(place, depth - 1))
        if shape.is_unique:
            found.append(_distinct(draw, builder.value(place, depth - 1), found))
        else:
            found.append(_child(draw, builder, place, depth - 1))
    return found


def _distinct(draw: st.DrawFn, item: st.SearchStrategy[Any], others: list[Any]) -> Any:
    taken = {canonical(other) for other in others}
    return draw(item.filter(lambda value: canonical(value) not in taken))
