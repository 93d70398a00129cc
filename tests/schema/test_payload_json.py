"""Strict JSON: what is read, what is refused with which code, and where."""

from __future__ import annotations

import json
import math
import pickle
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payload_schemas import JSON

from pytest_asyncapi_sse.schema import JSONDefect, dump_json, parse_json, same_json

# Pieces that make most of what is read and of each defect, in any order.
TOKENS = [
    *'{}[]:,"\\ ',
    *('"a"', '"a":', '{"a":', '"\\ud800"', "\\ud83d", "\ud800", "NaN", "-Infinity", "null"),
    *("1", "-0.5", "1e400", "9" * 4301, "[" * 150, "\ufeff", "é"),
]

# Halves of a character, escaped or not, and what stands between them.
HALVES = ["\\ud83d", "\\ude00", "\\\\", "\ud83d", "\ude00", "\\u0061", "ud83d", "é"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None),
        (' {"a": [1, 2.5, true]} \n', {"a": [1, 2.5, True]}),
        ("18446744073709551617", 2**64 + 1),
        ("-0.5e-3", -0.0005),
        ('"\\ud83d\\ude00"', "😀"),
        ('{"a": {"a": 1}, "b": {"a": 2}}', {"a": {"a": 1}, "b": {"a": 2}}),
        ('"NaN, {a: 1} and \\\\"', "NaN, {a: 1} and \\"),
        ('"é"'.encode(), "é"),
        ("[" * 200 + "]" * 200, None),
        ("-" + "9" * 4300, 1 - 10**4300),
        ("1e-400", 0),
        ('["\\\\ud800"]', ["\\ud800"]),
        ('"\\\\\\ud83d\\ude00é"', "\\😀é"),
    ],
)
def test_strict_json_is_read(text: str | bytes, value: object) -> None:
    found = parse_json(text)
    assert value is None or same_json(found, value)


@pytest.mark.parametrize(
    ("text", "code", "offset", "summary"),
    [
        ("", "json-empty", 0, "the text is empty, not a JSON value"),
        (" \r\n", "json-empty", 0, "the text is empty, not a JSON value"),
        ('{"a":}', "invalid-json", 5, "the text is not JSON: expecting value, found '}'"),
        ('{"a"', "invalid-json", 4, "found the end of the text"),
        ("{'a': 1}", "invalid-json", 1, "the text is not JSON"),
        ("\ufeff1", "invalid-json", 0, "byte order mark (U+FEFF)"),
        (b'"\xff"', "json-encoding", 1, "the text is not UTF-8: byte 0xff at offset 1"),
        ("[1, NaN]", "json-nan", 4, "NaN is not a JSON number"),
        ("-Infinity", "json-nan", 0, "-Infinity is not a JSON number"),
        ('{"a": 1, "a": 2}', "json-duplicate-key", 9, "the key 'a' occurs twice in one object"),
        ('{"a": 1, "\\u0061": 2}', "json-duplicate-key", 9, "the key 'a' occurs twice"),
        ('[{"b": ["x", {"c": 1, "c" : 1}]}]', "json-duplicate-key", 22, "the key 'c' occurs twice"),
        ('["\\ud800"]', "json-surrogate", 1, "lone surrogate \\ud800"),
        ('{"\\udc00": 1}', "json-surrogate", 1, "lone surrogate \\udc00"),
        ('"\udfff"', "json-surrogate", 0, "lone surrogate \\udfff"),
        ('"\\\\ud83d\\ude00"', "json-surrogate", 0, "lone surrogate \\ude00"),
        ("[1] x", "json-trailing-text", 4, "after the JSON value comes 'x'"),
        ("{}{}", "json-trailing-text", 2, "after the JSON value comes '{}'"),
        ("1e400", "json-overflow", 0, "the number 1e400 is too large for an IEEE double"),
        ("[-1.5e999]", "json-overflow", 1, "the number -1.5e999 is too large"),
        ("[1" + "0" * 400 + ".5]", "json-overflow", 1, "the number 1000000"),
        ("9" * 5000, "json-digits", 0, "an integer of 5000 digits is over the bound of 4300"),
        ("[-" + "9" * 4301 + "]", "json-digits", 1, "an integer of 4301 digits"),
        ("1e400-0.5", "json-overflow", 0, "the number 1e400 is too large"),
        ("[NaNx]", "json-nan", 1, "NaN is not a JSON number"),
        ("[Infinity", "json-nan", 1, "Infinity is not a JSON number"),
        ('{"a": "x", "b" :\n"a", "a"\t: 2}', "json-duplicate-key", 22, "the key 'a' occurs twice"),
        ('{"\\ud800": 1, "\\ud800": 2}', "json-duplicate-key", 14, "the key '\\ud800' occurs"),
        ("[" * 201 + "]" * 201, "json-depth", 200, "nested deeper than 200 levels"),
        ('{"a":' * 5000, "json-depth", 1000, "nested deeper than 200 levels"),
    ],
)
def test_what_parsers_disagree_on_is_refused(
    text: str | bytes, code: str, offset: int, summary: str
) -> None:
    with pytest.raises(JSONDefect) as caught:
        parse_json(text)
    assert (caught.value.code, caught.value.offset) == (code, offset)
    assert summary in str(caught.value)


def test_brackets_inside_texts_are_no_depth() -> None:
    assert parse_json('"' + "[{" * 500 + '"') == "[{" * 500


def test_a_defect_survives_pickling() -> None:
    defect = pickle.loads(pickle.dumps(JSONDefect("json-nan", "NaN is no number", 3)))
    assert (defect.code, defect.summary, defect.offset) == ("json-nan", "NaN is no number", 3)


@given(JSON)
def test_what_is_written_is_read_again(value: object) -> None:
    assert same_json(parse_json(dump_json(value)), value)


@given(st.text())
def test_nothing_but_a_defect_comes_out(text: str) -> None:
    try:
        parse_json(text)
    except JSONDefect as defect:
        assert 0 <= defect.offset <= len(text)


@pytest.mark.parametrize("value", [math.nan, math.inf, [-math.inf]])
def test_nan_and_infinity_are_not_written(value: object) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        dump_json(value)


def test_json_is_written_compactly_in_unicode() -> None:
    assert dump_json({"é": [1, None, "\u2028"]}) == '{"é":[1,null,"\u2028"]}'


@pytest.mark.parametrize(("limit", "bound"), [(640, 640), (0, 4300), (5000, 4300)])
def test_the_digits_that_python_is_told_to_read_are_a_bound_too(limit: int, bound: int) -> None:
    most = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(limit)
    try:
        assert parse_json("9" * bound) == 10**bound - 1
        with pytest.raises(JSONDefect, match=f"4400 digits is over the bound of {bound}") as caught:
            parse_json("[1, -" + "9" * 4400 + "]")
    finally:
        sys.set_int_max_str_digits(most)
    assert (caught.value.code, caught.value.offset) == ("json-digits", 4)


@given(st.lists(st.sampled_from(HALVES), max_size=8).map("".join))
def test_a_text_is_refused_for_a_lone_surrogate_alone(inside: str) -> None:
    value = json.loads(f'"{inside}"')
    is_lone = any("\ud800" <= char <= "\udfff" for char in value)
    try:
        assert parse_json(f'"{inside}"') == value
        assert not is_lone
    except JSONDefect as defect:
        assert defect.code == "json-surrogate"
        assert is_lone


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[]" * 101 + '"' + '\\"' * 100_000, "json-trailing-text"),
        ("[" + "[]," * 101 + '"' + '\\"' * 100_000, "invalid-json"),
        ("{" + ",".join(f'"{i}": "x"' for i in range(100_000)) + ', "z": NaN}', "json-nan"),
        ("[" + '"\\\\",' * 100_000 + '"\\ud800"]', "json-surrogate"),
    ],
    ids=["quotes after a value", "quotes in a value", "many strings", "many escapes"],
)
def test_long_texts_are_scanned_once(text: str, code: str) -> None:
    start = time.process_time()
    with pytest.raises(JSONDefect) as caught:
        parse_json(text)
    assert caught.value.code == code
    assert time.process_time() - start < 5


@given(st.lists(st.sampled_from(TOKENS), max_size=12).map("".join))
def test_every_text_of_tokens_is_read_or_named(text: str) -> None:
    try:
        value = parse_json(text)
    except JSONDefect as defect:
        assert 0 <= defect.offset <= len(text)
        assert str(defect) != "the text is not strict JSON"
    else:
        assert same_json(parse_json(dump_json(value)), value)
