"""Channels: what was decided about one, with its draft, becomes the channel of the model."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from pytest_asyncapi_sse.document.drafts import ChannelDraft, DocumentDraft, OperationDraft
from pytest_asyncapi_sse.document.extension import rules_of
from pytest_asyncapi_sse.document.messages import ReadMessage, read_message
from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.reader import Reader
from pytest_asyncapi_sse.document.request import request_of
from pytest_asyncapi_sse.document.streams import StreamCandidate
from pytest_asyncapi_sse.model import (
    Alternatives,
    Channel,
    Message,
    Operation,
    Reply,
    StreamRequest,
)


class ChannelReader:
    """Read the channels of one document, each within its own scope of problems."""

    def __init__(self, reader: Reader, draft: DocumentDraft) -> None:
        self._reader = reader
        self._content_type = draft.content_type
        self._drafts = {channel.name: channel for channel in draft.channels}
        self._messages: dict[tuple[str, str], ReadMessage] = {}
        self._needed: set[tuple[str, str]] = set()

    def read(self, candidate: StreamCandidate, *, is_stream: bool) -> Channel:
        """Return a channel; what is not checked of it is found where it is a stream."""
        with self._reader.within(candidate.draft.name):
            return self._read(candidate, is_stream)

    def _read(self, candidate: StreamCandidate, is_stream: bool) -> Channel:
        draft = candidate.draft
        request = request_of(self._reader, candidate)
        asked = request.channel
        body = [self._message(asked, key, is_needed=True) for key in request.body]
        needed = set(candidate.keys)
        read = {key: self._message(draft, key, is_needed=key in needed) for key in draft.messages}
        names = _names_of(candidate)
        messages = {
            key: _named(item.message, names.get(key) or candidate.extension.events)
            if key in needed
            else item.message
            for key, item in read.items()
        }
        if is_stream:
            used = [*(read[key] for key in candidate.keys), *body]
            self._find_unchecked(candidate, asked, used)
        return Channel(
            name=draft.name,
            address=draft.address if draft.address is not None else asked.address,
            messages=messages,
            operations={
                item.name: self._operation(draft, item, messages) for item in draft.operations
            },
            parameters={
                **request.parameters,
                **(draft if draft.address is not None else asked).parameters,
            },
            servers={name: item.server for name, item in draft.servers.items()},
            streamed=tuple(messages[key] for key in candidate.keys),
            request=_with_body(request.request, body),
            rules=rules_of([*(item.extension for item in candidate.carriers), candidate.extension]),
            security=tuple(_security(candidate)),
            origin=self._reader.origin(draft.node),
        )

    def _message(self, draft: ChannelDraft, key: str, *, is_needed: bool) -> ReadMessage:
        """Read a message of a channel once; what is wrong with one not needed harms no stream."""
        place = (draft.name, key)
        if place not in self._messages or (is_needed and place not in self._needed):
            with contextlib.nullcontext() if is_needed else self._reader.aside():
                read = read_message(self._reader, draft.messages[key], self._content_type)
            self._messages.setdefault(place, read)
        if is_needed:
            self._needed.add(place)
        return self._messages[place]

    def _operation(
        self, draft: ChannelDraft, item: OperationDraft, messages: Mapping[str, Message]
    ) -> Operation:
        return Operation(
            item.name,
            item.action,
            draft.name,
            tuple(messages[key] for key in item.messages),
            item.security,
            self._reply(draft, item, messages),
            self._reader.origin(item.node),
        )

    def _reply(
        self, draft: ChannelDraft, item: OperationDraft, messages: Mapping[str, Message]
    ) -> Reply | None:
        if item.reply is None or item.reply.channel is None:
            return None if item.reply is None else Reply(None)
        name, keys = item.reply.channel, item.reply.messages
        if name == draft.name:
            return Reply(name, tuple(messages[key] for key in keys))
        answering = self._drafts[name]
        read = [self._message(answering, key, is_needed=False) for key in keys]
        return Reply(name, tuple(item.message for item in read))

    def _find_unchecked(
        self, candidate: StreamCandidate, asked: ChannelDraft, used: Iterable[ReadMessage]
    ) -> None:
        found: list[tuple[Node, str, str]] = []
        if candidate.draft.address is None and asked.address is None:
            self._reader.find(
                candidate.draft.node,
                "unknown-address",
                "the channel has no address, so its stream is asked for at the base URL itself",
                advice="Write its address, or give the whole path in the base URL.",
            )
        for item in used:
            found += [(node, what, item.message.name) for node, what in item.unchecked]
        for node, what, message in found:
            self._reader.find(node, "not-checked", what, message=message)


def _with_body(request: StreamRequest, body: list[ReadMessage]) -> StreamRequest:
    return replace(request, body=tuple(item.message for item in body)) if body else request


def _names_of(candidate: StreamCandidate) -> dict[str, tuple[str, ...]]:
    """Return the event names that operations declare for their messages, by the message's key."""
    names: dict[str, dict[str, None]] = {}
    for carrier in candidate.carriers:
        for key in carrier.keys if carrier.extension.events else ():
            names.setdefault(key, {}).update(dict.fromkeys(carrier.extension.events))
    return {key: tuple(found) for key, found in names.items()}


def _named(message: Message, names: tuple[str, ...]) -> Message:
    """Return a message with these event names, unless it declares its own."""
    if message.event_names or not names:
        return message
    return replace(message, event_names=names)


def _security(candidate: StreamCandidate) -> Iterator[Alternatives]:
    """Yield what must be met: one requirement of a server, and one of each operation."""
    servers = [item.server.security for item in candidate.draft.servers.values()]
    if servers and all(servers):
        yield tuple(requirement for security in servers for requirement in security)
    operations = [item.operation for item in candidate.carriers]
    yield from (item.security for item in operations if item.security)
