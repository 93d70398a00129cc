"""Keywords that a dialect does not have mean nothing, and what can't be negated proves nothing."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
from hypothesis import strategies as st
from hypothesis.vendor.pretty import pretty

from pytest_asyncapi_sse import ConfigurationError, DocumentError, load
from pytest_asyncapi_sse.model import PayloadSchema
from pytest_asyncapi_sse.schema import (
    invalid_payloads,
    invalid_targets,
    register_format,
    satisfiable,
    unmet,
    unregister_format,
    validator,
)
from pytest_asyncapi_sse.schema.dialects import ROWS, plain
from pytest_asyncapi_sse.schema.samples import samples

DRAFT_2020 = "https://json-schema.org/draft/2020-12/schema"
# A schema with the keyword, which heeding it would refuse the value for.
HEEDED: dict[str, tuple[dict[str, Any], Any]] = {
    "$dynamicRef": ({"$dynamicRef": "#/$defs/no", "$defs": {"no": False}}, 1),
    "additionalItems": ({"items": [True], "additionalItems": False}, [1, 2]),
    "dependentRequired": ({"dependentRequired": {"a": ["b"]}}, {"a": 1}),
    "dependentSchemas": ({"dependentSchemas": {"a": False}}, {"a": 1}),
    "maxContains": ({"contains": True, "maxContains": 1}, [1, 2]),
    "minContains": ({"contains": True, "minContains": 2}, [1]),
    "prefixItems": ({"prefixItems": [False]}, [1]),
    "unevaluatedItems": ({"unevaluatedItems": False}, [1]),
    "unevaluatedProperties": ({"unevaluatedProperties": False}, {"a": 1}),
}
JUDGES: dict[str, Any] = {
    "draft-07": jsonschema_rs.Draft7Validator,
    "2019-09": jsonschema_rs.Draft201909Validator,
    "2020-12": jsonschema_rs.Draft202012Validator,
}


@pytest.mark.parametrize("dialect", ROWS)
@pytest.mark.parametrize("keyword", HEEDED)
def test_a_keyword_is_left_out_where_the_validator_takes_no_notice(
    dialect: Any, keyword: str
) -> None:
    schema, value = HEEDED[keyword]
    try:
        is_ignored = JUDGES[dialect](schema).is_valid(value)
    except jsonschema_rs.ValidationError:
        is_ignored = True  # 2020-12 has no list of items for it to come after
    if is_ignored:
        left = plain(PayloadSchema(schema, dialect=dialect))
        assert isinstance(left, dict)
        assert keyword not in left
    else:
        assert keyword not in ROWS[dialect].ignored


SATISFIABLE = [
    {"type": "array", "contains": {"type": "integer"}, "minContains": 5, "maxItems": 2},
    {"type": "object", "required": ["a"], "properties": {"b": False}, "dependentRequired": {"a": ["b"]}},
    {"type": "object", "required": ["a"], "dependentSchemas": {"a": False}},
    {"$schema": DRAFT_2020, "type": "array", "minItems": 1, "additionalItems": False},
]  # fmt: skip


@pytest.mark.parametrize("schema", SATISFIABLE)
def test_a_keyword_of_another_dialect_makes_nothing_impossible(schema: Any) -> None:
    assert satisfiable(schema) is True


def test_names_and_data_are_kept_as_they_are() -> None:
    schema = {
        "properties": {"minContains": {"minContains": 2, "const": {"minContains": 1}}},
        "enum": [{"dependentRequired": 1}],
    }
    assert plain(PayloadSchema(schema)) == {
        "properties": {"minContains": {"const": {"minContains": 1}}},
        "enum": [{"dependentRequired": 1}],
    }


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "not": {"type": "string", "contentEncoding": "base64"}},
        {"type": "string", "pattern": "(?m:^a$)", "minLength": 3},
    ],
)
def test_what_is_not_understood_proves_nothing(schema: Any) -> None:
    assert satisfiable(schema) is not False
    assert "dead" not in {item.reason for item in unmet({"anyOf": [schema, {"type": "null"}]})}


def test_a_contains_that_nothing_matches_is_known_to_be_false() -> None:
    assert invalid_targets({"type": "array", "contains": False}) == ()


def test_what_is_nested_too_deep_is_refused_in_words() -> None:
    value: Any = ()
    for _ in range(3_000):
        value = (value,)
    [found] = validator({"type": "string"}).iter_errors(value)
    assert found.summary == "the payload is nested too deep to be judged"
    schema: Any = {"type": "integer"}
    for _ in range(400):
        schema = {"properties": {"a": schema}}
    for question in (satisfiable, unmet, invalid_targets, validator):
        with pytest.raises(DocumentError, match="cannot be used"):
            question(schema)


def test_a_target_that_there_is_not_is_refused_with_those_near_it() -> None:
    with pytest.raises(ConfigurationError, match="Among them"):
        samples(invalid_payloads({"type": "integer"}, target=("/a", "type")), 1)


def test_the_targets_of_a_model_value_follow_a_format_that_is_registered() -> None:
    source = PayloadSchema({"type": "string", "format": "ticket"})
    before = invalid_targets(source)
    register_format("ticket", strategy=st.just("T-1"), check=lambda text: text == "T-1")
    try:
        assert set(invalid_targets(source)) - set(before) == {("", "format")}
    finally:
        unregister_format("ticket")
    assert invalid_targets(source) == before


def test_a_document_is_one_line_among_the_arguments_of_a_failing_test(
    pytestconfig: pytest.Config,
) -> None:
    document = load(pytestconfig.rootpath / "examples" / "account.yaml")
    channel = next(iter(document.streams.values()))
    for value in (document, channel, next(iter(channel.messages.values()))):
        assert pretty(value) == repr(value)
        assert len(repr(value).splitlines()) == 1
