"""Bounds: schemas that ask for much, branch much or allow nothing end in payloads or in words."""

from __future__ import annotations

import faulthandler
import json
from collections.abc import Iterator
from typing import Any

import pytest

from pytest_asyncapi_sse.errors import DocumentError
from pytest_asyncapi_sse.model import Message, PayloadSchema
from pytest_asyncapi_sse.schema import boundary_payloads, payloads, satisfiable, validator
from pytest_asyncapi_sse.schema.bounds import MOST_BRANCHES, NoPayloadFound
from pytest_asyncapi_sse.schema.branching import branching
from pytest_asyncapi_sse.schema.engine import Engine
from pytest_asyncapi_sse.schema.enumeration import different
from pytest_asyncapi_sse.schema.fitting import Fitting
from pytest_asyncapi_sse.schema.overlap import MOST_CONTAINED, Specimens, contained
from pytest_asyncapi_sse.schema.review import NOT_FOUND, UNSATISFIABLE, flaws, review
from pytest_asyncapi_sse.schema.sources import roots
from pytest_asyncapi_sse.schema.strategies import Builder, drawn_payloads

_HANGS_AFTER = 60.0
_DRAWN = 20

Schema = dict[str, Any]


@pytest.fixture(autouse=True)
def _end_what_hangs() -> Iterator[None]:
    faulthandler.dump_traceback_later(_HANGS_AFTER, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


def tagged(name: str, value: object) -> Schema:
    return {"type": "object", "required": [name], "properties": {name: {"const": value}}}


def nested(count: int) -> Schema:
    schema = tagged("k", 0)
    for index in range(1, count + 1):
        schema = {"oneOf": [schema, tagged("k", index)]}
    return schema


def product(factors: int, branches: int) -> Schema:
    names = [[f"k{one}_{index}" for index in range(branches)] for one in range(factors)]
    return {
        "allOf": [
            {
                "oneOf": [
                    {"required": [name], "properties": {name: {"const": index}}}
                    for index, name in enumerate(row)
                ]
            }
            for row in names
        ]
    }


def chain(count: int, keyword: str) -> Schema:
    names = [f"#/definitions/D{index}" for index in range(count + 1)]
    definitions: Schema = {
        f"D{index}": {keyword: [{"$ref": names[index + 1]}, {"$ref": names[index + 1]}]}
        for index in range(count)
    }
    return {"$ref": names[0], "definitions": {**definitions, f"D{count}": {"type": "string"}}}


def pairs(depth: int) -> Schema:
    definitions: Schema = {
        f"D{index}": {
            "type": "object",
            "required": ["l", "r"],
            "properties": {name: {"$ref": f"#/definitions/D{index + 1}"} for name in "lr"},
        }
        for index in range(depth)
    }
    return {
        "$ref": "#/definitions/D0",
        "definitions": {**definitions, f"D{depth}": {"type": "string"}},
    }


def arrays(depth: int, *, least: int) -> Schema:
    schema: Schema = {"type": "string"}
    for _ in range(depth):
        schema = {"type": "array", "minItems": least, "items": schema}
    return schema


def objects(depth: int) -> Schema:
    schema: Schema = {"type": "string"}
    for _ in range(depth):
        schema = required(1, schema)
    return schema


def dead_ends(depth: int) -> Schema:
    """Return a schema in which the first of two ways leads nowhere, on each level."""
    nowhere = {"type": "object", "required": ["z"], "properties": {"z": False}}
    definitions: Schema = {
        f"D{index}": required(1, {"anyOf": [nowhere, {"$ref": f"#/definitions/D{index + 1}"}]})
        for index in range(depth)
    }
    return {
        "$ref": "#/definitions/D0",
        "definitions": {**definitions, f"D{depth}": {"type": "string"}},
    }


def unique(least: int, items: Schema) -> Schema:
    return {"type": "array", "uniqueItems": True, "minItems": least, "items": items}


def required(count: int, schema: Schema) -> Schema:
    names = [f"p{index}" for index in range(count)]
    return {"type": "object", "required": names, "properties": dict.fromkeys(names, schema)}


CONDITIONS: Schema = {
    "type": "object",
    "allOf": [
        {
            "if": tagged(f"a{index}", index),
            "then": {"required": [f"b{index}"]},
            "else": {"required": [f"c{index}"]},
        }
        for index in range(20)
    ],
}
CUBE: Schema = {
    "oneOf": [
        {"oneOf": [{"oneOf": [tagged("k", f"{a}{b}{c}") for c in range(12)]} for b in range(12)]}
        for a in range(12)
    ]
}
SELVES: Schema = {
    "type": "object",
    "properties": {f"p{index}": {"$ref": "#"} for index in range(30)},
}
ITEM: Schema = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "integer"}, "name": {"type": "string"}},
}
OPTIONAL_TAGS: Schema = {
    "oneOf": [{"type": "object", "properties": {"kind": {"const": index}}} for index in range(40)]
}

SATISFIABLE: dict[str, Schema] = {
    "30 nested oneOf": nested(30),
    "6 times 3 branches": product(6, 3),
    "6 times 5 branches": product(6, 5),
    "anyOf doubled 10 times": chain(10, "anyOf"),
    "allOf doubled 10 times": chain(10, "allOf"),
    "a long text": {"type": "string", "minLength": 100_000},
    "a long array": {"type": "array", "minItems": 3_000, "items": {"type": "integer"}},
    "many properties": {"type": "object", "minProperties": 2_000},
    "many required properties": required(3_000, {"type": "string"}),
    "a long pattern": {"type": "string", "pattern": "^[a-z]{5000,9000}$"},
    "a long repeated group": {"type": "string", "pattern": "^(ab|cd){3000}$"},
    "all of 300 integers": unique(300, {"type": "integer", "minimum": 0, "maximum": 299}),
    "2000 different objects": unique(2_000, ITEM),
    "300 different dates": unique(300, {"type": "string", "format": "date"}),
    "300 different texts of a pattern": unique(300, {"type": "string", "pattern": "^[a-f]{4}$"}),
    "20 conditions": CONDITIONS,
    "12 x 12 x 12 branches": CUBE,
    "40 branches with optional tags": OPTIONAL_TAGS,
    "30 references to itself": SELVES,
    "10 required references to itself": required(10, {"oneOf": [{"$ref": "#"}, {"type": "null"}]}),
    "12 levels": pairs(9),
    "50 objects": objects(50),
    "10 arrays of two": arrays(10, least=2),
    "50 arrays": arrays(50, least=1),
    "50 choices": dead_ends(50),
    "a full IPv6 address": {
        "type": "string",
        "format": "ipv6",
        "minLength": 39,
        "pattern": "^f",
    },
    "a small alternative": {
        "oneOf": [{"type": "array", "minItems": 10**9}, {"type": "string", "maxLength": 9}]
    },
}


@pytest.mark.parametrize("name", SATISFIABLE)
def test_a_schema_that_asks_for_much_gives_valid_payloads(name: str) -> None:
    source = PayloadSchema(SATISFIABLE[name])
    assert flaws(source) == []
    drawn = drawn_payloads(source, _DRAWN)
    assert len({json.dumps(value) for value in drawn}) > 2
    assert all(map(validator(source).is_valid, drawn))
    assert satisfiable(source) is True


NOT_GENERATED = "payloads of this size are not generated: "
TOO_DEEP = (
    "payloads as deep as it asks for are not generated, at most 64 levels of objects and arrays are"
)

NOTHING_FOUND: dict[str, tuple[Schema, str, str]] = {
    "minItems": (
        {"type": "array", "minItems": 10**9},
        "#/minItems",
        f"{NOT_GENERATED}minItems is 1000000000, at most 5000",
    ),
    "minItems below": (
        required(1, {"type": "array", "minItems": 100_000}),
        "#/properties/p0/minItems",
        f"{NOT_GENERATED}minItems is 100000, at most 5000",
    ),
    "minContains": (
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "array",
            "contains": {"type": "string"},
            "minContains": 10**6,
        },
        "#/contains",
        f"{NOT_GENERATED}minItems is 1000000, at most 5000",
    ),
    "minProperties": (
        {"type": "object", "minProperties": 50_000},
        "#/minProperties",
        f"{NOT_GENERATED}minProperties is 50000, at most 5000",
    ),
    "minLength": (
        {"type": "string", "minLength": 200_000},
        "#/minLength",
        f"{NOT_GENERATED}minLength is 200000, at most 100000",
    ),
    "arrays in an array": (
        {"type": "array", "minItems": 3_000, "items": {"type": "array", "minItems": 3_000}},
        "#",
        f"{NOT_GENERATED}the smallest one that was seen has 9003001 values, at most 20000",
    ),
    "two to the 15th": (
        pairs(15),
        "#/definitions/D0",
        f"{NOT_GENERATED}the smallest one that was seen has 65535 values, at most 20000",
    ),
    "60 references": (
        pairs(60),
        "#/definitions/D0",
        f"{NOT_GENERATED}the smallest one that was seen has {2**61 - 1} values, at most 20000",
    ),
    "80 arrays": (arrays(80, least=1), "#", TOO_DEEP),
    "80 choices": (dead_ends(80), "#/definitions/D0", TOO_DEEP),
    "40 doubled oneOf": (chain(40, "oneOf"), "#", f"at most {MOST_BRANCHES}"),
    "40 doubled allOf": (chain(40, "allOf"), "#", f"at most {MOST_BRANCHES}"),
    "a short date-time": (
        {"type": "string", "format": "date-time", "pattern": "^2020", "maxLength": 12},
        "#",
        "nothing that was tried fits 'format', 'maxLength' and 'pattern' together",
    ),
    "patterns that exclude each other": (
        required(1, {"allOf": [{"type": "string", "pattern": "^a+$"}, {"pattern": "^b+$"}]}),
        "#/properties/p0",
        "at /p0 of the payload: nothing that was tried fits 'pattern'",
    ),
    "a pattern and its opposite": (
        {"type": "string", "pattern": "^(a|aa)+$", "not": {"pattern": "^(a|a?)+$"}},
        "#",
        "nothing that was tried fits 'not' and 'pattern' together",
    ),
}


@pytest.mark.parametrize("name", NOTHING_FOUND)
def test_where_nothing_is_found_the_bound_and_the_place_are_told(name: str) -> None:
    schema, pointer, text = NOTHING_FOUND[name]
    [doubt] = [found for found in flaws(schema) if found.code == NOT_FOUND]
    assert text in doubt.problem.message
    assert doubt.problem.message.endswith(f"(in the payload schema at {pointer})")
    assert doubt.problem.advice
    with pytest.raises(NoPayloadFound):
        payloads(schema)


IMPOSSIBLE: dict[str, tuple[Schema, str, str]] = {
    "three booleans that differ": (
        unique(3, {"type": "boolean"}),
        "#/uniqueItems",
        "3 items that all differ are needed, and the items have 2 values",
    ),
    "four values of an enum": (
        unique(4, {"enum": [1, 2, "a"]}),
        "#/uniqueItems",
        "4 items that all differ are needed, and the items have 3 values",
    ),
    "no multiple": (
        {"type": "number", "multipleOf": 1e-7, "minimum": 5e-8, "maximum": 9e-8},
        "#/multipleOf",
        "no multiple of 1e-07 lies within the bounds",
    ),
    "the same branch twice": (
        chain(10, "oneOf"),
        "#/definitions/D0/oneOf",
        "all that matches one branch of oneOf matches another as well",
    ),
    "itself": (
        {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#"}}},
        "#",
        "at /a of the payload: it requires itself without end",
    ),
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_what_the_structure_rules_out_is_called_unsatisfiable(name: str) -> None:
    schema, pointer, text = IMPOSSIBLE[name]
    [doubt] = flaws(schema)
    assert doubt.code == UNSATISFIABLE
    assert text in doubt.problem.message
    assert doubt.problem.message.endswith(f"(in the payload schema at {pointer})")
    assert satisfiable(schema) is False


@pytest.mark.parametrize(
    "name", ["80 arrays", "80 choices", "minItems", "two to the 15th", "a short date-time"]
)
def test_a_bound_proves_nothing(name: str) -> None:
    assert satisfiable(NOTHING_FOUND[name][0]) is None


@pytest.mark.parametrize(
    ("schema", "most"),
    [(nested(30), 5_000), (product(6, 5), 20_000), (CONDITIONS, 20_000), (CUBE, 40_000)],
)
def test_the_search_takes_few_steps(schema: Schema, most: int) -> None:
    fitting = Fitting(Engine(PayloadSchema(schema)))
    assert fitting.depth(fitting.places.root()) == 1
    assert fitting.steps.taken < most


def test_a_search_that_takes_too_many_steps_is_given_up_in_words() -> None:
    fitting = Fitting(Engine(PayloadSchema(nested(30))))
    fitting.steps.most = 50
    fitting.is_strict = True
    with pytest.raises(NoPayloadFound, match="in 50 steps of search: its choices"):
        fitting.depth(fitting.places.root())
    fitting.is_strict = False
    assert fitting.depth(fitting.places.root()) == 0


def test_branches_are_counted_through_references() -> None:
    assert branching({"type": "string"}) == 1
    assert branching(chain(3, "anyOf")) == 30
    assert branching({"properties": {"a": {"$ref": "#"}, "b": {"$ref": "#"}}}) == 2
    assert branching({"anyOf": [{"$ref": "#"}, True]}) == 4
    assert branching({"$ref": "#/definitions/a~1b", "definitions": {"a/b": {"not": {}}}}) == 3


class PanicException(BaseException):
    """Stand for what Rust raises where it panics, which is no Exception."""


@pytest.mark.parametrize("error", [PanicException("__eq__ failed"), RecursionError("too deep")])
def test_a_panic_of_the_judge_is_a_document_error(error: BaseException) -> None:
    class Judge:
        def is_valid(self, _value: object) -> bool:
            raise error

    engine = Engine(PayloadSchema({"type": "string"}))
    engine.rules = Judge()
    with pytest.raises(DocumentError, match="can't be judged by this schema: (__eq__|too deep)"):
        engine.is_valid("a")


def test_an_interrupt_is_not_taken_for_a_panic() -> None:
    class Judge:
        def is_valid(self, _value: object) -> bool:
            raise KeyboardInterrupt

    engine = Engine(PayloadSchema({"type": "string"}))
    engine.rules = Judge()
    with pytest.raises(KeyboardInterrupt):
        engine.is_valid("a")


def test_many_messages_are_told_apart_by_the_first_overlaps() -> None:
    message = Message(name="m", schema=PayloadSchema({"type": "object"}))
    [root] = roots(message)
    specimens = [
        Specimens.of(root, write=lambda value: value, fits=validator(message).is_valid)
        for _ in range(60)
    ]
    assert len(list(contained(specimens))) == MOST_CONTAINED


def test_different_values_are_built_for_every_type() -> None:
    schema = {"type": ["string", "integer", "number", "object", "array", "boolean", "null"]}
    builder = Builder(roots(schema)[0])
    found = different(builder.fitting, builder.root(), 2, 200)
    assert len({json.dumps(value) for value in found}) == 200
    assert {type(value) for value in found} == {str, int, float, dict, list, bool, type(None)}


@pytest.mark.parametrize("name", ["30 nested oneOf", "6 times 5 branches", "20 conditions"])
def test_boundary_payloads_of_branches_end(name: str) -> None:
    found = boundary_payloads(SATISFIABLE[name])
    assert found
    assert all(validator(SATISFIABLE[name]).is_valid(one.value) for one in found)


def test_a_review_of_many_branches_ends() -> None:
    assert review(CUBE) == []
    assert review(OPTIONAL_TAGS) == []
