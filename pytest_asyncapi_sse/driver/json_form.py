"""The JSON form of what a client delivers: plain values, or the reason why there is none."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from pytest_asyncapi_sse.errors import printable, shown
from pytest_asyncapi_sse.schema.json_text import MAX_DEPTH, MAX_DIGITS

# The line that carries a payload out of a child process is one level more.
_LEVELS = MAX_DEPTH - 1
_VALUES = 2_000_000
_TOO_LARGE = 10**MAX_DIGITS
_SHOWN = 80
_SHOWN_PLACE = 200


class NoJSON(ValueError):
    """Raised where a value is nothing that JSON can carry; says what it holds, and where."""


def json_form(value: object) -> Any:
    """Return a value as None, bool, int, float, str, list and dict.

    Dataclasses and pydantic models are dumped wherever they stand, the latter by alias. Raises
    NoJSON for what is left, and for what no reader of JSON takes: NaN, keys that are no strings,
    lone surrogates, a value that holds itself.
    """
    return _Walk().form(value, "")


class _Walk:
    """Copy one value; what is on the way down is known, so that a circle ends."""

    def __init__(self) -> None:
        self._above: set[int] = set()
        self._count = 0

    def form(self, value: object, place: str) -> Any:
        self._count += 1
        if self._count > _VALUES:
            raise NoJSON(f"it holds more than {_VALUES:,} values")
        if value is None or value is True or value is False:
            return value
        if isinstance(value, str | int | float):
            return _scalar(value, place)
        if id(value) in self._above:
            raise NoJSON(f"{_at(place)} holds itself")
        if len(self._above) >= _LEVELS:
            raise NoJSON(f"it is nested deeper than {_LEVELS} levels")
        self._above.add(id(value))
        try:
            return self._container(value, place)
        finally:
            self._above.discard(id(value))

    def _container(self, value: object, place: str) -> Any:
        if isinstance(value, list | tuple):
            return [self.form(item, f"{place}/{index}") for index, item in enumerate(value)]
        if isinstance(value, Mapping):
            return {_key(k, place): self.form(v, f"{place}/{k}") for k, v in value.items()}
        dump = getattr(value, "model_dump", None)
        if callable(dump):
            return self.form(dump(mode="json", by_alias=True), place)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            fields = dataclasses.fields(value)
            return {f.name: self.form(getattr(value, f.name), f"{place}/{f.name}") for f in fields}
        raise NoJSON(f"{_at(place)} is {_named(value)}")


def well_formed(text: str) -> str:
    """Return a text with its lone surrogates escaped, which no encoding carries."""
    return text if text.isascii() else text.encode(errors="backslashreplace").decode()


def _scalar(value: str | int | float, place: str) -> str | int | float:
    """Return a value of the plain type, without what a subclass adds."""
    if isinstance(value, str):
        return _text(value, place)
    if isinstance(value, int):
        if abs(value) >= _TOO_LARGE:
            raise NoJSON(f"{_at(place)} is an integer of more than {MAX_DIGITS:,} digits")
        return int(value)
    if not math.isfinite(value):
        raise NoJSON(f"{_at(place)} is {float(value)!r}, which is no number of JSON")
    return float(value)


def _text(value: str, place: str) -> str:
    plain = str.__str__(value)
    if well_formed(plain) is not plain and well_formed(plain) != plain:
        raise NoJSON(f"{_at(place)} is a text with a lone surrogate, which is no character")
    return plain


def _key(key: object, place: str) -> str:
    if not isinstance(key, str):
        raise NoJSON(f"{_at(place)} has the key {_named(key)}, which is no string")
    return _text(key, place)


def _at(place: str) -> str:
    return printable(place, _SHOWN_PLACE) if place else "it"


def _named(value: object) -> str:
    """Return the type of a foreign value, and the value where it can be shown."""
    kind = type(value).__name__
    try:
        return f"{shown(value, _SHOWN)} ({kind})"
    except Exception:
        return f"an object of the type {kind}"
