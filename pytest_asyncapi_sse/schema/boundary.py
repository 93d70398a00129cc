"""Boundary payloads: the smallest valid payloads that meet each obligation of a schema once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pytest_asyncapi_sse.errors import shown
from pytest_asyncapi_sse.schema.bounds import DEEPEST
from pytest_asyncapi_sse.schema.equality import canonical
from pytest_asyncapi_sse.schema.numbers import bound_examples
from pytest_asyncapi_sse.schema.places import Place
from pytest_asyncapi_sse.schema.sites import Site, Survey
from pytest_asyncapi_sse.schema.sources import Source, drawable_roots
from pytest_asyncapi_sse.schema.strings import HOSTILE, text_examples, text_of_length

_LONGEST = 2_000
_MOST_ITEMS = 200

_Obligation = tuple[str, Any]


@dataclass(frozen=True, slots=True)
class Boundary:
    """Hold a valid payload and the obligations that it meets, each with its place in words."""

    value: Any
    obligations: tuple[str, ...]


def boundary_payloads(source: Source) -> list[Boundary]:
    """Return valid payloads at the edges of a source's schemas, always the same ones.

    There is one for each enum value, each bound and its neighbour inside, each length and count
    at its bounds, each optional property present and absent, each branch of a choice, both
    booleans and the texts that are hostile to SSE; payloads that meet several come once. What the
    validator does not accept is left out.
    """
    found: dict[str, tuple[Any, dict[str, None]]] = {}
    for root in drawable_roots(source):
        survey = Survey(root)
        for site in survey.sites():
            for label, leaf in _obligations(survey, site):
                held = survey.holding(site, leaf)
                if held is not None:
                    labels = found.setdefault(canonical(held[0]), (held[0], {}))[1]
                    labels[f"{site.pointer or 'the payload'}: {label}"] = None
    return [Boundary(value, tuple(labels)) for value, labels in found.values()]


def _obligations(survey: Survey, site: Site) -> Iterator[_Obligation]:
    """Yield labels, each with the schema of what has to stand at the site."""
    place, facts = site.place, survey.fitting.facts(site.place)
    yield from ((label, {}) for label in site.taken)
    if facts.values is not None:
        yield from ((f"value {shown(value, 40)}", {"const": value}) for value in facts.values)
        return
    types = survey.fitting.types(place, DEEPEST // 2)
    for name in types:
        if name not in _BY_TYPE:
            continue
        yield from _BY_TYPE[name](survey, place)
    if len(types) > 1 and "null" in types:
        yield "null", {"const": None}


def _booleans(_survey: Survey, _place: Place) -> Iterator[_Obligation]:
    yield "false", {"const": False}
    yield "true", {"const": True}


def _integers(survey: Survey, place: Place) -> Iterator[_Obligation]:
    numbers = survey.fitting.facts(place).numbers
    for label, value in bound_examples(numbers, whole=True):
        yield label, {"const": value}
    yield "zero", {"const": 0}


def _fractions(survey: Survey, place: Place) -> Iterator[_Obligation]:
    numbers = survey.fitting.facts(place).numbers
    for label, value in bound_examples(numbers, whole=False):
        yield label, {"const": value}
    yield "a fraction", {"type": "fraction"}


def _texts(survey: Survey, place: Place) -> Iterator[_Obligation]:
    facts = survey.fitting.facts(place).strings
    if facts.least:
        yield from _of_lengths(survey, place, "minLength", facts.least, facts.least + 1)
    if facts.most is not None and facts.most <= _LONGEST:
        yield from _of_lengths(survey, place, "maxLength", facts.most, facts.most - 1)
    if facts.patterns or facts.formats:
        examples = dict.fromkeys(text for text, _ in zip(text_examples(facts), "12", strict=False))
        yield from ((f"example {shown(text, 40)}", {"const": text}) for text in examples)
    else:
        yield from ((label, {"const": text}) for label, text in HOSTILE)


def _of_lengths(
    survey: Survey, place: Place, label: str, bound: int, inside: int
) -> Iterator[_Obligation]:
    facts = survey.fitting.facts(place).strings
    for text, length in ((label, bound), (f"{label}'s neighbour inside", inside)):
        found = text_of_length(facts, length) if length >= 0 else None
        if found is not None:
            yield text, {"const": found}


def _arrays(survey: Survey, place: Place) -> Iterator[_Obligation]:
    shape = survey.fitting.shapes.array(place)
    lowest, highest = shape.least, shape.most
    counts = [("the fewest items", lowest), ("one item more than the fewest", lowest + 1)]
    if highest is not None and highest <= _MOST_ITEMS:
        counts += [("the most items", highest), ("one item fewer than the most", highest - 1)]
    for label, count in counts:
        if lowest <= count and (highest is None or count <= highest):
            yield label, {"type": "array", "minItems": count, "maxItems": count}


def _objects(survey: Survey, place: Place) -> Iterator[_Obligation]:
    shape = survey.fitting.shapes.object(place)
    optional = [name for name in shape.names if name not in shape.required]
    for name in optional:
        yield f"{name!r} present", {"type": "object", "required": [name]}
        yield f"{name!r} absent", {"type": "object", "properties": {name: False}}
    yield "all properties present", {"type": "object", "required": list(shape.names)}


_BY_TYPE = {
    "array": _arrays,
    "boolean": _booleans,
    "fraction": _fractions,
    "integer": _integers,
    "object": _objects,
    "string": _texts,
}
