"""The scene of a lone event: what is told of clients that are late, by made-up conversations."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_asyncapi_sse import load
from pytest_asyncapi_sse.checks.conversation import Asked, Conversation, Heard
from pytest_asyncapi_sse.checks.delivery import Got
from pytest_asyncapi_sse.contract.scenes.live import Alone
from pytest_asyncapi_sse.contract.scenes.plot import Plot, plain_cases
from pytest_asyncapi_sse.contract.setting import Setting
from pytest_asyncapi_sse.contract.targets import ClientUnderTest, Reach
from pytest_asyncapi_sse.driver.thread import ThreadDriver

DOCUMENT = Path(__file__).parents[2] / "examples" / "account.yaml"
NEXT = "only when the next one comes"
END = "nothing until its stream ends"


@pytest.fixture(scope="module")
def plot() -> Plot:
    channel = load(DOCUMENT).streams["userSignups"]
    client = ClientUnderTest(ThreadDriver(iter), "yours", Reach(timeout=10.0))
    return Plot(channel, client, plain_cases(channel, client), Setting.of(channel, client))


@pytest.mark.parametrize(
    ("heard", "stream_ended", "failure", "told"),
    [
        ([0.01], None, "", ""),
        ([0.5, 0.61], 3.6, "", ""),
        # Slow with the first event, and with all of them.
        ([2.0, 2.0], 3.6, "", ""),
        ([1.5, 2.1], 3.6, "", ""),
        ([0.61, 3.61], 3.6, "", NEXT),
        ([0.61], 3.6, "", NEXT),
        ([3.61, 3.61], 3.6, "", END),
        ([], 3.6, "", END),
        ([], None, "", "nothing within 10 s"),
        # It stops, which is another thing.
        ([], None, "it fails", ""),
        ([0.7], None, "it fails", ""),
    ],
)
def test_who_holds_events(plot, heard, stream_ended, failure, told):
    began = 0.2
    asked = Asked(
        "GET", "/user/signedup", (), began, 200,
        ended=None if stream_ended is None else began + stream_ended,
        ended_by="" if stream_ended is None else "server",
    )  # fmt: skip
    conversation = Conversation(
        "http://127.0.0.1/user/signedup",
        (asked,),
        tuple(Heard(Got(1), began + seconds) for seconds in heard),
        ended=bool(failure),
        failure=failure,
        timed_out=True,
    )
    found = [violation.summary for violation in Alone().judge(plot, conversation)]
    assert [told in summary for summary in found] == [True] * bool(told)
