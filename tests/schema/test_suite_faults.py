"""Invalid payloads over the schema collections: all are invalid, and every keyword is broken.

What can be broken is counted in suite_targets.py, which knows nothing of the generators; what is
not broken is in suite_exceptions.py, by its name and with the reason. `tests/fuzz/invalid.py`
draws as many values as one likes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from suite_exceptions import IMPOSSIBLE, REFUSED, UNBROKEN, listed, unmatched
from suite_faults import Broken, broken, judge, sources
from suite_groups import DRAFTS
from suite_targets import breakable

from pytest_asyncapi_sse.model import PayloadSchema

DRAWS = 4
# Of the large schemas one in so many is looked at here.
EVERY = 8
SHARE = 0.85

Record = Callable[[str, object], None]


def judged(folder: Path, collection: str, *, every: int = 1) -> dict[str, Broken]:
    found = dict(list(sources(folder, collection).items())[::every])
    outcomes = {name: broken(name, source, DRAWS) for name, source in found.items()}
    return {name: outcome for name, outcome in outcomes.items() if outcome is not None}


def possible(outcomes: dict[str, Broken]) -> dict[str, Broken]:
    """Leave out the schemas that nothing satisfies: everything is invalid there as it is."""
    impossible = listed(outcomes, [*IMPOSSIBLE, *REFUSED])
    return {name: outcome for name, outcome in outcomes.items() if name not in impossible}


def words(collection: str, outcomes: dict[str, Broken]) -> str:
    values = sum(outcome.values for outcome in outcomes.values())
    accepted = sum(len(outcome.accepted) for outcome in outcomes.values())
    targets = sum(outcome.targets for outcome in outcomes.values())
    unreached = sum(len(outcome.unreached) for outcome in outcomes.values())
    return (
        f"{values} invalid payloads of {len(outcomes)} schemas of {collection}, {accepted} of them "
        f"valid; {targets - unreached} of {targets} keywords were broken at their places"
    )


@pytest.mark.parametrize(
    "collection", [*DRAFTS, "asyncapi-like.json", "asyncapi-spec-payloads.json"]
)
def test_every_keyword_is_broken_at_every_place(
    corpus: Path, collection: str, record_property: Record
) -> None:
    outcomes = possible(judged(corpus / "schemas", collection))
    record_property("corpus", words(collection, outcomes))
    assert [fault for outcome in outcomes.values() for fault in outcome.accepted] == []
    unreached = {name: one.unreached for name, one in outcomes.items() if one.unreached}
    assert {name: unreached[name] for name in unreached.keys() - listed(outcomes, UNBROKEN)} == {}
    assert unreached.keys() == listed(outcomes, UNBROKEN)


def test_large_schemas_are_broken_at_most_places(corpus: Path, record_property: Record) -> None:
    collection = "schemastore-sample.json"
    outcomes = judged(corpus / "schemas", collection, every=EVERY)
    record_property("corpus", words(collection, outcomes))
    assert [fault for outcome in outcomes.values() for fault in outcome.accepted] == []
    targets = sum(outcome.targets for outcome in outcomes.values())
    unreached = sum(len(outcome.unreached) for outcome in outcomes.values())
    assert targets - unreached >= SHARE * targets


def test_no_keyword_is_listed_as_unbroken_for_what_is_not_there(corpus: Path) -> None:
    collections = (*DRAFTS, "asyncapi-like.json")
    ids = {name for one in collections for name in sources(corpus / "schemas", one)}
    assert unmatched(ids, UNBROKEN) == []


@pytest.mark.parametrize(
    ("contents", "expected"),
    [
        (True, []),
        ({"type": "string", "minLength": 0, "title": "x"}, [" type"]),
        ({"required": ["a"], "properties": {"a": {"maximum": 3}}}, [" required", "/a maximum"]),
        ({"properties": {"a": False}, "additionalProperties": False}, [" additionalProperties", "/a properties"]),
        ({"additionalProperties": {"type": "null"}}, ["/<any other> type"]),
        ({"patternProperties": {"^x": {"type": "null"}}}, ["/<^x> type"]),
        ({"items": [{"const": 1}], "additionalItems": {"const": 2}}, ["/0 const", "/1+ const"]),
        ({"allOf": [{"minimum": 1}], "if": {"maximum": 9}, "then": {"multipleOf": 2}}, [" minimum", " multipleOf"]),
        ({"contains": {"const": 1}}, [" contains"]),
        ({"$ref": "#/definitions/n", "definitions": {"n": {"properties": {"n": {"$ref": "#/definitions/n"}}, "minProperties": 1}}}, [" minProperties", "/n minProperties"]),
    ],
)  # fmt: skip
def test_what_can_be_broken_is_read_off_the_schema(contents: Any, expected: list[str]) -> None:
    found = [str(one) for one in breakable(PayloadSchema(contents))]
    assert sorted(found) == sorted(expected)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("int32", 2**31 - 1, 2**31),
        ("int64", -(2**63), -(2**63) - 1),
        ("float", 1.5, 1e39),
        ("double", 1e308, 10**400),
        ("byte", "YQ==", "YQ="),
        ("uuid", "00000000-0000-4000-8000-000000000000", "0-0"),
        ("duration", "P1DT2H", "P1DT"),
    ],
)
def test_the_plain_judge_knows_the_formats_that_are_judged(name: str, good: Any, bad: Any) -> None:
    is_valid = judge(PayloadSchema({"format": name}))
    assert is_valid(good)
    assert not is_valid(bad)
