"""Targets: whether what stands in a schema's place is one, told by its type, place and keys."""

from __future__ import annotations

import re

from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.payloads.keywords import KINDS
from pytest_asyncapi_sse.document.reader import Reader
from pytest_asyncapi_sse.errors import shown

_MESSAGE = re.compile(
    r"(/components|/channels/[^/]+)/messages/[^/]+"
    r"|/channels/[^/]+/(publish|subscribe)/message(/oneOf/\d+)?"
)
# Real documents keep schemas among the messages.
_OF_SCHEMAS = frozenset({"$schema", "const", "enum", "format", "pattern", "type", *KINDS})
_SHOWN = 200


def is_schema(reader: Reader, node: Node, target: Node) -> bool:
    """Whether a schema can be at what a node is or refers to; reported where none is."""
    if not isinstance(target.value, dict | bool):
        reader.expected(target, "a schema: an object, true or false")
        return False
    reference = node.reference
    if reference is None or isinstance(target.value, bool):
        return True
    subject = f"the $ref {shown(reference, _SHOWN)} names"
    if not target.pointer and isinstance(target.value.get("asyncapi"), str):
        advice = "Name one of its schemas, such as '#/components/schemas/...'."
        reader.report(node, f"{subject} an AsyncAPI document, expected a schema", advice)
        return False
    if _MESSAGE.fullmatch(target.pointer) and _OF_SCHEMAS.isdisjoint(target.value):
        advice = f"Its payload is {shown(f'{reference}/payload', _SHOWN)}."
        reader.report(node, f"{subject} a message, expected a schema", advice)
        return False
    return True
