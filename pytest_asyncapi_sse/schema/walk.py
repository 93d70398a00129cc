"""Walks: what one explanation has come to, so that it ends however large the payload is."""

from __future__ import annotations

import contextvars
from collections.abc import Sequence
from typing import Any

from jsonschema.exceptions import ValidationError

from pytest_asyncapi_sse.schema.bounds import Steps
from pytest_asyncapi_sse.schema.engine import Engine
from pytest_asyncapi_sse.schema.outline import outlines

MOST_STEPS = 20_000


class TooManySteps(Exception):
    """Stop the walk: the bound is met."""


class Walk:
    """Hold what one explanation has come to: its steps, and the schemas that name a dialect.

    jsonschema would go on with a class of its own where a schema has `$schema`, so those are
    walked without it.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.outlines = outlines(engine)
        self._steps = Steps(MOST_STEPS)
        self._copies: dict[int, tuple[Any, dict[str, Any]]] = {}
        self._originals: dict[int, Any] = {}

    def take(self, count: int = 1) -> None:
        self._steps.take(count)
        if self._steps.are_used_up:
            raise TooManySteps

    def without_dialect(self, schema: dict[str, Any]) -> dict[str, Any]:
        if id(schema) not in self._copies:
            copy = {key: value for key, value in schema.items() if key != "$schema"}
            self._copies[id(schema)] = schema, copy
            self._originals[id(copy)] = schema
        return self._copies[id(schema)][1]

    def restore(self, errors: Sequence[ValidationError]) -> None:
        """Put the schemas as they were written into the errors."""
        for error in errors if self._originals else ():
            error.schema = self._originals.get(id(error.schema), error.schema)
            self.restore(error.context or ())


current: contextvars.ContextVar[Walk] = contextvars.ContextVar("walk")
