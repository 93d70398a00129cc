"""Explanations: the findings for one bad payload, with the branch that was meant."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from referencing.exceptions import Unresolvable

from pytest_asyncapi_sse.errors import printable
from pytest_asyncapi_sse.schema.branches import Branch, Union, nearest, outcome
from pytest_asyncapi_sse.schema.descent import descended
from pytest_asyncapi_sse.schema.engine import Engine
from pytest_asyncapi_sse.schema.explainer import errors
from pytest_asyncapi_sse.schema.foreign import as_json
from pytest_asyncapi_sse.schema.outline import outlines
from pytest_asyncapi_sse.schema.reading import Reader
from pytest_asyncapi_sse.schema.telling import got, place, pointer_of, said
from pytest_asyncapi_sse.schema.wording import Breach, described

MOST_FINDINGS = 20
_MESSAGE = 300

_Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """Say one thing that is wrong: `pointer` leads into the payload, the other into the schema."""

    summary: str
    pointer: str
    schema_pointer: str
    keyword: str
    got: str
    expected: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """Hold one schema that a payload may be meant for, and the name of its message."""

    engine: Engine
    name: str = ""
    only_text: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """Hold the findings for one payload, and the index of the schema that it was meant for."""

    findings: tuple[Finding, ...]
    meant: int = 0

    @classmethod
    def of(cls, candidates: Sequence[Candidate], value: Any) -> Explanation:
        """Explain why all the candidates reject a value; there is always at least one finding."""
        stranger, plain = as_json(value)
        if stranger is not None:
            return cls((_finding(stranger),))
        read = [_read(candidate, plain) for candidate in candidates]
        if len(read) == 1:
            return cls(_findings(*read[0]))
        branches = [
            Branch(
                number=index + 1,
                name=candidate.name,
                outline=outlines(candidate.engine).of(candidate.engine.contents),
                breaches=read[index][0],
            )
            for index, candidate in enumerate(candidates)
        ]
        union = Union(
            unit="messages",
            keyword="",
            path=(),
            value=plain,
            branches=tuple(branches),
            total=len(branches),
        )
        found = outcome(union)
        branch = found.branch or nearest(union)
        is_whole = read[branch.number - 1][1]
        return cls(_findings(found.breaches, is_whole), branch.number - 1)


def _read(candidate: Candidate, value: Any) -> tuple[tuple[Breach, ...], bool]:
    """Return what breaks one candidate, and whether that is all of it."""
    if candidate.only_text and not isinstance(value, str):
        words = (f"the payload is {said(value)}, not a text", "a text")
        return (Breach("type", (), value, limit="string", words=words),), True
    engine = candidate.engine
    found, is_whole = _at(engine, engine.contents, value, ())
    if found or is_whole:
        return found or tuple(_own_words(engine, value)), is_whole
    parts = descended(engine, value)
    for node, inner, path in parts:
        found, _ = _at(engine, node, inner, path)
        if found:
            return found, True
    _, inner, path = parts[0] if parts else (None, value, ())
    return (_blunt(inner, path),), True


def _at(engine: Engine, node: Any, value: Any, path: _Path) -> tuple[tuple[Breach, ...], bool]:
    """Read what the explaining engine says of a value by one node; nothing where it gives up."""
    try:
        tree = errors(engine, node, value)
        return Reader(engine, path).read(tree.errors), tree.is_whole
    except (re.error, RecursionError, Unresolvable, TypeError, ValueError):
        return (), True


def _blunt(value: Any, path: _Path) -> Breach:
    """Say no more than where it is wrong, for what takes too many steps to tell."""
    summary = f"{place(path)} is {said(value)}, which its schema rejects"
    words = (f"{summary} (it is too large to say more)", "another value")
    return Breach("", path, value, words=words)


def _findings(breaches: Sequence[Breach], is_whole: bool) -> tuple[Finding, ...]:
    found: dict[tuple[str, str], Finding] = {}
    for breach in _chosen(breaches):
        finding = _finding(breach)
        found.setdefault((finding.summary, finding.pointer), finding)
    rest = len(breaches) - MOST_FINDINGS
    if rest > 0:
        count = f"{rest:,}" if is_whole else f"at least {rest:,}"
        found["", ""] = Finding(f"and {count} more", "", "", "", "", "")
    return tuple(found.values())


def _chosen(breaches: Sequence[Breach]) -> Sequence[Breach]:
    """Return those that are shown, so that one keyword of the schema does not hide the others."""
    if len(breaches) <= MOST_FINDINGS:
        return breaches
    seen: dict[str, int] = {}
    ranks = []
    for index, breach in enumerate(breaches):
        rank = seen[breach.schema_pointer] = seen.get(breach.schema_pointer, -1) + 1
        ranks.append((rank, index))
    return [
        breaches[index] for index in sorted(index for _, index in sorted(ranks)[:MOST_FINDINGS])
    ]


def _finding(breach: Breach) -> Finding:
    summary, expected = described(breach)
    return Finding(
        summary=summary + "".join(breach.suffixes),
        pointer=pointer_of(breach.path),
        schema_pointer=breach.schema_pointer,
        keyword=breach.keyword,
        got=got(breach.value),
        expected=expected,
    )


def _own_words(engine: Engine, value: Any) -> Iterator[Breach]:
    """Say it in jsonschema-rs's words, for what jsonschema does not see."""
    try:
        found = list(itertools.islice(engine.rules.iter_errors(value), MOST_FINDINGS))
    except ValueError as failure:
        words = (f"the payload is no JSON value: {failure}", "a JSON value")
        yield Breach("", (), value, words=words)
        return
    for error in found:
        keyword = error.kind.name
        words = (
            f"{place(error.instance_path)}: {printable(error.message, _MESSAGE)}",
            f"'{keyword}' to hold",
        )
        yield Breach(
            keyword=keyword,
            path=tuple(error.instance_path),
            value=error.instance,
            schema_pointer=pointer_of(error.schema_path),
            words=words,
        )
