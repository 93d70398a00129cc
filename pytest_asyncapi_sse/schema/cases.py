"""Cases: ways of making the choices of a place, in which each option is taken as far as it can be.

They are as many as the options, not as their combinations: what is taken least so far is next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pytest_asyncapi_sse.errors import shown
from pytest_asyncapi_sse.schema.bounds import DEEPEST
from pytest_asyncapi_sse.schema.choices import Choice
from pytest_asyncapi_sse.schema.engine import Engine
from pytest_asyncapi_sse.schema.fitting import Fitting
from pytest_asyncapi_sse.schema.places import Place

MOST_CASES = 100
_MOST_WALKS = 300
_UNNAMED = frozenset({"not"})
_BRANCHED = frozenset({"anyOf", "oneOf"})


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Taken:
    """Name one option of a choice; `place` is what it left of the place where it was met."""

    choice: Choice
    index: int
    place: Place

    @property
    def key(self) -> tuple[int, int]:
        """What tells this option from others."""
        return id(self.choice), self.index

    @property
    def label(self) -> str:
        """The option in words, empty for one that the schema does not name."""
        keyword = self.choice.keyword
        if keyword in _UNNAMED:
            return ""
        if keyword in _BRANCHED:
            options = self.choice.options[self.index]
            named = keyword == "oneOf" or len(options) == 1
            return f"branch {self.index + 1} of {keyword}" if named else ""
        if keyword == "if":
            return ("then of if", "else of if")[self.index]
        name = shown(self._name, 40)
        return f"{name} absent" if not self.index else f"what {keyword} asks for with {name}"

    def is_met(self, engine: Engine, value: Any) -> bool:
        """Say whether a value takes the option, by the validator."""
        options = self.choice.options
        if self.choice.keyword == "if":
            return engine.accepts(options[0][0].node, value) is (self.index == 0)
        if self.choice.keyword in _BRANCHED:
            return engine.accepts(options[self.index][0].node, value)
        if self.choice.keyword in _UNNAMED:
            return True
        return (isinstance(value, dict) and self._name in value) is (self.index == 1)

    @property
    def _name(self) -> str:
        return str(next(iter(self.choice.options[0][0].node["properties"])))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Cases:
    """Hold the ways that were found, and the options that are in none of them."""

    found: tuple[tuple[Place, tuple[Taken, ...]], ...]
    untaken: tuple[Taken, ...]


def cases(fitting: Fitting, place: Place) -> Cases:
    """Return ways of making the choices of a place; each leaves one without choices."""
    walk = _Walk(fitting)
    if fitting.fits(place, DEEPEST):
        walk.run(place)
    return Cases(tuple(walk.found.values()), tuple(walk.untaken()))


class _Walk:
    """Make the choices again and again, until nothing new comes of it."""

    def __init__(self, fitting: Fitting) -> None:
        self.fitting = fitting
        self.uses: Counter[tuple[int, int]] = Counter()
        self.found: dict[int, tuple[Place, tuple[Taken, ...]]] = {}
        self._met: dict[int, Place] = {}
        self._widest = 0

    def untaken(self) -> Iterator[Taken]:
        """Yield the options that were met and are in no case."""
        for place in self._met.values():
            for index in range(len(place.choices[0].options)):
                if not self.uses[id(place.choices[0]), index]:
                    yield self._option(place, index)

    def run(self, place: Place) -> None:
        idle = 0
        for _ in range(_MOST_WALKS):
            known = len(self.uses)
            self._walk(place)
            idle = idle + 1 if len(self.uses) == known else 0
            if idle > self._widest or len(self.found) >= MOST_CASES:
                return

    def _walk(self, place: Place) -> None:
        taken: list[Taken] = []
        while place.choices:
            option = self._next(place)
            if option is None:
                return
            taken.append(option)
            place = option.place
        self.uses.update(option.key for option in taken)
        self.found.setdefault(id(place), (place, tuple(taken)))

    def _next(self, place: Place) -> Taken | None:
        choice = place.choices[0]
        indices = range(len(choice.options))
        self._met.setdefault(id(choice), place)
        self._widest = max(self._widest, len(indices))
        tried = sorted(indices, key=lambda index: self.uses[id(choice), index])
        for index in indices if choice.is_ordered else tried:
            option = self._option(place, index)
            if self.fitting.fits(option.place, DEEPEST):
                return option
        return None

    def _option(self, place: Place, index: int) -> Taken:
        return Taken(place.choices[0], index, self.fitting.places.narrowed(place, index))
