"""The policy: what it keeps, what it counts, and what lines of the ini file it refuses."""

from __future__ import annotations

import re

import pytest

from pytest_asyncapi_sse import load
from pytest_asyncapi_sse.checks.codes import ALL, CODES, LAST, told_in
from pytest_asyncapi_sse.checks.connection import check_connection
from pytest_asyncapi_sse.checks.policy import NO_POLICY, Policy
from pytest_asyncapi_sse.checks.server import cause_of, findings, told_by
from pytest_asyncapi_sse.contract.names import IGNORED, add_ignored, read_ignored
from pytest_asyncapi_sse.errors import Violation
from pytest_asyncapi_sse.policy_settings import policy_of
from pytest_asyncapi_sse.sse import Decoder, Ending, Head, Recording

CHANNELS = {"userSignups", "orders:created", "https://a.example/x=1"}


def found(code, *, severity="error", channel="userSignups"):
    return Violation(code=code, summary=code, severity=severity, channel=channel)


@pytest.mark.parametrize(
    ("policy", "kept", "ignored"),
    [
        (Policy(), {"a": "error", "b": "advice"}, {}),
        (Policy(("a",)), {"b": "advice"}, {"a": 1}),
        (Policy(("userSignups:a",)), {"b": "advice"}, {"userSignups:a": 1}),
        (Policy(("other:a",)), {"a": "error", "b": "advice"}, {}),
        (Policy(("a", "userSignups:a", "b")), {}, {"userSignups:a": 1, "b": 1}),
        (Policy((), {"a": "advice", "b": "error"}), {"a": "advice", "b": "error"}, {}),
        (Policy((), {"a": "error"}), {"a": "error", "b": "advice"}, {}),
        (Policy((), {"a": "error", "userSignups:a": "advice"}), {"a": "advice", "b": "advice"}, {}),
        (Policy((), {"a": "advice", "userSignups:a": "error"}), {"a": "error", "b": "advice"}, {}),
        (Policy(("a",), {"userSignups:a": "advice"}), {"b": "advice"}, {"a": 1}),
    ],
)
def test_a_policy_keeps_counts_and_sets_severities(policy, kept, ignored):
    applied = policy.apply([found("a"), found("b", severity="advice")])
    assert {item.code: item.severity for item in applied.kept} == kept
    assert applied.ignored == ignored
    assert {item.code for item in applied.errors} == {c for c, s in kept.items() if s == "error"}
    assert {item.code for item in applied.advice} == {c for c, s in kept.items() if s == "advice"}
    assert policy.apply(applied.kept).kept == applied.kept


def test_the_channel_of_a_violation_goes_before_the_one_given():
    policy = Policy(("userSignups:a",))
    unplaced = found("a", channel="")
    assert policy.apply([unplaced]).kept == (unplaced,)
    assert policy.apply([unplaced], "userSignups").ignored == {"userSignups:a": 1}
    assert policy.apply([found("a", channel="b")], "userSignups").ignored == {}


def test_every_ignored_violation_counts():
    assert Policy(("a",)).apply([found("a")] * 3).ignored == {"a": 3}


def test_a_chain_of_causes_ends_with_its_first_error():
    chain = [found(code) for code in "abc"]
    assert NO_POLICY.causes(chain) == chain[:1]
    assert Policy(("a",)).causes(chain) == chain[:2]
    assert Policy(("a",), {"b": "advice"}).causes(chain) == chain
    assert NO_POLICY.causes([]) == []


def test_only_advice_is_raised():
    items = [found("a"), found("b", severity="advice"), found("c", severity="advice")]
    assert NO_POLICY.raised(items) == ()
    assert [item.code for item in Policy((), {"b": "error"}).raised(items)] == ["b"]
    assert Policy(("b",), {}).raised(items) == ()


@pytest.fixture
def channel(tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_text(
        "asyncapi: 3.0.0\ninfo: {title: t, version: '1'}\nchannels: {userSignups: {address: /a,"
        " x-sse: {}, messages: {m: {payload: {type: object, required: [n]}}}}}\n"
    )
    return load(path).streams["userSignups"]


def recorded(text="data: {}\n\n", *, status=200, headers=(("Content-Type", "text/html"),)):
    frames = tuple(Decoder().frames(text.encode()))
    return Recording(
        method="GET",
        url="http://localhost/a",
        request_headers=(("accept-encoding", "identity"),),
        head=Head(status, (*headers, ("Cache-Control", "no-store")), seconds=0.01),
        frames=frames,
        seconds=(0.1,) * len(frames),
        pending=b"",
        body_start=text.encode(),
        size=len(text),
        ended=Ending.deadline,
        failure="",
        duration=1.0,
    )


LET_PASS = [Policy(("content-type",)), Policy((), {"userSignups:content-type": "advice"})]


@pytest.mark.parametrize("policy", LET_PASS, ids=["ignored", "advice"])
def test_events_are_judged_where_the_type_may_be_wrong(channel, policy):
    recording = recorded()
    assert cause_of("events_match_the_contract", channel, recording) == "connects"
    assert [item.code for item in findings(channel, recording)] == ["content-type"]
    assert cause_of("events_match_the_contract", channel, recording, policy) is None
    errors = [i.code for i in findings(channel, recording, policy) if i.severity == "error"]
    assert errors == ["payload-schema"]


def test_an_error_is_no_cause_of_what_it_does_not_hide(channel):
    recording = recorded(headers=(("Content-Type", "text/event-stream"), ("Content-Length", "9")))
    policy = Policy((), {"buffered": "error"})
    assert cause_of("events_match_the_contract", channel, recording, policy) is None


def test_a_fault_behind_one_that_is_ignored_is_told(channel):
    headers = (("Content-Type", "text/html"), ("Content-Encoding", "gzip"))
    recording = recorded(status=404, headers=headers)
    assert [item.code for item in check_connection(channel, recording)] == ["status"]
    policy = Policy(("status", "content-type"))
    codes = [item.code for item in told_by("connects", channel, recording, policy)]
    assert codes == ["status", "content-type", "content-encoding"]
    assert [item.code for item in findings(channel, recording, policy)] == ["content-encoding"]


@pytest.mark.parametrize("policy", [Policy(("bad-retry",)), Policy((), {"bad-retry": "advice"})])
def test_missing_events_are_told_where_the_bytes_may_be_wrong(channel, policy):
    recording = recorded("retry: x\n\n", headers=(("Content-Type", "text/event-stream"),))
    assert cause_of("events_match_the_contract", channel, recording) == "stream_is_well_formed"
    assert cause_of("events_match_the_contract", channel, recording, policy) is None
    assert "no-events" in [item.code for item in findings(channel, recording, policy)]


def test_lines_become_a_policy():
    policy = policy_of(
        ["payload-schema", "userSignups:content-type", "orders:created : no-events"],
        ["cacheable = error", "https://a.example/x=1:status=advice"],
        CHANNELS,
    )
    assert policy.ignored == (
        "payload-schema", "userSignups:content-type", "orders:created:no-events"
    )  # fmt: skip
    assert policy.severities == {"cacheable": "error", "https://a.example/x=1:status": "advice"}


def test_channels_are_not_judged_where_no_document_is_known():
    assert policy_of(["nobody:status"], [], None).ignored == ("nobody:status",)


@pytest.mark.parametrize(
    ("ignored", "severities", "message"),
    [
        (["payload-shema"], [], "asyncapi_ignore 'payload-shema': no code 'payload-shema'; did you mean 'payload-schema'? (docs/codes.md, "),
        (["Payload_Schema"], [], "; did you mean 'payload-schema'?"),
        (["userSignups:payload-shema"], [], "no code 'payload-shema'; did you mean"),
        (["zzz"], [], "no code 'zzz' (docs/codes.md, "),
        (["status, redirect"], [], "give one a line"),
        (["userSignup:status"], [], "no channel 'userSignup'; did you mean 'userSignups'? (there are https://a.example/x=1, orders:created, userSignups)"),
        (["userSignups"], [], "that is a channel: give userSignups:CODE"),
        (["orders:created"], [], "that is a channel: give orders:created:CODE"),
        ([":status"], [], "give CODE or CHANNEL:CODE, such as payload-schema"),
        (["userSignups:"], [], "give CODE or CHANNEL:CODE"),
        (["status = advice"], [], "'status = advice' is no code: severities belong into asyncapi_severity"),
        (["status", "status"], [], "asyncapi_ignore 'status': it is there twice"),
        (["userSignups:status", "userSignups : status"], [], "it is there twice"),
        (["stream-ended"], [], "it has no effect: receive() has nothing to return"),
        ([], ["stream-ended = advice"], "asyncapi_severity 'stream-ended = advice': it has no effect"),
        ([], ["status"], "asyncapi_severity 'status': give CODE = error or CODE = advice"),
        ([], ["= error"], "give CODE = error or CODE = advice"),
        ([], ["status ="], "'' is no severity (give error or advice)"),
        ([], ["status = warning"], "'warning' is no severity (give error or advice)"),
        ([], ["status = advise"], "'advise' is no severity; did you mean 'advice'?"),
        ([], ["statsu = advice"], "did you mean 'status'?"),
        ([], ["userSignup:status = advice"], "did you mean 'userSignups'?"),
        ([], ["status = advice", "status = error"], "it is there twice"),
        (["status"], ["status = advice"], "asyncapi_severity 'status': asyncapi_ignore has it too"),
        (["x" * 5000], [], "... (5000 characters): no code"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_meant_is_refused(ignored, severities, message):
    with pytest.raises(pytest.UsageError, match=re.escape(message)):
        policy_of(ignored, severities, CHANNELS)


def test_many_channels_are_not_all_listed():
    with pytest.raises(pytest.UsageError, match=r"c00, .*, c19 and 10 more\)$"):
        policy_of(["zzz:status"], [], {f"c{number:02}" for number in range(30)})


def test_what_is_ignored_is_added_up_by_entry():
    properties = [("other", 1)]
    add_ignored(properties, {"a b:c": 1, "d": 2})
    add_ignored(properties, {"a b:c": 2})
    assert read_ignored(properties) == {"a b:c": 3, "d": 2}
    assert ("other", 1) in properties
    assert (IGNORED, "3 a b:c") in properties


def test_a_code_is_told_by_the_items_of_the_table():
    assert told_in("content-type") == [("server", "connects")]
    assert told_in("event-lost") == [
        ("server", "published_payloads_arrive"),
        ("client", "delivers_every_event"),
    ]
    assert LAST <= ALL
    assert {side for side, items in CODES.items() for _ in items} == set(CODES)
