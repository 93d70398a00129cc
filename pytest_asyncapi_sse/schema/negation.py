"""Negation: schemas that together accept just what one schema rejects, by De Morgan's rules.

One row of a table for each keyword. Where a keyword has no schema for its opposite, the result
is the `not` of that keyword alone, which the generators treat as something to avoid.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

Schemas = list[dict[str, Any]]
_Rule = Callable[[Any, Any], Schemas | None]

ALL_TYPES = ("null", "boolean", "integer", "fraction", "string", "array", "object")
_PAIRED = 4
TERMINAL = frozenset({"const", "enum", "format", "multipleOf", "pattern", "uniqueItems"})


def negated(schema: Any) -> Schemas | None:
    """Return the alternatives to a schema: empty where it accepts all, None where unknown.

    `fraction` stands in them for a number that is no integer.
    """
    if isinstance(schema, bool):
        return [] if schema else [{}]
    if not isinstance(schema, dict):
        return None
    found: Schemas = []
    for keyword, value in schema.items():
        rule = _RULES.get(keyword)
        opposites = [] if rule is None else rule(value, schema)
        if opposites is None or keyword in _UNKNOWN:
            return None
        found += opposites
    return found


def expanded_types(value: Any) -> set[str]:
    """Return the disjoint types that a `type` keyword allows."""
    names = [value] if isinstance(value, str) else list(value)
    types: set[str] = set()
    for name in names:
        types |= {"integer", "fraction"} if name == "number" else {name}
    return types


def _type(value: Any, _schema: Any) -> Schemas:
    others = [name for name in ALL_TYPES if name not in expanded_types(value)]
    return [{"type": others}] if others else []


def _terminal(keyword: str, kind: str | None = None) -> _Rule:
    def rule(value: Any, _schema: Any) -> Schemas:
        found: dict[str, Any] = {"not": {keyword: value}}
        return [found if kind is None else {"type": kind, **found}]

    return rule


def _bound(kind: str, opposite: str, step: int) -> _Rule:
    def rule(value: Any, _schema: Any) -> Schemas:
        limit = value + step
        if kind != "number" and limit < 0:
            return []
        return [{"type": kind, opposite: limit}]

    return rule


def _required(value: Any, _schema: Any) -> Schemas:
    return [{"type": "object", "properties": {name: False}} for name in value]


def _properties(value: Any, _schema: Any) -> Schemas:
    return [
        {"type": "object", "required": [name], "properties": {name: {"not": schema}}}
        for name, schema in value.items()
        if schema is not True
    ]


def _additional(value: Any, schema: Any) -> Schemas:
    """Ask for one more property; the last option asks for nothing, since other names may do."""
    if value is True:
        return []
    name = "extra"
    while name in schema.get("properties", {}):
        name += "_"
    return [{"type": "object", "required": [name], "properties": {name: {"not": value}}}, {}]


def _items(value: Any, _schema: Any) -> Schemas | None:
    if not isinstance(value, dict | bool):
        return None
    return [{"type": "array", "minItems": 1, "contains": {"not": value}}]


def _contains(value: Any, _schema: Any) -> Schemas:
    return [{"type": "array", "items": {"not": value}}]


def _all_of(value: Any, _schema: Any) -> Schemas:
    return [{"not": schema} for schema in value]


def _any_of(value: Any, _schema: Any) -> Schemas:
    return [{"allOf": [{"not": schema} for schema in value]}]


def _one_of(value: Any, schema: Any) -> Schemas | None:
    """Reject by matching no branch, or two of them."""
    if len(value) > _PAIRED:
        return None
    pairs = [{"allOf": list(pair)} for pair in itertools.combinations(value, 2)]
    return [*_any_of(value, schema), *pairs]


def _not(value: Any, _schema: Any) -> Schemas:
    return [{"allOf": [value]}]


_RULES: Mapping[str, _Rule] = {
    "additionalProperties": _additional,
    "allOf": _all_of,
    "anyOf": _any_of,
    "const": _terminal("const"),
    "contains": _contains,
    "enum": _terminal("enum"),
    "exclusiveMaximum": _bound("number", "minimum", 0),
    "exclusiveMinimum": _bound("number", "maximum", 0),
    "format": _terminal("format"),
    "items": _items,
    "maxItems": _bound("array", "minItems", 1),
    "maxLength": _bound("string", "minLength", 1),
    "maxProperties": _bound("object", "minProperties", 1),
    "maximum": _bound("number", "exclusiveMinimum", 0),
    "minItems": _bound("array", "maxItems", -1),
    "minLength": _bound("string", "maxLength", -1),
    "minProperties": _bound("object", "maxProperties", -1),
    "minimum": _bound("number", "exclusiveMaximum", 0),
    "multipleOf": _terminal("multipleOf", "number"),
    "not": _not,
    "oneOf": _one_of,
    "pattern": _terminal("pattern", "string"),
    "properties": _properties,
    "required": _required,
    "type": _type,
    "uniqueItems": _terminal("uniqueItems", "array"),
}

_UNKNOWN = frozenset(
    {
        "$dynamicRef",
        "$recursiveRef",
        "$ref",
        "contentEncoding",
        "contentMediaType",
        "dependencies",
        "dependentRequired",
        "dependentSchemas",
        "if",
        "maxContains",
        "minContains",
        "patternProperties",
        "prefixItems",
        "propertyNames",
        "unevaluatedItems",
        "unevaluatedProperties",
    }
)
