"""YAML 1.2 and JSON text: what is read, what is refused, and where."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_asyncapi_sse.document.text.json_text import build_json, read_json
from pytest_asyncapi_sse.document.text.positions import Positions
from pytest_asyncapi_sse.document.text.tree import MAX_DEPTH
from pytest_asyncapi_sse.document.text.yaml_text import build_yaml
from pytest_asyncapi_sse.errors import DocumentError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on", "on"),
        ("no", "no"),
        ("y", "y"),
        ("2020-01-01", "2020-01-01"),
        ("2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z"),
        ("12:30:45", "12:30:45"),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("0o17", 15),
        ("017", 17),
        ("0x1F", 31),
        ("-12", -12),
        ("+3", 3),
        ("1e3", 1000.0),
        ("1.", 1.0),
        (".5", 0.5),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("True", True),
        ("tRUE", "tRUE"),
        ("null", None),
        ("~", None),
        ("''", ""),
        ("'1'", "1"),
        ('"true"', "true"),
        ("!!str 1", "1"),
        ("!!float 1", 1.0),
        ("! 1", "1"),
        ("=", "="),
        ("[a, {b: c}]", ["a", {"b": "c"}]),
        ("{1: a, true: b, ~: c, 1.0: d}", {"1": "a", "true": "b", "~": "c", "1.0": "d"}),
        ("{a: &x 1, b: *x}", {"a": 1, "b": 1}),
        ("{a: &x true, *x : 1}", {"a": True, "true": 1}),
        ("{a: &x ~, *x : 1}", {"a": None, "null": 1}),
        ("!!float " + "9" * 400, math.inf),
        ("{a: &x {k: 1}, b: {<<: *x, j: 2}}", {"a": {"k": 1}, "b": {"k": 1, "j": 2}}),
        ("{a: &x {k: 1}, b: {k: 2, <<: *x}}", {"a": {"k": 1}, "b": {"k": 2}}),
        ("{b: {<<: [{k: 1}, {k: 2, l: 3}]}}", {"b": {"k": 1, "l": 3}}),
        ("{'<<': 1}", {"<<": 1}),
    ],
)
def test_yaml_values(text: str, expected: object) -> None:
    builder = build_yaml(text, "f")
    assert builder.problems == []
    assert builder.root == expected
    assert type(builder.root) is type(expected)


def test_nan_is_a_float() -> None:
    assert math.isnan(build_yaml(".nan", "f").root)


DEEP = MAX_DEPTH + 1


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.yaml", "", "a.yaml:1:1: the file is empty."),
        ("a.yaml", "# nothing\n", "a.yaml:1:1: the file is empty."),
        (
            "a.yaml",
            "a: 1\nb: 2\na: 3\n",
            "a.yaml:3:1 (#/a): the key 'a' stands twice in one object, first on line 1. "
            "Remove or rename one of them.",
        ),
        (
            "a.yaml",
            "a: [1\nb: 2\n",
            "a.yaml:2:2: this is not YAML: did not find expected ',' or ']' "
            "while parsing a flow sequence. Correct the text here or on the line above.",
        ),
        (
            "a.yaml",
            "a: !!python/object:os.system x\n",
            "a.yaml:1:4 (#/a): the tag 'tag:yaml.org,2002:python/object:os.system' is not "
            "supported. Tags other than those of the YAML 1.2 core schema construct nothing: "
            "remove it.",
        ),
        ("a.yaml", "a: !!int x\n", "a.yaml:1:4 (#/a): 'x' is tagged as int."),
        (
            "a.yaml",
            "a: 1\n---\nb: 2\n",
            "a.yaml:1:1: the file holds 2 YAML documents, expected one. "
            "Split it at the lines `---`.",
        ),
        ("a.yaml", "? [a]\n: 1\n", "a.yaml:1:3: a key is a collection, expected a plain value."),
        ("a.yaml", "a: *x\n", "a.yaml:1:4 (#/a): the alias *x names no anchor. Add &x above."),
        (
            "a.yaml",
            "a: &x [*x]\n",
            "a.yaml:1:8 (#/a/0): the alias *x stands inside the value that it names.",
        ),
        (
            "a.yaml",
            "a: {<<: 1}\n",
            "a.yaml:1:9 (#/a): the merge key << has 1, expected an object or a list of objects.",
        ),
        (
            "a.yaml",
            "[" * DEEP + "]" * DEEP,
            "a.yaml:1:201 (#" + "/0" * 200 + "): the values are nested deeper than 200 levels.",
        ),
        ("a.yaml", b"a: \xff", "a.yaml:1:4: the text is not UTF-8. Save the file as UTF-8."),
        (
            "a.yaml",
            b"a: b\nc: \0",
            "a.yaml:2:4: a NUL character stands in the text. Remove it.",
        ),
        (
            "a.yaml",
            "a: é\nb: é\x07\n",
            "a.yaml:2:5: this is not YAML: a control character stands in it. "
            'Remove it, or write it as an escape ("\\x07") in double quotes.',
        ),
        ("a.yaml", "a: " + "9" * 5000, "a.yaml:1:4 (#/a): the number has 5,000 digits, more than 4,300."),
        ("a.json", '{"a": 1,}', "a.json:1:9: this is not JSON: expecting property name enclosed "
         "in double quotes."),
        ("a.json", "a: 1", "a.json:1:1: this is not JSON: expecting value."),
        ("a.json", '{"a":\n NaN}', "a.json:2:2 (#/a): this is not JSON: no value can stand here."),
        (
            "a.json",
            '{"a": 1,\n "b": {"c": 1, "c": 2}}',
            "a.json:2:16 (#/b/c): the key 'c' stands twice in one object, first on line 2. "
            "Remove or rename one of them.",
        ),
        (
            "a.json",
            '["\\ud800"]',
            "a.json:1:2 (#/0): the text holds half of a surrogate pair, which UTF-8 cannot carry. "
            "Write both halves of the pair, or the character itself.",
        ),
        (
            "a.json",
            "[" * DEEP + "]" * DEEP,
            "a.json:1:201 (#" + "/0" * 200 + "): the values are nested deeper than 200 levels.",
        ),
        (
            "a.json",
            "[" * 100_000,
            "a.json:1:201 (#" + "/0" * 200 + "): the values are nested deeper than 200 levels.",
        ),
        ("a.json", "9" * 5000, "a.json:1:1: the number has 5,000 digits, more than 4,300."),
    ],
)  # fmt: skip
def test_texts_that_are_refused(fails, name: str, text: str | bytes, expected: str) -> None:
    assert fails(text, name) == [expected]


def test_all_duplicate_keys_are_named_at_once(fails) -> None:
    problems = fails("a: 1\na: 2\nb: {c: 1, c: 2}\n")
    assert [problem.partition(":the")[0].split(":")[1] for problem in problems] == ["2", "3"]


def test_a_laughing_document_is_refused_at_once(fails) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    (problem,) = fails("\n".join(lines))
    assert "the aliases expand to more than 1,000,000 values" in problem


def test_aliases_that_nest_too_deeply_are_refused(fails) -> None:
    lines = ["a0: &a0 [x]"] + [f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 300)]
    (problem,) = fails("\n".join(lines))
    assert "the aliases nest deeper than 200 levels" in problem


def test_a_document_that_is_too_large_is_refused(fails) -> None:
    assert fails(b"#" * 10_000_001) == ["spec.yaml has more than 10,000,000 bytes."]


def test_json_is_recognised_by_its_content(loads) -> None:
    document = loads('\n {"asyncapi": "3.0.0",\t"info": {"title": "\\ud83d\\ude00"}}')
    assert document.title == "\U0001f600"


def test_what_only_looks_like_json_is_read_as_yaml(loads) -> None:
    assert loads("{asyncapi: 3.0.0, info: {title: flow}}").title == "flow"


def test_a_byte_order_mark_is_no_part_of_the_text(loads) -> None:
    assert loads(b"\xef\xbb\xbfasyncapi: 3.0.0\n").version == "3.0.0"


KEYS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | KEYS,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(KEYS, children, max_size=4),
    max_leaves=15,
)  # fmt: skip


@given(VALUES, st.sampled_from([None, 1, "\t"]))
def test_json_is_read_as_it_was_written(value: object, indent: int | str | None) -> None:
    text = json.dumps(value, indent=indent)
    assert read_json(text, "f") == value
    builder = build_json(text, "f", marked=True)
    assert (builder.root, builder.problems) == (value, [])


@given(st.text(alphabet="{}[]:,&*ab01-?!|>#'\" \n\t<", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (build_yaml, build_json):
        try:
            builder = read(text, "f", marked=True)
            Positions(builder).find("/a/0/b")
        except DocumentError as error:
            assert str(error)


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ("", (1, 1)),
        ("/a", (1, 1)),
        ("/a/b", (2, 3)),
        ("/a/b/1", (2, 11)),
        ("/c~1d", (3, 1)),
        ("/e/b/0", (2, 7)),
        ("/f/b", (2, 3)),
        ("/f/g", (6, 3)),
        ("/a/gone/deep", (1, 1)),
    ],
)
def test_positions_in_yaml(pointer: str, place: tuple[int, int]) -> None:
    text = "a: &x\n  b: [1,  2]\nc/d: é\ne: *x\nf:\n  g: 1\n  <<: *x\n"
    assert Positions(build_yaml(text, "f", marked=True)).find(pointer) == place


@pytest.mark.parametrize(
    ("pointer", "place"),
    [("", (1, 1)), ("/a", (2, 2)), ("/a/1", (3, 4)), ("/b", (4, 1)), ("/a/9", (2, 2))],
)
def test_positions_in_json(pointer: str, place: tuple[int, int]) -> None:
    text = '{\n "a": [1,\n   2],\n"b": 3}'
    assert Positions(build_json(text, "f", marked=True)).find(pointer) == place
