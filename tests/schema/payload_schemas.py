"""What the tests of payloads share: schemas by name, any JSON value, and quiet settings."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

QUIET = settings(max_examples=1_000, database=None, suppress_health_check=list(HealthCheck))

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=12,
)

DRAFT_2020 = "https://json-schema.org/draft/2020-12/schema"
SIGNUP = {
    "type": "object",
    "properties": {
        "displayName": {"type": "string"},
        "email": {"type": "string", "format": "email"},
    },
    "required": ["email"],
}
ORDER = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "lines"],
    "properties": {
        "id": {"type": "string", "pattern": "^ORD-[0-9]{6,10}$"},
        "total": {"type": "number", "minimum": 0, "multipleOf": 0.01},
        "lines": {
            "type": "array",
            "minItems": 1,
            "maxItems": 5,
            "items": {
                "type": "object",
                "required": ["sku", "count"],
                "properties": {
                    "sku": {"type": "string", "minLength": 3, "maxLength": 12},
                    "count": {"type": "integer", "minimum": 1, "maximum": 99},
                    "tags": {"type": "array", "uniqueItems": True, "items": {"maxLength": 9}},
                },
            },
        },
    },
}
TREE = {
    "$ref": "#/definitions/node",
    "definitions": {
        "node": {
            "type": "object",
            "required": ["value"],
            "properties": {
                "value": {"type": "integer"},
                "children": {"type": "array", "items": {"$ref": "#/definitions/node"}},
            },
            "additionalProperties": False,
        }
    },
}
BRANCHES = [
    {"type": "object", "required": ["kind"], "properties": {"kind": {"const": kind}}}
    for kind in ("a", "b", "c")
]

SCHEMAS: dict[str, Any] = {
    "anything": True,
    "empty": {},
    "signup": SIGNUP,
    "order": ORDER,
    "tree": TREE,
    "root recursion": {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"type": "integer"}, "next": {"$ref": "#"}},
    },
    "types": {"type": ["integer", "null", "boolean"]},
    "const object": {"const": {"a": [1, 2]}},
    "enum with bounds": {"enum": [1, "x", None, 7], "type": "integer", "minimum": 2},
    "exclusive bounds": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    "narrow floats": {"type": "number", "minimum": 0.1, "maximum": 0.1},
    "huge bounds": {"type": "integer", "minimum": 2**70, "maximum": 2**70 + 3},
    "multiples": {"type": "number", "multipleOf": 2.5, "maximum": -1},
    "common multiples": {"allOf": [{"multipleOf": 4}, {"multipleOf": 6}], "type": "integer"},
    "int32": {"type": "integer", "format": "int32", "minimum": 2**31 - 3},
    "lengths": {"type": "string", "minLength": 500, "maxLength": 502},
    "pattern and lengths": {
        "pattern": "^[a-z0-9-]+$",
        "minLength": 30,
        "maxLength": 32,
        "type": "string",
    },
    "lookahead": {"type": "string", "pattern": "^(?=.*[A-Z])(?=.*\\d)[A-Za-z\\d]{8,16}$"},
    "email at a domain": {"type": "string", "format": "email", "pattern": "@example\\.com$"},
    "tuple": {
        "type": "array",
        "items": [{"const": 1}, {"type": "string"}],
        "additionalItems": False,
    },
    "tuple of 2020-12": {
        "$schema": DRAFT_2020,
        "type": "array",
        "prefixItems": [{"const": 1}],
        "items": {"type": "null"},
        "minItems": 2,
    },
    "unique enum": {
        "type": "array",
        "items": {"enum": list("abc")},
        "uniqueItems": True,
        "minItems": 3,
    },
    "contains": {"type": "array", "items": {"type": "integer"}, "contains": {"minimum": 100}},
    "contains counted": {
        "$schema": DRAFT_2020,
        "type": "array",
        "items": {"type": "integer"},
        "contains": {"minimum": 100},
        "minContains": 2,
        "maxContains": 3,
    },
    "pattern properties": {
        "type": "object",
        "patternProperties": {"^x-": {"type": "string"}},
        "additionalProperties": False,
        "minProperties": 1,
    },
    "property names": {
        "type": "object",
        "minProperties": 2,
        "propertyNames": {"pattern": "^[a-z]{3,8}$"},
        "additionalProperties": {"type": "integer"},
    },
    "max properties": {
        "type": "object",
        "properties": {"a": {}, "b": {}, "c": {}},
        "maxProperties": 1,
    },
    "dependencies": {
        "type": "object",
        "properties": {"card": {"type": "number"}, "billing": {"type": "string"}},
        "dependencies": {"card": ["billing"], "billing": {"required": ["zip"]}},
    },
    "dependentRequired": {
        "$schema": DRAFT_2020,
        "type": "object",
        "required": ["a"],
        "dependentRequired": {"a": ["b"], "b": ["c"]},
    },
    "tagged": {"oneOf": BRANCHES},
    "overlapping": {
        "oneOf": [{"type": "integer", "multipleOf": 3}, {"type": "integer", "multipleOf": 5}]
    },
    "open objects": {
        "oneOf": [
            {"type": "object", "properties": {"a": {"type": "integer"}}},
            {"type": "object", "properties": {"b": {"type": "string"}}},
        ]
    },
    "anyOf and allOf": {"anyOf": BRANCHES, "allOf": [{"required": ["x"]}, {"minProperties": 3}]},
    "not": {"type": "string", "not": {"enum": ["", "a"]}},
    "not an object with a name": {"type": "object", "not": {"required": ["a"]}},
    "condition": {
        "type": "object",
        "required": ["country", "zip"],
        "properties": {"country": {"enum": ["US", "NL"]}, "zip": {"type": "string"}},
        "if": {"properties": {"country": {"const": "US"}}},
        "then": {"properties": {"zip": {"pattern": "^[0-9]{5}$"}}},
        "else": {"properties": {"zip": {"pattern": "^[0-9]{4} [A-Z]{2}$"}}},
    },
    "unevaluated": {
        "$schema": DRAFT_2020,
        "allOf": [
            {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
        ],
        "properties": {"name": {"type": "string"}},
        "unevaluatedProperties": False,
    },
    "any JSON": {
        "oneOf": [
            {"type": ["null", "boolean", "number", "string"]},
            {"type": "array", "items": {"$ref": "#"}},
            {"type": "object", "additionalProperties": {"$ref": "#"}},
        ]
    },
    "anchors": {
        "$schema": DRAFT_2020,
        "properties": {"p": {"$ref": "#point"}},
        "required": ["p"],
        "$defs": {"pt": {"$anchor": "point", "type": "object", "required": ["x"]}},
    },
}
