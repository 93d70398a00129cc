"""The property of a channel's payloads: what is drawn, what is shrunk, and how it is seen again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.database import InMemoryExampleDatabase

from pytest_asyncapi_sse.contract.property import Case, PayloadProperty
from pytest_asyncapi_sse.errors import Violation
from pytest_asyncapi_sse.model import Channel, Message, PayloadSchema

CHANNEL = Channel("c", "c", streamed=(Message("m", schema=PayloadSchema({"type": "integer"})),))


@pytest.fixture(autouse=True)
def remembering() -> Iterator[None]:
    """Have a database of the test's own, and 50 examples."""
    before = settings.get_current_profile_name()
    settings.register_profile("remembering", max_examples=50, database=InMemoryExampleDatabase())
    settings.load_profile("remembering")
    yield
    settings.load_profile(before)


def large(case: Case) -> Violation | None:
    return Violation(code="large", summary="") if case.payload > 500 else None


def outcome(seed: int, *, item: str = "item", narrow=None, judge=large):
    """Return what a run draws, what it finds, and the command that shows it again."""
    cases = PayloadProperty(CHANNEL, item, seed, again="pytest item", narrow=narrow)
    drawn = cases.draw()
    known = {case.key: judge(case) for case in drawn}
    found = cases.shrink(known, judge) if any(known.values()) else []
    return [case.payload for case in drawn], [case.payload for case, _ in found], cases.command


def only(*values: int):
    return lambda channel, message, strategy: st.sampled_from(values)


def test_the_same_seed_draws_and_finds_the_same() -> None:
    first, second = outcome(1, item="one"), outcome(1, item="two")
    assert first == second
    assert first[1:] == ([501], "pytest item --hypothesis-seed=1")
    assert outcome(2, item="three")[0] != first[0]


def test_what_failed_before_comes_first_whatever_the_seed() -> None:
    outcome(1)
    drawn, found, command = outcome(2)
    assert drawn[0] == 501
    assert (found, command) == ([501], "pytest item --hypothesis-seed=2")


def test_what_only_the_database_has_is_seen_again_without_a_seed() -> None:
    outcome(1, narrow=only(1, 2, 501))
    settings.register_profile("one", settings(), max_examples=1)
    settings.load_profile("one")
    for seed in (2, 3):
        drawn, found, command = outcome(seed, narrow=only(1, 2, 501))
        assert drawn[0] == 501
        assert (found, command) == ([501], "pytest item")


def test_items_do_not_share_what_failed() -> None:
    outcome(1, item="one")
    assert outcome(2, item="two")[0][0] != 501


def test_a_failure_that_is_not_met_again_is_kept_as_it_was_drawn() -> None:
    met: list[int] = []

    def flaky(case: Case) -> Violation | None:
        met.append(case.payload)
        return Violation(code="flaky", summary="") if len(met) == 3 else None

    numbers = iter(range(10_000))
    narrow = lambda channel, message, own: own.map(lambda _: next(numbers))  # noqa: E731
    drawn, found, _ = outcome(1, narrow=narrow, judge=flaky)
    assert found == [drawn[2]]
