"""Faults: what to put at a site so that one keyword of its schema is broken."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

import jsonschema_rs

from pytest_asyncapi_sse.schema.assertions import (
    NUMBER_FORMATS,
    STRING_FORMATS,
    format_judge,
    matcher,
)
from pytest_asyncapi_sse.schema.equality import canonical
from pytest_asyncapi_sse.schema.facts import type_name
from pytest_asyncapi_sse.schema.fitting import Fitting
from pytest_asyncapi_sse.schema.formats import FORMATS
from pytest_asyncapi_sse.schema.negation import expanded_types
from pytest_asyncapi_sse.schema.numbers import as_json
from pytest_asyncapi_sse.schema.opposites import undeclared_names
from pytest_asyncapi_sse.schema.patterns import pattern_examples
from pytest_asyncapi_sse.schema.places import Place

_OF_TYPES: tuple[Any, ...] = (None, False, 0, 1.5, "text", [], {})
_TEXTS = ("", " ", "a", "A", "0", "-", "!", "é", "\u2028", "not of the pattern", "a\n")
_MOST_NAMES = 500
_MOST_MORE = 4
_LONGEST = 20_000


def faults(fitting: Fitting, place: Place, keyword: str, leaf: Any) -> list[Any]:
    """Return what breaks a keyword at a place, made from the valid `leaf` that stands there.

    The schema may accept one of them nonetheless, by another branch: the validator has to confirm.
    """
    breaker = _BREAKERS.get(keyword)
    if breaker is None:
        return []
    return list({canonical(value): value for value in breaker(fitting, place, leaf)}.values())


def breakable(fitting: Fitting, place: Place) -> list[str]:
    """Return the keywords of a place that reject something of themselves, in a fixed order."""
    nodes = [node for node in place.nodes if fitting.engine.pointer(node) is not None]
    return [
        keyword
        for keyword, rejects in _REJECTS.items()
        if any(keyword in node and rejects(node[keyword]) for node in nodes)
    ]


def ruled_out(fitting: Fitting, place: Place, leaf: Any) -> Iterator[tuple[str | int, str, Any]]:
    """Yield what may not be at all: a name or an index, the keyword that says so, what has it."""
    if isinstance(leaf, dict):
        for name, keyword in _false_names(fitting, place):
            yield name, keyword, {**leaf, name: 1}
    if isinstance(leaf, list):
        prefix = fitting.engine.row.prefix_keyword
        for node in place.nodes:
            listed = node.get(prefix)
            for index, schema in enumerate(listed if isinstance(listed, list) else ()):
                if schema is False:
                    yield index, prefix, [*leaf[:index], *[0] * (index - len(leaf)), 1]


def _false_names(fitting: Fitting, place: Place) -> Iterator[tuple[str, str]]:
    for node in place.nodes:
        if fitting.engine.pointer(node) is None:
            continue
        for name, schema in node.get("properties", {}).items():
            if schema is False:
                yield name, "properties"
        for pattern, schema in node.get("patternProperties", {}).items():
            name = next(pattern_examples(pattern), None) if schema is False else None
            if name is not None:
                yield name, "patternProperties"


def _is_judged(name: Any) -> bool:
    return isinstance(name, str) and bool({name} & {*FORMATS, *STRING_FORMATS, *NUMBER_FORMATS})


def _judged(place: Place) -> list[str]:
    names = [node["format"] for node in place.nodes if "format" in node]
    return [name for name in names if _is_judged(name)]


def _types(_fitting: Fitting, place: Place, _leaf: Any) -> Iterator[Any]:
    allowed = [expanded_types(node["type"]) for node in place.nodes if "type" in node]
    for value in _OF_TYPES:
        if not all(type_name(value) in types for types in allowed):
            yield value


def _values(fitting: Fitting, place: Place, leaf: Any) -> Iterator[Any]:
    listed = {canonical(value) for value in fitting.facts(place).values or ()}
    near: list[Any] = ["not listed", None, -1]
    if isinstance(leaf, str):
        near = [leaf + "x", leaf.swapcase(), leaf[:-1], *near]
    elif isinstance(leaf, int | float) and not isinstance(leaf, bool):
        near = [leaf + 1, str(leaf), *near]
    elif isinstance(leaf, bool):
        near = [not leaf, *near]
    yield from (value for value in near if canonical(value) not in listed)


def _required(fitting: Fitting, place: Place, leaf: Any) -> Iterator[Any]:
    if isinstance(leaf, dict):
        for name in fitting.shapes.object(place).required:
            yield _less(leaf, [name])


def _additional(fitting: Fitting, place: Place, leaf: Any) -> Iterator[Any]:
    if isinstance(leaf, dict):
        shape = fitting.shapes.object(place)
        for name in undeclared_names():
            if name not in leaf and name not in shape.names:
                yield from ({**leaf, name: value} for value in (1, "text"))


def _longer(fitting: Fitting, place: Place, leaf: Any) -> Iterator[Any]:
    if isinstance(leaf, list):
        missing = fitting.shapes.array(place).prefix + 1 - len(leaf)
        for value in _OF_TYPES:
            yield [*leaf, *[copy.deepcopy(value) for _ in range(max(1, missing))]]


def _fewer_properties(fitting: Fitting, place: Place, leaf: Any) -> Iterator[Any]:
    if isinstance(leaf, dict):
        required = fitting.shapes.object(place).required
        names = sorted(leaf, key=lambda name: name in required)
        yield from (_less(leaf, names[: count + 1]) for count in range(len(names)))


def _more_properties(fitting: Fitting, place: Place, leaf: Any) -> Iterator[Any]:
    most = fitting.shapes.object(place).most
    if isinstance(leaf, dict) and most is not None and most < _MOST_NAMES:
        yield {**leaf, **{f"extra{index}": 0 for index in range(most + 1 - len(leaf))}}


def _others(_fitting: Fitting, _place: Place, leaf: Any) -> Iterator[Any]:
    """Yield what no branch may take: less of an object, another value in it, other types."""
    if isinstance(leaf, dict):
        for name in leaf:
            yield _less(leaf, [name])
            yield from ({**leaf, name: value} for value in (*_OF_TYPES, [0, 0]))
        yield {**leaf, undeclared_names()[0]: 1}
    if isinstance(leaf, list):
        yield from ([*leaf, *[0] * count] for count in range(1, _MOST_MORE))
    yield from _OF_TYPES
    yield from ([0] * count for count in range(1, _MOST_MORE))


def _less(leaf: dict[str, Any], names: list[str]) -> dict[str, Any]:
    return {other: value for other, value in leaf.items() if other not in names}


def _beyond(side: str) -> Callable[[Fitting, Place, Any], Iterator[Any]]:
    def breaker(fitting: Fitting, place: Place, _leaf: Any) -> Iterator[Any]:
        facts = fitting.facts(place)
        numbers = facts.numbers
        low = side == "low"
        limit, is_open = (
            (numbers.low, numbers.open_low) if low else (numbers.high, numbers.open_high)
        )
        if limit is None:
            return
        step = numbers.step or (Fraction(1, 2) if "fraction" in facts.types else Fraction(1))
        sign = -1 if low else 1
        beyond = [limit] if is_open else []
        beyond += [limit + sign * step, limit + sign * max(1000, abs(limit) // 1)]
        yield from (as_json(value) for value in beyond if not numbers.contains(value))

    return breaker


def _multiples(fitting: Fitting, place: Place, leaf: Any) -> Iterator[Any]:
    step = fitting.facts(place).numbers.step
    if step is not None and isinstance(leaf, int | float):
        base = Fraction(repr(leaf)) if isinstance(leaf, float) else Fraction(leaf)
        yield from (as_json(base + sign * step / part) for part in (2, 3) for sign in (1, -1))
        if step.denominator == 1 and step > 1:
            yield from (as_json(base + 1), as_json(base - 1))


def _short(fitting: Fitting, place: Place, leaf: Any) -> Iterator[Any]:
    least = fitting.facts(place).strings.least
    if isinstance(leaf, str) and least:
        yield from (leaf[: least - 1], leaf[-least + 1 :] if least > 1 else "", "")


def _long(fitting: Fitting, place: Place, leaf: Any) -> Iterator[Any]:
    most = fitting.facts(place).strings.most
    if isinstance(leaf, str) and most is not None and most < _LONGEST:
        yield leaf + (leaf[-1:] or "a") * (most + 1 - len(leaf))
        yield (leaf + "a" * (most + 1 - len(leaf)))[: most + 1]
        yield leaf + "a" * (most + 1)


def _patterns(fitting: Fitting, place: Place, leaf: Any) -> Iterator[Any]:
    patterns = fitting.facts(place).strings.patterns
    near: list[str] = [*_TEXTS]
    if isinstance(leaf, str):
        near = [leaf[:-1], leaf[1:], leaf.swapcase(), leaf + "\n", leaf + "!", " " + leaf, *near]
    for text in near:
        if not all(matcher(pattern)(text) for pattern in patterns):
            yield text


def _formats(_fitting: Fitting, place: Place, leaf: Any) -> Iterator[Any]:
    near: list[Any] = [2**31, -(2**31) - 1, 2**63, -(2**63) - 1, 4 * 10**38, -4 * 10**38]
    if isinstance(leaf, str):
        near = [leaf + "%", leaf[:-1], leaf + " ", *_TEXTS, "[", "{", "//[", "a" * 70]
    for name in _judged(place):
        judge = format_judge(name, jsonschema_rs.Draft202012)
        yield from (value for value in near if not judge(value))


def _few(fitting: Fitting, place: Place, leaf: Any) -> Iterator[Any]:
    least = fitting.shapes.array(place).least
    if isinstance(leaf, list) and least:
        yield leaf[: least - 1]


def _many(fitting: Fitting, place: Place, leaf: Any) -> Iterator[Any]:
    shape = fitting.shapes.array(place)
    if isinstance(leaf, list) and shape.most is not None and shape.most < _LONGEST:
        filling: Any = leaf[-1] if leaf else 0
        yield leaf + [copy.deepcopy(filling) for _ in range(shape.most + 1 - len(leaf))]


def _repeated(_fitting: Fitting, _place: Place, leaf: Any) -> Iterator[Any]:
    if isinstance(leaf, list):
        yield [*leaf, copy.deepcopy(leaf[-1])] if leaf else [0, 0]
        yield [copy.deepcopy(leaf[0]), *leaf[:-1]] if len(leaf) > 1 else ["a", "a"]


_Breaker = Callable[[Fitting, Place, Any], Iterator[Any]]

_BREAKERS: Mapping[str, _Breaker] = {
    "type": _types,
    "required": _required,
    "enum": _values,
    "const": _values,
    "minimum": _beyond("low"),
    "exclusiveMinimum": _beyond("low"),
    "maximum": _beyond("high"),
    "exclusiveMaximum": _beyond("high"),
    "multipleOf": _multiples,
    "minLength": _short,
    "maxLength": _long,
    "pattern": _patterns,
    "format": _formats,
    "minItems": _few,
    "maxItems": _many,
    "uniqueItems": _repeated,
    "additionalProperties": _additional,
    "unevaluatedProperties": _additional,
    "minProperties": _fewer_properties,
    "maxProperties": _more_properties,
    "additionalItems": _longer,
    "items": _longer,
    "unevaluatedItems": _longer,
    "anyOf": _others,
    "not": _others,
    "oneOf": _others,
}


def _always(_value: Any) -> bool:
    return True


def _is_false(value: Any) -> bool:
    return value is False


def _is_closing(value: Any) -> bool:
    return value is not True and value != {}


def _needs_any(value: Any) -> bool:
    return any(isinstance(one, list) or one is False for one in value.values())


# In the order in which they are broken.
_REJECTS: Mapping[str, Callable[[Any], bool]] = {
    "type": _always,
    "required": bool,
    "enum": _always,
    "const": _always,
    "minimum": _always,
    "exclusiveMinimum": _always,
    "maximum": _always,
    "exclusiveMaximum": _always,
    "multipleOf": _always,
    "minLength": bool,
    "maxLength": _always,
    "pattern": _always,
    "format": _is_judged,
    "minItems": bool,
    "maxItems": _always,
    "uniqueItems": bool,
    "contains": _is_closing,
    "minContains": lambda value: value > 1,
    "maxContains": _always,
    "minProperties": bool,
    "maxProperties": _always,
    "propertyNames": _is_closing,
    "dependentRequired": _needs_any,
    "dependentSchemas": _needs_any,
    "dependencies": _needs_any,
    "additionalProperties": _is_false,
    "additionalItems": _is_false,
    "items": _is_false,
    "unevaluatedProperties": _is_closing,
    "unevaluatedItems": _is_closing,
    "oneOf": _always,
    "anyOf": _always,
    "not": _always,
    "then": _is_false,
    "else": _is_false,
}
