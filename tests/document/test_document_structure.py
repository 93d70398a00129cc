"""Findings about the structure of a document: its keys, their places and their values."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from document_findings import STRUCTURE

from pytest_asyncapi_sse.document import load
from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.reader import Reader
from pytest_asyncapi_sse.document.sources.files import Files
from pytest_asyncapi_sse.document.vocabulary.kinds import (
    ByValue,
    Either,
    Kind,
    ListOf,
    MapOf,
    Object,
)
from pytest_asyncapi_sse.document.vocabulary.structure import check_structure
from pytest_asyncapi_sse.document.vocabulary.tables import TABLES, vocabulary_of
from pytest_asyncapi_sse.errors import DocumentError


@dataclass(frozen=True)
class Found:
    code: str
    pointer: str
    text: str


class Recorder(Reader):
    """A reader that keeps what is found as it was said."""

    def __init__(self, files: Files) -> None:
        super().__init__(files)
        self.found: list[Found] = []

    def find(self, node: Node, code: str, summary: str, **options: Any) -> None:
        if code == "lenient-ref":
            return
        assert options.pop("severity") == "advice"
        self.found.append(Found(code, node.pointer, f"{summary} | {options['advice']}"))


def structure_of(path: Path) -> tuple[Files, list[Found]]:
    files = Files()
    file = files.open_root(path)
    reader = Recorder(files)
    check_structure(reader, Node(file.data, file), file.data["asyncapi"])
    return files, reader.found


@pytest.fixture
def found(write):
    """Return the findings of a document that has a title, and channels where it must."""

    def check(version: str, body: str) -> list[Found]:
        head = f"asyncapi: {version}\ninfo: {{title: T, version: '1'}}\n"
        if version < "3" and not re.search(r"^channels:", body, re.MULTILINE):
            head += "channels: {}\n"
        return structure_of(write(head + body))[1]

    return check


def in_channel(text: str) -> str:
    return f"channels: {{c: {{{text}}}}}"


def in_message(text: str) -> str:
    return f"components: {{messages: {{m: {{{text}}}}}}}"


def in_operation(text: str) -> str:
    return f"operations: {{o: {{action: send, channel: {{$ref: '#/channels/c'}}, {text}}}}}"


HTTP = "servers: {s: {%s}}"
C = "/channels/c"
M = "/components/messages/m"
O = "/operations/o"  # noqa: E741
SCHEMES = "components: {securitySchemes: {s: {%s}}}"
S = "/components/securitySchemes/s"

UNKNOWN = [
    ("2.6.0", "chanels: {}", "/chanels", "Did you mean 'channels'?"),
    ("3.0.0", "operation: {}", "/operation", "Did you mean 'operations'?"),
    ("3.0.0", "zzz: 1", "/zzz", "Remove it, or start its name with x-"),
    ("3.0.0", "tags: []", "/tags", "stands in info"),
    ("2.6.0", "operations: {}", "/operations", "subscribe and publish of a channel"),
    ("2.6.0", "messages: {}", "/messages", "a key of the components"),
    ("2.6.0", HTTP % "url: x, protocol: http, host: h", "/servers/s/host", "a part of url"),
    ("2.6.0", HTTP % "url: x, protocol: http, title: t", "/servers/s/title", "3.x has it, 2.6"),
    ("2.4.0", HTTP % "url: x, protocol: http, tags: []", "/servers/s/tags", "AsyncAPI 2.5"),
    ("3.0.0", HTTP % "host: x, protocol: http, url: u", "/servers/s/url", "host and pathname"),
    ("2.1.0", in_channel("servers: []"), f"{C}/servers", "came with AsyncAPI 2.2, and this is 2.1"),
    ("2.1.0", in_channel("servers: []"), f"{C}/servers", "Write asyncapi: 2.2.0"),
    ("2.6.0", in_channel("address: /c"), f"{C}/address", "the key of a channel is its address"),
    ("2.6.0", in_channel("messages: {}"), f"{C}/messages", "publish.message"),
    ("3.0.0", in_channel("subscribe: {}"), f"{C}/subscribe", "with an action and a channel"),
    ("2.6.0", in_channel("subscribe: {payload: {}}"), f"{C}/subscribe/payload", "key of a message"),
    ("2.6.0", in_channel("subscribe: {messages: []}"), f"{C}/subscribe/messages", "message.oneOf"),
    ("2.3.0", in_channel("publish: {security: []}"), f"{C}/publish/security", "AsyncAPI 2.4"),
    ("3.0.0", in_operation("payload: {}"), f"{O}/payload", "a key of a message"),
    ("3.0.0", in_operation("oneOf: []"), f"{O}/oneOf", "the messages in messages"),
    ("3.0.0", in_operation("message: {}"), f"{O}/message", "Did you mean 'messages'?"),
    ("3.0.0", in_operation("operationId: a"), f"{O}/operationId", "its key is its ID"),
    ("3.0.0", in_operation("reply: {adress: {}}"), f"{O}/reply/adress", "'address'"),
    ("2.3.0", in_message("messageId: a"), f"{M}/messageId", "AsyncAPI 2.4"),
    ("2.6.0", in_message("oneOf: [], payload: {}"), f"{M}/payload", "each message that oneOf"),
    ("2.6.0", in_message("oneOf: [{oneOf: []}]"), f"{M}/oneOf/0/oneOf", "in one oneOf"),
    ("2.6.0", in_message("schemaFormat: a, playload: {}"), f"{M}/playload", "'payload'"),
    ("3.0.0", in_message("schemaFormat: a"), f"{M}/schemaFormat", "payload: {schemaFormat"),
    ("3.0.0", in_message("traits: [{payload: {}}]"), f"{M}/traits/0/payload", "A trait can't"),
    ("2.0.0", in_message("examples: [{name: a}]"), f"{M}/examples/0/name", "AsyncAPI 2.1"),
    ("3.0.0", in_message("examples: [{value: a}]"), f"{M}/examples/0/value", "message example"),
    (
        "3.0.0",
        in_message("payload: {schemaFormat: a, schema: {}, type: object}"),
        f"{M}/payload/type",
        "a multi-format schema",
    ),
    ("3.0.0", in_channel("parameters: {p: {schema: {}}}"), f"{C}/parameters/p/schema", "is a text"),
    ("2.6.0", in_channel("parameters: {p: {enum: []}}"), f"{C}/parameters/p/enum", "in the schema"),
    ("2.2.0", "components: {servers: {}}", "/components/servers", "AsyncAPI 2.3"),
    ("2.3.0", "components: {serverVariables: {}}", "/components/serverVariables", "AsyncAPI 2.4"),
    ("3.0.0", "components: {schema: {}}", "/components/schema", "Did you mean 'schemas'"),
    ("3.0.0", SCHEMES % "type: apiKey, in: user, name: k", f"{S}/name", "httpApiKey"),
    (
        "3.0.0",
        SCHEMES
        % "type: oauth2, flows: {password: {tokenUrl: 'a:b', availableScopes: {}, scopes: {}}}",
        f"{S}/flows/password/scopes",
        "In 3.x it is availableScopes",
    ),
    ("3.0.0", in_channel("bindings: {sse: {}}"), f"{C}/bindings/sse", "write x-sse"),
    ("2.6.0", in_channel("bindings: {sse: {}}"), f"{C}/bindings/sse", "write x-sse"),
    ("3.0.0", in_channel("bindings: {kafak: {}}"), f"{C}/bindings/kafak", "'kafka'"),
    ("3.0.0", in_channel("bindings: {ros2: {}}"), f"{C}/bindings/ros2", "AsyncAPI 3.1"),
    (
        "3.0.0",
        in_operation("bindings: {http: {type: request}}"),
        f"{O}/bindings/http/type",
        "no type since",
    ),
    (
        "3.0.0",
        in_operation("bindings: {http: {queri: {}}}"),
        f"{O}/bindings/http/queri",
        "'query'",
    ),
    (
        "2.6.0",
        in_message("bindings: {http: {method: GET}}"),
        f"{M}/bindings/http/method",
        "the http binding of an operation",
    ),
    (
        "3.0.0",
        "components: {serverBindings: {b: {http: {hedaers: {}}}}}",
        "/components/serverBindings/b/http/hedaers",
        "'headers'",
    ),
]

MISSING = [
    ("3.0.0", HTTP % "pathname: /", "/servers/s", "a server: 'host', 'protocol'"),
    ("2.6.0", HTTP % "url: x", "/servers/s", "'protocol'"),
    ("3.0.0", "operations: {o: {}}", O, "an operation: 'action', 'channel'"),
    ("3.0.0", in_operation("reply: {address: {}}"), f"{O}/reply/address", "'location'"),
    ("3.0.0", in_message("correlationId: {}"), f"{M}/correlationId", "'location'"),
    ("3.0.0", in_message("tags: [{}]"), f"{M}/tags/0", "a tag: 'name'"),
    ("2.6.0", in_message("externalDocs: {}"), f"{M}/externalDocs", "'url'"),
    ("3.0.0", in_message("payload: {schemaFormat: a}"), f"{M}/payload", "'schema'"),
    ("3.0.0", in_message("payload: {schema: {}}"), f"{M}/payload", "'schemaFormat'"),
    ("3.0.0", "components: {schemas: {a: {schema: {}}}}", "/components/schemas/a", "Format"),
    ("3.0.0", SCHEMES % "in: user, name: k", S, "'type'"),
    ("2.6.0", SCHEMES % "type: http", S, "'scheme'"),
    ("2.6.0", SCHEMES % "type: httpApiKey", S, "'name', 'in'"),
    ("2.6.0", SCHEMES % "type: openIdConnect", S, "'openIdConnectUrl'"),
    (
        "2.6.0",
        SCHEMES % "type: oauth2, flows: {implicit: {scopes: {}}}",
        f"{S}/flows/implicit",
        "'authorizationUrl'",
    ),
]

WRONG = [
    ("3.0.0", "servers: []", "/servers", "'servers' is a list, expected an object"),
    ("3.0.0", "channels: {c: text}", C, "'c' is 'text', expected an object"),
    ("3.0.0", "channels:", "/channels", "'channels' is null, expected an object"),
    ("3.0.0", in_channel("title: 1"), f"{C}/title", "is 1, expected a text | Put it in quotes."),
    ("3.0.0", in_channel("title: {}"), f"{C}/title", "is an object, expected a text | "),
    ("3.0.0", in_channel("tags: {}"), f"{C}/tags", "is an object, expected a list"),
    ("3.0.0", in_channel("servers: [s]"), f"{C}/servers/0", "Write {$ref: '#/servers/...'}"),
    ("2.6.0", in_channel("servers: [1]"), f"{C}/servers/0", "item 1 of 'servers' is 1"),
    ("3.0.0", in_channel("servers: [{$ref: 1}]"), f"{C}/servers/0/$ref", "a reference as text"),
    ("3.0.0", "operations: {o: {action: publish, channel: {$ref: a}}}", f"{O}/action", "'send' or"),
    ("3.0.0", "operations: {o: {action: send, channel: c}}", f"{O}/channel", "a reference"),
    ("3.0.0", in_operation("security: {}"), f"{O}/security", "expected a list"),
    ("3.0.0", in_message("payload: text"), f"{M}/payload", "an object or a boolean"),
    ("2.6.0", in_message("payload: []"), f"{M}/payload", "an object or a boolean"),
    ("2.6.0", in_message("headers: 3"), f"{M}/headers", "an object or a boolean"),
    ("2.6.0", in_message("deprecated: 'no'"), f"{M}/deprecated", "true or false"),
    ("2.6.0", in_message("oneOf: {}"), f"{M}/oneOf", "expected a list"),
    ("2.6.0", in_message("examples: [1]"), f"{M}/examples/0", "expected an object"),
    (
        "2.6.0",
        in_message("correlationId: {location: a}"),
        f"{M}/correlationId/location",
        "$message",
    ),
    ("3.0.0", in_channel("parameters: {p: {default: 1}}"), f"{C}/parameters/p/default", "quotes"),
    ("2.6.0", "externalDocs: {url: example.com}", "/externalDocs/url", "a URI with its scheme"),
    ("2.6.0", SCHEMES % "type: basic", f"{S}/type", "'http'"),
    ("2.6.0", SCHEMES % "type: httpApiKey, name: k, in: body", f"{S}/in", "'query' or 'cookie'"),
    ("2.6.0", SCHEMES % "type: [http]", f"{S}/type", "is a list"),
    (
        "3.0.0",
        in_operation("bindings: {http: {method: get}}"),
        f"{O}/bindings/http/method",
        "'GET'",
    ),
    (
        "3.0.0",
        in_message("bindings: {http: {statusCode: true}}"),
        f"{M}/bindings/http/statusCode",
        "is true, expected a number",
    ),
]

MEANING = [
    (
        "2.6.0",
        "channels: {a: {publish: {operationId: x}}, b: {subscribe: {operationId: x}}}",
        "duplicate-name",
        "/channels/b/subscribe/operationId",
        "operationId 'x' stands at #/channels/a/publish/operationId too",
    ),
    (
        "2.6.0",
        "channels: {a: {publish: {operationId: x}}, b: {publish: {traits: [{operationId: x}]}}}",
        "duplicate-name",
        "/channels/b/publish/traits/0/operationId",
        "operationId 'x'",
    ),
    (
        "2.6.0",
        "components: {messages: {a: {messageId: x}, b: {messageId: x}}}",
        "duplicate-name",
        "/components/messages/b/messageId",
        "messageId 'x'",
    ),
    ("2.6.0", "tags: [{name: a}, {name: a}]", "duplicate-name", "/tags/1", "the name 'a'"),
    (
        "3.0.0",
        in_message("tags: [{$ref: '#/t'}, {$ref: '#/t'}]"),
        "duplicate-name",
        f"{M}/tags/1",
        "stands twice",
    ),
    ("2.6.0", "id: shop", "bad-id", "/id", "'id' is 'shop', expected a URI"),
    (
        "3.0.0",
        in_channel("$ref: '#/components/channels/c', title: t, x-sse: {}"),
        "misplaced-ref",
        f"{C}/$ref",
        "beside 'title', 'x-sse', which it makes ignored",
    ),
    (
        "2.6.0",
        in_channel("publish: {$ref: '#/x'}"),
        "misplaced-ref",
        f"{C}/publish",
        "no $ref in place of an operation",
    ),
]

ROWS = [
    *((version, body, "unknown-key", *rest) for version, body, *rest in UNKNOWN),
    *((version, body, "missing-key", *rest) for version, body, *rest in MISSING),
    *((version, body, "wrong-type", *rest) for version, body, *rest in WRONG),
    *MEANING,
]


@pytest.mark.parametrize(("version", "body", "code", "pointer", "words"), ROWS)
def test_a_fault_is_one_finding(found, version, body, code, pointer, words) -> None:
    (only,) = found(version, body)
    assert (only.code, only.pointer) == (code, pointer)
    assert words in only.text


def test_a_document_without_its_first_keys_says_which(write) -> None:
    assert structure_of(write("asyncapi: 2.6.0\n"))[1] == [
        Found("missing-key", "", "required and missing in the document: 'info', 'channels' | ")
    ]


def test_a_finding_stands_at_its_line(write) -> None:
    text = "asyncapi: 3.0.0\ninfo:\n  title: T\n  version: '1'\n  licence: {name: MIT}\n"
    files, (only,) = structure_of(write(text))
    location = files.locate("spec.yaml", only.pointer)
    assert (location.line, location.pointer) == (5, "/info/licence")
    assert only.text == "unknown key 'licence' in the info | Did you mean 'license'?"


VALID_2 = """
id: urn:example:shop
defaultContentType: application/json
x-any: {a: 1}
tags: [{name: a, externalDocs: {url: 'https://example.com/'}}, {name: b, description: d}]
externalDocs: {url: 'https://example.com', description: d}
servers:
  one:
    url: '{host}.example.com'
    protocol: https
    protocolVersion: '1.1'
    description: d
    variables: {host: {enum: [a], default: a, description: d, examples: [a]}}
    security: [{token: []}, {flow: ['read:x']}]
    bindings: {http: {}, mqtt5: {}, x-own: 1, kafka: {anything: 1}}
    tags: [{name: a}]
  two: {$ref: '#/components/servers/two'}
channels:
  x-note: kept
  /a/{p}:
    description: d
    servers: [one]
    parameters: {p: {description: d, schema: true, location: '$message.payload#/a'}, q: {$ref: '#/c'}}
    bindings: {http: {type: request, method: GET, query: {any: thing}}, x-sse: {event: a}}
    subscribe:
      operationId: a
      summary: s
      description: d
      security: [{token: []}]
      tags: [{name: a}]
      externalDocs: {url: 'https://example.com'}
      bindings: {http: {type: request, method: GET, query: {type: object}, bindingVersion: '0.1.0'}}
      traits: [{$ref: '#/components/operationTraits/t'}, {operationId: own, summary: s}]
      message:
        oneOf:
          - {$ref: '#/components/messages/a'}
          - {messageId: inline, payload: {$ref: '#/components/schemas/a', unknown: keyword}}
    publish: {operationId: b, message: {schemaFormat: text/plain, payload: 'message M {}'}}
  /b: {$ref: '#/components/channels/b'}
components:
  schemas: {a: {anything: {is: fine}, type: nonsense, $ref: '#/a', title: beside}, b: false}
  servers: {two: {url: x, protocol: y}}
  serverVariables: {v: {default: a}}
  channels: {b: {}}
  messages:
    a:
      messageId: a
      headers: {type: object}
      payload: true
      correlationId: {location: '$message.header#/id', description: d}
      contentType: application/json
      name: n
      title: t
      summary: s
      description: d
      tags: [{name: a}]
      externalDocs: {url: 'https://example.com'}
      bindings: {http: {headers: {type: object}, bindingVersion: '0.1.0'}}
      examples: [{name: n, summary: s, headers: {a: 1}, payload: null}]
      traits: [{$ref: '#/t'}, {messageId: t, headers: {}, examples: []}]
    inline-copy-in-components: {messageId: inline}
  parameters: {p: {schema: {}}}
  correlationIds: {c: {location: '$message.payload#'}}
  operationTraits: {t: {operationId: a, summary: s}}
  messageTraits: {t: {schemaFormat: a, contentType: b}}
  serverBindings: {b: {mqtt: {}}}
  channelBindings: {b: {ws: {}}}
  operationBindings: {b: {amqp: {}}}
  messageBindings: {b: {$ref: '#/x'}}
  securitySchemes:
    token: {type: http, scheme: bearer, bearerFormat: JWT, description: d}
    key: {type: httpApiKey, name: k, in: query}
    user: {type: apiKey, in: user}
    scram: {type: scramSha256}
    open: {type: openIdConnect, openIdConnectUrl: 'https://example.com'}
    flow:
      type: oauth2
      flows:
        implicit: {authorizationUrl: 'https://a.b', scopes: {'read:x': d}}
        password: {tokenUrl: 'https://a.b', refreshUrl: 'https://a.b', scopes: {}}
        clientCredentials: {tokenUrl: 'https://a.b', scopes: {}}
        authorizationCode: {authorizationUrl: 'https://a.b', tokenUrl: 'https://a.b', scopes: {}}
"""
VALID_3 = """
id: https://example.com/shop
defaultContentType: application/json
servers:
  one:
    host: '{h}.example.com'
    pathname: /v1
    protocol: https
    title: t
    summary: s
    variables: {h: {$ref: '#/components/serverVariables/h'}}
    security: [{$ref: '#/components/securitySchemes/flow'}, {type: http, scheme: basic}]
    tags: [{$ref: '#/components/tags/t'}, {name: a}]
    externalDocs: {$ref: '#/components/externalDocs/d'}
    bindings: {http: {}}
channels:
  c:
    address: null
    title: t
    servers: [{$ref: '#/servers/one'}]
    messages:
      a: {$ref: '#/components/messages/a'}
      b: {payload: {schemaFormat: application/vnd.apache.avro, schema: {type: int}, x-a: 1}}
    parameters: {p: {enum: [a], default: a, examples: [a], location: '$message.payload#/a'}}
    bindings: {http: {method: GET, query: {}}, x-sse: {event: a}, x-zilla-sse: {}}
operations:
  o:
    action: send
    channel: {$ref: '#/channels/c'}
    messages: [{$ref: '#/channels/c/messages/a'}]
    security: []
    traits: [{$ref: '#/components/operationTraits/t'}, {title: t, bindings: {http: {}}}]
    bindings: {http: {method: POST, query: {type: object}, bindingVersion: '0.3.0'}}
    reply:
      address: {location: '$message.header#/replyTo', description: d}
      channel: {$ref: '#/channels/c'}
      messages: []
  r: {$ref: '#/components/operations/r'}
components:
  schemas: {a: {schemaless: 1}, b: true, c: {schemaFormat: a, schema: text}}
  serverVariables: {h: {default: a}}
  operations: {r: {action: receive, channel: {$ref: '#/channels/c'}, reply: {$ref: '#/r'}}}
  replies: {r: {}}
  replyAddresses: {r: {location: '$message.payload#/r'}}
  tags: {t: {name: t}}
  externalDocs: {d: {url: 'https://example.com'}}
  messages:
    a:
      headers: {schemaFormat: a, schema: {}}
      payload: false
      deprecated: true
      correlationId: {$ref: '#/c'}
      bindings: {http: {headers: {}, statusCode: 200}, pulsar: {}}
      examples: [{payload: 1, x-own: 2}]
      traits: [{headers: {}, x-sse: {event: a}}]
  operationTraits: {t: {security: []}}
  securitySchemes:
    flow: {type: oauth2, flows: {password: {tokenUrl: 'https://a.b', availableScopes: {}}}, scopes: [a]}
    open: {type: openIdConnect, openIdConnectUrl: 'https://example.com', scopes: [a]}
"""


@pytest.mark.parametrize(
    ("version", "body"),
    [
        ("2.6.0", VALID_2),
        ("3.0.0", VALID_3),
        ("3.1.0", VALID_3),
        ("3.1.0", in_channel("bindings: {ros2: {}}")),
        ("2.0.0", "channels: {}"),
        ("3.0.0", "channels: {}"),
    ],
)
def test_a_valid_document_has_no_finding(found, version, body) -> None:
    assert found(version, body) == []


def test_what_aliases_share_is_found_once(found) -> None:
    body = "channels:\n  a: &a {titel: t}\n  b: *a\n  c: *a\n"
    assert [item.pointer for item in found("3.0.0", body)] == ["/channels/a/titel"]


def test_the_deepest_choice_of_messages_does_not_exhaust_the_walk(write) -> None:
    message: dict[str, Any] = {}
    for _ in range(95):
        message = {"oneOf": [message]}
    channels = {"c": {"publish": {"message": message}}}
    document = {"asyncapi": "2.6.0", "info": {"title": "T", "version": "1"}, "channels": channels}
    _, found = structure_of(write(json.dumps(document), "spec.json"))
    assert [item.code for item in found] == ["unknown-key"]


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("2.0.0", "2.0"),
        ("2.6.3", "2.6"),
        ("2.9.0", "2.6"),
        ("3.0.0-rc1", "3.0"),
        ("3.12.0", "3.1"),
        ("1.2.0", None),
        ("4.0.0", None),
        ("three", None),
    ],
)
def test_a_version_is_read_by_the_newest_table_that_is_not_above(version, expected) -> None:
    vocabulary = vocabulary_of(version)
    assert (vocabulary and vocabulary.name) == expected


def rows_named_by(kind: Kind) -> list[str]:
    match kind:
        case Object():
            return [kind.row]
        case ListOf() | MapOf():
            return rows_named_by(kind.kind)
        case Either():
            return rows_named_by(kind.present) + rows_named_by(kind.absent)
        case ByValue():
            return [
                name for item in (*kind.kinds.values(), kind.other) for name in rows_named_by(item)
            ]
    return []


@pytest.mark.parametrize("version", TABLES)
def test_a_table_is_whole(version) -> None:
    rows = TABLES[version]
    named = {
        name for row in rows.values() for kind in row.keys.values() for name in rows_named_by(kind)
    }
    assert named | {"root"} == set(rows)
    for row in rows.values():
        assert row.required <= row.keys.keys()
        assert row.since.keys() <= row.keys.keys()


# What the official parser takes, and the reason why there is a finding all the same.
TOLERATED = {
    "handmade/p03-v26-protocol-sse-custom-binding.yaml": "sse in bindings, any name in 2.x",
    "parser-js-inputs/old-api_asyncapi-0452.json": "a schema that is a text, a mark of its own",
    "parser-js-inputs/old-api_asyncapi-0454.json": "a schema that is a text, a mark of its own",
    "parser-js-inputs/ruleset_rules_asyncapi-document-resolved-0076.json": "resolved references",
    "repos/api-evangelist+recurly/asyncapi.yml": "method in a message's http binding",
    "repos/cityindex+lightstreamer-docs/asyncapi.yml": "wss in bindings, any name in 2.x",
    "repos/encypher-studio+newsware-docs/asyncapi/asyncapi-v1.0.0.yaml": "a text as a binding",
    "spec-examples-history/v2.6.0/examples/operation-security.yml": "headers of an operation",
}
# What it refuses for a fault that lies in a schema, a binding or a file elsewhere.
ELSEWHERE = {
    "handmade/p15-v30-multiformat.yaml": "a boolean payload in 3.x, which is read",
    "parser-js-inputs/ruleset_rules_v2_asyncapi2-schemas-0204.json": "a schema",
    "parser-js-inputs/ruleset_rules_v2_asyncapi2-schemas-0205.json": "a schema",
    "parser-js-inputs/ruleset_rules_v2_asyncapi2-schemas-0207.json": "a schema",
    "parser-js-inputs/ruleset_rules_v3_asyncapi3-required-channel-servers-unambiguity-0268.json": "a remote file",
    "parser-js-inputs/ruleset_rules_v3_asyncapi3-required-channel-servers-unambiguity-0272.json": "a remote file",
    "parser-js-inputs/schema-parser_spectral-rule-v2-0368.json": "a schema",
    "repos/api-evangelist+anthropic/asyncapi/anthropic-asyncapi.yml": "a schema",
    "repos/axway-amplify-streams+axway-amplify-streams-asyncapi/asyncapi.yml": "a schema",
    "repos/ballerina-platform+asyncapi-triggers/asyncapi/asgardeo/asyncapi.yml": "a schema",
    "spec-examples-history/v3.0.0/examples/adeo-kafka-request-reply-asyncapi.yml": "a kafka binding",
}
STRUCTURAL = re.compile(
    "asyncapi-document-(un)?resolved|asyncapi2-(operation-operationId|message-messageId|tags)-uniqueness"
)


@pytest.fixture(scope="module")
def compared(corpus) -> dict[str, tuple[dict[str, Any], list[Found]]]:
    """Return the official parser's verdict on each document of the corpus, and our findings."""
    folder = corpus / "corpus"
    results = {}
    for name, verdict in json.loads((folder / "oracle.json").read_text()).items():
        try:
            results[name] = verdict, structure_of(folder / name)[1]
        except (DocumentError, TypeError, KeyError):
            continue
    return results


def test_what_the_official_parser_takes_has_no_finding(compared) -> None:
    found = {name: items for name, (verdict, items) in compared.items() if verdict["ok"] and items}
    assert found.keys() == TOLERATED.keys(), found


def test_what_the_official_parser_refuses_for_its_structure_has_a_finding(compared) -> None:
    silent = {
        name
        for name, (verdict, items) in compared.items()
        if not items
        and any(STRUCTURAL.fullmatch(item["code"]) for item in verdict["errors"])
        and not verdict["ok"]
    }
    assert silent == ELSEWHERE.keys()


OTHER_FILES = {
    "message": ("channels: {c: {messages: {m: {$ref: b.yaml}}}}", "{adress: 5}", "/adress"),
    "part of a file": (
        "channels: {c: {$ref: 'b.yaml#/a~1b/0'}}",
        "a/b: [{tags: 5}]",
        "/a~1b/0/tags",
    ),
    "within the file": (
        "channels: {c: {messages: {m: {$ref: 'b.yaml#/m'}}}}",
        "{m: {correlationId: {$ref: '#/id'}}, id: {location: '$message.payload#/', x: 1}}",
        "/id/x",
    ),
    "of its own kind": (
        "components: {securitySchemes: {s: {$ref: b.yaml}}}",
        "{type: http, scheme: basic, name: n}",
        "/name",
    ),
    "in place of what may be no reference": ("info: {$ref: b.yaml}", "{title: T}", ""),
}


@pytest.mark.parametrize(("body", "other", "pointer"), OTHER_FILES.values(), ids=OTHER_FILES)
def test_what_another_file_has_is_judged_there(write, body: str, other: str, pointer: str) -> None:
    write(other, "b.yaml")
    info = "" if body.startswith("info") else "info: {title: T, version: '1'}\n"
    findings = load(write(f"asyncapi: 3.0.0\n{info}{body}\n")).findings
    found = [item.location for item in findings if item.code in STRUCTURE]
    assert [place.pointer for place in found if place.file == "b.yaml"] == [pointer]


def test_a_choice_of_messages_in_another_file_is_one(write) -> None:
    write("oneOf: [{payload: {}}, {$ref: '#/oneOf/0'}, {$ref: 'spec.yaml#/x-m'}]", "b.yaml")
    text = (
        "asyncapi: 2.6.0\ninfo: {title: T, version: '1'}\nx-m: {adress: 5}\n"
        "channels: {c: {subscribe: {message: {$ref: b.yaml}}}}\n"
    )
    codes = {item.code for item in load(write(text)).findings}
    assert not codes & {"unknown-key", "misplaced-ref", "wrong-type"}


def test_a_long_way_through_files_does_not_exhaust_the_walk(write) -> None:
    for number in range(90):
        write(f"{{bindings: {{$ref: 'f{number + 1}.yaml#/bindings'}}, b: 1}}", f"f{number}.yaml")
    write("bindings: {htp: {}}", "f90.yaml")
    text = "asyncapi: 3.0.0\ninfo: {title: T, version: '1'}\nchannels: {c: {$ref: f0.yaml}}\n"
    places = [
        str(item.location) for item in load(write(text)).findings if item.code == "unknown-key"
    ]
    assert places == ["f0.yaml:1:41 (#/b)", "f90.yaml:1:12 (#/bindings/htp)"]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("{correlationId: {location: foo}}", [("bad-correlation-id", "/correlationId")]),
        (
            "{correlationId: 5, x: {a: 5}, deprecated: 5}",
            [
                ("unknown-key", "/x"),
                ("wrong-type", "/deprecated"),
                ("invalid-document", "/correlationId"),
            ],
        ),
        (
            "{tags: [{description: 5}]}",
            [("missing-key", "/tags/0"), ("wrong-type", "/tags/0/description")],
        ),
    ],
)
def test_one_defect_is_one_finding(write, message: str, expected: Any) -> None:
    text = (
        "asyncapi: 3.0.0\ninfo: {title: T, version: '1'}\n"
        "channels: {c: {messages: {}}, k: {servers: [{$ref: '#/servers/k'}], messages: {m: MESSAGE}}}\n"
        "servers: {k: {host: k, protocol: kafka}, h: {host: h, protocol: http}}\n"
    ).replace("MESSAGE", message)
    findings = load(write(text)).findings
    above = "/channels/k/messages/m"
    found = [(item.code, item.location.pointer) for item in findings]
    assert sorted(item for item in found if item[1].startswith(above)) == sorted(
        (code, above + pointer) for code, pointer in expected
    )


def test_an_operation_of_a_text_is_one_finding(write) -> None:
    text = (
        "asyncapi: 3.0.0\ninfo: {title: T, version: '1'}\nchannels: {a: {messages: {m: {}}}}\n"
        "operations: {o: {action: send, channel: '#/channels/a'}}\n"
    )
    findings = load(write(text)).findings
    assert [item.code for item in findings if "/operations" in item.location.pointer] == [
        "invalid-document"
    ]
