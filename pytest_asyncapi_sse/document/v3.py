"""AsyncAPI 3.x: the nodes of a document read into drafts (specification 3.0 and 3.1)."""

from __future__ import annotations

from pytest_asyncapi_sse.document.drafts import (
    ChannelDraft,
    DocumentDraft,
    MessageDraft,
    SchemaDraft,
    ServerDraft,
)
from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.operations import operations_of
from pytest_asyncapi_sse.document.parameters import address_of, parameters_of, text_parameter
from pytest_asyncapi_sse.document.reader import Reader
from pytest_asyncapi_sse.document.security import requirements_by_scheme
from pytest_asyncapi_sse.document.servers import (
    protocol_of,
    substituted,
    with_scheme,
)
from pytest_asyncapi_sse.document.targets import check_message
from pytest_asyncapi_sse.document.traits import with_traits_under
from pytest_asyncapi_sse.model import Server, escape


def read(reader: Reader, root: Node) -> DocumentDraft:
    """Read a document of the major version 3."""
    with reader.aside():
        servers = _servers(reader, root)
    channels = _channels(reader, root)
    messages = {}
    for name, node in channels.items():
        with reader.within(name):
            messages[name] = _messages(reader, node)
    operations = operations_of(reader, root, channels, messages)
    known = _known_servers(root, servers)
    drafts = []
    for name, node in channels.items():
        with reader.within(name):
            place = node.get("address")
            address = None if place is None else _address(reader, node)
            draft = ChannelDraft(
                name,
                address,
                node,
                messages[name],
                tuple(operations[name]),
                parameters_of(reader, node, place or node, address, read=text_parameter),
                _servers_of(reader, node, servers, known),
            )
        drafts.append(draft)
    return DocumentDraft(
        reader.text(root, "defaultContentType"),
        tuple(drafts),
        {name: draft.server for name, draft in servers.items()},
    )


def _address(reader: Reader, channel: Node) -> str:
    return address_of(reader, channel.child("address"), reader.text(channel, "address"))


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
        security = requirements_by_scheme(reader, node)
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


def _known_servers(root: Node, servers: dict[str, ServerDraft]) -> dict[tuple[str, str], str]:
    """Return the names of the servers by the nodes that mean them."""
    known = {draft.node.key: name for name, draft in servers.items()}
    return known | {(root.file.name, f"/servers/{escape(name)}"): name for name in servers}


def _servers_of(
    reader: Reader,
    channel: Node,
    servers: dict[str, ServerDraft],
    known: dict[tuple[str, str], str],
) -> dict[str, ServerDraft]:
    items = reader.items(channel, "servers")
    if not items:
        return servers
    found = {}
    for item in items:
        trail = reader.trail(item)
        name = next((known[step.key] for step in trail if step.key in known), None)
        if name is not None:
            found[name] = servers[name]
        elif trail:
            summary = "the channel names a server that the document does not have"
            advice = "Refer to one as '#/servers/...'."
            reader.find(item, "unknown-server", summary, advice=advice)
    return found


def _messages(reader: Reader, channel: Node) -> dict[str, MessageDraft]:
    messages = {}
    for key, child in reader.section(channel, "messages").items():
        trail = [child] if child.reference is None else reader.trail(child)
        node = reader.mapping(trail[-1]) if trail else None
        if node is None:
            continue
        check_message(reader, trail)
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
