"""Outlines: what a schema says of an object at first sight, by which unions tell branches apart."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from pytest_asyncapi_sse.model import unescape
from pytest_asyncapi_sse.schema.engine import Engine
from pytest_asyncapi_sse.schema.equality import canonical

_DEEPEST_TAG = 2
_SIDES = ("else", "then")
_UNIONS = ("anyOf", "oneOf")
MISSING = object()

_Path = tuple[str, ...]
Tags = Mapping[_Path, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Outline:
    """Hold the properties that a schema names and needs, and its tags.

    A tag is a property that only a few values are allowed for: the path that leads to it, and the
    values by their canonical texts.
    """

    tags: Tags = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    needed: frozenset[str] = frozenset()


_NOTHING = Outline()


@functools.lru_cache(maxsize=64)
def outlines(engine: Engine) -> Outlines:
    """Return the outlines of an engine's schema, which are kept."""
    return Outlines(engine)


class Outlines:
    """Make and keep the outlines of the nodes of one schema."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: dict[tuple[int, int], Outline] = {}
        self._telling: dict[int, tuple[Tags, ...]] = {}

    def of(self, node: Any, depth: int = 0) -> Outline:
        """Return the outline of a schema; `depth` counts the properties that lead to it."""
        if not isinstance(node, dict):
            return _NOTHING
        key = (id(node), depth)
        if key not in self._kept:
            # What comes back to itself adds nothing.
            self._kept[key] = _NOTHING
            self._kept[key] = self._made(node, depth)
        return self._kept[key]

    def telling(self, branches: list[Any]) -> tuple[Tags, ...]:
        """Return, for each branch of a union, the tags that tell it from others."""
        if id(branches) not in self._telling:
            self._telling[id(branches)] = telling([self.of(branch) for branch in branches])
        return self._telling[id(branches)]

    def target(self, node: Any) -> Any:
        """Return what a schema refers to by a JSON pointer, None where it does not."""
        reference = node.get("$ref") if isinstance(node, dict) else None
        if not isinstance(reference, str) or not reference.startswith("#"):
            return None
        return self.at(unescape(token) for token in unquote(reference[1:]).split("/")[1:])

    def at(self, path: Iterable[Any]) -> Any:
        """Return the node that a path of the schema leads to, None where it leads nowhere."""
        found = self._engine.contents
        for token in path:
            if isinstance(found, dict) and token in found:
                found = found[token]
            elif isinstance(found, list) and str(token).isdecimal() and int(token) < len(found):
                found = found[int(token)]
            else:
                return None
        return found

    def _made(self, node: dict[str, Any], depth: int) -> Outline:
        target = self.target(node)
        if target is not None and self._engine.row.ref_stands_alone:
            return self.of(target, depth)
        parts = [_own(node), *(self.of(part, depth) for part in [*node.get("allOf", ()), target])]
        parts += [self._union(node[key], depth) for key in _UNIONS if key in node]
        parts += [Outline(names=self.of(node[key], depth).names) for key in _SIDES if key in node]
        parts += [
            Outline(names=self.of(one, depth).names)
            for one in node.get("dependentSchemas", {}).values()
        ]
        if depth < _DEEPEST_TAG:
            parts.append(self._nested(node, depth + 1))
        return _joined(parts)

    def _nested(self, node: dict[str, Any], depth: int) -> Outline:
        """Return the tags of the properties, and of their own properties, such as `/meta/kind`."""
        tags: dict[_Path, Mapping[str, Any]] = {}
        for name, child in node.get("properties", {}).items():
            for path, values in self.of(child, depth).tags.items():
                tags.setdefault((name, *path), values)
        return Outline(tags=tags)

    def _union(self, branches: list[Any], depth: int) -> Outline:
        """Return what all branches have in common: any of their tags' values is allowed."""
        parts = [self.of(branch, depth) for branch in branches]
        if not parts:
            return _NOTHING
        common = set.intersection(*(set(part.tags) for part in parts))
        tags = {path: dict(_merged(part.tags[path] for part in parts)) for path in common}
        needed = frozenset.intersection(*(part.needed for part in parts))
        return Outline(tags, _union_of(part.names for part in parts), needed)


def telling(branches: Sequence[Outline]) -> tuple[Tags, ...]:
    """Return the tags of each branch that not all the branches have alike."""
    paths = dict.fromkeys(path for branch in branches for path in branch.tags if path)
    apart = {path for path in paths if len(_variants(branches, path)) > 1}
    return tuple(
        {path: values for path, values in branch.tags.items() if path in apart}
        for branch in branches
    )


def _variants(branches: Sequence[Outline], path: _Path) -> set[frozenset[str]]:
    return {frozenset(branch.tags.get(path, ())) for branch in branches}


def inside(value: Any, path: _Path) -> Any:
    """Return what a path leads to in a value, MISSING where it leads nowhere."""
    for token in path:
        if not isinstance(value, dict) or token not in value:
            return MISSING
        value = value[token]
    return value


def mismatched(tags: Tags, value: Any) -> tuple[_Path, ...]:
    """Return the paths of the tags that a value has otherwise."""
    found = [(path, inside(value, path), allowed) for path, allowed in tags.items()]
    return tuple(
        path for path, one, allowed in found if one is not MISSING and canonical(one) not in allowed
    )


def _own(node: dict[str, Any]) -> Outline:
    allowed = node.get("enum", [node["const"]] if "const" in node else None)
    tags: dict[_Path, Mapping[str, Any]] = {}
    if isinstance(allowed, list):
        tags[()] = {canonical(one): one for one in allowed}
    names = frozenset(node.get("properties", ()))
    needed = node.get("required", ())
    return Outline(tags, names, frozenset(needed if isinstance(needed, list) else ()))


def _joined(parts: list[Outline]) -> Outline:
    tags: dict[_Path, Mapping[str, Any]] = {}
    for part in parts:
        for path, values in part.tags.items():
            tags.setdefault(path, values)
    names = _union_of(part.names for part in parts)
    return Outline(tags, names, _union_of(part.needed for part in parts))


def _merged(values: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Any]]:
    for one in values:
        yield from one.items()


def _union_of(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)
