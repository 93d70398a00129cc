"""The second engine: hypothesis-jsonschema, tried where the own generator finds nothing.

It fetches URLs, and it takes minutes over schemas of moderate size. So it is handed a copy that
holds the keywords which it knows, has every reference replaced by what it names, and is small.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Mapping
from typing import Any

from hypothesis import reject
from hypothesis import strategies as st

from pytest_asyncapi_sse.model import unescape
from pytest_asyncapi_sse.schema.samples import samples

# How often it is drawn from before it is given up: objects take it up to a tenth of a second.
TRIES = 50

_MOST_SCHEMAS = 40
_MOST_BRANCHES = 10
_DEEPEST = 4
_MOST_VALUES = 100

# What the engine is told of a schema. All other keywords are left out, and the validator sees to it
# that they hold: those that it does not know, those that name URLs, and `contains`, for which one
# draw takes a second.
_PLAIN = frozenset(
    [
        "const",
        "enum",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "format",
        "maxItems",
        "maxLength",
        "maxProperties",
        "maximum",
        "minItems",
        "minLength",
        "minProperties",
        "minimum",
        "multipleOf",
        "pattern",
        "required",
        "type",
        "uniqueItems",
    ]
)
_BELOW = frozenset(["additionalItems", "additionalProperties", "items"])
_HERE = frozenset(["allOf", "anyOf", "else", "if", "not", "oneOf", "propertyNames", "then"])
_NAMED = frozenset(["dependencies", "patternProperties", "properties"])
_MANY = frozenset(["allOf", "anyOf", "oneOf", *_NAMED])
_BRANCHES: Mapping[str, int] = {
    **dict.fromkeys(["allOf", "anyOf", "dependencies", "else", "if", "oneOf", "then"], 1),
    **dict.fromkeys(["not", "patternProperties"], 2),
}
_SIZES: Mapping[str, int] = {"minItems": 10, "minLength": 500, "minProperties": 10}


class _NotHandedOver(Exception):
    """Stop the copying: the schema is too large, or a reference leads where it is not followed."""


def second_engine(schema: dict[str, Any] | bool) -> st.SearchStrategy[Any] | None:
    """Return the other engine's strategy for a schema, None where it has none that works.

    Its values need the same filter as one's own.
    """
    if not is_usable():
        return None
    try:
        handed = _Copy(schema).schema(schema, 0)
    except _NotHandedOver:
        return None
    found = _strategy(handed)
    return None if found is None else _drawn(found)


@functools.cache
def is_usable() -> bool:
    """Say whether the engine can make objects, which it cannot with every Hypothesis."""
    found = _strategy({"type": "object"})
    try:
        return found is not None and bool(samples(found, 1))
    except Exception:  # any failure of the probe means the same: not usable
        return False


def _strategy(schema: dict[str, Any] | bool) -> st.SearchStrategy[Any] | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from hypothesis_jsonschema import from_schema

            found = from_schema(schema)
            found.validate()
    except Exception:  # the engine fails in many ways; each means that it cannot help
        return None
    return found


@st.composite
def _drawn(draw: st.DrawFn, strategy: st.SearchStrategy[Any]) -> Any:
    """Draw from the engine, and take its failures and its warnings for no value."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return draw(strategy)
    except Exception:  # what it makes of a schema fails in as many ways
        reject()


class _Copy:
    """Copy what the engine is told of a schema; raises _NotHandedOver where that is too much."""

    def __init__(self, root: dict[str, Any] | bool) -> None:
        self._root = root
        self._schemas = _MOST_SCHEMAS
        self._branches = _MOST_BRANCHES
        self._values = _MOST_VALUES

    def schema(self, node: Any, depth: int) -> dict[str, Any] | bool:
        """Copy one schema with all below it; `depth` counts the levels of the payload."""
        self._schemas -= 1
        if self._schemas < 0 or depth > _DEEPEST:
            raise _NotHandedOver
        if not isinstance(node, dict):
            return bool(node)
        copied = {key: self._copied(key, value, depth) for key, value in node.items() if _told(key)}
        if not isinstance(node.get("$ref"), str):
            return copied
        named = self.schema(self._named(node["$ref"]), depth)
        return {"allOf": [named, copied]} if copied else named

    def _copied(self, keyword: str, value: Any, depth: int) -> Any:
        if keyword in _PLAIN:
            self._values -= len(value) if isinstance(value, list) else 1
            if self._values < 0 or (keyword in _SIZES and value > _SIZES[keyword]):
                raise _NotHandedOver
            return value
        below = depth if keyword in _HERE else depth + 1
        found = value if isinstance(value, dict | list) and keyword in _MANY else [value]
        self._branches -= _BRANCHES.get(keyword, 0) * len(found)
        if self._branches < 0:
            raise _NotHandedOver
        if keyword in _NAMED:
            return {name: self._dependency(child, below) for name, child in value.items()}
        if isinstance(value, list):
            return [self.schema(child, below) for child in value]
        return self.schema(value, below)

    def _dependency(self, value: Any, depth: int) -> Any:
        return value if isinstance(value, list) else self.schema(value, depth)

    def _named(self, reference: str) -> Any:
        """Return what a pointer into the schema names."""
        if reference != "#" and not reference.startswith("#/"):
            raise _NotHandedOver
        found: Any = self._root
        for token in reference.split("/")[1:]:
            found = _entered(found, unescape(token))
        return found


def _told(keyword: str) -> bool:
    return keyword in _PLAIN or keyword in _BELOW or keyword in _HERE or keyword in _NAMED


def _entered(node: Any, token: str) -> Any:
    if isinstance(node, dict) and token in node:
        return node[token]
    if isinstance(node, list) and token.isdecimal() and int(token) < len(node):
        return node[int(token)]
    raise _NotHandedOver
