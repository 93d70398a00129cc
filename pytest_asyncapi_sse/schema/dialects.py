"""Dialects of JSON Schema: one row of a table for each, and what makes them alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jsonschema_rs

from pytest_asyncapi_sse.model import Dialect, PayloadSchema, Schema

DEFAULT: Dialect = "draft-07"


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
    """Return the contents as plain dicts and lists."""
    contents: dict[str, Any] | bool = _plain(schema.contents)
    return contents


def _plain(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {key: _plain(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [_plain(item) for item in node]
    return node
