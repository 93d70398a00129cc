"""Payload formats: OpenAPI, draft-04 and Avro judge as they mean; the rest is said to be unchecked."""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from document_findings import findings_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_asyncapi_sse import invalid_payloads, payloads, validator
from pytest_asyncapi_sse.document import load
from pytest_asyncapi_sse.errors import DocumentError
from pytest_asyncapi_sse.model import Document, Message

OPENAPI = "application/vnd.oai.openapi;version=3.0.0"
AVRO = "application/vnd.apache.avro;version=1.9.0"
DRAFT_04 = "application/schema+json;version=draft-04"
DRAFT_07 = "application/schema+json;version=draft-07"
BYTE = "\u00ff"


def v3(schema_format: str, schema: Any, **components: Any) -> str:
    payload = {"schemaFormat": schema_format, "schema": schema}
    channel = {"address": "/x", "messages": {"m": {"payload": payload}}}
    return json.dumps(
        {
            "asyncapi": "3.0.0",
            "channels": {"c": channel},
            "components": {"schemas": components},
        },
        indent=1,
    )


def v2(schema_format: str, payload: Any) -> str:
    message = {"schemaFormat": schema_format, "payload": payload}
    channels = {"/x": {"subscribe": {"message": message}}}
    return json.dumps({"asyncapi": "2.6.0", "channels": channels}, indent=1)


def message_of(document: Document) -> Message:
    (channel,) = document.streams.values()
    (message,) = channel.streamed
    return message


def written(message: Message, pointer: str) -> str:
    """Return where the node of a payload's schema was written: the line's text and the pointer."""
    origin = message.schema.origin(pointer)  # type: ignore[union-attr]
    return f"{origin.file}#{origin.pointer}"  # type: ignore[union-attr]


def check(message: Message, accepted: list[Any], rejected: list[Any]) -> None:
    judge = validator(message)
    assert [value for value in accepted if not judge.is_valid(value)] == []
    assert [value for value in rejected if judge.is_valid(value)] == []


@pytest.mark.parametrize("schema_format", [OPENAPI, DRAFT_04])
@pytest.mark.parametrize(
    ("schema", "accepted", "rejected"),
    [
        ({"type": "string", "nullable": True}, ["a", None], [1]),
        ({"type": "string", "nullable": False}, ["a"], [None]),
        ({"type": "string", "nullable": True, "enum": ["a"]}, ["a", None], ["b"]),
        ({"type": "string", "nullable": True, "enum": ["a", None]}, ["a", None], ["b"]),
        ({"nullable": True, "enum": ["a"]}, ["a"], [None]),
        ({"nullable": True, "allOf": [{"type": "string"}]}, ["a"], [None]),
        ({"type": "object", "nullable": True, "allOf": [{"type": "object"}]}, [{}], [None]),
        ({"minimum": 1, "exclusiveMinimum": True}, [1.5, "x"], [1, 0]),
        ({"minimum": 1, "exclusiveMinimum": False}, [1], [0]),
        ({"maximum": 1, "exclusiveMaximum": True}, [0], [1, 2]),
        ({"exclusiveMaximum": True}, [1], []),
        ({"exclusiveMinimum": 3}, [4], [3]),
        (
            {"properties": {"nullable": {"type": "boolean"}, "example": {"type": "string"}}},
            [{"nullable": True, "example": "x"}],
            [{"nullable": None}, {"example": 1}],
        ),
        (
            {"items": {"type": "integer", "nullable": True}, "additionalProperties": False},
            [[1, None]],
            [["a"], {"a": 1}],
        ),
        ({"enum": [{"nullable": True, "type": "string"}]}, [{"nullable": True, "type": "string"}], [None]),
        ({"properties": {"id": {"type": "integer", "format": "int32"}}}, [{"id": 1}], [{"id": 2**31}]),
        (
            {
                "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
                "discriminator": {"propertyName": "kind"},
                "xml": {"name": "x"},
                "externalDocs": {"url": "x"},
                "readOnly": True,
                "writeOnly": True,
                "deprecated": True,
            },
            [{"a": 1}],
            [{"a": 1, "b": 1}],
        ),
    ],
)  # fmt: skip
def test_openapi_3_0_and_draft_04_judge_as_they_mean(
    loads, schema_format: str, schema: Any, accepted: list[Any], rejected: list[Any]
) -> None:
    document = loads(v3(schema_format, schema))
    check(message_of(document), accepted, rejected)
    assert message_of(document).schema.dialect == "draft-07"
    assert findings_of(document) == []


def test_an_openapi_schema_keeps_its_annotations_and_loses_what_draft_07_reads_otherwise(
    loads,
) -> None:
    contents = {"type": "string", "example": "a", "xml": {"name": "x"}, "deprecated": True}
    found = message_of(
        loads(
            v3(
                OPENAPI,
                {**contents, "$schema": "http://json-schema.org/draft-04/schema#", "id": "u"},
            )
        )
    )
    assert found.payload == {
        "type": "string",
        "xml": {"name": "x"},
        "deprecated": True,
        "examples": ["a"],
    }
    assert written(found, "/examples") == "spec.yaml#/channels/c/messages/m/payload/schema/example"


def test_all_that_an_openapi_schema_reaches_is_openapi(write, loads) -> None:
    write(
        """
        openapi: 3.0.3
        components:
          schemas:
            Person:
              type: object
              properties:
                name: {type: string, nullable: true}
                age: {$ref: '#/components/schemas/Age', nullable: true}
                boss: {$ref: 'api.yaml#/components/schemas/Person'}
            Age: {type: integer, minimum: 0, exclusiveMinimum: true, example: 5}
        """,
        "api.yaml",
    )
    reference = {"$ref": "api.yaml#/components/schemas/Person"}
    for schema, wrap in ((reference, lambda value: value), ({"items": reference}, lambda v: [v])):
        message = message_of(loads(v3(OPENAPI, schema)))
        accepted = [{"name": None, "age": 1, "boss": {"name": None}}]
        rejected: list[Any] = [{"name": 1}, {"age": None}, {"age": 0}, {"boss": {"age": 0}}]
        check(message, [wrap(value) for value in accepted], [wrap(value) for value in rejected])
    assert written(message, "/definitions/Age/exclusiveMinimum") == (
        "api.yaml#/components/schemas/Age/exclusiveMinimum"
    )
    assert (
        written(message, "/definitions/Age/examples") == "api.yaml#/components/schemas/Age/example"
    )
    assert str(message.schema.origin("/definitions/Person/properties/name").location) == (
        "api.yaml:8:9 (#/components/schemas/Person/properties/name)"
    )


def test_an_own_schema_keyword_goes_before_the_version_of_the_format(loads) -> None:
    schema = {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "minimum": 1,
        "exclusiveMinimum": True,
    }
    check(message_of(loads(v3(DRAFT_07, schema))), [2], [1])
    assert message_of(loads(v3("", schema))).payload == {"exclusiveMinimum": 1}


@pytest.mark.parametrize(
    ("schema_format", "dialect"),
    [
        ("application/vnd.aai.asyncapi;version=2.0.0", "draft-07"),
        ("application/vnd.aai.asyncapi+yaml;version=3.1.0", "draft-07"),
        ("application/vnd.aai.asyncapi", "draft-07"),
        ("application/schema+json;version=draft-06", "draft-07"),
        ("application/schema+json; version='draft-07'", "draft-07"),
        ("application/schema+yaml;version=2019-09", "2019-09"),
        ("application/schema+json;version=draft/2020-12", "2020-12"),
        ("application/vnd.oai.openapi+json;version=3.0.3", "draft-07"),
        ("application/vnd.oai.openapi", "draft-07"),
        ("application/vnd.oai.openapi+yaml;version=3.1.0", "2020-12"),
    ],
)  # fmt: skip
def test_formats_that_are_checked(loads, schema_format: str, dialect: str) -> None:
    document = loads(v3(schema_format, {"type": "string"}))
    check(message_of(document), ["a"], [1])
    assert message_of(document).schema.dialect == dialect
    assert findings_of(document) == []


def test_openapi_3_1_is_2020_12_as_it_stands(loads) -> None:
    schema = {
        "$schema": "https://spec.openapis.org/oas/3.1/dialect/base",
        "prefixItems": [{"type": ["string", "null"]}],
        "nullable": True,
    }
    message = message_of(loads(v3("application/vnd.oai.openapi;version=3.1.0", schema)))
    assert message.payload == schema
    check(message, [[None], ["a"]], [[1]])


@pytest.mark.parametrize(
    ("schema_format", "schema", "reason"),
    [
        ("application/vnd.google.protobuf;version=3", "message M {}", "Protobuf payloads are not checked"),
        ("application/vnd.google.protobuf;version=3", {"$ref": "m.proto"}, "Protobuf payloads are not checked"),
        ("application/raml+yaml;version=1.0", {}, "RAML payloads are not checked"),
        ("application/xml;version=1", "<xsd/>", "XML Schema payloads are not checked"),
        ("a/b", {}, "payloads of the schema format 'a/b' are not checked"),
        ("application/vnd.apache.avro;version=2.0", {}, "Avro 2.0 payloads are not checked"),
        ("application/vnd.oai.openapi;version=2.0", {}, "OpenAPI 2.0 payloads are not checked"),
        ("application/schema+json;version=draft-03", {}, "JSON Schema draft-03 payloads are not checked"),
        ("application/vnd.aai.asyncapi;version=4.0.0", {}, "AsyncAPI 4.0.0 payloads are not checked"),
        (DRAFT_07, {"$schema": "http://x/"}, "payloads of the $schema 'http://x/' are not checked"),
        (DRAFT_07, {"$schema": 5}, "payloads of the $schema 5 are not checked"),
    ],
)  # fmt: skip
def test_formats_that_are_not_checked_are_a_finding(
    write, loads, schema_format: str, schema: Any, reason: str
) -> None:
    write("syntax = proto3; message M { string a = 1; } { [", "m.proto")
    for text in (v3(schema_format, schema), v2(schema_format, schema)):
        document = loads(text)
        assert message_of(document).schema is None
        (finding,) = findings_of(document)
        assert (finding.code, finding.severity) == ("not-checked", "advice")
        assert finding.summary == f"the payload ({reason})"
        assert "/payload" in finding.location.pointer


@pytest.mark.parametrize(
    ("schema_format", "target", "what"),
    [
        (DRAFT_07, {"$schema": "https://json-schema.org/draft/2020-12/schema"}, "JSON Schema draft-07 payloads that refer to JSON Schema 2020-12 ones"),
        ("", {"$schema": "http://json-schema.org/draft-04/schema#"}, "AsyncAPI payloads that refer to JSON Schema draft-04 ones"),
        (OPENAPI, {"$schema": "http://json-schema.org/draft-07/schema#"}, "OpenAPI 3.0 payloads that refer to JSON Schema draft-07 ones"),
        ("", {"$schema": "http://x/"}, "AsyncAPI payloads that refer to payloads of the $schema 'http://x/'"),
        ("", {"schemaFormat": AVRO, "schema": "int"}, "AsyncAPI payloads that refer to Avro ones"),
        ("", {"schemaFormat": "application/raml", "schema": {}}, "AsyncAPI payloads that refer to RAML payloads"),
    ],
)  # fmt: skip
def test_a_payload_of_mixed_languages_is_not_checked(
    loads, schema_format: str, target: Any, what: str
) -> None:
    document = loads(v3(schema_format, {"items": {"$ref": "#/components/schemas/T"}}, T=target))
    assert message_of(document).schema is None
    (finding,) = findings_of(document)
    place = "the $ref at spec.yaml:11:8 (#/channels/c/messages/m/payload/schema/items)"
    assert finding.summary == f"the payload ({what} are not checked ({place}))"


@pytest.mark.parametrize(
    "target",
    [
        {"$schema": "http://json-schema.org/draft-07/schema#", "type": "string"},
        {"schemaFormat": DRAFT_07, "schema": {"type": "string"}},
        {"schemaFormat": "application/vnd.aai.asyncapi;version=3.0.0", "schema": {"$ref": "#/components/schemas/S"}},
    ],
)  # fmt: skip
def test_languages_that_are_one_dialect_can_be_mixed(loads, target: Any) -> None:
    reference = {"$ref": "#/components/schemas/T"}
    document = loads(v3("", {"items": reference}, T=target, S={"type": "string"}))
    check(message_of(document), [["a"]], [[1]])


def test_a_schema_with_a_format_that_refers_to_itself_ends(loads) -> None:
    target = {"schemaFormat": DRAFT_07, "schema": {"$ref": "#/components/schemas/T"}}
    document = loads(v3("", {"items": {"$ref": "#/components/schemas/T"}}, T=target))
    check(message_of(document), [[1]], [])


def test_message_headers_of_another_format_are_not_checked(loads) -> None:
    headers = {"schemaFormat": "application/raml", "schema": {}}
    channels = {"c": {"messages": {"m": {"headers": headers}}}}
    document = loads(json.dumps({"asyncapi": "3.0.0", "channels": channels}))
    (finding,) = findings_of(document)
    assert finding.summary == "the message headers, whose schema is not supported"


RECORD = {"type": "record", "name": "R", "fields": []}


def record(*fields: Any, **others: Any) -> dict[str, Any]:
    return {"type": "record", "name": "R", "fields": list(fields), **others}


def field(name: str, avro: Any, **others: Any) -> dict[str, Any]:
    return {"name": name, "type": avro, **others}


NODE = record(field("value", "int"), field("next", ["null", "R"]), name="R", namespace="a.b")
SUIT = {"type": "enum", "name": "Suit", "symbols": ["HEARTS", "SPADES"]}
HASH = {"type": "fixed", "name": "Hash", "size": 2}


@pytest.mark.parametrize(
    ("schema", "accepted", "rejected"),
    [
        ("null", [None], [0]),
        ("boolean", [True], [0, "true"]),
        ("int", [0, -(2**31), 2**31 - 1, 1.0], [2**31, -(2**31) - 1, 1.5, "1"]),
        ("long", [2**63 - 1, -(2**63)], [2**63, -(2**63) - 1]),
        ("float", [1.5, 1], ["1", 1e39]),
        ("double", [1.5, 1e39], [True]),
        ("string", ["", "\u4e00"], [1, None]),
        ("bytes", ["", BYTE, "a\n"], ["\u0100", 1]),
        ({"type": "int"}, [1], ["1"]),
        ({"type": {"type": "int"}}, [1], ["1"]),
        ({"type": ["null", "int"]}, [1, None], ["1"]),
        ('{"type": "map", "values": "int"}', [{"a": 1}], [{"a": "1"}]),
        ('["null", "int"]', [1, None], ["1"]),
        ('"int"', [1], ["1"]),
        (SUIT, ["HEARTS"], ["CLUBS", 0]),
        (HASH, ["ab", BYTE + "a"], ["a", "abc", "\u0100a"]),
        ({"type": "array", "items": "int"}, [[], [1]], [["a"], {}]),
        ({"type": "map", "values": ["null", "int"]}, [{}, {"a": None}], [{"a": "b"}, []]),
        (["null", "string"], [None, "a"], [1]),
        (["int"], [1], ["1"]),
        (record(), [{}, {"more": 1}], [None, []]),
        (record(type="error"), [{}], [1]),
        (record(field("a", {"type": "fixed", "size": 1}), field("b", record(field("c", "int"), name=None)), name=None), [{"a": "x", "b": {"c": 1}}], [{"a": "xx", "b": {"c": 1}}, {"a": "x", "b": {}}]),
        (record(field("a", "int"), field("b", "string")), [{"a": 1, "b": ""}], [{"a": 1}, {"a": "1", "b": ""}]),
        (record(field("a", "int", default=5)), [{}, {"a": 1}], [{"a": None}]),
        (record(field("a", ["null", "int"])), [{}, {"a": None}, {"a": 1}], [{"a": "1"}]),
        (record(field("a", ["int", "string"])), [{"a": 1}, {"a": "1"}], [{}, {"a": None}]),
        (record(field("a", "null")), [{"a": None}], [{}]),
        # not the tagged JSON encoding of Avro
        (record(field("a", ["null", "int"])), [], [{"a": {"int": 1}}]),
        (NODE, [{"value": 1, "next": {"value": 2, "next": None}}], [{"value": 1, "next": {"value": "2"}}]),
        (record(field("s", SUIT), field("t", "Suit")), [{"s": "HEARTS", "t": "SPADES"}], [{"s": "HEARTS", "t": "x"}, {"s": "HEARTS"}]),
        (record(field("s", {**SUIT, "aliases": ["Colour"]}), field("t", {"type": "Colour"})), [{"s": "HEARTS", "t": "SPADES"}], [{"s": "HEARTS", "t": "x"}]),
        (record(field("l", record(field("r", ["null", "R", "L"]), name="L"))), [{"l": {"r": {"l": {}}}}], [{"l": {"r": 1}}]),
        # names count from the namespace of the record around them, or stand alone
        ([{**HASH, "namespace": "x.y"}, record(field("h", "Hash"), name="x.y.R")], ["ab", {"h": "ab"}], [{"h": "abc"}]),
        ([HASH, record(field("h", "Hash"), namespace="n")], ["ab", {"h": "ab"}], [{"h": "abc"}]),
        (record(field("h", {**HASH, "namespace": ""}), field("i", "Hash"), namespace="n"), [{"h": "ab", "i": "ab"}], [{"h": "ab", "i": "a"}]),
        # a value that several branches of a union take
        (["int", "double"], [1, 1.5], ["1"]),
        (["string", "bytes", SUIT], ["HEARTS", "x"], [1]),
        ([record(), record(name="S")], [{}], [1]),
        # logical types are those of the values underneath; uuid is a format of texts
        ({"type": "string", "logicalType": "uuid"}, ["123e4567-e89b-42d3-a456-426614174000"], ["x"]),
        (record(field("u", "string", logicalType="uuid")), [{"u": "123e4567-e89b-42d3-a456-426614174000"}], [{"u": "x"}]),
        ({"type": "string", "logicalType": "date"}, ["x"], [1]),
        ({"type": "int", "logicalType": "date"}, [19000], ["2022-01-08"]),
        ({"type": "long", "logicalType": "timestamp-millis"}, [1700000000000], ["2022-01-08T00:00:00Z"]),
        ({"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2}, [BYTE], [1.5]),
        # attributes that AsyncAPI reads beyond Avro's own
        (record(field("a", "int", minimum=1, maximum="x", multipleOf=0)), [{"a": 1}, {"a": 9}], [{"a": 0}, {"a": 2**31}]),
        (record(field("a", ["null", "string"], pattern="^a", minLength=2)), [{"a": "ab"}, {"a": None}], [{"a": "a"}, {"a": "ba"}]),
        ({"type": "array", "items": "int", "minItems": 1, "uniqueItems": True}, [[1]], [[], [1, 1]]),
        (record(field("a", {"type": "string", "maxLength": 1}, minLength=5)), [{"a": "a"}], [{"a": "ab"}]),
    ],
)  # fmt: skip
def test_avro_judges_the_plain_values(
    loads, schema: Any, accepted: list[Any], rejected: list[Any]
) -> None:
    pytest.importorskip("fastavro")
    for text in (v3(AVRO, schema), v2(AVRO, schema)):
        document = loads(text)
        check(message_of(document), accepted, rejected)
        assert findings_of(document) == []


def test_avro_becomes_a_json_schema_with_what_it_says_about_its_values(loads) -> None:
    pytest.importorskip("fastavro")
    schema = record(
        field("suit", {**SUIT, "doc": "a suit", "default": "SPADES"}, doc="the suit"),
        field("age", ["null", "int"], default=None, example=5, doc="in years"),
        doc="A player.",
    )
    assert message_of(loads(v3(AVRO, schema))).payload == {
        "type": "object",
        "description": "A player.",
        "properties": {
            "suit": {
                "type": "string",
                "enum": ["HEARTS", "SPADES"],
                "description": "the suit",
                "default": "SPADES",
            },
            "age": {
                "oneOf": [
                    {"type": "null"},
                    {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
                ],
                "default": None,
                "description": "in years",
                "examples": [5],
            },
        },
        "required": ["suit"],
    }


def test_an_avro_type_that_is_referred_to_is_a_definition(loads) -> None:
    pytest.importorskip("fastavro")
    hashed = {**HASH, "namespace": "x"}
    tree = record(
        field("h", hashed), field("i", "x.Hash"), field("kids", {"type": "array", "items": "R"})
    )
    assert message_of(loads(v3(AVRO, tree))).payload == {
        "type": "object",
        "properties": {
            "h": {"$ref": "#/definitions/x.Hash"},
            "i": {"$ref": "#/definitions/x.Hash"},
            "kids": {"type": "array", "items": {"$ref": "#"}},
        },
        "required": ["h", "i", "kids"],
        "definitions": {
            "x.Hash": {
                "type": "string",
                "pattern": "^[\\u0000-\\u00ff]*$",
                "minLength": 2,
                "maxLength": 2,
            }
        },
    }


def test_origins_of_an_avro_payload_lead_to_what_was_written(write, loads) -> None:
    pytest.importorskip("fastavro")
    player = record(
        field("hand", {"type": "array", "items": SUIT}),
        field("age", ["null", "int"], maximum=150),
        field("last", ["null", "Suit"]),
        field("id", HASH),
        doc="A player.",
    )
    write(json.dumps(player, indent=1), "player.avsc")
    message = message_of(loads(v3(AVRO, {"$ref": "./player.avsc"})))
    places = {
        "": "player.avsc#",
        "/description": "player.avsc#/doc",
        "/type": "player.avsc#/type",
        "/required": "player.avsc#/fields",
        "/properties/hand": "player.avsc#/fields/0",
        "/properties/hand/type": "player.avsc#/fields/0/type/type",
        "/properties/hand/items": "player.avsc#/fields/0/type/items",
        "/definitions/Suit/enum/1": "player.avsc#/fields/0/type/items/symbols/1",
        "/properties/age/oneOf": "player.avsc#/fields/1/type",
        "/properties/age/oneOf/1/maximum": "player.avsc#/fields/1/maximum",
        "/properties/age/oneOf/1/minimum": "player.avsc#/fields/1/type/1",
        "/properties/last/oneOf/1": "player.avsc#/fields/2/type/1",
        "/properties/id/maxLength": "player.avsc#/fields/3/type/size",
        "/properties/id/pattern": "player.avsc#/fields/3/type",
    }
    assert {pointer: written(message, pointer) for pointer in places} == places
    (violation,) = validator(message).iter_errors({"hand": [], "age": 200, "id": "ab"})
    assert str(violation.location) == "player.avsc:25:4 (#/fields/1/maximum)"


def test_avro_types_of_other_files_are_read_once(write, loads) -> None:
    pytest.importorskip("fastavro")
    write(json.dumps({**HASH, "namespace": "x"}), "avro/hash.avsc")
    write(json.dumps(["null", {"$ref": "hash.avsc"}]), "avro/either.avsc")
    schema = record(
        field("a", {"$ref": "avro/hash.avsc"}),
        field("b", {"$ref": "avro/hash.avsc"}),
        field("c", {"$ref": "avro/either.avsc"}),
        field("d", "x.Hash"),
    )
    good = {"a": "ab", "b": "ab", "d": "ab"}
    message = message_of(loads(v3(AVRO, schema)))
    check(message, [good, {**good, "c": None}], [{**good, name: "a"} for name in "abcd"])
    assert written(message, "/definitions/x.Hash/minLength") == "avro/hash.avsc#/size"


@pytest.mark.parametrize(
    ("schema", "place", "problem"),
    [
        (5, "", "schema is 5, expected an Avro type: a name, an object or a list."),
        ({}, "", "the Avro type has no type. Add type."),
        ("strin", "", "'strin' names no Avro type that is defined before it. Did you mean 'string'?"),
        ({"type": "array"}, "", "the Avro array has no items. Add items."),
        ({"type": "map"}, "", "the Avro map has no values. Add values."),
        ({"type": "enum", "name": "E"}, "", "the Avro enum has no symbols. Add symbols."),
        ({**SUIT, "symbols": ["a", 5]}, "/symbols", "symbols is ['a', 5], expected a list of texts."),
        ({**SUIT, "symbols": ["a-b"]}, "", "the Avro schema is broken: Every symbol must match the regular expression [A-Za-z_][A-Za-z0-9_]*."),
        ({**HASH, "size": True}, "/size", "size is True, expected a number of bytes."),
        ({"type": "record", "name": "R"}, "", "the Avro record has no fields. Add fields."),
        (record(name=5), "/name", "5 is no Avro name. Avro's names hold letters, digits and _, and begin with no digit."),
        (record(name="a b"), "/name", "'a b' is no Avro name. Avro's names hold letters, digits and _, and begin with no digit."),
        (record("a"), "/fields/0", "0 is 'a', expected a field: an object with name and type."),
        (record({"name": "a"}), "/fields/0", "the Avro field has no type. Add type."),
        (record({"type": "int"}), "/fields/0", "the field has no name. Add name."),
        (record(field("a", "int"), field("a", "int")), "/fields/1", "the field 'a' stands twice in the record."),
        (record(field("a", "array", items="int")), "/fields/0/type", "'array' names no Avro type that is defined before it. Write the type as an object of its own: {type: {type: array, ...}}."),
        (record(field("a", "B"), field("b", {**HASH, "name": "B"})), "/fields/0/type", "'B' names no Avro type that is defined before it."),
        (record(field("a", HASH), field("b", HASH)), "/fields/1/type", "the Avro type 'Hash' is defined twice. Refer to the first one by its name."),
        (record(field("a", "int", default="x")), "/fields/0", "the Avro schema is broken: Default value <x> must match schema type: int."),
        (record(field("a", {"type": "array", "items": record(field("b", "int", default=None), name="S")})), "/fields/0/type/items/fields/0", "the Avro schema is broken: Default value <None> must match schema type: int."),
        ([], "", "the Avro union is empty. Name a type in it."),
        (["int", ["null"]], "/1", "an Avro union holds another union."),
        (["int", "int"], "/1", "the Avro union holds 'int' twice."),
        ({"type": "bytes", "logicalType": "decimal", "precision": -1}, "", "the Avro schema is broken: decimal precision must be a positive integer, not -1."),
        ('{"type": ', "", "the Avro schema can't be read: this is not JSON: expecting value (line 1, column 10 of the text)."),
        ('{"a": 1, "a": 2}', "", "the Avro schema can't be read: the key 'a' stands twice in one object, first on line 1 (line 1, column 10 of the text). Remove or rename one of them."),
        ({"type": "array", "items": {"$ref": "#/channels/c/messages/m/payload/schema"}}, "/items", "the Avro type contains itself."),
    ],
)  # fmt: skip
def test_a_broken_avro_schema_is_a_problem_with_its_place(
    fails, schema: Any, place: str, problem: str
) -> None:
    pytest.importorskip("fastavro")
    (found,) = fails(v3(AVRO, schema))
    assert found.partition("): ")[2] == problem
    assert f"(#/channels/c/messages/m/payload/schema{place}): " in found


def test_all_problems_of_an_avro_schema_are_said_at_once(fails) -> None:
    pytest.importorskip("fastavro")
    found = fails(v3(AVRO, record(field("a", "A"), field("b", ["B", "C"]))))
    assert [text.partition("): ")[2][:3] for text in found] == ["'A'", "'B'", "'C'"]


def test_avro_types_are_nested_within_bounds(fails) -> None:
    pytest.importorskip("fastavro")
    schema: Any = "int"
    for _ in range(100):
        schema = {"type": "array", "items": schema}
    (found,) = fails(v3(AVRO, schema))
    assert "Avro types are nested deeper than 60 levels." in found


def test_a_broken_avro_schema_of_a_channel_that_is_skipped_stops_nothing(loads) -> None:
    document = loads(
        """
        asyncapi: 2.6.0
        servers: {k: {url: k, protocol: kafka}, h: {url: h, protocol: http}}
        channels:
          a: {servers: [h], subscribe: {message: {payload: {}}}}
          b:
            servers: [k]
            subscribe: {message: {schemaFormat: application/vnd.apache.avro, payload: {}}}
        """
    )
    assert list(document.streams) == ["a"]


def test_without_fastavro_an_avro_payload_is_not_checked(
    loads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fastavro.schema", None)
    monkeypatch.setitem(sys.modules, "fastavro", None)
    document = loads(v3(AVRO, {"type": "nothing"}))
    (finding,) = findings_of(document)
    assert message_of(document).schema is None
    assert finding.summary == (
        "the payload (Avro payloads are not checked without fastavro, "
        "pip install 'pytest-asyncapi-sse[avro]' adds it)"
    )


def converted(corpus: Path, name: str) -> dict[str, Any]:
    """Return the payloads of a real document as AsyncAPI's own parser converted them."""
    index = json.loads((corpus / "corpus" / "oracle.json").read_text())
    detail = json.loads((corpus / "corpus" / "oracle" / index[name]["detail"]).read_text())
    found = {item["id"]: item["payload"] for item in detail["messages"] if item["hasPayload"]}
    return {key: item.get("schema", item) for key, item in found.items()}


def check_alike(ours: Message, theirs: Any) -> None:
    """Check that two schemas take and refuse the same of what is drawn from either."""
    judges = validator(ours), validator(theirs)

    @settings(max_examples=10, database=None)
    @given(data=st.data())
    def draw(data: st.DataObject) -> None:
        for schema in (ours.payload, theirs):
            good, bad = data.draw(payloads(schema)), data.draw(invalid_payloads(schema))
            for value in (good, bad.value):
                assert judges[0].is_valid(value) == judges[1].is_valid(value), value

    draw()


@pytest.mark.parametrize(
    ("name", "unchecked"),
    [
        ("handmade/p15b-v30-multiformat-nobool.yaml", {"pb", "xml"}),
        ("parser-js-inputs/custom-operations_parse-schema-v3-0379.json", set()),
        ("spec-examples-history/2.0.0/examples/2.0.0/gitter-streaming.yml", set()),
        ("spec-examples-history/v2.6.0/examples/gitter-streaming.yml", set()),
    ],
)
def test_payloads_of_real_documents_are_judged_as_the_official_parser_converts_them(
    corpus: Path, name: str, unchecked: set[str]
) -> None:
    pytest.importorskip("fastavro")
    (channel,) = load(corpus / "corpus" / name).channels.values()
    theirs = converted(corpus, name)
    for key, schema in theirs.items():
        message = channel.messages[key]
        assert (message.schema is None) is (key in unchecked)
        if message.schema is not None:
            check_alike(message, schema)
    assert theirs.keys() >= unchecked


def test_avro_files_of_a_real_document_are_judged_as_the_official_parser_converts_them(
    corpus: Path, write: Any
) -> None:
    pytest.importorskip("fastavro")
    name = "repos/Sokol111+ecommerce-product-service-api/asyncapi/asyncapi.yaml"
    folder = (corpus / "corpus" / name).parent.parent
    for path in (folder / "avro").iterdir():
        write(path.read_bytes(), f"avro/{path.name}")
    # The files stay in the document's folder, and the data is the JSON that this is about.
    text = (folder / "asyncapi" / "asyncapi.yaml").read_text()
    text = text.replace("../avro/", "avro/").replace("application/avro", "application/json")
    (channel,) = load(write(text)).channels.values()
    theirs = converted(corpus, name)
    assert theirs.keys() == {"ProductCreated", "ProductUpdated"}
    attribute = {"attribute_id": "x", "numeric_value": 1.5, "option_slug_values": ["a"]}
    product = {
        "product_id": "x",
        "name": "x",
        "description": None,
        "price": 1.5,
        "quantity": 1,
        "enabled": True,
        "version": 1,
        "created_at": 1_700_000_000_000,
        "modified_at": 2**62,
        "attributes": [attribute],
    }
    for key, schema in theirs.items():
        judges = validator(channel.messages[key]), validator(schema)
        assert judges[0].is_valid(product)
        values = list(variants(product))
        verdicts = [tuple(judge.is_valid(value) for judge in judges) for value in values]
        wrong = [value for value, pair in zip(values, verdicts, strict=True) if len(set(pair)) > 1]
        assert wrong == []
        assert {(True, True), (False, False)} == set(verdicts)


def variants(value: Any) -> Iterator[Any]:
    """Iterate over copies of a value that miss, or have another value at, one of their places."""
    others = (None, True, 0, -1, 2**31, 2**64, 1.5, 1e39, "", "x", [], {}, [None], {"a": 1})
    places = [key for _, key in slots(value)]
    for i in range(len(places)):
        for other in (*others, ...):
            found = copy.deepcopy(value)
            parent, key = list(slots(found))[i]
            if other is ...:
                del parent[key]
            else:
                parent[key] = other
            yield found


JUNK = st.sampled_from([None, True, 0, "", "x", "int", "R", [], {}, ["int"], [None], {"type": "R"}])


@st.composite
def broken_avro(draw: st.DrawFn) -> str:
    schema = record(
        field("a", ["null", SUIT, "Suit"], default=None),
        field("b", {"type": "map", "values": {"type": "array", "items": "R"}}),
        field("c", HASH, aliases=["d"], logicalType="uuid"),
        namespace="n",
        doc="x",
    )
    document = json.loads(v3(AVRO, schema))
    target = document["channels"]["c"]["messages"]["m"]["payload"]
    for _ in range(draw(st.integers(1, 3))):
        parent, key = draw(st.sampled_from(list(slots(target))))
        reference = {
            "$ref": "#/channels/c/messages/m/payload/schema"
            + draw(st.sampled_from(["", "/fields", "/fields/0/type"]))
        }
        parent[key] = copy.deepcopy(draw(JUNK | st.just(reference)))
    return json.dumps(document)


def slots(value: Any) -> Iterator[tuple[Any, Any]]:
    """Iterate over the places below a value, each as what holds it and the key or index."""
    for key, child in list(value.items() if isinstance(value, dict) else enumerate(value)):
        yield value, key
        if isinstance(child, dict | list):
            yield from slots(child)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=broken_avro())
def test_a_broken_avro_schema_loads_or_says_what_is_wrong(write: Any, text: str) -> None:
    pytest.importorskip("fastavro")
    try:
        message = message_of(load(write(text)))
    except DocumentError as error:
        assert all(problem.location for problem in error.problems)
        return
    if message.schema is not None:
        try:
            validator(message).is_valid({})
        except DocumentError as error:
            assert all(problem.location for problem in error.problems)
