"""Rations: many searches in one schema, of which none may take the steps of the others."""

from __future__ import annotations

from pytest_asyncapi_sse.schema.bounds import Steps
from pytest_asyncapi_sse.schema.engine import Engine
from pytest_asyncapi_sse.schema.fitting import Fitting

_EACH = 1_500
_ALL = 150_000


class Rations:
    """Give one fitting to each search, with a ration of steps; None when all are given out."""

    def __init__(self, engine: Engine) -> None:
        self._fitting = Fitting(engine)
        self._left = _ALL

    def fitting(self) -> Fitting | None:
        """Return the fitting for one search."""
        found = self._fitting
        self._left -= found.steps.taken + found.built_steps.taken
        found.steps, found.built_steps = Steps(_EACH), Steps(_EACH)
        return found if self._left > 0 else None
