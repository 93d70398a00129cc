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
class Carrier:
    """Hold an operation that carries a stream, its extension, and the keys of what flows.

    It asks its own `channel`: where the stream is the reply to it, that may be another channel.
    """

    channel: ChannelDraft
    operation: OperationDraft
    extension: Extension
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class StreamCandidate:
    """Hold a channel with the reason why it is no stream, empty where it can be one.

    `keys` are the messages that flow from server to client. One that `is_foreign` belongs to
    another protocol, whatever else is wrong with it.
    """

    draft: ChannelDraft
    extension: Extension
    carriers: tuple[Carrier, ...]
    keys: tuple[str, ...]
    is_marked: bool
    reason: str = ""
    is_foreign: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """Hold why channels are skipped, by name, and those in which nothing wrong harms a stream.

    A channel that is skipped for what it lacks is not harmless: what is wrong with it may be just
    why it lacks that.
    """

    skipped: Mapping[str, str]
    harmless: frozenset[str]


def candidates_of(
    reader: Reader, draft: DocumentDraft, perspective: Role | None
) -> list[StreamCandidate]:
    """Return every channel with what flows in it and why it can't be a stream."""
    extensions = {}
    for channel in draft.channels:
        with reader.within(channel.name):
            for item in channel.operations:
                extensions[item.name] = extension_of(reader, item.node, "operation")
    replies = _replies(draft, extensions)
    candidates = []
    for channel in draft.channels:
        with reader.within(channel.name):
            candidate = _candidate(reader, channel, extensions, replies[channel.name], perspective)
        candidates.append(candidate)
    return candidates


def decided(draft: DocumentDraft, candidates: Iterable[StreamCandidate]) -> Decision:
    """Decide which channels are tested; one mark in the document leaves the unmarked ones out."""
    found = list(candidates)
    marks_all = is_event_stream(draft.content_type)
    marked = {item.draft.name for item in found if item.is_marked or marks_all}
    unmarked = {item.draft.name for item in found if marked and item.draft.name not in marked}
    reasons = {item.draft.name: item.reason for item in found}
    skipped = {
        name: reasons[name] or _UNMARKED for name in reasons if reasons[name] or name in unmarked
    }
    foreign = {item.draft.name for item in found if item.is_foreign}
    return Decision(skipped, frozenset(foreign | unmarked))


def _replies(
    draft: DocumentDraft, extensions: Mapping[str, Extension]
) -> dict[str, tuple[Carrier, ...]]:
    """Return the operations that are replied to in each channel."""
    found: dict[str, list[Carrier]] = {channel.name: [] for channel in draft.channels}
    for channel in draft.channels:
        for item in channel.operations:
            if item.reply is not None and item.reply.channel is not None:
                carrier = Carrier(channel, item, extensions[item.name], item.reply.messages)
                found[item.reply.channel].append(carrier)
    return {name: tuple(carriers) for name, carriers in found.items()}


def _candidate(
    reader: Reader,
    draft: ChannelDraft,
    extensions: Mapping[str, Extension],
    replies: tuple[Carrier, ...],
    perspective: Role | None,
) -> StreamCandidate:
    own = extension_of(reader, draft.node, "channel")
    flowing = _flowing(draft.operations, extensions, own.role or perspective)
    carriers = replies
    if flowing:
        carriers = tuple(
            Carrier(draft, item, extensions[item.name], item.messages) for item in flowing
        )
    named = {key for carrier in carriers for key in carrier.keys}
    is_open = not draft.operations and not carriers
    keys = tuple(key for key in draft.messages if is_open or key in named)
    foreign = _foreign_reason(draft)
    marks = [own, *(extensions[item.name] for item in draft.operations)]
    marks += [carrier.extension for carrier in carriers]
    return StreamCandidate(
        draft,
        own,
        carriers,
        keys,
        _is_marked(reader, draft, marks),
        foreign or _reason(draft, own.role or perspective, carriers, keys),
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


def _is_marked(reader: Reader, draft: ChannelDraft, extensions: Iterable[Extension]) -> bool:
    if any(extension.is_present for extension in extensions):
        return True
    if any(_is_sse(item.server.protocol) for item in draft.servers.values()):
        return True
    messages = [item.node for item in draft.messages.values()]
    if any(is_present(reader, item.node) for item in draft.servers.values()):
        return True
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
    draft: ChannelDraft, role: Role | None, carriers: tuple[Carrier, ...], keys: tuple[str, ...]
) -> str:
    """Return why the channel can't be a stream, empty where it can."""
    if not draft.messages:
        return "it has no messages"
    replies = [item.reply for item in draft.operations if item.reply is not None]
    if not carriers and replies:
        names = sorted({reply.channel or "(a channel not named)" for reply in replies})
        return f"its operations are requests, answered in {', '.join(names)}"
    if draft.operations and not carriers and role is not None:
        return f"none of its operations is {_WANTED[role]!r}, as the role {role!r} wants it"
    if draft.operations and not carriers:
        return "its operations go the other way for the roles that x-sse gives them"
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
