"""Two passes: all payloads on one connection, and few more requests to the smallest that fails."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Iterator

import pytest
from hypothesis import settings
from reference_client import listen

from pytest_asyncapi_sse import Channel, load
from pytest_asyncapi_sse.checks.conversation import Conversation, Heard
from pytest_asyncapi_sse.checks.delivery import Got, compare
from pytest_asyncapi_sse.contract import delivering
from pytest_asyncapi_sse.contract.client import delivers_every_event
from pytest_asyncapi_sse.contract.property import PayloadProperty
from pytest_asyncapi_sse.contract.scenario import Outcome, sent_of
from pytest_asyncapi_sse.contract.targets import ClientUnderTest, Reach
from pytest_asyncapi_sse.contract.verdict import Record
from pytest_asyncapi_sse.driver.thread import ThreadDriver
from pytest_asyncapi_sse.errors import ContractViolation

PAYLOADS = 200
SEEDS = 20
MOST_MORE = 60
SIGNUP = {
    "type": "object",
    "properties": {"displayName": {"type": "string"}, "age": {"type": "integer"}},
}
DOCUMENT = {
    "asyncapi": "3.0.0",
    "info": {"title": "Account", "version": "1"},
    "channels": {"signups": {"address": "/signups", "messages": {"told": {"payload": SIGNUP}}}},
}
Delivers = Callable[[object], bool]


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Channel:
    path = tmp_path_factory.mktemp("passes") / "spec.json"
    path.write_text(json.dumps(DOCUMENT))
    return load(path).streams["signups"]


@pytest.fixture(autouse=True)
def profiles() -> Iterator[None]:
    """Have 200 examples or a few, and no database: each seed begins anew."""
    before = settings.get_current_profile_name()
    settings.register_profile("many", max_examples=PAYLOADS, database=None)
    settings.register_profile("few", max_examples=PAYLOADS // 4, database=None)
    settings.load_profile("many")
    yield
    settings.load_profile(before)


@pytest.fixture
def run(channel, monkeypatch):
    """Return a function that runs the item, with the payloads of each connection that it makes.

    A client that is only `imagined` delivers the same without a connection.
    """
    played: list[int] = []
    real = delivering.run_scenario

    def delivers(seed: int, is_delivered: Delivers, *, imagined: bool = False):
        played.clear()

        def counting(channel, client, cases, sentinel):
            played.append(len(cases))
            if not imagined:
                return real(channel, client, cases, sentinel)
            sent = [sent_of(channel, case) for case in cases]
            got = [Got(one.payload, one.data) for one in sent if is_delivered(one.payload)]
            heard = tuple(Heard(item, 0.0) for item in got)
            return Outcome(tuple(compare(sent, got)), Conversation("", (), heard))

        def client(url: str):
            return (event for event in listen(url) if is_delivered(event))

        monkeypatch.setattr(delivering, "run_scenario", counting)
        under_test = ClientUnderTest(ThreadDriver(client), "yours", Reach(timeout=5.0))
        drawing = PayloadProperty(channel, f"item {seed}", seed)
        try:
            delivers_every_event(channel, under_test, drawing, Record(lambda *_: None))
        except ContractViolation as violation:
            return list(played), violation
        return list(played), None

    return delivers


def test_what_arrives_takes_one_connection(run):
    played, violation = run(1, lambda event: True)
    assert violation is None
    assert len(played) == 1
    assert played[0] > PAYLOADS / 2, "distinct ones of 200, and those at the edges"


def is_young(event: object) -> bool:
    """Whether the client delivers an event: it loses those of people above a thousand years."""
    return not (isinstance(event, dict) and event.get("age", 0) > 1000)


def test_what_is_lost_is_minimal_within_few_more_requests(run):
    more = []
    for seed in range(SEEDS):
        played, violation = run(seed, is_young, imagined=seed > 0)
        [found] = violation.violations
        assert found.code == "event-lost"
        assert dict(found.evidence)["payload"] == '{"age":1001}'
        more.append(len(played) - 1)
        settings.load_profile("few")  # how many were drawn decides nothing of what follows
    print(f"further requests over {SEEDS} seeds: median {statistics.median(more)}, {sorted(more)}")
    assert statistics.median(more) <= MOST_MORE
