"""Reviews: what a schema says that can't have been meant, found without a single real payload."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_asyncapi_sse.errors import DocumentError, Problem
from pytest_asyncapi_sse.model import escape
from pytest_asyncapi_sse.schema.engine import Engine
from pytest_asyncapi_sse.schema.overlap import Specimens, contained
from pytest_asyncapi_sse.schema.sources import Root, Source, roots
from pytest_asyncapi_sse.schema.strategies import Builder, root_payloads
from pytest_asyncapi_sse.schema.validation import engine_of
from pytest_asyncapi_sse.schema.wording import said

INVALID = "invalid-schema"
UNSATISFIABLE = "unsatisfiable-schema"

_MOST_BRANCHES = 40
_DATA = frozenset({"const", "default", "enum", "example", "examples"})
_NAMED = frozenset(
    {"$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties"}
)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Hold one thing that can't have been meant, with its code and where it stands."""

    code: str
    problem: Problem


def flaws(source: Source) -> list[Doubt]:
    """Return why nothing can be judged or drawn by a source; empty where it can.

    Codes: `invalid-schema`, `unsatisfiable-schema`.
    """
    return [doubt for root in roots(source) for doubt in _flaws(root)]


def review(source: Source) -> list[Doubt]:
    """Return the doubts about the schemas of a source.

    Codes: `invalid-schema`, `unsatisfiable-schema`, `example-mismatch`, `default-mismatch`,
    `overlapping-branches`.
    """
    return [doubt for root in roots(source) for doubt in _review(root)]


def _flaws(root: Root) -> Iterator[Doubt]:
    code = INVALID
    try:
        engine_of(root)
        code = UNSATISFIABLE
        root_payloads(root)
    except DocumentError as error:
        yield from (Doubt(code, problem) for problem in error.problems)


def _review(root: Root) -> Iterator[Doubt]:
    found = list(_flaws(root))
    yield from found
    if any(doubt.code == INVALID for doubt in found):
        return
    engine = engine_of(root)
    for node, pointer in _schemas(engine.contents):
        yield from _examples(engine, node, pointer)
    yield from _overlaps(root, engine)


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
                f"whatever satisfies branch {index + 1} of this oneOf satisfies branch"
                f" {outer + 1} as well, so oneOf refuses it"
            )
            advice = "Tell them apart by a required property with a const, or use anyOf."
            problem = engine.problem(message, f"{pointer}/oneOf/{index}", advice=advice)
            yield Doubt("overlapping-branches", problem)


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
            (child, f"{pointer}/{escape(str(key))}", not is_named and key in _NAMED)
            for key, child in node.items()
            if is_named or key not in _DATA
        ]
