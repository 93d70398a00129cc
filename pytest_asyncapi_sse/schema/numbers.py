"""Numbers: drawn for the facts of a place, and fixed ones at its bounds."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

from hypothesis import strategies as st

from pytest_asyncapi_sse.schema.facts import NumberFacts, fraction, integer_step

_STEPS = 10**6
_EXACT = 2**53
_EACH = 9
_SMALL = 100
_NARROW = 1000


def integers(facts: NumberFacts) -> st.SearchStrategy[float]:
    """Draw integers within the facts, now and then those that a double cannot hold.

    Some are written as doubles, such as 1.0, which is an integer too.
    """
    step = integer_step(facts)
    least, most = facts.multiples(step)
    if least is not None and most is not None and 0 <= most - least < _NARROW:
        return _few_integers(least, most, step)
    # Hypothesis draws integers of any size by itself; a branch of large ones would not shrink.
    return st.integers(least, most).map(lambda count: _in_either_form(count, step))


def _in_either_form(count: int, step: Fraction) -> float:
    """Write one large integer in a few as a double: a draw of its own would cost as much again."""
    value = int(count * step)
    return _as_double(value) if abs(count) >= _SMALL and count % _EACH == 0 else value


def _few_integers(least: int, most: int, step: Fraction) -> st.SearchStrategy[float]:
    """Draw from a range to which, away from zero, some are added again that become doubles."""
    added = 1 + (most - least) // _EACH
    low, high = (least, most + added) if most > 0 else (least - added, most)

    def written(count: int) -> float:
        if count > most:
            return _as_double(int((2 * most + 1 - count) * step))
        return (
            int(count * step) if count >= least else _as_double(int((2 * least - 1 - count) * step))
        )

    return st.integers(low, high).map(written)


def _as_double(value: int) -> float:
    return float(value) if abs(value) <= _EXACT else value


def fractions(facts: NumberFacts) -> st.SearchStrategy[float]:
    """Draw numbers within the facts, written as doubles, integers among them."""
    if facts.step is not None:
        return _multiples(facts, facts.step)
    low, high = _inner_double(facts.low, up=True), _inner_double(facts.high, up=False)
    simple = _multiples(facts, Fraction(1, 4), _STEPS)
    if low is not None and high is not None and low > high:
        return st.nothing()
    doubles = st.floats(low, high, allow_nan=False, allow_infinity=False).filter(
        lambda value: facts.contains(fraction(value))
    )
    return st.one_of(simple, doubles)


def number_examples(facts: NumberFacts, *, whole: bool) -> Iterator[float]:
    """Yield the plainest numbers within the facts, then those at its bounds."""
    step = integer_step(facts) if whole else (facts.step or _small_step(facts))
    least, most = facts.multiples(step)
    if least is not None and most is not None and least > most:
        return
    near_zero = max(least or 0, 0) if most is None or most >= 0 else most
    counts = [near_zero if least is None or near_zero >= least else least]
    counts += [count + 1 for count in counts] + [count - 1 for count in counts]
    counts += [count for count in (least, most) if count is not None]
    for count in dict.fromkeys(counts):
        if (least is None or count >= least) and (most is None or count <= most):
            yield as_json(count * step)


def bound_examples(facts: NumberFacts, *, whole: bool) -> Iterator[tuple[str, float]]:
    """Yield each bound and its neighbour inside, labelled."""
    step = integer_step(facts) if whole else (facts.step or _small_step(facts))
    least, most = facts.multiples(step)
    for label, bound, inward in (("minimum", least, 1), ("maximum", most, -1)):
        if bound is not None:
            yield label, as_json(bound * step)
            inside = bound + inward
            if (least is None or inside >= least) and (most is None or inside <= most):
                yield f"{label}'s neighbour inside", as_json(inside * step)


def is_whole(value: float) -> bool:
    """Say whether a number is an integer, however it is written."""
    return value == value // 1


def as_json(value: Fraction) -> float:
    """Return the number as it is best written: an int where it is one, else a double.

    What is too large for a double is the next int towards zero.
    """
    if value.denominator == 1:
        return int(value)
    try:
        return float(value)
    except OverflowError:
        return int(value)


def _multiples(
    facts: NumberFacts, step: Fraction, reach: int | None = None
) -> st.SearchStrategy[float]:
    """Draw multiples of a step: those nearest to zero where `reach` bounds their number."""
    least, most = facts.multiples(step)
    if least is None and most is None:
        least, most = -_STEPS, _STEPS
    elif least is None and most is not None:
        least = min(-_STEPS, most - _STEPS)
    elif most is None and least is not None:
        most = max(_STEPS, least + _STEPS)
    if least is None or most is None or least > most:
        return st.nothing()
    if reach is not None:
        least, most = max(least, min(-reach, most - reach)), min(most, max(reach, least + reach))
    return st.integers(least, most).map(lambda count: as_json(count * step))


def _small_step(facts: NumberFacts) -> Fraction:
    step = Fraction(1, 4)
    if facts.low is None or facts.high is None:
        return step
    if facts.low == facts.high:
        return abs(facts.low) or step
    while step > (facts.high - facts.low) / 4:
        step /= 2
    return step


def _inner_double(limit: Fraction | None, *, up: bool) -> float | None:
    """Return the double next to a limit, on its inner side."""
    if limit is None:
        return None
    try:
        found = float(limit)
    except OverflowError:
        return None
    outside = fraction(found) < limit if up else fraction(found) > limit
    return math.nextafter(found, math.inf if up else -math.inf) if outside else found
