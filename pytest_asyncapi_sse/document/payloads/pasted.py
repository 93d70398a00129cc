"""Pasted schemas: pointers that count from the payload, as they did where it was copied from."""

from __future__ import annotations

from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.reader import Reader
from pytest_asyncapi_sse.document.references import Dangling
from pytest_asyncapi_sse.errors import shown
from pytest_asyncapi_sse.model import unescape

CONTAINERS = ("definitions", "$defs")


def pasted_target(reader: Reader, base: Node, node: Node, keyword: str) -> Node | None:
    """Return what a reference below `base` names if it counts from there; None for other ones."""
    reference = node.value[keyword]
    if base.pointer == "" or node.file is not base.file:
        return None
    found = _named(base, reference)
    if found is None or _is_in_resource(reader, node, keyword):
        return None
    reader.find(
        node,
        "lenient-ref",
        f"the {keyword} {shown(reference, 120)} is read as counting from the payload",
        advice="Other tools count it from the whole file: write the pointer in full.",
    )
    return found


def _named(base: Node, reference: str) -> Node | None:
    data = base.file.data
    if reference in ("#", "#/"):
        return base if isinstance(data, dict) and "asyncapi" in data else None
    container, _, name = reference.removeprefix("#/").partition("/")
    if container not in CONTAINERS or container in data:
        return None
    named = base.get(container)
    return None if named is None else named.get(unescape(name))


def _is_in_resource(reader: Reader, node: Node, keyword: str) -> bool:
    """Whether a schema with an `$id` has what a reference inside of it names."""
    if not reader.resolver.identifiers.resource(node).is_embedded:
        return False
    try:
        reader.resolver.target(node, keyword)
    except Dangling:
        return False
    return True
