"""Choices: the keywords of a schema that leave several ways open, as options to take one of."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from pytest_asyncapi_sse.schema.equality import canonical
from pytest_asyncapi_sse.schema.negation import TERMINAL, expanded_types, negated

_OVERLAPS = 2
_MOST_UNITED = 4
_ANNOTATIONS = frozenset({"$comment", "description", "title"})


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Part:
    """Hold one schema of those at a place, and what resolves the references in it."""

    node: Any
    resolver: Any


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Choice:
    """Hold the options of one keyword; each is the parts that taking it adds."""

    keyword: str
    options: tuple[tuple[Part, ...], ...]


class Resolving(Protocol):
    """Make parts and follow references: what choices need of the places."""

    has_unevaluated: bool
    ref_stands_alone: bool
    traits: dict[int, Traits]

    def made(self, node: Any) -> Part:
        """Return a part for a schema of our own making."""
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
        yield from _negation(places, part)


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
        rivals = [
            _rival(places, other, is_same=ends[position].node is ends[index].node)
            for position, other in enumerate(branches)
            if position != index and not _disjoint(traits[index], traits[position])
        ]
        yield (branch, *rivals[:_OVERLAPS])


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


def _negation(places: Resolving, part: Part) -> Iterator[Choice]:
    rejected = followed(places, places.below(part.node["not"], part))
    if isinstance(rejected.node, dict) and _is_terminal(rejected.node):
        return
    alternatives = negated(_apart(rejected.node))
    if alternatives is not None:
        yield Choice("not", tuple((_inside(places, one, rejected),) for one in alternatives))


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
    """Hold what tells a branch from another: its types, and the values of its required tags."""

    types: frozenset[str] | None
    tags: dict[str, frozenset[str]]

    def united(self, other: Traits) -> Traits:
        """Return what holds of a value that has these traits or the other ones."""
        both = None if self.types is None or other.types is None else self.types | other.types
        common = {
            name: self.tags[name] | other.tags[name] for name in self.tags if name in other.tags
        }
        return Traits(both, common)

    def joined(self, other: Traits) -> Traits:
        """Return what holds of a value that has these traits and the other ones."""
        types = self.types if other.types is None else other.types & (self.types or other.types)
        tags = dict(self.tags)
        for name, values in other.tags.items():
            tags[name] = values & tags.get(name, values)
        return Traits(types, tags)


_UNKNOWN = Traits(None, {})


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
    tags = {"": _values(node)}
    required = node.get("required", ())
    for name, schema in node.get("properties", {}).items():
        if name in required and isinstance(schema, dict):
            tags[f"/{name}"] = _values(schema)
    return Traits(types, {name: values for name, values in tags.items() if values})


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
