"""The vocabulary: the rows of a version, and what to do about a key that its row doesn't have."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pytest_asyncapi_sse.document.problems import near
from pytest_asyncapi_sse.document.vocabulary import v2, v3
from pytest_asyncapi_sse.document.vocabulary.kinds import Row

Version = tuple[int, int]

# A version of a major that is newer than all of these is read by the newest one.
TABLES: Mapping[Version, Mapping[str, Row]] = {
    (2, 0): v2.ROWS,
    (2, 1): v2.ROWS,
    (2, 2): v2.ROWS,
    (2, 3): v2.ROWS,
    (2, 4): v2.ROWS,
    (2, 5): v2.ROWS,
    (2, 6): v2.ROWS,
    (3, 0): v3.ROWS,
    (3, 1): v3.ROWS,
}

_NUMBERS = re.compile(r"(\d{1,9})\.(\d{1,9})(?!\d)")
_MAX_HOMES = 3
_OTHERWISE = "Remove it, or start its name with x- if it is an extension."


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Hold the rows of one version, and the keys of each that only a later version has."""

    name: str
    rows: Mapping[str, Row]
    later: Mapping[str, Mapping[str, str]]
    other_majors: Mapping[str, Mapping[str, Row]]

    def came_with(self, row: str, key: str) -> str:
        """Return the later version of the major that brought a key; empty for any other key."""
        return self.later[row].get(key, "")

    def advice(self, row: str, key: str) -> str:
        """Say what to do about a key that a row doesn't have."""
        found = self.rows[row]
        later = self.came_with(row, key)
        if key in found.hints:
            return found.hints[key]
        if later:
            return f"Write asyncapi: {later}.0, or remove the key."
        guesses = near(key, found.keys), self._major(row, key) or self._home(key)
        return " ".join(filter(None, guesses)) or _OTHERWISE

    def _home(self, key: str) -> str:
        """Name the objects that have a key, where they are few enough to tell something."""
        homes = dict.fromkeys(row.title for row in self.rows.values() if key in row.keys)
        return f"It is a key of {' or '.join(homes)}." if 0 < len(homes) <= _MAX_HOMES else ""

    def _major(self, row: str, key: str) -> str:
        for major, rows in self.other_majors.items():
            if row in rows and key in rows[row].keys:
                return f"AsyncAPI {major}.x has it, {self.name} doesn't."
        return ""


def vocabulary_of(version: str) -> Vocabulary | None:
    """Return the vocabulary of the newest known version that is not above; None without one."""
    match = _NUMBERS.match(version)
    if match is None:
        return None
    wanted = int(match[1]), int(match[2])
    known = [item for item in TABLES if item[0] == wanted[0] and item <= wanted]
    return _vocabulary(max(known)) if known else None


@functools.cache
def _vocabulary(version: Version) -> Vocabulary:
    rows = TABLES[version]
    later = {name: _later(row, version) for name, row in rows.items()}
    known = {
        name: replace(
            row, keys={key: kind for key, kind in row.keys.items() if key not in later[name]}
        )
        for name, row in rows.items()
    }
    others = {str(item[0]): rows for item, rows in TABLES.items() if item[0] != version[0]}
    return Vocabulary(".".join(map(str, version)), known, later, others)


def _later(row: Row, version: Version) -> dict[str, str]:
    return {
        key: since
        for key, since in row.since.items()
        if tuple(map(int, since.split("."))) > version
    }
