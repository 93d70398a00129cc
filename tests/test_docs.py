"""The pages of docs/: what they list is what the code has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_asyncapi_sse import payloads, validator
from pytest_asyncapi_sse.checks.codes import DOCUMENT
from pytest_asyncapi_sse.collector import NAMES
from pytest_asyncapi_sse.document import references
from pytest_asyncapi_sse.document.extension import _KEYS
from pytest_asyncapi_sse.document.sources import fetching, files
from pytest_asyncapi_sse.document.text import tree
from pytest_asyncapi_sse.schema import bounds, json_text
from pytest_asyncapi_sse.schema.assertions import NUMBER_FORMATS, STRING_FORMATS
from pytest_asyncapi_sse.schema.formats import FORMATS
from pytest_asyncapi_sse.schema.review import review
from pytest_asyncapi_sse.schema.samples import samples
from pytest_asyncapi_sse.schema.strings import HOSTILE

ROOT = Path(__file__).parent.parent
DOCUMENTS = (ROOT / "docs" / "documents.md").read_text()
PAYLOADS = (ROOT / "docs" / "payloads.md").read_text()
BOUNDS = (
    fetching.MAX_BYTES,
    files.MAX_TOTAL_BYTES,
    files.MAX_FILES,
    tree.MAX_VALUES,
    tree.MAX_DEPTH,
    tree.MAX_EXPANSION,
    references.MAX_CHAIN,
    references.MAX_NESTING,
    references.MAX_STEPS,
    int(fetching.URL_TIMEOUT),
    int(fetching.URL_DEADLINE),
    int(fetching.TOTAL_DEADLINE),
    fetching.MAX_REDIRECTS,
)


def section(title: str, page: str = DOCUMENTS) -> str:
    """Return the text below a heading of a page."""
    return page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_every_key_of_the_extension_has_its_rows() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| ([a-z, ]+) \|", section("`x-sse`"), re.MULTILINE)
    listed: dict[str, set[str]] = {}
    for key, places in rows:
        listed.setdefault(key, set()).update(places.split(", "))
    assert listed == {name: set(key.places) for name, key in _KEYS.items()}


def test_every_item_of_the_document_and_its_codes_are_listed() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", section("What is wrong with a document"), re.M)
    listed = {item: set(re.findall(r"`([a-z-]+)`", codes)) for item, codes in rows}
    assert list(DOCUMENT) == list(NAMES["document"])
    assert listed == {item: set(codes) for item, codes in DOCUMENT.items()}


def test_every_bound_is_listed() -> None:
    values = re.findall(r"\d[\d,]*", section("Limits"))
    assert [int(value.replace(",", "")) for value in values] == list(BOUNDS)


def test_every_readme_item_of_the_document_is_there() -> None:
    readme = (ROOT / "README.md").read_text()
    assert [name for name in NAMES["document"] if f"spec.yaml::{name}`" not in readme] == []


# Of each keyword that the page lists, a schema and a value that it refuses.
KEYWORDS = {
    "type": ({"type": "null"}, 1),
    "enum": ({"enum": ["a", 5]}, "b"),
    "const": ({"const": {"a": [1]}}, {}),
    "allOf": ({"allOf": [{"type": "integer"}, {"minimum": 5}]}, 4),
    "anyOf": ({"anyOf": [{"const": "a"}, {"type": "integer"}]}, "b"),
    "oneOf": ({"oneOf": [{"type": "integer"}, {"type": "number", "minimum": 9}]}, 9),
    "not": ({"type": "integer", "not": {"minimum": 0}}, 1),
    "if": ({"if": {"type": "integer"}, "then": {"const": 7}, "else": {"const": "a"}}, 8),
    "then": ({"type": "integer", "if": True, "then": {"maximum": -9}}, 1),
    "else": ({"type": "integer", "if": False, "else": {"maximum": -9}}, 1),
    "$ref": ({"definitions": {"a": {"const": 9}}, "$ref": "#/definitions/a"}, 8),
    "minLength": ({"type": "string", "minLength": 90}, "a"),
    "maxLength": ({"type": "string", "maxLength": 1}, "ab"),
    "pattern": ({"type": "string", "pattern": "^[A-Z]{3}-[0-9]{9}$"}, "A"),
    "format": ({"type": "string", "format": "uuid"}, "a"),
    "minimum": ({"type": "number", "minimum": 1e9}, 1),
    "maximum": ({"type": "number", "maximum": -1e9}, 1),
    "exclusiveMinimum": ({"type": "integer", "exclusiveMinimum": 10**12}, 10**12),
    "exclusiveMaximum": ({"type": "integer", "exclusiveMaximum": -(10**12)}, -(10**12)),
    "multipleOf": ({"type": "number", "multipleOf": 0.37}, 0.36),
    "items": ({"type": "array", "minItems": 1, "items": {"const": 4}}, [5]),
    "prefixItems": (
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "array",
            "minItems": 1,
            "prefixItems": [{"const": 4}],
        },
        [5],
    ),
    "additionalItems": (
        {"type": "array", "minItems": 2, "items": [True], "additionalItems": {"const": 4}},
        [1, 5],
    ),
    "minItems": ({"type": "array", "minItems": 20}, []),
    "maxItems": ({"type": "array", "maxItems": 1}, [1, 2]),
    "uniqueItems": ({"items": {"type": "boolean"}, "type": "array", "minItems": 2, "uniqueItems": True}, [True, True]),
    "contains": ({"type": "array", "contains": {"const": "needle"}}, []),
    "minContains": (
        {"$schema": "https://json-schema.org/draft/2019-09/schema", "type": "array", "contains": {"const": 9}, "minContains": 3},
        [9, 9],
    ),
    "maxContains": (
        {"$schema": "https://json-schema.org/draft/2019-09/schema", "type": "array", "contains": {"const": 9}, "maxContains": 1},
        [9, 9],
    ),
    "properties": ({"type": "object", "required": ["a"], "properties": {"a": {"const": 5}}}, {"a": 1}),
    "required": ({"type": "object", "required": ["a", "b"]}, {"a": 1}),
    "additionalProperties": ({"type": "object", "minProperties": 1, "additionalProperties": {"const": 5}}, {"a": 1}),
    "patternProperties": (
        {"type": "object", "required": ["a1"], "patternProperties": {"^a": {"const": 5}}},
        {"a1": 1},
    ),
    "propertyNames": ({"type": "object", "minProperties": 1, "propertyNames": {"pattern": "^k[0-9]{5}$"}}, {"a": 1}),
    "minProperties": ({"type": "object", "minProperties": 12}, {}),
    "maxProperties": ({"type": "object", "maxProperties": 0}, {"a": 1}),
    "dependencies": (
        {"type": "object", "required": ["a"], "dependencies": {"a": ["b"]}},
        {"a": 1},
    ),
    "dependentRequired": (
        {"$schema": "https://json-schema.org/draft/2019-09/schema", "type": "object", "required": ["a"], "dependentRequired": {"a": ["b"]}},
        {"a": 1},
    ),
    "dependentSchemas": (
        {"$schema": "https://json-schema.org/draft/2019-09/schema", "type": "object", "required": ["a"], "dependentSchemas": {"a": {"required": ["c"]}}},
        {"a": 1},
    ),
}  # fmt: skip
DEFECTS = {
    "json-empty": ["", " \n"],
    "json-encoding": [b'"\xff"'],
    "json-digits": ["1" * (json_text.MAX_DIGITS + 1)],
    "json-depth": ["[" * (json_text.MAX_DEPTH + 1)],
}
SHOP = """
import json, re
from dataclasses import dataclass
import httpx
from httpx_sse import connect_sse

@dataclass
class Order:
    number: str
    count: float

def parse(text):
    order = json.loads(text)
    if not isinstance(order, dict):
        raise ValueError("no object")
    number, count, product = order.get("number"), order.get("count"), order.get("product", "")
    if not isinstance(number, str) or not re.fullmatch("ORD-[0-9]{6}", number):
        raise ValueError("a bad number")
    if isinstance(count, bool) or not isinstance(count, int | float) or count not in range(1, 1001):
        raise ValueError("a bad count")
    if not isinstance(product, str):
        raise ValueError("a bad product")
    return Order(number, count)

def listen(url):
    with httpx.Client(timeout=None, trust_env=False) as c, connect_sse(c, "GET", url) as s:
        for event in s.iter_sse():
            if event.json()["count"] <= 500:
                yield event
"""
ORDERS = """asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
channels:
  orders:
    address: orders
    messages:
      placed:
"""


def blocks(marker: str) -> list[str]:
    """Return the blocks of the page on payloads below a marker."""
    return re.findall(rf"<!-- {marker} -->\n```\w+\n(.*?)```", PAYLOADS, re.S)


def rows(title: str, page: str = "") -> list[list[str]]:
    """Return the cells of the tables below a heading."""
    lines = re.findall(r"^\| (.*) \|$", section(title, page or PAYLOADS), re.M)
    return [[cell.strip() for cell in line.split(" | ")] for line in lines]


def test_the_keywords_of_the_page_are_drawn() -> None:
    listed = [
        re.findall(r"`([^`]+)`", cells[1]) for cells in rows("What is drawn") if "`" in cells[1]
    ]
    assert {name for names in listed for name in names} == set(KEYWORDS)
    for keyword, (schema, refused) in KEYWORDS.items():
        judge = validator(schema)
        assert keyword in schema
        assert not judge.is_valid(refused), keyword
        drawn = samples(payloads(schema), 5)
        assert drawn, keyword
        assert all(map(judge.is_valid, drawn)), keyword


def test_the_awkward_values_of_the_page_are_drawn() -> None:
    text = " ".join(section("What is drawn", PAYLOADS).split())
    assert ", ".join(label for label, _ in HOSTILE) in text
    texts = samples(payloads({"type": "string"}), 400)
    assert {hostile for _, hostile in HOSTILE} <= set(texts)
    assert any(len(found) == 600 for found in texts)
    assert "texts of 600 characters" in text
    assert any(ord(char) > 0xFFFF for found in texts for char in found)
    numbers = samples(payloads({"type": "integer"}), 400)
    assert any(int(float(number)) != number for number in numbers if abs(number) < 10**300)
    objects = samples(payloads({"type": "object", "properties": {"a": True}}), 100)
    assert any(found.keys() - {"a"} for found in objects)


def test_the_bounds_of_payloads_are_listed() -> None:
    values = [cells[1] for cells in rows("What is drawn") if cells[1][0].isdigit()]
    most = (
        bounds.MOST_CHARACTERS,
        bounds.MOST_ITEMS,
        bounds.MOST_VALUES,
        bounds.DEEPEST - 1,
        bounds.MOST_BRANCHES,
    )
    assert [int(value.replace(",", "")) for value in values] == list(most)


def test_the_codes_of_json_are_those_of_the_page() -> None:
    table = {cells[0].strip("`"): cells[1] for cells in rows("How a payload is judged")[1:]}
    codes = re.findall(r"`([a-z-]+)`", json_text.JSONDefect.__doc__ or "")
    assert set(table) == {code for code in codes if "json" in code}
    for code, example in table.items():
        for text in DEFECTS.get(code, [example.strip("`")]):
            with pytest.raises(json_text.JSONDefect) as caught:
                json_text.parse_json(text)
            assert caught.value.code == code
    assert f"more than {json_text.MAX_DIGITS:,} digits" in PAYLOADS
    assert f"more than {json_text.MAX_DEPTH} levels" in PAYLOADS


def test_what_the_page_says_of_judging_is_so() -> None:
    assert not validator({"const": 1}).is_valid(True)
    assert validator({"type": "integer"}).is_valid(1.0)
    assert validator({"multipleOf": 0.01}).is_valid(19.99)
    assert validator({"pattern": "\\p{Lu}"}).is_valid("aÉa")
    assert validator({"x-vendor": 1, "format": "vendors-own", "type": "string"}).is_valid("a")
    for schema in ({"requird": ["a"]}, {"format": "emial"}):
        assert [doubt.code for doubt in review(schema)] == ["misspelt-keyword"]


def test_the_asserted_formats_are_listed() -> None:
    text = section("How a payload is judged", PAYLOADS).partition("**Formats are asserted:**")[2]
    listed = re.findall(r"`([\w-]+)`", text.partition("Any text")[0])
    assert listed == sorted({*FORMATS, *STRING_FORMATS, *NUMBER_FORMATS})
    for name in set(listed) - {"binary", "password"}:
        judge = validator({"format": name})
        assert not all(judge.is_valid(value) for value in ("%", "[", "\x7f~2", 0.5, 10**400)), name


@pytest.fixture
def shop(pytester):
    """Write the files of the page into a folder."""
    (pytester.path / "conftest.py").write_text("".join(blocks("conftest")))
    (pytester.path / "shop.py").write_text(SHOP)
    payload = "".join(f"        {line}\n" for line in blocks("document")[0].splitlines())
    operations = "operations: {follow: {action: send, channel: {$ref: '#/channels/orders'}}}\n"
    (pytester.path / "orders.yaml").write_text(ORDERS + payload + operations)
    return pytester


def test_the_examples_of_the_page_on_payloads_run(shop, monkeypatch) -> None:
    monkeypatch.setenv("CI", "1")  # Hypothesis's own profile, without a deadline
    shop.makeini("[pytest]\nasyncapi = orders.yaml\nfilterwarnings = error\n")
    (shop.path / "test_orders.py").write_text(blocks("tests")[0])
    result = shop.runpytest_subprocess("-p", "no:cacheprovider", "test_orders.py")
    result.assert_outcomes(passed=blocks("tests")[0].count("def test_"))


def test_the_failure_of_the_page_on_payloads_is_a_real_one(shop) -> None:
    result = shop.runpytest_subprocess(
        "-p", "no:cacheprovider", "--asyncapi=orders.yaml", "--asyncapi-client=shop:listen", "--hypothesis-seed=1", "-k", "delivers"
    )  # fmt: skip
    # What was drawn beside the smallest payload depends on the version of Hypothesis.
    drawn = re.compile(r"\d\.\d\d s( delivered .*)?")
    shown, told = blocks("failure")[0], result.stdout.str()
    assert drawn.sub("0.01 s", shown) in drawn.sub("0.01 s", told)
    result.stdout.fnmatch_lines(
        ["asyncapi: payloads are narrowed by the fixture asyncapi_payloads*"]
    )
