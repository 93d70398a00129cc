"""The vocabulary of AsyncAPI 3.x: its objects and their keys (specification 3.0 and 3.1)."""

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
    TEXT_OR_NULL,
    TEXTS,
    URI,
    Choice,
    Either,
    ListOf,
    MapOf,
    Object,
    Reference,
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

_FORMATTED = Object("multi-format schema")
_SCHEMA = Either("schemaFormat", _FORMATTED, Either("schema", _FORMATTED, SCHEMA))
_DOCS = Object("external docs")
_TAGS = ListOf(Object("tag"), name_key="name")
_CHANNEL = Reference("#/channels/...")
_MESSAGES = ListOf(Reference("#/channels/.../messages/..."))
_ROS2 = {"ros2": ANYTHING}
_SINCE_ROS2 = {"ros2": "3.1"}

_IN_INFO = "In 3.x it stands in info."
_AS_OPERATION = "In 3.x it is one of the document's operations, with an action and a channel."
_KEY_IS_ID = "In 3.x its key is its ID."
_NOT_A_SCHEMA = "A 3.x parameter is a text; it has enum, default and examples instead of a schema."
_NO_CHOICE = "In 3.x list the messages in the channel, or write oneOf in the payload."

_described: Mapping[str, Any] = {
    "title": TEXT,
    "summary": TEXT,
    "description": TEXT,
    "tags": _TAGS,
    "externalDocs": _DOCS,
}
_message: Mapping[str, Any] = {
    "contentType": TEXT,
    "headers": _SCHEMA,
    "correlationId": Object("correlation id"),
    "name": TEXT,
    "deprecated": FLAG,
    "examples": ListOf(Object("message example", may_refer=False)),
    "bindings": Object("message bindings"),
    **_described,
}
_message_hints = {
    "messageId": _KEY_IS_ID,
    "oneOf": _NO_CHOICE,
    "schema": "The schema of the data is called payload.",
    "schemaFormat": "In 3.x write payload: {schemaFormat: ..., schema: ...}.",
}
_operation: Mapping[str, Any] = {
    "security": ListOf(SCHEME),
    "bindings": Object("operation bindings"),
    **_described,
}
_operation_hints = {
    "operationId": _KEY_IS_ID,
    "oneOf": "In 3.x list the references of the messages in messages.",
}


def _http_operation_binding() -> Row:
    known = SHARED["http operation binding"]
    hints = {**known.hints, "type": "The http binding has had no type since its version 0.2.0."}
    return replace(known, hints=hints)


def _with_scopes(name: str) -> Row:
    known = SHARED[name]
    return replace(known, keys={**known.keys, "scopes": TEXTS})


ROWS: Mapping[str, Row] = {
    **SHARED,
    **flows("availableScopes"),
    "oauth2 scheme": _with_scopes("oauth2 scheme"),
    "OpenID scheme": _with_scopes("OpenID scheme"),
    "http operation binding": _http_operation_binding(),
    "server bindings": bindings("a server", "http binding", _ROS2, _SINCE_ROS2),
    "channel bindings": bindings("a channel", "http binding", _ROS2, _SINCE_ROS2),
    "operation bindings": bindings("an operation", "http operation binding", _ROS2, _SINCE_ROS2),
    "message bindings": bindings("a message", "http message binding", _ROS2, _SINCE_ROS2),
    "root": row(
        "the document",
        "asyncapi info",
        asyncapi=TEXT,
        id=ID,
        info=Object("info", may_refer=False),
        servers=MapOf(Object("server")),
        defaultContentType=TEXT,
        channels=MapOf(Object("channel")),
        operations=MapOf(Object("operation")),
        components=Object("components", may_refer=False),
        hints=dict.fromkeys(("tags", "externalDocs"), _IN_INFO),
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
        tags=_TAGS,
        externalDocs=_DOCS,
    ),
    "server": row(
        "a server",
        "host protocol",
        host=TEXT,
        pathname=TEXT,
        protocol=TEXT,
        protocolVersion=TEXT,
        variables=MapOf(Object("server variable")),
        security=ListOf(SCHEME),
        bindings=Object("server bindings"),
        hints={"url": "In 3.x it is protocol, host and pathname."},
        **_described,
    ),
    "channel": row(
        "a channel",
        address=TEXT_OR_NULL,
        messages=MapOf(Object("message")),
        parameters=MapOf(Object("parameter")),
        servers=ListOf(Reference("#/servers/...")),
        bindings=Object("channel bindings"),
        hints={"subscribe": _AS_OPERATION, "publish": _AS_OPERATION},
        **_described,
    ),
    "operation": row(
        "an operation",
        "action channel",
        action=Choice(("send", "receive")),
        channel=_CHANNEL,
        messages=_MESSAGES,
        reply=Object("reply"),
        traits=ListOf(Object("operation trait")),
        hints=_operation_hints,
        **_operation,
    ),
    "operation trait": row("an operation trait", hints=_operation_hints, **_operation),
    "reply": row("a reply", address=Object("reply address"), channel=_CHANNEL, messages=_MESSAGES),
    "reply address": row("a reply address", "location", location=EXPRESSION, description=TEXT),
    "message": row(
        "a message",
        payload=_SCHEMA,
        traits=ListOf(Object("message trait")),
        hints=_message_hints,
        **_message,
    ),
    "message trait": row(
        "a message trait",
        hints={"payload": "A trait can't have one; write it in the message.", **_message_hints},
        **_message,
    ),
    "message example": row(
        "a message example",
        name=TEXT,
        summary=TEXT,
        headers=MapOf(ANYTHING),
        payload=ANYTHING,
    ),
    "multi-format schema": row(
        "a multi-format schema", "schemaFormat schema", schemaFormat=TEXT, schema=ANYTHING
    ),
    "parameter": row(
        "a parameter",
        description=TEXT,
        enum=TEXTS,
        default=TEXT,
        examples=TEXTS,
        location=EXPRESSION,
        hints=dict.fromkeys(("schema", *SCHEMA_KEYS), _NOT_A_SCHEMA),
    ),
    "tag": row("a tag", "name", name=TEXT, description=TEXT, externalDocs=_DOCS),
    "components": row(
        "the components",
        schemas=MapOf(_SCHEMA),
        servers=MapOf(Object("server")),
        serverVariables=MapOf(Object("server variable")),
        channels=MapOf(Object("channel")),
        operations=MapOf(Object("operation")),
        messages=MapOf(Object("message")),
        securitySchemes=MapOf(SCHEME),
        parameters=MapOf(Object("parameter")),
        correlationIds=MapOf(Object("correlation id")),
        operationTraits=MapOf(Object("operation trait")),
        messageTraits=MapOf(Object("message trait")),
        replies=MapOf(Object("reply")),
        replyAddresses=MapOf(Object("reply address")),
        serverBindings=MapOf(Object("server bindings")),
        channelBindings=MapOf(Object("channel bindings")),
        operationBindings=MapOf(Object("operation bindings")),
        messageBindings=MapOf(Object("message bindings")),
        tags=MapOf(Object("tag")),
        externalDocs=MapOf(_DOCS),
    ),
}
