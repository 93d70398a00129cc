"""The reach of a document: whether each of its references arrives, used or not."""

from __future__ import annotations

from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.payloads.keywords import USER_NAMED, is_data
from pytest_asyncapi_sse.document.reader import DANGLING, LENIENT, Reader


def check_references(reader: Reader, root: Node) -> None:
    """Find the references that don't arrive, in a document and in what they name elsewhere.

    Those that a stream needs were reported when it was read. Of other files, only the parts that
    references arrive at are searched.
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
            # A map of named things may be a reference as a whole.
            if node.reference is not None and not reader.is_noted(node, DANGLING, LENIENT):
                target = reader.follow(node)
                pending += [] if target is None else [(target, is_named)]
            pending += [
                (child, not is_named and key in USER_NAMED)
                for key, child in node.children()
                if is_named or not node.is_object or not is_data(key)
            ]
