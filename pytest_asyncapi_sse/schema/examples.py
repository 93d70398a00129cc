"""Examples: payloads built without drawing, the smallest first and always the same ones."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterator
from typing import Any

from pytest_asyncapi_sse.schema.bounds import LISTED
from pytest_asyncapi_sse.schema.enumeration import different, in_turn, names
from pytest_asyncapi_sse.schema.equality import canonical
from pytest_asyncapi_sse.schema.fitting import Fitting
from pytest_asyncapi_sse.schema.numbers import is_whole, number_examples
from pytest_asyncapi_sse.schema.places import Place
from pytest_asyncapi_sse.schema.shapes import ArrayShape, ObjectShape
from pytest_asyncapi_sse.schema.strings import text_examples

_EACH = 6
_TRIES = 120
_MOST_CHOICES = 40
_MOST_OPTIONS = 64
_ORDER = ("string", "integer", "fraction", "boolean", "null", "object", "array")


def first_valid(
    fitting: Fitting, place: Place, is_valid: Callable[[Any], bool]
) -> tuple[Any] | None:
    """Return the first example that is valid, in a tuple; None where none is among the first."""
    depth = fitting.depth(place)
    if depth is None:
        return None
    for value in itertools.islice(built(fitting, place, depth + 1), _TRIES):
        if is_valid(value):
            return (copy.deepcopy(value),)
    return None


def examples(fitting: Fitting, place: Place, depth: int) -> Iterator[Any]:
    """Yield examples for a place, of at most `depth` levels; not all of them need be valid."""
    return map(copy.deepcopy, built(fitting, place, depth))


def built(fitting: Fitting, place: Place, depth: int) -> Iterator[Any]:
    """Yield examples that share their parts, so that they are only to be looked at."""
    return _Examples(fitting).of(place, depth)


class _Examples:
    """Build the examples of one schema, each place's first ones once."""

    def __init__(self, fitting: Fitting) -> None:
        self.fitting = fitting
        self._first: dict[tuple[int, int], list[Any]] = {}

    def first(self, place: Place, depth: int) -> list[Any]:
        """Return the first examples of a place."""
        key = (id(place), depth)
        if key not in self._first:
            self._first[key] = list(itertools.islice(self.of(place, depth), _EACH))
        return self._first[key]

    def of(self, place: Place, depth: int) -> Iterator[Any]:
        """Yield the examples of a place."""
        self.fitting.built_steps.take()
        if not self.fitting.fits(place, depth):
            return
        if place.choices:
            yield from self._of_options(place, depth)
            return
        facts = self.fitting.facts(place)
        found = self._of_types(place, depth) if facts.values is None else iter(facts.values)
        for value in found:
            if not facts.avoided or canonical(value) not in facts.avoided:
                yield value

    def _of_options(self, place: Place, depth: int) -> Iterator[Any]:
        """Take each option in turn, only the first that fits where there are too many ways."""
        if self.fitting.built_steps.are_used_up or len(place.choices) > _MOST_CHOICES:
            settled = self.fitting.settled(place, depth)
            if settled is not None:
                yield from self.of(settled, depth)
            return
        options = itertools.islice(self.fitting.options(place, depth), _MOST_OPTIONS)
        yield from in_turn([self.of(option, depth) for option in options])

    def _of_types(self, place: Place, depth: int) -> Iterator[Any]:
        types = self.fitting.types(place, depth)
        yield from in_turn([self._of_type(name, place, depth) for name in _ORDER if name in types])

    def _of_type(self, name: str, place: Place, depth: int) -> Iterator[Any]:
        facts = self.fitting.facts(place)
        if name == "string":
            yield from itertools.islice(text_examples(facts.strings), _EACH)
        elif name == "integer":
            yield from number_examples(facts.numbers, whole=True)
        elif name == "fraction":
            found = number_examples(facts.numbers, whole=False)
            both = "integer" in facts.types
            yield from (number for number in found if both or not is_whole(number))
        elif name == "object":
            yield from self._objects(self.fitting.shapes.object(place), depth)
        elif name == "array":
            yield from self._arrays(self.fitting.shapes.array(place), depth)
        else:
            yield from (False, True) if name == "boolean" else (None,)

    def _objects(self, shape: ObjectShape, depth: int) -> Iterator[dict[str, Any]]:
        required = set(shape.required)
        optional = [
            name
            for name in shape.names
            if name not in required and self.fitting.fits(shape.child(name), depth - 1)
        ]
        needed = max(0, shape.least - len(shape.required))
        first = shape.closed_over([*shape.required, *optional[:needed]])
        for chosen in (first, shape.closed_over([*shape.required, *optional])):
            spare = _spare_names(self.fitting, shape, depth, shape.least - len(chosen))
            yield from self._varied({name: shape.child(name) for name in chosen + spare}, depth)

    def _varied(self, children: dict[str, Place], depth: int) -> Iterator[dict[str, Any]]:
        """Yield the object of all first examples, then objects with one property changed."""
        lists = {name: self.first(child, depth - 1) for name, child in children.items()}
        if not all(lists.values()):
            return
        base = {name: values[0] for name, values in lists.items()}
        yield base
        for name, values in lists.items():
            for value in values[1:]:
                yield {**base, name: value}

    def _arrays(self, shape: ArrayShape, depth: int) -> Iterator[list[Any]]:
        lists = [self._items(shape, index, depth) for index in range(shape.least)]
        if all(lists):
            firsts = [values[0] for values in lists]
            yield self._all_different(shape, lists, depth) if shape.is_unique else firsts
            for index, values in enumerate(lists[:_EACH]):
                for value in values[1:]:
                    yield [*firsts[:index], value, *firsts[index + 1 :]]
        child = shape.child(0)
        if not shape.least and self.fitting.fits(child, depth - 1) and shape.most != 0:
            yield from ([value] for value in self.first(child, depth - 1))

    def _items(self, shape: ArrayShape, index: int, depth: int) -> list[Any]:
        """Return examples for one item, which may have to be one that `contains` asks for."""
        wanted = [shape.containing(index, part) for part, count, _ in shape.contained if count]
        able = [place for place in wanted if self.fitting.fits(place, depth - 1)]
        place = (able or [shape.child(index)])[index % max(len(able), 1)]
        if not shape.is_unique or shape.least > LISTED:
            return self.first(place, depth - 1)
        return list(itertools.islice(self.of(place, depth - 1), _EACH + shape.least))

    def _all_different(self, shape: ArrayShape, lists: list[list[Any]], depth: int) -> list[Any]:
        self.fitting.built_steps.take(len(lists))
        found = _distinct(lists)
        if len(found) == len(lists) or shape.contained:
            return found
        more = different(self.fitting, shape.child(shape.prefix), depth - 1, len(lists))
        seen = {canonical(value) for value in found[: shape.prefix]}
        fresh = [value for value in more if canonical(value) not in seen]
        return [*found[: shape.prefix], *fresh][: shape.least]


def _spare_names(fitting: Fitting, shape: ObjectShape, depth: int, count: int) -> list[str]:
    """Return names for undeclared properties, which only minProperties asks for."""
    if count <= 0:
        return []
    candidates = names(fitting, shape, count)
    fresh = (
        name
        for name in candidates
        if name not in shape.names and fitting.fits(shape.child(name), depth - 1)
    )
    return list(itertools.islice(fresh, count))


def _distinct(lists: list[list[Any]]) -> list[Any]:
    found: dict[str, Any] = {}
    for values in lists:
        fresh = next((value for value in values if canonical(value) not in found), values[0])
        found[canonical(fresh)] = fresh
    return list(found.values())
