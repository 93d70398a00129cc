"""Shapes of objects and arrays: which places lie below a place, and which of them must exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pytest_asyncapi_sse.schema.assertions import matcher
from pytest_asyncapi_sse.schema.choices import Part
from pytest_asyncapi_sse.schema.facts import greatest, least
from pytest_asyncapi_sse.schema.places import Place, Places

PROBE = "\u2063undeclared"

_STRING = {"type": "string"}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ObjectShape:
    """Describe an object: declared names in the document's order, and what holds of them all.

    `needs` are the names that a name brings along. `naming` is the place of a property's name,
    `patterns` those of `patternProperties`.
    """

    places: Places
    place: Place
    names: tuple[str, ...]
    required: tuple[str, ...]
    needs: dict[str, tuple[str, ...]]
    least: int
    most: int | None
    patterns: tuple[str, ...]
    naming: Place
    _children: dict[str, Place] = field(default_factory=dict)

    @property
    def is_freely_named(self) -> bool:
        """Whether any name will do."""
        return len(self.naming.parts) == 1 and not self.naming.choices

    def child(self, name: str) -> Place:
        """Return the place of the property called `name`."""
        if name not in self._children:
            self._children[name] = self.places.place(_property_parts(self.places, self.place, name))
        return self._children[name]

    def closed_over(self, names: Iterable[str]) -> list[str]:
        """Return the names with all that they bring along, declared ones first and in order."""
        found = dict.fromkeys(closed_over(names, self.needs))
        ordered = dict.fromkeys(name for name in self.names if name in found)
        return [*ordered, *(name for name in found if name not in ordered)]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ArrayShape:
    """Describe an array: the first `prefix` items have places of their own, the rest share one."""

    places: Places
    place: Place
    prefix: int
    least: int
    most: int | None
    is_unique: bool
    contained: tuple[tuple[Part, int, int | None], ...]
    _children: dict[int, Place] = field(default_factory=dict)

    def child(self, index: int) -> Place:
        """Return the place of an item."""
        index = min(index, self.prefix)
        if index not in self._children:
            parts = list(_item_parts(self.places, self.place, index))
            self._children[index] = self.places.place(parts)
        return self._children[index]

    def containing(self, index: int, part: Part) -> Place:
        """Return the place of an item that is also to be one of those that `contains` asks for."""
        parts = _item_parts(self.places, self.place, min(index, self.prefix))
        return self.places.place([*parts, part])


class Shapes:
    """Make and keep the shapes of one schema's places."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self._objects: dict[int, ObjectShape] = {}
        self._arrays: dict[int, ArrayShape] = {}

    def object(self, place: Place) -> ObjectShape:
        """Return the shape that an object at a place has."""
        if id(place) not in self._objects:
            self._objects[id(place)] = _object_shape(self.places, place)
        return self._objects[id(place)]

    def array(self, place: Place) -> ArrayShape:
        """Return the shape that an array at a place has."""
        if id(place) not in self._arrays:
            self._arrays[id(place)] = _array_shape(self.places, place)
        return self._arrays[id(place)]


def closed_over(names: Iterable[str], needs: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return the names with all that they bring along."""
    found = dict.fromkeys(names)
    waiting = list(found)
    while waiting:
        for name in needs.get(waiting.pop(), ()):
            if name not in found:
                found[name] = None
                waiting.append(name)
    return list(found)


def _object_shape(places: Places, place: Place) -> ObjectShape:
    nodes = sorted(place.nodes, key=lambda node: places.engine.pointer(node) is None)
    declared = [name for node in nodes for name in node.get("properties", {})]
    required = [name for node in nodes for name in node.get("required", ())]
    needs: dict[str, tuple[str, ...]] = {}
    for node in nodes:
        for keyword in ("dependentRequired", "dependencies"):
            for name, others in node.get(keyword, {}).items():
                if isinstance(others, list):
                    needs[name] = (*needs.get(name, ()), *others)
    return ObjectShape(
        places=places,
        place=place,
        names=tuple(dict.fromkeys([*declared, *required])),
        required=tuple(closed_over(required, needs)),
        needs=needs,
        least=greatest(nodes, "minProperties", 0),
        most=least(nodes, "maxProperties"),
        patterns=tuple(pattern for node in nodes for pattern in node.get("patternProperties", {})),
        naming=places.place(_naming_parts(places, place)),
    )


def _naming_parts(places: Places, place: Place) -> Iterator[Part]:
    yield places.made(_STRING)
    for part in place.parts:
        if "propertyNames" in part.node:
            yield places.below(part.node["propertyNames"], part)


def _property_parts(places: Places, place: Place, name: str) -> Iterator[Part]:
    is_evaluated = False
    for part in place.parts:
        node = part.node
        found = [node["properties"][name]] if name in node.get("properties", {}) else []
        for pattern, schema in node.get("patternProperties", {}).items():
            if matcher(pattern)(name):
                found.append(schema)
        if not found and "additionalProperties" in node:
            found.append(node["additionalProperties"])
        is_evaluated = is_evaluated or bool(found)
        yield from (places.below(schema, part) for schema in found)
    if not is_evaluated:
        yield from _unevaluated(places, place, "unevaluatedProperties")


def _unevaluated(places: Places, place: Place, keyword: str) -> Iterator[Part]:
    for part in place.parts:
        if keyword in part.node:
            yield places.below(part.node[keyword], part)


def _array_shape(places: Places, place: Place) -> ArrayShape:
    nodes = place.nodes
    contained = [
        (
            places.below(part.node["contains"], part),
            int(part.node.get("minContains", 1)),
            part.node.get("maxContains"),
        )
        for part in place.parts
        if "contains" in part.node
    ]
    needed = max((count for _, count, _ in contained), default=0)
    return ArrayShape(
        places=places,
        place=place,
        prefix=max((len(_prefix(places, node)) for node in nodes), default=0),
        least=max(greatest(nodes, "minItems", 0), needed),
        most=least(nodes, "maxItems"),
        is_unique=any(node.get("uniqueItems") is True for node in nodes),
        contained=tuple(contained),
    )


def _prefix(places: Places, node: dict[str, Any]) -> list[Any]:
    found = node.get(places.engine.row.prefix_keyword)
    return found if isinstance(found, list) else []


def _rest(places: Places, node: dict[str, Any]) -> Any:
    """Return the schema of the items after the prefix, None where there is none."""
    if isinstance(node.get("items"), dict | bool):
        return node["items"]
    return node.get("additionalItems") if _prefix(places, node) else None


def _item_parts(places: Places, place: Place, index: int) -> Iterator[Part]:
    is_evaluated = False
    for part in place.parts:
        prefix = _prefix(places, part.node)
        schema = prefix[index] if index < len(prefix) else _rest(places, part.node)
        if schema is not None:
            is_evaluated = True
            yield places.below(schema, part)
    if not is_evaluated and not any("contains" in node for node in place.nodes):
        yield from _unevaluated(places, place, "unevaluatedItems")
