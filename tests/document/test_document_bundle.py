"""Payload schemas: each stands on its own, in its dialect, and knows where it was written."""

from __future__ import annotations

from typing import Any

import pytest
from document_findings import findings_of

from pytest_asyncapi_sse.model import Document, PayloadSchema

HEAD = "asyncapi: 3.0.0\nchannels: {c: {address: /x, messages: {m: {payload: "
TAIL = """}}}}
components:
  schemas:
    Node: {type: object, properties: {next: {$ref: '#/components/schemas/Node'}}}
    Alias: {$ref: '#/components/schemas/Text'}
    Text: {type: string}
    'a/b c': {type: integer}
    2020: {$schema: 'https://json-schema.org/draft/2020-12/schema', type: string}
    Multi: {schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: {type: record}}
"""


def schema_of(document: Document) -> PayloadSchema:
    (message,) = document.streams["c"].streamed
    assert message.schema is not None
    return message.schema


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ("true", True),
        ("false", False),
        ("{type: object, x-own: {$ref: data}}", {"type": "object", "x-own": {"$ref": "data"}}),
        (
            "{properties: {$ref: {type: string}}}",
            {"properties": {"$ref": {"type": "string"}}},
        ),
        (
            "{enum: [{$ref: a}], const: {$ref: b}, default: {$ref: c}, examples: [{$ref: d}]}",
            {
                "enum": [{"$ref": "a"}],
                "const": {"$ref": "b"},
                "default": {"$ref": "c"},
                "examples": [{"$ref": "d"}],
            },
        ),
        ("{$id: 'http://x/y', type: string}", {"$id": "http://x/y", "type": "string"}),
        (
            "{$ref: '#/components/schemas/Node'}",
            {"type": "object", "properties": {"next": {"$ref": "#"}}},
        ),
        (
            "{items: {$ref: '#/components/schemas/Node'}}",
            {
                "items": {"$ref": "#/definitions/Node"},
                "definitions": {
                    "Node": {
                        "type": "object",
                        "properties": {"next": {"$ref": "#/definitions/Node"}},
                    }
                },
            },
        ),
        (
            "{anyOf: [{$ref: '#/components/schemas/Alias'}, {$ref: '#/components/schemas/Text'}]}",
            {
                "anyOf": [{"$ref": "#/definitions/Text"}, {"$ref": "#/definitions/Text"}],
                "definitions": {"Text": {"type": "string"}},
            },
        ),
        (
            "{not: {$ref: '#/components/schemas/a~1b c'}}",
            {"not": {"$ref": "#/definitions/a_b_c"}, "definitions": {"a_b_c": {"type": "integer"}}},
        ),
        (
            "{definitions: {Text: {type: 'null'}}, if: {$ref: '#/components/schemas/Text'}}",
            {
                "definitions": {"Text": {"type": "null"}, "Text_2": {"type": "string"}},
                "if": {"$ref": "#/definitions/Text_2"},
            },
        ),
        (
            "{properties: {a: {type: 'null'},"
            " b: {$ref: '#/channels/c/messages/m/payload/properties/a'}}}",
            {
                "properties": {"a": {"type": "null"}, "b": {"$ref": "#/definitions/a"}},
                "definitions": {"a": {"type": "null"}},
            },
        ),
        (
            "{$id: 'urn:x', properties: {a: {$ref: '#/components/schemas/Text'}}}",
            {
                "properties": {"a": {"$ref": "#/definitions/Text"}},
                "definitions": {"Text": {"type": "string"}},
            },
        ),
        (
            "{properties: {$ref: '#/components/schemas/Node/properties'}}",
            {
                "properties": {"next": {"$ref": "#/definitions/Node"}},
                "definitions": {
                    "Node": {
                        "type": "object",
                        "properties": {"next": {"$ref": "#/definitions/Node"}},
                    }
                },
            },
        ),
        (
            "{schemaFormat: 'application/schema+json;version=2020-12',"
            " schema: {$ref: '#/components/schemas/Text', maxLength: 1}}",
            {
                "$ref": "#/$defs/Text",
                "maxLength": 1,
                "$defs": {"Text": {"type": "string"}},
            },
        ),
    ],
)
def test_contents(loads, payload: str, expected: Any) -> None:
    document = loads(HEAD + payload + TAIL)
    assert schema_of(document).contents == expected
    assert findings_of(document) == []


def test_a_message_without_payload_allows_anything(loads) -> None:
    (message,) = loads("asyncapi: 3.0.0\nchannels: {c: {messages: {m: {}}}}").streams["c"].streamed
    assert (message.schema, message.payload) == (None, None)


@pytest.mark.parametrize(
    ("reference", "own", "expected"),
    [
        ("#", "{}", {"$ref": "#"}),
        ("#/$defs/T", "{T: {type: string}}", {"$ref": "#/$defs/T"}),
    ],
)
def test_a_pointer_that_counts_from_the_payload_is_advice(
    loads, reference: str, own: str, expected: object
) -> None:
    payload = f"{{properties: {{a: {{$ref: '{reference}'}}}}, $defs: {own}}}"
    document = loads(HEAD + payload + TAIL)
    contents = schema_of(document).contents
    assert isinstance(contents, dict)
    assert contents["properties"] == {"a": expected}
    (finding,) = findings_of(document)
    assert (finding.code, finding.severity, finding.channel) == ("lenient-ref", "advice", "c")


def test_external_schemas_refer_within_their_file(write, loads) -> None:
    write(
        '{"$id": "state.json", "properties": {"me": {"$ref": "#"}, '
        '"zone": {"$ref": "#/definitions/a~1 zone"}}, '
        '"definitions": {"a/ zone": {"type": "string"}}}',
        "state.json",
    )
    assert schema_of(loads(HEAD + "{$ref: state.json}" + TAIL)).contents == {
        "properties": {"me": {"$ref": "#"}, "zone": {"$ref": "#/definitions/a~1%20zone"}},
        "definitions": {"a/ zone": {"type": "string"}},
    }
    assert schema_of(loads(HEAD + "{items: {$ref: state.json}}" + TAIL)).contents == {
        "items": {"$ref": "#/definitions/state"},
        "definitions": {
            "state": {
                "properties": {
                    "me": {"$ref": "#/definitions/state"},
                    "zone": {"$ref": "#/definitions/a_zone"},
                },
                "definitions": {"a/ zone": {"type": "string"}},
            },
            "a_zone": {"type": "string"},
        },
    }


def test_origins_lead_to_what_was_written(loads) -> None:
    schema = schema_of(loads(HEAD + "{items: {$ref: '#/components/schemas/Alias'}}" + TAIL))
    places = {
        pointer: str(schema.origin(pointer).location)
        for pointer in ("/items", "/definitions/Text/type")
    }  # type: ignore[union-attr]
    assert places == {
        "/items": "spec.yaml:2:54 (#/channels/c/messages/m/payload/items)",
        "/definitions/Text/type": "spec.yaml:7:12 (#/components/schemas/Text/type)",
    }


def test_origins_of_merged_headers_lead_to_the_trait(loads) -> None:
    (message,) = (
        loads(
            """
        asyncapi: 3.0.0
        channels:
          c:
            messages:
              m:
                headers: {properties: {event: {const: a}}}
                traits:
                  - headers: {properties: {event: {const: b}, level: {type: string}}}
        """
        )
        .streams["c"]
        .streamed
    )
    assert message.headers == {"properties": {"event": {"const": "a"}, "level": {"type": "string"}}}
    origin = message.headers_schema.origin("/properties/level/type")
    assert str(origin.location).startswith("spec.yaml:9:63 ")
    assert message.event == "a"


@pytest.mark.parametrize(
    ("payload", "dialect"),
    [
        ("{}", "draft-07"),
        ("{$schema: 'http://json-schema.org/draft-07/schema#'}", "draft-07"),
        ("{$schema: 'https://json-schema.org/draft/2019-09/schema'}", "2019-09"),
        ("{$ref: '#/components/schemas/2020'}", "2020-12"),
        ("{schemaFormat: 'application/vnd.aai.asyncapi;version=3.0.0', schema: {}}", "draft-07"),
        ("{schemaFormat: application/schema+json;version=draft-07, schema: {}}", "draft-07"),
        ("{schemaFormat: application/schema+yaml;version=2019-09, schema: {}}", "2019-09"),
        ("{schemaFormat: 'application/schema+json; version=draft/2020-12', schema: {}}", "2020-12"),
    ],
)  # fmt: skip
def test_dialects(loads, payload: str, dialect: str) -> None:
    assert schema_of(loads(HEAD + payload + TAIL)).dialect == dialect


AT = "spec.yaml:2:53 (#/channels/c/messages/m/payload): "


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ("5", "payload is 5, expected a schema: an object, true or false."),
        ("null", "payload is null, expected a schema: an object, true or false."),
        ("{schemaFormat: a/b}", "payload has a schemaFormat and no schema. Add schema."),
        (
            "{$dynamicRef: '#x'}",
            "$dynamicRef belongs to 2020-12, and the schema is read as draft-07. "
            "Name the $schema, or write a $ref.",
        ),
        ("{not: {$ref: 5}}", "$ref is 5, expected a reference as text."),
        (
            "{$ref: '#/channels/c/messages/m'}",
            "the $ref '#/channels/c/messages/m' names a message, expected a schema. "
            "Its payload is '#/channels/c/messages/m/payload'.",
        ),
        (
            "{not: {$ref: '#/channels/c/messages/m'}}",
            "the $ref '#/channels/c/messages/m' names a message, expected a schema. "
            "Its payload is '#/channels/c/messages/m/payload'.",
        ),
        (
            "{$ref: '#'}",
            "the $ref '#' names an AsyncAPI document, expected a schema. "
            "Name one of its schemas, such as '#/components/schemas/...'.",
        ),
    ],
)
def test_payloads_that_are_refused(fails, payload: str, message: str) -> None:
    (problem,) = fails(HEAD + payload + TAIL)
    assert problem.partition("): ")[2] == message
    assert problem.startswith(AT[: AT.index(" (#")].rpartition(":")[0])


def test_an_unsupported_payload_that_does_not_flow_stops_nothing(loads) -> None:
    document = loads(
        """
        asyncapi: 2.6.0
        servers: {k: {url: k, protocol: kafka}, h: {url: h, protocol: http}}
        channels:
          events: {servers: [h], subscribe: {message: {payload: {}}}}
          topic:
            servers: [k]
            subscribe: {message: {schemaFormat: application/vnd.apache.avro, payload: {}}}
          both:
            servers: [h]
            subscribe: {message: {payload: {}}}
            publish: {message: {payload: {$ref: 'https://example.com/a.json'}}}
        """
    )
    assert list(document.streams) == ["events", "both"]
    assert dict(document.skipped) == {"topic": "its servers speak kafka, not http"}
