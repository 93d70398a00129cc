"""Overlaps: schemas of which whatever satisfies one satisfies another too, as far as is seen."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hypothesis.errors import InvalidArgument, Unsatisfiable
from hypothesis.strategies import SearchStrategy

from pytest_asyncapi_sse.schema.examples import built
from pytest_asyncapi_sse.schema.places import Place
from pytest_asyncapi_sse.schema.samples import samples
from pytest_asyncapi_sse.schema.sources import Root
from pytest_asyncapi_sse.schema.strategies import Builder
from pytest_asyncapi_sse.schema.validation import acceptance

_BUILT = 12
_TRIES = 60
_DRAWN = 20
_ROOM = 4
MOST_CONTAINED = 12


def _as_it_is(value: Any) -> Any:
    return value


class Specimens:
    """Hold payloads of one schema: a few that are built, and more that are drawn when asked for.

    `write` gives what others judge of a payload, and `fits` judges what others give.
    """

    def __init__(
        self,
        builder: Builder,
        place: Place,
        accepts: Callable[[Any], bool],
        *,
        write: Callable[[Any], Any] = _as_it_is,
        fits: Callable[[Any], bool] | None = None,
    ) -> None:
        self.fits = fits or accepts
        self._accepts = accepts
        self._write = write
        self._builder = builder
        self._place = place
        self._depth = builder.fitting.depth(place)
        self._drawn: list[Any] | None = None
        self.built = self._build()

    @classmethod
    def of(
        cls, root: Root, *, write: Callable[[Any], Any], fits: Callable[[Any], bool]
    ) -> Specimens:
        """Return those of a whole schema; raises DocumentError where it can't be used."""
        builder = Builder(root)
        return cls(builder, builder.root(), acceptance(root), write=write, fits=fits)

    @classmethod
    def of_branch(cls, builder: Builder, branch: Any) -> Specimens:
        """Return those of a schema inside of the builder's."""
        place = builder.fitting.places.place([builder.fitting.places.made(branch)])
        engine = builder.fitting.engine
        return cls(builder, place, lambda value: engine.accepts(branch, value))

    @property
    def count(self) -> int:
        """How many payloads there are."""
        return len(self.built) + len(self.drawn())

    def lie_within(self, other: Specimens) -> bool:
        """Whether all payloads of this schema that are looked at satisfy the other one too."""
        if not self.built or not all(map(other.fits, self.built)):
            return False
        return all(map(other.fits, self.drawn()))

    def drawn(self) -> list[Any]:
        """Return the drawn ones, the same ones each time."""
        if self._drawn is None and self._depth is not None:
            strategy = self._builder.whole(self._place, self._depth + _ROOM)
            self._drawn = [self._write(value) for value in _drawn(strategy.filter(self._accepts))]
        return self._drawn or []

    def _build(self) -> list[Any]:
        if self._depth is None:
            return []
        found = built(self._builder.fitting, self._place, self._depth + 1)
        valid = (value for value in itertools.islice(found, _TRIES) if self._accepts(value))
        return [self._write(value) for value in itertools.islice(valid, _BUILT)]


def _drawn(strategy: SearchStrategy[Any]) -> list[Any]:
    try:
        return samples(strategy, _DRAWN)
    except (Unsatisfiable, InvalidArgument):
        # What was built is there to judge by.
        return []


def contained(specimens: Sequence[Specimens]) -> Iterator[tuple[int, int]]:
    """Yield, for each that lies within another one, both their indices; the first ones of many."""
    return itertools.islice(_contained(specimens), MOST_CONTAINED)


def _contained(specimens: Sequence[Specimens]) -> Iterator[tuple[int, int]]:
    for inner, one in enumerate(specimens):
        for outer, other in enumerate(specimens):
            if inner != outer and one.lie_within(other):
                yield inner, outer
                break
