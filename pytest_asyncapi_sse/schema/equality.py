"""Equality of JSON values, which is not Python's: `true` is not 1, and `1` is `1.0`."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

_Equal = Callable[[Any, Any], bool]


def same_json(first: Any, second: Any) -> bool:
    """Say whether two JSON values are the same; the order of keys does not count."""
    return _same(first, second, _same_number)


def rounded(sent: Any, received: Any) -> bool:
    """Say whether `received` is `sent` but for numbers that an IEEE double had to round.

    False where they are the same, and where anything else differs. A number counts as rounded
    when both are the same double, and either `sent` is not exactly that double, or `received` has
    the fewest digits that name it, as JavaScript writes it.
    """
    return not same_json(sent, received) and _same(sent, received, _same_double)


def canonical(value: Any) -> str:
    """Return a text that is equal for two JSON values exactly when `same_json` holds."""
    if isinstance(value, dict):
        pairs = sorted((json.dumps(key), canonical(item)) for key, item in value.items())
        return "{" + ",".join(f"{key}:{item}" for key, item in pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(canonical(item) for item in value) + "]"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value)


def _same(first: Any, second: Any, numbers: _Equal) -> bool:
    if isinstance(first, dict):
        return (
            isinstance(second, dict)
            and first.keys() == second.keys()
            and all(_same(item, second[key], numbers) for key, item in first.items())
        )
    if isinstance(first, list | tuple):
        return (
            isinstance(second, list | tuple)
            and len(first) == len(second)
            and all(_same(one, other, numbers) for one, other in zip(first, second, strict=True))
        )
    if _is_number(first) and _is_number(second):
        return numbers(first, second)
    return type(first) is type(second) and bool(first == second)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same_number(first: float, second: float) -> bool:
    return first == second


def _same_double(sent: float, received: float) -> bool:
    if sent == received:
        return True
    try:
        double = float(sent)
        if double != float(received):
            return False
    except OverflowError:
        return False
    return double != sent or Decimal(repr(double)) == received
