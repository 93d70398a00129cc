"""Verdict and explanation agree for whatever value, and an explanation ends in counted steps."""

from __future__ import annotations

import collections
import datetime
import enum
import itertools
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from payload_schemas import DRAFT_2020, JSON, SCHEMAS
from suite_groups import DRAFTS, groups, rows

from pytest_asyncapi_sse.errors import DocumentError
from pytest_asyncapi_sse.schema import Validator, invalid_payloads, validator
from pytest_asyncapi_sse.schema.explainer import MOST_ERRORS, errors
from pytest_asyncapi_sse.schema.explanation import MOST_FINDINGS
from pytest_asyncapi_sse.schema.sources import roots
from pytest_asyncapi_sse.schema.validation import engine_of
from pytest_asyncapi_sse.schema.walk import MOST_STEPS, Walk

FEW = settings(
    max_examples=25,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
FILES = ("asyncapi-like.json", "asyncapi-spec-payloads.json", "schemastore-sample.json")


def disagreement(judge: Validator, value: Any) -> str:
    """Return what is wrong with the explanation of a value, empty where nothing is."""
    found = list(judge.iter_errors(value))
    if judge.is_valid(value):
        return "a valid value has violations" if found else ""
    if not found:
        return "an invalid value has no violation"
    if not all(one.summary.strip() and one.code == "payload-schema" for one in found):
        return "a violation says nothing"
    astray = [one.pointer for one in found if not leads(one.pointer, value)]
    return f"{astray} lead nowhere" if astray else ""


def leads(pointer: str | None, value: Any) -> bool:
    for escaped in (pointer or "").split("/")[1:]:
        token = escaped.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list) and token.isdecimal() and int(token) < len(value):
            value = value[int(token)]
        elif isinstance(value, dict) and token in value:
            value = value[token]
        else:
            return False
    return pointer is not None


@pytest.mark.parametrize("name", SCHEMAS)
def test_any_value_is_valid_or_has_a_violation(name: str) -> None:
    judge = validator(SCHEMAS[name])

    @FEW
    @given(JSON)
    def check(value: Any) -> None:
        assert disagreement(judge, value) == ""

    check()


@pytest.mark.parametrize("name", ["order", "tree", "tagged", "condition", "tuple", "dependencies"])
def test_what_is_drawn_to_be_invalid_has_a_violation(name: str) -> None:
    judge = validator(SCHEMAS[name])

    @FEW
    @given(invalid_payloads(SCHEMAS[name]))
    def check(found: Any) -> None:
        assert disagreement(judge, found.value) == ""
        assert not judge.is_valid(found.value)

    check()


def collected(corpus: Path) -> dict[str, Any]:
    schemas = corpus / "schemas"
    found: dict[str, Any] = {}
    for file in FILES:
        found.update({f"{file}: {name}": source for name, source in rows(schemas / file).items()})
    for draft in DRAFTS:
        suite = groups(schemas / "JSON-Schema-Test-Suite", draft)
        found.update({group.id: group.source for group in suite})
    return found


def test_verdict_and_explanation_agree_over_the_collections(
    corpus: Path, record_property: Any
) -> None:
    values: list[Any] = [None, True, 0, -1.5, 1e308, "", "a", [], [1, "a", None], {}, {"a": {}}]

    @seed(1)
    @settings(FEW, max_examples=30)
    @given(JSON)
    def draw(value: Any) -> None:
        values.append(value)

    draw()
    wrong: dict[str, str] = {}
    judged = 0
    for name, source in collected(corpus).items():
        try:
            judge = validator(source)
        except DocumentError:
            continue
        judged += 1
        for value in values:
            found = disagreement(judge, value)
            if found:
                wrong[f"{name} {value!r}"] = found
    record_property("corpus", f"{len(values)} values were put to {judged} schemas")
    assert wrong == {}
    assert judged > 1_000


class Color(enum.Enum):
    RED = "red"


class Name(str):
    __slots__ = ()


class Unwritable:
    def __repr__(self) -> str:
        raise RuntimeError("no repr")


def nested(levels: int, leaf: Any = 1) -> Any:
    for _ in range(levels):
        leaf = {"a": [leaf]}
    return leaf


def inside_itself() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


STRANGE: dict[str, Any] = {
    "400 digits": 10**400,
    "5,000 digits": -(10**5_000),
    "1e308": 1e308,
    "minus zero": -0.0,
    "NaN": float("nan"),
    "infinity": float("-inf"),
    "NaN inside": {"a": [float("nan")]},
    "100 levels": nested(100),
    "1,000 levels": nested(1_000),
    "inside itself": inside_itself(),
    "a lone surrogate": "\ud800",
    "a surrogate in a key": {"\udfff": 1},
    "a tuple": (1, (2,)),
    "bytes": b"\xff",
    "a key that is a number": {1: 2},
    "a key that is None": {None: [1]},
    "a Decimal": Decimal("1.50"),
    "a Decimal NaN": Decimal("NaN"),
    "a date": {"a": datetime.date(2024, 1, 1)},
    "an OrderedDict": collections.OrderedDict(a=1),
    "a defaultdict": collections.defaultdict(list, a=[1]),
    "an Enum": Color.RED,
    "a subclass of str": Name("x"),
    "a set": {1, 2},
    "an iterator": iter([1]),
    "a complex number": 1j,
    "what has no repr": [Unwritable()],
    "a class": int,
}
JUDGES: dict[str, Any] = {
    "anything": True,
    "nothing": False,
    "an integer": {"type": "integer", "maximum": 5, "multipleOf": 3},
    "a number": {"type": "number", "format": "int32"},
    "a text": {"type": "string", "pattern": "^a", "format": "date", "minLength": 2},
    "an array": {"type": "array", "minItems": 9, "uniqueItems": True, "contains": {"const": 7}},
    "an object": {
        "type": "object",
        "required": ["b"],
        "properties": {"a": {"type": "array", "items": {"$ref": "#"}}},
        "additionalProperties": False,
    },
    "a union": {
        "oneOf": [{"const": "x"}, {"enum": [1, None]}, {"type": "object"}, {"minItems": 3}]
    },
}


@pytest.mark.parametrize("kind", JUDGES)
@pytest.mark.parametrize("name", STRANGE)
def test_strange_values_get_a_verdict_and_words(kind: str, name: str) -> None:
    judge = validator(JUDGES[kind])
    verdict = judge.is_valid(STRANGE[name])
    found = list(judge.iter_errors(STRANGE[name]))
    assert verdict is not bool(found)
    assert all(one.summary.strip() and str(one) for one in found)


@pytest.mark.parametrize(
    ("value", "summary"),
    [
        ({"a": [b"x"]}, "/a/0 is b'x', a value of the type bytes, which JSON cannot hold"),
        ({"a": {1: 2}}, "/a has the key 1, which JSON cannot hold"),
        ([1, float("nan")], "/1 is nan, which JSON cannot hold"),
        (["\ud800"], "/0 is '\\ud800', a text with a lone surrogate, which JSON cannot hold"),
        (
            [Unwritable()],
            "/0 is <Unwritable>, a value of the type Unwritable, which JSON cannot hold",
        ),
        (inside_itself(), "/0 holds itself, which JSON cannot hold"),
    ],
)
def test_what_json_cannot_hold_is_named(value: Any, summary: str) -> None:
    assert [one.summary for one in validator(False).iter_errors(value)] == [summary]


def test_a_tuple_and_a_decimal_are_read_as_json() -> None:
    judge = validator({"type": "array", "minItems": 3, "items": {"maximum": 1}})
    assert [one.summary for one in judge.iter_errors((1, Decimal("1.5")))] == [
        "the payload has 2 items, fewer than the minimum 3",
        "/1 is 1.5, above the maximum 1",
    ]


TAGGED = [
    {
        "type": "object",
        "required": ["type", "n"],
        "properties": {"type": {"const": f"e{number}"}, "n": {"type": "integer"}},
    }
    for number in range(200)
]
UNTAGGED = {
    "$ref": "#/definitions/e",
    "definitions": {
        "e": {
            "oneOf": [
                {"required": ["a"], "properties": {"a": {"$ref": "#"}}},
                {"required": ["a"], "properties": {"a": {"$ref": "#"}}, "minProperties": 2},
                {"type": "integer"},
            ]
        }
    },
}


def levels(count: int, leaf: Any) -> Any:
    for _ in range(count):
        leaf = {"a": leaf}
    return leaf


LARGE: dict[str, tuple[Any, Any]] = {
    "10,000 errors": ({"items": {"type": "integer"}}, ["x"] * 10_000),
    "200 branches": ({"oneOf": TAGGED}, {"type": "e7", "n": "x"}),
    "200 branches, none meant": ({"oneOf": TAGGED}, {"type": "none", "n": 1}),
    "200 branches of 10,000 items": ({"items": {"oneOf": TAGGED}}, [{"type": "e7"}] * 10_000),
    "200 branches, none for 10,000": ({"items": {"oneOf": TAGGED}}, [{"type": "x"}] * 10_000),
    "nested branches without tags": (UNTAGGED, levels(60, "x")),
    "10,000 missing": ({"required": [f"k{number}" for number in range(10_000)]}, {"k": 1}),
    "10,000 undeclared": (
        {
            "properties": {f"k{number}": {} for number in range(3_000)},
            "additionalProperties": False,
        },
        {f"l{number}": 1 for number in range(10_000)},
    ),
    "an error at the end": ({"items": {"type": "object"}}, [{}] * 60_000 + [5]),
    "an item twice": (
        {"uniqueItems": True},
        [{"a": number} for number in range(9_999)] + [{"a": 1}],
    ),
    "none contained": ({"contains": {"const": -1}}, list(range(60_000))),
}


@pytest.mark.parametrize("name", LARGE)
def test_an_explanation_ends_in_counted_steps(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    schema, value = LARGE[name]
    taken = itertools.count()
    take = Walk.take

    def counting(self: Walk, count: int = 1) -> None:
        for _ in range(count):
            next(taken)
        take(self, count)

    monkeypatch.setattr(Walk, "take", counting)
    found = list(validator(schema).iter_errors(value))
    assert found
    assert len(found) <= MOST_FINDINGS + 1
    assert next(taken) <= 3 * MOST_STEPS
    assert sum(len(str(one)) for one in found) < 40_000


def test_an_error_behind_the_bound_is_found_by_judging() -> None:
    schema, value = LARGE["an error at the end"]
    [violation] = validator(schema).iter_errors(value)
    assert violation.summary == "/60000 is 5, not an object"


def test_the_bound_of_errors_is_told() -> None:
    schema, value = LARGE["10,000 errors"]
    engine = engine_of(roots(schema)[0])
    tree = errors(engine, engine.contents, value)
    assert (len(tree.errors), tree.is_whole) == (MOST_ERRORS, False)
    last = list(validator(schema).iter_errors(value))[-1]
    assert last.summary == "and at least 980 more"


@pytest.mark.parametrize("depth", [50, 150, 400])
def test_deep_payloads_are_explained_in_words(depth: int) -> None:
    node = {"type": "object", "properties": {"a": {"$ref": "#"}, "n": {"type": "integer"}}}
    [violation] = validator(node).iter_errors(levels(depth, {"n": "x"}))
    assert violation.pointer == "/a" * depth + "/n"
    assert violation.summary.endswith("/n is 'x', not an integer")


def test_a_schema_that_names_its_dialect_is_explained_where_it_comes_back_to_itself() -> None:
    schema = {"$schema": DRAFT_2020, "required": ["id"], "properties": {"next": {"$ref": "#"}}}
    [violation] = validator(schema).iter_errors({"id": 1, "next": {"id": 2, "next": {}}})
    assert violation.summary == "the required property 'id' is missing at /next/next"
