"""Targets: the keywords that can be broken, each at its place, with the smallest value for each."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_asyncapi_sse.model import escape
from pytest_asyncapi_sse.schema.bases import Bases
from pytest_asyncapi_sse.schema.bounds import DEEPEST, Steps
from pytest_asyncapi_sse.schema.equality import canonical
from pytest_asyncapi_sse.schema.failures import Share, counted, failures, share
from pytest_asyncapi_sse.schema.faults import breakable, faults, ruled_out
from pytest_asyncapi_sse.schema.opposites import Opposites
from pytest_asyncapi_sse.schema.sites import Path, Site, Survey, at, is_at, replaced
from pytest_asyncapi_sse.schema.sources import Root
from pytest_asyncapi_sse.schema.validation import engine_of

Name = tuple[str, str]

_MOST_LEAVES = 60
_MOST_SITES = 12
_KEPT = 2
_LONG = 40
_EACH = 3
_MOST_OTHERS = 12
_TELLING = ("type", "const", "enum")
_MOST_JUDGED = 60_000
# A value has at most so many failures but where schemas refer to each other again and again.
_PLAIN = 1_000
_MOST_FAILURES = 40_000

_TEXT, _NUMBER, _ARRAY, _OBJECT = ("string",), ("integer", "fraction"), ("array",), ("object",)
# What a keyword judges: only that can be broken by a change to it.
_KINDS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("maxLength", "minLength", "pattern"), _TEXT),
    **dict.fromkeys(("exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum"), _NUMBER),
    **dict.fromkeys(("additionalItems", "contains", "items", "maxContains", "maxItems"), _ARRAY),
    **dict.fromkeys(("minContains", "minItems", "unevaluatedItems", "uniqueItems"), _ARRAY),
    **dict.fromkeys(("additionalProperties", "dependencies", "dependentRequired"), _OBJECT),
    **dict.fromkeys(("dependentSchemas", "maxProperties", "minProperties"), _OBJECT),
    **dict.fromkeys(("propertyNames", "required", "unevaluatedProperties"), _OBJECT),
    **dict.fromkeys(("anyOf", "not", "oneOf"), (*_OBJECT, *_ARRAY)),
    "format": (*_TEXT, *_NUMBER),
    "multipleOf": _NUMBER,
}


class Makers:
    """Hold what makes payloads for the sites of one schema."""

    def __init__(self, root: Root) -> None:
        self.survey = Survey(root)
        self.bases = Bases(self.survey)
        self.opposites = Opposites(engine_of(root))


class Sought:
    """Hold one keyword at one site of a survey, and look for what breaks it there.

    `below` leads on from the site to what may not be there at all.
    """

    def __init__(self, makers: Makers, site: Site, keyword: str, below: Path = ()) -> None:
        self.makers = makers
        self.site = site
        self.keyword = keyword
        self.below = below
        self._built: list[Any] | None = None

    @property
    def name(self) -> Name:
        """The JSON pointer and the keyword."""
        return self.site.pointer + "".join("/" + escape(str(one)) for one in self.below), (
            self.keyword
        )

    @property
    def types(self) -> tuple[str, ...]:
        """The types of what is best at the site before it is broken, the best first."""
        if self.below:
            return ("object",) if isinstance(self.below[0], str) else ("array",)
        found = self.makers.survey.fitting.types(self.site.place, DEEPEST)
        wanted = _KINDS.get(self.keyword, ())
        order = [*wanted, *(name for name in found if name != "null"), "null"]
        return tuple(dict.fromkeys(name for name in order if name in found))

    def smallest(self) -> list[Any]:
        """Return the smallest payload to break."""
        return self.makers.bases.of(self.site, self.types)

    def leaves(self, leaf: Any) -> list[Any]:
        """Return what to put at the site, made from what is there."""
        place, fitting = self.site.place, self.makers.survey.fitting
        if self.below:
            found = ruled_out(fitting, place, leaf)
            return [made for *name, made in found if name == [*self.below, self.keyword]]
        return faults(fitting, place, self.keyword, leaf)

    def built(self) -> list[Any]:
        """Return what to put at the site, built without regard to what is there."""
        if self._built is None:
            found = () if self.below else self.makers.opposites.of(self.site, self.keyword)
            distinct = {canonical(one): one for one in itertools.islice(found, _MOST_LEAVES)}
            self._built = list(distinct.values())
        return self._built


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Target:
    """Hold what can be broken: the smallest broken values, and the sites at which others are.

    `share` is what the keyword has in the rejection of those values; others have as much.
    """

    name: Name
    values: tuple[Any, ...]
    share: Share
    sought: tuple[Sought, ...]


class Judging:
    """Judge broken values: rejected by every schema of a source, and by the named keyword."""

    def __init__(self, is_valid: Callable[[Any], bool]) -> None:
        self._is_valid = is_valid
        self.steps = Steps(_MOST_JUDGED)
        self._failures = Steps(_MOST_FAILURES)

    @property
    def is_over(self) -> bool:
        """Whether no more values are judged."""
        return self.steps.are_used_up or self._failures.are_used_up

    @property
    def is_slow(self) -> bool:
        """Whether a value has had so many failures that few more can be judged."""
        return self._failures.taken > 0

    def share(self, sought: Sought, value: Any) -> Share:
        """Return what part the keyword that is sought has in the rejection of a value."""
        self.steps.take()
        root = sought.makers.survey.root
        if (root.text and not isinstance(value, str)) or self._is_valid(value):
            return Share.NONE
        found = failures(engine_of(root), value)
        self._failures.take(max(0, counted(found) - _PLAIN))
        return share(found, *sought.name)


def targets(roots: Iterable[Root], is_valid: Callable[[Any], bool]) -> list[Target]:
    """Return what can be broken in the schemas, always the same and in the same order."""
    judging = Judging(is_valid)
    groups: dict[Name, list[Sought]] = {}
    for root in roots:
        for sought in _sought(Makers(root)):
            group = groups.setdefault(sought.name, [])
            if len(group) < _MOST_SITES:
                group.append(sought)
    every = [group[0] for group in groups.values()]
    found = (_smallest(name, group, every, judging) for name, group in groups.items())
    return [target for target in found if target is not None]


def _sought(makers: Makers) -> Iterator[Sought]:
    fitting = makers.survey.fitting
    empty: tuple[Any, ...] = ({}, [])
    for site in makers.survey.sites(every=True):
        for keyword in breakable(fitting, site.place):
            yield Sought(makers, site, keyword)
        for leaf in empty:
            for token, keyword, _ in ruled_out(fitting, site.place, leaf):
                yield Sought(makers, site, keyword, (token,))


def _smallest(
    name: Name, group: list[Sought], every: list[Sought], judging: Judging
) -> Target | None:
    """Look for the smallest value at the first site that has one in which nothing else fails."""
    found: list[tuple[Share, int, Any]] = []
    for sought in group:
        found += _found(sought, judging)
        if _is_told(found):
            break
    if not found:
        found = _together(group[0], every, judging)
    if not found:
        return None
    found.sort(key=lambda one: (-one[0], one[1]))
    best = found[0][0]
    values: dict[str, Any] = {}
    for part, _, value in found:
        if part is best and len(values) < _KEPT:
            values.setdefault(canonical(value), value)
    return Target(name, tuple(values.values()), best, tuple(group))


def _is_told(found: list[tuple[Share, int, Any]]) -> bool:
    """Say whether there is a value in which nothing else fails."""
    return any(part is Share.ALL for part, *_ in found)


def _found(sought: Sought, judging: Judging) -> list[tuple[Share, int, Any]]:
    found: list[tuple[Share, int, Any]] = []
    for base in sought.smallest():
        leaves = [*sought.leaves(at(base, sought.site.path)), *sought.built()]
        for leaf in leaves[: 2 * _MOST_LEAVES]:
            if judging.is_over or (judging.is_slow and _is_told(found)):
                return found
            value = _changed(base, sought.site.path, leaf)
            part = judging.share(sought, value)
            if part:
                found.append((part, _size(value), value))
    return found


def _changed(value: Any, path: Path, leaf: Any) -> Any:
    """Return a payload with another value at a path, which shares all else with the first one."""
    if not path:
        return leaf
    token, *below = path
    found = copy.copy(value)
    found[token] = _changed(value[token], tuple(below), leaf)
    return found


def _together(
    sought: Sought, every: list[Sought], judging: Judging
) -> list[tuple[Share, int, Any]]:
    """Break other places too: where branches overlap, another one accepts a single fault."""
    others = [one for one in every if one.makers is sought.makers and one.keyword in _TELLING]
    for base in sought.smallest():
        leaves = [*sought.leaves(at(base, sought.site.path)), *sought.built()]
        for leaf in leaves[:_EACH]:
            value = replaced(base, sought.site.path, leaf)
            for other in others[:_MOST_OTHERS]:
                path = other.site.path
                if path == sought.site.path or not path or judging.is_over:
                    continue
                value = _also(value, path, other.leaves(None))
                part = judging.share(sought, value)
                if part:
                    return [(part, _size(value), value)]
    return []


def _also(value: Any, path: Path, leaves: list[Any]) -> Any:
    """Put the first of the leaves at a path too, where there is something to put it in."""
    *outer, token = path
    above = at(value, tuple(outer)) if is_at(value, tuple(outer)) else None
    if leaves and isinstance(above, dict):
        return replaced(value, path, leaves[0])
    if leaves and isinstance(above, list) and token == len(above):
        return replaced(value, tuple(outer), [*above, leaves[0]])
    return value


def _size(value: Any) -> int:
    """Return how many values a value holds; a long text counts for more than one."""
    if isinstance(value, dict):
        return 1 + sum(map(_size, value.values()))
    if isinstance(value, list):
        return 1 + sum(map(_size, value))
    return 1 + len(value) // _LONG if isinstance(value, str) else 1


def broken(
    sought: Sought, base: Any, judging: Judging, *, least: Share, start: int
) -> tuple[Any] | None:
    """Return a broken payload made from a valid one, in a tuple; None where none is found.

    `start` says with which of the leaves to begin.
    """
    path = sought.site.path
    if not is_at(base, path):
        return None
    leaves = [*sought.leaves(at(base, path)), *sought.built()]
    for turn in range(len(leaves)):
        value = replaced(base, path, copy.deepcopy(leaves[(start + turn) % len(leaves)]))
        if judging.share(sought, value) >= least:
            return (value,)
    return None
