"""The explaining engine: jsonschema's error tree, with the keywords it misjudges replaced.

The evaluated keywords are counted, so that an explanation ends however large the payload is.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import jsonschema
import referencing
from jsonschema.exceptions import ValidationError

from pytest_asyncapi_sse.schema.dialects import Row
from pytest_asyncapi_sse.schema.engine import Engine
from pytest_asyncapi_sse.schema.keywords import Keyword, keywords
from pytest_asyncapi_sse.schema.walk import TooManySteps, Walk, current

MOST_ERRORS = 1_000

_Errors = Iterator[ValidationError]


@dataclass(frozen=True, slots=True)
class Tree:
    """Hold the errors that were found; `is_whole` says that there are no others."""

    errors: tuple[ValidationError, ...]
    is_whole: bool


def errors(engine: Engine, node: Any, value: Any) -> Tree:
    """Return jsonschema's errors for a value by one node of the schema, empty where it sees none.

    Raises what jsonschema raises on a schema that it cannot follow: the caller falls back.
    """
    found: list[ValidationError] = []
    walk = Walk(engine)
    token = current.set(walk)
    is_whole = False
    try:
        rules = _rules(engine).evolve(schema=node)
        for error in itertools.islice(rules.iter_errors(value), MOST_ERRORS):
            found.append(error)
        is_whole = len(found) < MOST_ERRORS
    except (TooManySteps, RecursionError):
        is_whole = False
    finally:
        current.reset(token)
    walk.restore(found)
    return Tree(tuple(found), is_whole)


@functools.lru_cache(maxsize=64)
def _rules(engine: Engine) -> Any:
    registry: referencing.Registry[Any] = referencing.Registry()
    return _kind(engine.row)(engine.contents, registry=registry)


@functools.cache
def _kind(row: Row) -> Any:
    base = getattr(jsonschema, row.explainer)
    own = keywords(row, base.VALIDATORS)
    kind: Any = jsonschema.validators.extend(base, own)  # type: ignore[no-untyped-call]
    kind.descend = _descending(kind.descend)
    kind.evolve = _evolving(kind.evolve)
    return kind


def _descending(default: Keyword) -> Keyword:
    def descend(
        self: Any,
        instance: Any,
        schema: Any,
        path: Any = None,
        schema_path: Any = None,
        **others: Any,
    ) -> _Errors:
        found = default(self, instance, schema, path=path, schema_path=schema_path, **others)
        for error in found:
            # jsonschema gives the error of `false` no path.
            if schema is False and path is not None and not error.path:
                error.path.appendleft(path)
            if schema is False and schema_path is not None and not error.schema_path:
                error.schema_path.appendleft(schema_path)
            yield error

    return descend


def _evolving(default: Keyword) -> Keyword:
    def evolve(self: Any, **changes: Any) -> Any:
        schema = changes.get("schema")
        if isinstance(schema, dict) and "$schema" in schema:
            changes["schema"] = current.get().without_dialect(schema)
        return default(self, **changes)

    return evolve
