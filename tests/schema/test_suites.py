"""The payload room over the schema collections: verdicts, explanations, and what is drawn.

Whatever is not as the rest is in suite_exceptions.py, by its name and with the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from suite_draws import ENOUGH, NOTHING, REFUSED, outcome, size
from suite_exceptions import (
    FEWER,
    FINITE,
    IMPOSSIBLE,
    MISJUDGED,
    finite,
    listed,
    unmatched,
)
from suite_exceptions import REFUSED as REFUSED_ROWS
from suite_groups import DRAFTS, Case, Group, groups, rows

from pytest_asyncapi_sse.errors import DocumentError
from pytest_asyncapi_sse.schema import Validator, validator

# The groups of each draft, those of them that need a server, the tests of the others, and of
# those the invalid ones.
GROUPS = {
    "draft2020-12": (461, 21, 2180, 994),
    "draft2019-09": (448, 17, 2140, 964),
    "draft7": (321, 12, 1696, 770),
}
ROWS = {
    "asyncapi-like.json": 47,
    "asyncapi-spec-payloads.json": 108,
    "schemastore-sample.json": 100,
}

Record = Callable[[str, object], None]


@pytest.fixture(scope="session")
def suite(corpus: Path) -> Path:
    """Return the folder of the JSON-Schema-Test-Suite."""
    return corpus / "schemas" / "JSON-Schema-Test-Suite"


@pytest.mark.parametrize("draft", DRAFTS)
def test_verdicts_are_those_of_the_test_suite(
    suite: Path, draft: str, record_property: Record
) -> None:
    found = _groups(suite, draft)
    judged = _judged(found)
    wrong = {case.id for judge, case in judged if judge.is_valid(case.data) is not case.valid}
    remote = [group for group in found if _validator(group) is None]
    record_property(
        "corpus",
        f"{len(judged)} tests of {len(found)} groups of the test suite's {draft} were judged, "
        f"{len(wrong)} of them otherwise; {len(remote)} groups need a server",
    )
    assert wrong == listed(_tests(found), MISJUDGED)
    assert [group.id for group in remote if not group.is_remote] == []
    assert (len(found), len(remote), len(judged)) == GROUPS[draft][:3]


@pytest.mark.parametrize("draft", DRAFTS)
def test_what_is_invalid_is_explained_at_a_place_in_the_payload(
    suite: Path, draft: str, record_property: Record
) -> None:
    judged = _judged(_groups(suite, draft))
    found = {case.id: _unexplained(judge, case) for judge, case in judged}
    invalid = sum(not judge.is_valid(case.data) for judge, case in judged)
    record_property("corpus", f"{invalid} invalid payloads of {draft} were explained")
    assert {name: fault for name, fault in found.items() if fault} == {}
    assert invalid == GROUPS[draft][3]


@pytest.mark.parametrize("draft", DRAFTS)
def test_every_group_gives_valid_payloads(suite: Path, draft: str, record_property: Record) -> None:
    found = {group.id: group for group in _groups(suite, draft) if _validator(group) is not None}
    outcomes = {name: outcome(group.source) for name, group in found.items()}
    enough = {name for name, text in outcomes.items() if text == ENOUGH}
    whole = {name for name, text in outcomes.items() if text.isdigit()} - listed(found, FEWER)
    record_property(
        "corpus",
        f"{len(found)} groups of {draft} were drawn from: {len(enough)} give enough, {len(whole)} "
        f"all there is, {len(listed(found, FEWER))} fewer, {len(listed(found, IMPOSSIBLE))} nothing",
    )
    sizes = {name: finite(name) or size(found[name].source) for name in whole}
    assert {name: outcomes[name] for name in whole} == {
        name: str(number) for name, number in sizes.items()
    }
    assert whole >= listed(found, FINITE)
    none = {name for name, text in outcomes.items() if text in (REFUSED, NOTHING)}
    assert none == listed(found, IMPOSSIBLE)
    assert not [name for name in none if found[name].has_valid]
    others = found.keys() - enough - whole - none
    assert {name: outcomes[name] for name in others if not outcomes[name].isdigit()} == {}
    assert others == listed(found, FEWER)


@pytest.mark.parametrize("file", ROWS)
def test_every_schema_of_a_collection_gives_valid_payloads(
    corpus: Path, file: str, record_property: Record
) -> None:
    found = rows(corpus / "schemas" / file)
    outcomes = {name: outcome(source) for name, source in found.items()}
    others = {name: text for name, text in outcomes.items() if text != ENOUGH}
    refused = {name for name, text in others.items() if text == REFUSED}
    record_property(
        "corpus",
        f"{len(found)} schemas of {file} were drawn from: {len(found) - len(others)} give enough, "
        f"{len(refused)} are refused",
    )
    assert refused == listed(found, REFUSED_ROWS)
    whole = {name: str(FINITE[name]) for name in listed(found, FINITE)}
    rest = {name: text for name, text in others.items() if name not in refused}
    assert rest == whole
    assert len(found) == ROWS[file]


def test_no_exception_is_listed_for_what_is_not_there(suite: Path, corpus: Path) -> None:
    found = [group for draft in DRAFTS for group in _groups(suite, draft)]
    ids = {group.id for group in found} | _tests(found)
    for file in ROWS:
        ids.update(rows(corpus / "schemas" / file))
    for table in (MISJUDGED, IMPOSSIBLE, FINITE, FEWER, REFUSED_ROWS):
        assert unmatched(ids, table) == []


@cache
def _groups(suite: Path, draft: str) -> list[Group]:
    return groups(suite, draft)


def _tests(found: list[Group]) -> set[str]:
    return {case.id for group in found for case in group.cases}


def _judged(found: list[Group]) -> list[tuple[Validator, Case]]:
    pairs = [(_validator(group), group) for group in found]
    return [(judge, case) for judge, group in pairs if judge is not None for case in group.cases]


@cache
def _validator(group: Group) -> Validator | None:
    """Return the validator of a group, None where its references lead nowhere."""
    try:
        return validator(group.source)
    except DocumentError as error:
        if "leads nowhere" not in str(error):
            raise
        return None


def _unexplained(judge: Validator, case: Case) -> str:
    """Return what is wrong with the explanation of a payload, empty where nothing is."""
    found = list(judge.iter_errors(case.data))
    if judge.is_valid(case.data):
        return "a valid payload has violations" if found else ""
    if not found:
        return "no violation"
    if not all(violation.summary.strip() for violation in found):
        return "no summary"
    strays = [violation.pointer for violation in found if not _leads(violation.pointer, case.data)]
    return f"{strays} lead nowhere" if strays else ""


def _leads(pointer: str, data: Any) -> bool:
    """Say whether a JSON pointer leads to something in a payload."""
    if pointer and not pointer.startswith("/"):
        return False
    for escaped in pointer.split("/")[1:]:
        token = escaped.replace("~1", "/").replace("~0", "~")
        if isinstance(data, list) and token.isdecimal() and int(token) < len(data):
            data = data[int(token)]
        elif isinstance(data, dict) and token in data:
            data = data[token]
        else:
            return False
    return True
