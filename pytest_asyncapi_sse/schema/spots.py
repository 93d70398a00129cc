"""Spots: the places of a payload that a schema says something about, and how to reach them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from pytest_asyncapi_sse.model import escape, unescape

ITEM = 0
_DEEPEST = 8

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Spot:
    """Hold one place: the path from the root (0 for an array's item) and the schema there."""

    path: Path
    schema: dict[str, Any]

    @property
    def pointer(self) -> str:
        """The JSON pointer of the place in a payload."""
        return "".join("/" + escape(str(step)) for step in self.path)


def spots(contents: Any) -> Iterator[Spot]:
    """Yield the places under properties, items and allOf, each `$ref` followed, cycles once."""
    yield from _below(contents, contents, (), frozenset())


def pinned(path: Path, schema: Any) -> Any:
    """Return a schema for the whole payload that has a place on the path, with a schema there."""
    for step in reversed(path):
        if isinstance(step, int):
            schema = {"type": "array", "minItems": 1, "items": schema}
        else:
            schema = {"type": "object", "required": [step], "properties": {step: schema}}
    return schema


def value_at(payload: Any, path: Path) -> Any:
    """Return the value on a path; raises LookupError or TypeError where there is none."""
    for step in path:
        payload = payload[step]
    return payload


def _below(root: Any, node: Any, path: Path, seen: frozenset[str]) -> Iterator[Spot]:
    while isinstance(node, dict) and isinstance(node.get("$ref"), str):
        reference = node["$ref"]
        if reference in seen:
            return
        seen |= {reference}
        node = _resolved(root, reference)
    if not isinstance(node, dict) or len(path) > _DEEPEST:
        return
    yield Spot(path, node)
    for branch in node.get("allOf", []):
        yield from _below(root, branch, path, seen)
    for name, child in node.get("properties", {}).items():
        yield from _below(root, child, (*path, name), seen)
    items = node.get("items")
    if isinstance(items, dict):
        yield from _below(root, items, (*path, ITEM), seen)


def _resolved(root: Any, reference: str) -> Any:
    if not reference.startswith("#"):
        return None
    node = root
    for token in unquote(reference[1:]).split("/")[1:]:
        if not isinstance(node, dict | list):
            return None
        key: Any = int(token) if isinstance(node, list) and token.isdigit() else unescape(token)
        try:
            node = node[key]
        except (KeyError, IndexError, TypeError):
            return None
    return node
