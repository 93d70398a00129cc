"""Descent: to the part of a payload that is wrong, by judging alone, where it is deep or large."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pytest_asyncapi_sse.schema.assertions import matcher
from pytest_asyncapi_sse.schema.bounds import Steps
from pytest_asyncapi_sse.schema.engine import Engine
from pytest_asyncapi_sse.schema.outline import Outlines, mismatched, outlines

_MOST_STEPS = 200_000
_DEEPEST = 5_000
_UNIONS = ("anyOf", "oneOf")

_Path = tuple[str | int, ...]
_Found = tuple[Any, Any, _Path]


def descended(engine: Engine, value: Any) -> list[_Found]:
    """Return nodes of the schema, values that they reject, and the paths, the innermost first.

    Each is inside the next one. Only what needs no guess is followed: references, `allOf`,
    properties, items, and the branch that the tags of a value name.
    """
    steps = Steps(_MOST_STEPS)
    found: list[_Found] = [(engine.contents, value, ())]
    while len(found) < _DEEPEST:
        inner = _rejecting(engine, steps, found[-1])
        if inner is None:
            break
        found.append(inner)
    return found[:0:-1]


def _rejecting(engine: Engine, steps: Steps, found: _Found) -> _Found | None:
    for node, value, path in _inside(outlines(engine), found):
        steps.take()
        if steps.are_used_up:
            return None
        if isinstance(node, dict) and not engine.accepts(node, value):
            return node, value, path
    return None


def _inside(known: Outlines, found: _Found) -> Iterator[_Found]:
    node, value, path = found
    if not isinstance(node, dict):
        return
    target = known.target(node)
    if target is not None:
        yield target, value, path
    for member in node.get("allOf", ()):
        yield member, value, path
    for keyword in _UNIONS:
        yield from ((branch, value, path) for branch in _tagged(known, node.get(keyword), value))
    if isinstance(value, dict):
        yield from _properties(node, value, path)
    elif isinstance(value, list):
        yield from _items(node, value, path)


def _tagged(known: Outlines, branches: Any, value: Any) -> Iterator[Any]:
    """Yield the branch that alone has the tags of a value."""
    if isinstance(branches, list):
        tags = known.telling(branches)
        fitting = [
            branch
            for branch, own in zip(branches, tags, strict=True)
            if own and not mismatched(own, value)
        ]
        yield from fitting if len(fitting) == 1 else ()


def _properties(node: dict[str, Any], value: dict[str, Any], path: _Path) -> Iterator[_Found]:
    declared = node.get("properties", {})
    patterns = node.get("patternProperties", {})
    for name, item in value.items():
        schemas = [schema for pattern, schema in patterns.items() if matcher(pattern)(name)]
        schemas += [declared[name]] if name in declared else []
        for schema in schemas or [node.get("additionalProperties", True)]:
            yield schema, item, (*path, name)


def _items(node: dict[str, Any], value: list[Any], path: _Path) -> Iterator[_Found]:
    items = node.get("items", True)
    prefix = items if isinstance(items, list) else node.get("prefixItems", [])
    rest = node.get("additionalItems", True) if isinstance(items, list) else items
    for index, item in enumerate(value):
        yield prefix[index] if index < len(prefix) else rest, item, (*path, index)
