"""Dialects: which schema language a payload is written in, by its format and its `$schema`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_asyncapi_sse.document.payloads.openapi import rewritten
from pytest_asyncapi_sse.errors import shown
from pytest_asyncapi_sse.model import Dialect

_SHOWN = 120


class NotChecked(Exception):
    """Raised where payloads can't be judged; its text is a clause that says which, and why."""

    def __init__(self, what: str, why: str = "") -> None:
        self.what = what
        super().__init__(f"{what} are not checked{why}")


@dataclass(frozen=True, slots=True)
class Language:
    """Describe a schema language that is checked.

    `dialect` is that of the schema which a payload is judged by, `rewritten` what turns the
    keywords of one schema object into that dialect. Avro's schemas are no JSON Schema at all.
    """

    name: str
    dialect: Dialect = "draft-07"
    rewritten: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    is_avro: bool = False

    def goes_with(self, other: Language) -> bool:
        """Whether a schema of this language may refer to one of the other."""
        own = (self.dialect, self.rewritten, self.is_avro)
        return own == (other.dialect, other.rewritten, other.is_avro)


ASYNCAPI = Language("AsyncAPI")
AVRO = Language("Avro", is_avro=True)
_DRAFT_04 = Language("JSON Schema draft-04", rewritten=rewritten)
_DRAFT_06 = Language("JSON Schema draft-06")
_DRAFT_07 = Language("JSON Schema draft-07")
_2019_09 = Language("JSON Schema 2019-09", "2019-09")
_2020_12 = Language("JSON Schema 2020-12", "2020-12")
_OPENAPI_3_0 = Language("OpenAPI 3.0", rewritten=rewritten)
_OPENAPI_3_1 = Language("OpenAPI 3.1", "2020-12")


@dataclass(frozen=True, slots=True)
class _Family:
    """Tie a media type to the languages of its versions; without any it is not checked.

    The key of a version is a pattern; the first one counts where a format names none.
    """

    name: str
    media_type: str
    versions: Mapping[str, Language]


_FAMILIES = (
    _Family(
        "AsyncAPI",
        r"application/vnd\.aai\.asyncapi(\+json|\+yaml)?",
        {r"[23](\.\d+){0,2}": ASYNCAPI},
    ),
    _Family(
        "JSON Schema",
        r"application/schema(\+json|\+yaml)?",
        {
            r"0?7": _DRAFT_07,
            r"0?6": _DRAFT_06,
            r"0?[45]": _DRAFT_04,
            r"2019-09": _2019_09,
            r"2020-12": _2020_12,
        },
    ),
    _Family(
        "OpenAPI",
        r"application/(vnd\.oai\.openapi|openapi)(\+json|\+yaml)?",
        {r"3(\.0(\.\d+)?)?": _OPENAPI_3_0, r"3\.[12](\.\d+)?": _OPENAPI_3_1},
    ),
    _Family(
        "Avro",
        r"application/vnd\.apache\.avro(\+json|\+yaml)?",
        {r"1\.(8|9|10|11|12)(\.\d+)?": AVRO},
    ),
    _Family("Protobuf", r"application/(vnd\.google\.protobuf|x-protobuf|protobuf)", {}),
    _Family("RAML", r"application/raml(\+yaml)?", {}),
    _Family("XML Schema", r"application/(xml|xsd|xml-schema|xml-dtd)|text/xml", {}),
)
_META_SCHEMAS: Mapping[str, Language] = {
    r"json-schema\.org/schema": _DRAFT_07,
    r"json-schema\.org/draft-0[45]/schema": _DRAFT_04,
    r"json-schema\.org/draft-06/schema": _DRAFT_06,
    r"json-schema\.org/draft-07/schema": _DRAFT_07,
    r"json-schema\.org/draft/2019-09/schema": _2019_09,
    r"json-schema\.org/draft/2020-12/schema": _2020_12,
    r"spec\.openapis\.org/oas/3\.[12]/dialect/[\w.-]+": _OPENAPI_3_1,
    r"(www\.)?asyncapi\.com/.*": ASYNCAPI,
}
_VERSION = re.compile(r";\s*version\s*=\s*[\"']?((?:draft[-/])?([\w.-]+))", re.IGNORECASE)


def language_of_format(schema_format: str) -> Language:
    """Return the language that a schema format names, AsyncAPI's own for none.

    Raises NotChecked.
    """
    if not schema_format:
        return ASYNCAPI
    essence = schema_format.partition(";")[0].strip().lower()
    family = next((row for row in _FAMILIES if re.fullmatch(row.media_type, essence)), None)
    if family is None:
        raise NotChecked(f"payloads of the schema format {shown(schema_format, _SHOWN)}")
    if not family.versions:
        raise NotChecked(f"{family.name} payloads")
    match = _VERSION.search(schema_format)
    if match is None:
        return next(iter(family.versions.values()))
    found = _matching(family.versions, match[2])
    if found is None:
        raise NotChecked(f"{family.name} {match[1][:_SHOWN]} payloads")
    return found


def language_of_schema(schema: Any) -> Language | None:
    """Return the language that a schema's own `$schema` names; None where it names none.

    Raises NotChecked.
    """
    declared = schema.get("$schema") if isinstance(schema, dict) else None
    if declared is None:
        return None
    uri = declared if isinstance(declared, str) else ""
    found = _matching(_META_SCHEMAS, re.sub(r"^https?://", "", uri).rstrip("#"))
    if found is None:
        raise NotChecked(f"payloads of the $schema {shown(declared, _SHOWN)}")
    return found


def _matching(table: Mapping[str, Language], text: str) -> Language | None:
    return next((row for pattern, row in table.items() if re.fullmatch(pattern, text)), None)
