"""Security: what is wrong with it refuses no document, and opens nothing either."""

from __future__ import annotations

import pytest
from document_findings import findings_of

from pytest_asyncapi_sse.model import Document

SECURED = {
    ("2.6.0", "server"): "servers: {s: {url: h, protocol: http, security: %s}}\n"
    "channels: {a: {subscribe: {message: {}}}}\n",
    ("2.6.0", "operation"): "channels: {a: {subscribe: {message: {}, security: %s}}}\n",
    ("3.0.0", "server"): "servers: {s: {host: h, protocol: http, security: %s}}\n"
    "channels: {a: {messages: {m: {}}}}\n",
    ("3.0.0", "operation"): "channels: {a: {messages: {m: {}}}}\n"
    "operations: {o: {action: send, channel: {$ref: '#/channels/a'}, security: %s}}\n",
}
COMPONENTS = """\
components:
  securitySchemes:
    k: {type: httpApiKey}
    untyped: {in: header}
    misTyped: {type: 5}
"""
K = ("k", "httpApiKey")
REF = "{$ref: '#/components/securitySchemes/%s'}"

BY_NAME = [
    ("[{}]", [[]], set()),
    ("[]", [], set()),
    ("[{k: []}, {nope: []}]", [[K], [("nope", "unknown")]], {"unknown-security-scheme"}),
    ("[{k: [], nope: []}]", [[K, ("nope", "unknown")]], {"unknown-security-scheme"}),
    ("[{untyped: []}]", [[("untyped", "unknown")]], {"invalid-document"}),
    ("[{misTyped: []}]", [[("misTyped", "unknown")]], {"invalid-document"}),
    ("[5, {k: []}]", [[("unknown", "unknown")], [K]], {"invalid-document"}),
    ("5", [[("unknown", "unknown")]], {"invalid-document"}),
    ("{k: []}", [[K]], {"invalid-document"}),
]
BY_SCHEME = [
    ("[]", [], set()),
    (f"[{REF % 'k'}, {REF % 'no'}]", [[K], [("no", "unknown")]], {"dangling-ref"}),
    (f"[{REF % 'untyped'}]", [[("untyped", "unknown")]], {"invalid-document"}),
    ("[{type: http}, {in: header}]", [[("http", "http")], [("unknown", "unknown")]],
     {"invalid-document"}),
    (f"[5, {REF % 'k'}]", [[("unknown", "unknown")], [K]], {"invalid-document"}),
    ("5", [[("unknown", "unknown")]], {"invalid-document"}),
    (REF % "k", [[K]], {"invalid-document"}),
]  # fmt: skip


def schemes_of(document: Document, place: str) -> list[list[tuple[str, str]]]:
    holders = document.servers if place == "server" else document.operations
    (holder,) = holders.values()
    return [[(scheme.name, scheme.type) for scheme in one.schemes] for one in holder.security]


@pytest.mark.parametrize("place", ["server", "operation"])
def test_a_named_scheme_that_leads_nowhere_is_an_unknown_one(loads, place: str) -> None:
    components = "components: {securitySchemes: {k: {$ref: '#/nowhere'}}}\n"
    document = loads("asyncapi: 2.6.0\n" + SECURED["2.6.0", place] % "[{k: []}]" + components)
    assert schemes_of(document, place) == [[("k", "unknown")]]
    assert "dangling-ref" in {item.code for item in findings_of(document)}


@pytest.mark.parametrize("place", ["server", "operation"])
@pytest.mark.parametrize(
    ("version", "written", "expected", "codes"),
    [
        *(("2.6.0", *row) for row in BY_NAME),
        *(("3.0.0", *row) for row in BY_SCHEME),
    ],
)
def test_a_scheme_that_cannot_be_read_is_an_unknown_one(
    loads,
    version: str,
    place: str,
    written: str,
    expected: list[list[tuple[str, str]]],
    codes: set[str],
) -> None:
    text = f"asyncapi: {version}\n" + SECURED[version, place] % written + COMPONENTS
    document = loads(text)
    assert schemes_of(document, place) == expected
    assert {item.code for item in findings_of(document)} - {"not-checked"} == codes
    assert {item.severity for item in document.findings} == {"advice"}
