"""Foreign values: what Python holds and JSON does not, and what jsonschema-rs takes for JSON."""

from __future__ import annotations

import enum
import itertools
import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from pytest_asyncapi_sse.schema.custom_formats import is_text
from pytest_asyncapi_sse.schema.telling import place, said
from pytest_asyncapi_sse.schema.wording import Breach

_MOST_VALUES = 50_000
_PLAIN = frozenset([dict, list, str, int, float, bool, type(None)])
_EXPECTED = "a JSON value"

_Path = tuple[str | int, ...]


def as_json(value: Any) -> tuple[Breach | None, Any]:
    """Return the breach of the first value in a payload that JSON cannot hold, and the payload.

    The payload comes with dicts, lists and plain values in place of what stands for them. Of a
    large one only the beginning is looked at.
    """
    is_plain = True
    for found, above, is_cycle in itertools.islice(_walked(value), _MOST_VALUES):
        is_plain = is_plain and type(found) in _PLAIN
        reason = "holds itself" if is_cycle else _reason(found)
        if reason:
            path = _path(above)
            words = (f"{place(path)} {reason}, which JSON cannot hold", _EXPECTED)
            return Breach("", path, found, words=words), value
    try:
        return None, value if is_plain else _as_json(value)
    except RecursionError:
        words = ("the payload is nested too deep to be judged", _EXPECTED)
        return Breach("", (), value, words=words), value


def _as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {_key(key): _as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(item) for item in value]
    if isinstance(value, enum.Enum):
        return _as_json(value.value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _key(key: Any) -> Any:
    return key.value if isinstance(key, enum.Enum) else key


def _walked(value: Any) -> Iterator[tuple[Any, Any, bool]]:
    """Walk all values, with the tokens that lead to each, and whether it is inside itself."""
    waiting: list[tuple[Any, Any]] = [(value, None)]
    open_values: dict[int, Any] = {}
    while waiting:
        found, above = waiting.pop()
        if found is _END:
            del open_values[above]
            continue
        yield found, above, id(found) in open_values
        if not isinstance(found, dict | list | tuple) or id(found) in open_values:
            continue
        open_values[id(found)] = found
        waiting.append((_END, id(found)))
        pairs = found.items() if isinstance(found, dict) else enumerate(found)
        waiting += reversed([(item, (key, above)) for key, item in pairs])


_END = object()


def _path(above: Any) -> _Path:
    tokens = []
    while above is not None:
        token, above = above
        tokens.append(_key(token))
    return tuple(reversed(tokens))


def _reason(value: Any) -> str:
    if isinstance(value, dict):
        bad = [key for key in value if not _is_name(key)]
        return f"has the key {said(bad[0])}" if bad else ""
    if isinstance(value, enum.Enum):
        return _reason(value.value)
    if isinstance(value, float | Decimal) and not math.isfinite(value):
        return f"is {said(value)}"
    if isinstance(value, str) and not is_text(value):
        return f"is {said(value)}, a text with a lone surrogate"
    if type(value) in _PLAIN or isinstance(value, list | tuple | Decimal):
        return ""
    return f"is {said(value)}, a value of the type {type(value).__name__}"


def _is_name(key: Any) -> bool:
    found = _key(key)
    return type(found) is str and is_text(found)
