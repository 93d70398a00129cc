"""Container edges: what to try at a place of arrays and objects."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from typing import Any

from pytest_asyncapi_sse.errors import shown
from pytest_asyncapi_sse.schema.asked import Obligation, of_schema
from pytest_asyncapi_sse.schema.choices import Part
from pytest_asyncapi_sse.schema.edges import NAMES, NEAR_EQUAL
from pytest_asyncapi_sse.schema.equality import canonical
from pytest_asyncapi_sse.schema.facts import type_name
from pytest_asyncapi_sse.schema.fitting import Fitting
from pytest_asyncapi_sse.schema.patterns import pattern_examples
from pytest_asyncapi_sse.schema.places import Place
from pytest_asyncapi_sse.schema.shapes import ArrayShape, ObjectShape

MOST_ITEMS = 200
_LEAST_MATCHED = 3


def arrays(fitting: Fitting, place: Place) -> Iterator[Obligation]:
    """Ask for counts of items and of matches, and for items that nearly are equal."""
    shape = fitting.shapes.array(place)
    lowest, highest = shape.least, shape.most
    counts = [
        ("the fewest items", "minItems", lowest),
        ("one item more than the fewest", "minItems", lowest + 1),
    ]
    if highest is not None:
        counts += [
            ("the most items", "maxItems", highest),
            ("one item fewer than the most", "maxItems", highest - 1),
        ]
    for label, keyword, count in counts:
        yield _counted(label, keyword, "array", count, (lowest, highest))
    if shape.is_unique:
        yield _near_equal(shape)
    for part, least, most in shape.contained:
        yield from _contained(fitting, shape, part, least, most)


def _counted(
    label: str, keyword: str, kind: str, count: int, bounds: tuple[int, int | None]
) -> Obligation:
    """Ask for a count of items or properties."""
    lowest, highest = bounds
    if count < lowest or (highest is not None and count > highest):
        return Obligation(label, keyword, excluded="the other bound of the count excludes it")
    if count > MOST_ITEMS:
        return Obligation(label, keyword, is_large=True)
    noun = "Items" if kind == "array" else "Properties"
    leaf = {"type": kind, f"min{noun}": count, f"max{noun}": count}
    return of_schema(
        label, leaf, lambda value: type_name(value) == kind and len(value) == count, keyword
    )


def _near_equal(shape: ArrayShape) -> Obligation:
    label, keyword = "items that nearly are equal", "uniqueItems"
    if shape.most is not None and shape.most < 2:
        return Obligation(label, keyword, excluded="maxItems excludes it")
    values = tuple([*pair] for pair in NEAR_EQUAL)
    prefix = shape.places.engine.row.prefix_keyword
    leaf = {
        "type": "array",
        "minItems": 2,
        "anyOf": [{prefix: [{"const": one} for one in pair]} for pair in NEAR_EQUAL],
    }
    pairs = frozenset(canonical(value) for value in values)
    return Obligation(
        label,
        keyword,
        values,
        leaf if shape.least > 2 else None,
        lambda value: isinstance(value, list) and canonical(value[:2]) in pairs,
        extra=True,
        is_sample=True,
    )


def _contained(
    fitting: Fitting, shape: ArrayShape, part: Part, least: int, most: int | None
) -> Iterator[Obligation]:
    """Ask for as few and as many matches of `contains` as are allowed, and for their neighbours."""
    counts = [("minContains", least), ("one more than minContains", least + 1)]
    if most is not None:
        counts += [("maxContains", int(most)), ("one fewer than maxContains", int(most) - 1)]
    for label, count in counts:
        keyword = "maxContains" if "max" in label else "contains"
        if count < least or (most is not None and count > most):
            excluded = "the other bound of contains excludes it"
            yield Obligation(label, keyword, excluded=excluded)
        elif count > MOST_ITEMS:
            yield Obligation(label, keyword, is_large=True)
        else:
            yield _matching(fitting, shape, part, label, keyword, count)


def _matching(
    fitting: Fitting, shape: ArrayShape, part: Part, label: str, keyword: str, count: int
) -> Obligation:
    total = max(count, shape.least)
    others: list[Any] = [{"not": part.node}] * (total - count)
    leaf = {
        "type": "array",
        "minItems": total,
        "maxItems": total,
        shape.places.engine.row.prefix_keyword: [*[part.node] * count, *others],
    }
    judge = functools.partial(fitting.engine.accepts, part.node)
    return of_schema(
        label,
        leaf if total else {"type": "array", "maxItems": 0},
        lambda value: isinstance(value, list) and sum(map(judge, value)) == count,
        keyword,
    )


def objects(fitting: Fitting, place: Place) -> Iterator[Obligation]:
    """Ask for each property present and absent, and for counts of properties."""
    shape = fitting.shapes.object(place)
    for name in shape.names:
        if name not in shape.required:
            yield _present(f"{name!r} present", name, "properties")
            yield _absent(f"{name!r} absent", name, "properties")
    names = list(shape.names)
    if len(names) - len({*shape.required}) > 1:
        yield of_schema(
            "all properties present",
            {"type": "object", "required": names},
            lambda value: isinstance(value, dict) and value.keys() >= {*names},
            "properties",
        )
    yield from _property_counts(shape)
    yield from _needs(shape)
    yield from _undeclared(fitting, shape)


def _present(label: str, name: str, keyword: str, *, extra: bool = False) -> Obligation:
    leaf = {"type": "object", "required": [name]}
    return of_schema(
        label, leaf, lambda value: isinstance(value, dict) and name in value, keyword, extra=extra
    )


def _absent(label: str, name: str, keyword: str) -> Obligation:
    leaf = {"type": "object", "properties": {name: False}}
    return of_schema(
        label, leaf, lambda value: isinstance(value, dict) and name not in value, keyword
    )


def _property_counts(shape: ObjectShape) -> Iterator[Obligation]:
    lowest, highest = shape.least, shape.most
    counts = [("minProperties", lowest), ("minProperties", lowest + 1)] if lowest else []
    if highest is not None:
        counts += [("maxProperties", highest), ("maxProperties", highest - 1)]
    for keyword, count in counts:
        is_bound = count == (lowest if keyword == "minProperties" else highest)
        label = keyword if is_bound else f"{keyword}'s neighbour inside"
        yield _counted(label, keyword, "object", count, (lowest, highest))


def _needs(shape: ObjectShape) -> Iterator[Obligation]:
    for name, others in shape.needs.items():
        brought = ", ".join(map(repr, others))
        yield _present(f"{name!r} present with {brought}", name, "dependentRequired")
        if name not in shape.names:
            yield _absent(f"{name!r} absent", name, "dependentRequired")


def _undeclared(fitting: Fitting, shape: ObjectShape) -> Iterator[Obligation]:
    """Ask for properties that a pattern matches, and for those that nothing declares."""
    for pattern in dict.fromkeys(shape.patterns):
        matching = itertools.islice(pattern_examples(pattern), _LEAST_MATCHED)
        name = next((one for one in matching if one not in shape.names), None)
        if name is not None:
            label = f"a property that {shown(pattern, 40)} matches"
            yield _present(label, name, "patternProperties")
    if fitting.is_open(shape.place):
        for label, name in NAMES.items():
            if name not in shape.names:
                yield _present(f"a property {label}", name, "additionalProperties", extra=True)
