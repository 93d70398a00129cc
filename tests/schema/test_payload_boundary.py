"""Boundary payloads: each obligation is met by a valid payload, or it is told why by none."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import strategies as st
from payload_schemas import DRAFT_2020, ORDER, SCHEMAS, SIGNUP, TREE

from pytest_asyncapi_sse.errors import DocumentError
from pytest_asyncapi_sse.model import Message
from pytest_asyncapi_sse.schema import boundary_payloads, canonical, same_json, unmet, validator
from pytest_asyncapi_sse.schema.boundary import MOST_PAYLOADS
from pytest_asyncapi_sse.schema.registration import register_format, unregister_format
from pytest_asyncapi_sse.schema.review import review


@pytest.fixture
def order_number() -> Iterator[None]:
    register_format(
        "order-number",
        strategy=st.from_regex("ORD-[0-9]{6}", fullmatch=True),
        check=lambda text: re.fullmatch("ORD-[0-9]{6}", text) is not None,
        examples=["ORD-000001"],
    )
    yield
    unregister_format("order-number")


def obligations(schema: Any) -> dict[str, list[Any]]:
    met: dict[str, list[Any]] = {}
    for boundary in boundary_payloads(schema):
        for obligation in boundary.obligations:
            met.setdefault(obligation, []).append(boundary.value)
    return met


def test_the_boundaries_of_a_signup() -> None:
    found = obligations(SIGNUP)
    assert [
        values[0].get("displayName") for name, values in found.items() if "/displayName" in name
    ] == [
        "a\rb",
        "a\nb",
        "a\r\nb",
        " a",
        ":a",
        "\ufeffa",
        "a\x00b",
        "a\u2028b",
        "data: x",
        "\n\n",
        "\U0001f600",
        "",
    ]
    assert "displayName" in found["the payload: 'displayName' present"][0]
    assert "displayName" not in found["the payload: 'displayName' absent"][0]


@pytest.mark.parametrize(
    ("schema", "values"),
    [
        ({"enum": ["a", 1, None]}, ["a", 1, None]),
        ({"const": {"a": 1}}, [{"a": 1}]),
        ({"type": "boolean"}, [False, True]),
        ({"type": "integer", "minimum": 3, "maximum": 9}, [3, 4, 9, 8]),
        ({"type": "integer", "minimum": -1, "maximum": 1}, [-1, 0, 1]),
        ({"type": "integer", "exclusiveMinimum": 3, "maximum": 5}, [4, 5]),
        ({"type": "string", "minLength": 2, "maxLength": 3, "pattern": "^b+$"}, ["bb", "bbb"]),
        (
            {"type": "array", "items": {"const": 0}, "minItems": 1, "maxItems": 4},
            [[0], [0, 0], [0, 0, 0, 0], [0, 0, 0]],
        ),
        ({"anyOf": [{"const": 1}, {"const": "x"}]}, [1, "x"]),
        ({"type": ["null", "boolean"]}, [False, True, None]),
    ],
)
def test_the_values_at_the_edges(schema: Any, values: list[Any]) -> None:
    found = [boundary.value for boundary in boundary_payloads(schema)]
    assert len(found) == len(values)
    assert all(any(same_json(value, one) for one in found) for value in values)


@pytest.mark.parametrize("name", SCHEMAS)
def test_boundary_payloads_are_valid_distinct_and_always_the_same(name: str) -> None:
    found = boundary_payloads(SCHEMAS[name])
    judge = validator(SCHEMAS[name])
    assert found
    assert all(judge.is_valid(boundary.value) for boundary in found)
    assert all(boundary.obligations for boundary in found)
    assert found == boundary_payloads(SCHEMAS[name])


def test_each_branch_is_met() -> None:
    found = obligations(SCHEMAS["tagged"])
    for index, kind in enumerate("abc", start=1):
        assert found[f"the payload: branch {index} of oneOf"][0] == {"kind": kind}


def test_a_recursive_schema_has_finite_boundaries() -> None:
    assert len(boundary_payloads(TREE)) < 20


def test_boundaries_of_a_text_message_can_be_sent() -> None:
    found = boundary_payloads(Message(name="Note", content_type="text/plain"))
    assert "" in [boundary.value for boundary in found]
    assert all("\r" not in boundary.value for boundary in found)


OF_TYPE: list[tuple[Any, list[str]]] = [
    (
        {"type": "integer", "minimum": -1},
        ["zero", "minimum", "minimum's neighbour inside", "one below zero", "the greatest int32",
         "an integer above what a double holds", "the greatest int64"],
    ),
    ({"type": "number", "minimum": 0, "maximum": 1},
     ["minimum as an integer", "minimum's neighbour inside as an integer", "zero", "minimum", "minimum's neighbour inside", "maximum", "maximum's neighbour inside",
      "the next double above the minimum", "the next double below the maximum", "a tenth",
      "a fraction", "the least double above zero", "type integer", "type fraction"]),
    ({"type": "string", "minLength": 2, "maxLength": 4},
     ["minLength", "minLength's neighbour inside", "maxLength", "maxLength's neighbour inside",
      "minLength in characters beyond the BMP", "maxLength in characters beyond the BMP",
      "two line feeds"]),
    ({"type": "string", "format": "date-time"},
     ["date-time '1990-12-31T23:59:60Z'", "date-time '9999-12-31T23:59:59-23:59'"]),
    ({"type": "string", "format": "ipv6"}, ["ipv6 '::'", "ipv6 '::ffff:192.0.2.1'"]),
    ({"type": ["string", "null"]}, ["null", "type null", "type string", "empty text"]),
    ({"type": "array", "uniqueItems": True}, ["items that nearly are equal"]),
    (
        {"$schema": DRAFT_2020, "type": "array", "contains": {"const": 1}, "minContains": 2,
         "maxContains": 4},
        ["minContains", "one more than minContains", "maxContains", "one fewer than maxContains"],
    ),
    ({"type": "object", "minProperties": 1, "maxProperties": 3},
     ["minProperties", "minProperties's neighbour inside", "maxProperties",
      "maxProperties's neighbour inside", "a property without a name",
      "a property of a name beyond the BMP", "a property called __proto__"]),
    (SCHEMAS["pattern properties"],
     ["a property that '^x-' matches", "minProperties", "minProperties's neighbour inside"]),
    (SCHEMAS["dependencies"],
     ["'card' absent", "'card' present with 'billing'", "'billing' absent",
      "what dependencies asks for with 'billing'"]),
    ({**SCHEMAS["condition"]}, ["then of if", "else of if"]),
    ({"anyOf": [{"const": 1}, {"const": 2}]}, ["branch 1 of anyOf", "branch 2 of anyOf"]),
    ({"$schema": DRAFT_2020, "type": "object", "dependentSchemas": {"a": {"required": ["b"]}}},
     ["'a' absent", "what dependentSchemas asks for with 'a'"]),
    ({"type": "object", "additionalProperties": {"type": "integer", "maximum": 3}}, []),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "labels"), OF_TYPE)
def test_what_is_tried(schema: Any, labels: list[str]) -> None:
    found = obligations(schema)
    assert [label for label in labels if f"the payload: {label}" not in found] == []


def test_what_is_tried_below_properties_that_nothing_names() -> None:
    found = obligations({"type": "object", "additionalProperties": {"maximum": 3}})
    assert found["/extra: maximum"] == [{"extra": 3}]


def test_lengths_count_code_points() -> None:
    found = obligations({"type": "string", "maxLength": 2})
    assert found["the payload: maxLength in characters beyond the BMP"] == ["\U0001f600" * 2]


def test_negative_zero_stands_for_zero_among_fractions() -> None:
    schema = {"properties": {"a": {"type": "number"}}, "required": ["a"], "type": "object"}
    [value] = obligations(schema)["/a: zero"]
    assert str(value["a"]) == "-0.0"


@pytest.mark.parametrize(
    ("schema", "values"),
    [
        ({"type": "number", "minimum": 0.5, "maximum": 9.5},
         {"minimum": 0.5, "minimum's neighbour inside": 0.75, "maximum": 9.5,
          "maximum's neighbour inside": 9.25, "minimum as an integer": 1,
          "minimum's neighbour inside as an integer": 2, "maximum as an integer": 9,
          "maximum's neighbour inside as an integer": 8}),
        ({"type": "number", "minimum": 0.3, "maximum": 9.3},
         {"minimum": 0.3, "minimum's neighbour inside": 0.5, "maximum": 9.3,
          "maximum's neighbour inside": 9.25}),
        ({"maximum": 9.5, "anyOf": [{"type": "integer"}, {"type": "number"}]},
         {"maximum": 9.5, "maximum as an integer": 9}),
        ({"type": "number", "minimum": 0.1, "multipleOf": 0.1},
         {"minimum": 0.1, "minimum's neighbour inside": 0.2, "minimum as an integer": 1}),
    ],
)  # fmt: skip
def test_bounds_of_fractions_are_apart_from_those_of_integers(
    schema: Any, values: dict[str, float]
) -> None:
    found = obligations(schema)
    assert {label: found[f"the payload: {label}"] for label in values} == {
        label: [value] for label, value in values.items()
    }


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "format": "byte"},
        {"type": "string", "format": "order-number"},
        {"type": "string", "format": "byte", "maxLength": 100},
        {"type": "string", "format": "date"},
    ],
)
def test_the_length_excludes_nothing_that_the_format_refuses(
    order_number: None, schema: Any
) -> None:
    assert "the bounds of the length exclude it" not in {item.why for item in unmet(schema)}


@pytest.mark.parametrize("format_", [{}, {"format": "of-nobody"}])
def test_the_length_of_a_free_text_excludes_what_is_longer(format_: dict[str, str]) -> None:
    found = unmet({"type": "string", "maxLength": 1, **format_})
    assert [(item.obligation, item.reason) for item in found] == [
        ("the payload: CR LF", "implied"),
        ("the payload: a field of the stream", "implied"),
        ("the payload: two line feeds", "implied"),
    ]


SAMPLES: list[tuple[Any, str]] = [
    ({"type": "string", "not": {"enum": ["a\rb", "\r"]}}, "carriage return"),
    ({"type": "string", "maxLength": 1, "not": {"const": "\U0001f600"}},
     "maxLength in characters beyond the BMP"),
    ({"type": "number", "exclusiveMinimum": 0.5, "not": {"const": 0.75}}, "minimum"),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "obligation"), SAMPLES)
def test_samples_that_are_refused_prove_nothing(schema: Any, obligation: str) -> None:
    found = {item.obligation: item.reason for item in unmet(schema)}
    assert found[f"the payload: {obligation}"] == "not-found"


@pytest.mark.parametrize(
    ("schema", "obligation"),
    [
        ({"type": ["boolean", "null"], "not": {"const": True}}, "true"),
        ({"type": ["boolean", "null"], "not": {"const": None}}, "null"),
        ({"type": "number", "minimum": 0.5, "not": {"const": 0.5}}, "minimum"),
        ({"type": "integer", "not": {"const": 0}}, "zero"),
    ],
)
def test_all_values_that_are_refused_are_a_proof(schema: Any, obligation: str) -> None:
    found = {item.obligation: item.reason for item in unmet(schema)}
    assert found[f"the payload: {obligation}"] == "implied"


def test_near_equal_items_are_no_duplicates() -> None:
    [value] = obligations({"type": "array", "uniqueItems": True, "items": {"type": "boolean"}})[
        "the payload: the fewest items"
    ]
    assert value == []
    [value] = obligations({"type": "array", "uniqueItems": True, "minItems": 3})[
        "the payload: items that nearly are equal"
    ]
    assert canonical(value[:2]) == '[1,"1"]'


DEAD: list[tuple[Any, str, str]] = [
    ({"type": "string", "enum": ["a", None]}, "/enum", "the payload: value None"),
    (
        {"type": "object", "oneOf": [{"required": ["a"]}, {"type": "null"}]},
        "/oneOf/1",
        "the payload: branch 2 of oneOf",
    ),
    (
        {"type": "object", "properties": {"a": {"minimum": 2, "maximum": 1, "type": "integer"}}},
        "/properties",
        "the payload: 'a' present",
    ),
    (
        {
            "type": "object",
            "properties": {"kind": {"enum": ["a", "b"]}},
            "required": ["kind"],
            "if": {"properties": {"kind": {"const": "c"}}},
            "then": {"required": ["more"]},
        },
        "/if",
        "the payload: then of if",
    ),
]


@pytest.mark.parametrize(("schema", "pointer", "obligation"), DEAD)
def test_what_is_declared_in_vain_is_dead(schema: Any, pointer: str, obligation: str) -> None:
    [found] = [item for item in unmet(schema) if item.reason == "dead"]
    assert (found.pointer, found.obligation) == (pointer, obligation)
    assert found.why


@pytest.mark.parametrize(
    ("schema", "obligation"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 1}, "minimum's neighbour inside"),
        ({"type": "object", "properties": {"a": {}}, "required": ["a"], "maxProperties": 1}, ""),
        ({"type": "object", "properties": {"a": {}}, "allOf": [{"required": ["a"]}]}, ""),
        ({"type": "object", "properties": {"a": False}}, "'a' present"),
        ({"if": {"type": "string"}, "then": {"minLength": 1}, "else": False}, "else of if"),
        ({"oneOf": [{"type": "string"}, False]}, "branch 2 of oneOf"),
    ],
)
def test_what_the_schema_rules_out_is_implied(schema: Any, obligation: str) -> None:
    found = {item.obligation for item in unmet(schema) if item.reason == "implied"}
    assert not [item for item in unmet(schema) if item.reason in ("dead", "not-found")]
    assert not obligation or f"the payload: {obligation}" in found


def test_a_search_that_finds_nothing_proves_nothing() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "pattern": "^(?!)"}}}
    assert {item.reason for item in unmet(schema)} == {"not-found"}


def test_what_is_left_out_is_told() -> None:
    many = {"enum": list(range(MOST_PAYLOADS + 5))}
    assert len(boundary_payloads(many)) == MOST_PAYLOADS
    assert [item.reason for item in unmet(many)] == ["left-out"] * 5
    long = {"type": "string", "maxLength": 50_000}
    [item, _] = unmet(long)
    assert (item.obligation, item.reason) == ("the payload: maxLength", "left-out")


def test_the_boundaries_are_few() -> None:
    assert 10 <= len(boundary_payloads(SIGNUP)) <= 25
    assert len(boundary_payloads(ORDER)) < 150


def test_the_boundaries_share_no_values() -> None:
    first, second, *_ = [one.value for one in boundary_payloads(ORDER)]
    first["lines"].clear()
    assert second["lines"]


_FRESH = """
from payload_schemas import SCHEMAS
from pytest_asyncapi_sse.schema import boundary_payloads, unmet
print(repr([(boundary_payloads(one), unmet(one)) for one in SCHEMAS.values()]))
"""


def test_another_process_finds_the_same(pytestconfig: pytest.Config) -> None:
    folders = [str(pytestconfig.rootpath), str(pytestconfig.rootpath / "tests" / "schema")]
    code = f"import sys; sys.path[:0] = {folders!r}\n{_FRESH}"
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=True,
        )
        for seed in ("1", "2")
    ]
    assert len(runs[0].stdout) > 10_000
    assert runs[0].stdout == runs[1].stdout


def _deep(levels: int) -> Any:
    schema: Any = {"type": "integer"}
    for _ in range(levels):
        schema = {"type": "array", "minItems": 1, "items": schema}
    return schema


_A_AND_B = {"type": "object", "required": ["a", "b"]}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"a": {"type": "array", "minItems": 6_000}}},
        {"anyOf": [{"type": "string"}, {"type": "string", "minLength": 200_000}]},
        {"anyOf": [{"type": "string"}, _deep(30)]},
        {"anyOf": [{"type": "string"}, _deep(100)]},
        {
            "$schema": DRAFT_2020,
            "anyOf": [{"properties": {name: {}}, "type": "object"} for name in "abcdef"],
            "unevaluatedProperties": False,
            "oneOf": [_A_AND_B, {"type": "null"}],
        },
    ],
)
def test_a_bound_makes_nothing_dead(schema: Any) -> None:
    assert "dead" not in {item.reason for item in unmet(schema)}
    assert "dead-branch" not in {doubt.code for doubt in review(schema)}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "pattern": "^(aaaa|bbbbbbb)+$", "minLength": 501, "maxLength": 501},
        {"type": "number", "exclusiveMinimum": 1, "exclusiveMaximum": 1.0000000000000004},
        {"type": "object", "minProperties": 30, "propertyNames": {"maxLength": 1}},
    ],
)
def test_where_none_can_be_built_some_are_drawn(schema: Any) -> None:
    found = boundary_payloads(schema)
    assert found
    assert all(validator(schema).is_valid(one.value) for one in found)
    assert found == boundary_payloads(schema)


def test_where_there_is_none_that_is_raised_as_by_payloads() -> None:
    with pytest.raises(DocumentError, match="minLength 5 is above maxLength 3"):
        boundary_payloads({"type": "string", "minLength": 5, "maxLength": 3})


def test_many_values_that_all_must_be_there_are_tried_in_counted_steps() -> None:
    schema = {
        "type": "array",
        "items": {"enum": list(range(600))},
        "uniqueItems": True,
        "minItems": 600,
    }
    assert boundary_payloads(schema)
    assert "left-out" in {item.reason for item in unmet(schema)}
