"""What a document says of itself: examples, schemas and messages judged against each other."""

from __future__ import annotations

import textwrap

import pytest

from pytest_asyncapi_sse.checks import codes as table
from pytest_asyncapi_sse.checks.document import (
    check_channel,
    check_examples,
    check_overlaps,
    check_schemas,
    check_stream,
)
from pytest_asyncapi_sse.checks.events import judge
from pytest_asyncapi_sse.errors import DocumentError
from pytest_asyncapi_sse.schema import payloads
from pytest_asyncapi_sse.sse import Decoder

DOCUMENT = """\
asyncapi: 3.0.0
info: {{title: t, version: 1.0.0}}
servers: {{h: {{host: h, protocol: http}}, k: {{host: k, protocol: kafka}}}}
channels:
  a:
    messages:
{messages}
  other: {{servers: [{{$ref: '#/servers/k'}}], messages: {{m: {{payload: {{type: int}}}}}}}}
"""


def document_of(messages: str) -> str:
    return DOCUMENT.format(messages=textwrap.indent(textwrap.dedent(messages).strip(), " " * 6))


def test_no_stream(loads) -> None:
    text = "asyncapi: 3.0.0\nchannels: {a: {}, b: {bindings: {ws: {}}, messages: {m: {}}}}\n"
    (found,) = check_stream(loads(text))
    assert (found.code, found.severity, str(found.location)) == (
        "no-stream",
        "error",
        "spec.yaml:1:1",
    )
    assert found.got == "a: it has no messages\nb: its bindings are for ws, not http"
    assert check_stream(loads(document_of("m: {}"))) == []


def test_examples_are_judged_payload_and_headers(loads) -> None:
    document = loads(
        document_of(
            """
            m:
              payload: {type: object, properties: {n: {type: integer}}}
              headers: {type: object, properties: {event: {const: e}}}
              examples:
                - {payload: {n: 1}, headers: {event: e}}
                - {name: bad, payload: {n: x}}
                - {headers: {event: f}}
            """
        )
    )
    found = check_examples(document)
    assert [(item.code, item.severity, item.summary) for item in found] == [
        (
            "example-mismatch",
            "advice",
            "example bad of message m: payload: /n is 'x', not an integer",
        ),
        ("example-mismatch", "advice", "example 3 of message m: headers: /event is 'f', not 'e'"),
    ]
    assert [str(item.location) for item in found] == [
        "spec.yaml:12:25 (#/channels/a/messages/m/examples/1/payload)",
        "spec.yaml:13:14 (#/channels/a/messages/m/examples/2/headers)",
    ]


@pytest.mark.parametrize(
    ("schema", "code", "severity", "summary", "pointer"),
    [
        ("{type: integer, minimum: 5, maximum: 3}", "unsatisfiable-schema", "error",
         "no payload satisfies this schema: no integer lies within the bounds", "/minimum"),
        ("{type: object, required: [a], properties: {a: false}}", "unsatisfiable-schema", "error",
         "no payload satisfies this schema at /a of the payload: 'false' allows nothing", ""),
        ("{type: int}", "invalid-schema", "error",
         "'int' is no type of JSON Schema: those are array, boolean, integer, null, number, object, "
         "string", "/type"),
        ("{minLenght: 5}", "misspelt-keyword", "advice", "the keyword 'minLenght' does nothing", "/minLenght"),
        ("{format: dateTime}", "misspelt-keyword", "advice",
         "the format 'dateTime' is not known, and does nothing", "/format"),
        ("{items: {type: string, nullable: true}}", "misspelt-keyword", "advice",
         "the keyword 'nullable' does nothing here: it is OpenAPI's", "/items/nullable"),
        ("{properties: {a: {type: string, examples: [b, 5]}}}", "example-mismatch", "advice",
         "the example 5 doesn't satisfy its schema", "/properties/a/examples/1"),
        ("{properties: {a: {type: string, default: null}}}", "default-mismatch", "advice",
         "the default null doesn't satisfy its schema", "/properties/a/default"),
        ("{oneOf: [{type: integer, minimum: 5}, {type: number}]}", "overlapping-branches", "advice",
         "all 22 values of branch 1 of this oneOf that were tried satisfy branch 2 as well, and "
         "oneOf refuses those",
         "/oneOf/0"),
        ("{type: string, enum: [a, null]}", "dead-branch", "advice",
         "the value null of this enum can never be sent: type 'string' beside it refuses it",
         "/enum/1"),
        ("{type: integer, format: int32, enum: [1, 4294967296]}", "dead-branch", "advice",
         "the value 4294967296 of this enum can never be sent: format 'int32' beside it refuses it",
         "/enum/1"),
        ("{type: integer, multipleOf: 2, enum: [2, 3]}", "dead-branch", "advice",
         "the value 3 of this enum can never be sent: multipleOf 2 beside it refuses it",
         "/enum/1"),
        ("{enum: [a, bb], allOf: [{maxLength: 1}]}", "dead-branch", "advice",
         "the value 'bb' of this enum can never be sent: allOf beside it refuses it",
         "/enum/1"),
        ("{type: object, anyOf: [{required: [a]}, {type: 'null'}]}", "dead-branch", "advice",
         "branch 2 of this anyOf can never be sent: no type is left that all its schemas allow",
         "/anyOf/1"),
        ("{properties: {a: {type: object, enum: [b]}}}", "dead-branch", "advice",
         "the property 'a' can never be sent: none of the listed values is allowed here",
         "/properties/a"),
    ],
)  # fmt: skip
def test_doubts_about_a_schema(
    loads, schema: str, code: str, severity: str, summary: str, pointer: str
) -> None:
    document = loads(document_of(f"m: {{payload: {schema}}}"))
    found = [item for item in check_schemas(document) if item.channel == "a"]
    assert [(item.code, item.severity, item.summary) for item in found] == [
        (code, severity, summary)
    ]
    assert found[0].location is not None
    assert found[0].location.pointer == f"/channels/a/messages/m/payload{pointer}"
    unusable = check_channel(document.streams["a"])
    assert [item.code for item in unusable] == ([code] if severity == "error" else [])


@pytest.mark.parametrize(
    "schema",
    [
        "true",
        "{type: string, default: a, examples: [b]}",
        "{oneOf: [{type: integer}, {type: string}]}",
        "{oneOf: [{required: [a]}, {required: [b]}]}",
        "{properties: {examples: {const: [1]}, default: {type: string}}}",
        "{enum: [{default: 5, type: string}]}",
        "{x-minLenght: 1, vendor: {minLenght: 2}, discriminator: {propertyName: a}}",
        "{format: my-own, properties: {minLenght: true}}",
        "{properties: {a: false, b: {not: {}}}, oneOf: [{type: object}, false]}",
        "{if: {type: string}, then: {minLength: 1}, else: false}",
        "{definitions: {b: {enum: [1, 2]}}, allOf: [{$ref: '#/channels/a/messages/n/payload'}]}",
        "{anyOf: [{type: string}, {type: 'null'}], not: {enum: [a], type: integer}}",
        "{$ref: '#/channels/a/messages/n/payload'}",
    ],
)
def test_schemas_without_a_doubt(loads, schema: str) -> None:
    tree = (
        "n: {payload: {type: object, properties: {c: {$ref: '#/channels/a/messages/n/payload'}}}}"
    )
    document = loads(document_of(f"m: {{payload: {schema}}}\n{tree}"))
    assert [item for item in check_schemas(document) if item.channel == "a"] == []


def test_a_parameter_that_nothing_satisfies_is_an_error(loads) -> None:
    document = loads(
        """
        asyncapi: 2.6.0
        channels:
          /a/{p}:
            parameters: {p: {schema: {type: string, minLength: 5, maxLength: 1}}}
            subscribe: {message: {}}
        """
    )
    (found,) = check_schemas(document)
    assert (found.code, found.severity) == ("unsatisfiable-schema", "error")
    assert found.summary == (
        "the parameter p: no payload satisfies this schema: minLength 5 is above maxLength 1"
    )
    assert found.location is not None
    assert found.location.pointer == "/channels/~1a~1{p}/parameters/p"
    assert check_channel(document.streams["/a/{p}"]) == (found,)


def test_headers_that_nothing_satisfies_are_advice(loads) -> None:
    found = check_schemas(
        loads(document_of("m: {headers: {type: object, required: [a], properties: {a: false}}}"))
    )
    assert {(item.code, item.severity) for item in found} == {
        ("unsatisfiable-schema", "advice"),
        ("invalid-schema", "advice"),
    }


def test_a_schema_that_no_stream_needs_is_advice(loads) -> None:
    (found,) = check_schemas(loads(document_of("m: {}")))
    assert (found.channel, found.code, found.severity) == ("other", "invalid-schema", "advice")


OPEN = "{payload: {type: object, properties: {x: {type: string}}}%s}"


@pytest.mark.parametrize(
    ("messages", "overlap"),
    [
        ("m: {}\nn: {}", "m within n, n within m"),
        (f"m: {OPEN % ''}\nn: {{payload: {{type: object, required: [y]}}}}", "n within m"),
        ("m: {payload: {type: string}}\nn: {payload: {type: integer}}", "n within m"),
        ("m: {payload: {type: string}, contentType: application/json}\n"
         "n: {payload: {type: integer}}", ""),
        ("m: {payload: {properties: {k: {const: 1}}, required: [k]}}\n"
         "n: {payload: {properties: {k: {const: 2}}, required: [k]}}", ""),
        ("m: {x-sse: {event: m}}\nn: {x-sse: {event: n}}", ""),
        ("m: {x-sse: {event: m}}\nn: {x-sse: {event: m}}", "m within n, n within m"),
        ("m: {x-sse: {event: m}}\nn: {}", ""),
        ("m: {}\nn: {contentType: application/xml}", ""),
        ("m: {name: same}\nn: {name: same, payload: {type: object, required: [a]}}", "n within m"),
    ],
)  # fmt: skip
def test_messages_that_nothing_tells_apart(loads, messages: str, overlap: str) -> None:
    found = check_overlaps(loads(document_of(messages)))
    assert [item.got for item in found] == ([overlap] if overlap else [])
    assert {(item.code, item.severity) for item in found} <= {("overlapping-messages", "advice")}


def test_overlaps_of_many_messages_are_one_advice(loads) -> None:
    messages = "\n".join(f"m{number}: {{}}" for number in range(8))
    (found,) = check_overlaps(loads(document_of(messages)))
    assert found.got.endswith("m4 within m0 and 3 more")


def test_every_finding_of_reading_has_one_test() -> None:
    # Examples of messages and of schemas are looked at by the checks, not in reading.
    codes = [c for codes in table.DOCUMENT.values() for c in codes if c != "example-mismatch"]
    assert len(codes) == len(set(codes))


def frame(text: str):
    (found,) = Decoder().frames(text.encode())
    return found


def test_the_sentinel_is_no_message(loads) -> None:
    text = "asyncapi: 3.0.0\nchannels: {a: {x-sse: {sentinel: '[DONE]'}, messages: {m: {payload: {type: object}}}}}\n"
    channel = loads(text).streams["a"]
    assert judge(channel, frame("data: [DONE]\n\n")).violations == ()
    (violation,) = judge(channel, frame("data: [GONE]\n\n")).violations
    assert violation.code == "invalid-json"


def test_what_is_not_checked_is_neither_judged_nor_drawn(loads) -> None:
    document = loads(document_of("m: {contentType: application/xml, payload: {type: string}}"))
    channel = document.streams["a"]
    judgement = judge(channel, frame("data: <a/>\n\n"))
    assert (judgement.message, judgement.payload) == (channel.streamed[0], "<a/>")
    assert channel.generated == ()
    with pytest.raises(DocumentError, match="no payload of the message m can be drawn: data of"):
        payloads(channel)


def test_what_ends_the_stream_is_not_generated(loads) -> None:
    channel = loads(document_of("m: {}\ndone: {x-sse: {sentinel: true}}")).streams["a"]
    assert [message.name for message in channel.generated] == ["m"]
    assert [message.name for message in channel.streamed] == ["m", "done"]
