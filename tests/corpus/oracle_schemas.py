"""Schemas compared with the oracle's: references against what they name, cycles with cycles.

The oracle writes a cycle as `{"$circular": n}`, n levels up from where it stands, or leaves its
`$ref` as it was. Ours are bundles: every reference leads into the bundle.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from pytest_asyncapi_sse.model import unescape

# A bundle leaves out what names schemas by URI: every reference of it is a pointer.
_IDENTIFIERS = frozenset({"$id", "$schema", "$anchor"})
# The parser notes things in what it reads, and takes them out again from what it gives.
_PARSERS_OWN = "x-parser-"
_CONTAINERS = ("definitions", "$defs")
_LONGEST = 120


def schema_difference(expected: Any, contents: Any) -> str:
    """Return the first place where a bundle differs from the oracle's schema; empty for none."""
    comparison = _Comparison(contents)
    return next(comparison.differences([expected], [contents], ""), "")


@dataclass(slots=True)
class _Comparison:
    """Compare two schemas as the infinite trees that they stand for.

    A pair of nodes that was met before, as in a cycle of both sides, says nothing new.
    """

    root: Any
    _seen: set[tuple[int, int]] = field(default_factory=set)

    def differences(self, above: list[Any], ours: list[Any], at: str) -> Iterator[str]:
        """Yield the differences; the last items are compared, the others are their parents."""
        expected, got = above[-1], self._arrived(ours[-1])
        is_cyclic = any(got is parent for parent in ours[:-1])
        if isinstance(expected, dict) and "$circular" in expected:
            above = above[: -expected["$circular"]]
            expected = above[-1]
        elif isinstance(expected, dict) and "$ref" in expected and is_cyclic:
            return
        ours = [*ours[:-1], got]
        pair = (id(expected), id(got))
        if isinstance(expected, dict | list) and pair in self._seen:
            return
        self._seen.add(pair)
        if isinstance(expected, dict) and isinstance(got, dict):
            yield from self._objects(above, ours, at)
        elif isinstance(expected, list) and isinstance(got, list):
            yield from self._lists(above, ours, at)
        elif not _is_equal(expected, got):
            yield f"{at or 'the schema'} is {_short(got)}, the oracle has {_short(expected)}"

    def _objects(self, above: list[Any], ours: list[Any], at: str) -> Iterator[str]:
        expected, got = _named(above[-1]), _named(ours[-1])
        if got and ours[-1] is self.root:
            got = _without_copies(got, expected)
        for key in sorted({*expected, *got}):
            if key not in got:
                yield f"{at}/{key} is missing"
            elif key not in expected:
                yield f"{at}/{key} is not in the oracle's"
            else:
                yield from self.differences(
                    [*above, expected[key]], [*ours, got[key]], f"{at}/{key}"
                )

    def _lists(self, above: list[Any], ours: list[Any], at: str) -> Iterator[str]:
        expected, got = above[-1], ours[-1]
        if len(expected) != len(got):
            yield f"{at} has {len(got)} items, the oracle has {len(expected)}"
        for index, (item, own) in enumerate(zip(expected, got, strict=False)):
            yield from self.differences([*above, item], [*ours, own], f"{at}/{index}")

    def _arrived(self, node: Any) -> Any:
        """Follow the references of a node of the bundle; one in data leads nowhere and stays."""
        met: list[Any] = []
        while isinstance(node, dict) and isinstance(node.get("$ref"), str) and node not in met:
            met.append(node)
            target = self._target(node["$ref"])
            if target is None:
                return node
            node = target
        return node

    def _target(self, reference: str) -> Any:
        node = self.root
        for token in unquote(reference).removeprefix("#").split("/")[1:]:
            key = unescape(token)
            if isinstance(node, list) and key.isdecimal() and int(key) < len(node):
                node = node[int(key)]
            elif isinstance(node, dict) and key in node:
                node = node[key]
            else:
                return None
        return node if reference.startswith("#") else None


def _named(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value
        for key, value in schema.items()
        if not (isinstance(value, str) and (key in _IDENTIFIERS or key.startswith(_PARSERS_OWN)))
    }


def _without_copies(contents: dict[str, Any], expected: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what the bundle copied in: it is compared where references lead to it."""
    result = dict(contents)
    for container in _CONTAINERS:
        known, own = expected.get(container), contents.get(container)
        if not isinstance(own, dict):
            continue
        left = {key: value for key, value in own.items() if key in (known or {})}
        if left or known is not None:
            result[container] = left
        else:
            del result[container]
    return result


def _is_equal(expected: Any, got: Any) -> bool:
    """Compare values of JSON: true is not 1, 1 is 1.0."""
    if isinstance(expected, bool) or isinstance(got, bool):
        return expected is got
    return bool(expected == got)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
