"""The reach of a document: whether each of its references arrives, used or not."""

from __future__ import annotations

from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.reader import Reader

# What stands below these is data: a `$ref` in it is a value like any other.
_DATA = frozenset({"const", "default", "enum", "example", "examples"})
# Below these, the next level is named by the user: neither a `$ref` nor data by its name.
_NAMED = frozenset(
    {"properties", "patternProperties", "definitions", "$defs", "dependencies", "dependentSchemas"}
)


def check_references(reader: Reader, root: Node) -> None:
    """Find the references of a document's own file that don't arrive.

    Those that a stream needs were reported when it was read. Other files are not searched.
    """
    seen: set[int] = set()
    pending = [(root, False)]
    with reader.aside():
        while pending:
            node, is_named = pending.pop()
            # Aliases of YAML share values: each is searched once.
            if not isinstance(node.value, dict | list) or id(node.value) in seen:
                continue
            seen.add(id(node.value))
            if node.reference is not None and not is_named and not reader.is_noted(node):
                reader.follow(node)
            pending += [
                (child, not is_named and key in _NAMED)
                for key, child in node.children()
                if is_named or not node.is_object or not _is_data(key)
            ]


def _is_data(key: str) -> bool:
    return key in _DATA or key.startswith("x-")
