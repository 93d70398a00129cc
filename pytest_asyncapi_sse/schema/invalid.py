"""Invalid payloads: valid ones with a single fault, at a place and of a kind that are named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from pytest_asyncapi_sse.schema.bounds import DEEPEST
from pytest_asyncapi_sse.schema.faults import breakable, faults
from pytest_asyncapi_sse.schema.sites import Path, Site, Survey, at, is_at, replaced
from pytest_asyncapi_sse.schema.sources import Root, Source, drawable_roots
from pytest_asyncapi_sse.schema.strategies import root_payloads
from pytest_asyncapi_sse.schema.validation import validator


@dataclass(frozen=True, slots=True)
class Invalid:
    """Hold an invalid payload, where it was broken (a JSON pointer) and the keyword broken."""

    value: Any
    pointer: str
    keyword: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Target:
    """Hold a fault that can be made, with the survey that it comes from."""

    survey: Survey
    site: Site
    keyword: str

    @property
    def name(self) -> tuple[str, str]:
        return self.site.pointer, self.keyword


def invalid_payloads(
    source: Source, *, target: tuple[str, str] | None = None
) -> st.SearchStrategy[Invalid]:
    """Draw payloads that every schema of a source rejects, each broken at one named place.

    Each is a valid payload with one place changed. `target` is one of `invalid_targets`, all of
    them by default; since chance misses some of many, walk those where each has to occur. The
    strategy is empty where the schema accepts everything.
    """
    is_valid = validator(source).is_valid

    def drawn() -> st.SearchStrategy[Invalid]:
        targets = [found for found in _targets(source) if target in (None, found.name)]
        return _drawn_from(targets, is_valid)

    return st.deferred(drawn)


def invalid_targets(source: Source) -> tuple[tuple[str, str], ...]:
    """Return the (JSON pointer, keyword) pairs that can be broken, always in the same order."""
    return tuple(dict.fromkeys(target.name for target in _targets(source)))


def _drawn_from(
    targets: list[_Target], is_valid: Callable[[Any], bool]
) -> st.SearchStrategy[Invalid]:
    if not targets:
        return st.nothing()
    bases: dict[tuple[int, Path], st.SearchStrategy[Any]] = {}
    return _broken(targets, bases, is_valid)


@st.composite
def _broken(
    draw: st.DrawFn,
    targets: list[_Target],
    bases: dict[tuple[int, Path], st.SearchStrategy[Any]],
    is_valid: Callable[[Any], bool],
) -> Invalid:
    target = targets[draw(st.integers(0, len(targets) - 1))]
    path = target.site.path
    key = (id(target.survey), path)
    if key not in bases:
        steering = target.survey.steering(path, {})
        bases[key] = root_payloads(target.survey.root, *([steering] if path else []))
    payload = draw(bases[key])
    assume(is_at(payload, path))
    broken = list(_made(target, payload, is_valid))
    assume(broken)
    value = broken[draw(st.integers(0, len(broken) - 1))]
    return Invalid(value, *target.name)


def _targets(source: Source) -> list[_Target]:
    is_valid = validator(source).is_valid
    return [target for root in drawable_roots(source) for target in _root_targets(root, is_valid)]


def _root_targets(root: Root, is_valid: Callable[[Any], bool]) -> Iterator[_Target]:
    survey = Survey(root)
    for site in survey.sites():
        payload = _held(survey, site)
        if payload is None:
            continue
        for keyword in breakable(survey.fitting, site.place):
            target = _Target(survey, site, keyword)
            if any(True for _ in _made(target, payload[0], is_valid)):
                yield target


def _held(survey: Survey, site: Site) -> tuple[Any] | None:
    """Return a payload with a value of a telling type at the site, so that faults apply."""
    values = survey.fitting.facts(site.place).values
    if values:
        return survey.holding(site, {"const": values[0]})
    types = survey.fitting.types(site.place, DEEPEST // 2)
    telling = [name for name in types if name != "null"] or types
    return survey.holding(site, {"type": telling[0]}) if telling else None


def _made(target: _Target, payload: Any, is_valid: Callable[[Any], bool]) -> Iterator[Any]:
    path = target.site.path
    for leaf in faults(target.survey.fitting, target.site.place, target.keyword, at(payload, path)):
        value = replaced(payload, path, leaf)
        is_sendable = not target.survey.root.text or isinstance(value, str)
        if is_sendable and not is_valid(value):
            yield value
