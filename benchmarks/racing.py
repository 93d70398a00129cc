"""How the benchmarks compare: in one process, in turn, round after round, by the median."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence

SECONDS = 0.02


def race(
    runners: Sequence[Callable[[], object]],
    *,
    rounds: int,
    clock: Callable[[], float] = time.process_time,
) -> list[float]:
    """Return the median seconds of one call of each, of CPU time where no clock is given."""
    counts = [_count(runner, clock) for runner in runners]
    seconds: list[list[float]] = [[] for _ in runners]
    for _ in range(rounds):
        for runner, count, taken in zip(runners, counts, seconds, strict=True):
            taken.append(_timed(runner, count, clock) / count)
    return [statistics.median(taken) for taken in seconds]


def _count(runner: Callable[[], object], clock: Callable[[], float]) -> int:
    """Return how many calls take long enough to be measured."""
    count = 1
    while _timed(runner, count, clock) < SECONDS:
        count *= 2
    return count


def _timed(runner: Callable[[], object], count: int, clock: Callable[[], float]) -> float:
    started = clock()
    for _ in range(count):
        runner()
    return clock() - started
