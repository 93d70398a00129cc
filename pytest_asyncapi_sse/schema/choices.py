"""Choices: the keywords of a schema that leave several ways open, as options to take one of."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from pytest_asyncapi_sse.schema.equality import canonical
from pytest_asyncapi_sse.schema.negation import TERMINAL, expanded_types, negated

_OVERLAPS = 2
_MOST_UNITED = 4
_ANNOTATIONS = frozenset({"$comment", "description", "title"})
_CLOSING = {"additionalProperties", "maxProperties", "propertyNames", "unevaluatedProperties"}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Part:
    """Hold one schema of those at a place, and what resolves the references in it."""

    node: Any
    resolver: Any


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Choice:
    """Hold the options of one keyword; each is the parts that taking it adds.

    Where it `is_ordered`, each option serves only where those before it fit nothing.
    """

    keyword: str
    options: tuple[tuple[Part, ...], ...]
    is_ordered: bool = False


class Resolving(Protocol):
    """Make parts and follow references: what choices need of the places."""

    has_unevaluated: bool
    ref_stands_alone: bool
    traits: dict[int, Traits]
    negations: dict[Hashable, Choice | None]

    @property
    def key(self) -> Callable[[Part], Hashable]:
        """Return what tells parts from each other."""
        ...

    def made(self, node: Any) -> Part:
        """Return a part for a schema of our own making."""
        ...

    def choosing(self, choice: Choice) -> Part:
        """Return a part that asks for nothing but a choice."""
        ...

    def below(self, node: Any, above: Part) -> Part:
        """Return the part for a schema inside another part's."""
        ...

    def resolved(self, part: Part, keyword: str) -> Part | None:
        """Return the part that a reference leads to."""
        ...


def choices_of(places: Resolving, part: Part) -> Iterator[Choice]:
    """Yield the choices that one part asks for, in the order in which they are best made."""
    node = part.node
    if "oneOf" in node:
        yield Choice("oneOf", tuple(_one_of(places, part)))
    if "anyOf" in node:
        yield Choice("anyOf", tuple(_any_of(places, part)))
    if "if" in node:
        yield _condition(places, part)
    for keyword in ("dependentSchemas", "dependencies"):
        for name, schema in node.get(keyword, {}).items():
            if not isinstance(schema, list):
                absent = _inside(places, {"properties": {name: False}}, part)
                present = _inside(places, {"required": [name]}, part)
                yield Choice(keyword, ((absent,), (present, places.below(schema, part))))
    if "not" in node:
        negation = _negation(places, part)
        if negation is not None:
            yield negation


def followed(places: Resolving, part: Part) -> Part:
    """Return the part behind plain references, the part itself where there are none.

    One with other keywords beside it is not plain, where the dialect heeds those.
    """
    for _ in range(32):
        if not isinstance(part.node, dict) or "$ref" not in part.node:
            break
        if not places.ref_stands_alone and part.node.keys() - _ANNOTATIONS != {"$ref"}:
            break
        target = places.resolved(part, "$ref")
        if target is None:
            break
        part = target
    return part


def _inside(places: Resolving, node: Any, above: Part) -> Part:
    """Return a part of our own making whose schemas resolve where another part's do."""
    return Part(places.made(node).node, above.resolver)


def _any_of(places: Resolving, part: Part) -> Iterator[tuple[Part, ...]]:
    branches = [places.below(branch, part) for branch in part.node["anyOf"]]
    yield from ((branch,) for branch in branches)
    if places.has_unevaluated and len(branches) > 1:
        smallest = 2 if len(branches) <= _MOST_UNITED else len(branches)
        for count in range(smallest, len(branches) + 1):
            yield from itertools.combinations(branches, count)


def _one_of(places: Resolving, part: Part) -> Iterator[tuple[Part, ...]]:
    branches = [places.below(branch, part) for branch in part.node["oneOf"]]
    ends = [followed(places, branch) for branch in branches]
    traits = [traits_of(places, branch) for branch in branches]
    for index, branch in enumerate(branches):
        others = [
            position
            for position in range(len(branches))
            if position != index and not _disjoint(traits[index], traits[position])
        ]
        apart: dict[int, Part] = {}
        if len(others) > _OVERLAPS:
            apart = _set_apart(places, index, others, ends, traits)
        rivals = {
            other: _rival(places, branches[other], is_same=ends[other].node is ends[index].node)
            for other in others
        }
        left = [rival for other, rival in rivals.items() if other not in apart][:_OVERLAPS]
        if not apart:
            yield (branch, *left)
            continue
        # A value may avoid the others in more ways, so that the shortcut alone proves nothing.
        plain = [rivals[other] for other in apart][: _OVERLAPS - len(left)]
        ways = (tuple(dict.fromkeys(apart.values())), tuple(plain) or (places.made(True),))
        yield (branch, *left, places.choosing(Choice("not", ways, is_ordered=True)))


def _set_apart(
    places: Resolving, index: int, others: list[int], ends: list[Part], traits: list[Traits]
) -> dict[int, Part]:
    """Return what keeps each of many other branches from matching, without a choice among ways.

    The own tag is there, or a property of the other branch is there that does not fit it.
    """
    name, told = _telling(traits[index], {other: traits[other] for other in others})
    tag = places.made({"type": "object", "required": [name]})
    found = dict.fromkeys(told, tag)
    for other in others:
        unfit = None if other in told else _unfit(ends[index].node, ends[other].node)
        if unfit is not None:
            found[other] = _inside(places, unfit, ends[other])
    return found


def _unfit(own: Any, other: Any) -> dict[str, Any] | None:
    """Return what asks for a property that is wrong in the other schema and free in the own one."""
    if not isinstance(own, dict) or not isinstance(other, dict) or _CLOSING & own.keys():
        return None
    for name, schema in other.get("properties", {}).items():
        if name not in own.get("properties", {}) and isinstance(schema, dict) and _values(schema):
            return {"type": "object", "required": [name], "properties": {name: {"not": schema}}}
    return None


def _telling(own: Traits, others: dict[int, Traits]) -> tuple[str, frozenset[int]]:
    """Return the property that, when it is there, tells a branch from the most of the others."""
    found: tuple[str, frozenset[int]] = "", frozenset()
    for name, values in own.offered.items():
        told = frozenset(
            index
            for index, other in others.items()
            if name in other.offered and values.isdisjoint(other.offered[name])
        )
        found = max(found, (name, told), key=lambda pair: len(pair[1]))
    return found


def _rival(places: Resolving, other: Part, *, is_same: bool) -> Part:
    """Return what keeps another branch from matching: nothing does where it is the same schema."""
    return places.made(False) if is_same else _inside(places, {"not": other.node}, other)


def _condition(places: Resolving, part: Part) -> Choice:
    node = part.node
    condition = places.below(node["if"], part)
    otherwise = _inside(places, {"not": node["if"]}, condition)
    return Choice(
        "if",
        (
            (condition, places.below(node.get("then", True), part)),
            (otherwise, places.below(node.get("else", True), part)),
        ),
    )


def _negation(places: Resolving, part: Part) -> Choice | None:
    """Return the one choice of all that reject the same schema, so that recursion ends."""
    rejected = followed(places, places.below(part.node["not"], part))
    key = places.key(rejected)
    if key not in places.negations:
        places.negations[key] = _opposite(places, rejected)
    return places.negations[key]


def _opposite(places: Resolving, rejected: Part) -> Choice | None:
    if isinstance(rejected.node, dict) and _is_terminal(rejected.node):
        return None
    alternatives = negated(_apart(rejected.node))
    if alternatives is None:
        return None
    return Choice("not", tuple((_inside(places, one, rejected),) for one in alternatives))


def _apart(node: Any) -> Any:
    """Return a schema whose reference, if it has one, stands apart from what is beside it."""
    if not isinstance(node, dict) or "$ref" not in node:
        return node
    beside = {keyword: value for keyword, value in node.items() if keyword != "$ref"}
    return {"allOf": [{"$ref": node["$ref"]}, beside]}


def _is_terminal(node: dict[str, Any]) -> bool:
    return len(node) == 1 and not TERMINAL.isdisjoint(node)


@dataclass(frozen=True, slots=True)
class Traits:
    """Hold what tells a branch from another: its types, and the values of its tags.

    Those of `tags` are required, those of `offered` hold where the property is there.
    """

    types: frozenset[str] | None
    tags: dict[str, frozenset[str]]
    offered: dict[str, frozenset[str]]

    def united(self, other: Traits) -> Traits:
        """Return what holds of a value that has these traits or the other ones."""
        both = None if self.types is None or other.types is None else self.types | other.types
        return Traits(both, _either(self.tags, other.tags), _either(self.offered, other.offered))

    def joined(self, other: Traits) -> Traits:
        """Return what holds of a value that has these traits and the other ones."""
        types = self.types if other.types is None else other.types & (self.types or other.types)
        return Traits(types, _both(self.tags, other.tags), _both(self.offered, other.offered))


_Values = dict[str, frozenset[str]]


def _either(first: _Values, second: _Values) -> _Values:
    return {name: first[name] | second[name] for name in first if name in second}


def _both(first: _Values, second: _Values) -> _Values:
    found = dict(first)
    for name, values in second.items():
        found[name] = values & found.get(name, values)
    return found


_UNKNOWN = Traits(None, {}, {})


def traits_of(places: Resolving, part: Part) -> Traits:
    """Return the traits of a schema, those of its `allOf`, `oneOf` and `anyOf` among them."""
    part = followed(places, part)
    found = places.traits.get(id(part.node))
    if found is None:
        # Recursion without end finds nothing known of itself.
        places.traits[id(part.node)] = _UNKNOWN
        found = places.traits[id(part.node)] = _all_traits(places, part)
    return found


def _all_traits(places: Resolving, part: Part) -> Traits:
    found = _own_traits(part.node)
    if not isinstance(part.node, dict):
        return found
    target = places.resolved(part, "$ref") if "$ref" in part.node else None
    if target is not None:
        found = found.joined(traits_of(places, target))
    for member in part.node.get("allOf", ()):
        found = found.joined(traits_of(places, places.below(member, part)))
    for keyword in ("oneOf", "anyOf"):
        branches = [places.below(one, part) for one in part.node.get(keyword, ())]
        if branches:
            traits = (traits_of(places, branch) for branch in branches)
            found = found.joined(functools.reduce(Traits.united, traits))
    return found


def _own_traits(node: Any) -> Traits:
    if not isinstance(node, dict):
        return _UNKNOWN
    types = frozenset(expanded_types(node["type"])) if "type" in node else None
    properties = node.get("properties", {})
    schemas = {name: schema for name, schema in properties.items() if isinstance(schema, dict)}
    listed = {name: _values(schema) for name, schema in schemas.items()}
    offered = {name: values for name, values in listed.items() if values}
    required = node.get("required", ())
    tags = {
        "": _values(node),
        **{f"/{name}": offered[name] for name in offered if name in required},
    }
    return Traits(types, {name: values for name, values in tags.items() if values}, offered)


def _values(schema: dict[str, Any]) -> frozenset[str]:
    allowed = [schema["const"]] if "const" in schema else schema.get("enum", [])
    return frozenset(canonical(value) for value in allowed)


def _disjoint(first: Traits, second: Traits) -> bool:
    """Say whether no value can be both; only what can be seen at a glance."""
    if (
        first.types is not None
        and second.types is not None
        and first.types.isdisjoint(second.types)
    ):
        return True
    return any(
        name in second.tags and values.isdisjoint(second.tags[name])
        for name, values in first.tags.items()
    )
