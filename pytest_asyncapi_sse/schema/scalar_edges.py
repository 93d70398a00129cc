"""Scalar edges: what to try at a place of numbers, texts, booleans and nulls."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from fractions import Fraction

from pytest_asyncapi_sse.errors import shown
from pytest_asyncapi_sse.schema.asked import Obligation, is_of, of_values
from pytest_asyncapi_sse.schema.assertions import STRING_FORMATS
from pytest_asyncapi_sse.schema.edges import ASTRAL, FORMATS, FRACTIONS, INTEGERS
from pytest_asyncapi_sse.schema.facts import Facts, fraction, type_name
from pytest_asyncapi_sse.schema.fitting import Fitting
from pytest_asyncapi_sse.schema.formats import FORMATS as STRINGS
from pytest_asyncapi_sse.schema.numbers import as_json, bound_examples, number_examples
from pytest_asyncapi_sse.schema.patterns import pattern_widths
from pytest_asyncapi_sse.schema.places import Place
from pytest_asyncapi_sse.schema.strings import (
    HOSTILE,
    fitting_texts,
    text_examples,
    text_of_length,
)

LONGEST = 10_000
_EXAMPLES = 2


def booleans(_fitting: Fitting, _place: Place) -> Iterator[Obligation]:
    """Ask for both of them."""
    yield of_values("false", "type", False)
    yield of_values("true", "type", True)


def nulls(_fitting: Fitting, _place: Place) -> Iterator[Obligation]:
    """Ask for null."""
    yield of_values("null", "type", None)


def integers(fitting: Fitting, place: Place) -> Iterator[Obligation]:
    """Ask for zero, the bounds, and the limits of the integers that languages have."""
    facts = fitting.facts(place)
    # -0.0 equals 0 and is written otherwise: where there may be fractions, it goes for both.
    yield from _inside(facts, {"zero": -0.0 if "fraction" in facts.types else 0})
    yield from _bounds(facts, whole=True)
    yield from _inside(facts, INTEGERS)


def fractions(fitting: Fitting, place: Place) -> Iterator[Obligation]:
    """Ask for the bounds, the doubles next to them, and numbers that are no integers."""
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
    yield Obligation("a fraction", "type", tuple(found), leaf, is_of("fraction"))


def _inside(facts: Facts, edges: Mapping[str, float]) -> Iterator[Obligation]:
    """Ask for the edges that the bounds allow."""
    numbers = facts.numbers
    for label, value in edges.items():
        number = fraction(value)
        is_multiple = numbers.step is None or number % numbers.step == 0
        if is_multiple and numbers.contains(number) and type_name(value) in facts.types:
            yield of_values(label, "type", value, extra=True)


def _bounds(facts: Facts, *, whole: bool) -> Iterator[Obligation]:
    """Ask for the bounds and their neighbours; integers are apart from fractions beside them."""
    found = dict(bound_examples(facts.numbers, whole=whole))
    for keyword, limit in (("minimum", facts.numbers.low), ("maximum", facts.numbers.high)):
        if keyword not in found:
            continue
        is_apart = whole and (
            "fraction" in facts.types or (limit is not None and limit.denominator > 1)
        )
        suffix = " as an integer" if is_apart else ""
        inside = f"{keyword}'s neighbour inside"
        pair = (found[keyword], found.get(inside))
        bound, neighbour = pair if whole else _exact(facts, limit, *pair)
        is_loose = not whole and facts.numbers.step is None
        is_sample = is_loose and fraction(bound) != limit
        yield of_values(f"{keyword}{suffix}", keyword, bound, is_sample=is_sample)
        other = "maximum" if keyword == "minimum" else "minimum"
        yield (
            Obligation(f"{inside}{suffix}", keyword, excluded=f"{other} excludes it")
            if neighbour is None
            else of_values(f"{inside}{suffix}", keyword, neighbour, is_sample=is_loose)
        )


def _exact(
    facts: Facts, limit: Fraction | None, least: float, inside: float | None
) -> tuple[float, float | None]:
    """Return the limit itself and its neighbour, where what is tried beside it is no step."""
    numbers = facts.numbers
    if limit is None or numbers.step is not None or fraction(least) == limit:
        return least, inside
    if numbers.contains(limit) and fraction(as_json(limit)) == limit:
        return as_json(limit), least
    return least, inside


def texts(fitting: Fitting, place: Place) -> Iterator[Obligation]:
    """Ask for lengths, matches of patterns and formats, and what an event stream may break."""
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
            yield of_values(label, keyword, ASTRAL * length, is_sample=True)


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
        yield of_values(f"example {shown(text, 40)}", keyword, text)
    for name in strings.formats:
        for text in fitting_texts(strings, FORMATS.get(name, ())):
            yield of_values(f"{name} {shown(text, 40)}", "format", text, extra=True)
    for pattern in strings.patterns:
        shortest, longest = pattern_widths(pattern)
        for label, width in (("the shortest", shortest), ("the longest", longest)):
            fitted = None if width is None or width > LONGEST else text_of_length(strings, width)
            if fitted is not None:
                label = f"{label} match of {shown(pattern, 40)}"
                yield of_values(label, "pattern", fitted, is_sample=True)


def _hostile(facts: Facts) -> Iterator[Obligation]:
    """Ask for what is hard to carry in an event stream, as short or as long as is allowed."""
    strings = facts.strings
    is_free = not strings.patterns and not any(map(_is_known, strings.formats))
    for label, text in HOSTILE:
        forms = (text.ljust(strings.least, "a"), text.strip("ab")) if text else ("",)
        fitted = tuple(fitting_texts(strings, forms))
        if fitted:
            yield of_values(label, "type", *fitted, extra=True, is_sample=True)
        elif is_free:
            yield Obligation(
                label, "type", excluded="the bounds of the length exclude it", extra=True
            )


def _is_known(name: str) -> bool:
    return name in STRINGS or name in STRING_FORMATS
