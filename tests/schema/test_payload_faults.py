"""Invalid payloads are invalid at the named place; boundary payloads are valid and complete."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from payload_schemas import ORDER, QUIET, SCHEMAS, SIGNUP, TREE

from pytest_asyncapi_sse.model import Channel, Message, PayloadSchema
from pytest_asyncapi_sse.schema import (
    Invalid,
    boundary_payloads,
    invalid_payloads,
    invalid_targets,
    same_json,
    validator,
)

EVERY_KEYWORD = {
    "type": "object",
    "additionalProperties": False,
    "required": ["n"],
    "properties": {
        "n": {"type": "number", "minimum": 0, "maximum": 10, "multipleOf": 0.5},
        "o": {"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 5},
        "s": {"type": "string", "minLength": 2, "maxLength": 4, "pattern": "^[a-z]+$"},
        "f": {"type": "string", "format": "date"},
        "i": {"type": "integer", "format": "int32"},
        "e": {"enum": ["x", 1, None]},
        "c": {"const": "fixed"},
        "l": {"type": "array", "minItems": 1, "maxItems": 2, "uniqueItems": True, "items": True},
    },
}


def test_the_targets_are_all_places_and_keywords() -> None:
    assert invalid_targets(EVERY_KEYWORD) == (
        ("", "type"),
        ("", "required"),
        ("", "additionalProperties"),
        ("/n", "type"),
        ("/n", "minimum"),
        ("/n", "maximum"),
        ("/n", "multipleOf"),
        ("/o", "type"),
        ("/o", "exclusiveMinimum"),
        ("/o", "exclusiveMaximum"),
        ("/s", "type"),
        ("/s", "minLength"),
        ("/s", "maxLength"),
        ("/s", "pattern"),
        ("/f", "type"),
        ("/f", "format"),
        ("/i", "type"),
        ("/i", "format"),
        ("/e", "enum"),
        ("/c", "const"),
        ("/l", "type"),
        ("/l", "minItems"),
        ("/l", "maxItems"),
        ("/l", "uniqueItems"),
    )


@pytest.mark.parametrize("target", invalid_targets(EVERY_KEYWORD))
def test_each_target_breaks_its_own_keyword(target: tuple[str, str]) -> None:
    judge = validator(EVERY_KEYWORD)

    @settings(QUIET, max_examples=10, phases=[Phase.generate])
    @given(invalid_payloads(EVERY_KEYWORD, target=target))
    def check(found: Invalid) -> None:
        assert (found.pointer, found.keyword) == target
        pointers = {one.pointer for one in judge.iter_errors(found.value)}
        assert pointers == {target[0]} or target == ("", "additionalProperties")

    check()


@pytest.mark.parametrize("name", ["signup", "order", "tree", "tagged", "condition", "tuple"])
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_invalid_payloads_are_invalid(name: str, data: st.DataObject) -> None:
    found = data.draw(invalid_payloads(SCHEMAS[name]))
    assert isinstance(found, Invalid)
    assert not validator(SCHEMAS[name]).is_valid(found.value)
    assert (found.pointer, found.keyword) in invalid_targets(SCHEMAS[name])


def test_a_fault_shrinks_to_one_change_in_the_smallest_payload() -> None:
    found = find(
        invalid_payloads(ORDER, target=("/lines/0/sku", "maxLength")),
        lambda _: True,
        settings=QUIET,
    )
    assert found.value == {"id": "ORD-000000", "lines": [{"sku": "a" * 13, "count": 1}]}


@pytest.mark.parametrize("schema", [True, {}, {"description": "anything"}])
def test_nothing_is_invalid_where_anything_goes(schema: Any) -> None:
    assert invalid_targets(schema) == ()
    assert invalid_payloads(schema).is_empty


def test_a_channel_has_only_faults_that_every_message_rejects() -> None:
    signup = Message(name="Signup", schema=PayloadSchema(SIGNUP))
    text = Message(name="Text", schema=PayloadSchema({"type": "string"}))
    feed = Channel("feed", "/feed", {"s": signup, "t": text})
    judge = validator(feed)

    @settings(max_examples=30)
    @given(invalid_payloads(feed))
    def check(found: Invalid) -> None:
        assert not judge.is_valid(found.value)

    check()


def test_faults_of_a_text_message_are_texts() -> None:
    schema = PayloadSchema({"type": "string", "maxLength": 3})
    note = Message(name="Note", schema=schema, content_type="text/plain")
    assert invalid_targets(note) == (("", "maxLength"),)


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
