"""What is told to be impossible, against payloads that the validator accepts."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from pytest_asyncapi_sse.schema import payloads, satisfiable, unmet, validator
from pytest_asyncapi_sse.schema.dead import DeadEnd, dead_ends
from pytest_asyncapi_sse.schema.review import UNSATISFIABLE, flaws
from pytest_asyncapi_sse.schema.samples import samples
from pytest_asyncapi_sse.schema.sources import roots
from pytest_asyncapi_sse.schema.validation import engine_of

Schema = dict[str, Any]


def closed(*names: str, **rest: Any) -> Schema:
    properties = dict.fromkeys(names, True)
    return {"type": "object", "properties": properties, "additionalProperties": False, **rest}


def tagged(name: str, value: Any) -> Schema:
    return {"type": "object", "properties": {name: {"const": value}}, "required": [name]}


def listing(name: str, value: Any, needed: str) -> Schema:
    return {"type": "object", "properties": {name: {"enum": [value]}}, "required": [needed]}


RIVALS = [listing("v", name, name) for name in "bcd"]
TAGS = [tagged("kind", name) for name in "bcd"]
EMPTY = {"properties": {"kind": {"const": "a"}}, "maxProperties": 0}
SHUT = {"properties": {"kind": {"const": "a"}}}

# Each with a payload that takes the first branch of its oneOf.
AVOIDING: dict[str, tuple[Schema, Any]] = {
    "a closed object around": (
        closed(*"nbcd", oneOf=[{"type": "object", "required": ["n"]}, *RIVALS]),
        {"n": 1},
    ),
    "a branch of no property": ({"oneOf": [EMPTY, *TAGS]}, {}),
    "names around": ({"propertyNames": {"enum": ["a"]}, "oneOf": [SHUT, *TAGS]}, {"a": 1}),
    "a most around": ({"type": "object", "maxProperties": 0, "oneOf": [SHUT, *TAGS]}, {}),
    "a forbidden tag": (
        {"properties": {"kind": False}, "oneOf": [SHUT, *TAGS]},
        {"other": 1},
    ),
    "references": (
        {
            "$defs": {"first": EMPTY, "second": TAGS[0]},
            "oneOf": [{"$ref": "#/$defs/first"}, {"$ref": "#/$defs/second"}, *TAGS[1:]],
        },
        {},
    ),
}


def ends_of(schema: Schema) -> list[DeadEnd]:
    return dead_ends(engine_of(roots(schema)[0]))


@pytest.mark.parametrize(("schema", "payload"), AVOIDING.values(), ids=AVOIDING)
def test_a_branch_that_avoids_its_rivals_without_its_tag_is_not_dead(
    schema: Schema, payload: Any
) -> None:
    assert validator(schema).is_valid(payload)
    assert satisfiable(schema) is not False
    assert not [doubt for doubt in flaws(schema) if doubt.code == UNSATISFIABLE]
    assert "/oneOf/0" not in {end.pointer for end in ends_of(schema)}
    assert not [
        item for item in unmet(schema) if item.reason == "dead" and item.pointer == "/oneOf/0"
    ]
    drawn = samples(payloads(schema), 5)
    assert drawn
    assert all(map(validator(schema).is_valid, drawn))


def _small() -> list[Any]:
    names, values = ("a", "b", "v"), (0, "b", {}, {"a": 0})
    found: list[Any] = [None, 0, 1, "b", [], [0], [{}], [{"a": 0}]]
    for count in range(len(names) + 1):
        for chosen in itertools.combinations(names, count):
            sent = itertools.product(values, repeat=count)
            found += [dict(zip(chosen, one, strict=True)) for one in sent]
    return found


SMALL = _small()
PARTS: tuple[Any, ...] = (
    {"type": "object", "required": ["a"]},
    {"properties": {"a": {"const": 0}}, "maxProperties": 1},
    listing("v", "b", "b"),
    tagged("a", 0),
    tagged("a", "b"),
    {"properties": {"v": {"enum": ["b"]}, "b": False}},
    {"type": "array", "contains": {"required": ["a"], "type": "object"}},
    {"type": "object", "minProperties": 1, "additionalProperties": {"type": "object"}},
)
AROUND: tuple[Schema, ...] = (
    {},
    closed("a", "b"),
    {"maxProperties": 1},
    {"propertyNames": {"enum": ["a", "v"]}},
    {"minProperties": 2, "properties": {"b": {"type": "integer"}}},
)


def _combined(keyword: str) -> list[Schema]:
    branches = [*itertools.combinations(PARTS, 4)][::6]
    return [{**around, keyword: [*some]} for around in AROUND for some in branches]


def _takes(schema: Schema, end: DeadEnd, payload: Any) -> bool:
    keyword, index = end.pointer.removeprefix("/").split("/")
    return bool(validator(schema[keyword][int(index)]).is_valid(payload))


@pytest.mark.parametrize("keyword", ["oneOf", "anyOf"])
def test_no_payload_takes_what_is_told_to_be_dead(keyword: str) -> None:
    told = 0
    for schema in _combined(keyword):
        valid = [payload for payload in SMALL if validator(schema).is_valid(payload)]
        assert not valid or satisfiable(schema) is not False, schema
        dead = [end for end in ends_of(schema) if end.pointer.count("/") == 2]
        branches = [end for end in dead if end.pointer.startswith(f"/{keyword}/")]
        told += len(branches)
        for end, payload in itertools.product(branches, valid):
            assert not _takes(schema, end, payload), (schema, end, payload)
    assert told


def _nested(levels: int) -> Schema:
    found: Schema = {"type": "integer"}
    for _ in range(levels):
        found = {"type": "object", "properties": {"a": found}, "required": ["a"]}
    return found


def _optional(schema: Schema) -> Schema:
    return {"type": "object", "properties": {"held": schema}}


_FEW = {"type": "object", "minProperties": 1, "additionalProperties": _nested(10)}
_HELD = {"type": "array", "contains": _nested(70)}

DEEP: dict[str, Schema] = {
    "an item that contains asks for": _HELD,
    "an undeclared property": _FEW,
    "an undeclared property beyond the bound": {**_FEW, "additionalProperties": _nested(70)},
    "a branch": {"oneOf": [_HELD, {"type": "integer"}]},
    "one of two types": {
        "type": ["array", "object"],
        "required": ["a"],
        "properties": {"a": False},
        "contains": _nested(70),
    },
    "one of two types, the other of too few items": {
        **_nested(70),
        "type": ["array", "object"],
        "items": {"const": 0},
        "minItems": 2,
        "uniqueItems": True,
    },
    "an item that is deep in one branch": {
        "type": "array",
        "contains": {"oneOf": [_nested(70), {**_nested(70), "maxProperties": 0}]},
    },
}


@pytest.mark.parametrize("schema", DEEP.values(), ids=DEEP)
def test_what_is_only_too_deep_is_not_told_to_be_dead(schema: Schema) -> None:
    assert satisfiable(schema) is not False
    assert not [doubt for doubt in flaws(schema) if doubt.code == UNSATISFIABLE]
    assert ends_of(_optional(schema)) == []


def test_an_undeclared_property_of_ten_levels_is_drawn() -> None:
    drawn = samples(payloads(_FEW), 3)
    assert drawn
    assert all(map(validator(_FEW).is_valid, drawn))


IMPOSSIBLE: dict[str, Schema] = {
    "no undeclared property": {**_FEW, "additionalProperties": False},
    "an item of no type": {"type": "array", "contains": {"allOf": [_FEW, {"type": "null"}]}},
    "a chain without end": {
        "$ref": "#/$defs/one",
        "$defs": {
            "one": {
                "type": "object",
                "required": ["a"],
                "properties": {"a": {"$ref": "#/$defs/one"}},
            }
        },
    },
    "a required name that is refused": {
        "type": "object",
        "required": ["a"],
        "propertyNames": {"minLength": 2},
    },
}


@pytest.mark.parametrize("schema", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_is_impossible_is_still_told(schema: Schema) -> None:
    assert satisfiable(schema) is False
    definitions = schema.get("$defs", {})
    assert "/properties/held" in {
        end.pointer for end in ends_of({**_optional(schema), "$defs": definitions})
    }
