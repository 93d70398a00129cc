"""Enumeration: many different values for a place, built one after another and never drawn."""

from __future__ import annotations

import datetime
import itertools
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pytest_asyncapi_sse.schema.assertions import matcher
from pytest_asyncapi_sse.schema.bounds import LISTED, MOST_ITEMS
from pytest_asyncapi_sse.schema.equality import canonical
from pytest_asyncapi_sse.schema.facts import NumberFacts, StringFacts, integer_step
from pytest_asyncapi_sse.schema.fitting import Fitting
from pytest_asyncapi_sse.schema.numbers import as_json, is_whole
from pytest_asyncapi_sse.schema.patterns import pattern_examples
from pytest_asyncapi_sse.schema.places import Place
from pytest_asyncapi_sse.schema.shapes import ArrayShape, ObjectShape
from pytest_asyncapi_sse.schema.strings import fitting_texts, text_examples

_TRIES = 4
_FIRST_DAY = 730_000
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def different(fitting: Fitting, place: Place, depth: int, count: int) -> list[Any]:
    """Return up to `count` values that all differ, the same ones each time."""
    found: dict[str, Any] = {}
    judges = [node for node in place.nodes if fitting.engine.pointer(node) is not None]
    for value in itertools.islice(values_of(fitting, place, depth), _TRIES * count + LISTED):
        if all(fitting.engine.accepts(node, value) for node in judges):
            found.setdefault(canonical(value), value)
        if len(found) >= count:
            break
    return list(found.values())


def values_of(fitting: Fitting, place: Place, depth: int) -> Iterator[Any]:
    """Yield values for a place without an end, where it has as many; some may not be valid."""
    if not fitting.fits(place, depth):
        return
    if place.choices:
        settled = [fitting.settled(option, depth) for option in fitting.options(place, depth)]
        yield from in_turn([values_of(fitting, one, depth) for one in settled if one is not None])
        return
    facts = fitting.facts(place)
    if facts.values is not None:
        yield from facts.values
        return
    names = fitting.types(place, depth)
    yield from in_turn([_of_type(name, fitting, place, depth) for name in names])


def names(fitting: Fitting, shape: ObjectShape, count: int) -> Iterator[str]:
    """Yield names for undeclared properties, the plainest first, more than `count` of them."""
    is_free = shape.is_freely_named
    candidates = itertools.chain(
        (name for pattern in shape.patterns for name in pattern_examples(pattern)),
        (name for pattern in shape.patterns for name in _longer(pattern, min(count, LISTED))),
        ("extra" + "_" * index for index in range(min(count, LISTED) if is_free else 0)),
        itertools.islice(values_of(fitting, shape.naming, 1), _TRIES * count + LISTED),
    )
    yield from dict.fromkeys(name for name in candidates if isinstance(name, str))


def _longer(pattern: str, count: int) -> Iterator[str]:
    """Yield texts that match and begin with another one that does, where the pattern has no end."""
    first = next(pattern_examples(pattern), None)
    if first is not None and count > 1:
        yield from filter(matcher(pattern), (first + _word(number) for number in range(count)))


def _of_type(name: str, fitting: Fitting, place: Place, depth: int) -> Iterator[Any]:
    facts = fitting.facts(place)
    if name == "string":
        return _texts(facts.strings)
    if name == "object":
        return _objects(fitting, fitting.shapes.object(place), depth)
    if name == "array":
        return _arrays(fitting, fitting.shapes.array(place), depth)
    if name in ("integer", "fraction"):
        found = _numbers(facts.numbers, whole=name == "integer")
        both = name == "integer" or "integer" in facts.types
        return found if both else (number for number in found if not is_whole(number))
    return iter((False, True) if name == "boolean" else (None,))


def _numbers(facts: NumberFacts, *, whole: bool) -> Iterator[float]:
    step = integer_step(facts) if whole else (facts.step or integer_step(facts) / 4)
    least, most = facts.multiples(step)
    if least is None and most is not None:
        yield from (as_json(count * step) for count in itertools.count(most, -1))
    for count in itertools.count(max(least or 0, 0) if least is None else least):
        if most is not None and count > most:
            return
        yield as_json(count * step)


def _texts(facts: StringFacts) -> Iterator[str]:
    yield from fitting_texts(facts, itertools.islice(_numbered(facts), _TRIES * MOST_ITEMS))
    yield from text_examples(facts)


def _numbered(facts: StringFacts) -> Iterator[str]:
    make = next((_NUMBERED[name] for name in facts.formats if name in _NUMBERED), None)
    if facts.patterns:
        for pattern in facts.patterns:
            yield from pattern_examples(pattern, least=facts.least, most=facts.most, tries=None)
    for number in itertools.count():
        yield _word(number).rjust(facts.least, "a") if make is None else make(number)


def _word(number: int) -> str:
    letters = ""
    while True:
        number, digit = divmod(number, len(_LETTERS))
        letters = _LETTERS[digit] + letters
        if not number:
            return letters
        number -= 1


def _date(number: int) -> str:
    return datetime.date.fromordinal(_FIRST_DAY + number).isoformat()


_NUMBERED: Mapping[str, Callable[[int], str]] = {
    "date": _date,
    "date-time": lambda number: f"{_date(number)}T00:00:00Z",
    "email": lambda number: f"a{number}@b.co",
    "hostname": lambda number: f"a{number}.co",
    "ipv4": lambda number: f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
    "ipv6": lambda number: f"2001:db8::{number & 0xFFFF:x}",
    "uri": lambda number: f"http://a.co/{number}",
    "uri-reference": lambda number: f"/{number}",
    "uuid": lambda number: str(uuid.UUID(int=number, version=4)),
}


def _objects(fitting: Fitting, shape: ObjectShape, depth: int) -> Iterator[dict[str, Any]]:
    """Yield objects that differ in one property, then in others."""
    fitting_ones = [name for name in shape.names if fitting.fits(shape.child(name), depth - 1)]
    base: dict[str, Any] = {}
    chosen = [*shape.required, *(name for name in fitting_ones if name not in shape.required)]
    for name in chosen[: max(shape.least, len(shape.required))]:
        base[name] = next(values_of(fitting, shape.child(name), depth - 1), None)
    spare = [name for name in ("extra", *names(fitting, shape, shape.least)) if name not in base]
    is_open = fitting.is_open(shape.place) and depth > 0
    fitting_ones += spare[: max(1, shape.least - len(base))] if is_open else []
    for name in fitting_ones:
        if len(base) >= shape.least:
            break
        base[name] = next(values_of(fitting, shape.child(name), depth - 1), None)
    varied = [
        _varied(base, name, values_of(fitting, shape.child(name), depth - 1))
        for name in dict.fromkeys([*shape.required, *fitting_ones][:LISTED])
    ]
    yield base
    yield from in_turn(varied)


def _varied(base: dict[str, Any], name: str, values: Iterator[Any]) -> Iterator[dict[str, Any]]:
    yield from ({**base, name: value} for value in values)


def _arrays(fitting: Fitting, shape: ArrayShape, depth: int) -> Iterator[list[Any]]:
    head = [
        next(values_of(fitting, shape.child(index), depth - 1), None)
        for index in range(min(shape.least, shape.prefix))
    ]
    if shape.most is not None and shape.most <= len(head):
        yield head
        return
    rest = max(0, shape.least - len(head) - 1)
    item = shape.child(shape.prefix)
    if shape.is_unique:
        tail = list(itertools.islice(values_of(fitting, item, depth - 1), rest))
    else:
        tail = [next(values_of(fitting, item, depth - 1), None)] * rest if rest else []
    yield from ([*head, value, *tail] for value in values_of(fitting, item, depth - 1))


def in_turn(iterators: list[Iterator[Any]]) -> Iterator[Any]:
    """Yield one value of each in turn, until all are exhausted."""
    while iterators:
        left = []
        for iterator in iterators:
            for value in iterator:
                yield value
                left.append(iterator)
                break
        iterators = left
