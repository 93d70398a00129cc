"""Streams: which channels are SSE, which of their messages flow, and what opens them.

Who serves is not inferred from `send` or `receive` alone, because real documents use both words
for both sides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pytest_asyncapi_sse.document.drafts import Action, ChannelDraft, OperationDraft
from pytest_asyncapi_sse.document.extension import Extension, Role, extension_of
from pytest_asyncapi_sse.document.messages import ReadMessage, read_message
from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.reader import Reader
from pytest_asyncapi_sse.document.request import request_of
from pytest_asyncapi_sse.document.servers import distinct
from pytest_asyncapi_sse.errors import Problem
from pytest_asyncapi_sse.model import Channel, Message, Operation

_WANTED: Mapping[Role, Action] = {"server": "send", "client": "receive"}
_HTTP = frozenset({"http", "https"})
_EVENT_STREAM = "text/event-stream"
_MAX_DEPTH = 50


@dataclass(frozen=True, slots=True, eq=False)
class StreamCandidate:
    """Hold a channel with the reason why it is no stream, empty where it can be one.

    `unsupported` and `unchecked` count only if the channel is tested.
    """

    channel: Channel
    is_marked: bool
    reason: str = ""
    unsupported: tuple[Problem, ...] = ()
    unchecked: tuple[tuple[Node, str, str], ...] = ()


def candidate_of(
    reader: Reader, draft: ChannelDraft, content_type: str, perspective: Role | None
) -> StreamCandidate:
    """Read a channel and decide whether it can be a stream and which messages flow in it."""
    own = extension_of(reader, draft.node)
    extensions = {item.name: extension_of(reader, item.node) for item in draft.operations}
    flowing = _flowing(draft.operations, extensions, own.role or perspective)
    keys = _flowing_keys(draft, flowing)
    read = {key: read_message(reader, item, content_type) for key, item in draft.messages.items()}
    names = _shared_names(own, [extensions[item.name] for item in flowing])
    messages = {
        key: replace(item.message, event_names=item.message.event_names or names)
        if key in keys
        else item.message
        for key, item in read.items()
    }
    request = request_of(reader, draft, flowing)
    used = [read[key] for key in keys]
    tables = [own, *(extensions[item.name] for item in flowing)]
    return StreamCandidate(
        replace(_channel(reader, draft, messages, flowing, keys), request=request.request),
        _is_marked(draft, [own, *extensions.values()], read.values()),
        _reason(draft, flowing, keys),
        (
            *request.unsupported,
            *(problem for table in tables for problem in table.unsupported),
            *(problem for item in used for problem in item.unsupported),
        ),
        tuple(_unchecked(draft, flowing, used)),
    )


def _channel(
    reader: Reader,
    draft: ChannelDraft,
    messages: Mapping[str, Message],
    flowing: Iterable[OperationDraft],
    keys: Iterable[str],
) -> Channel:
    servers = {name: item.server for name, item in draft.servers.items()}
    schemes = [scheme for server in servers.values() for scheme in server.security]
    schemes += [scheme for operation in flowing for scheme in operation.security]
    operations = {
        item.name: Operation(
            item.name,
            item.action,
            draft.name,
            tuple(messages[key] for key in item.messages),
            item.security,
            reader.origin(item.node),
        )
        for item in draft.operations
    }
    return Channel(
        name=draft.name,
        address=draft.address,
        messages=messages,
        operations=operations,
        parameters=draft.parameters,
        servers=servers,
        streamed=tuple(messages[key] for key in keys),
        security=distinct(schemes),
        origin=reader.origin(draft.node),
    )


def _flowing(
    operations: tuple[OperationDraft, ...], extensions: Mapping[str, Extension], role: Role | None
) -> tuple[OperationDraft, ...]:
    """Return the operations whose messages go from server to client."""
    roles = {item.name: extensions[item.name].role for item in operations}
    if any(roles.values()):
        return tuple(
            item
            for item in operations
            if (own := roles[item.name]) is not None and item.action == _WANTED[own]
        )
    if role is not None:
        return tuple(item for item in operations if item.action == _WANTED[role])
    # An operation that carries the mark itself says more than its direction does.
    marked = tuple(item for item in operations if extensions[item.name].is_present)
    candidates = marked or operations
    return tuple(item for item in candidates if item.action == "send") or candidates


def _flowing_keys(draft: ChannelDraft, flowing: Iterable[OperationDraft]) -> tuple[str, ...]:
    if not draft.operations:
        return tuple(draft.messages)
    named = {key for operation in flowing for key in operation.messages}
    return tuple(key for key in draft.messages if key in named)


def _shared_names(own: Extension, operations: Iterable[Extension]) -> tuple[str, ...]:
    """Return the names that a channel or its operations declare for all of their messages."""
    names = [name for extension in operations for name in extension.events]
    return tuple(dict.fromkeys(names)) or own.events


def _is_marked(
    draft: ChannelDraft, extensions: Iterable[Extension], messages: Iterable[ReadMessage]
) -> bool:
    if any(extension.is_present for extension in extensions):
        return True
    if any(message.is_marked for message in messages):
        return True
    if any(_is_sse(item.server.protocol) for item in draft.servers.values()):
        return True
    nodes = [draft.node, *(item.node for item in draft.operations)]
    nodes += [item.node for item in draft.messages.values()]
    return any(_mentions_event_stream(node.value.get("bindings")) for node in nodes)


def _mentions_event_stream(value: object, depth: int = 0) -> bool:
    if isinstance(value, str):
        return value.strip().lower().startswith(_EVENT_STREAM)
    if depth > _MAX_DEPTH or not isinstance(value, dict | list):
        return False
    children = value.values() if isinstance(value, dict) else value
    return any(_mentions_event_stream(child, depth + 1) for child in children)


def _is_sse(protocol: str) -> bool:
    return "sse" in re.split(r"[^a-z]+", protocol)


def _is_possible(protocol: str) -> bool:
    return not protocol or _is_sse(protocol) or bool(_HTTP & set(re.split(r"[^a-z]+", protocol)))


def _reason(draft: ChannelDraft, flowing: tuple[OperationDraft, ...], keys: tuple[str, ...]) -> str:
    """Return why the channel can't be a stream, empty where it can."""
    protocols = sorted({item.server.protocol for item in draft.servers.values()})
    if protocols and not any(map(_is_possible, protocols)):
        return f"its servers speak {', '.join(protocols)}, not http"
    bound = _foreign_protocols(draft)
    if not protocols and bound:
        return f"its bindings are for {', '.join(bound)}, not http"
    if not draft.messages:
        return "it has no messages"
    if draft.operations and not flowing:
        return "its operations go the other way for the role of the described application"
    if not keys:
        return "none of its messages flows from server to client"
    return ""


def _foreign_protocols(draft: ChannelDraft) -> list[str]:
    """Return the protocols that the bindings name, none where http or SSE is one of them."""
    nodes = [draft.node, *(item.node for item in draft.operations)]
    nodes += [item.node for item in draft.messages.values()]
    names: set[str] = set()
    for node in nodes:
        bindings = node.get("bindings")
        if bindings is not None and bindings.is_object:
            names |= {name for name in bindings.value if name != "$ref"}
    if any(name.startswith("x-") or _is_possible(name) for name in names):
        return []
    return sorted(names)


def _unchecked(
    draft: ChannelDraft, flowing: Iterable[OperationDraft], messages: Iterable[ReadMessage]
) -> Iterable[tuple[Node, str, str]]:
    """Return the nodes of a stream that are not checked, each with what it is and its message."""
    places = [item.node for item in draft.servers.values()] + [item.node for item in flowing]
    for node in places:
        if node.get("security") is not None and node.child("security").value:
            yield node.child("security"), "the security", ""
    for operation in flowing:
        if operation.node.get("reply") is not None:
            yield operation.node.child("reply"), f"the reply of the operation {operation.name}", ""
    for item in messages:
        for node, what in item.unchecked:
            yield node, what, item.message.name
