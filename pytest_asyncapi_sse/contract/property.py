"""Property tests in two passes: draw under a seed without the network, shrink only on failure."""

from __future__ import annotations

import random
import time
import unittest
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.database import ExampleDatabase
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy, just, one_of, tuples

from pytest_asyncapi_sse.checks.events import data_of
from pytest_asyncapi_sse.errors import Violation
from pytest_asyncapi_sse.model import Channel, Message
from pytest_asyncapi_sse.schema import boundary_payloads, canonical
from pytest_asyncapi_sse.schema.narrowing import Drawable, Narrow, drawable, plainly

_SHRINK_SECONDS = 30.0


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """Hold one generated payload and the message that it belongs to.

    `edges` names the bounds of the schema at which a boundary payload stands.
    """

    message: Message
    payload: Any
    edges: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """What tells this case from others."""
        return self.message.name, canonical(self.payload)

    @property
    def data(self) -> str:
        """The text of `data` of an event that carries it."""
        return data_of(self.message, self.payload)


class _Found(Exception):
    """Carry one violation through Hypothesis; a subclass for each code keeps codes apart."""

    def __init__(self, case: Case, violation: Violation) -> None:
        self.case = case
        self.violation = violation


class ItemDatabase(ExampleDatabase):
    """Keep the examples of one test item apart from those of items that share its function.

    What is `frozen` is read only: a pass that judges nothing would forget what failed before.
    """

    def __init__(self, database: ExampleDatabase, prefix: str, *, frozen: bool = False) -> None:
        super().__init__()
        self._database = database
        self._prefix = prefix.encode()
        self._frozen = frozen

    def fetch(self, key: bytes) -> Iterator[bytes]:
        """Yield the saved examples."""
        yield from self._database.fetch(self._prefix + key)

    def save(self, key: bytes, value: bytes) -> None:
        """Save an example."""
        if not self._frozen:
            self._database.save(self._prefix + key, value)

    def delete(self, key: bytes, value: bytes) -> None:
        """Forget an example."""
        if not self._frozen:
            self._database.delete(self._prefix + key, value)


_Cases = dict[tuple[str, str], Case]


@dataclass(slots=True)
class PayloadProperty:
    """Draw the payloads of a channel, and shrink one that fails.

    The user's Hypothesis profile decides examples, seed and database; the deadline is off and
    explaining is left out, since each step meets the network. Both passes draw the same cases,
    from what `narrow` makes of each message's own strategy.
    """

    channel: Channel
    item: str
    seed_value: int
    again: str = ""
    narrow: Narrow | None = None
    shrink_seconds: float = _SHRINK_SECONDS
    _judge: Callable[[Case], Violation | None] = field(init=False, repr=False)
    _sources: list[Drawable] = field(init=False, repr=False, default_factory=list)
    _drawn: _Cases = field(init=False, repr=False, default_factory=dict)
    _generated: _Cases = field(init=False, repr=False, default_factory=dict)
    _replays: bool = field(init=False, repr=False, default=False)

    @property
    def command(self) -> str:
        """The command that shows again what was shrunk: by the seed, else by the database."""
        return self.again if self._replays else f"{self.again} --hypothesis-seed={self.seed_value}"

    def draw(self) -> list[Case]:
        """Return the distinct cases of a run: those that failed before, then those of the seed."""
        with plainly():
            saved = self._collected(Phase.reuse)
            self._generated = self._collected(Phase.generate)
        self._drawn = saved | self._generated
        return list(self._drawn.values())

    def boundary(self) -> list[Case]:
        """Return the boundary payloads of each message that are not drawn.

        A message whose payloads the user narrows has none: which of them are left is not known.
        """
        sources = [source for source in self._drawables() if not source.is_narrowed]
        found = (
            Case(source.message, one.value, one.obligations)
            for source in sources
            for one in boundary_payloads(source.message)
        )
        sentinel = self.channel.rules.sentinel
        return [
            case
            for case in found
            if case.key not in self._drawn and _can_be_carried(case) and case.data != sentinel
        ]

    def _collected(self, phase: Phase) -> _Cases:
        found: _Cases = {}

        def keep(case: Case) -> None:
            found.setdefault(case.key, case)

        self._judge = keep
        self._run(phase)
        return found

    def shrink(
        self,
        known: dict[tuple[str, str], Violation | None],
        judge: Callable[[Case], Violation | None],
    ) -> list[tuple[Case, Violation]]:
        """Return the smallest failing case of each code.

        `known` holds the verdicts of the first pass; only cases that are not in it are judged,
        for `shrink_seconds` at most. A failing case that is not met again comes as it was drawn.
        """
        verdicts = dict(known)
        give_up = time.monotonic() + self.shrink_seconds

        def remembered(case: Case) -> Violation | None:
            if case.key not in verdicts:
                verdicts[case.key] = judge(case) if time.monotonic() < give_up else None
            return verdicts[case.key]

        self._judge = remembered
        failed = {key for key, violation in known.items() if violation is not None}
        self._replays = failed.isdisjoint(self._generated)
        return self._smallest() or self._as_drawn(known)

    def _smallest(self) -> list[tuple[Case, Violation]]:
        try:
            self._run(Phase.reuse if self._replays else Phase.generate, Phase.shrink)
        except _Found as found:
            return [(found.case, found.violation)]
        except BaseExceptionGroup as group:
            return [(e.case, e.violation) for e in group.exceptions if isinstance(e, _Found)]
        return []

    def _as_drawn(
        self, known: dict[tuple[str, str], Violation | None]
    ) -> list[tuple[Case, Violation]]:
        failed = [(self._drawn[key], found) for key, found in known.items() if found is not None]
        return sorted(failed, key=lambda pair: pair[1].severity != "error")[:1]

    def _run(self, *phases: Phase) -> None:
        profile = settings()
        inner = settings(
            profile,
            deadline=None,
            phases=[phase for phase in phases if phase in profile.phases],
            database=profile.database
            and ItemDatabase(profile.database, self.item, frozen=Phase.shrink not in phases),
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        )

        def examine(case: Case) -> None:
            violation = self._judge(case)
            if violation is not None:
                raise _found_class(violation.code)(case, violation)

        try:
            # A seed takes the database away: the settings go over it.
            inner(seed(self.seed_value)(given(self._cases())(examine)))()
        except Unsatisfiable:
            if Phase.generate in phases:
                raise self._sources[0].barren() from None
        except unittest.SkipTest:
            # So says Hypothesis where nothing was saved.
            if Phase.generate in phases:
                raise

    def _cases(self) -> SearchStrategy[Case]:
        return one_of(
            [
                tuples(just(source.message), source.strategy).map(lambda pair: Case(*pair))
                for source in self._drawables()
            ]
        )

    def _drawables(self) -> list[Drawable]:
        if not self._sources:
            messages = self.channel.generated
            self._sources = [drawable(self.channel, found, self.narrow) for found in messages]
        return self._sources


def _can_be_carried(case: Case) -> bool:
    """Whether an event carries the payload: as text of its own, it loses a carriage return."""
    is_text = case.message.is_text and isinstance(case.payload, str)
    return not (is_text and "\r" in case.payload)


_FOUND: dict[str, type[_Found]] = {}


def _found_class(code: str) -> type[_Found]:
    return _FOUND.setdefault(code, type("Found", (_Found,), {}))


def seed_for(option: str | int | None) -> int:
    """Return the seed of a run: that of `--hypothesis-seed`, else by the profile, else any."""
    if option is not None and str(option).lstrip("-").isdigit():
        return int(option)
    return 0 if settings().derandomize else random.getrandbits(32)
