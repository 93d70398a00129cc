"""Examples: payloads built without drawing, the smallest first and always the same ones."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterator
from typing import Any

from pytest_asyncapi_sse.schema.equality import canonical
from pytest_asyncapi_sse.schema.fitting import Fitting
from pytest_asyncapi_sse.schema.numbers import is_whole, number_examples
from pytest_asyncapi_sse.schema.patterns import pattern_examples
from pytest_asyncapi_sse.schema.places import Place
from pytest_asyncapi_sse.schema.shapes import ArrayShape, ObjectShape
from pytest_asyncapi_sse.schema.strings import text_examples

_EACH = 6
_TRIES = 120
_ORDER = ("string", "integer", "fraction", "boolean", "null", "object", "array")


class Nothing:
    """Stand for the absence of an example, since null is one."""


def first_valid(
    fitting: Fitting, place: Place, is_valid: Callable[[Any], bool]
) -> tuple[Any] | None:
    """Return the first example that is valid, in a tuple; None where none is among the first."""
    depth = fitting.depth(place)
    if depth is None:
        return None
    for value in itertools.islice(examples(fitting, place, depth + 1), _TRIES):
        if is_valid(value):
            return (value,)
    return None


def examples(fitting: Fitting, place: Place, depth: int) -> Iterator[Any]:
    """Yield examples for a place, of at most `depth` levels; not all of them need be valid."""
    if not fitting.fits(place, depth):
        return
    if place.choices:
        options = fitting.options(place, depth)
        yield from _in_turn([examples(fitting, option, depth) for option in options])
        return
    facts = fitting.facts(place)
    found = _of_types(fitting, place, depth) if facts.values is None else iter(facts.values)
    for value in found:
        if canonical(value) not in facts.avoided:
            yield copy.deepcopy(value)


def _of_types(fitting: Fitting, place: Place, depth: int) -> Iterator[Any]:
    types = fitting.types(place, depth)
    yield from _in_turn([_of_type(name, fitting, place, depth) for name in _ORDER if name in types])


def _of_type(name: str, fitting: Fitting, place: Place, depth: int) -> Iterator[Any]:
    facts = fitting.facts(place)
    if name == "string":
        yield from itertools.islice(text_examples(facts.strings), _EACH)
    elif name == "integer":
        yield from number_examples(facts.numbers, whole=True)
    elif name == "fraction":
        found = number_examples(facts.numbers, whole=False)
        both = "integer" in facts.types
        yield from (number for number in found if both or not is_whole(number))
    elif name == "object":
        yield from _objects(fitting, fitting.shapes.object(place), depth)
    elif name == "array":
        yield from _arrays(fitting, fitting.shapes.array(place), depth)
    else:
        yield from (False, True) if name == "boolean" else (None,)


def _objects(fitting: Fitting, shape: ObjectShape, depth: int) -> Iterator[dict[str, Any]]:
    optional = [
        name
        for name in shape.names
        if name not in shape.required and fitting.fits(shape.child(name), depth - 1)
    ]
    needed = max(0, shape.least - len(shape.required))
    first = shape.closed_over([*shape.required, *optional[:needed]])
    for names in (first, shape.closed_over([*shape.required, *optional])):
        names = [*names, *_spare_names(fitting, shape, depth, shape.least - len(names))]
        yield from _varied({name: shape.child(name) for name in names}, fitting, depth)


def _varied(children: dict[str, Place], fitting: Fitting, depth: int) -> Iterator[dict[str, Any]]:
    """Yield the object of all first examples, then objects with one property changed."""
    lists = {
        name: list(itertools.islice(examples(fitting, child, depth - 1), _EACH))
        for name, child in children.items()
    }
    if not all(lists.values()):
        return
    base = {name: values[0] for name, values in lists.items()}
    yield base
    for name, values in lists.items():
        for value in values[1:]:
            yield {**base, name: value}


def _spare_names(fitting: Fitting, shape: ObjectShape, depth: int, count: int) -> list[str]:
    """Return names for undeclared properties, which only minProperties asks for."""
    if count <= 0:
        return []
    names = itertools.chain(
        (name for pattern in shape.patterns for name in pattern_examples(pattern)),
        (value for value in examples(fitting, shape.naming, 1) if isinstance(value, str)),
        ("extra" + "_" * index for index in range(count)),
    )
    fresh = (
        name
        for name in dict.fromkeys(names)
        if name not in shape.names and fitting.fits(shape.child(name), depth - 1)
    )
    return list(itertools.islice(fresh, count))


def _arrays(fitting: Fitting, shape: ArrayShape, depth: int) -> Iterator[list[Any]]:
    lists: list[list[Any]] = []
    for index in range(shape.least):
        wanted = [shape.containing(index, part) for part, count, _ in shape.contained if count]
        fitting_ones = [place for place in wanted if fitting.fits(place, depth - 1)]
        place = (fitting_ones or [shape.child(index)])[index % max(len(fitting_ones), 1)]
        found = examples(fitting, place, depth - 1)
        lists.append(list(itertools.islice(found, _EACH + shape.least)))
    if all(lists):
        yield _distinct(lists) if shape.is_unique else [values[0] for values in lists]
        for index, values in enumerate(lists[:_EACH]):
            for value in values[1:]:
                base = [others[0] for others in lists]
                base[index] = value
                yield base
    if not shape.least and fitting.fits(shape.child(0), depth - 1) and shape.most != 0:
        yield from (
            [value]
            for value in itertools.islice(examples(fitting, shape.child(0), depth - 1), _EACH)
        )


def _distinct(lists: list[list[Any]]) -> list[Any]:
    found: dict[str, Any] = {}
    for values in lists:
        fresh = next((value for value in values if canonical(value) not in found), values[0])
        found[canonical(fresh)] = fresh
    return list(found.values())


def _in_turn(iterators: list[Iterator[Any]]) -> Iterator[Any]:
    """Yield one value of each in turn, until all are exhausted."""
    while iterators:
        left = []
        for iterator in iterators:
            value = next(iterator, Nothing)
            if value is not Nothing:
                yield value
                left.append(iterator)
        iterators = left
