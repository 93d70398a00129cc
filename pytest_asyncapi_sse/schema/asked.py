"""Asked: one thing that a boundary payload is to have, and how such a thing is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pytest_asyncapi_sse.schema.equality import canonical
from pytest_asyncapi_sse.schema.facts import type_name


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Obligation:
    """Hold one thing to try: values of which each meets it, else a schema that leads to one.

    `excluded` says why there can't be any, where that is seen at once; `is_large` that it is more
    than is generated. What is `extra` follows from no keyword of the schema. Where `is_sample`,
    others would do as well as the values, so that it proves nothing when those are refused.
    """

    label: str
    keyword: str = ""
    values: tuple[Any, ...] = ()
    leaf: Any = None
    meets: Callable[[Any], bool] = bool
    excluded: str = ""
    is_large: bool = False
    extra: bool = False
    is_sample: bool = False


def is_of(name: str) -> Callable[[Any], bool]:
    """Return what says whether a value is of a type."""
    return lambda value: type_name(value) == name


def of_values(
    label: str, keyword: str, *values: Any, extra: bool = False, is_sample: bool = False
) -> Obligation:
    """Ask for one of a few values."""
    names = frozenset(map(canonical, values))
    return Obligation(
        label,
        keyword,
        values,
        meets=lambda value: canonical(value) in names,
        extra=extra,
        is_sample=is_sample,
    )


def of_schema(
    label: str, leaf: Any, meets: Callable[[Any], bool], keyword: str, *, extra: bool = False
) -> Obligation:
    """Ask for a value that a schema leads to."""
    return Obligation(label, keyword, leaf=leaf, meets=meets, extra=extra)
