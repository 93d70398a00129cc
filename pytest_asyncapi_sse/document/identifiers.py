"""Identifiers: schemas that are referred to by `$id` and `$anchor`, looked up when one is asked.

A file is searched once, and only where its text holds such a keyword. What stands in data, such as
`const` or `examples`, identifies nothing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urldefrag, urljoin

from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.payloads.keywords import USER_NAMED, is_data
from pytest_asyncapi_sse.document.sources.files import File, Files
from pytest_asyncapi_sse.model import escape

_KEYWORDS = ("$id", "$anchor", "$dynamicAnchor")
_MODERN = ("2019-09", "2020-12")

Anchors = dict[str, list[Node]]


@dataclass(frozen=True, slots=True, eq=False)
class Resource:
    """Hold a schema with a URI of its own, or a whole file, and what is named inside of it.

    `uri` is empty for a file without identifiers, since nobody asks for it.
    """

    root: Node
    uri: str = ""
    anchors: Anchors = field(default_factory=dict)
    dynamic: Anchors = field(default_factory=dict)

    @property
    def is_embedded(self) -> bool:
        """Whether it is a part of a file."""
        return self.root.pointer != ""


@dataclass(frozen=True, slots=True)
class _Place:
    """Hold a value on the way through a file, and the resource that it belongs to."""

    value: Any
    pointer: str
    resource: Resource
    is_modern: bool
    holds_names: bool = False


class Identifiers:
    """Find schemas of the files that were read by their identifiers."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._resources: dict[str, dict[str, Resource]] = {}
        self._identified: dict[str, dict[str, Node]] = {}
        self._sorted: dict[tuple[str, str, str], list[tuple[list[str], Node]]] = {}

    def resource(self, node: Node) -> Resource:
        """Return the nearest resource that a node is in."""
        found = self._of(node.file)
        # Most files have no identifier, and are one resource as a whole.
        pointer = node.pointer if len(found) > 1 else ""
        while pointer not in found:
            pointer = pointer.rpartition("/")[0]
        return found[pointer]

    def joined(self, node: Node, reference: str) -> str:
        """Return the URI of a reference at a node, without its fragment; empty for a broken one."""
        return _joined(self.resource(node).uri or node.file.uri, reference)

    def find(self, uri: str, near: File) -> Node | None:
        """Return the schema with that `$id`, from the file near by, else from any that was read."""
        for file in (near, *self._files.opened):
            found = self._by_uri(file).get(uri)
            if found is not None:
                return found
        return None

    def anchored(self, resource: Resource, name: str, near: Node) -> list[Node]:
        """Return the schemas with that anchor, of several those nearest to a node."""
        found = resource.anchors.get(name, [])
        if len(found) < 2 or resource.root.file is not near.file:
            return found
        # Sorted by their tokens, those that share the most of them stand in a row.
        ordered = self._in_order(resource, name, found)
        tokens = near.pointer.split("/")
        place = bisect_left(ordered, tokens, key=_tokens)
        around = ordered[max(place - 1, 0) : place + 1]
        count = max(_shared(tokens, known) for known, _ in around)
        start = bisect_left(ordered, tokens[:count], key=_tokens)
        end = bisect_right(ordered, tokens[:count], key=lambda item: item[0][:count])
        return [node for _, node in ordered[start:end]]

    def _in_order(
        self, resource: Resource, name: str, nodes: list[Node]
    ) -> list[tuple[list[str], Node]]:
        key = (*resource.root.key, name)
        if key not in self._sorted:
            pairs = [(node.pointer.split("/"), node) for node in nodes]
            self._sorted[key] = sorted(pairs, key=_tokens)
        return self._sorted[key]

    def _by_uri(self, file: File) -> dict[str, Node]:
        found = self._identified.get(file.id)
        if found is None:
            found = self._identified[file.id] = {}
            for resource in self._of(file).values():
                if _declares(resource.root.value):
                    found.setdefault(resource.uri, resource.root)
        return found

    def _of(self, file: File) -> dict[str, Resource]:
        if file.id not in self._resources:
            self._resources[file.id] = _resources(file)
        return self._resources[file.id]


def _resources(file: File) -> dict[str, Resource]:
    """Return the resources of a file by their pointers; the file itself is always one."""
    root = Node(file.data, file)
    if not any(keyword in file.text for keyword in _KEYWORDS):
        return {"": Resource(root)}
    found = {"": Resource(root, file.uri)}
    waiting = [_Place(file.data, "", found[""], False)]
    while waiting:
        place = waiting.pop()
        if isinstance(place.value, dict) and not place.holds_names:
            place = _identified(place, file, found)
        waiting += reversed(list(_below(place)))
    return found


def _identified(place: _Place, file: File, found: dict[str, Resource]) -> _Place:
    """Note what identifies the schema at a place; return the place in the schema's resource."""
    value, resource = place.value, place.resource
    is_modern = place.is_modern or _is_modern(value)
    node = Node(value, file, place.pointer)
    identifier = value.get("$id")
    # Up to draft-07, what stands beside a $ref is ignored.
    if isinstance(identifier, str) and (is_modern or "$ref" not in value):
        base, _, fragment = identifier.partition("#")
        uri = _joined(resource.uri, base)
        if base and uri:
            resource = found[place.pointer] = Resource(node, uri)
        if fragment and not fragment.startswith("/"):
            resource.anchors.setdefault(fragment, []).append(node)
    for keyword in _KEYWORDS[1:]:
        name = value.get(keyword)
        if isinstance(name, str):
            named = resource.anchors.setdefault(name, [])
            is_known = bool(named) and named[-1].pointer == node.pointer
            named += [] if is_known else [node]
            if keyword == "$dynamicAnchor":
                resource.dynamic.setdefault(name, []).append(node)
    return _Place(value, place.pointer, resource, is_modern)


def _below(place: _Place) -> Iterator[_Place]:
    value = place.value
    if isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, dict | list):
                yield _Place(item, f"{place.pointer}/{index}", place.resource, place.is_modern)
    if not isinstance(value, dict):
        return
    for key, child in value.items():
        if not isinstance(child, dict | list):
            continue
        if not place.holds_names and is_data(key):
            continue
        holds_names = key in USER_NAMED and isinstance(child, dict) and not place.holds_names
        pointer = f"{place.pointer}/{escape(key)}"
        yield _Place(child, pointer, place.resource, place.is_modern, holds_names)


def _is_modern(value: dict[str, Any]) -> bool:
    named = (value.get("$schema"), value.get("schemaFormat"))
    return any(isinstance(text, str) and year in text for text in named for year in _MODERN)


def _declares(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("$id"), str)


def _joined(base: str, reference: str) -> str:
    try:
        return urldefrag(urljoin(base, reference))[0]
    except ValueError:
        return ""


def _tokens(item: tuple[list[str], Node]) -> list[str]:
    return item[0]


def _shared(one: list[str], other: list[str]) -> int:
    count = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        count += 1
    return count
