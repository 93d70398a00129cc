"""The vocabulary of AsyncAPI 2.x: its objects and their keys (specification 2.0 to 2.6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pytest_asyncapi_sse.document.vocabulary.kinds import (
    ANYTHING,
    EXPRESSION,
    FLAG,
    ID,
    SCHEMA,
    TEXT,
    TEXTS,
    URI,
    Choice,
    Either,
    Kind,
    ListOf,
    MapOf,
    Object,
    Row,
    row,
)
from pytest_asyncapi_sse.document.vocabulary.shared import (
    SCHEMA_KEYS,
    SCHEME,
    SHARED,
    bindings,
    flows,
)

_ONE_MESSAGE = Either("schemaFormat", Object("message in a format"), Object("message"))
_MESSAGE = Either("oneOf", Object("messages"), _ONE_MESSAGE)
_DOCS = Object("external docs", may_refer=False)
_TAGS = ListOf(Object("tag", may_refer=False), name_key="name")
_EXAMPLES = ListOf(Object("message example", may_refer=False))
_SECURITY = ListOf(MapOf(TEXTS))
_OPERATION = Object("operation", may_refer=False)
_MESSAGE_ID = {"messageId": "2.4"}
_IN_SCHEMA = "In 2.x it stands in the schema of the parameter."
_IN_OPERATION = "In 2.x the messages stand in subscribe.message or publish.message."

_describing: Mapping[str, Any] = {
    "contentType": TEXT,
    "headers": SCHEMA,
    "messageId": TEXT,
    "schemaFormat": TEXT,
    "correlationId": Object("correlation id"),
    "tags": _TAGS,
    "summary": TEXT,
    "name": TEXT,
    "title": TEXT,
    "description": TEXT,
    "externalDocs": _DOCS,
    "deprecated": FLAG,
    "examples": _EXAMPLES,
    "bindings": Object("message bindings"),
}
_operating: Mapping[str, Any] = {
    "operationId": TEXT,
    "summary": TEXT,
    "description": TEXT,
    "security": _SECURITY,
    "tags": _TAGS,
    "externalDocs": _DOCS,
    "bindings": Object("operation bindings"),
}
_message = row(
    "a message",
    payload=SCHEMA,
    traits=ListOf(Object("message trait")),
    since=_MESSAGE_ID,
    hints={
        "schema": "The schema of the data is called payload.",
        "oneOf": "A choice in a choice is not read; list all messages in one oneOf.",
    },
    identity="messageId",
    **_describing,
)


def _binding_rows() -> dict[str, Row]:
    operation = SHARED["http operation binding"]
    anywhere = SHARED["http binding"]
    # Its version 0.1.0 requires a type, which later ones dropped.
    with_type: dict[str, Kind] = {"type": Choice(("request", "response"))}
    return {
        "http operation binding": replace(operation, keys={**operation.keys, **with_type}),
        "http binding": replace(anywhere, keys={**anywhere.keys, **with_type}),
        "server bindings": bindings("a server", "http binding", {}, {}),
        "channel bindings": bindings("a channel", "http binding", {}, {}),
        "operation bindings": bindings("an operation", "http operation binding", {}, {}),
        "message bindings": bindings("a message", "http message binding", {}, {}),
    }


ROWS: Mapping[str, Row] = {
    **SHARED,
    **flows("scopes"),
    **_binding_rows(),
    "root": row(
        "the document",
        "asyncapi info channels",
        asyncapi=TEXT,
        id=ID,
        info=Object("info", may_refer=False),
        servers=MapOf(Object("server")),
        defaultContentType=TEXT,
        channels=MapOf(Object("channel")),
        components=Object("components", may_refer=False),
        tags=_TAGS,
        externalDocs=_DOCS,
        hints={"operations": "In 2.x the operations are subscribe and publish of a channel."},
    ),
    "info": row(
        "the info",
        "title version",
        title=TEXT,
        version=TEXT,
        description=TEXT,
        termsOfService=URI,
        contact=Object("contact", may_refer=False),
        license=Object("license", may_refer=False),
        hints=dict.fromkeys(("tags", "externalDocs"), "In 2.x it stands beside info."),
    ),
    "server": row(
        "a server",
        "url protocol",
        url=TEXT,
        description=TEXT,
        protocol=TEXT,
        protocolVersion=TEXT,
        variables=MapOf(Object("server variable")),
        security=_SECURITY,
        bindings=Object("server bindings"),
        tags=_TAGS,
        since={"tags": "2.5"},
        hints=dict.fromkeys(("host", "pathname"), "In 2.x it is a part of url."),
    ),
    "channel": row(
        "a channel",
        parameters=MapOf(Object("parameter")),
        description=TEXT,
        publish=_OPERATION,
        subscribe=_OPERATION,
        deprecated=FLAG,
        bindings=Object("channel bindings"),
        servers=TEXTS,
        since={"servers": "2.2"},
        hints={
            "address": "In 2.x the key of a channel is its address.",
            "messages": _IN_OPERATION,
            "message": _IN_OPERATION,
        },
    ),
    "operation": row(
        "an operation",
        traits=ListOf(Object("operation trait")),
        message=_MESSAGE,
        since={"security": "2.4"},
        hints={"oneOf": "Write it in message.", "messages": "List them in message.oneOf."},
        identity="operationId",
        **_operating,
    ),
    "operation trait": row("an operation trait", since={"security": "2.4"}, **_operating),
    "messages": row(
        "a choice of messages",
        oneOf=ListOf(_ONE_MESSAGE),
        hints=dict.fromkeys(_message.keys, "Write it in each message that oneOf lists."),
    ),
    "message": _message,
    "message in a format": replace(_message, keys={**_message.keys, "payload": ANYTHING}),
    "message trait": row(
        "a message trait",
        since=_MESSAGE_ID,
        hints={"payload": "A trait can't have one; write it in the message."},
        **_describing,
    ),
    "message example": row(
        "a message example",
        name=TEXT,
        summary=TEXT,
        headers=MapOf(ANYTHING),
        payload=ANYTHING,
        since={"name": "2.1", "summary": "2.1"},
    ),
    "parameter": row(
        "a parameter",
        description=TEXT,
        schema=SCHEMA,
        location=EXPRESSION,
        hints=dict.fromkeys(("enum", "default", "examples", *SCHEMA_KEYS), _IN_SCHEMA),
    ),
    "tag": row("a tag", "name", name=TEXT, description=TEXT, externalDocs=_DOCS),
    "components": row(
        "the components",
        schemas=MapOf(SCHEMA),
        servers=MapOf(Object("server")),
        serverVariables=MapOf(Object("server variable")),
        channels=MapOf(Object("channel")),
        messages=MapOf(_MESSAGE),
        securitySchemes=MapOf(SCHEME),
        parameters=MapOf(Object("parameter")),
        correlationIds=MapOf(Object("correlation id")),
        operationTraits=MapOf(Object("operation trait")),
        messageTraits=MapOf(Object("message trait")),
        serverBindings=MapOf(Object("server bindings")),
        channelBindings=MapOf(Object("channel bindings")),
        operationBindings=MapOf(Object("operation bindings")),
        messageBindings=MapOf(Object("message bindings")),
        since={"servers": "2.3", "channels": "2.3", "serverVariables": "2.4"},
    ),
}
