"""Dialects of JSON Schema: one row of a table for each, and what makes them alike.

OpenAPI 3.0's dialect is rewritten to draft-07, keyword by keyword and in place, so that pointers
into the schema stay true.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jsonschema_rs

from pytest_asyncapi_sse.model import Dialect, PayloadSchema, Schema

DEFAULT: Dialect = "draft-07"

DATA = frozenset({"const", "default", "enum", "example", "examples"})
NAMED = frozenset(
    {"$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties"}
)


def _unchanged(schema: dict[str, Any]) -> dict[str, Any]:
    return schema


def _without_nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """Rewrite the keywords in which OpenAPI 3.0 differs from draft-07 (OAS 3.0.3, 4.7.24)."""
    found = dict(schema)
    if found.pop("nullable", False) is True and isinstance(found.get("type"), str):
        found["type"] = [found["type"], "null"]
        if isinstance(found.get("enum"), list) and None not in found["enum"]:
            found["enum"] = [*found["enum"], None]
    for bound in ("Minimum", "Maximum"):
        exclusive, limit = f"exclusive{bound}", bound.lower()
        if isinstance(found.get(exclusive), bool):
            strict = found.pop(exclusive)
            if strict and limit in found:
                found[exclusive] = found.pop(limit)
    return found


@dataclass(frozen=True, slots=True)
class Row:
    """Describe one dialect to the three libraries that need to know it.

    `explainer` names a class of jsonschema, `specification` one of referencing.
    """

    judge: Any
    draft: int
    explainer: str
    specification: str
    ref_stands_alone: bool
    prefix_keyword: str
    rewritten: Callable[[dict[str, Any]], dict[str, Any]] = _unchanged


_DRAFT_07 = Row(
    judge=jsonschema_rs.Draft7Validator,
    draft=jsonschema_rs.Draft7,
    explainer="Draft7Validator",
    specification="DRAFT7",
    ref_stands_alone=True,
    prefix_keyword="items",
)

ROWS: Mapping[Dialect, Row] = {
    "draft-07": _DRAFT_07,
    "2019-09": Row(
        judge=jsonschema_rs.Draft201909Validator,
        draft=jsonschema_rs.Draft201909,
        explainer="Draft201909Validator",
        specification="DRAFT201909",
        ref_stands_alone=False,
        prefix_keyword="items",
    ),
    "2020-12": Row(
        judge=jsonschema_rs.Draft202012Validator,
        draft=jsonschema_rs.Draft202012,
        explainer="Draft202012Validator",
        specification="DRAFT202012",
        ref_stands_alone=False,
        prefix_keyword="prefixItems",
    ),
    "openapi-3.0": Row(
        judge=_DRAFT_07.judge,
        draft=_DRAFT_07.draft,
        explainer=_DRAFT_07.explainer,
        specification=_DRAFT_07.specification,
        ref_stands_alone=True,
        prefix_keyword="items",
        rewritten=_without_nullable,
    ),
}

_BY_META_SCHEMA: Mapping[str, Dialect] = {
    "json-schema.org/draft-07/schema": "draft-07",
    "json-schema.org/draft/2019-09/schema": "2019-09",
    "json-schema.org/draft/2020-12/schema": "2020-12",
}


def dialect_of(schema: Schema) -> Dialect:
    """Return the dialect that `$schema` names, draft-07 where it names none that is known."""
    named = schema.get("$schema") if isinstance(schema, Mapping) else None
    if not isinstance(named, str):
        return DEFAULT
    return _BY_META_SCHEMA.get(named.partition("://")[2].rstrip("#"), DEFAULT)


def plain(schema: PayloadSchema) -> dict[str, Any] | bool:
    """Return the contents as plain dicts and lists, in the words of a JSON Schema draft."""
    contents: dict[str, Any] | bool = _plain_schema(schema.contents, ROWS[schema.dialect].rewritten)
    return contents


def _plain_schema(node: Any, rewritten: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    if isinstance(node, Mapping):
        return rewritten({key: _plain_keyword(key, node[key], rewritten) for key in node})
    if isinstance(node, list | tuple):
        return [_plain_schema(item, rewritten) for item in node]
    return node


def _plain_keyword(
    key: str, value: Any, rewritten: Callable[[dict[str, Any]], dict[str, Any]]
) -> Any:
    if key in DATA:
        return _plain_schema(value, _unchanged)
    if key in NAMED and isinstance(value, Mapping):
        return {name: _plain_schema(value[name], rewritten) for name in value}
    return _plain_schema(value, rewritten)
