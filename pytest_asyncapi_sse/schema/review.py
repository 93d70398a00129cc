"""Reviews: what a schema says that can't have been meant, found without a single real payload."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_asyncapi_sse.errors import DocumentError, Problem, shown
from pytest_asyncapi_sse.model import escape
from pytest_asyncapi_sse.schema.bounds import NoPayloadFound
from pytest_asyncapi_sse.schema.custom_formats import CUSTOM
from pytest_asyncapi_sse.schema.dead import dead_ends
from pytest_asyncapi_sse.schema.engine import Engine
from pytest_asyncapi_sse.schema.known import DATA, FORMATS, KEYWORDS, NAMED
from pytest_asyncapi_sse.schema.overlap import Specimens, contained
from pytest_asyncapi_sse.schema.sources import Root, Source, roots
from pytest_asyncapi_sse.schema.strategies import Builder, root_payloads
from pytest_asyncapi_sse.schema.telling import said
from pytest_asyncapi_sse.schema.validation import engine_of

INVALID = "invalid-schema"
UNSATISFIABLE = "unsatisfiable-schema"
NOT_FOUND = "no-payload-found"

_MOST_BRANCHES = 40
_CLOSE = 0.8
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Doubt:
    """Hold one thing that can't have been meant, with its code and where it stands."""

    code: str
    problem: Problem


def flaws(source: Source) -> list[Doubt]:
    """Return why nothing can be judged or drawn by a source; empty where it can.

    Codes: `invalid-schema`, `unsatisfiable-schema`, `no-payload-found`.
    """
    return [doubt for root in roots(source) for doubt in _flaws(root)]


def review(source: Source) -> list[Doubt]:
    """Return the doubts about the schemas of a source.

    Codes: `invalid-schema`, `unsatisfiable-schema`, `no-payload-found`, `example-mismatch`,
    `default-mismatch`, `misspelt-keyword`, `overlapping-branches`, `dead-branch`.
    """
    return [doubt for root in roots(source) for doubt in _review(root)]


def _flaws(root: Root) -> Iterator[Doubt]:
    try:
        engine_of(root)
    except DocumentError as error:
        yield from _doubts(INVALID, error)
        return
    try:
        root_payloads(root)
    except DocumentError as error:
        yield from _doubts(UNSATISFIABLE, error)


def _doubts(code: str, error: DocumentError) -> Iterator[Doubt]:
    code = NOT_FOUND if isinstance(error, NoPayloadFound) else code
    yield from (Doubt(code, problem) for problem in error.problems)


def _review(root: Root) -> Iterator[Doubt]:
    yield from _flaws(root)
    if not _is_usable(root):
        return
    engine = engine_of(root)
    for node, pointer in _schemas(engine.contents):
        yield from _examples(engine, node, pointer)
        yield from _misspelt(engine, node, pointer)
    yield from _overlaps(root, engine)
    yield from _dead(engine)


def _is_usable(root: Root) -> bool:
    try:
        engine_of(root)
    except DocumentError:
        return False
    return True


def _examples(engine: Engine, node: dict[str, Any], pointer: str) -> Iterator[Doubt]:
    """Yield the examples and the default of one schema that don't satisfy it."""
    listed = node.get("examples")
    given = (
        [(f"examples/{i}", value) for i, value in enumerate(listed)]
        if isinstance(listed, list)
        else []
    )
    for place, value in given:
        if not engine.accepts(node, value):
            message = f"the example {said(value)} doesn't satisfy its schema"
            yield Doubt("example-mismatch", engine.problem(message, f"{pointer}/{place}"))
    if "default" in node and not engine.accepts(node, node["default"]):
        message = f"the default {said(node['default'])} doesn't satisfy its schema"
        yield Doubt("default-mismatch", engine.problem(message, f"{pointer}/default"))


def _misspelt(engine: Engine, node: dict[str, Any], pointer: str) -> Iterator[Doubt]:
    """Yield keywords and formats that nobody knows, where they are close to a known one.

    Unknown ones are allowed and do nothing, which is what makes a slip weaken a test in silence.
    """
    for key in node.keys() - KEYWORDS:
        meant = _meant(key, KEYWORDS)
        if meant:
            message = f"the keyword {shown(key, 40)} does nothing"
            advice = f"Did you mean {meant!r}?"
            problem = engine.problem(message, f"{pointer}/{escape(key)}", advice=advice)
            yield Doubt("misspelt-keyword", problem)
    name = node.get("format")
    known = FORMATS | CUSTOM.keys()
    meant = _meant(name, known) if isinstance(name, str) and name not in known else ""
    if meant:
        message = f"the format {shown(name, 40)} is not known, and does nothing"
        problem = engine.problem(message, f"{pointer}/format", advice=f"Did you mean {meant!r}?")
        yield Doubt("misspelt-keyword", problem)
    if node.get("nullable") is True:
        message = "the keyword 'nullable' does nothing here: it is OpenAPI's"
        advice = "Write 'null' among the types."
        problem = engine.problem(message, f"{pointer}/nullable", advice=advice)
        yield Doubt("misspelt-keyword", problem)


def _meant(name: str, known: frozenset[str]) -> str:
    if name.startswith("x-") or len(name) > _LONGEST:
        return ""
    return next(iter(difflib.get_close_matches(name, sorted(known), n=1, cutoff=_CLOSE)), "")


def _overlaps(root: Root, engine: Engine) -> Iterator[Doubt]:
    """Yield the branches of `oneOf` of which nothing that was drawn fits just that one."""
    builder = Builder(root)
    for node, pointer in _schemas(engine.contents):
        branches = node.get("oneOf")
        if not isinstance(branches, list) or len(branches) > _MOST_BRANCHES:
            continue
        specimens = [Specimens.of_branch(builder, branch) for branch in branches]
        for index, outer in contained(specimens):
            message = (
                f"all {specimens[index].count} values of branch {index + 1} of this oneOf that"
                f" were tried satisfy branch {outer + 1} as well, and oneOf refuses those"
            )
            advice = "Tell them apart by a required property with a const, or use anyOf."
            problem = engine.problem(message, f"{pointer}/oneOf/{index}", advice=advice)
            yield Doubt("overlapping-branches", problem)


def _dead(engine: Engine) -> Iterator[Doubt]:
    """Yield what is declared and can be in no payload, which is proved of each."""
    for end in dead_ends(engine):
        if not end.is_overlap:
            message = f"{end.what} can never be sent: {end.why}"
            advice = "Correct what contradicts it, or take it out."
            yield Doubt("dead-branch", engine.problem(message, end.pointer, advice=advice))


def _schemas(contents: Any) -> Iterator[tuple[dict[str, Any], str]]:
    """Walk the schemas inside a schema, each with its pointer, past what is data."""
    waiting: list[tuple[Any, str, bool]] = [(contents, "", False)]
    while waiting:
        node, pointer, is_named = waiting.pop()
        if isinstance(node, list):
            waiting += [(item, f"{pointer}/{i}", False) for i, item in enumerate(node)]
            continue
        if not isinstance(node, Mapping):
            continue
        if not is_named:
            yield node, pointer  # type: ignore[misc]
        waiting += [
            (child, f"{pointer}/{escape(str(key))}", not is_named and key in NAMED)
            for key, child in node.items()
            if is_named or (key in KEYWORDS and key not in DATA)
        ]
