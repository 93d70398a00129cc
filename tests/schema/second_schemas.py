"""Schemas for the second engine: those that it alone finds payloads of, and more to compare on."""

from __future__ import annotations

from typing import Any

_ONE_WAY = {
    "type": "object",
    "minProperties": 3,
    "properties": {name: {"type": "string"} for name in ("mail", "phone", "post", "fax")},
    "oneOf": [{"required": [name]} for name in ("mail", "phone", "post", "fax")],
}

ONLY_OTHER: dict[str, Any] = {
    "one of four names": _ONE_WAY,
    "one of four names in a property": {
        "type": "object",
        "required": ["contact"],
        "properties": {"contact": {"$ref": "#/definitions/contact"}},
        "definitions": {"contact": _ONE_WAY},
    },
}

# For the comparison with the engine, beside the schemas that all tests of payloads share.
MORE: dict[str, Any] = {
    "event": {
        "type": "object",
        "required": ["id", "kind", "at"],
        "properties": {
            "id": {"type": "integer", "minimum": 1},
            "kind": {"enum": ["created", "deleted"]},
            "at": {"type": "string", "format": "date-time"},
            "by": {"type": ["string", "null"], "maxLength": 20},
        },
        "additionalProperties": False,
    },
    "price": {"type": "number", "minimum": 0, "exclusiveMaximum": 1000},
    "even": {"type": "integer", "multipleOf": 2, "minimum": 3, "maximum": 999},
    "short list": {"type": "array", "items": {"type": "boolean"}, "minItems": 1, "maxItems": 3},
    "unique": {"type": "array", "items": {"enum": [1, 2, 3]}, "uniqueItems": True, "minItems": 2},
    "not a number": {"not": {"type": ["number", "object", "array"]}},
    "either": {"anyOf": [{"type": "string", "minLength": 2}, {"type": "integer", "maximum": -1}]},
    "just one": {"oneOf": [{"required": ["a"]}, {"required": ["b"]}], "type": "object"},
    "mail": {"type": "string", "format": "email", "maxLength": 60},
    "address": {"type": "string", "format": "ipv4"},
    "named": {"type": "object", "propertyNames": {"pattern": "^[a-z]+$"}, "maxProperties": 3},
    "needs": {"type": "object", "properties": {"a": {}, "b": {}}, "dependencies": {"a": ["b"]}},
}
