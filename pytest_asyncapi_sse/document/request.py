"""The request that opens a stream: method, query, headers and body, from the bindings around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_asyncapi_sse.document.drafts import ChannelDraft, OperationDraft
from pytest_asyncapi_sse.document.extension import foreign_bindings
from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.parameters import schema_parameter_of
from pytest_asyncapi_sse.document.reader import Reader
from pytest_asyncapi_sse.document.streams import StreamCandidate
from pytest_asyncapi_sse.document.values import (
    allowed_values,
    is_scalar,
    plain_text,
    property_schemas,
)
from pytest_asyncapi_sse.model import Parameter, StreamRequest

_WITHOUT_BODY = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})
# The client sends these itself.
_OWN_HEADERS = frozenset({"accept", "content-length", "content-type", "host", "last-event-id"})


@dataclass(frozen=True, slots=True, eq=False)
class RequestDraft:
    """Hold the request, the channel that it goes to, and the keys of what its body may be.

    `parameters` are those of its query that the document gives no value.
    """

    channel: ChannelDraft
    request: StreamRequest
    body: tuple[str, ...] = ()
    parameters: Mapping[str, Parameter] = field(default_factory=dict)


def request_of(reader: Reader, candidate: StreamCandidate) -> RequestDraft:
    """Return the request that opens a channel's stream."""
    carriers = candidate.carriers
    found = [_request(reader, item.channel, item.operation) for item in carriers]
    found = found or [_request(reader, candidate.draft, None)]
    first = found[0]
    for carrier, item in zip(carriers, found, strict=False):
        if _essence(item) != _essence(first):
            name = carrier.operation.name
            reader.find(
                carrier.operation.node,
                "not-checked",
                f"the operation {name}, which opens its stream by another request",
                advice="Give it a channel of its own, with the same address.",
            )
    return first


def _essence(draft: RequestDraft) -> tuple[str, dict[str, str]]:
    return draft.request.method, dict(draft.request.query)


def _request(
    reader: Reader, channel: ChannelDraft, operation: OperationDraft | None
) -> RequestDraft:
    """Read the first binding that says something, for the method and the query each."""
    nodes = [channel.node, *(draft.node for draft in channel.servers.values())]
    nodes = nodes if operation is None else [operation.node, *nodes]
    bindings = [binding for node in nodes for binding in _bindings(reader, node)]
    body = _body(channel, operation)
    method = _method(reader, bindings) or (
        "POST" if operation and operation.reply and body else "GET"
    )
    query, parameters = _query(reader, _first(bindings, "query"))
    if method in _WITHOUT_BODY:
        body = ()
    headers = _headers(reader, channel, bindings, body)
    return RequestDraft(channel, StreamRequest(method, query, headers), body, parameters)


def _body(channel: ChannelDraft, operation: OperationDraft | None) -> tuple[str, ...]:
    """Return what goes the other way: what is replied to, or what the other operations carry."""
    if operation is None:
        return ()
    if operation.reply is not None:
        is_own = operation.reply.channel == channel.name
        replied = operation.reply.messages if is_own else ()
        return tuple(key for key in operation.messages if key not in replied)
    others = [item for item in channel.operations if item.action != operation.action]
    keys = {key: None for item in others for key in item.messages}
    return tuple(key for key in keys if key not in operation.messages)


def _bindings(reader: Reader, node: Node) -> list[Node]:
    bindings = reader.mapping(node.get("bindings"))
    http = None if bindings is None else reader.mapping(bindings.get("http"))
    return [*([] if http is None else [http]), *foreign_bindings(reader, node)]


def _first(bindings: list[Node], key: str) -> Node | None:
    return next((found for node in bindings if (found := node.get(key)) is not None), None)


def _method(reader: Reader, bindings: list[Node]) -> str:
    node = _first(bindings, "method")
    if node is None:
        return ""
    if isinstance(node.value, str) and node.value.isalpha():
        return node.value.upper()
    reader.expected(node, "an HTTP method such as GET or POST")
    return ""


def _query(reader: Reader, node: Node | None) -> tuple[dict[str, str], dict[str, Parameter]]:
    """Return what the query fixes, and what it leaves open as parameters."""
    found = reader.mapping(node)
    if found is None:
        return {}, {}
    required = {item.value for item in reader.items(found, "required") if is_scalar(item.value)}
    fixed, parameters = {}, {}
    for name, schema in property_schemas(reader, found).items():
        value = _fixed(reader, schema)
        if value is not None:
            fixed[name] = value
        else:
            parameters[name] = schema_parameter_of(
                reader, name, schema, location="query", required=name in required
            )
    return fixed, parameters


def _headers(
    reader: Reader, channel: ChannelDraft, bindings: list[Node], body: tuple[str, ...]
) -> dict[str, str]:
    """Return the headers that the bindings, or the message that is the body, fix."""
    schemas = [node.get("headers") for node in bindings]
    for key in body[:1]:
        message = channel.messages[key]
        schemas += [node.get("headers") for node in _bindings(reader, message.node)]
        schemas.append(None if message.headers is None else message.headers.node)
    headers: dict[str, str] = {}
    for schema in schemas:
        for name, node in property_schemas(reader, schema).items():
            value = _fixed(reader, node)
            if value is not None and name.lower() not in _OWN_HEADERS:
                headers.setdefault(name, value)
    return headers


def _fixed(reader: Reader, schema: Node) -> str | None:
    """Return the value that a property's const, default or single enum gives it."""
    found = reader.follow(schema)
    if found is None or not found.is_object:
        return None
    allowed = allowed_values(reader, found)
    default = found.get("default")
    if "const" not in found.value and default is not None and is_scalar(default.value):
        return plain_text(default.value)
    is_fixed = len(allowed) == 1 and is_scalar(allowed[0].value)
    return plain_text(allowed[0].value) if is_fixed else None
