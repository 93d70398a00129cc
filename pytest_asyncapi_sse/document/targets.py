"""Targets: what the `$ref` in place of a message must lead to, so that something is judged."""

from __future__ import annotations

from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.reader import Reader
from pytest_asyncapi_sse.document.sources.files import shown_reference

_SCHEMAS = "/components/schemas/"
# The two have `title`, `description`, `examples`, `externalDocs` and, in 2.x, `oneOf` in common.
# fmt: off
_OF_MESSAGES = frozenset({
    "bindings", "contentType", "correlationId", "headers", "messageId", "name", "payload",
    "summary", "tags", "traits",
})
_OF_SCHEMAS = frozenset({
    "$anchor", "$defs", "$id", "$schema", "additionalProperties", "allOf", "anyOf", "const",
    "default", "definitions", "enum", "format", "items", "maxLength", "maximum", "minLength",
    "minimum", "not", "pattern", "properties", "required", "schema", "type",
})
# fmt: on


def check_message(reader: Reader, trail: list[Node]) -> None:
    """Report a reference to a message that arrives at a schema, since it would allow anything."""
    if len(trail) == 1 or "payload" in trail[-1].value:
        return
    keys = trail[-1].value.keys()
    is_placed = any(_is_in_schemas(node) for node in trail[1:])
    if not is_placed and (keys & _OF_MESSAGES or not keys & _OF_SCHEMAS):
        return
    reference = shown_reference(str(trail[0].reference))
    reader.report(
        trail[0].child("$ref"),
        f"the $ref {reference} names a schema, expected a message",
        "Write payload: {$ref: ...} in a message.",
    )


def _is_in_schemas(node: Node) -> bool:
    data = node.file.data
    return node.pointer.startswith(_SCHEMAS) and isinstance(data, dict) and "asyncapi" in data
