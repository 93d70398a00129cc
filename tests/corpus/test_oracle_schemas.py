"""The comparison itself: it tells schemas apart, and only those that differ."""

from __future__ import annotations

from typing import Any

import pytest
from oracle_schemas import schema_difference

NODE = {"$ref": "#/definitions/node"}
TREE = {"definitions": {"node": {"properties": {"next": NODE, "size": {"type": "integer"}}}}}
SIZE = {"type": "integer"}
OWN = {"definitions": {"a": SIZE}}

SAME: dict[str, tuple[Any, Any]] = {
    "booleans": (True, True),
    "numbers by their value": ({"minimum": 1}, {"minimum": 1.0}),
    "a reference and its target": ({"not": SIZE}, {"not": {"$ref": "#/definitions/a"}, "definitions": {"a": SIZE}}),
    "a reference to a reference": (
        SIZE,
        {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b%20c"}, "b c": SIZE}},
    ),
    "a cycle": ({"properties": {"next": {"$circular": 2}, "size": SIZE}}, {**NODE, **TREE}),
    "a cycle that one side unrolls": (
        {"properties": {"next": {"properties": {"next": {"$circular": 2}, "size": SIZE}}, "size": SIZE}},
        {**NODE, **TREE},
    ),
    "a cycle that is left as it was written": (
        {"properties": {"next": {"$ref": "#/components/schemas/Node"}, "size": SIZE}},
        {**NODE, **TREE},
    ),
    "identifiers": ({"$id": "a", "$schema": "b", "items": {"$anchor": "c"}}, {"items": {}}),
    "what the parser notes": ({}, {"x-parser-schema-id": "a"}),
    "own definitions": (OWN, {"definitions": {"a": SIZE, "b": {}}}),
    "a reference in data that leads nowhere": ({"const": {"$ref": "#/a"}}, {"const": {"$ref": "#/a"}}),
}  # fmt: skip

DIFFERENT: dict[str, tuple[Any, Any, str]] = {
    "a boolean is no number": ({"const": 1}, {"const": True}, "/const is True, the oracle has 1"),
    "a value": ({"not": {"type": "null"}}, {"not": SIZE}, "/not/type is 'integer', the oracle has 'null'"),
    "a kind": ({"items": {}}, {"items": []}, "/items is [], the oracle has {}"),
    "a missing key": ({"title": "a"}, {}, "/title is missing"),
    "an added key": ({}, {"title": "a"}, "/title is not in the oracle's"),
    "a missing definition": (OWN, {"definitions": {}}, "/definitions/a is missing"),
    "a property called as an identifier": (
        {"properties": {"$id": {}}},
        {"properties": {}},
        "/properties/$id is missing",
    ),
    "a longer list": ({"enum": [1]}, {"enum": [1, 2]}, "/enum has 2 items, the oracle has 1"),
    "an item": ({"enum": [1, 2]}, {"enum": [1, 3]}, "/enum/1 is 3, the oracle has 2"),
    "inside a cycle": (
        {"properties": {"next": {"$circular": 2}, "size": True}},
        {**NODE, **TREE},
        "/properties/size is {'type': 'integer'}, the oracle has True",
    ),
    "a cycle to another place": (
        {"properties": {"next": {"$circular": 1}, "size": SIZE}},
        {**NODE, **TREE},
        "/properties/next/next is missing",
    ),
    "a cycle of the oracle only": (
        {"properties": {"next": {"$circular": 2}}},
        {"properties": {"next": {"properties": {}}}},
        "/properties/next/properties/next is missing",
    ),
    "a reference of the oracle only": (
        {"properties": {"next": {"$ref": "#/a"}}},
        {"properties": {"next": {}}},
        "/properties/next/$ref is missing",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SAME)
def test_schemas_that_mean_the_same_do_not_differ(case: str) -> None:
    expected, contents = SAME[case]
    assert schema_difference(expected, contents) == ""


@pytest.mark.parametrize("case", DIFFERENT)
def test_the_first_difference_is_named_with_its_place(case: str) -> None:
    expected, contents, line = DIFFERENT[case]
    assert line in schema_difference(expected, contents)
