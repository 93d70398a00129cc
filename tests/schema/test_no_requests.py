"""No URL is ever fetched, whatever a schema names and whatever is asked of it."""

from __future__ import annotations

import http.server
import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pytest_asyncapi_sse.errors import AsyncAPIError
from pytest_asyncapi_sse.schema import (
    boundary_payloads,
    invalid_payloads,
    invalid_targets,
    payloads,
    satisfiable,
    validator,
)
from pytest_asyncapi_sse.schema.review import flaws, review
from pytest_asyncapi_sse.schema.samples import first_wanted
from pytest_asyncapi_sse.schema.second_engine import second_engine

DRAFT_2020 = "https://json-schema.org/draft/2020-12/schema"


class Counting(http.server.BaseHTTPRequestHandler):
    """Answer every request with a schema, and keep what was asked for."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        body = b'{"type": "null"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    """Serve schemas on loopback; give the address, and the list of what was asked for."""
    handler = type("Handler", (Counting,), {"asked": []})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{listening.server_address[1]}", handler.asked
        listening.shutdown()
        thread.join()


SCHEMAS: dict[str, Any] = {
    "a reference": {"$ref": "URL/a.json"},
    "a reference below oneOf": {
        "oneOf": [{"type": "string"}, {"type": "array", "prefixItems": [{"$ref": "URL/a.json"}]}]
    },
    "an identifier with a relative reference": {
        "$id": "URL/root.json",
        "properties": {"a": {"$ref": "other.json"}},
    },
    "an identifier with a pointer": {
        "$id": "URL/root.json",
        "type": "object",
        "required": ["a"],
        "properties": {"a": {"$ref": "#/definitions/a"}},
        "definitions": {"a": {"$id": "URL/inner.json", "type": "string"}},
    },
    "an identifier of draft-04": {"id": "URL/root.json", "properties": {"a": {"$ref": "#/x"}}},
    "a meta-schema": {"$schema": "URL/meta.json", "type": "object", "minProperties": 1},
    "a vocabulary": {
        "$schema": DRAFT_2020,
        "$vocabulary": {"URL/words": True},
        "type": "integer",
    },
    "a dynamic reference": {"$schema": DRAFT_2020, "$dynamicRef": "URL/a.json#node"},
    "a recursive reference": {
        "$schema": "https://json-schema.org/draft/2019-09/schema",
        "$recursiveRef": "URL/a.json",
    },
    "data": {
        "type": "object",
        "required": ["home", "link"],
        "properties": {
            "home": {"type": "string", "format": "uri", "examples": ["URL/home"]},
            "link": {"enum": [{"$ref": "URL/b.json", "$id": "URL/c.json"}]},
            "$ref": {"type": "string", "default": "URL/d.json"},
        },
        "externalDocs": {"url": "URL/docs"},
        "discriminator": {"propertyName": "home", "mapping": {"a": "URL/e.json"}},
    },
    "two patterns": {
        "$id": "URL/root.json",
        "type": "string",
        "allOf": [{"pattern": "^ORD"}, {"pattern": "[0-9]$"}, {"$ref": "#/definitions/a"}],
        "definitions": {"a": {"$id": "inner.json", "minLength": 2}},
    },
    "two patterns and what the second engine does not know": {
        "$schema": DRAFT_2020,
        "allOf": [{"pattern": "^ORD"}, {"pattern": "[0-9]$"}],
        "prefixItems": [{"$ref": "URL/a.json"}],
    },
}
VALUES = [None, 1, "x", [], [1], {}, {"a": 1}, {"home": 1, "link": {"$ref": "x"}}]


def _judged(schema: Any) -> None:
    judge = validator(schema)
    for value in VALUES:
        judge.is_valid(value)
        assert [str(one) for one in judge.iter_errors(value)] or judge.is_valid(value)


def _second(schema: Any) -> None:
    found = second_engine(schema)
    if found is not None:
        first_wanted(found, lambda _: False, tries=5)


USES: dict[str, Callable[[Any], object]] = {
    "validator": _judged,
    "payloads": lambda schema: first_wanted(payloads(schema), lambda _: True, tries=5),
    "invalid_payloads": lambda schema: first_wanted(
        invalid_payloads(schema), lambda _: True, tries=5
    ),
    "invalid_targets": invalid_targets,
    "boundary_payloads": boundary_payloads,
    "satisfiable": satisfiable,
    "flaws": flaws,
    "review": review,
    "second engine": _second,
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_nothing_is_fetched_by_any_public_function(
    name: str, server: tuple[str, list[str]]
) -> None:
    url, asked = server
    schema = json.loads(json.dumps(SCHEMAS[name]).replace("URL", url))
    for use in USES.values():
        try:
            use(schema)
        except AsyncAPIError as error:
            assert str(error)
    assert asked == []


def test_what_is_fetched_is_counted(server: tuple[str, list[str]]) -> None:
    url, asked = server
    with urllib.request.urlopen(f"{url}/a.json", timeout=5) as answer:
        assert json.load(answer) == {"type": "null"}
    assert asked == ["/a.json"]


@pytest.mark.parametrize("name", [name for name in SCHEMAS if name != "a reference"])
def test_a_whole_run_fetches_nothing(
    name: str, server: tuple[str, list[str]], pytester: pytest.Pytester
) -> None:
    url, asked = server
    message = {"payload": SCHEMAS[name], "externalDocs": {"url": "URL/docs"}}
    document = {
        "asyncapi": "3.0.0",
        "info": {"title": "Feed", "version": "1", "externalDocs": {"url": "URL/docs"}},
        "channels": {"feed": {"address": "/feed", "messages": {"note": message}}},
        "operations": {"feed": {"action": "send", "channel": {"$ref": "#/channels/feed"}}},
    }
    text = json.dumps(document).replace("URL", url)
    pytester.path.joinpath("feed.json").write_text(text, encoding="utf-8")
    result = pytester.inline_run("-p", "no:cacheprovider", "--asyncapi", "feed.json")
    assert result.ret in (0, 1, 4)
    assert asked == []
