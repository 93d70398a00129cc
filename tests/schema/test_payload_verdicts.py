"""Verdicts on payloads, and their explanations in words."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_asyncapi_sse.errors import (
    ConfigurationError,
    ContractViolation,
    DocumentError,
    Location,
)
from pytest_asyncapi_sse.model import Channel, Message, Origin, PayloadSchema
from pytest_asyncapi_sse.schema import same_json, validator

DRAFT_2020 = "https://json-schema.org/draft/2020-12/schema"
TAGGED = {
    "oneOf": [
        {
            "type": "object",
            "required": ["type", "text"],
            "properties": {"type": {"const": "delta"}, "text": {"type": "string"}},
            "additionalProperties": False,
        },
        {
            "title": "Failure",
            "type": "object",
            "required": ["type", "code"],
            "properties": {
                "type": {"const": "error"},
                "code": {"type": "integer", "minimum": 400, "maximum": 599},
            },
        },
    ]
}


def summaries(schema: Any, value: Any) -> list[str]:
    return [violation.summary for violation in validator(schema).iter_errors(value)]


@pytest.mark.parametrize(
    ("schema", "value", "summary"),
    [
        ({"type": "object"}, 5, "the payload is 5, not an object"),
        ({"type": ["string", "null"]}, True, "the payload is true, not a string or null"),
        (
            {"properties": {"email": {"type": "string"}}},
            {"email": 5},
            "/email is 5, not a string",
        ),
        (
            {"properties": {"email": {"format": "email"}}},
            {"email": "x"},
            "/email: 'x' is not an email address (it lacks an @)",
        ),
        ({"required": ["email"]}, {}, "the required property 'email' is missing"),
        (
            {"properties": {"a": {"required": ["b"]}}},
            {"a": {}},
            "the required property 'b' is missing at /a",
        ),
        (
            {"properties": {"status": {"enum": ["active", "blocked"]}}},
            {"status": "gone"},
            "/status is 'gone', not one of 'active', 'blocked'",
        ),
        ({"const": None}, 0, "the payload is 0, not null"),
        (
            {"properties": {}, "additionalProperties": False},
            {"x": 1},
            "/x is an undeclared property",
        ),
        ({"minimum": 0}, -1, "the payload is -1, below the minimum 0"),
        ({"maximum": 10}, 10.5, "the payload is 10.5, above the maximum 10"),
        ({"exclusiveMinimum": 0}, 0, "the payload is 0, not above the exclusive minimum 0"),
        ({"exclusiveMaximum": 1}, 1, "the payload is 1, not below the exclusive maximum 1"),
        ({"multipleOf": 0.01}, 0.015, "the payload is 0.015, not a multiple of 0.01"),
        ({"minLength": 2}, "é", "the payload is 'é', 1 character, shorter than the minimum 2"),
        ({"maxLength": 2}, "abc", "the payload is 'abc', 3 characters, longer than the maximum 2"),
        (
            {"pattern": "^\\p{Lu}+$"},
            "a",
            "the payload: 'a' is not a match of the pattern '^\\p{Lu}+$'",
        ),
        ({"minItems": 1}, [], "the payload has 0 items, fewer than the minimum 1"),
        ({"maxItems": 1}, [1, 2], "the payload has 2 items, more than the maximum 1"),
        ({"uniqueItems": True}, [1, 2, 1.0], "the payload holds 1.0 twice, at /0 and /2"),
        ({"minProperties": 1}, {}, "the payload has 0 properties, fewer than the minimum 1"),
        ({"maxProperties": 0}, {"a": 1}, "the payload has 1 property, more than the maximum 0"),
        ({"not": {"type": "null"}}, None, "the payload is null, which 'not' forbids"),
        (False, 1, "the payload is 1, where nothing is allowed"),
        (
            {"propertyNames": {"pattern": "^[a-z]+$"}},
            {"A": 1},
            "the property name 'A' is not allowed: a name has to be a match of the pattern"
            " '^[a-z]+$'",
        ),
        (
            {"dependencies": {"card": ["billing"]}},
            {"card": 1},
            "the property 'billing' is missing, which 'card' asks for",
        ),
        (
            {"patternProperties": {"^\\p{Ll}$": {"type": "string"}}},
            {"é": 1},
            "/é is 1, not a string",
        ),
        (
            {"properties": {"a/b": {"items": {"type": "null"}}}},
            {"a/b": [None, 7]},
            "/a~1b/1 is 7, not null",
        ),
        (
            {"$schema": DRAFT_2020, "properties": {"a": True}, "unevaluatedProperties": False},
            {"a": 1, "b": 2},
            "/b is an undeclared property",
        ),
        ({"format": "int32"}, 2**31, "the payload: 2147483648 is not an int32"),
        ({"format": "byte"}, "?", "the payload: '?' is not base64 (it has '?' in it)"),
    ],
)
def test_an_error_is_said_in_words(schema: Any, value: Any, summary: str) -> None:
    assert summaries(schema, value) == [summary]


@pytest.mark.parametrize(
    ("value", "summary"),
    [
        ({"type": "gone"}, "/type is 'gone', not one of 'delta', 'error'"),
        (5, "the payload is 5, not an object"),
        (
            {"type": "delta", "text": 5},
            "/text is 5, not a string, in branch 1 of oneOf (type 'delta')",
        ),
        (
            {"type": "error", "code": 5},
            "/code is 5, below the minimum 400, in branch 2 of oneOf (Failure)",
        ),
        (
            {"type": "error"},
            "the required property 'code' is missing, in branch 2 of oneOf (Failure)",
        ),
    ],
)
def test_the_branch_that_was_meant_is_named(value: Any, summary: str) -> None:
    assert summaries(TAGGED, value) == [summary]


def test_the_types_of_all_branches_are_listed() -> None:
    schema = {"anyOf": [{"type": "string"}, {"type": ["integer", "null"]}]}
    assert summaries(schema, []) == ["the payload is [], not a string, an integer or null"]


def test_a_match_of_several_branches_is_said_so() -> None:
    schema = {"oneOf": [{"minimum": 3}, {"type": "string"}, {"maximum": 9}]}
    assert summaries(schema, 5) == [
        "the payload fits branches 1 and 3 of oneOf, but only one may match"
    ]


@pytest.mark.parametrize("keyword", ["anyOf", "oneOf"])
def test_branches_that_are_false_are_explained(keyword: str) -> None:
    assert len(summaries({keyword: [False, False]}, 1)) == 1


def test_all_errors_come_and_got_and_expected_are_filled() -> None:
    schema = {
        "type": "object",
        "required": ["id"],
        "properties": {"n": {"type": "integer"}, "s": {"minLength": 1}},
    }
    found = list(validator(schema).iter_errors({"n": "x", "s": ""}))
    assert {(one.pointer, one.code, one.got, one.expected) for one in found} == {
        ("/n", "payload-schema", "'x'", "an integer"),
        ("/s", "payload-schema", "''", "at least 1 character"),
        ("", "payload-schema", "{'n': 'x', 's': ''}", "the property 'id'"),
    }


def test_cents_are_all_multiples_of_a_hundredth() -> None:
    price = validator({"type": "number", "multipleOf": 0.01})
    assert [cents for cents in range(100_001) if not price.is_valid(cents / 100)] == []
    assert not price.is_valid(0.005)


@pytest.mark.parametrize(
    ("schema", "value", "is_valid"),
    [
        ({"pattern": "^a$"}, "a\n", False),
        ({"pattern": "^\\d$"}, "٣", False),
        ({"pattern": "(?<year>\\d{4})\\1"}, "20242024", True),
        ({"format": "date-time"}, "2024-01-01", False),
        ({"format": "uuid"}, "no", False),
        ({"format": "duration"}, "P1D", True),
        ({"format": "duration"}, "1 day", False),
        ({"format": "int32"}, -(2**31), True),
        ({"format": "int32"}, 1.5, False),
        ({"format": "int32"}, "a text", True),
        ({"format": "int64"}, 2**63, False),
        ({"format": "float"}, 1e39, False),
        ({"format": "double"}, 1e308, True),
        ({"format": "byte"}, "YQ==", True),
        ({"format": "password"}, "", True),
        ({"format": "my-own"}, "anything", True),
        ({"format": "int32", "properties": {"d": {"format": "date"}}}, {"d": "x"}, False),
        ({"properties": {"format": {"enum": ["int32"]}}}, {"format": "int32"}, True),
        ({"x-vendor": {"$ref": "nowhere"}, "discriminator": "type"}, 1, True),
        ({"const": 1}, True, False),
        ({"const": 1}, 1.0, True),
        ({"enum": [{"format": "int32"}]}, {"format": "int32"}, True),
        ({"$schema": DRAFT_2020, "prefixItems": [{"type": "null"}]}, [1], False),
        ({"prefixItems": [{"type": "null"}]}, [1], True),
        (True, None, True),
        (False, None, False),
        ({}, "\ud800", False),
        ({}, {1: 2}, False),
        ({}, {1, 2}, False),
    ],
)
def test_verdicts(schema: Any, value: Any, is_valid: bool) -> None:
    judge = validator(schema)
    assert judge.is_valid(value) is is_valid
    assert (not list(judge.iter_errors(value))) is is_valid


def test_a_text_message_is_a_string() -> None:
    judge = validator(Message(name="note", content_type="text/plain; charset=utf-8"))
    assert judge.is_valid("anything")
    assert [one.summary for one in judge.iter_errors(5)] == ["the payload is 5, not a text"]
    assert not validator(Message(name="log", content_type="application/json")).is_valid({1: 1})


def channel_of(*messages: Message, **others: Any) -> Channel:
    return Channel("feed", "/feed", {one.name: one for one in messages}, **others)


def message_of(name: str, contents: Any) -> Message:
    return Message(name=name, schema=PayloadSchema(contents))


def test_a_channel_takes_what_any_message_takes_and_explains_the_nearest() -> None:
    order = message_of("Order", {"type": "object", "required": ["sku", "count"]})
    ping = message_of("Ping", {"type": "string"})
    judge = validator(channel_of(order, ping))
    assert judge.is_valid("hello")
    assert judge.is_valid({"sku": "a", "count": 1})
    [violation] = judge.iter_errors({"sku": "a"})
    assert violation.summary == "the required property 'count' is missing"
    assert (violation.message, violation.channel) == ("Order", "feed")


def test_only_streamed_messages_count() -> None:
    order, ping = message_of("Order", {"type": "object"}), message_of("Ping", {"type": "string"})
    judge = validator(channel_of(order, ping, streamed=(ping,)))
    assert not judge.is_valid({})


def test_validators_of_model_values_are_kept() -> None:
    message = message_of("Ping", {"type": "string"})
    assert validator(message) is validator(message)
    assert validator(message) is not validator(message_of("Ping", {"type": "string"}))


def test_validate_raises_all_violations() -> None:
    with pytest.raises(ContractViolation) as caught:
        validator({"required": ["a", "b"]}).validate({})
    assert [one.code for one in caught.value.violations] == ["payload-schema"] * 2
    validator({"required": ["a", "b"]}).validate({"a": 1, "b": 2})


def located(contents: Any) -> PayloadSchema:
    origin = Origin("feed.yaml", "/components/schemas/S", lambda f, p: Location(f, 7, 3, p))
    return PayloadSchema(contents, origins={"": origin})


@pytest.mark.parametrize(
    ("contents", "value", "pointer"),
    [
        ({"properties": {"a": {"type": "null"}}}, {"a": 1}, "/properties/a/type"),
        (
            {"items": {"$ref": "#/definitions/n"}, "definitions": {"n": {"minimum": 3}}},
            [1],
            "/definitions/n/minimum",
        ),
        (TAGGED, {"type": "error", "code": 1}, "/oneOf/1/properties/code/minimum"),
        (TAGGED, {"type": "x"}, "/oneOf"),
        ({"required": ["a"]}, {}, "/required"),
    ],
)
def test_a_violation_points_at_the_keyword(contents: Any, value: Any, pointer: str) -> None:
    [violation] = validator(located(contents)).iter_errors(value)
    assert violation.location == Location("feed.yaml", 7, 3, "/components/schemas/S" + pointer)


@pytest.mark.parametrize(
    ("contents", "pointer", "message"),
    [
        ({"type": "strng"}, "/type", "'strng' is no type of JSON Schema: those are array, "),
        ({"minimum": "3"}, "/minimum", "this is no valid JSON Schema (draft-07): minimum: "),
        (
            {"properties": {"a": {"pattern": "("}}},
            "/properties/a/pattern",
            "the pattern '(' is no usable regular expression.",
        ),
        (
            {"items": {"$ref": "#/definitions/x"}},
            "/items/$ref",
            "the reference '#/definitions/x' leads nowhere.",
        ),
        (
            {"items": {"$ref": "https://example.com/s.json#/a"}},
            "/items/$ref",
            "the reference 'https://example.com/s.json#/a' leads nowhere.",
        ),
    ],
)
def test_a_schema_that_cannot_be_used_is_a_document_error(
    contents: Any, pointer: str, message: str
) -> None:
    with pytest.raises(DocumentError) as caught:
        validator(located(contents))
    [problem] = caught.value.problems
    assert problem.message.startswith(message)
    assert problem.location == Location("feed.yaml", 7, 3, "/components/schemas/S" + pointer)
    assert problem.advice


@pytest.mark.parametrize("source", ["type: string", 5, None, [{}], channel_of()])
def test_what_is_no_source_is_refused(source: Any) -> None:
    with pytest.raises(ConfigurationError, match="Give a channel|no messages"):
        validator(source)


def test_deep_payloads_are_explained_without_recursion_errors() -> None:
    tree = {"type": "object", "properties": {"next": {"$ref": "#"}}, "additionalProperties": False}
    value: Any = {"x": 1}
    for _ in range(190):
        value = {"next": value}
    [violation] = validator(tree).iter_errors(value)
    assert violation.pointer is not None
    assert violation.pointer.startswith("/next/next")
    assert same_json(value, value)
