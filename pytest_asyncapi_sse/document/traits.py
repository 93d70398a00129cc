"""Traits: what messages and operations share, merged by JSON Merge Patch (RFC 7396).

The two majors merge in opposite orders. In 2.x each trait is laid over its target, so the last
trait wins; in 3.x the target is laid over its traits.
"""

from __future__ import annotations

from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.reader import Reader

MAX_DEPTH = 50

# The pairs of objects that are being merged on the way to where the merging is.
_Way = tuple[tuple[tuple[str, str], tuple[str, str]], ...]


def with_traits_over(reader: Reader, target: Node) -> Node:
    """Return a 2.x message or operation with its traits laid over it."""
    result = target
    for trait in _traits(reader, target):
        result = _patched(reader, result, trait, home=target)
    return result


def with_traits_under(reader: Reader, target: Node) -> Node:
    """Return a 3.x message or operation laid over its traits."""
    result: Node | None = None
    for trait in _traits(reader, target):
        result = trait if result is None else _patched(reader, result, trait, home=trait)
    return target if result is None else _patched(reader, result, target, home=target)


def _traits(reader: Reader, target: Node) -> list[Node]:
    found = (reader.mapping(item) for item in reader.items(target, "traits"))
    return [trait for trait in found if trait is not None]


def _patched(reader: Reader, base: Node, over: Node, *, home: Node, way: _Way = ()) -> Node:
    """Lay one object over another; `home` is the node that the result passes for."""
    pair = (base.key, over.key)
    if pair in way:
        reader.report(over, "the schemas that a trait merges are recursive", "Merge them by hand.")
        return over
    if len(way) >= MAX_DEPTH:
        reader.report(over, f"the values that a trait merges nest deeper than {MAX_DEPTH} levels")
        return over
    if not reader.affords(1 + len(base.value) + len(over.value)):
        return over
    parts = dict(base.children())
    for key, child in over.children():
        if child.value is None:
            parts.pop(key, None)
            continue
        parts[key] = _laid(reader, parts.get(key), child, (*way, pair))
    value = {key: part.value for key, part in parts.items()}
    return Node(value, home.file, home.pointer, parts)


def _laid(reader: Reader, base: Node | None, over: Node, way: _Way) -> Node:
    if base is None or not base.is_object or not over.is_object:
        return over
    below, above = reader.mapping(base), reader.mapping(over)
    if below is None or above is None or below.key == above.key:
        return over
    return _patched(reader, below, above, home=above, way=way)
