"""Samples: a fixed number of values drawn from a strategy under a seed, in a test as well."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from hypothesis import (
    HealthCheck,
    Phase,
    currently_in_test_context,
    given,
    reject,
    seed,
    settings,
)
from hypothesis import strategies as st
from hypothesis.errors import Flaky, InvalidArgument, Unsatisfiable
from hypothesis.strategies import SearchStrategy

from pytest_asyncapi_sse.schema.bounds import Steps

Value = TypeVar("Value")

_APART = 16


def samples(strategy: SearchStrategy[Value], count: int, *, seed_value: int = 0) -> list[Value]:
    """Draw up to `count` values; the same seed draws the same values.

    Fewer come where the strategy has fewer. Raises what Hypothesis raises where it has none.
    """
    if currently_in_test_context():
        # Hypothesis refuses a test inside of a test, but counts each thread's tests apart.
        with ThreadPoolExecutor(max_workers=1) as pool:
            return pool.submit(_samples, strategy, count, seed_value).result()
    return _samples(strategy, count, seed_value)


def first_wanted(
    strategy: SearchStrategy[Value], is_wanted: Callable[[Value], bool], *, tries: int
) -> tuple[Value] | None:
    """Draw up to `tries` values for one that is wanted; it comes in a tuple, None without one."""
    try:
        [found] = samples(_tried(strategy, is_wanted, Steps(tries)), 1)
    except (Unsatisfiable, InvalidArgument, Flaky):
        # Where two tries got the same bytes, the end of the search is taken for a flaky strategy.
        return None
    return found


@st.composite
def _tried(
    draw: st.DrawFn,
    strategy: SearchStrategy[Value],
    is_wanted: Callable[[Value], bool],
    steps: Steps,
) -> tuple[Value] | None:
    # Bytes of its own for each try, since the same choices must not end otherwise than before.
    draw(st.binary(min_size=_APART, max_size=_APART))
    steps.take()
    if steps.are_used_up:
        return None
    value = draw(strategy)
    if is_wanted(value):
        return (value,)
    return reject()


def _samples(strategy: SearchStrategy[Value], count: int, seed_value: int) -> list[Value]:
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
