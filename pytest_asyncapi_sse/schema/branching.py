"""Branching: how many schemas one value is judged by, where they refer to each other again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_LISTS = ("allOf", "anyOf", "oneOf")
_SINGLE = ("else", "if", "not", "then")


def branching(contents: Any) -> int:
    """Return how many schemas apply to one and the same value at most.

    Local references are followed, which is what multiplies; a schema inside itself counts once.
    """
    counts: dict[int, int] = {}
    waiting = [(contents, False)]
    while waiting:
        node, is_left = waiting.pop()
        key = id(node)
        if is_left:
            counts[key] = 1 + sum(counts.get(id(child), 1) for child in _beside(contents, node))
        elif key not in counts:
            counts[key] = 1
            waiting.append((node, True))
            waiting += [(child, False) for child in _below(node)]
            waiting += [(child, False) for child in _beside(contents, node)]
    return max(counts.values())


def _beside(contents: Any, node: Any) -> Iterator[Any]:
    """Yield the schemas that a schema applies to the same value."""
    if not isinstance(node, dict):
        return
    for keyword in _LISTS:
        found = node.get(keyword)
        yield from found if isinstance(found, list) else ()
    yield from (node[keyword] for keyword in _SINGLE if keyword in node)
    reference = node.get("$ref")
    if isinstance(reference, str) and reference.startswith("#"):
        yield _at(contents, reference[1:])


def _below(node: Any) -> Iterator[Any]:
    if isinstance(node, dict | list):
        yield from node.values() if isinstance(node, dict) else node


def _at(contents: Any, pointer: str) -> Any:
    """Return what a pointer leads to, True where it leads nowhere that is known."""
    found = contents
    for token in pointer.split("/")[1:]:
        token = token.replace("~1", "/").replace("~0", "~")
        if isinstance(found, dict) and token in found:
            found = found[token]
        elif isinstance(found, list) and token.isdigit() and int(token) < len(found):
            found = found[int(token)]
        else:
            return True
    return found
