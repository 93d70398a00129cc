"""Boundary payloads over the schema collections: valid, distinct, the same ones, and in time.

A part of each collection is looked at; all of it where ASYNCAPI_SSE_ALL_SCHEMAS is set.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from suite_draws import plain_judge
from suite_groups import DRAFTS, groups, rows

from pytest_asyncapi_sse.errors import DocumentError
from pytest_asyncapi_sse.model import PayloadSchema
from pytest_asyncapi_sse.schema import Boundary, boundary_payloads, canonical, unmet
from pytest_asyncapi_sse.schema.boundary import MOST_PAYLOADS
from pytest_asyncapi_sse.schema.dead import dead_ends
from pytest_asyncapi_sse.schema.sources import roots
from pytest_asyncapi_sse.schema.validation import engine_of

# Each how-manieth schema is looked at.
COLLECTIONS = {
    "asyncapi-like.json": 1,
    "asyncapi-spec-payloads.json": 1,
    "schemastore-sample.json": 10,
    "JSON-Schema-Test-Suite": 5,
}
# A bound against hanging, not a benchmark.
LONGEST = 20.0

# What can never be sent, by the row and the pointer; looked at one by one.
DEAD = {
    "ss:jasonette.json": ["/properties/body/properties/header/properties/title/anyOf/1"],
    "ss:babelrc.json": ["/definitions/Options/properties/compact/anyOf/0"],
    "ss:aspire-8.0.json": [
        "/definitions/resource.azure.bicep.v1/allOf/1/properties/type",
        "/definitions/resource.azure.bicep.v1/allOf/1/properties/scope",
    ],
}


@pytest.mark.parametrize("name", COLLECTIONS)
def test_boundaries_of_a_collection(
    corpus: Path, name: str, record_property: Callable[[str, object], None]
) -> None:
    found = _schemas(corpus / "schemas" / name)
    step = 1 if os.environ.get("ASYNCAPI_SSE_ALL_SCHEMAS") else COLLECTIONS[name]
    faults, count = {}, 0
    for row in list(found)[::step]:
        try:
            boundaries, took = _timed(found[row])
        except DocumentError:
            continue
        count += len(boundaries)
        fault = _fault(found[row], boundaries, took)
        if fault:
            faults[row] = fault
    told = f"{len(list(found)[::step])} schemas of {name} have {count} boundary payloads"
    record_property("corpus", told)
    assert faults == {}
    assert count > 1_000


@pytest.mark.parametrize("name", [name for name in COLLECTIONS if name.endswith(".json")])
def test_what_is_called_dead_in_a_collection(corpus: Path, name: str) -> None:
    found = {}
    for row, source in _schemas(corpus / "schemas" / name).items():
        try:
            ends = dead_ends(engine_of(roots(source)[0]))
        except DocumentError:
            continue
        pointers = [end.pointer for end in ends if not end.is_overlap]
        if pointers:
            found[row] = pointers
    assert {row: DEAD[row] for row in found if row in DEAD} == found
    assert name != "schemastore-sample.json" or found == DEAD


def test_no_valid_payload_of_the_test_suite_is_called_dead(corpus: Path) -> None:
    for draft in DRAFTS:
        for group in groups(corpus / "schemas" / "JSON-Schema-Test-Suite", draft):
            try:
                engine = engine_of(roots(group.source)[0])
            except DocumentError:
                continue
            nodes = {end.pointer: end for end in dead_ends(engine)}
            values = [case.data for case in group.cases if engine.is_valid(case.data)]
            for pointer, end in nodes.items():
                *above, _keyword, token = pointer.split("/")
                assert not end.what.startswith("the property") or not [
                    value for value in values if len(above) == 1 and _has(value, token)
                ], group.id


def _schemas(path: Path) -> dict[str, PayloadSchema]:
    if path.is_file():
        return rows(path)
    return {group.id: group.source for draft in DRAFTS for group in groups(path, draft)}


def _timed(source: PayloadSchema) -> tuple[list[Boundary], float]:
    began = time.process_time()
    return boundary_payloads(source), time.process_time() - began


def _fault(source: PayloadSchema, found: list[Boundary], took: float) -> str:
    """Return what is wrong with the boundaries of a schema, empty where nothing is."""
    is_valid = plain_judge(source)
    invalid = [one.value for one in found if not is_valid(one.value)]
    if invalid:
        return f"{len(invalid)} are invalid, such as {invalid[0]!r}"[:200]
    if len({canonical(one.value) for one in found}) != len(found):
        return "some are there twice"
    lies = [told for one in found for told in one.obligations if not _is_told(told, one.value)]
    if lies:
        return f"{lies[0]!r} is not met"
    if found != boundary_payloads(source):
        return "another run finds others"
    if not found and not unmet(source):
        return "there are none, and nothing is told"
    if len(found) > MOST_PAYLOADS or took > LONGEST:
        return f"{len(found)} payloads in {took:.1f} s"
    return ""


def _is_told(obligation: str, payload: Any) -> bool:
    """Say whether a payload has at the place what an obligation says, where that is plain to see."""
    place, _, label = obligation.partition(": ")
    value = payload
    for token in place.split("/")[1:] if place.startswith("/") else []:
        key = token.replace("~1", "/").replace("~0", "~")
        value = value[int(key)] if isinstance(value, list) else value[key]
    checks: list[tuple[str, Callable[[str], bool]]] = [
        (r"'([^'\\]*)' present", lambda name: name in value),
        (r"'([^'\\]*)' absent", lambda name: name not in value),
        (r"(null)", lambda _: value is None),
        (r"(true|false)", lambda name: value is (name == "true")),
        (r"(carriage return)", lambda _: "\r" in value),
        (r"(two line feeds)", lambda _: "\n\n" in value),
        (r"(empty text)", lambda _: value == ""),
        (r"(a property called __proto__)", lambda _: "__proto__" in value),
        (r"type (string|array|object)", lambda name: type(value).__name__.startswith(name[:3])
         or (name, type(value)) in (("array", list), ("object", dict))),
    ]  # fmt: skip
    for pattern, check in checks:
        matched = re.fullmatch(pattern, label)
        if matched:
            return check(matched.group(1))
    return True


def _has(value: Any, name: str) -> bool:
    return isinstance(value, dict) and name in value
