"""Keywords: what they hold, so that schemas and references are searched, and nothing else."""

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
# Below these the user gives the names, so that a schema may be called `default` and a message
# `x-own`: those of JSON Schema, and the maps of an AsyncAPI document.
USER_NAMED = frozenset(
    {
        *(keyword for keyword, kind in KINDS.items() if kind == NAMED),
        "channelBindings",
        "channels",
        "correlationIds",
        "messageBindings",
        "messageTraits",
        "messages",
        "operationBindings",
        "operationTraits",
        "operations",
        "parameters",
        "replies",
        "replyAddresses",
        "schemas",
        "securitySchemes",
        "serverBindings",
        "serverVariables",
        "servers",
        "variables",
    }
)


def is_data(key: str) -> bool:
    """Whether a key, which is no name of the user's, holds data whatever it looks like."""
    return key in DATA or key.startswith("x-")
