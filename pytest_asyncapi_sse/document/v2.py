"""AsyncAPI 2.x: the nodes of a document read into drafts (specification 2.0 to 2.6)."""

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
from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.parameters import parameters_of, schema_parameter
from pytest_asyncapi_sse.document.problems import near
from pytest_asyncapi_sse.document.reader import Reader
from pytest_asyncapi_sse.document.servers import (
    protocol_of,
    security_scheme,
    substituted,
    with_scheme,
)
from pytest_asyncapi_sse.document.traits import with_traits_over
from pytest_asyncapi_sse.errors import shown
from pytest_asyncapi_sse.model import Alternatives, SecurityRequirement, Server, unescape

# Both words say what the described application's users do, so they read the other way round.
_ACTIONS: dict[str, Action] = {"subscribe": "send", "publish": "receive"}


def read(reader: Reader, root: Node) -> DocumentDraft:
    """Read a document of the major version 2."""
    with reader.aside():
        schemes = _schemes(reader, root)
        servers = _servers(reader, root, schemes)
    channels = []
    names: set[str] = set()
    for address, child in reader.section(root, "channels").items():
        with reader.within(address):
            node = reader.mapping(child)
            if node is not None:
                channels.append(_channel(reader, address, node, servers, schemes, names))
    return DocumentDraft(
        reader.text(root, "defaultContentType"),
        tuple(channels),
        {name: draft.server for name, draft in servers.items()},
    )


def _schemes(reader: Reader, root: Node) -> dict[str, Node]:
    components = reader.mapping(root.get("components"))
    return {} if components is None else reader.section(components, "securitySchemes")


def _servers(reader: Reader, root: Node, schemes: dict[str, Node]) -> dict[str, ServerDraft]:
    servers = {}
    for name, child in reader.section(root, "servers").items():
        node = reader.mapping(child)
        if node is None:
            continue
        protocol = protocol_of(reader, node)
        url = with_scheme(substituted(reader, node, reader.text(node, "url")), protocol)
        security = _security(reader, node, schemes)
        servers[name] = ServerDraft(
            Server(name, url, protocol, security, reader.origin(node)), node
        )
    return servers


def _security(reader: Reader, node: Node, schemes: dict[str, Node]) -> Alternatives:
    """Return the requirements of a server or an operation, any one of which is enough."""
    found = (reader.mapping(item) for item in reader.items(node, "security"))
    return tuple(_requirement(reader, item, schemes) for item in found if item is not None)


def _requirement(reader: Reader, node: Node, schemes: dict[str, Node]) -> SecurityRequirement:
    found = []
    for name in node.value:
        if name in schemes:
            found.append(security_scheme(reader, schemes[name], name))
            continue
        summary = f"the security scheme {shown(name, 80)} is not in components.securitySchemes"
        advice = near(name, schemes) or "Add it there."
        reader.find(node, "unknown-security-scheme", summary, advice=advice)
    return SecurityRequirement(tuple(scheme for scheme in found if scheme is not None))


def _channel(
    reader: Reader,
    address: str,
    node: Node,
    servers: dict[str, ServerDraft],
    schemes: dict[str, Node],
    names: set[str],
) -> ChannelDraft:
    messages: dict[str, MessageDraft] = {}
    operations = []
    for word, action in _ACTIONS.items():
        child = reader.mapping(node.get(word))
        if child is None:
            continue
        merged = with_traits_over(reader, child)
        keys = _messages(reader, merged, messages)
        name = _operation_name(reader, merged, f"{address}.{word}", names)
        security = _security(reader, merged, schemes)
        operations.append(OperationDraft(name, action, merged, keys, security))
    parameters = parameters_of(reader, node, address, read=schema_parameter)
    return ChannelDraft(
        address,
        address,
        node,
        messages,
        tuple(operations),
        parameters,
        _servers_of(reader, node, servers),
    )


def _operation_name(reader: Reader, node: Node, otherwise: str, names: set[str]) -> str:
    name = reader.text(node, "operationId") or otherwise
    name = otherwise if name in names else name
    names.add(name)
    return name


def _servers_of(
    reader: Reader, channel: Node, servers: dict[str, ServerDraft]
) -> dict[str, ServerDraft]:
    items = reader.items(channel, "servers")
    if not items:
        return servers
    found = {}
    for item in items:
        if isinstance(item.value, str) and item.value in servers:
            found[item.value] = servers[item.value]
            continue
        summary = f"the channel names the server {shown(item.value, 80)}, which is not in servers"
        reader.find(item, "unknown-server", summary, advice=near(str(item.value), servers))
    return found


def _messages(
    reader: Reader, operation: Node, messages: dict[str, MessageDraft]
) -> tuple[str, ...]:
    """Add the messages of an operation to its channel's; return their keys."""
    child = operation.get("message")
    found = reader.mapping(child)
    if child is None or found is None:
        return ()
    nodes = reader.items(found, "oneOf") if "oneOf" in found.value else [child]
    keys: dict[str, None] = {}
    for node in nodes:
        trail = reader.trail(node)
        if trail and reader.mapping(trail[-1]) is not None:
            keys[_message_key(reader, trail, messages)] = None
    return tuple(keys)


def _message_key(reader: Reader, trail: list[Node], messages: dict[str, MessageDraft]) -> str:
    node = trail[-1]
    known = next((key for key, draft in messages.items() if draft.node.key == node.key), None)
    if known is not None:
        return known
    merged = with_traits_over(reader, node)
    component = unescape(node.last_token) if len(trail) > 1 else ""
    name = reader.text(merged, "name") or reader.text(merged, "messageId") or component
    name = name or f"anonymous-message-{len(messages) + 1}"
    key, count = name, 1
    while key in messages:
        count += 1
        key = f"{name}-{count}"
    payload, headers = (
        SchemaDraft(merged.child(part), form) if part in merged.value else None
        for part, form in (("payload", reader.text(merged, "schemaFormat")), ("headers", ""))
    )
    messages[key] = MessageDraft(key, name, merged, payload, headers)
    return key
