"""Invalid payloads: valid ones with a single fault, at a place and of a kind that are named."""

from __future__ import annotations

import copy
import difflib
import functools
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from pytest_asyncapi_sse.errors import ConfigurationError, DocumentError
from pytest_asyncapi_sse.model import Channel, Message, PayloadSchema
from pytest_asyncapi_sse.schema.custom_formats import depends_on_formats
from pytest_asyncapi_sse.schema.sites import Path
from pytest_asyncapi_sse.schema.sources import Source, drawable_roots
from pytest_asyncapi_sse.schema.strategies import root_payloads
from pytest_asyncapi_sse.schema.targets import Judging, Sought, Target, broken, targets
from pytest_asyncapi_sse.schema.validation import validator

_TURNS = 2**10
_MOST_OTHERS = 20
# Of the payloads that are broken one in so many is drawn, which takes most of the time.
_ONE_IN = 8


@dataclass(frozen=True, slots=True)
class Invalid:
    """Hold an invalid payload, where it was broken (a JSON pointer) and the keyword broken.

    What is missing or too much is broken at the object or array that lacks it or has it.
    """

    value: Any
    pointer: str
    keyword: str


def invalid_payloads(
    source: Source, *, target: tuple[str, str] | None = None
) -> st.SearchStrategy[Invalid]:
    """Draw payloads that every schema of a source rejects, each broken at one named place.

    Each is a valid payload with one place changed, and others with it only where branches that
    overlap accept a single change. `target` is one of `invalid_targets`, all of them by default:
    the smallest payload of each comes once, in any order, before and among others, so that twice as
    many examples as there are targets show all of them. It shrinks to the smallest ones. The
    strategy is empty where the schema accepts everything. Raises ConfigurationError, on drawing,
    for an unknown target.
    """
    validator(source)

    def drawn() -> st.SearchStrategy[Invalid]:
        known = _targets(source)
        found = [one for one in known if target in (None, one.name)]
        if target is not None and not found:
            raise _unknown(target, [one.name for one in known])
        return _drawn(_Drawing(source, found)) if found else st.nothing()

    return st.deferred(drawn)


def _unknown(target: object, known: list[tuple[str, str]]) -> ConfigurationError:
    near = difflib.get_close_matches(str(target), map(str, known), n=3, cutoff=0.0)
    hint = f" Among them: {', '.join(near)}." if near else " It has none."
    return ConfigurationError(f"{target!r} is no target of this source.{hint}")


def invalid_examples(source: Source) -> list[Invalid]:
    """Return the smallest invalid payload of each target, always the same ones.

    Where it can be, the named keyword is all that fails in it.
    """
    return [Invalid(copy.deepcopy(found.values[0]), *found.name) for found in _targets(source)]


def invalid_targets(source: Source) -> tuple[tuple[str, str], ...]:
    """Return the (JSON pointer, keyword) pairs that can be broken, always in the same order."""
    return tuple(found.name for found in _targets(source))


def _targets(source: Source) -> tuple[Target, ...]:
    """Find the targets; those of model values are kept, since those are frozen."""
    if isinstance(source, Channel | Message | PayloadSchema):
        return _kept(source)
    return _found(source)


@depends_on_formats
@functools.lru_cache(maxsize=64)
def _kept(source: Channel | Message | PayloadSchema) -> tuple[Target, ...]:
    return _found(source)


def _found(source: Source) -> tuple[Target, ...]:
    return tuple(targets(drawable_roots(source), validator(source).is_valid))


class _Drawing:
    """Hold the targets of a source, and the strategies of the valid payloads to break."""

    def __init__(self, source: Source, found: list[Target]) -> None:
        self.targets = found
        self.others = [(one, value) for one in found for value in one.values[1:]][:_MOST_OTHERS]
        self.judging = Judging(validator(source).is_valid)
        self._bases: dict[tuple[int, Path], st.SearchStrategy[Any] | None] = {}

    def base(self, sought: Sought) -> st.SearchStrategy[Any] | None:
        """Return what draws payloads that have the site of a target, None where nothing does."""
        key = (id(sought.makers), sought.site.path)
        if key not in self._bases:
            self._bases[key] = self._base(sought)
        return self._bases[key]

    def _base(self, sought: Sought) -> st.SearchStrategy[Any] | None:
        path, survey = sought.site.path, sought.makers.survey
        extra = [survey.steering(path, {})] if path else []
        try:
            return root_payloads(survey.root, *extra)
        except DocumentError:
            return None


@st.composite
def _drawn(draw: st.DrawFn, drawing: _Drawing) -> Invalid:
    # Nothing is drawn after the number of a small payload. Hypothesis does not come back to what
    # it has drawn, so that each comes once and the larger ones later; and it shrinks to the first.
    found, others = drawing.targets, drawing.others
    index = draw(st.integers(0, len(found)))
    if index < len(found):
        return _invalid(found[index], found[index].values[0])
    index = draw(st.integers(0, len(others)))
    if index < len(others):
        return _invalid(*others[index])
    target = found[draw(st.integers(0, len(found) - 1))]
    return _invalid(target, _larger(draw, drawing, target))


def _larger(draw: st.DrawFn, drawing: _Drawing, target: Target) -> Any:
    """Break a payload that is drawn, or the smallest one; what was found before where it fails."""
    sought = target.sought[draw(st.integers(0, len(target.sought) - 1))]
    is_drawn = draw(st.integers(1, _ONE_IN)) == _ONE_IN
    strategy = drawing.base(sought) if is_drawn else None
    bases = sought.smallest() if strategy is None else [draw(strategy)]
    start = draw(st.integers(0, _TURNS))
    if strategy is None and not start:
        return target.values[0]
    for base in bases:
        made = broken(sought, base, drawing.judging, least=target.share, start=start)
        if made is not None:
            return made[0]
    return target.values[0]


def _invalid(target: Target, value: Any) -> Invalid:
    return Invalid(copy.deepcopy(value), *target.name)
