"""AsyncAPI 3.x: the nodes of a document read into drafts (specification 3.0 and 3.1)."""

from __future__ import annotations

from pytest_asyncapi_sse.document.drafts import (
    Action,
    ChannelDraft,
    DocumentDraft,
    MessageDraft,
    OperationDraft,
    SchemaDraft,
    ServerDraft,
)
from pytest_asyncapi_sse.document.files import near
from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.parameters import parameters_of, text_parameter
from pytest_asyncapi_sse.document.reader import Reader
from pytest_asyncapi_sse.document.servers import protocol_of, security_scheme, substituted
from pytest_asyncapi_sse.document.traits import with_traits_under
from pytest_asyncapi_sse.errors import shown
from pytest_asyncapi_sse.model import SecurityScheme, Server, escape, unescape

_ACTIONS: dict[str, Action] = {"send": "send", "receive": "receive"}


def read(reader: Reader, root: Node) -> DocumentDraft:
    """Read a document of the major version 3."""
    servers = _servers(reader, root)
    channels = {
        name: found
        for name, node in reader.section(root, "channels").items()
        if (found := reader.mapping(node)) is not None
    }
    messages = {name: _messages(reader, node) for name, node in channels.items()}
    operations = _operations(reader, root, channels, messages)
    drafts = []
    for name, node in channels.items():
        address = reader.text(node, "address") if node.get("address") is not None else None
        with reader.within(name):
            parameters = parameters_of(reader, node, address, read=text_parameter)
        draft = ChannelDraft(
            name,
            address,
            node,
            messages[name],
            tuple(operations[name]),
            parameters,
            _servers_of(reader, root, node, servers),
        )
        drafts.append(draft)
    return DocumentDraft(
        reader.text(root, "defaultContentType"),
        tuple(drafts),
        {name: draft.server for name, draft in servers.items()},
    )


def _servers(reader: Reader, root: Node) -> dict[str, ServerDraft]:
    servers = {}
    for name, child in reader.section(root, "servers").items():
        node = reader.mapping(child)
        if node is None:
            continue
        if node.get("host") is None:
            reader.report(node, f"the server {name} has no host", "Add host, without a scheme.")
        protocol = protocol_of(reader, node)
        path = reader.text(node, "pathname")
        url = f"{protocol}://{reader.text(node, 'host')}{path}"
        security = _security(reader, node)
        url = substituted(reader, node, url)
        server = Server(name, url, protocol, security, reader.origin(node))
        servers[name] = ServerDraft(server, node)
    return servers


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
            advice = "Refer to one as '#/servers/...'."
            reader.report(
                item, "the channel names a server that the document does not have", advice
            )
    return found


def _security(reader: Reader, node: Node) -> tuple[SecurityScheme, ...]:
    schemes = []
    for item in reader.items(node, "security"):
        trail = reader.trail(item)
        if not trail:
            continue
        is_named = len(trail) > 1
        name = unescape(trail[-1].last_token) if is_named else ""
        schemes.append(security_scheme(reader, trail[-1], name))
    return tuple(scheme for scheme in schemes if scheme is not None)


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
    for name, child in reader.section(root, "operations").items():
        found = reader.mapping(child)
        if found is None:
            continue
        node = with_traits_under(reader, found)
        action = _action(reader, name, node)
        channel = _channel_of(reader, root, name, node, channels)
        if action is None or channel is None:
            continue
        place = (root.file.name, f"/channels/{escape(channel)}")
        keys = _message_keys(reader, node, channels[channel], place, messages[channel])
        security = _security(reader, node)
        operations[channel].append(OperationDraft(name, action, node, keys, security))
    return operations


def _action(reader: Reader, name: str, node: Node) -> Action | None:
    text = reader.text(node, "action")
    if text in _ACTIONS:
        return _ACTIONS[text]
    got = f"the action {shown(text, 60)}" if text else "no action"
    reader.report(node, f"the operation {name} has {got}, expected 'send' or 'receive'")
    return None


def _channel_of(
    reader: Reader, root: Node, name: str, node: Node, channels: dict[str, Node]
) -> str | None:
    child = node.get("channel")
    if child is None:
        advice = "Add channel: {$ref: '#/channels/...'}."
        reader.report(node, f"the operation {name} has no channel", advice)
        return None
    trail = reader.trail(child)
    # Two channels may be one component: the name that the reference spells goes first.
    by_key = {channel.key: key for key, channel in channels.items()}
    by_key |= {(root.file.name, f"/channels/{escape(key)}"): key for key in channels}
    found = next((by_key[step.key] for step in trail if step.key in by_key), None)
    if found is None and trail:
        advice = "Refer to one as '#/channels/...'."
        message = f"the channel of the operation {name} is none of the document's channels"
        reader.report(child, message, advice)
    return found


def _message_keys(
    reader: Reader,
    node: Node,
    channel: Node,
    place: tuple[str, str],
    messages: dict[str, MessageDraft],
) -> tuple[str, ...]:
    """Return the keys of the messages that an operation names; all where it names none."""
    if node.get("messages") is None:
        return tuple(messages)
    by_key = {draft.node.key: key for key, draft in messages.items()}
    for file, pointer in (channel.key, place):
        by_key |= {(file, f"{pointer}/messages/{escape(key)}"): key for key in messages}
    keys: dict[str, None] = {}
    for item in reader.items(node, "messages"):
        trail = reader.trail(item)
        key = next((by_key[step.key] for step in trail if step.key in by_key), None)
        if key is not None:
            keys[key] = None
        elif trail:
            advice = near(unescape(trail[-1].last_token), messages)
            advice = advice or "Refer to one as '#/channels/.../messages/...'."
            reader.report(item, "the operation names a message that is not its channel's", advice)
    return tuple(key for key in messages if key in keys)
