"""What payloads hold: the rare forms are drawn, nothing is drawn in vain, the smallest is plain."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from payload_schemas import BRANCHES, DRAFT_2020, ORDER, QUIET, SCHEMAS, TREE
from suite_groups import rows

from pytest_asyncapi_sse.errors import DocumentError
from pytest_asyncapi_sse.schema import payloads, validator
from pytest_asyncapi_sse.schema.assertions import format_judge
from pytest_asyncapi_sse.schema.characters import escape_class, members
from pytest_asyncapi_sse.schema.formats import FORMATS
from pytest_asyncapi_sse.schema.patterns import pattern_texts
from pytest_asyncapi_sse.schema.samples import samples

_GENERATING = settings(QUIET, phases=[Phase.generate], derandomize=True)
_MOST_CALLS = 500


def smallest(schema: Any, condition: Callable[[Any], bool] = lambda _: True) -> Any:
    """Return what the payloads of a schema that meet a condition shrink to."""
    return find(payloads(schema), condition, settings=QUIET, random=random.Random(0))


# What the smallest text of each format matches.
SMALLEST = {
    "binary": "",
    "byte": "",
    "date": "2000-01-01",
    "date-time": "2000-01-01T00:00:00Z",
    "duration": "P0D",
    "email": "a@b.co",
    "hostname": "a.co",
    "idn-email": "a@b.co",
    "idn-hostname": "a.co",
    "ipv4": "0.0.0.0",
    "ipv6": "::",
    "iri": "https?://a.co",
    "iri-reference": "",
    "json-pointer": "",
    "regex": "",
    "relative-json-pointer": "0",
    "time": "00:00:00Z",
    "uri": "https?://a.co",
    "uri-reference": "",
    "uri-template": "",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


@pytest.mark.parametrize("name", FORMATS)
def test_a_text_of_a_format_shrinks_to_a_plain_one(name: str) -> None:
    schema = {"type": "string", "format": name}
    assert re.fullmatch(SMALLEST[name], smallest(schema))
    if FORMATS[name].longer is not None:
        assert len(smallest(schema, lambda text: len(text) > 12)) < 24


@pytest.mark.parametrize("name", FORMATS)
def test_few_texts_of_a_format_are_drawn_in_vain(name: str) -> None:
    drawn = samples(FORMATS[name].strategy(), 150)
    judge = format_judge(name, jsonschema_rs.Draft202012)
    assert sum(not judge(text) for text in drawn) < len(drawn) / 10
    assert len(set(drawn)) > len(drawn) / 2


_RARE: list[tuple[str, Callable[[str], bool]]] = [
    ("date", lambda text: text < "1900"),
    ("date-time", lambda text: "." in text),
    ("date-time", lambda text: text.endswith("z") and "t" in text),
    ("date-time", lambda text: text[-6] in "+-"),
    ("duration", lambda text: "W" in text),
    ("duration", lambda text: "Y" in text and "T" in text),
    ("email", lambda text: text.startswith('"')),
    ("email", lambda text: "@[IPv6:" in text),
    ("hostname", lambda text: len(text) == 253),
    ("hostname", lambda text: "." not in text),
    ("idn-email", lambda text: not text.isascii()),
    ("idn-hostname", lambda text: not text.isascii()),
    ("ipv6", lambda text: "." in text),
    ("ipv6", lambda text: text.isupper()),
    ("ipv6", lambda text: "::" in text and len(text) > 20),
    ("ipv6", lambda text: len(text) == 39),
    ("iri", lambda text: not text.isascii()),
    ("iri-reference", lambda text: not text.isascii() and ":" not in text),
    ("json-pointer", lambda text: "~0" in text),
    ("json-pointer", lambda text: "~1" in text),
    ("regex", lambda text: "(?=" in text),
    ("relative-json-pointer", lambda text: text.endswith("#")),
    ("time", lambda text: ":60" in text),
    ("time", lambda text: text.endswith("-12:00")),
    ("uri", lambda text: "//" not in text),
    ("uri", lambda text: "[" in text),
    ("uri-reference", lambda text: text.startswith("../")),
    ("uri-template", lambda text: "{+" in text),
    ("uri-template", lambda text: "*}" in text),
    ("uuid", lambda text: text.upper() == text and text.lower() != text),
    ("uuid", lambda text: text[14] == "7"),
]


@pytest.mark.parametrize(("name", "condition"), _RARE)
def test_the_rare_forms_of_a_format_are_drawn(name: str, condition: Any) -> None:
    find(FORMATS[name].strategy(), condition, settings=_GENERATING)


PLAIN: dict[str, str] = {
    "^\\s$": " ",
    "\\d": "0",
    "\\bfoo\\b": "foo",
    "\\Bfoo": "afoo",
    "(?<=a)b": "ab",
    "foo(?=bar)": "foobar",
    "^(?=.*[A-Z])(?=.*\\d)[A-Za-z\\d]{8,16}$": "A0aaaaaa",
    "^(?=.*[a-z])(?=.*[A-Z])(?=.*\\d)(?=.*[@$!%*?&])[A-Za-z\\d@$!%*?&]{8,}$": "aA0@aaaa",
    "^(?=.{5,10}$)[a-z]+(-[a-z]+)*$": "aaaaa",
    "^(?=[a-z]{2,4}$)\\w+$": "aa",
    "^(a|b)\\1$": "aa",
    "^\\p{L}+$": "a",
    "^\\p{digit}+$": "0",
    "^\\p{Emoji}$": "0",
    "^\\P{L}$": "0",
    "^[\\u{1F600}-\\u{1F64F}]+$": "😀",
    "^\\cA\\x41\\u0041$": "\x01AA",
    "^(a||b)c$": "ac",
    "^(|a)$": "",
    "(?i:ab)c": "abc",
    "^[^abc]$": "d",
    "^a{3,}?b*?$": "aaa",
}


@pytest.mark.parametrize("pattern", PLAIN)
def test_a_pattern_shrinks_to_its_plainest_match(pattern: str) -> None:
    assert smallest({"type": "string", "pattern": pattern}) == PLAIN[pattern]


def test_a_class_gives_characters_from_all_over_it() -> None:
    assert len(set(samples(pattern_texts("^\\s$"), 100))) == 25
    spaces = members(escape_class("s") or ())
    assert spaces[0] == " "
    found = "".join(samples(pattern_texts("^[^a]*$"), 200))
    assert {"\u0301", "\u2028", "😀", "\x00", "\U0010ffff"} <= set(found)
    letters = "".join(samples(pattern_texts("^\\p{L}+$"), 200))
    assert any(ord(letter) > 0xFFFF for letter in letters)
    assert set(string.ascii_letters) <= set(letters)


@pytest.mark.parametrize(
    ("pattern", "condition"),
    [
        ("^[a-z]+$", lambda text: len(text) == 600),
        ("^[a-z]{1,63}$", lambda text: len(text) == 63),
        ("foo", lambda text: text.startswith("\n") or "\n" in text[-3:]),
        ("^https?://", lambda text: "é" in text),
        ("b$", lambda text: text[0] != "b"),
    ],
)
def test_matches_come_long_and_with_text_around(pattern: str, condition: Any) -> None:
    find(pattern_texts(pattern), condition, settings=_GENERATING)


NARROW: dict[str, Any] = {
    "long email": {"format": "email", "minLength": 200},
    "email of one length": {"format": "email", "minLength": 200, "maxLength": 200},
    "short uri": {"format": "uri", "maxLength": 8},
    "longest hostname": {"format": "hostname", "minLength": 250},
    "exact moment": {"format": "date-time", "minLength": 60},
    "moment in UTC": {"format": "date-time", "pattern": "Z$"},
    "date of this century": {"format": "date", "pattern": "^20"},
    "time of one hour": {"format": "time", "pattern": "^09:"},
    "secure uri": {"format": "uri", "pattern": "^https?://[^/]+\\.example\\.com/"},
    "private address": {"format": "ipv4", "pattern": "^10\\."},
    "long bytes": {"format": "byte", "minLength": 101},
    "two formats": {"allOf": [{"format": "uri"}, {"format": "uri-template"}]},
    "kinds of characters": {
        "minLength": 8,
        "allOf": [{"pattern": kind} for kind in ("[a-z]", "[A-Z]", "\\d", "[!@#$%]")],
    },
    "both ends": {"allOf": [{"pattern": kind} for kind in ("^[a-z-]+$", "^a", "z$", "-")]},
    "pattern and length by pattern": {"allOf": [{"pattern": "^[a-z]+$"}, {"pattern": "^.{5}$"}]},
    "short words": {"pattern": "^[a-z]+(-[a-z]+)*$", "maxLength": 5},
    "long words": {"pattern": "^[a-z]+(-[a-z]+)*$", "minLength": 40, "maxLength": 42},
}


def _passes_health_checks(strategy: st.SearchStrategy[Any], count: int) -> None:
    """Draw with Hypothesis's own settings, all health checks among them."""

    @settings(
        database=None,
        derandomize=True,
        max_examples=count,
        phases=[Phase.generate],
        suppress_health_check=[],
    )
    @given(strategy)
    def draw(_value: Any) -> None:
        """Draw a payload."""

    draw()


@pytest.mark.parametrize("name", NARROW)
def test_formats_patterns_and_lengths_are_met_together(name: str) -> None:
    schema = {"type": "string", **NARROW[name]}
    _passes_health_checks(payloads(schema), 40)
    assert len(set(samples(payloads(schema), 60))) > 4


@pytest.mark.parametrize(
    "narrow",
    [
        {"format": "hostname", "minLength": 254},
        {"format": "uuid", "minLength": 40},
        {"format": "ipv6", "minLength": 200},
        {"pattern": "^(?=.{8,})[a-z]*$", "maxLength": 7},
        {"pattern": "^(?=.{2,4}$)", "minLength": 5},
    ],
)
def test_what_a_format_or_pattern_has_no_room_for_is_refused(narrow: Any) -> None:
    with pytest.raises(DocumentError, match="no payload"):
        payloads({"type": "string", **narrow})


_INTEGER = {"type": "integer"}


@pytest.mark.parametrize(
    ("schema", "condition"),
    [
        (_INTEGER, lambda value: isinstance(value, float)),
        ({**_INTEGER, "minimum": 1, "maximum": 12}, lambda value: isinstance(value, float)),
        ({**_INTEGER, "minimum": -12, "maximum": -1}, lambda value: isinstance(value, float)),
        (_INTEGER, lambda value: value > 2**64),
        ({**_INTEGER, "format": "int32"}, lambda value: value == 2**31 - 1),
        ({"type": "number"}, lambda value: value == 5e-324),
        ({"type": "number"}, lambda value: value > 1e300),
        ({"type": "number"}, lambda value: str(value) == "-0.0"),
        ({"type": "number", "minimum": 0, "maximum": 1}, lambda value: 0 < 1 - value < 1e-15),
        ({"type": "string"}, lambda value: "\u0301" in value),
        ({"type": "string"}, lambda value: "\u2029" in value),
        ({"type": "string"}, lambda value: any(ord(char) > 0xFFFF for char in value)),
        ({"type": "string", "maxLength": 255}, lambda value: len(value) == 255),
    ],
)
def test_extreme_values_are_drawn(schema: Any, condition: Any) -> None:
    find(payloads(schema), condition, settings=settings(_GENERATING, max_examples=4_000))


@pytest.mark.parametrize(
    ("schema", "condition", "expected"),
    [
        (_INTEGER, lambda value: value > 2**53, 2**53 + 1),
        (_INTEGER, lambda value: value > 10, 11),
        ({**_INTEGER, "minimum": 5, "maximum": 99}, lambda _: True, 5),
        ({**_INTEGER, "minimum": -99, "maximum": -5}, lambda _: True, -5),
        ({"type": "number", "minimum": 0.5}, lambda _: True, 1),
        ({"type": "number", "maximum": -7}, lambda _: True, -7),
        ({"type": "boolean"}, lambda _: True, False),
        ({"type": "string"}, lambda _: True, ""),
        ({"type": ["object", "null", "string"]}, lambda _: True, None),
        ({"type": "array", "items": _INTEGER, "minItems": 2}, lambda _: True, [0, 0]),
        ({"enum": ["b", "a"]}, lambda _: True, "b"),
        ({"oneOf": BRANCHES}, lambda _: True, {"kind": "a"}),
        ({"type": "object", "properties": {"a": {}, "b": {}}}, lambda _: True, {}),
    ],
)
def test_the_smallest_payload_is_plain(schema: Any, condition: Any, expected: object) -> None:
    found = smallest(schema, condition)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("schema", "condition"),
    [
        (ORDER, lambda value: len(value["lines"]) > 1 and value["lines"][1]["count"] > 10),
        (ORDER, lambda value: any("tags" in line for line in value["lines"])),
        (TREE, lambda value: any(child.get("children") for child in value.get("children", []))),
    ],
)
def test_shrinking_takes_few_calls(schema: Any, condition: Any) -> None:
    calls = 0
    is_found = False

    def counted(value: Any) -> bool:
        nonlocal calls, is_found
        meets = condition(value)
        is_found = is_found or meets
        calls += is_found
        return meets

    smallest(schema, counted)
    assert 0 < calls < _MOST_CALLS


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_user_meets_no_health_check(name: str) -> None:
    _passes_health_checks(payloads(SCHEMAS[name]), 20)


@pytest.mark.parametrize("file", ["asyncapi-like.json", "asyncapi-spec-payloads.json"])
def test_a_user_meets_no_health_check_with_schemas_of_real_documents(
    corpus: Path, file: str
) -> None:
    for source in rows(corpus / "schemas" / file).values():
        try:
            found = payloads(source)
        except DocumentError:
            continue
        _passes_health_checks(found, 15)


def _optional(name: str, value: object) -> dict[str, Any]:
    properties = {name: {"const": value}, "count": {"type": "integer"}}
    return {"type": "object", "properties": properties}


@pytest.mark.parametrize(
    "branches",
    [
        [_optional("kind", f"kind {index}") for index in range(40)],
        [_optional(f"kind{index}", index) for index in range(40)],
        [{"type": "object", "properties": {name: {"type": "integer"}}} for name in "ab"],
    ],
    ids=["one optional tag", "a tag of each branch", "two open objects"],
)
def test_branches_are_told_apart_by_what_is_optional(branches: list[Any]) -> None:
    schema = {"oneOf": branches}
    drawn = samples(payloads(schema), 12)
    assert len(drawn) == 12
    assert all(map(validator(schema).is_valid, drawn))


_NODE = {
    "type": "object",
    "properties": {"data": True, "children": {"type": "array", "items": {"$dynamicRef": "#node"}}},
}
_GENERIC = {
    "$schema": DRAFT_2020,
    "$id": "https://schemas.example/both",
    "type": "object",
    "required": ["strict", "open"],
    "properties": {"strict": {"$ref": "strict"}, "open": {"$ref": "tree"}},
    "$defs": {
        "strict": {
            "$id": "strict",
            "$dynamicAnchor": "node",
            "$ref": "tree",
            "required": ["data"],
            "unevaluatedProperties": False,
        },
        "tree": {"$id": "tree", "$dynamicAnchor": "node", **_NODE},
    },
}


@pytest.mark.parametrize(
    "condition",
    [
        lambda value: "data" not in (value["open"].get("children") or [{"data": 0}])[0],
        lambda value: bool(value["strict"].get("children")),
        lambda value: bool(value["open"].get("children")),
    ],
)
def test_a_dynamic_reference_leads_to_what_it_means_at_each_place(condition: Any) -> None:
    found = find(payloads(_GENERIC), condition, settings=_GENERATING)
    assert validator(_GENERIC).is_valid(found)
