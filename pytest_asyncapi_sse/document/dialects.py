"""Dialects: which schema language a payload is written in, by its format and its `$schema`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pytest_asyncapi_sse.errors import shown
from pytest_asyncapi_sse.model import Dialect

DEFAULT: Dialect = "draft-07"


class UnsupportedFormat(Exception):
    """Raised where payloads of a format can't be judged; its text says which."""


@dataclass(frozen=True, slots=True)
class _Format:
    """Tie a media type to a language; without `dialect` it is known but not supported."""

    media_type: re.Pattern[str]
    language: str
    dialect: Dialect | None = None


_FORMATS = (
    _Format(re.compile(r"application/vnd\.aai\.asyncapi(\+json|\+yaml)?"), "AsyncAPI", DEFAULT),
    _Format(re.compile(r"application/schema\+(json|yaml)"), "JSON Schema", DEFAULT),
    _Format(re.compile(r"application/vnd\.oai\.openapi(\+json|\+yaml)?"), "OpenAPI"),
    _Format(re.compile(r"application/vnd\.apache\.avro(\+json|\+yaml)?"), "Avro"),
    _Format(re.compile(r"application/(vnd\.google\.protobuf|x-protobuf|protobuf)"), "Protobuf"),
    _Format(re.compile(r"application/raml(\+yaml)?"), "RAML"),
    _Format(re.compile(r"application/(xml|xsd|xml-schema)"), "XSD"),
)
_VERSIONS: Mapping[str, Dialect] = {
    "draft-06": "draft-07",
    "draft-07": "draft-07",
    "2019-09": "2019-09",
    "2020-12": "2020-12",
}
_META_SCHEMAS: Mapping[str, Dialect] = {
    "json-schema.org/schema": "draft-07",
    "json-schema.org/draft-06/schema": "draft-07",
    "json-schema.org/draft-07/schema": "draft-07",
    "json-schema.org/draft/2019-09/schema": "2019-09",
    "json-schema.org/draft/2020-12/schema": "2020-12",
}
_VERSION = re.compile(r"version=[\"']?(?:draft[-/])?(\d{4}-\d\d|\d\d)", re.IGNORECASE)
_ASYNCAPI_META_SCHEMA = re.compile(r"(www\.)?asyncapi\.com/")
FORMAT_ADVICE = "Describe the payload as an AsyncAPI schema or as JSON Schema draft-07 to 2020-12."


def dialect_of(schema_format: str, schema: Any) -> Dialect:
    """Return the dialect of a schema; its own `$schema` goes before the media type's version.

    Raises UnsupportedFormat.
    """
    by_format = _by_format(schema_format)
    declared = schema.get("$schema") if isinstance(schema, dict) else None
    return by_format if declared is None else _by_meta_schema(declared)


def meta_schema_dialect(schema: Any) -> Dialect | None:
    """Return the dialect that a schema's own `$schema` names; None where it names none."""
    declared = schema.get("$schema") if isinstance(schema, dict) else None
    return None if declared is None else _by_meta_schema(declared)


def _by_format(schema_format: str) -> Dialect:
    if not schema_format:
        return DEFAULT
    essence = schema_format.partition(";")[0].strip().lower()
    row = next((row for row in _FORMATS if row.media_type.fullmatch(essence)), None)
    if row is None:
        message = f"payloads of the schema format {shown(schema_format, 120)} are not supported"
        raise UnsupportedFormat(message)
    if row.dialect is None:
        raise UnsupportedFormat(f"{row.language} payloads are not supported")
    return _by_version(schema_format) if row.language == "JSON Schema" else row.dialect


def _by_version(schema_format: str) -> Dialect:
    match = _VERSION.search(schema_format)
    if match is None:
        return DEFAULT
    version = match[1] if "-" in match[1] else f"draft-{match[1]}"
    if version not in _VERSIONS:
        raise UnsupportedFormat(f"JSON Schema {version} payloads are not supported")
    return _VERSIONS[version]


def _by_meta_schema(declared: Any) -> Dialect:
    uri = declared if isinstance(declared, str) else ""
    bare = re.sub(r"^https?://", "", uri).rstrip("#")
    if _ASYNCAPI_META_SCHEMA.match(bare):
        return DEFAULT
    if bare not in _META_SCHEMAS:
        raise UnsupportedFormat(f"payloads of the $schema {shown(declared, 120)} are not supported")
    return _META_SCHEMAS[bare]
