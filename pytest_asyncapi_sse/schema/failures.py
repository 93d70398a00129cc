"""Failures: which keywords reject a value, and where in it, as jsonschema-rs reports them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from pytest_asyncapi_sse.model import escape, unescape
from pytest_asyncapi_sse.schema.bounds import Steps
from pytest_asyncapi_sse.schema.engine import Engine

_FALSE = "falseSchema"
_COUNTED = frozenset({"contains", "maxContains", "minContains"})
_NAMED = frozenset({"dependencies", "dependentSchemas", "patternProperties", "properties"})
_REFERENCES = frozenset({"$dynamicRef", "$recursiveRef", "$ref"})
_NOWHERE: Any = object()
# Where schemas refer to each other again and again, one fault is reported once for each way.
_MOST_READ = 20_000


class Share(IntEnum):
    """Say what part a keyword at a place has in the rejection of a value."""

    NONE = 0
    SOME = 1
    ALL = 2


@dataclass(frozen=True, slots=True)
class Failure:
    """Hold one keyword that fails: `branches` are the failures of each branch of a choice."""

    pointer: str
    keyword: str
    branches: tuple[tuple[Failure, ...], ...] = ()


_OTHERS = Failure("", "")


def failures(engine: Engine, value: Any) -> tuple[Failure, ...]:
    """Return what fails when the whole schema judges a value, empty where nothing does.

    What `required` or a closing keyword such as `additionalProperties` rejects is at the object
    or array that has the keyword. A `false` is named by the keyword that it stands under. Of very
    many failures the first ones are read; one without a keyword stands for the others.
    """
    try:
        errors = engine.rules.iter_errors(value)
        return _read(engine, value, errors, Steps(_MOST_READ))
    except ValueError:
        return ()


def counted(found: Iterable[Failure]) -> int:
    """Return how many failures there are, those of branches among them."""
    return sum(1 + sum(map(counted, one.branches)) for one in found)


def share(found: Sequence[Failure], pointer: str, keyword: str) -> Share:
    """Say what part a keyword at a pointer has in some failures.

    It is all where the keyword is what fails, or each choice that fails has a branch in which
    nothing else does: that branch is the one that was meant.
    """
    pointer = _as_reported(unescape(token) for token in pointer.split("/")[1:])
    if not _is_among(found, pointer, keyword):
        return Share.NONE
    return Share.ALL if _is_all(found, pointer, keyword) else Share.SOME


def _as_reported(tokens: Iterable[str]) -> str:
    """Write a pointer as jsonschema-rs reports names: no empty ones, and numbers as numbers."""
    plain = (str(int(token)) if token.isdecimal() else escape(token) for token in tokens if token)
    return "".join(f"/{token}" for token in plain)


def _is_among(found: Iterable[Failure], pointer: str, keyword: str) -> bool:
    return any(
        (one.pointer == pointer and one.keyword == keyword)
        or any(_is_among(branch, pointer, keyword) for branch in one.branches)
        for one in found
    )


def _is_all(found: Iterable[Failure], pointer: str, keyword: str) -> bool:
    return all(
        (one.pointer == pointer and one.keyword == keyword)
        or any(branch and _is_all(branch, pointer, keyword) for branch in one.branches)
        for one in found
    )


def _read(engine: Engine, value: Any, errors: Iterable[Any], steps: Steps) -> tuple[Failure, ...]:
    found: list[Failure] = []
    for error in errors:
        if steps.are_used_up:
            return (*found, _OTHERS)
        steps.take()
        found.append(_failure(engine, value, error, steps))
    return tuple(found)


def _failure(engine: Engine, value: Any, error: Any, steps: Steps) -> Failure:
    path, keyword = list(error.instance_path), _keyword(list(error.evaluation_path))
    if error.kind.name == _FALSE and error.evaluation_path[-1:] == ["items"]:
        path.pop()
    if keyword in _COUNTED:
        keyword = _counted(engine, value, error, keyword)
    branches = getattr(error.kind, "context", ())
    return Failure(
        pointer=_as_reported(str(token) for token in path),
        keyword=keyword,
        branches=tuple(_read(engine, value, branch, steps) for branch in branches),
    )


def _keyword(path: Sequence[str | int]) -> str:
    """Return the keyword at the end of a path of keywords, names and indices."""
    found, place = "", 0
    while place < len(path):
        word = str(path[place])
        place += 1
        if word == "propertyNames":
            return word
        if word in _NAMED or (place < len(path) and isinstance(path[place], int)):
            place += 1
        if word not in _REFERENCES or not found:
            found = word
    return found


def _counted(engine: Engine, value: Any, error: Any, keyword: str) -> str:
    """Tell `contains` from `minContains` and `maxContains`, which are reported alike."""
    node = _followed(engine.contents, list(error.schema_path)[:-1])
    items = _followed(value, error.instance_path)
    if not isinstance(node, dict) or "contains" not in node or not isinstance(items, list):
        return keyword
    count = sum(engine.accepts(node["contains"], item) for item in items)
    if "maxContains" in node and count > node["maxContains"]:
        return "maxContains"
    return "minContains" if count else "contains"


def _followed(value: Any, path: Iterable[str | int]) -> Any:
    for token in path:
        try:
            value = value[token]
        except (KeyError, IndexError, TypeError):
            return _NOWHERE
    return value
