"""The second engine: what it is told, what it finds, and that it neither fetches nor hangs."""

from __future__ import annotations

import time

import hypothesis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from second_schemas import ONLY_OTHER

from pytest_asyncapi_sse.schema import payloads, search, validator
from pytest_asyncapi_sse.schema.bounds import NoPayloadFound
from pytest_asyncapi_sse.schema.custom_formats import forget_what_depends_on_formats
from pytest_asyncapi_sse.schema.samples import first_wanted
from pytest_asyncapi_sse.schema.second_engine import TRIES, is_usable, second_engine
from pytest_asyncapi_sse.schema.strategies import drawn_payloads

_VERSION = tuple(map(int, hypothesis.__version__.split(".")[:3]))
_REASON = "the second engine does not work with this Hypothesis"

needs_it = pytest.mark.skipif(not is_usable(), reason=_REASON)


def test_the_probe_says_whether_the_engine_works_with_this_hypothesis() -> None:
    assert is_usable() is (_VERSION < (6, 170, 10))


@pytest.mark.skipif(is_usable(), reason="the second engine works with this Hypothesis")
@pytest.mark.parametrize("name", ONLY_OTHER)
def test_without_the_engine_what_uses_it_goes_on(name: str) -> None:
    assert second_engine(ONLY_OTHER[name]) is None
    with pytest.raises(NoPayloadFound, match="no payload was found for this schema"):
        payloads(ONLY_OTHER[name])


@needs_it
@pytest.mark.parametrize("name", ONLY_OTHER)
def test_the_engine_finds_what_the_own_generator_does_not(name: str) -> None:
    schema = ONLY_OTHER[name]
    found = drawn_payloads(schema, 3)
    assert found
    assert all(map(validator(schema).is_valid, found))


@needs_it
@pytest.mark.parametrize("name", ONLY_OTHER)
def test_that_is_by_the_engine_alone(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "second_engine", lambda schema: None)
    forget_what_depends_on_formats()
    with pytest.raises(NoPayloadFound):
        payloads(ONLY_OTHER[name])
    forget_what_depends_on_formats()


def test_an_engine_that_fails_while_it_draws_gives_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing() -> None:
        raise RuntimeError("the engine failed")

    monkeypatch.setattr("hypothesis_jsonschema.from_schema", lambda _schema: st.builds(failing))
    monkeypatch.setattr(
        "pytest_asyncapi_sse.schema.second_engine.is_usable", lambda: True, raising=True
    )
    forget_what_depends_on_formats()
    with pytest.raises(NoPayloadFound):
        payloads(ONLY_OTHER["one of four names"])
    forget_what_depends_on_formats()


WIDE = {
    "many patterns": {"allOf": [{"pattern": f"[a-{chr(98 + index)}]"} for index in range(20)]},
    "many conditions": {
        "allOf": [{"if": {"const": index}, "then": {"type": "null"}} for index in range(20)]
    },
    "many names": {"patternProperties": {f"a{{{index}}}": {} for index in range(20)}},
    "many negations": {
        "not": {"items": {"not": {"items": {"not": {"items": {"not": {"not": {"not": {}}}}}}}}}
    },
    "many values": {"enum": list(range(1000))},
    "many items": {"type": "array", "minItems": 1000},
    "many properties": {"type": "object", "minProperties": 1000},
    "a long text": {"type": "string", "minLength": 100_000},
    "references that double": {
        "$ref": "#/definitions/a0",
        "definitions": {
            f"a{index}": {
                "properties": {name: {"$ref": f"#/definitions/a{index + 1}"} for name in "xy"}
            }
            for index in range(30)
        }
        | {"a30": {}},
    },
    "recursion": {"properties": {"next": {"$ref": "#"}}},
}


@needs_it
@pytest.mark.parametrize("name", WIDE)
def test_a_schema_that_takes_long_is_never_handed_over(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed: list[object] = []
    monkeypatch.setattr("hypothesis_jsonschema.from_schema", handed.append)
    assert second_engine(WIDE[name]) is None
    assert handed == []


SLOW = {
    "patterns": {
        "allOf": [{"type": "string", "pattern": f"[a-{chr(98 + index)}]"} for index in range(10)]
    },
    "contains": {"type": "array", "allOf": [{"contains": {"const": index}} for index in range(8)]},
    "conditions": {
        "allOf": [
            {"if": {"properties": {"t": {"const": index}}}, "then": {"required": [f"x{index}"]}}
            for index in range(3)
        ]
    },
    "names": {
        "minProperties": 2,
        "patternProperties": {f"a{{0,{index}}}": {} for index in range(5)},
    },
}


@needs_it
@pytest.mark.parametrize("name", SLOW)
def test_the_search_with_the_engine_ends(name: str) -> None:
    start = time.process_time()
    found = second_engine(SLOW[name])
    if found is not None:
        assert first_wanted(found, lambda _: False, tries=TRIES) is None
    assert time.process_time() - start < 20


def test_what_names_a_url_is_never_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    handed: list[str] = []
    monkeypatch.setattr(
        "hypothesis_jsonschema.from_schema", lambda schema: handed.append(repr(schema)) or st.none()
    )
    monkeypatch.setattr("pytest_asyncapi_sse.schema.second_engine.is_usable", lambda: True)
    url = "http://127.0.0.1:9/x"
    for schema in (
        {"$id": url, "$ref": "#/definitions/a", "definitions": {"a": {"$id": url, "type": "null"}}},
        {"$id": url, "properties": {"a": {"$ref": "#/$defs/b"}}, "$defs": {"b": {"$ref": "#"}}},
        {"$id": url, "properties": {"a": {"$ref": "b.json"}}},
        {"id": url, "type": "null", "prefixItems": [{"$ref": url}]},
        {"$schema": url, "type": "null", "$vocabulary": {url: True}},
        {"$dynamicRef": url, "type": "null"},
        {"$recursiveRef": url, "type": "null"},
        {"allOf": [{"unevaluatedProperties": {"$ref": url}}, {"contains": {"$ref": url}}]},
        {"properties": {"$ref": {"type": "string"}, "a": {"$ref": url}}},
        {"enum": [{"prefixItems": []}], "$ref": "#/definitions/%61", "definitions": {"a": {}}},
        {"dependencies": {"a": {"$ref": url}}, "dependentSchemas": {"a": {"$ref": url}}},
    ):
        second_engine(schema)
    assert handed
    assert not [text for text in handed if "127.0.0.1" in text or "'$ref': '" in text]


NOTHING = {"type": "string", "allOf": [{"pattern": "^a.*x{7}"}, {"pattern": "^b"}]}
RARE = {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 9}, "minItems": 4}


def test_drawing_inside_of_a_test_says_that_nothing_was_found() -> None:
    drawn = []

    @settings(database=None, derandomize=True)
    @given(st.data())
    def users(data: st.DataObject) -> None:
        drawn.append(data.draw(payloads(NOTHING)))

    forget_what_depends_on_formats()
    with pytest.raises(NoPayloadFound, match="nothing that was tried fits"):
        users()
    assert drawn == []


def test_a_strategy_that_is_built_outside_of_a_test_says_so_at_once() -> None:
    with pytest.raises(NoPayloadFound, match="nothing that was tried fits"):
        given(payloads(NOTHING))


@pytest.mark.parametrize("in_test", [False, True])
def test_what_is_drawn_seldom_is_no_false_alarm(
    in_test: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first draws fail, and later ones give something, with Hypothesis's own health checks."""
    monkeypatch.setattr(
        "pytest_asyncapi_sse.schema.strategies.first_valid", lambda *_arguments: None
    )
    monkeypatch.setattr(
        "pytest_asyncapi_sse.schema.strategies.acceptance",
        lambda root: lambda value: isinstance(value, list) and sum(value) % 20 == 11,
    )
    forget_what_depends_on_formats()
    drawn = []

    @settings(database=None, derandomize=True, max_examples=20)
    @given(st.data())
    def users(data: st.DataObject) -> None:
        drawn.append(data.draw(payloads(RARE) if in_test else outside))

    outside = st.nothing() if in_test else payloads(RARE)
    users()
    forget_what_depends_on_formats()
    assert drawn
    assert all(sum(value) % 20 == 11 for value in drawn)


def test_samples_are_the_same_ones_inside_of_a_test() -> None:
    outside = drawn_payloads({"type": "string"}, 5)

    @settings(database=None, derandomize=True, max_examples=3, deadline=None)
    @given(st.integers())
    def users(_value: int) -> None:
        assert drawn_payloads({"type": "string"}, 5) == outside

    users()
