"""Drafts: what a reader module found in a document, before it is decided what streams.

Both majors end in these. The nodes in them have their references followed and their traits merged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.model import Alternatives, Parameter, Server

Action = Literal["send", "receive"]


@dataclass(frozen=True, slots=True, eq=False)
class SchemaDraft:
    """Hold a schema and the media type of its language; empty for AsyncAPI's own."""

    node: Node
    schema_format: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class MessageDraft:
    """Hold a message by its key in the channel; without `payload` anything goes."""

    key: str
    name: str
    node: Node
    payload: SchemaDraft | None = None
    headers: SchemaDraft | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ReplyDraft:
    """Hold a reply: the channel that it comes in, None where that is open, and its messages."""

    channel: str | None
    messages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class OperationDraft:
    """Hold an operation; `messages` are keys of its channel's messages."""

    name: str
    action: Action
    node: Node
    messages: tuple[str, ...] = ()
    security: Alternatives = ()
    reply: ReplyDraft | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ServerDraft:
    """Hold a server and the node that its bindings are in."""

    server: Server
    node: Node


@dataclass(frozen=True, slots=True, eq=False)
class ChannelDraft:
    """Hold a channel with everything that belongs to it."""

    name: str
    address: str | None
    node: Node
    messages: Mapping[str, MessageDraft] = field(default_factory=dict)
    operations: tuple[OperationDraft, ...] = ()
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    servers: Mapping[str, ServerDraft] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class DocumentDraft:
    """Hold a document."""

    content_type: str
    channels: tuple[ChannelDraft, ...]
    servers: Mapping[str, Server]
