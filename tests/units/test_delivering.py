"""Delivering by a policy: what is ignored is no verdict, is not shrunk, and hides nothing."""

from __future__ import annotations

import pytest

from pytest_asyncapi_sse import load
from pytest_asyncapi_sse.checks.conversation import Conversation, Heard
from pytest_asyncapi_sse.checks.delivery import Fault, Got
from pytest_asyncapi_sse.checks.policy import Policy
from pytest_asyncapi_sse.contract.delivering import Delivering, _lost_members
from pytest_asyncapi_sse.contract.property import Case
from pytest_asyncapi_sse.contract.scenario import Outcome

FAULTS = (
    Fault("payload-altered", 0, Got("x")),
    Fault("event-duplicated", 0, Got(0)),
    Fault("event-lost", 1),
)


@pytest.fixture
def delivering_by(tmp_path, monkeypatch):
    path = tmp_path / "spec.yaml"
    path.write_text(
        "asyncapi: 3.0.0\ninfo: {title: t, version: '1'}\n"
        "channels: {a: {address: /a, x-sse: {}, messages: {m: {payload: {type: integer}}}}}\n"
    )
    channel = load(path).streams["a"]

    def play(_self, cases):
        told = Conversation("", (), (Heard(Got("x"), 0.0),))
        return Outcome(tuple(fault for fault in FAULTS if fault.index < len(cases)), told)

    monkeypatch.setattr(Delivering, "_play", play)
    cases = [Case(channel.streamed[0], payload) for payload in range(2)]
    return lambda policy: Delivering(channel, None, cases, policy)


@pytest.mark.parametrize(
    ("policy", "verdicts", "ignored"),
    [
        (Policy(), [("payload-altered", "error"), ("event-lost", "error")], []),
        (
            Policy(("a:payload-altered",)),
            [("event-duplicated", "error"), ("event-lost", "error")],
            ["payload-altered"],
        ),
        (
            Policy(("payload-altered", "event-duplicated"), {"event-lost": "advice"}),
            [None, ("event-lost", "advice")],
            ["payload-altered", "event-duplicated"],
        ),
        (
            Policy(("payload-altered", "event-duplicated", "event-lost")),
            [None, None],
            ["payload-altered", "event-duplicated", "event-lost"],
        ),
    ],
)
def test_a_verdict_is_what_the_policy_keeps(delivering_by, policy, verdicts, ignored):
    delivering = delivering_by(policy)
    _, known = delivering.run()
    told = [found and (found.code, found.severity) for found in known.values()]
    assert told == verdicts
    assert [found.code for found in delivering.ignored] == ignored


@pytest.mark.parametrize(
    ("sent", "got", "lost"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, ["/b"]),
        ({"a": {"x": 1, "y": 2}, "b": 1}, {"a": {"x": 1}}, ["/b", "/a/y"]),
        ({"a": 1, "b": 2}, {"a": 3}, []),
        ({"a": 1}, {"a": 1, "b": 2}, []),
        ({"a": 1}, {"a": 1}, []),
        ([1], [], []),
    ],
)
def test_members_that_are_left_out_are_named_where_nothing_else_differs(sent, got, lost):
    assert _lost_members(sent, got) == lost
