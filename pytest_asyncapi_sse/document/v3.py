"""AsyncAPI 3.x: the nodes of a document read into drafts (specification 3.0 and 3.1)."""

from __future__ import annotations

from pytest_asyncapi_sse.document.drafts import (
    Action,
    ChannelDraft,
    DocumentDraft,
    MessageDraft,
    OperationDraft,
    ReplyDraft,
    SchemaDraft,
    ServerDraft,
)
from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.parameters import parameters_of, text_parameter
from pytest_asyncapi_sse.document.problems import near
from pytest_asyncapi_sse.document.reader import Reader
from pytest_asyncapi_sse.document.servers import (
    protocol_of,
    security_scheme,
    substituted,
    with_scheme,
)
from pytest_asyncapi_sse.document.traits import with_traits_under
from pytest_asyncapi_sse.errors import shown
from pytest_asyncapi_sse.model import (
    Alternatives,
    SecurityRequirement,
    Server,
    escape,
    unescape,
)

_ACTIONS: dict[str, Action] = {"send": "send", "receive": "receive"}


def read(reader: Reader, root: Node) -> DocumentDraft:
    """Read a document of the major version 3."""
    with reader.aside():
        servers = _servers(reader, root)
    channels = _channels(reader, root)
    messages = {}
    for name, node in channels.items():
        with reader.within(name):
            messages[name] = _messages(reader, node)
    operations = _operations(reader, root, channels, messages)
    drafts = []
    for name, node in channels.items():
        with reader.within(name):
            address = reader.text(node, "address") if node.get("address") is not None else None
            draft = ChannelDraft(
                name,
                address,
                node,
                messages[name],
                tuple(operations[name]),
                parameters_of(reader, node, address, read=text_parameter),
                _servers_of(reader, root, node, servers),
            )
        drafts.append(draft)
    return DocumentDraft(
        reader.text(root, "defaultContentType"),
        tuple(drafts),
        {name: draft.server for name, draft in servers.items()},
    )


def _channels(reader: Reader, root: Node) -> dict[str, Node]:
    channels = {}
    for name, child in reader.section(root, "channels").items():
        with reader.within(name):
            found = reader.mapping(child)
        if found is not None:
            channels[name] = found
    return channels


def _servers(reader: Reader, root: Node) -> dict[str, ServerDraft]:
    servers = {}
    for name, child in reader.section(root, "servers").items():
        node = reader.mapping(child)
        if node is None:
            continue
        protocol = protocol_of(reader, node)
        security = _security(reader, node)
        url = with_scheme(_place(reader, node), protocol)
        server = Server(name, url, protocol, security, reader.origin(node))
        servers[name] = ServerDraft(server, node)
    return servers


def _place(reader: Reader, server: Node) -> str:
    """Return the host and the path of a server, one slash between."""
    host, path = (
        substituted(reader, server, reader.text(server, key)) for key in ("host", "pathname")
    )
    return f"{host.rstrip('/')}/{path.lstrip('/')}" if path else host


def _servers_of(
    reader: Reader, root: Node, channel: Node, servers: dict[str, ServerDraft]
) -> dict[str, ServerDraft]:
    items = reader.items(channel, "servers")
    if not items:
        return servers
    by_key = {draft.node.key: name for name, draft in servers.items()}
    by_key |= {(root.file.name, f"/servers/{escape(name)}"): name for name in servers}
    found = {}
    for item in items:
        trail = reader.trail(item)
        name = next((by_key[step.key] for step in trail if step.key in by_key), None)
        if name is not None:
            found[name] = servers[name]
        elif trail:
            summary = "the channel names a server that the document does not have"
            advice = "Refer to one as '#/servers/...'."
            reader.find(item, "unknown-server", summary, advice=advice)
    return found


def _security(reader: Reader, node: Node) -> Alternatives:
    schemes = []
    for item in reader.items(node, "security"):
        trail = reader.trail(item)
        if not trail:
            continue
        is_named = len(trail) > 1
        name = unescape(trail[-1].last_token) if is_named else ""
        schemes.append(security_scheme(reader, trail[-1], name))
    return tuple(SecurityRequirement((scheme,)) for scheme in schemes if scheme is not None)


def _messages(reader: Reader, channel: Node) -> dict[str, MessageDraft]:
    messages = {}
    for key, child in reader.section(channel, "messages").items():
        node = reader.mapping(child)
        if node is None:
            continue
        merged = with_traits_under(reader, node)
        name = reader.text(merged, "name") or key
        payload, headers = (_schema(reader, merged, part) for part in ("payload", "headers"))
        messages[key] = MessageDraft(key, name, merged, payload, headers)
    return messages


def _schema(reader: Reader, message: Node, key: str) -> SchemaDraft | None:
    """Return a payload or the headers; a Multi Format Schema Object names its language."""
    if not message.is_object or key not in message.value:
        return None
    node = message.child(key)
    found = node if node.reference is None else reader.peek(node)
    if found is None or not found.is_object or "schemaFormat" not in found.value:
        return SchemaDraft(node)
    if "schema" not in found.value:
        reader.report(found, f"{key} has a schemaFormat and no schema", "Add schema.")
        return None
    return SchemaDraft(found.child("schema"), reader.text(found, "schemaFormat"))


def _operations(
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
        _security(reader, merged),
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

    def keys(self, node: Node, channel: str) -> tuple[str, ...]:
        """Return the keys of the messages that a node names; all where it names none."""
        messages = self._messages[channel]
        if node.get("messages") is None:
            return tuple(messages)
        by_key = {draft.node.key: key for key, draft in messages.items()}
        place = (self._root.file.name, f"/channels/{escape(channel)}")
        for file, pointer in (self._channels[channel].key, place):
            by_key |= {(file, f"{pointer}/messages/{escape(key)}"): key for key in messages}
        keys: dict[str, None] = {}
        for item in self._reader.items(node, "messages"):
            trail = self._reader.trail(item)
            key = next((by_key[step.key] for step in trail if step.key in by_key), None)
            if key is not None:
                keys[key] = None
            elif trail:
                self._foreign(item, trail[-1], messages)
        return tuple(key for key in messages if key in keys)

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
        advice = near(unescape(target.last_token), messages)
        advice = advice or "Refer to one as '#/channels/.../messages/...'."
        message = "the operation names a message that is not its channel's"
        self._reader.report(item, message, advice, code="foreign-message")
