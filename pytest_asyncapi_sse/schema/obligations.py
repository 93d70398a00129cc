"""Obligations: what the schema at a place asks to be tried once, by the type of the value."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_asyncapi_sse.errors import shown
from pytest_asyncapi_sse.schema.bounds import DEEPEST
from pytest_asyncapi_sse.schema.choices import Part
from pytest_asyncapi_sse.schema.edges import ASTRAL, FORMATS, FRACTIONS, INTEGERS, NAMES, NEAR_EQUAL
from pytest_asyncapi_sse.schema.equality import canonical
from pytest_asyncapi_sse.schema.facts import Facts, fraction, type_name
from pytest_asyncapi_sse.schema.fitting import Fitting
from pytest_asyncapi_sse.schema.numbers import bound_examples, number_examples
from pytest_asyncapi_sse.schema.patterns import pattern_examples, pattern_widths
from pytest_asyncapi_sse.schema.places import Place
from pytest_asyncapi_sse.schema.shapes import ArrayShape, ObjectShape
from pytest_asyncapi_sse.schema.strings import (
    HOSTILE,
    fitting_texts,
    text_examples,
    text_of_length,
)

LONGEST = 10_000
MOST_ITEMS = 200
_EXAMPLES = 2
_LEAST_MATCHED = 3


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Obligation:
    """Hold one thing to try: values of which each meets it, else a schema that leads to one.

    `excluded` says why there can't be any, where that is seen at once; `is_large` that it is more
    than is generated. What is `extra` follows from no keyword of the schema.
    """

    label: str
    keyword: str = ""
    values: tuple[Any, ...] = ()
    leaf: Any = None
    meets: Callable[[Any], bool] = bool
    excluded: str = ""
    is_large: bool = False
    extra: bool = False


def obligations(fitting: Fitting, place: Place) -> Iterator[Obligation]:
    """Yield what to try at a place whose choices are made."""
    facts = fitting.facts(place)
    yield from _listed(place)
    if facts.values is not None:
        return
    types = fitting.types(place, DEEPEST)
    for name, asks in _BY_TYPE.items():
        if name in types:
            yield from asks(fitting, place)
    if len(types) > 1:
        for name in types:
            yield _of_schema(f"type {name}", {"type": name}, _is_of(name), "type")


def _is_of(name: str) -> Callable[[Any], bool]:
    return lambda value: type_name(value) == name


def _of_values(label: str, keyword: str, *values: Any, extra: bool = False) -> Obligation:
    names = frozenset(map(canonical, values))
    return Obligation(
        label, keyword, values, meets=lambda value: canonical(value) in names, extra=extra
    )


def _of_schema(
    label: str, leaf: Any, meets: Callable[[Any], bool], keyword: str, *, extra: bool = False
) -> Obligation:
    return Obligation(label, keyword, leaf=leaf, meets=meets, extra=extra)


def _listed(place: Place) -> Iterator[Obligation]:
    """Ask for each value of an enum, also for those that something beside it rejects."""
    values = {
        canonical(value): value
        for node in place.nodes
        for value in ([node["const"]] if "const" in node else node.get("enum", ()))
    }
    keyword = "enum" if any("enum" in node for node in place.nodes) else "const"
    for value in values.values():
        yield _of_values(f"value {shown(value, 40)}", keyword, value)


def _booleans(_fitting: Fitting, _place: Place) -> Iterator[Obligation]:
    yield _of_values("false", "type", False)
    yield _of_values("true", "type", True)


def _nulls(_fitting: Fitting, _place: Place) -> Iterator[Obligation]:
    yield _of_values("null", "type", None)


def _integers(fitting: Fitting, place: Place) -> Iterator[Obligation]:
    facts = fitting.facts(place)
    # -0.0 equals 0 and is written otherwise: where there may be fractions, it goes for both.
    yield from _inside(facts, {"zero": -0.0 if "fraction" in facts.types else 0})
    yield from _bounds(facts, whole=True)
    yield from _inside(facts, INTEGERS)


def _fractions(fitting: Fitting, place: Place) -> Iterator[Obligation]:
    facts = fitting.facts(place)
    yield from _bounds(facts, whole=False)
    numbers = facts.numbers
    for label, limit, inward in (
        ("the next double above the minimum", numbers.low, math.inf),
        ("the next double below the maximum", numbers.high, -math.inf),
    ):
        if limit is not None and numbers.step is None and abs(limit) < 10**300:
            yield from _inside(facts, {label: math.nextafter(float(limit), inward)})
    yield from _inside(facts, FRACTIONS)
    found = [one for one in number_examples(numbers, whole=False) if type_name(one) == "fraction"]
    leaf = {"type": "fraction"}
    yield Obligation("a fraction", "type", tuple(found), leaf, _is_of("fraction"))


def _inside(facts: Facts, edges: Mapping[str, float]) -> Iterator[Obligation]:
    """Ask for the edges that the bounds allow."""
    numbers = facts.numbers
    for label, value in edges.items():
        number = fraction(value)
        is_multiple = numbers.step is None or number % numbers.step == 0
        if is_multiple and numbers.contains(number) and type_name(value) in facts.types:
            yield _of_values(label, "type", value, extra=True)


def _bounds(facts: Facts, *, whole: bool) -> Iterator[Obligation]:
    found = dict(bound_examples(facts.numbers, whole=whole))
    for keyword in ("minimum", "maximum"):
        label = f"{keyword}'s neighbour inside"
        if keyword in found:
            yield _of_values(keyword, keyword, found[keyword])
            other = "maximum" if keyword == "minimum" else "minimum"
            yield (
                _of_values(label, keyword, found[label])
                if label in found
                else Obligation(label, keyword, excluded=f"{other} excludes it")
            )


def _texts(fitting: Fitting, place: Place) -> Iterator[Obligation]:
    yield from _lengths(fitting.facts(place))
    yield from _matches(fitting.facts(place))
    yield from _hostile(fitting.facts(place))


def _lengths(facts: Facts) -> Iterator[Obligation]:
    """Ask for the bounds of a length, which counts code points, and for their neighbours."""
    least, most = facts.strings.least, facts.strings.most
    if least:
        yield _of_length(facts, "minLength", least)
        yield _of_length(facts, "minLength", least + 1, "'s neighbour inside")
    if most is not None:
        yield _of_length(facts, "maxLength", most)
        yield _of_length(facts, "maxLength", most - 1, "'s neighbour inside")
    if facts.strings.patterns or facts.strings.formats:
        return
    for keyword, length in (("minLength", least), ("maxLength", most)):
        if length and length <= LONGEST:
            label = f"{keyword} in characters beyond the BMP"
            yield _of_values(label, keyword, ASTRAL * length)


def _of_length(facts: Facts, keyword: str, length: int, suffix: str = "") -> Obligation:
    label, strings = f"{keyword}{suffix}", facts.strings
    if length < strings.least or (strings.most is not None and length > strings.most):
        return Obligation(label, keyword, excluded="the other bound of the length excludes it")
    if length > LONGEST:
        return Obligation(label, keyword, is_large=True)
    found = text_of_length(strings, length)
    return Obligation(
        label,
        keyword,
        () if found is None else (found,),
        {"type": "string", "minLength": length, "maxLength": length},
        lambda value: isinstance(value, str) and len(value) == length,
    )


def _matches(facts: Facts) -> Iterator[Obligation]:
    """Ask for a few texts of the patterns and the formats, and for those at their ends."""
    strings = facts.strings
    if not strings.patterns and not strings.formats:
        return
    keyword = "pattern" if strings.patterns else "format"
    for text in dict.fromkeys(itertools.islice(text_examples(strings), _EXAMPLES)):
        yield _of_values(f"example {shown(text, 40)}", keyword, text)
    for name in strings.formats:
        for text in fitting_texts(strings, FORMATS.get(name, ())):
            yield _of_values(f"{name} {shown(text, 40)}", "format", text, extra=True)
    for pattern in strings.patterns:
        shortest, longest = pattern_widths(pattern)
        for label, width in (("the shortest", shortest), ("the longest", longest)):
            fitted = None if width is None or width > LONGEST else text_of_length(strings, width)
            if fitted is not None:
                yield _of_values(f"{label} match of {shown(pattern, 40)}", "pattern", fitted)


def _hostile(facts: Facts) -> Iterator[Obligation]:
    """Ask for what is hard to carry in an event stream, as short or as long as is allowed."""
    strings = facts.strings
    is_free = not any(name in FORMATS for name in strings.formats)
    for label, text in HOSTILE if is_free else ():
        forms = (text.ljust(strings.least, "a"), text.strip("ab")) if text else ("",)
        fitted = tuple(fitting_texts(strings, forms))
        if fitted:
            yield _of_values(label, "type", *fitted, extra=True)
        elif not strings.patterns:
            yield Obligation(
                label, "type", excluded="the bounds of the length exclude it", extra=True
            )


def _arrays(fitting: Fitting, place: Place) -> Iterator[Obligation]:
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
    return _of_schema(
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
    accepts = functools.partial(fitting.engine.accepts, part.node)
    judge = (lambda _: part.node) if isinstance(part.node, bool) else accepts
    return _of_schema(
        label,
        leaf if total else {"type": "array", "maxItems": 0},
        lambda value: isinstance(value, list) and sum(map(judge, value)) == count,
        keyword,
    )


def _objects(fitting: Fitting, place: Place) -> Iterator[Obligation]:
    shape = fitting.shapes.object(place)
    for name in shape.names:
        if name not in shape.required:
            yield _present(f"{name!r} present", name, "properties")
            yield _absent(f"{name!r} absent", name, "properties")
    names = list(shape.names)
    if len(names) - len({*shape.required}) > 1:
        yield _of_schema(
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
    return _of_schema(
        label, leaf, lambda value: isinstance(value, dict) and name in value, keyword, extra=extra
    )


def _absent(label: str, name: str, keyword: str) -> Obligation:
    leaf = {"type": "object", "properties": {name: False}}
    return _of_schema(
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


_BY_TYPE: Mapping[str, Callable[[Fitting, Place], Iterator[Obligation]]] = {
    "null": _nulls,
    "boolean": _booleans,
    "integer": _integers,
    "fraction": _fractions,
    "string": _texts,
    "array": _arrays,
    "object": _objects,
}
