"""Invalid payloads are invalid at the named place, and only there."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from payload_schemas import ORDER, QUIET, SCHEMAS, SIGNUP

from pytest_asyncapi_sse.model import Channel, Message, PayloadSchema, escape
from pytest_asyncapi_sse.schema import (
    Invalid,
    boundary_payloads,
    invalid_examples,
    invalid_payloads,
    invalid_targets,
    validator,
)
from pytest_asyncapi_sse.schema.explainer import errors
from pytest_asyncapi_sse.schema.failures import Share, failures, share
from pytest_asyncapi_sse.schema.samples import samples
from pytest_asyncapi_sse.schema.sites import Survey
from pytest_asyncapi_sse.schema.sources import roots
from pytest_asyncapi_sse.schema.validation import engine_of

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


def _all_targets() -> list[tuple[str, tuple[str, str]]]:
    names = ("signup", "order", "tree", "tagged", "condition", "tuple", "dependencies")
    return [(name, target) for name in names for target in invalid_targets(SCHEMAS[name])]


@pytest.mark.parametrize(("name", "target"), _all_targets())
def test_a_target_shrinks_to_its_smallest_payload(name: str, target: tuple[str, str]) -> None:
    schema = SCHEMAS[name]
    found = find(
        invalid_payloads(schema),
        lambda drawn: (drawn.pointer, drawn.keyword) == target,
        settings=QUIET,
        random=Random(0),
    )
    assert not validator(schema).is_valid(found.value)
    assert found in invalid_examples(schema)
    assert len(str(found.value)) < 250


@pytest.mark.parametrize("target", [("/id", "pattern"), ("/lines/0/count", "maximum")])
def test_what_shrinks_under_a_condition_is_still_broken_there(target: tuple[str, str]) -> None:
    def has_two_lines(drawn: Invalid) -> bool:
        return len(drawn.value["lines"]) == 2

    found = find(
        invalid_payloads(ORDER, target=target),
        has_two_lines,
        settings=settings(QUIET, max_examples=300),
        random=Random(1),
    )
    assert not validator(ORDER).is_valid(found.value)
    assert keywords_of(ORDER, found.value) == {target}


@pytest.mark.parametrize("seed_value", range(5))
def test_twice_as_many_examples_as_targets_show_all_of_them(seed_value: int) -> None:
    targets = invalid_targets(ORDER)
    drawn = samples(invalid_payloads(ORDER), 2 * len(targets), seed_value=seed_value)
    assert {(one.pointer, one.keyword) for one in drawn} == set(targets)


def test_the_examples_are_one_for_each_target_and_always_the_same() -> None:
    found = invalid_examples(ORDER)
    assert [(one.pointer, one.keyword) for one in found] == list(invalid_targets(ORDER))
    assert found == invalid_examples(ORDER)
    assert found[0].value is not invalid_examples(ORDER)[0].value or found[0].value is None


@pytest.mark.parametrize("name", SCHEMAS)
def test_another_engine_sees_the_named_keyword_fail_at_the_named_place(name: str) -> None:
    for found in [*invalid_examples(SCHEMAS[name]), *_drawn(SCHEMAS[name], 40)]:
        assert (found.pointer, found.keyword) in keywords_of(SCHEMAS[name], found.value), found


def _drawn(schema: Any, count: int) -> list[Invalid]:
    strategy = invalid_payloads(schema)
    return [] if strategy.is_empty else samples(strategy, count)


def keywords_of(schema: Any, value: Any) -> set[tuple[str, str]]:
    """Return the places and keywords that jsonschema has errors of, those of branches too."""
    (root,) = roots(schema)
    engine = engine_of(root)
    waiting = [*errors(engine, engine.contents, value).errors]
    found = set()
    while waiting:
        error = waiting.pop()
        waiting += error.context or ()
        path = [str(token) for token in error.absolute_path]
        keyword = str(error.validator)
        if keyword in _AT_THE_OUTER:
            path = path[:-1]
        found.add((pointer_of(path), keyword))
        if keyword == "enum":
            # What tells branches apart is read as a list of values, a const too.
            found.add((pointer_of(path), "const"))
        if keyword in _COUNTED and isinstance(error.schema, dict):
            found |= {(pointer_of(path), word) for word in _COUNTED if word in error.schema}
    return found


def pointer_of(path: list[str]) -> str:
    return "".join(f"/{escape(token)}" for token in path)


_AT_THE_OUTER = frozenset(
    {
        "additionalItems",
        "additionalProperties",
        "propertyNames",
        "unevaluatedItems",
        "unevaluatedProperties",
    }
)
_COUNTED = ("contains", "maxContains", "minContains")


def test_a_fault_shrinks_to_one_change_in_the_smallest_payload() -> None:
    found = find(
        invalid_payloads(ORDER, target=("/lines/0/sku", "maxLength")),
        lambda _: True,
        settings=QUIET,
        random=Random(0),
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


def diamond(keyword: str, levels: int) -> dict[str, Any]:
    definitions: dict[str, Any] = {
        f"d{level}": {keyword: [{"$ref": f"#/definitions/d{level + 1}"} for _ in range(2)]}
        for level in range(levels)
    }
    definitions[f"d{levels}"] = {"type": "integer", "minimum": 2}
    return {"definitions": definitions, "$ref": "#/definitions/d0"}


LEAF = {"type": "integer"}
INSIDE_THEMSELVES: dict[str, tuple[dict[str, Any], set[tuple[str, str]]]] = {
    "anyOf of itself": (
        {"definitions": {"a": {"anyOf": [LEAF, {"$ref": "#/definitions/a"}]}}, "$ref": "#/definitions/a"},
        set(),
    ),
    "anyOf of an alias": (
        {
            "definitions": {
                "Node": {"anyOf": [{"$ref": "#/definitions/Leaf"}, {"$ref": "#/definitions/Alias"}]},
                "Alias": {"allOf": [{"$ref": "#/definitions/Node"}]},
                "Leaf": LEAF,
            },
            "$ref": "#/definitions/Node",
        },
        set(),
    ),
    "oneOf of itself": (
        {"definitions": {"a": {"oneOf": [{"$ref": "#/definitions/a"}, LEAF]}}, "$ref": "#/definitions/a"},
        set(),
    ),
    "oneOf of the root": ({"oneOf": [{"$ref": "#"}, LEAF]}, {("", "oneOf")}),
}  # fmt: skip


@pytest.mark.parametrize("name", INSIDE_THEMSELVES)
def test_a_choice_that_leads_back_to_itself_is_left(name: str) -> None:
    # The validator takes a schema to hold inside itself, so that most of these accept anything.
    schema, expected = INSIDE_THEMSELVES[name]
    assert set(invalid_targets(schema)) == expected
    assert all(not validator(schema).is_valid(one.value) for one in invalid_examples(schema))


@pytest.mark.parametrize(
    ("schema", "keyword"),
    [
        ({"type": "integer", "maximum": -(10**309)}, "maximum"),
        ({"type": "integer", "minimum": 10**400}, "minimum"),
        ({"type": "integer", "multipleOf": 10**400}, "multipleOf"),
        ({"type": "number", "minimum": 10**400}, "minimum"),
    ],
)
def test_bounds_beyond_a_double_are_broken(schema: dict[str, Any], keyword: str) -> None:
    found = {one.keyword: one.value for one in invalid_examples(schema)}
    assert {"type", keyword} <= found.keys()
    assert not validator(schema).is_valid(found[keyword])
    values = [one.value for one in boundary_payloads(schema)]
    assert values
    assert all(map(validator(schema).is_valid, values))


@pytest.mark.parametrize(
    ("keyword", "levels", "expected"),
    [
        ("anyOf", 8, {("", "type"), ("", "minimum"), ("", "anyOf")}),
        ("anyOf", 10, {("", "type"), ("", "minimum"), ("", "anyOf")}),
        ("anyOf", 14, {("", "type"), ("", "minimum"), ("", "anyOf")}),
        ("allOf", 14, {("", "type"), ("", "minimum")}),
    ],
)
def test_a_schema_that_is_referred_to_in_many_ways_is_broken(
    keyword: str, levels: int, expected: set[tuple[str, str]]
) -> None:
    assert set(invalid_targets(diamond(keyword, levels))) == expected


def test_of_very_many_failures_the_first_ones_are_read() -> None:
    (root,) = roots(diamond("allOf", 15))
    found = failures(engine_of(root), "text")
    assert len(found) < 2**15
    assert share(found, "", "type") is Share.SOME


def test_the_properties_of_a_large_object_share_what_is_around_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(
        Survey, "steering", lambda _survey, path, _leaf: asked.append(path) or {"type": "object"}
    )
    names = [f"p{index}" for index in range(200)]
    text = {"type": "string", "maxLength": 9}
    schema = {
        "type": "object",
        "required": names[:100],
        "properties": dict.fromkeys(names, text),
    }
    expected = {(f"/{name}", keyword) for name in names for keyword in ("type", "maxLength")}
    assert set(invalid_targets(schema)) == {("", "type"), ("", "required"), *expected}
    assert len(asked) < len(names) / 10
