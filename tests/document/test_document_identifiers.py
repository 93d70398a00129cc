"""References by identifier: `$id`, `$anchor` and dynamic anchors, in files that were read."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from pytest_asyncapi_sse.document import identifiers, load
from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.sources.files import Files
from pytest_asyncapi_sse.errors import DocumentError

DRAFT_2019 = "https://json-schema.org/draft/2019-09/schema"
DRAFT_2020 = "https://json-schema.org/draft/2020-12/schema"


def document_with(payload: Any, **schemas: Any) -> str:
    return json.dumps(
        {
            "asyncapi": "3.0.0",
            "channels": {"c": {"address": "/x", "messages": {"m": {"payload": payload}}}},
            "components": {"schemas": schemas},
        },
        indent=1,
    )


def message_of(source: Any) -> Any:
    document = load(source)
    assert not {finding.code for finding in document.findings} & {"lenient-ref", "dangling-ref"}
    (message,) = document.streams["c"].streamed
    return message


def only_problem(source: Any) -> str:
    with pytest.raises(DocumentError) as caught:
        load(source)
    (problem,) = caught.value.problems
    return str(problem).partition("): ")[2]


TEXT = {"type": "string"}
ANCHORED = {"$anchor": "text", "type": "string"}


@pytest.mark.parametrize(
    ("reference", "schemas", "found"),
    [
        ("#text", {"T": ANCHORED}, "/components/schemas/T"),
        ("#te%78t", {"T": ANCHORED}, "/components/schemas/T"),
        ("#text", {"T": {"$id": "#text", "type": "string"}}, "/components/schemas/T"),
        ("#text", {"T": {"$dynamicAnchor": "text"}}, "/components/schemas/T"),
        ("#text", {"default": ANCHORED}, "/components/schemas/default"),
        ("#text", {"T": {"properties": {"enum": ANCHORED}}}, "/components/schemas/T/properties/enum"),
        ("#text", {"T": {"anyOf": [{}, ANCHORED]}}, "/components/schemas/T/anyOf/1"),
        ("urn:x:t", {"T": {"$id": "urn:x:t"}}, "/components/schemas/T"),
        ("urn:x:t#", {"T": {"$id": "urn:x:t"}}, "/components/schemas/T"),
        ("https://h/t.json", {"T": {"$id": "https://h/t.json#"}}, "/components/schemas/T"),
        ("T", {"T": {"$id": "T"}}, "/components/schemas/T"),
        ("https://h/t#/not", {"T": {"$id": "https://h/t", "not": TEXT}}, "/components/schemas/T/not"),
        ("https://h/t#text", {"T": {"$id": "https://h/t", "not": ANCHORED}}, "/components/schemas/T/not"),
        (
            "https://h/a/item.json",
            {"T": {"$id": "https://h/a/t.json", "definitions": {"i": {"$id": "item.json"}}}},
            "/components/schemas/T/definitions/i",
        ),
        (
            "https://h/b/item.json#text",
            {"T": {"$id": "https://h/a/", "not": {"$id": "../b/", "not": {"$id": "item.json", "not": ANCHORED}}}},
            "/components/schemas/T/not/not/not",
        ),
    ],
)  # fmt: skip
def test_identifiers_in_the_same_file(write, reference: str, schemas: Any, found: str) -> None:
    message = message_of(write(document_with({"items": {"$ref": reference}}, **schemas)))
    (pointer,) = (key for key in message.schema.origins if key)
    assert message.payload["items"] == {"$ref": f"#{pointer}"}
    assert message.schema.origin(pointer).pointer == found


@pytest.mark.parametrize(
    "schema",
    [
        {"const": ANCHORED},
        {"enum": [ANCHORED]},
        {"default": {"$id": "#text"}},
        {"examples": [ANCHORED]},
        {"x-note": ANCHORED},
        {"properties": {"$anchor": "text", "$id": "#text"}},
        {"$id": "#/text"},
        {"$id": "https://h/t", "not": ANCHORED},
        {"$id": "#text", "$ref": "#/components/schemas/U"},
    ],
)
def test_what_is_no_identifier(write, schema: Any) -> None:
    path = write(document_with({"items": {"$ref": "#text"}}, T=schema, U=True))
    assert only_problem(path) == (
        "the $ref '#text' names nothing in spec.yaml. There is no $anchor 'text' in it. "
        "A JSON pointer starts with '#/'."
    )


def test_an_identifier_beside_a_reference_counts_in_later_drafts(write) -> None:
    schema = {
        "$schema": DRAFT_2020,
        "$id": "https://h/t",
        "$ref": "#/$defs/a",
        "$defs": {"a": TEXT},
    }
    message = message_of(write(document_with({"$ref": "#/components/schemas/T"}, T=schema)))
    assert message.payload == {"$schema": DRAFT_2020, "$ref": "#/$defs/a", "$defs": {"a": TEXT}}


@pytest.mark.parametrize(
    "reference", ["#/definitions/a", "https://h/t#/definitions/a", "t#a", "#a"]
)
def test_pointers_count_from_the_schema_with_an_identifier(write, reference: str) -> None:
    inner = {
        "$id": "https://h/t",
        "not": {"$ref": reference},
        "definitions": {"a": {"$anchor": "a", "type": "null"}},
    }
    outer = {"definitions": {"a": TEXT, "t": inner}, "items": {"$ref": "https://h/t"}}
    message = message_of(write(document_with(outer)))
    assert message.payload["items"] == {"$ref": "#/definitions/t"}
    target = message.payload["definitions"]["t"]["not"]["$ref"]
    assert message.schema.origin(target[1:]).pointer == (
        "/channels/c/messages/m/payload/definitions/t/definitions/a"
    )


def test_the_empty_pointer_is_the_schema_with_an_identifier(write) -> None:
    payload = {"properties": {"a": {"$id": "https://h/t", "items": {"$ref": "#"}}}}
    message = message_of(write(document_with(payload)))
    assert message.payload["properties"]["a"] == {"items": {"$ref": "#/definitions/a"}}
    assert message.payload["definitions"] == {"a": {"items": {"$ref": "#/definitions/a"}}}


def test_the_documents_own_parts_are_found_from_a_schema_with_an_identifier(write) -> None:
    payload = {"$id": "https://h/t", "items": {"$ref": "#/components/schemas/T"}}
    message = message_of(write(document_with(payload, T=TEXT)))
    assert message.payload["definitions"] == {"T": TEXT}


def test_of_anchors_of_one_name_the_nearest_is_meant(write) -> None:
    tree = {"$anchor": "tree", "items": {"$ref": "#tree"}}
    path = write(document_with({"$ref": "#/components/schemas/B"}, A=tree, B=tree))
    assert message_of(path).payload == {"items": {"$ref": "#"}}
    path = write(document_with({"$ref": "#tree"}, A=tree, B=tree))
    assert only_problem(path) == (
        "the $ref '#tree' names 2 schemas, at spec.yaml:17:4 (#/components/schemas/A) and "
        "spec.yaml:23:4 (#/components/schemas/B). Give each an $anchor of its own."
    )


def test_a_schema_of_another_file_that_was_read(write) -> None:
    write(json.dumps({"$id": "https://h/a.json", "not": {"$ref": "b.json#text"}}), "a.json")
    write(json.dumps({"$id": "https://h/b.json", "definitions": {"t": ANCHORED}}), "other.json")
    both = [{"$ref": "other.json"}, {"$ref": "a.json"}]
    message = message_of(write(document_with({"allOf": both})))
    assert message.payload["definitions"]["a"] == {"not": {"$ref": "#/definitions/t"}}
    origin = message.schema.origin("/definitions/t")
    assert str(origin.location) == "other.json:1:45 (#/definitions/t)"
    path = write(document_with({"allOf": both[1:]}))
    assert only_problem(path) == "there is no file b.json. Did you mean 'a.json' or 'other.json'?"


def test_files_beside_go_before_identifiers(write) -> None:
    write(json.dumps({"$id": "https://h/v1/a.json", "not": {"$ref": "common/b.json"}}), "a.json")
    write(json.dumps({"$id": "https://h/v1/common/b.json", "type": "null"}), "common/b.json")
    message = message_of(write(document_with({"$ref": "a.json"})))
    assert message.payload == {
        "not": {"$ref": "#/definitions/b"},
        "definitions": {"b": {"type": "null"}},
    }
    assert message.schema.origin("/definitions/b").file == "common/b.json"


def test_a_url_below_an_identifier_may_be_a_copy(write) -> None:
    write(json.dumps({"$id": "https://h/v1/a.json", "not": {"$ref": "b.json"}}), "a.json")
    write(json.dumps({"type": "null"}), "copies/b.json")
    document = load(write(document_with({"$ref": "a.json"})), url_map={"https://h/v1/": "copies"})
    (message,) = document.streams["c"].streamed
    assert message.payload["definitions"] == {"b": {"type": "null"}}


def test_a_file_is_searched_once_and_only_where_a_keyword_stands(
    write, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched = []
    below = identifiers._below
    monkeypatch.setattr(
        identifiers, "_below", lambda place: searched.append(place.pointer) or below(place)
    )
    refs = [{"$ref": "#/components/schemas/T"}, {"$ref": "#/components/schemas/U"}]
    load(write(document_with({"anyOf": refs}, T=TEXT, U=TEXT)))
    assert searched == []
    load(write(document_with({"anyOf": [*refs, {"$ref": "#text"}]}, T=ANCHORED, U=TEXT)))
    assert searched.count("") == 1


TREE_2020 = {
    "$schema": DRAFT_2020,
    "$id": "https://h/tree",
    "$dynamicAnchor": "node",
    "properties": {"children": {"items": {"$dynamicRef": "#node"}}},
}
TREE_2019 = {
    "$schema": DRAFT_2019,
    "$id": "https://h/tree",
    "$recursiveAnchor": True,
    "properties": {"children": {"items": {"$recursiveRef": "#"}}},
}


@pytest.mark.parametrize("tree", [TREE_2020, TREE_2019])
def test_a_dynamic_reference_that_can_mean_one_schema_is_a_plain_one(write, tree: Any) -> None:
    expected = {"children": {"items": {"$ref": "#"}}}
    message = message_of(write(document_with({"$ref": "#/components/schemas/T"}, T=tree)))
    assert message.payload["properties"] == expected
    message = message_of(write(document_with(tree)))
    assert message.payload == {"$schema": tree["$schema"], "properties": expected}


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (
            {"$anchor": "a", "items": {"$dynamicRef": "#a", "maxItems": 1}},
            {"items": {"$ref": "#", "maxItems": 1}},
        ),
        (
            {"$id": "urn:a", "items": {"$dynamicRef": "#/$defs/b"}, "$defs": {"b": TEXT}},
            {"items": {"$ref": "#/$defs/b"}, "$defs": {"b": TEXT}},
        ),
        (
            {"$id": "https://h/l", "items": {"$dynamicRef": "#T"}, "$defs": {"t": {"$dynamicAnchor": "T"}}},
            {"items": {"$ref": "#/$defs/t"}, "$defs": {"t": {}}},
        ),
    ],
)  # fmt: skip
def test_dynamic_references_of_2020(write, payload: Any, expected: Any) -> None:
    message = message_of(write(document_with({"$schema": DRAFT_2020, **payload})))
    assert message.payload == {"$schema": DRAFT_2020, **expected}


def test_a_recursive_reference_without_an_anchor_is_a_plain_one(write) -> None:
    tree = {key: value for key, value in TREE_2019.items() if key != "$recursiveAnchor"}
    strict = {**TREE_2019, "$id": "https://h/strict", "allOf": [{"$ref": "tree"}]}
    path = write(document_with({"$ref": "#/components/schemas/S"}, T=tree, S=strict))
    assert message_of(path).payload["$defs"]["T"]["properties"]["children"]["items"] == {
        "$ref": "#/$defs/T"
    }


@pytest.mark.parametrize(
    ("tree", "keyword", "reference", "anchor"),
    [
        (TREE_2020, "$dynamicRef", "#node", "$dynamicAnchor"),
        (TREE_2019, "$recursiveRef", "#", "$recursiveAnchor"),
    ],
)
def test_a_dynamic_reference_that_can_mean_several_schemas_is_refused(
    write, tree: Any, keyword: str, reference: str, anchor: str
) -> None:
    strict = {
        "$schema": tree["$schema"],
        "$id": "https://h/strict",
        anchor: tree[anchor],
        "$ref": "tree",
        "unevaluatedProperties": False,
    }
    path = write(document_with({"$ref": "#/components/schemas/S"}, T=tree, S=strict))
    assert only_problem(path) == (
        f"the {keyword} '{reference}' can mean 2 schemas, since their {anchor} is the same: "
        "spec.yaml#/components/schemas/S and spec.yaml#/components/schemas/T."
    )


def test_an_anchor_in_an_unused_part_of_a_resource_counts(write) -> None:
    parts = {"list": {"items": {"$dynamicRef": "#T"}}, "any": {"$dynamicAnchor": "T"}}
    write(json.dumps({"$id": "https://h/lists", "$defs": parts}), "lists.json")
    text = {"$id": "https://h/texts", "$dynamicAnchor": "T", "type": "string"}
    payload = {"$schema": DRAFT_2020, "allOf": [{"$ref": "lists.json#/$defs/list"}]}
    message = message_of(write(document_with(payload)))
    assert message.payload["$defs"] == {"list": {"items": {"$ref": "#/$defs/any"}}, "any": {}}
    payload["not"] = {"$ref": "https://h/texts"}
    assert "can mean 2 schemas" in only_problem(write(document_with(payload, T=text)))


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (
            {"$recursiveRef": "#"},
            "$recursiveRef belongs to 2019-09, and the schema is read as draft-07. "
            "Name the $schema, or write a $ref.",
        ),
        (
            {"$schema": DRAFT_2019, "$dynamicRef": "#a"},
            "$dynamicRef belongs to 2020-12, and the schema is read as 2019-09. "
            "Name the $schema, or write a $ref.",
        ),
        (
            {"$schema": DRAFT_2020, "not": {"$dynamicRef": "#a", "$ref": "#b"}},
            "$dynamicRef beside another reference is not supported yet. Write one of them in allOf.",
        ),
        (
            {"$schema": DRAFT_2020, "$dynamicRef": "#a"},
            "the $dynamicRef '#a' names nothing in spec.yaml. There is no $anchor 'a' in it. "
            "A JSON pointer starts with '#/'.",
        ),
        ({"$schema": DRAFT_2020, "$dynamicRef": 5}, "$dynamicRef is 5, expected a reference as text."),
    ],
)  # fmt: skip
def test_dynamic_references_that_are_refused(write, payload: Any, expected: str) -> None:
    assert only_problem(write(document_with(payload))) == expected


def test_thousands_of_anchors_of_one_name_are_looked_up_at_once(write) -> None:
    message = {"payload": {"properties": {"a": {"$ref": "#it"}, "b": {"$id": "#it"}}}}
    channel = {"address": "/x", "messages": {f"m{number}": message for number in range(2_000)}}
    path = write(json.dumps({"asyncapi": "3.0.0", "channels": {"c": channel}}), "spec.json")
    started = time.process_time()
    document = load(path)
    assert time.process_time() - started < 10
    assert document.streams["c"].streamed[1_234].schema.contents["definitions"] == {"b": {}}


def test_thousands_of_identifiers_are_looked_up_at_once(write) -> None:
    schemas = {
        f"s{n}": {"$id": f"urn:x:{n}", "not": {"$ref": f"urn:x:{n + 1}"}} for n in range(4_000)
    }
    schemas["s4000"] = {"$id": "urn:x:4000", "type": "string"}
    path = write(document_with({"$ref": "urn:x:0"}, **schemas))
    started = time.process_time()
    load(path)
    assert time.process_time() - started < 10


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ("/a/b/c", ["/a/b/t"]),
        ("/a/x", ["/a/b/t", "/a/u/t"]),
        ("/a/b/t/not", ["/a/b/t"]),
        ("/a/bb", ["/a/b/t", "/a/u/t"]),
        ("/z", ["/a/b/t", "/a/u/t", "/aa/t"]),
        ("/aa", ["/aa/t"]),
        ("", ["/a/b/t", "/a/u/t", "/aa/t"]),
    ],
)
def test_the_nearest_anchors_share_the_most_of_the_way(write, place: str, found: Any) -> None:
    text = "{a: {b: {t: {$anchor: n}}, u: {t: {$anchor: n}}}, aa: {t: {$anchor: n}}}"
    files = Files()
    file = files.open_root(write(text))
    known = identifiers.Identifiers(files)
    near = Node(None, file, place)
    anchored = known.anchored(known.resource(Node(file.data, file)), "n", near)
    assert [node.pointer for node in anchored] == found
