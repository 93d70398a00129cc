"""Samples: a fixed number of values drawn from a strategy under a seed."""

from __future__ import annotations

import functools
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from hypothesis import HealthCheck, Phase, currently_in_test_context, given, seed, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

Value = TypeVar("Value")


def samples(strategy: SearchStrategy[Value], count: int, *, seed_value: int = 0) -> list[Value]:
    """Draw up to `count` values; the same seed draws the same values.

    Fewer come where the strategy has fewer. Raises what Hypothesis raises where it has none.
    """
    draw = functools.partial(_drawn, strategy, count, seed_value)
    if not currently_in_test_context():
        return draw()
    # Hypothesis takes a test inside of a test of the same thread for a slip.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(draw).result()


def _drawn(strategy: SearchStrategy[Value], count: int, seed_value: int) -> list[Value]:
    drawn: list[Value] = []

    @seed(seed_value)
    @settings(
        max_examples=count,
        phases=(Phase.generate,),
        database=None,
        deadline=None,
        derandomize=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(value: Value) -> None:
        drawn.append(value)

    collect()
    return drawn


def warm_up() -> None:
    """Have Hypothesis build its table of characters now, outside of a test.

    It takes more than a second where no `.hypothesis` folder holds the table yet, as in CI, and
    would count as slow generation in the first test that draws a string.
    """
    samples(st.text(), 2)
