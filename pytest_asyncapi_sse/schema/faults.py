"""Faults: what to put at a site so that one keyword of its schema is broken."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

import jsonschema_rs

from pytest_asyncapi_sse.schema.assertions import NUMBER_FORMATS, STRING_FORMATS, format_judge
from pytest_asyncapi_sse.schema.equality import canonical
from pytest_asyncapi_sse.schema.facts import type_name
from pytest_asyncapi_sse.schema.fitting import Fitting
from pytest_asyncapi_sse.schema.formats import FORMATS
from pytest_asyncapi_sse.schema.numbers import as_json
from pytest_asyncapi_sse.schema.patterns import matcher
from pytest_asyncapi_sse.schema.places import Place

_OF_TYPES: tuple[Any, ...] = (None, False, 0, 1.5, "text", [], {})
_TEXTS = ("", " ", "a", "A", "0", "-", "!", "é", "\u2028", "not of the pattern", "a\n")
_UNDECLARED = ("undeclared", "x-undeclared", "UNDECLARED", "0")
_LONGEST = 20_000


def faults(fitting: Fitting, place: Place, keyword: str, leaf: Any) -> list[Any]:
    """Return what breaks a keyword at a place, made from the valid `leaf` that stands there.

    The schema may accept one of them nonetheless, by another branch: the validator has to confirm.
    """
    breaking = _BREAKERS[keyword](fitting, place, leaf)
    return list({canonical(value): value for value in breaking}.values())


def breakable(fitting: Fitting, place: Place) -> list[str]:
    """Return the keywords at a place for which there are faults, in a fixed order."""
    facts = fitting.facts(place)
    present = {keyword for node in place.nodes for keyword in node}
    if facts.values is not None:
        return [keyword for keyword in ("const", "enum") if keyword in present]
    found = [keyword for keyword in _BREAKERS if keyword in present]
    if "additionalProperties" in found and fitting.is_open(place):
        found.remove("additionalProperties")
    if "format" in found and not _judged(place):
        found.remove("format")
    return found


def _judged(place: Place) -> list[str]:
    names = [str(node["format"]) for node in place.nodes if "format" in node]
    return [name for name in names if {name} & {*FORMATS, *STRING_FORMATS, *NUMBER_FORMATS}]


def _types(fitting: Fitting, place: Place, _leaf: Any) -> Iterator[Any]:
    allowed = fitting.facts(place).types
    yield from (value for value in _OF_TYPES if type_name(value) not in allowed)


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
            yield {other: value for other, value in leaf.items() if other != name}


def _additional(fitting: Fitting, place: Place, leaf: Any) -> Iterator[Any]:
    if isinstance(leaf, dict):
        shape = fitting.shapes.object(place)
        for name in _UNDECLARED:
            if name not in leaf and shape.child(name).impossible:
                yield {**leaf, name: 1}


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
    if isinstance(leaf, str):
        patterns = fitting.facts(place).strings.patterns
        near = [leaf[:-1], leaf[1:], leaf.swapcase(), leaf + "\n", leaf + "!", " " + leaf, *_TEXTS]
        for text in near:
            if not all(matcher(pattern)(text) for pattern in patterns):
                yield text


def _formats(_fitting: Fitting, place: Place, leaf: Any) -> Iterator[Any]:
    near: list[Any] = [2**31, -(2**31) - 1, 2**63, -(2**63) - 1, 4 * 10**38, -4 * 10**38]
    if isinstance(leaf, str):
        near = [leaf + "%", leaf[:-1], leaf + " ", *_TEXTS, "["]
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
}
