"""Opposites: values for a place built so that one of its keywords fails and all others hold.

The keyword is taken out of the schemas at the place, and what it rejects is put in. Where nothing
satisfies that, the others are left out: then the keyword is not the only one that fails. Either
may be accepted in the end, by another branch: the validator has to confirm.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pytest_asyncapi_sse.schema.choices import Part
from pytest_asyncapi_sse.schema.engine import Engine
from pytest_asyncapi_sse.schema.enumeration import values_of
from pytest_asyncapi_sse.schema.examples import built
from pytest_asyncapi_sse.schema.fitting import Fitting
from pytest_asyncapi_sse.schema.negation import TERMINAL, negated
from pytest_asyncapi_sse.schema.places import Place
from pytest_asyncapi_sse.schema.rations import Rations
from pytest_asyncapi_sse.schema.sites import Site

Schemas = list[dict[str, Any]]
_Rule = Callable[[Fitting, Place, Part], Schemas]

_EACH = 3
_MOST = 60
_MOST_PAIRS = 12
_MOST_NAMES = 40
_MOST_ALTERNATIVES = 24
_LONG = 200

_MERGED = frozenset({"$dynamicRef", "$recursiveRef", "$ref", "allOf"})
_CHOSEN = frozenset({"anyOf", "dependentSchemas", "else", "if", "oneOf", "then"})
# The choice that is not yet made where a keyword is to fail.
_CHOICES: Mapping[str, str] = {
    **{word: word for word in ("anyOf", "dependencies", "dependentSchemas", "not", "oneOf")},
    **dict.fromkeys(("then", "else"), "if"),
}
_FAMILIES: Mapping[str, frozenset[str]] = {
    word: frozenset(family)
    for family in (("if", "then", "else"), ("contains", "minContains", "maxContains"))
    for word in family
}
_BAD_NAMES = ("", "A", "a", "0", "-", " ", "é", "x-y", "a b", "a" * _LONG)


class Opposites:
    """Build the opposites for the sites of one schema."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._rations = Rations(engine)
        self._found: dict[tuple[int, int, str], list[Any]] = {}

    def of(self, site: Site, keyword: str) -> Iterator[Any]:
        """Yield values for a site by which a keyword of its schemas should fail."""
        if keyword not in _RULES and keyword not in _BUILDERS:
            return
        for place in _holders(site, keyword):
            for part in place.parts:
                if keyword in part.node and self._engine.pointer(part.node) is not None:
                    yield from self._of_part(place, part, keyword)

    def _of_part(self, place: Place, part: Part, keyword: str) -> list[Any]:
        """Look only once for what is to hold of all cases that a choice leaves."""
        key = (id(place), id(part.node), keyword)
        if key not in self._found:
            fitting = self._rations.fitting()
            found = iter(()) if fitting is None else _of_part(fitting, place, part, keyword)
            self._found[key] = list(itertools.islice(found, _MOST))
        return self._found[key]


def _holders(site: Site, keyword: str) -> Iterator[Place]:
    """Yield the places that are to hold but for a keyword: before a choice of it was made."""
    wanted = _CHOICES.get(keyword)
    forks = [fork for fork in site.forks if fork.choices[0].keyword == wanted]
    yield from forks or [site.place]


def _of_part(fitting: Fitting, place: Place, part: Part, keyword: str) -> Iterator[Any]:
    if keyword in _BUILDERS:
        yield from _BUILDERS[keyword](fitting, place, part)
        return
    alternatives = _RULES[keyword](fitting, place, part)[:_MOST_ALTERNATIVES]
    opposed = [Part(fitting.places.made(one).node, part.resolver) for one in alternatives]
    others = list(_without(fitting, place, part, keyword))
    for one in opposed:
        yield from _values(fitting, [*others, one])
    for one in opposed:
        yield from _values(fitting, [one])


def _values(fitting: Fitting, parts: list[Part], count: int = _EACH) -> Iterator[Any]:
    place = fitting.places.place(parts)
    depth = fitting.depth(place)
    if depth is not None:
        yield from itertools.islice(built(fitting, place, depth + 1), count)


def _without(fitting: Fitting, place: Place, part: Part, keyword: str) -> Iterator[Part]:
    """Yield the parts of a place without a keyword of one of them.

    What was merged or chosen is among the parts already, so that it need not be asked for again.
    """
    chosen = frozenset() if place.choices else _CHOSEN
    for other in place.parts:
        dropped = _MERGED | chosen
        if other is part:
            dropped |= {keyword} | _FAMILIES.get(keyword, frozenset())
        node = {word: value for word, value in other.node.items() if word not in dropped}
        if chosen:
            _keep_unchosen(node)
        yield Part(fitting.places.made(node).node, other.resolver)


def _keep_unchosen(node: dict[str, Any]) -> None:
    rejected = node.get("not")
    if isinstance(rejected, dict) and not (len(rejected) == 1 and TERMINAL & rejected.keys()):
        del node["not"]
    if "dependencies" in node:
        needed = node["dependencies"].items()
        node["dependencies"] = {name: one for name, one in needed if isinstance(one, list)}


def _negated(keyword: str) -> _Rule:
    return lambda _fitting, _place, part: negated({keyword: part.node[keyword]}) or []


def _required(_fitting: Fitting, _place: Place, part: Part) -> Schemas:
    names = part.node["required"]
    return [
        {
            "type": "object",
            "required": [other for other in names if other != name],
            "properties": {name: False},
        }
        for name in names
    ]


def _needed(keyword: str) -> _Rule:
    """Have what asks for other properties, and not one of those; or what is not to be at all."""

    def rule(_fitting: Fitting, _place: Place, part: Part) -> Schemas:
        found: Schemas = []
        for name, needed in part.node[keyword].items():
            held = {"type": "object", "required": [name]}
            if isinstance(needed, list):
                found += [{**held, "properties": {other: False}} for other in needed]
            elif needed is False:
                found.append(held)
        return found

    return rule


def _closed_object(keyword: str) -> _Rule:
    def rule(fitting: Fitting, place: Place, part: Part) -> Schemas:
        value = part.node[keyword]
        if value is not False and keyword == "additionalProperties":
            return []
        shape = fitting.shapes.object(place)
        names = [name for name in undeclared_names() if name not in shape.names]
        schema = True if value is False else {"not": value}
        return [
            {"type": "object", "required": [name], "properties": {name: schema}} for name in names
        ]

    return rule


def undeclared_names() -> tuple[str, ...]:
    """Return names that documents seldom declare."""
    return ("undeclared", "x-undeclared", "UNDECLARED", "0")


def _closed_array(keyword: str) -> _Rule:
    def rule(fitting: Fitting, place: Place, part: Part) -> Schemas:
        value = part.node[keyword]
        shape = fitting.shapes.array(place)
        longer: dict[str, Any] = {"type": "array", "minItems": shape.prefix + 1}
        if value is False:
            return [longer]
        if keyword != "unevaluatedItems" or not isinstance(value, dict):
            return []
        return [{**longer, "contains": {"not": value}}]

    return rule


def _none_or_two(_fitting: Fitting, _place: Place, part: Part) -> Schemas:
    branches = part.node["oneOf"]
    pairs = itertools.islice(itertools.combinations(branches, 2), _MOST_PAIRS)
    none = [{"allOf": [{"not": branch} for branch in branches]}]
    return [*none, *({"allOf": list(pair)} for pair in pairs)]


def _then(_fitting: Fitting, _place: Place, part: Part) -> Schemas:
    return [{"allOf": [part.node["if"]]}] if part.node["then"] is False else []


def _else(_fitting: Fitting, _place: Place, part: Part) -> Schemas:
    return [{"not": part.node["if"]}] if part.node["else"] is False else []


def _bad_names(fitting: Fitting, place: Place, part: Part) -> Iterator[Any]:
    """Yield objects with a name that is not allowed, a declared one where there is such a one."""
    naming = part.node["propertyNames"]
    shape = fitting.shapes.object(place)
    rejected = [fitting.places.made({"type": "string"}), fitting.places.made({"not": naming})]
    invented = _values(fitting, rejected, _EACH)
    found = itertools.islice((*shape.names, *_BAD_NAMES, *invented), _MOST_NAMES)
    accepts = fitting.engine.accepts
    bad = [name for name in found if not accepts(naming, name)]
    others = list(_without(fitting, place, part, "propertyNames"))
    for name in dict.fromkeys(bad[:_EACH]):
        held = fitting.places.made({"type": "object", "required": [name]})
        yield from _values(fitting, [*others, held], 1)
        yield from _values(fitting, [held], 1)


def _counts(wanted: str) -> Callable[[Fitting, Place, Part], Iterator[Any]]:
    """Build arrays of one item too few, or too many, of those that `contains` asks for."""

    def builder(fitting: Fitting, place: Place, part: Part) -> Iterator[Any]:
        node, shape = part.node, fitting.shapes.array(place)
        if "contains" not in node:
            return
        count = _COUNTS[wanted](node)
        if count is None:
            return
        total = max(_own_least(place), count)
        asked = fitting.places.below(node["contains"], part)
        good = list(itertools.islice(_items(fitting, shape.containing(0, asked)), total))
        rejected = Part(fitting.places.made({"not": node["contains"]}).node, part.resolver)
        bad = list(itertools.islice(_items(fitting, shape.containing(0, rejected)), total))
        bad = [value for value in bad if not fitting.engine.accepts(node["contains"], value)]
        for rest in range(total - count, total - count + 2):
            yield [*_cycled(good, count), *_cycled(bad, rest)]

    return builder


_COUNTS: Mapping[str, Callable[[dict[str, Any]], int | None]] = {
    "contains": lambda _node: 0,
    "minContains": lambda node: int(node["minContains"]) - 1 if node["minContains"] > 1 else None,
    "maxContains": lambda node: int(node["maxContains"]) + 1,
}


def _own_least(place: Place) -> int:
    return max((int(node.get("minItems", 0)) for node in place.nodes), default=0)


def _items(fitting: Fitting, place: Place) -> Iterator[Any]:
    depth = fitting.depth(place)
    return iter(()) if depth is None else values_of(fitting, place, depth + 1)


def _cycled(values: list[Any], count: int) -> Iterator[Any]:
    return itertools.islice(itertools.cycle(values), count)


_BUILDERS: Mapping[str, Callable[[Fitting, Place, Part], Iterator[Any]]] = {
    "contains": _counts("contains"),
    "maxContains": _counts("maxContains"),
    "minContains": _counts("minContains"),
    "propertyNames": _bad_names,
}

_NEGATED = (
    "anyOf",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "not",
    "type",
)

_RULES: Mapping[str, _Rule] = {
    **{keyword: _negated(keyword) for keyword in _NEGATED},
    "additionalItems": _closed_array("additionalItems"),
    "additionalProperties": _closed_object("additionalProperties"),
    "dependencies": _needed("dependencies"),
    "dependentRequired": _needed("dependentRequired"),
    "dependentSchemas": _needed("dependentSchemas"),
    "else": _else,
    "items": _closed_array("items"),
    "oneOf": _none_or_two,
    "required": _required,
    "then": _then,
    "unevaluatedItems": _closed_array("unevaluatedItems"),
    "unevaluatedProperties": _closed_object("unevaluatedProperties"),
}
