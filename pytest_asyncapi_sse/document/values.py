"""Values: what a schema fixes, and how it is written in an address or a query."""

from __future__ import annotations

from typing import Any

from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.reader import Reader

_MAX_DEPTH = 20


def is_scalar(value: Any) -> bool:
    """Whether a value is neither an object nor a list."""
    return not isinstance(value, dict | list)


def plain_text(value: Any) -> str:
    """Return a scalar as it is written in JSON, a text without its quotes."""
    if isinstance(value, bool):
        return str(value).lower()
    return "null" if value is None else str(value)


def property_schemas(reader: Reader, schema: Node | None, *, depth: int = 0) -> dict[str, Node]:
    """Return the schemas of an object schema's properties, those of its `allOf` included."""
    found = None if schema is None else reader.follow(schema)
    if found is None or not found.is_object or depth > _MAX_DEPTH:
        return {}
    # Not `mapping`: a property may be named `$ref`.
    node = found.get("properties")
    node = None if node is None else reader.follow(node)
    properties = dict(node.children()) if node is not None and node.is_object else {}
    for part in reader.items(found, "allOf"):
        properties = {**property_schemas(reader, part, depth=depth + 1), **properties}
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
