"""Channels: what was decided about one, with its draft, becomes the channel of the model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from pytest_asyncapi_sse.document.drafts import ChannelDraft, DocumentDraft, OperationDraft
from pytest_asyncapi_sse.document.extension import Extension, rules_of, unchecked_keys
from pytest_asyncapi_sse.document.messages import ReadMessage, read_message
from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.reader import Reader
from pytest_asyncapi_sse.document.request import RequestDraft, request_of
from pytest_asyncapi_sse.document.streams import StreamCandidate
from pytest_asyncapi_sse.model import Alternatives, Channel, Message, Operation, Reply


class ChannelReader:
    """Read the channels of one document, each within its own scope of problems."""

    def __init__(self, reader: Reader, draft: DocumentDraft) -> None:
        self._reader = reader
        self._content_type = draft.content_type
        self._drafts = {channel.name: channel for channel in draft.channels}

    def read(self, candidate: StreamCandidate, *, is_stream: bool) -> Channel:
        """Return a channel; what is not checked of it is found where it is a stream."""
        with self._reader.within(candidate.draft.name):
            return self._read(candidate, is_stream)

    def _read(self, candidate: StreamCandidate, is_stream: bool) -> Channel:
        draft = candidate.draft
        request = request_of(self._reader, candidate)
        read = self._messages(draft, {*candidate.keys, *self._own_body(draft, request)})
        names = _shared_names(candidate)
        messages = {
            key: replace(item.message, event_names=item.message.event_names or names)
            if key in candidate.keys
            else item.message
            for key, item in read.items()
        }
        if is_stream:
            self._find_unchecked(candidate, [read[key] for key in candidate.keys])
        asked = request.channel
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
            request=replace(request.request, body=self._body(draft, request, messages)),
            rules=rules_of(self._extensions(candidate)),
            security=tuple(_security(candidate)),
            origin=self._reader.origin(draft.node),
        )

    def _messages(self, draft: ChannelDraft, used: set[str]) -> dict[str, ReadMessage]:
        """Read the messages of a channel; what is wrong with the unused ones harms no stream."""
        read = {}
        for key, item in draft.messages.items():
            if key in used:
                read[key] = read_message(self._reader, item, self._content_type)
                continue
            with self._reader.aside():
                read[key] = read_message(self._reader, item, self._content_type)
        return read

    def _own_body(self, draft: ChannelDraft, request: RequestDraft) -> tuple[str, ...]:
        return request.body if request.channel is draft else ()

    def _body(
        self, draft: ChannelDraft, request: RequestDraft, messages: Mapping[str, Message]
    ) -> tuple[Message, ...]:
        if request.channel is draft:
            return tuple(messages[key] for key in request.body)
        drafts = [request.channel.messages[key] for key in request.body]
        return tuple(
            read_message(self._reader, item, self._content_type).message for item in drafts
        )

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
        read = self._messages(self._drafts[name], set())
        return Reply(name, tuple(read[key].message for key in keys))

    def _extensions(self, candidate: StreamCandidate) -> Iterator[Extension]:
        yield from (candidate.extensions[item.name] for item in candidate.flowing)
        yield candidate.extension

    def _find_unchecked(self, candidate: StreamCandidate, used: Iterable[ReadMessage]) -> None:
        found: list[tuple[Node, str, str]] = []
        places = [item.node for item in candidate.draft.servers.values()]
        places += [item.node for item in candidate.flowing]
        places += [item.operation.node for item in candidate.asking]
        for node in places:
            if node.get("security") is not None and node.child("security").value:
                found.append((node.child("security"), "the security", ""))
        for node in (candidate.draft.node, *(item.node for item in candidate.flowing)):
            found += [(key, name, "") for key, name in unchecked_keys(self._reader, node)]
        for item in used:
            found += [(node, what, item.message.name) for node, what in item.unchecked]
        for node, what, message in found:
            self._reader.find(node, "not-checked", f"not checked: {what}", message=message)


def _shared_names(candidate: StreamCandidate) -> tuple[str, ...]:
    """Return the names that a channel or its operations declare for all of their messages."""
    extensions = [candidate.extensions[item.name] for item in candidate.flowing]
    names = [name for extension in extensions for name in extension.events]
    return tuple(dict.fromkeys(names)) or candidate.extension.events


def _security(candidate: StreamCandidate) -> Iterator[Alternatives]:
    """Yield what must be met: one requirement of a server, and one of each operation."""
    servers = [item.server.security for item in candidate.draft.servers.values()]
    if servers and all(servers):
        yield tuple(requirement for security in servers for requirement in security)
    operations = [*candidate.flowing, *(item.operation for item in candidate.asking)]
    yield from (item.security for item in operations if item.security)
