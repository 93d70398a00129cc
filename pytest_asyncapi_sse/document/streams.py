"""Streams: which channels are SSE, which of their messages flow, and which request opens them.

Who serves is not inferred from `send` or `receive` alone, because real documents use both words
for both sides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pytest_asyncapi_sse.document.drafts import Action, ChannelDraft, DocumentDraft, OperationDraft
from pytest_asyncapi_sse.document.extension import Extension, Role, extension_of, is_present
from pytest_asyncapi_sse.document.messages import is_event_stream
from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.reader import Reader

_WANTED: Mapping[Role, Action] = {"server": "send", "client": "receive"}
_HTTP = frozenset({"http", "https"})
_EVENT_STREAM = "text/event-stream"
_MAX_DEPTH = 50
_UNMARKED = "nothing marks it as SSE, while other channels of the document are marked"


@dataclass(frozen=True, slots=True, eq=False)
class Asking:
    """Hold an operation whose messages, or the reply to them, open a stream, and its channel."""

    channel: ChannelDraft
    operation: OperationDraft


@dataclass(frozen=True, slots=True, eq=False)
class StreamCandidate:
    """Hold a channel with the reason why it is no stream, empty where it can be one.

    `flowing` are the operations whose messages go from server to client, `keys` those messages.
    Where they are the reply to another operation, that one is in `asking`. One that `is_foreign`
    belongs to another protocol, whatever else is wrong with it.
    """

    draft: ChannelDraft
    extension: Extension
    extensions: Mapping[str, Extension]
    flowing: tuple[OperationDraft, ...]
    asking: tuple[Asking, ...]
    keys: tuple[str, ...]
    is_marked: bool
    reason: str = ""
    is_foreign: bool = False


def candidates_of(
    reader: Reader, draft: DocumentDraft, perspective: Role | None
) -> list[StreamCandidate]:
    """Return every channel, decided upon; one mark in the document leaves the unmarked ones out."""
    asking = _asking(draft)
    candidates = []
    for channel in draft.channels:
        with reader.within(channel.name):
            candidates.append(_candidate(reader, channel, asking[channel.name], perspective))
    return candidates


def skipped_of(draft: DocumentDraft, candidates: Iterable[StreamCandidate]) -> dict[str, str]:
    """Return why channels are skipped, by name."""
    marks_all = is_event_stream(draft.content_type)
    found = list(candidates)
    marked = {item.draft.name for item in found if item.is_marked or marks_all}
    skipped = {}
    for item in found:
        name = item.draft.name
        if item.reason:
            skipped[name] = item.reason
        elif marked and name not in marked:
            skipped[name] = _UNMARKED
    return skipped


def harmless_of(
    candidates: Iterable[StreamCandidate], skipped: Mapping[str, str]
) -> frozenset[str]:
    """Return the channels in which nothing that is wrong harms a stream.

    A channel that is skipped for what it lacks is not among them: what is wrong with it may be
    just why it lacks that.
    """
    return frozenset(
        item.draft.name
        for item in candidates
        if item.is_foreign or skipped.get(item.draft.name) == _UNMARKED
    )


def _asking(draft: DocumentDraft) -> dict[str, tuple[Asking, ...]]:
    """Return the operations that are replied to in each channel."""
    found: dict[str, list[Asking]] = {channel.name: [] for channel in draft.channels}
    for channel in draft.channels:
        for operation in channel.operations:
            if operation.reply is not None and operation.reply.channel is not None:
                found[operation.reply.channel].append(Asking(channel, operation))
    return {name: tuple(asking) for name, asking in found.items()}


def _candidate(
    reader: Reader, draft: ChannelDraft, asking: tuple[Asking, ...], perspective: Role | None
) -> StreamCandidate:
    own = extension_of(reader, draft.node, "channel")
    extensions = {
        item.name: extension_of(reader, item.node, "operation") for item in draft.operations
    }
    flowing = _flowing(draft.operations, extensions, own.role or perspective)
    if flowing:
        asking = ()
    keys = _flowing_keys(draft, flowing, asking)
    foreign = _foreign_reason(draft)
    return StreamCandidate(
        draft,
        own,
        extensions,
        flowing,
        asking,
        keys,
        _is_marked(reader, draft, [own, *extensions.values()]),
        foreign or _reason(draft, flowing, asking, keys),
        bool(foreign),
    )


def _flowing(
    operations: tuple[OperationDraft, ...], extensions: Mapping[str, Extension], role: Role | None
) -> tuple[OperationDraft, ...]:
    """Return the operations whose messages go from server to client."""
    # What is replied to is a request, whatever the direction that the document describes it from.
    operations = tuple(item for item in operations if item.reply is None)
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


def _flowing_keys(
    draft: ChannelDraft, flowing: Iterable[OperationDraft], asking: Iterable[Asking]
) -> tuple[str, ...]:
    named = {key for operation in flowing for key in operation.messages}
    named |= {
        key for item in asking if item.operation.reply for key in item.operation.reply.messages
    }
    if not draft.operations and not asking:
        return tuple(draft.messages)
    return tuple(key for key in draft.messages if key in named)


def _is_marked(reader: Reader, draft: ChannelDraft, extensions: Iterable[Extension]) -> bool:
    if any(extension.is_present for extension in extensions):
        return True
    if any(_is_sse(item.server.protocol) for item in draft.servers.values()):
        return True
    messages = [item.node for item in draft.messages.values()]
    if any(is_present(reader, node) or _is_sent_by_sse(node) for node in messages):
        return True
    nodes = [draft.node, *(item.node for item in draft.operations), *messages]
    return any(_mentions_event_stream(node.value.get("bindings")) for node in nodes)


def _is_sent_by_sse(message: Node) -> bool:
    content_type = message.value.get("contentType")
    return isinstance(content_type, str) and is_event_stream(content_type)


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


def _foreign_reason(draft: ChannelDraft) -> str:
    """Return why the channel is none of SSE's, empty where it may be."""
    protocols = sorted({item.server.protocol for item in draft.servers.values()})
    if protocols and not any(map(_is_possible, protocols)):
        return f"its servers speak {', '.join(protocols)}, not http"
    bound = _foreign_protocols(draft)
    if not protocols and bound:
        return f"its bindings are for {', '.join(bound)}, not http"
    return ""


def _reason(
    draft: ChannelDraft,
    flowing: tuple[OperationDraft, ...],
    asking: tuple[Asking, ...],
    keys: tuple[str, ...],
) -> str:
    """Return why the channel can't be a stream, empty where it can."""
    if not draft.messages:
        return "it has no messages"
    replies = [item.reply for item in draft.operations if item.reply is not None]
    if not flowing and not asking and replies:
        names = sorted({reply.channel or "(a channel not named)" for reply in replies})
        return f"its operations are requests, answered in {', '.join(names)}"
    if draft.operations and not flowing and not asking:
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
