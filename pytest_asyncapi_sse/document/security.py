"""Security: the requirements of servers and operations, as each of the two majors writes them.

What is wrong with them refuses nothing, since no stream is judged by them, and it opens nothing
either: in the place of a scheme that can't be read stands one of an unknown type.
"""

from __future__ import annotations

from collections.abc import Mapping

from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.reader import Reader
from pytest_asyncapi_sse.errors import shown
from pytest_asyncapi_sse.model import Alternatives, SecurityRequirement, SecurityScheme, unescape

_UNKNOWN = "unknown"


def requirements_by_name(reader: Reader, node: Node, schemes: Mapping[str, Node]) -> Alternatives:
    """Return the requirements of a 2.x server or operation: objects with names of schemes."""
    security = node.get("security")
    if security is None:
        return ()
    with reader.aside():
        return tuple(_by_name(reader, item, schemes) for item in _items(reader, security))


def requirements_by_scheme(reader: Reader, node: Node) -> Alternatives:
    """Return the requirements of a 3.x server or operation: one scheme each."""
    security = node.get("security")
    if security is None:
        return ()
    with reader.aside():
        return tuple(_by_scheme(reader, item) for item in _items(reader, security))


def _items(reader: Reader, security: Node) -> list[Node]:
    """Return the items of the list of requirements; what is no list is read as one of them."""
    found = reader.sequence(security)
    return [security] if found is None else [child for _, child in found.children()]


def _by_name(reader: Reader, item: Node, schemes: Mapping[str, Node]) -> SecurityRequirement:
    found = reader.mapping(item)
    if found is None:
        return SecurityRequirement((_unknown(reader, item),))
    return SecurityRequirement(tuple(_named(reader, found, name, schemes) for name in found.value))


def _named(reader: Reader, node: Node, name: str, schemes: Mapping[str, Node]) -> SecurityScheme:
    if name in schemes:
        return _scheme(reader, schemes[name], name)
    summary = f"the security scheme {shown(name, 80)} is not in components.securitySchemes"
    advice = reader.near(name, schemes) or "Add it there."
    reader.find(node, "unknown-security-scheme", summary, advice=advice)
    return _unknown(reader, node, name)


def _by_scheme(reader: Reader, item: Node) -> SecurityRequirement:
    trail = reader.trail(item)
    if not trail:
        name = unescape((item.reference or "").rpartition("/")[2])
        return SecurityRequirement((_unknown(reader, item, name),))
    name = unescape(trail[-1].last_token) if len(trail) > 1 else ""
    return SecurityRequirement((_scheme(reader, trail[-1], name),))


def _scheme(reader: Reader, node: Node, name: str) -> SecurityScheme:
    """Return the security scheme at a node; one without a name of its own is called by its type."""
    found = reader.mapping(node)
    if found is None:
        return _unknown(reader, node, name)
    if found.get("type") is None:
        reader.report(found, f"the security scheme {name or found.last_token} has no type")
    kind = reader.text(found, "type") or _UNKNOWN
    details = {key: value for key, value in found.value.items() if key != "type"}
    return SecurityScheme(name or kind, kind, details, reader.origin(found))


def _unknown(reader: Reader, node: Node, name: str = "") -> SecurityScheme:
    return SecurityScheme(name or _UNKNOWN, _UNKNOWN, origin=reader.origin(node))
