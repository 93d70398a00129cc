"""The second engine against this one: what each of them draws, judged by the other's validator."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import referencing
from payload_schemas import SCHEMAS
from second_schemas import MORE
from suite_groups import all_groups, rows

from pytest_asyncapi_sse.errors import DocumentError
from pytest_asyncapi_sse.model import PayloadSchema
from pytest_asyncapi_sse.schema import validator
from pytest_asyncapi_sse.schema.dialects import dialect_of
from pytest_asyncapi_sse.schema.samples import first_wanted
from pytest_asyncapi_sse.schema.second_engine import TRIES, is_usable, second_engine
from pytest_asyncapi_sse.schema.strategies import drawn_payloads

pytestmark = pytest.mark.skipif(
    not is_usable(), reason="the second engine does not work with this Hypothesis"
)

_DRAWN = 8
_EVERY = 12

Record = Callable[[str, object], None]

# Keywords that the engine is not told of, with what they mean left to the validator.
UNTOLD = frozenset(
    [
        "$anchor",
        "$dynamicRef",
        "$recursiveRef",
        "$id",
        "contains",
        "dependentRequired",
        "dependentSchemas",
        "maxContains",
        "minContains",
        "prefixItems",
        "unevaluatedItems",
        "unevaluatedProperties",
        "contentMediaType",
    ]
)
# Its formats are looser, or it gives plain text for them.
LOOSE = frozenset(
    [
        "uuid",
        "duration",
        "int32",
        "int64",
        "float",
        # One of its top-level domains is an A-label in upper case, which is refused here.
        "email",
        "double",
        "regex",
        "uri",
        "uri-reference",
        "iri",
        "iri-reference",
        "uri-template",
        "idn-hostname",
        "idn-email",
        "hostname",
        "time",
        "date-time",
    ]
)


def _written() -> dict[str, PayloadSchema]:
    return {
        name: PayloadSchema(schema, dialect=dialect_of(schema))
        for name, schema in {**SCHEMAS, **MORE}.items()
    }


def test_schemas_of_our_own_agree(record_property: Record) -> None:
    _compare("schemas of our own", _written(), record_property)


@pytest.mark.parametrize("file", ["asyncapi-like.json", "asyncapi-spec-payloads.json"])
def test_a_collection_agrees(corpus: Path, file: str, record_property: Record) -> None:
    _compare(file, rows(corpus / "schemas" / file), record_property)


def test_a_sample_of_the_test_suite_agrees(corpus: Path, record_property: Record) -> None:
    found = list(all_groups(corpus / "schemas" / "JSON-Schema-Test-Suite"))[::_EVERY]
    _compare(f"every {_EVERY}th group", {one.id: one.source for one in found}, record_property)


def _compare(title: str, sources: dict[str, PayloadSchema], record_property: Record) -> None:
    theirs = {name: found for name, one in sources.items() if (found := _theirs(one))}
    ours = {name: found for name, one in sources.items() if (found := _ours(one))}
    refused = {
        name: bad
        for name, found in theirs.items()
        if not _is_untold(sources[name]) and (bad := _bad(found, validator(sources[name]).is_valid))
    }
    rejected = {
        name: bad
        for name, found in ours.items()
        if not _is_trap(sources[name]) and (bad := _bad(found, _plain(sources[name])))
    }
    told = sum(not _is_untold(sources[name]) for name in theirs)
    judged = sum(not _is_trap(sources[name]) for name in ours)
    record_property(
        "corpus",
        f"{title}: the second engine drew from {len(theirs)} of {len(sources)}, {told} of them"
        f" compared; {judged} of {len(ours)} of ours were judged by jsonschema",
    )
    assert (refused, rejected) == ({}, {})
    assert told
    assert judged


def _bad(values: list[Any], is_valid: Callable[[Any], bool]) -> list[str]:
    return [json.dumps(value)[:200] for value in values if not is_valid(value)]


def _ours(source: PayloadSchema) -> list[Any]:
    try:
        return drawn_payloads(source, _DRAWN)
    except DocumentError:
        return []


def _theirs(source: PayloadSchema) -> list[Any]:
    found = second_engine(source.contents)  # type: ignore[arg-type]
    if found is None:
        return []
    seen: list[Any] = []
    first_wanted(found, lambda value: seen.append(value) or len(seen) >= _DRAWN, tries=TRIES)
    return seen


def _plain(source: PayloadSchema) -> Callable[[Any], bool]:
    kind: Any = {
        "draft-07": jsonschema.Draft7Validator,
        "2019-09": jsonschema.Draft201909Validator,
        "2020-12": jsonschema.Draft202012Validator,
    }[source.dialect]
    is_valid: Callable[[Any], bool] = kind(
        source.contents, registry=referencing.Registry()
    ).is_valid
    return is_valid


def _is_untold(source: PayloadSchema) -> bool:
    return any(
        key in UNTOLD
        or (key == "format" and value in LOOSE)
        or (key == "multipleOf" and isinstance(value, float))
        or _is_ecma(key, value)
        for key, value in _pairs(source.contents)
    )


def _is_trap(source: PayloadSchema) -> bool:
    """Say whether jsonschema misjudges a keyword: fractions' multiples, and ECMA 262 patterns."""
    return any(
        (key == "multipleOf" and isinstance(value, float)) or _is_ecma(key, value)
        for key, value in _pairs(source.contents)
    )


def _is_ecma(key: str, value: Any) -> bool:
    patterns = [value] if key == "pattern" else value if key == "patternProperties" else []
    return any("\\" in pattern or "$" in pattern or "(?" in pattern for pattern in patterns)


def _pairs(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield key, value
            yield from _pairs(value)
    elif isinstance(node, list):
        for item in node:
            yield from _pairs(item)
