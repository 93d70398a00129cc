"""Valid payloads: every one that is drawn is valid, and shrinks to something readable."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from payload_schemas import BRANCHES, DRAFT_2020, ORDER, QUIET, SCHEMAS, SIGNUP, TREE

from pytest_asyncapi_sse.errors import DocumentError, Location
from pytest_asyncapi_sse.model import Channel, Message, Origin, PayloadSchema
from pytest_asyncapi_sse.schema import dump_json, parse_json, payloads, satisfiable, validator
from pytest_asyncapi_sse.schema.assertions import matcher
from pytest_asyncapi_sse.schema.formats import FORMATS
from pytest_asyncapi_sse.schema.patterns import pattern_examples, pattern_texts
from pytest_asyncapi_sse.schema.second_engine import second_engine


@pytest.mark.parametrize("name", SCHEMAS)
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_payload_is_valid_json(name: str, data: st.DataObject) -> None:
    schema = SCHEMAS[name]
    value = data.draw(_kept(name))
    assert validator(schema).is_valid(value)
    text = dump_json(value)
    assert dump_json(parse_json(text.encode())) == text


_STRATEGIES: dict[str, st.SearchStrategy[Any]] = {}


def _kept(name: str) -> st.SearchStrategy[Any]:
    if name not in _STRATEGIES:
        _STRATEGIES[name] = payloads(SCHEMAS[name])
    return _STRATEGIES[name]


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=40)
@given(data=st.data())
def test_every_format_is_drawn_validly(name: str, data: st.DataObject) -> None:
    text = data.draw(FORMATS[name].strategy())
    assert validator({"$schema": DRAFT_2020, "format": name}).is_valid(text)


@pytest.mark.parametrize("name", FORMATS)
def test_the_examples_of_a_format_are_valid(name: str) -> None:
    judge = validator({"$schema": DRAFT_2020, "format": name})
    assert [text for text in FORMATS[name].examples if not judge.is_valid(text)] == []


PATTERNS = [
    "^a$",
    "^\\d{4}-(0[1-9]|1[0-2])$",
    "b+",
    "^\\p{Lu}\\p{L}+$",
    "^(?<year>\\d{4})-\\1$",
    "^(a|bc)\\1$",
    "^[\\u0041-\\u005A]{2,4}$",
    "^[^a-z\\s]+$",
    "\\.(hbs|handlebars)$",
    "^(?!org\\.)[a-z.]+$",
    "^\\cA$",
    "[A-Z\\s]+\\/[A-Z\\s]+",
    "^\\w[\\w-]*\\S$",
    "^$",
    "^(|en|zh.*)$",
    "^([0-9a-f]{2}:){3}[0-9a-f]{2}$",
    "^.{3}$",
    "^\\p{Script=Greek}+$",
    "^x{2,}?y*?$",
    "^(?:(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)(?:\\.(?!$)|$)){4}$",
    "^(?=.*[a-z])(?=.*[A-Z])(?=.*\\d)[A-Za-z\\d]{8,}$",
    "^(?!.*(a).*\\1)[ab]{2}$",
    "\\Bfoo\\b",
    "(?<=a)b(?=c)",
    "^\\p{digit}+\\P{Lu}$",
]


@pytest.mark.parametrize("pattern", PATTERNS)
@settings(max_examples=15)
@given(data=st.data())
def test_texts_match_their_pattern(pattern: str, data: st.DataObject) -> None:
    assert matcher(pattern)(data.draw(pattern_texts(pattern)))


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_pattern_has_examples(pattern: str) -> None:
    examples = list(pattern_examples(pattern))
    assert examples
    assert examples == list(pattern_examples(pattern))


@pytest.mark.parametrize(
    ("schema", "condition", "smallest"),
    [
        (SIGNUP, lambda _: True, {"email": "a@b.co"}),
        (
            SIGNUP,
            lambda value: len(value.get("displayName", "")) > 2,
            {"displayName": "aaa", "email": "a@b.co"},
        ),
        (
            ORDER,
            lambda value: value["lines"][0]["count"] > 10,
            {"id": "ORD-000000", "lines": [{"sku": "aaa", "count": 11}]},
        ),
        (
            TREE,
            lambda value: bool(value.get("children")),
            {"value": 0, "children": [{"value": 0}]},
        ),
        ({"oneOf": BRANCHES}, lambda value: value["kind"] == "c", {"kind": "c"}),
        ({"type": "number"}, lambda value: value > 10.1, 11),
        (
            {"format": "uuid", "type": "string"},
            lambda _: True,
            "00000000-0000-4000-8000-000000000000",
        ),
    ],
)
def test_payloads_shrink_to_something_readable(
    schema: Any, condition: Any, smallest: object
) -> None:
    found = find(payloads(schema), condition, settings=QUIET, random=random.Random(0))
    assert found == smallest


@pytest.mark.parametrize(
    ("schema", "condition"),
    [
        (SIGNUP, lambda value: "displayName" not in value),
        (SIGNUP, lambda value: len(value) > 2),
        ({"type": "string"}, lambda value: value == ""),
        ({"type": "string"}, lambda value: len(value) > 500),
        ({"type": "string"}, lambda value: "\u2028" in value),
        ({"type": "string"}, lambda value: "\r" in value),
        ({"type": "integer"}, lambda value: value > 2**53),
        ({"type": "number"}, lambda value: isinstance(value, float) and value % 1 != 0),
        (TREE, lambda value: any(child.get("children") for child in value.get("children", []))),
    ],
)
def test_awkward_payloads_are_drawn(schema: Any, condition: Any) -> None:
    settled = settings(QUIET, phases=[Phase.generate])
    find(payloads(schema), condition, settings=settled)


def test_building_is_quick() -> None:
    message = Message(name="Signup", schema=PayloadSchema(SIGNUP))
    payloads(message)
    start = time.perf_counter()
    for _ in range(10):
        payloads(message)
    assert (time.perf_counter() - start) / 10 < 0.05


@settings(max_examples=30)
@given(data=st.data())
def test_a_channel_gives_all_its_messages(data: st.DataObject) -> None:
    text = Message(name="Note", content_type="text/plain")
    signup = Message(name="Signup", schema=PayloadSchema(SIGNUP))
    anything = Message(name="Any")
    feed = Channel("feed", "/feed", {"n": text, "s": signup}, streamed=(text, signup))
    value = data.draw(payloads(feed))
    assert isinstance(value, str | dict)
    assert not (isinstance(value, str) and "\r" in value)
    assert validator(feed).is_valid(value)
    assert validator(anything).is_valid(data.draw(payloads(anything)))


@pytest.mark.parametrize(
    ("schema", "pointer", "message"),
    [
        (False, "", "'false' allows nothing"),
        ({"type": "integer", "minimum": 5, "maximum": 3}, "/minimum", "no integer lies"),
        (
            {"type": "string", "minLength": 5, "maxLength": 3},
            "/minLength",
            "minLength 5 is above maxLength 3",
        ),
        ({"type": "string", "pattern": "^a{5}$", "maxLength": 3}, "/pattern", "a match is longer"),
        ({"enum": [1, 2], "type": "string"}, "/enum", "none of the listed values"),
        ({"allOf": [{"type": "string"}, {"type": "null"}]}, "/allOf/0/type", "no type is left"),
        (
            {"type": "object", "required": ["a"], "properties": {"a": False}},
            "",
            "at /a of the payload: 'false' allows nothing",
        ),
        (
            {
                "type": "object",
                "required": ["a"],
                "properties": {"a": {"type": "array", "minItems": 2, "maxItems": 1}},
            },
            "/properties/a/minItems",
            "at /a of the payload: minItems is above maxItems 1",
        ),
        (
            {"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#"}}},
            "",
            "it requires itself without end",
        ),
        (
            {"oneOf": [{"type": "object", "properties": {"a": {}}}, {"type": "object"}]},
            "/oneOf",
            "all that matches one branch of oneOf matches another as well",
        ),
    ],
)
def test_what_nothing_satisfies_is_refused_with_the_place(
    schema: Any, pointer: str, message: str
) -> None:
    origin = Origin("feed.yaml", "", lambda file, place: Location(file, 1, 1, place))
    source = PayloadSchema(schema, origins={"": origin})
    with pytest.raises(DocumentError) as caught:
        payloads(source)
    [problem] = caught.value.problems
    assert message in problem.message
    assert problem.location == Location("feed.yaml", 1, 1, pointer)
    assert satisfiable(source) is False


def test_satisfiability_is_told_where_it_is_seen() -> None:
    assert satisfiable(SIGNUP) is True
    assert satisfiable({"type": "string", "pattern": "^(?!)"}) is None


def test_the_second_engine_is_kept_from_the_network_and_from_raising() -> None:
    assert second_engine({"$ref": "https://example.com/schema.json"}) is None
    found = second_engine({"type": "object"})
    assert found is None or find(found, lambda _: True, settings=QUIET) == {}


_TEXT = {"$schema": DRAFT_2020, "$defs": {"text": {"type": "string"}}}
_TEXT_OF_3 = {"$ref": "#/$defs/text", "minLength": 3}


@pytest.mark.parametrize(
    "schema",
    [
        {"oneOf": [_TEXT_OF_3, {"$ref": "#/$defs/text", "maxLength": 2}]},
        {"type": "string", "not": _TEXT_OF_3},
        {"$ref": "#/$defs/text", "not": _TEXT_OF_3},
    ],
)
def test_what_stands_beside_a_reference_counts(schema: dict[str, Any]) -> None:
    assert satisfiable({**_TEXT, **schema}) is True


def test_branches_may_evaluate_together_without_all_of_them() -> None:
    branches = [{"properties": {"a": {}}}, {"properties": {"b": {}}}, {"maxProperties": 0}]
    schema = {"anyOf": branches, "required": ["a", "b"], "unevaluatedProperties": False}
    assert satisfiable({"$schema": DRAFT_2020, "type": "object", **schema}) is True
