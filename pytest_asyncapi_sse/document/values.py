"""Values: what a schema fixes, and how it is written in an address or a query."""

from __future__ import annotations

from typing import Any

from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.reader import Reader


def is_scalar(value: Any) -> bool:
    """Whether a value is neither an object nor a list."""
    return not isinstance(value, dict | list)


def plain_text(value: Any) -> str:
    """Return a scalar as it is written in JSON, a text without its quotes."""
    if isinstance(value, bool):
        return str(value).lower()
    return "null" if value is None else str(value)


def label_of(node: Node, key: str) -> str:
    """Return a text that no stream needs; empty for what is none, which the structure tells."""
    value = node.value.get(key)
    return value if isinstance(value, str) else ""


def property_schemas(reader: Reader, schema: Node | None) -> dict[str, Node]:
    """Return the schemas of an object schema's properties, those of its `allOf` included."""
    properties: dict[str, Node] = {}
    pending = [] if schema is None else [schema]
    seen = set()
    while pending:
        found = reader.follow(pending.pop())
        if found is None or not found.is_object or found.key in seen:
            continue
        seen.add(found.key)
        # Not `mapping`: a property may be named `$ref`.
        node = found.get("properties")
        node = None if node is None else reader.follow(node)
        if node is not None and node.is_object:
            properties = {**dict(node.children()), **properties}
        pending += reversed(reader.items(found, "allOf"))
    return properties


def allowed_values(reader: Reader, schema: Node) -> tuple[Node, ...]:
    """Return the values that a schema's `const` or `enum` allows; none where it fixes none."""
    found = reader.follow(schema)
    if found is None or not found.is_object:
        return ()
    if "const" in found.value:
        return (found.child("const"),)
    enum = found.get("enum")
    if enum is None or not isinstance(enum.value, list):
        return ()
    return tuple(child for _, child in enum.children())
