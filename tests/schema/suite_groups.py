"""The schema collections of the corpus: the official test suite's groups, and rows of schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_asyncapi_sse.model import Dialect, PayloadSchema

DRAFTS: dict[str, Dialect] = {
    "draft2020-12": "2020-12",
    "draft2019-09": "2019-09",
    "draft7": "draft-07",
}
# A schema of a draft that is not known is read as draft-07.
_DIALECTS: dict[int, Dialect] = {
    4: "draft-07",
    7: "draft-07",
    2019: "2019-09",
    2020: "2020-12",
}
_REMOTE = "http://localhost:1234/"
_ANNOTATION = "is only an annotation by default"


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """Hold one test of a group: a payload, and whether it is valid."""

    id: str
    data: Any
    valid: bool


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Hold one schema of the suite and its tests."""

    id: str
    source: PayloadSchema
    cases: tuple[Case, ...]

    @property
    def is_remote(self) -> bool:
        """Say whether the schema names another document, which only a server would give."""
        return _REMOTE in json.dumps(self.source.contents)

    @property
    def has_valid(self) -> bool:
        """Say whether the suite knows a valid payload."""
        return any(case.valid for case in self.cases)


def groups(folder: Path, draft: str) -> list[Group]:
    """Read all groups of one draft: the required, the optional and the formats' ones."""
    return [
        _group(path.relative_to(folder).as_posix(), DRAFTS[draft], found)
        for path in sorted((folder / draft).rglob("*.json"))
        for found in json.loads(path.read_text(encoding="utf-8"))
    ]


def all_groups(folder: Path) -> Iterator[Group]:
    """Read the groups of all drafts."""
    for draft in DRAFTS:
        yield from groups(folder, draft)


def rows(file: Path) -> dict[str, PayloadSchema]:
    """Read a file of schemas, by their names."""
    return {
        row["id"]: PayloadSchema(row["schema"], dialect=_DIALECTS[row["draft"]])
        for row in json.loads(file.read_text(encoding="utf-8"))
    }


def _group(file: str, dialect: Dialect, found: dict[str, Any]) -> Group:
    name = f"{file}: {found['description']}"
    return Group(
        id=name,
        source=PayloadSchema(found["schema"], dialect=dialect),
        cases=tuple(
            Case(f"{name}: {case['description']}", case["data"], _expected(file, case))
            for case in found["tests"]
        ),
    )


def _expected(file: str, case: dict[str, Any]) -> bool:
    """Return the verdict that is due: formats are asserted, also where the suite takes them off.

    Only the required folder's format.json is judged without, and it says so in each description.
    """
    if file.count("/") == 1 and case["description"].endswith(_ANNOTATION):
        return False
    return bool(case["valid"])
