"""Property tests in two passes: draw under a seed without the network, shrink only on failure."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.database import ExampleDatabase
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy, just, one_of, tuples

from pytest_asyncapi_sse.errors import Violation
from pytest_asyncapi_sse.model import Channel, Message
from pytest_asyncapi_sse.schema import canonical, payloads
from pytest_asyncapi_sse.schema.strategies import never_drawn

_SHRINK_SECONDS = 30.0


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """Hold one generated payload and the message that it belongs to."""

    message: Message
    payload: Any

    @property
    def key(self) -> tuple[str, str]:
        """What tells this case from others."""
        return self.message.name, canonical(self.payload)


class _Found(Exception):
    """Carry one violation through Hypothesis; a subclass for each code keeps codes apart."""

    def __init__(self, case: Case, violation: Violation) -> None:
        self.case = case
        self.violation = violation


class ItemDatabase(ExampleDatabase):
    """Keep the examples of one test item apart from those of items that share its function."""

    def __init__(self, database: ExampleDatabase, prefix: str) -> None:
        super().__init__()
        self._database = database
        self._prefix = prefix.encode()

    def fetch(self, key: bytes) -> Iterator[bytes]:
        """Yield the saved examples."""
        yield from self._database.fetch(self._prefix + key)

    def save(self, key: bytes, value: bytes) -> None:
        """Save an example."""
        self._database.save(self._prefix + key, value)

    def delete(self, key: bytes, value: bytes) -> None:
        """Forget an example."""
        self._database.delete(self._prefix + key, value)


@dataclass(slots=True)
class PayloadProperty:
    """Draw the payloads of a channel, and shrink one that fails.

    The user's Hypothesis profile decides examples, seed and database; the deadline is off and
    explaining is left out, since each step meets the network. Both passes draw the same cases.
    """

    channel: Channel
    item: str
    seed_value: int
    again: str = ""
    shrink_seconds: float = _SHRINK_SECONDS
    _judge: Callable[[Case], Violation | None] = field(init=False, repr=False)

    def draw(self) -> list[Case]:
        """Return the distinct cases of a run, in the order in which they are drawn."""
        drawn: dict[tuple[str, str], Case] = {}

        def keep(case: Case) -> None:
            drawn.setdefault(case.key, case)

        self._judge = keep
        self._run((Phase.reuse, Phase.generate))
        return list(drawn.values())

    def shrink(
        self,
        known: dict[tuple[str, str], Violation | None],
        judge: Callable[[Case], Violation | None],
    ) -> list[tuple[Case, Violation]]:
        """Return the smallest failing case of each code.

        `known` holds the verdicts of the first pass; only cases that are not in it are judged,
        for `shrink_seconds` at most.
        """
        verdicts = dict(known)
        give_up = time.monotonic() + self.shrink_seconds

        def remembered(case: Case) -> Violation | None:
            if case.key not in verdicts:
                verdicts[case.key] = judge(case) if time.monotonic() < give_up else None
            return verdicts[case.key]

        self._judge = remembered
        try:
            self._run((Phase.reuse, Phase.generate, Phase.shrink))
        except _Found as found:
            return [(found.case, found.violation)]
        except BaseExceptionGroup as group:
            return [(e.case, e.violation) for e in group.exceptions if isinstance(e, _Found)]
        return []

    def _run(self, phases: tuple[Phase, ...]) -> None:
        profile = settings()
        inner = settings(
            profile,
            deadline=None,
            phases=[phase for phase in phases if phase in profile.phases],
            database=profile.database and ItemDatabase(profile.database, self.item),
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        )

        def examine(case: Case) -> None:
            violation = self._judge(case)
            if violation is not None:
                raise _found_class(violation.code)(case, violation)

        try:
            seed(self.seed_value)(inner(given(_cases(self.channel))(examine)))()
        except Unsatisfiable:
            raise never_drawn(self.channel) from None


def _cases(channel: Channel) -> SearchStrategy[Case]:
    return one_of(
        [
            tuples(just(message), payloads(message)).map(lambda pair: Case(*pair))
            for message in channel.generated
        ]
    )


_FOUND: dict[str, type[_Found]] = {}


def _found_class(code: str) -> type[_Found]:
    return _FOUND.setdefault(code, type("Found", (_Found,), {}))


def seed_for(option: str | int | None) -> int:
    """Return the seed of a run: that of `--hypothesis-seed`, else by the profile, else any."""
    if option is not None and str(option).lstrip("-").isdigit():
        return int(option)
    return 0 if settings().derandomize else random.getrandbits(32)
