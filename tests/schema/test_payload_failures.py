"""What rejects a value, and whether it does so alone."""

from __future__ import annotations

from typing import Any

import pytest
from payload_schemas import BRANCHES, DRAFT_2020

from pytest_asyncapi_sse.model import PayloadSchema
from pytest_asyncapi_sse.schema import invalid_examples
from pytest_asyncapi_sse.schema.dialects import dialect_of
from pytest_asyncapi_sse.schema.engine import Engine
from pytest_asyncapi_sse.schema.failures import Share, failures, share
from pytest_asyncapi_sse.schema.sites import is_at

COUNTED = {"$schema": DRAFT_2020, "contains": {"const": 1}, "minContains": 2, "maxContains": 3}


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        ({"properties": {"a/b": {"type": "string"}}}, {"a/b": 1}, [("/a~1b", "type")]),
        ({"properties": {"required": False}}, {"required": 1}, [("/required", "properties")]),
        ({"required": ["a"], "minProperties": 1}, {}, [("", "minProperties"), ("", "required")]),
        ({"additionalProperties": False}, {"a": 1}, [("", "additionalProperties")]),
        ({"additionalProperties": {"type": "null"}}, {"a": 1}, [("/a", "type")]),
        ({"items": [True], "additionalItems": False}, [1, 2], [("", "additionalItems")]),
        ({"$schema": DRAFT_2020, "prefixItems": [True], "items": False}, [1, 2], [("", "items")]),
        ({"items": [True, False]}, [1, 2], [("/1", "items")]),
        ({"propertyNames": {"maxLength": 1}}, {"ab": 1}, [("", "propertyNames")]),
        ({"dependencies": {"a": ["b"]}}, {"a": 1}, [("", "dependencies")]),
        ({"dependencies": {"a": {"required": ["b"]}}}, {"a": 1}, [("", "required")]),
        ({"if": {"const": 1}, "then": False}, 1, [("", "then")]),
        ({"allOf": [{"$ref": "#/definitions/n"}], "definitions": {"n": {"minimum": 3}}}, 1, [("", "minimum")]),
        ({"format": "int32"}, 2**40, [("", "format")]),
        ({"properties": {"": {"type": "null"}, "00": {"type": "null"}}}, {"00": 1}, [("/0", "type")]),
        (COUNTED, [2], [("", "contains")]),
        (COUNTED, [1], [("", "minContains")]),
        (COUNTED, [1, 1, 1, 1], [("", "maxContains")]),
        ({"contains": {"const": 1}, "type": "array"}, [1], []),
    ],
)  # fmt: skip
def test_a_failure_is_at_a_place_and_of_a_keyword(
    schema: Any, value: Any, expected: list[tuple[str, str]]
) -> None:
    found = failures(_engine(schema), value)
    assert sorted((one.pointer, one.keyword) for one in found) == expected


@pytest.mark.parametrize(
    ("schema", "value", "pointer", "keyword", "expected"),
    [
        ({"minimum": 3}, 1, "", "minimum", Share.ALL),
        ({"minimum": 3}, 1, "", "maximum", Share.NONE),
        ({"minimum": 3, "multipleOf": 2}, 1, "", "minimum", Share.SOME),
        ({"oneOf": BRANCHES}, {"kind": "d"}, "/kind", "const", Share.ALL),
        ({"oneOf": BRANCHES}, {"kind": "d"}, "", "oneOf", Share.ALL),
        ({"oneOf": BRANCHES}, {}, "", "required", Share.ALL),
        ({"oneOf": BRANCHES, "minProperties": 2}, {"kind": "d"}, "/kind", "const", Share.SOME),
        ({"anyOf": [{"type": "null"}, {"minimum": 3, "multipleOf": 2}]}, 1, "", "minimum", Share.SOME),
        ({"anyOf": [{"type": "null"}, {"minimum": 3, "multipleOf": 2}]}, 1, "", "type", Share.ALL),
        ({"oneOf": [{"minimum": 3}, {"multipleOf": 2}]}, 4, "", "oneOf", Share.ALL),
        ({"oneOf": [{"minimum": 3}, {"multipleOf": 2}]}, 4, "", "minimum", Share.NONE),
    ],
)  # fmt: skip
def test_a_keyword_has_all_some_or_none_of_a_rejection(
    schema: Any, value: Any, pointer: str, keyword: str, expected: Share
) -> None:
    assert share(failures(_engine(schema), value), pointer, keyword) is expected


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "pattern": "^[a-z]+$", "minLength": 3, "maxLength": 5},
        {"type": "integer", "minimum": 4, "multipleOf": 4, "maximum": 12},
        {"type": "array", "items": {"type": "integer"}, "minItems": 2, "uniqueItems": True, "maxItems": 3},
        {"type": "object", "required": ["a", "b"], "maxProperties": 2,
         "properties": {"a": {"type": "null"}, "b": {"type": "null"}, "c": {"type": "null"}}},
    ],
)  # fmt: skip
def test_the_named_keyword_is_all_that_fails_where_it_can_be(schema: Any) -> None:
    engine = _engine(schema)
    for found in invalid_examples(schema):
        names = {(one.pointer, one.keyword) for one in failures(engine, found.value)}
        assert names == {(found.pointer, found.keyword)}


def _engine(schema: Any) -> Engine:
    return Engine(PayloadSchema(schema, dialect=dialect_of(schema)))


def test_a_text_has_no_places_in_it() -> None:
    assert is_at({"a": ["x"]}, ("a", 0))
    assert not is_at({"a": "x"}, ("a", 0))
