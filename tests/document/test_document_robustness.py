"""Broken documents: whatever stands where, a document loads or says what is wrong."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_asyncapi_sse.document import load
from pytest_asyncapi_sse.errors import DocumentError
from pytest_asyncapi_sse.model import Document

MESSAGE: dict[str, Any] = {
    "name": "m",
    "contentType": "application/json",
    "headers": {"properties": {"event": {"const": "e"}}},
    "payload": {"properties": {"a": {"$ref": "#/components/schemas/S"}}},
    "traits": [{"title": "t", "headers": {"required": ["event"]}}],
    "examples": [{"payload": {"a": {}}}],
    "bindings": {"http": {"headers": {"properties": {"id": {"type": "string"}}}}},
    "correlationId": {"location": "$message.payload#/a"},
}
COMPONENTS: dict[str, Any] = {
    "messages": {"m": MESSAGE},
    "schemas": {"S": {"allOf": [{"$ref": "#/components/schemas/S"}], "items": {"enum": [1]}}},
    "securitySchemes": {"k": {"type": "httpApiKey"}},
}
BINDINGS = {"http": {"method": "GET", "query": {"properties": {"q": {"const": 1}}}}}
V2: dict[str, Any] = {
    "asyncapi": "2.6.0",
    "info": {"title": "t"},
    "servers": {"s": {"url": "{v}", "protocol": "http", "variables": {"v": {"default": "x"}}}},
    "channels": {
        "/{p}": {
            "servers": ["s"],
            "parameters": {"p": {"schema": {"type": "string"}}},
            "subscribe": {
                "operationId": "o",
                "bindings": BINDINGS,
                "security": [{"k": []}],
                "message": {"oneOf": [{"$ref": "#/components/messages/m"}]},
            },
        }
    },
    "components": COMPONENTS,
}
V3: dict[str, Any] = {
    "asyncapi": "3.0.0",
    "info": {"title": "t"},
    "servers": {"s": {"host": "x", "protocol": "http", "security": [{"type": "http"}]}},
    "channels": {
        "c": {
            "address": "/{p}",
            "servers": [{"$ref": "#/servers/s"}],
            "parameters": {"p": {"enum": ["a"]}},
            "messages": {"m": {"$ref": "#/components/messages/m"}},
            "x-sse": {"event": "e", "role": "server"},
        }
    },
    "operations": {
        "o": {
            "action": "send",
            "channel": {"$ref": "#/channels/c"},
            "messages": [{"$ref": "#/channels/c/messages/m"}],
            "bindings": BINDINGS,
            "traits": [{"summary": "s"}],
            "reply": {},
        }
    },
    "components": COMPONENTS,
}
JUNK = st.sampled_from([None, True, 0, 1.5, "", "x", "a\nb", [], {}, ["x"], [None], [[]], {"a": 1}])


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Return the path to each node below a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, child in items:
        yield (*place, key)
        if isinstance(child, dict | list):
            yield from places(child, (*place, key))


@st.composite
def broken_documents(draw: st.DrawFn) -> str:
    document = copy.deepcopy(draw(st.sampled_from([V2, V3])))
    for _ in range(draw(st.integers(1, 3))):
        paths = list(places(document))
        *above, last = draw(st.sampled_from(paths))
        parent: Any = document
        for key in above:
            parent = parent[key]
        target = draw(st.sampled_from(paths))
        reference = "#" + "".join("/" + str(key).replace("/", "~1") for key in target)
        # A copy: the next round may change what this one put there.
        parent[last] = copy.deepcopy(draw(JUNK | st.just({"$ref": reference})))
    return json.dumps(document)


def outcome(path: Path) -> Document | DocumentError:
    try:
        return load(path)
    except DocumentError as error:
        return error


@pytest.mark.parametrize("document", [V2, V3], ids=["2.6", "3.0"])
def test_the_whole_documents_load(write, document: dict[str, Any]) -> None:
    found = outcome(write(json.dumps(document)))
    assert isinstance(found, Document), str(found)
    assert len(found.streams) == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=broken_documents())
def test_a_broken_document_loads_or_says_what_is_wrong(write, text: str) -> None:
    found = outcome(write(text))
    if isinstance(found, DocumentError):
        assert all(problem.message for problem in found.problems)
        assert str(found)
        return
    for channel in found.channels.values():
        for message in channel.messages.values():
            assert json.dumps(message.payload) is not None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://[", "'http://[' is no URL: Invalid IPv6 URL."),
        ("http://ada:secret@[", "'[' is no URL: Invalid IPv6 URL."),
    ],
)
def test_a_text_that_is_no_url(url: str, expected: str) -> None:
    with pytest.raises(DocumentError) as caught:
        load(url)
    assert str(caught.value) == expected


@pytest.mark.parametrize("host", ["xn--", "..", "a" * 300 + ".localhost", "127.0.0.1:x"])
def test_a_host_that_can_not_be_named(host: str) -> None:
    with pytest.raises(DocumentError, match="can't be fetched|is no URL"):
        load(f"http://{host}/")
