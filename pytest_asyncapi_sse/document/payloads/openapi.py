"""OpenAPI 3.0's schema language, and draft-04's, in the words of draft-07.

Each keyword is rewritten where it stands, so that pointers into a schema stay true. The keywords
`discriminator`, `xml`, `externalDocs`, `readOnly`, `writeOnly` and `deprecated` say nothing about
a payload's validity and stay as they are.
"""

from __future__ import annotations

from typing import Any

# What draft-07 calls otherwise: a keyword whose value moves to another keyword.
RENAMED = {"example": "examples"}


def rewritten(schema: dict[str, Any]) -> dict[str, Any]:
    """Return one schema object, not those inside it, with draft-07's keywords."""
    found = dict(schema)
    # draft-04's `id` and `$schema` would say to a reader of the result what is true no more.
    for key in ("id", "$schema"):
        if isinstance(found.get(key), str):
            del found[key]
    _rewrite_nullable(found)
    _rewrite_bound(found, "minimum", "exclusiveMinimum")
    _rewrite_bound(found, "maximum", "exclusiveMaximum")
    if "example" in found:
        example = found.pop("example")
        found.setdefault("examples", [example])
    return found


def _rewrite_nullable(schema: dict[str, Any]) -> None:
    """Let null in beside the type of the same schema (OAS 3.0.3, 4.7.24.2, and its proposal)."""
    named = schema.get("type")
    if schema.pop("nullable", False) is not True or not isinstance(named, str):
        return
    schema["type"] = [named, "null"]
    enum = schema.get("enum")
    if isinstance(enum, list) and None not in enum:
        schema["enum"] = [*enum, None]


def _rewrite_bound(schema: dict[str, Any], limit: str, exclusive: str) -> None:
    """Turn a boolean beside a limit into the limit itself."""
    if not isinstance(schema.get(exclusive), bool):
        return
    if schema.pop(exclusive) and limit in schema:
        schema[exclusive] = schema.pop(limit)
