"""The request that opens a stream, from the http bindings around it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pytest_asyncapi_sse.document.drafts import ChannelDraft, OperationDraft
from pytest_asyncapi_sse.document.extension import foreign_bindings
from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.reader import Reader
from pytest_asyncapi_sse.document.values import (
    allowed_values,
    is_scalar,
    plain_text,
    property_schemas,
)
from pytest_asyncapi_sse.errors import Problem
from pytest_asyncapi_sse.model import StreamRequest


@dataclass(frozen=True, slots=True)
class RequestDraft:
    """Hold the request and what keeps it from being sent."""

    request: StreamRequest
    unsupported: tuple[Problem, ...] = ()


def request_of(
    reader: Reader, channel: ChannelDraft, operations: Iterable[OperationDraft]
) -> RequestDraft:
    """Return the request that opens a channel's stream, `operations` being those that flow."""
    shared = [channel.node, *(draft.node for draft in channel.servers.values())]
    found: list[tuple[Node, RequestDraft]] = []
    for place in [operation.node for operation in operations] or [channel.node]:
        bindings = [binding for node in (place, *shared) for binding in _bindings(reader, node)]
        found.append((place, _request(reader, bindings)))
    first = found[0][1]
    different = [draft for draft in found if _essence(draft[1]) != _essence(first)]
    if not different:
        return first
    problem = reader.problem(
        different[0][0],
        f"the operations of the channel {channel.name} open their streams by different requests",
        "Give each a channel of its own, with the same address.",
    )
    return RequestDraft(first.request, (*first.unsupported, problem))


def _bindings(reader: Reader, node: Node) -> list[Node]:
    bindings = reader.mapping(node.get("bindings"))
    http = None if bindings is None else reader.mapping(bindings.get("http"))
    return [*([] if http is None else [http]), *foreign_bindings(reader, node)]


def _essence(draft: RequestDraft) -> tuple[str, dict[str, str]]:
    return draft.request.method, dict(draft.request.query)


def _request(reader: Reader, bindings: list[Node]) -> RequestDraft:
    """Read the first binding that says something, for the method and the query each."""
    method = "GET"
    query: dict[str, str] = {}
    problems: list[Problem] = []
    with_method = next((node for node in bindings if node.get("method") is not None), None)
    if with_method is not None:
        method = reader.text(with_method, "method").upper() or "GET"
        if method != "GET":
            problem = reader.problem(
                with_method.child("method"),
                f"streams opened by {method} are not supported yet",
            )
            problems.append(problem)
    with_query = next((node for node in bindings if node.get("query") is not None), None)
    if with_query is not None:
        query, missing = _query(reader, with_query.child("query"))
        problems += missing
    return RequestDraft(StreamRequest(method, query), tuple(problems))


def _query(reader: Reader, schema: Node) -> tuple[dict[str, str], list[Problem]]:
    found = reader.mapping(schema)
    if found is None:
        return {}, []
    properties = property_schemas(reader, found)
    query = {}
    for name, node in properties.items():
        value = _fixed(reader, node)
        if value is not None:
            query[name] = value
    required = [item.value for item in reader.items(found, "required")]
    missing = [
        reader.problem(
            found.child("required"),
            f"the query needs {name!r}, and no const, default or single enum gives it a value",
            "Give the property a default.",
        )
        for name in required
        if isinstance(name, str) and name not in query
    ]
    return query, missing


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
