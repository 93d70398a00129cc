"""What the scenes of the wire say of what a client did, by conversations made up for it."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from pytest_asyncapi_sse import load
from pytest_asyncapi_sse.checks.conversation import Asked, Conversation, Heard
from pytest_asyncapi_sse.checks.delivery import Got
from pytest_asyncapi_sse.contract.property import Case
from pytest_asyncapi_sse.contract.scenes.plot import Plot
from pytest_asyncapi_sse.contract.scenes.wire import FORMS
from pytest_asyncapi_sse.contract.setting import Setting
from pytest_asyncapi_sse.contract.targets import ClientUnderTest, Reach
from pytest_asyncapi_sse.driver.command import _take
from pytest_asyncapi_sse.driver.listening import Listening
from pytest_asyncapi_sse.driver.thread import ThreadDriver
from pytest_asyncapi_sse.errors import Violation

A, B, C, END = [{"a": number} for number in range(4)]
X = ""
ERROR = ValueError("no JSON")
# A form's event is cut at each of its bytes, and once into single ones.
CUTS = len(b'data: {"a":0}\n\n')
DOCUMENT = {
    "asyncapi": "3.0.0",
    "info": {"title": "Feed", "version": "1"},
    "channels": {"feed": {"address": "/feed", "messages": {"a": {"payload": {"type": "object"}}}}},
    "operations": {"tell": {"action": "send", "channel": {"$ref": "#/channels/feed"}}},
}


@pytest.fixture(scope="module")
def plot(tmp_path_factory) -> Plot:
    path = tmp_path_factory.mktemp("verdicts") / "spec.json"
    path.write_text(json.dumps(DOCUMENT))
    channel = load(path).streams["feed"]
    client = ClientUnderTest(ThreadDriver(iter), "yours", Reach(timeout=4.0), item="")
    cases = tuple(Case(channel.generated[0], payload) for payload in (A, B, C, END))
    return Plot(channel, client, cases, Setting.of(channel, client))


def told(plot: Plot, name: str, got: Sequence[object], failure: str = "") -> Violation:
    """Return what the scene of this name says of these deliveries, and of a client that failed."""
    heard = tuple(
        Heard(Got(error=str(one)) if isinstance(one, Exception) else Got(one), 0.1) for one in got
    )
    conversation = Conversation(
        "http://127.0.0.1/feed",
        (Asked("GET", "/feed", (), 0.0, 200),),
        heard,
        ended=bool(failure),
        failure=failure,
        timed_out=bool(failure),
    )
    (scene,) = [scene for scene in FORMS if scene.name == name]
    (violation,) = scene.judge(plot, conversation)
    return violation


ALONE = "comments that stand alone"
ANYWHERE = "chunks that end anywhere"
LINE_ENDS = "chunks that end between CR and LF"
LARGE = "an event of 5 MB"
MALFORMED = "bytes that are no UTF-8"
ALL = [A] * CUTS


@pytest.mark.parametrize(
    ("name", "got", "summary", "shown"),
    [
        (
            ALONE,
            [A, X, B, C, END],
            "the client delivers something that was not sent, beside a comment that stands alone",
            ("''", "nothing in its place"),
        ),
        (
            ALONE,
            [A, ERROR, B, C, END],
            "the client rejects something that was not sent, beside a comment that stands alone",
            ("no JSON", "nothing in its place"),
        ),
        (
            ALONE,
            [A, ERROR, C, END],
            "the client rejects event 2 of 3 beside a comment that stands alone",
            ("no JSON", "{'a': 1}"),
        ),
        (
            ALONE,
            [X, A, B, END],
            "the client loses event 3 of 3 beside a comment that stands alone",
            ("nothing in its place", "{'a': 2}"),
        ),
        (
            ANYWHERE,
            [*ALL, X, END],
            "the client delivers something that was not sent, at an event cut into chunks",
            ("''", "nothing in its place"),
        ),
        (
            ANYWHERE,
            [A, X, *ALL[2:], END],
            f"the client changes event 2 of {CUTS} cut into chunks",
            ("''", "{'a': 0}"),
        ),
        (
            ANYWHERE,
            [*ALL[1:], END],
            f"the client loses 1 of {CUTS} events cut into chunks",
            ("nothing in its place", "{'a': 0}"),
        ),
        (
            LARGE,
            [],
            "the client has not delivered an event of 5 MB within 4 s",
            ("nothing yet", "{'a': 0}"),
        ),
        (
            LARGE,
            [B, END],
            "the client loses an event of 5 MB",
            ("nothing in its place", "{'a': 0}"),
        ),
        (
            LARGE,
            [A, X, END],
            "the client changes the event after one of 5 MB",
            ("''", "{'a': 1}"),
        ),
    ],
)
def test_the_words_and_what_is_shown(plot, name, got, summary, shown):
    violation = told(plot, name, got)
    assert (violation.summary, (violation.got, violation.expected)) == (summary, shown)


@pytest.mark.parametrize(
    ("name", "got", "chunks"),
    [
        (ANYWHERE, [A, X, *ALL[2:], END], r"""b'da' | b'ta: {"a":0}\n\n'"""),
        (ANYWHERE, [*ALL[1:], X, END], rf"""{CUTS} of them, from b'd' to b'\n'"""),
        (
            ANYWHERE,
            [*ALL[2:], END],
            rf"""one of {CUTS} cuts, such as b'd' | b'ata: {{"a":0}}\n\n'""",
        ),
        (ANYWHERE, [END], r"""b'd' | b'ata: {"a":0}\n\n'"""),
        (LINE_ENDS, [A, C, END], r"""b'data: {\r' | b'\ndata:  "a": 1\r' | b'\ndata: }\r\n\r\n'"""),
        (ALONE, [A, C, END], None),
    ],
)
def test_the_cut_is_shown(plot, name, got, chunks):
    violation = told(plot, name, got)
    assert dict(violation.evidence).get("chunks") == chunks
    if chunks:
        assert violation.frame.startswith(b"data: {")


def unreadable() -> str:
    """Return how a client fails that prints what can't be read."""
    listening = Listening()
    _take(b"{}\n", listening)
    return listening.failure


def endless(monkeypatch) -> str:
    """Return how a client fails that delivers without end."""
    listening = Listening()
    monkeypatch.setattr("pytest_asyncapi_sse.driver.listening.MOST_DELIVERIES", 0)
    listening.deliver(None)
    return listening.failure


def test_what_the_gate_ended_has_not_stopped_by_itself(plot, monkeypatch):
    beside = "beside bytes that are no UTF-8, after 1 of 3 events"
    for failure, does in (
        ("ValueError: no", "stops"),
        (unreadable(), "delivers what can't be read"),
        (endless(monkeypatch), "delivers without end"),
    ):
        violation = told(plot, MALFORMED, [A], failure)
        assert violation.summary == f"the client {does} {beside}"
        assert (violation.got, violation.expected) == (failure, "{'a': 1}")
        assert b"\n: caf\xe9\ndata: " in violation.frame


def test_a_client_that_stops_behind_the_last_event_is_shown_what_follows_it(plot):
    violation = told(plot, "blocks with a retry only", [A, B, C], "ValueError: soon")
    assert violation.summary.endswith("after 3 of 3 events")
    assert violation.frame == b'data: {"a":2}\n\nretry: 900\n\nretry: soon\n\n'
    assert violation.expected == "{'a': 3}"
