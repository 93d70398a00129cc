"""Operations of AsyncAPI 3.x, each found its channel and the messages of it that it names."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_asyncapi_sse.document.drafts import Action, MessageDraft, OperationDraft, ReplyDraft
from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.reader import Reader
from pytest_asyncapi_sse.document.security import requirements_by_scheme
from pytest_asyncapi_sse.document.traits import with_traits_under
from pytest_asyncapi_sse.errors import shown
from pytest_asyncapi_sse.model import escape, unescape

_ACTIONS: dict[str, Action] = {"send": "send", "receive": "receive"}


def operations_of(
    reader: Reader,
    root: Node,
    channels: dict[str, Node],
    messages: dict[str, dict[str, MessageDraft]],
) -> dict[str, list[OperationDraft]]:
    """Return the operations of each channel."""
    operations: dict[str, list[OperationDraft]] = {name: [] for name in channels}
    # Two channels may be one component: the name that the reference spells goes first.
    names = {channel.key: key for key, channel in channels.items()}
    names |= {(root.file.name, f"/channels/{escape(key)}"): key for key in channels}
    named = _NamedMessages(reader, root, channels, messages, names)
    for name, child in reader.section(root, "operations").items():
        # Until its channel is known, an operation may concern any stream.
        with reader.aside("error"):
            node = reader.mapping(child)
            channel = None if node is None else _channel_of(reader, name, node, names)
        if node is None or channel is None:
            continue
        with reader.within(channel):
            draft = _operation(reader, name, node, channel, named)
        if draft is not None:
            operations[channel].append(draft)
    return operations


def _operation(
    reader: Reader, name: str, node: Node, channel: str, named: _NamedMessages
) -> OperationDraft | None:
    merged = with_traits_under(reader, node)
    action = _action(reader, name, merged)
    if action is None:
        return None
    keys = named.keys(merged, channel)
    reply = reader.mapping(merged.get("reply"))
    says_something = reply is not None and any(map(reply.get, ("channel", "address", "messages")))
    return OperationDraft(
        name,
        action,
        merged,
        keys,
        requirements_by_scheme(reader, merged),
        named.reply(name, reply, channel, keys) if reply and says_something else None,
    )


def _action(reader: Reader, name: str, node: Node) -> Action | None:
    text = reader.text(node, "action")
    if text in _ACTIONS:
        return _ACTIONS[text]
    got = f"the action {shown(text, 60)}" if text else "no action"
    reader.report(node, f"the operation {name} has {got}, expected 'send' or 'receive'")
    return None


def _channel_of(
    reader: Reader, name: str, node: Node, names: dict[tuple[str, str], str]
) -> str | None:
    child = node.get("channel")
    if child is None:
        advice = "Add channel: {$ref: '#/channels/...'}."
        reader.report(node, f"the operation {name} has no channel", advice)
        return None
    trail = reader.trail(child)
    found = next((names[step.key] for step in trail if step.key in names), None)
    if found is None and trail:
        advice = "Refer to one as '#/channels/...'."
        message = f"the channel of the operation {name} is none of the document's channels"
        reader.report(child, message, advice)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """Hold the keys of a channel's messages, their order, and the nodes that mean each."""

    keys: tuple[str, ...]
    order: dict[str, int]
    by_key: dict[tuple[str, str], str]


class _NamedMessages:
    """Find the messages that operations and replies name among those of a channel."""

    def __init__(
        self,
        reader: Reader,
        root: Node,
        channels: dict[str, Node],
        messages: dict[str, dict[str, MessageDraft]],
        names: dict[tuple[str, str], str],
    ) -> None:
        self._reader = reader
        self._root = root
        self._channels = channels
        self._messages = messages
        self._names = names
        self._known: dict[str, _Known] = {}

    def keys(self, node: Node, channel: str) -> tuple[str, ...]:
        """Return the keys of the messages that a node names; all where it names none."""
        known = self._known_of(channel)
        if node.get("messages") is None:
            return known.keys
        by_key = known.by_key
        keys: dict[str, None] = {}
        for item in self._reader.items(node, "messages"):
            trail = self._reader.trail(item)
            key = next((by_key[step.key] for step in trail if step.key in by_key), None)
            if key is not None:
                keys[key] = None
            elif trail:
                self._foreign(item, trail[-1], self._messages[channel])
        return tuple(sorted(keys, key=known.order.__getitem__))

    def _known_of(self, channel: str) -> _Known:
        """Return what the messages of a channel are found by, made once for all its operations."""
        if channel not in self._known:
            messages = self._messages[channel]
            by_key = {draft.node.key: key for key, draft in messages.items()}
            place = (self._root.file.name, f"/channels/{escape(channel)}")
            for file, pointer in (self._channels[channel].key, place):
                by_key |= {(file, f"{pointer}/messages/{escape(key)}"): key for key in messages}
            order = {key: index for index, key in enumerate(messages)}
            self._known[channel] = _Known(tuple(messages), order, by_key)
        return self._known[channel]

    def reply(self, name: str, reply: Node, channel: str, asked: tuple[str, ...]) -> ReplyDraft:
        """Return the reply of an operation on a channel; without one it comes in the same."""
        answering: str | None = channel
        if reply.get("channel") is not None:
            answering = _channel_of(self._reader, name, reply, self._names)
        elif reply.get("address") is not None:
            answering = None
        if answering is None:
            return ReplyDraft(None)
        keys = self.keys(reply, answering)
        if answering == channel and reply.get("messages") is None:
            # Where nothing tells the reply's messages from the request's, they may be any of them.
            keys = tuple(key for key in keys if key not in asked) or keys
        return ReplyDraft(answering, keys)

    def _foreign(self, item: Node, target: Node, messages: dict[str, MessageDraft]) -> None:
        advice = self._reader.near(unescape(target.last_token), messages)
        advice = advice or "Refer to one as '#/channels/.../messages/...'."
        message = "the operation names a message that is not its channel's"
        self._reader.report(item, message, advice, code="foreign-message")
