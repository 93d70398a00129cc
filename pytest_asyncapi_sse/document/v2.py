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
from pytest_asyncapi_sse.document.parameters import address_of, parameters_of, schema_parameter
from pytest_asyncapi_sse.document.reader import Reader
from pytest_asyncapi_sse.document.security import requirements_by_name
from pytest_asyncapi_sse.document.servers import (
    protocol_of,
    substituted,
    with_scheme,
)
from pytest_asyncapi_sse.document.targets import check_message
from pytest_asyncapi_sse.document.traits import with_traits_over
from pytest_asyncapi_sse.document.values import label_of
from pytest_asyncapi_sse.errors import shown
from pytest_asyncapi_sse.model import Server, unescape

# Both words say what the described application's users do, so they read the other way round.
_ACTIONS: dict[str, Action] = {"subscribe": "send", "publish": "receive"}

MAX_DEPTH = 50

_Key = tuple[str, str]
_Way = tuple[_Key, ...]


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
        security = requirements_by_name(reader, node, schemes)
        servers[name] = ServerDraft(
            Server(name, url, protocol, security, reader.origin(node)), node
        )
    return servers


def _channel(
    reader: Reader,
    address: str,
    node: Node,
    servers: dict[str, ServerDraft],
    schemes: dict[str, Node],
    names: set[str],
) -> ChannelDraft:
    messages = _Messages(reader)
    operations = []
    for word, action in _ACTIONS.items():
        child = reader.mapping(node.get(word))
        if child is None:
            continue
        merged = with_traits_over(reader, child)
        keys = messages.add(merged)
        name = _operation_name(merged, f"{address}.{word}", names)
        security = requirements_by_name(reader, merged, schemes)
        operations.append(OperationDraft(name, action, merged, keys, security))
    path = address_of(reader, node, address)
    return ChannelDraft(
        address,
        path,
        node,
        messages.drafts,
        tuple(operations),
        parameters_of(reader, node, node, path, read=schema_parameter),
        _servers_of(reader, node, servers),
    )


def _operation_name(node: Node, otherwise: str, names: set[str]) -> str:
    name = label_of(node, "operationId") or otherwise
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
        reader.find(item, "unknown-server", summary, advice=reader.near(str(item.value), servers))
    return found


class _Messages:
    """Gather the messages of one channel, each of them once; `drafts` holds them by their keys."""

    def __init__(self, reader: Reader) -> None:
        self.drafts: dict[str, MessageDraft] = {}
        self._reader = reader
        self._keys: dict[tuple[str, str], str] = {}
        self._counts: dict[str, int] = {}

    def add(self, operation: Node) -> tuple[str, ...]:
        """Add the messages of an operation; return their keys."""
        keys: dict[str, None] = {}
        child = operation.get("message")
        if child is not None:
            self._gather(child, keys, (), set())
        return tuple(keys)

    def _gather(self, node: Node, keys: dict[str, None], way: _Way, passed: set[_Key]) -> None:
        """Add the message at a node, or those of a `oneOf`, each of which may be one again."""
        trail = self._reader.trail(node)
        found = self._reader.mapping(trail[-1]) if trail else None
        if found is None:
            return
        check_message(self._reader, trail)
        if "oneOf" not in found.value:
            keys[self._key(found, trail)] = None
        elif found.key in way:
            self._reader.report(node, "the oneOf of messages comes back to itself")
        elif len(way) >= MAX_DEPTH:
            message = f"the oneOf of messages nests deeper than {MAX_DEPTH} levels"
            self._reader.report(node, message)
        elif found.key not in passed:
            passed.add(found.key)
            for item in self._reader.items(found, "oneOf"):
                self._gather(item, keys, (*way, found.key), passed)

    def _key(self, node: Node, trail: list[Node]) -> str:
        known = self._keys.get(node.key)
        if known is not None:
            return known
        merged = with_traits_over(self._reader, node)
        component = unescape(node.last_token) if len(trail) > 1 else ""
        name = self._reader.text(merged, "name") or self._reader.text(merged, "messageId")
        name = name or component or f"anonymous-message-{len(self.drafts) + 1}"
        key = self._free(name)
        payload, headers = (
            SchemaDraft(merged.child(part), form) if part in merged.value else None
            for part, form in (
                ("payload", self._reader.text(merged, "schemaFormat")),
                ("headers", ""),
            )
        )
        self.drafts[key] = MessageDraft(key, name, merged, payload, headers)
        self._keys[node.key] = key
        return key

    def _free(self, name: str) -> str:
        key, count = name, self._counts.get(name, 1)
        while key in self.drafts:
            count += 1
            key = f"{name}-{count}"
        self._counts[name] = count
        return key
