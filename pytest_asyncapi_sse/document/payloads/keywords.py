"""Keywords: what those of JSON Schema hold, so that schemas and nothing else are searched."""

from __future__ import annotations

from collections.abc import Mapping

# What a keyword holds: one schema, a list of them, a map of them, or any of these by its type.
ONE, MANY, NAMED, MIXED = "one", "many", "named", "mixed"
KINDS: Mapping[str, str] = {
    "$defs": NAMED,
    "additionalItems": ONE,
    "additionalProperties": ONE,
    "allOf": MANY,
    "anyOf": MANY,
    "contains": ONE,
    "contentSchema": ONE,
    "definitions": NAMED,
    "dependencies": NAMED,
    "dependentSchemas": NAMED,
    "else": ONE,
    "if": ONE,
    "items": MIXED,
    "not": ONE,
    "oneOf": MANY,
    "patternProperties": NAMED,
    "prefixItems": MANY,
    "properties": NAMED,
    "propertyNames": ONE,
    "then": ONE,
    "unevaluatedItems": ONE,
    "unevaluatedProperties": ONE,
}
# What these hold is data, whatever it looks like.
DATA = frozenset({"const", "default", "enum", "example", "examples"})
