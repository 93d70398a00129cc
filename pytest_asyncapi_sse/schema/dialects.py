"""Dialects of JSON Schema: one row of a table for each, and what makes them alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jsonschema_rs

from pytest_asyncapi_sse.model import Dialect, PayloadSchema, Schema
from pytest_asyncapi_sse.schema.known import DATA, NAMED

DEFAULT: Dialect = "draft-07"

_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Row:
    """Describe one dialect to the three libraries that need to know it.

    `explainer` names a class of jsonschema, `specification` one of referencing. `ignored` are the
    keywords of other dialects that mean nothing in this one.
    """

    judge: Any
    draft: int
    explainer: str
    specification: str
    ref_stands_alone: bool
    prefix_keyword: str
    ignored: frozenset[str]


_DRAFT_07 = Row(
    judge=jsonschema_rs.Draft7Validator,
    draft=jsonschema_rs.Draft7,
    explainer="Draft7Validator",
    specification="DRAFT7",
    ref_stands_alone=True,
    prefix_keyword="items",
    ignored=frozenset(
        {
            "$dynamicRef",
            "$recursiveRef",
            "dependentRequired",
            "dependentSchemas",
            "maxContains",
            "minContains",
            "prefixItems",
            "unevaluatedItems",
            "unevaluatedProperties",
        }
    ),
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
        ignored=frozenset({"$dynamicRef", "prefixItems"}),
    ),
    "2020-12": Row(
        judge=jsonschema_rs.Draft202012Validator,
        draft=jsonschema_rs.Draft202012,
        explainer="Draft202012Validator",
        specification="DRAFT202012",
        ref_stands_alone=False,
        prefix_keyword="prefixItems",
        ignored=frozenset({"$recursiveRef", "additionalItems"}),
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
    """Return the contents as plain dicts and lists, without the keywords that mean nothing."""
    ignored = ROWS[schema.dialect].ignored
    contents: dict[str, Any] | bool = _plain(schema.contents, ignored, ignored)
    return contents


def _plain(node: Any, left_out: frozenset[str], ignored: frozenset[str]) -> Any:
    """Copy a node without the keys that are left out: none of names, of data none at any depth."""
    if isinstance(node, Mapping):
        return {
            key: _plain(value, *_below(key, left_out, ignored))
            for key, value in node.items()
            if key not in left_out
        }
    if isinstance(node, list | tuple):
        return [_plain(item, left_out, ignored) for item in node]
    return node


def _below(
    key: str, left_out: frozenset[str], ignored: frozenset[str]
) -> tuple[frozenset[str], frozenset[str]]:
    """Return what is left out at a key, and what is below it."""
    if not left_out:
        return ignored, ignored
    if key in DATA:
        return _NOTHING, _NOTHING
    return (_NOTHING if key in NAMED else ignored), ignored
