"""Choices: the keywords of a schema that leave several ways open, as options to take one of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from pytest_asyncapi_sse.schema.equality import canonical
from pytest_asyncapi_sse.schema.negation import TERMINAL, expanded_types, negated

_OVERLAPS = 2


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
    """Return the part behind plain references, the part itself where there are none."""
    for _ in range(32):
        if not isinstance(part.node, dict) or "$ref" not in part.node:
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
        yield tuple(branches)


def _one_of(places: Resolving, part: Part) -> Iterator[tuple[Part, ...]]:
    branches = [places.below(branch, part) for branch in part.node["oneOf"]]
    traits = [_traits(followed(places, branch).node) for branch in branches]
    for index, branch in enumerate(branches):
        rivals = [
            _inside(places, {"not": other.node}, other)
            for position, other in enumerate(branches)
            if position != index and not _disjoint(traits[index], traits[position])
        ]
        yield (branch, *rivals[:_OVERLAPS])


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
    alternatives = negated(rejected.node)
    if alternatives is not None:
        yield Choice("not", tuple((_inside(places, one, rejected),) for one in alternatives))


def _is_terminal(node: dict[str, Any]) -> bool:
    return len(node) == 1 and not TERMINAL.isdisjoint(node)


@dataclass(frozen=True, slots=True)
class _Traits:
    """Hold what tells a branch from another: its types, and the values of its required tags."""

    types: frozenset[str] | None
    tags: dict[str, frozenset[str]]


def _traits(node: Any) -> _Traits:
    if not isinstance(node, dict):
        return _Traits(None, {})
    types = frozenset(expanded_types(node["type"])) if "type" in node else None
    tags = {"": _values(node)}
    required = node.get("required", ())
    for name, schema in node.get("properties", {}).items():
        if name in required and isinstance(schema, dict):
            tags[f"/{name}"] = _values(schema)
    return _Traits(types, {name: values for name, values in tags.items() if values})


def _values(schema: dict[str, Any]) -> frozenset[str]:
    allowed = [schema["const"]] if "const" in schema else schema.get("enum", [])
    return frozenset(canonical(value) for value in allowed)


def _disjoint(first: _Traits, second: _Traits) -> bool:
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
