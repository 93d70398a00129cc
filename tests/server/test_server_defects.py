"""Servers with one defect: the codes told of each are the listed ones, and none of its neighbour."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest
from defect_server import Hold
from defect_table import ROWS
from odd_streams import ODDITIES

from pytest_asyncapi_sse.checks import server, timing
from pytest_asyncapi_sse.checks.events import check_seen
from pytest_asyncapi_sse.checks.server import CHECKS, CODES, findings
from pytest_asyncapi_sse.sse import Ending

ADVICE_ONLY = {
    code for codes in CODES.values() for code, severity in codes.items() if severity == ("advice",)
}
TWICE = {"id-twice-advice", "id-back-advice", "unseen"}


def told(channel, recording):
    return {(found.code, found.severity) for found in findings(channel, recording)}


@pytest.mark.parametrize("name", ROWS)
def test_a_defect_is_told_by_its_code_and_only_by_its_check(recorded, monkeypatch, name):
    row = ROWS[name]
    channel, recording = recorded(name)
    found = findings(channel, recording)
    assert {item.code for item in found} == row.codes
    is_advice = row.codes <= ADVICE_ONLY or name in TWICE
    assert any(item.severity == "error" for item in found) is not is_advice
    assert all(item.severity == "advice" for item in found if item.code in ADVICE_ONLY)
    telling = {check for checks in CHECKS.values() for check in checks if check(channel, recording)}
    for check in telling:
        with monkeypatch.context() as patch:
            for item, checks in CHECKS.items():
                patch.setitem(CHECKS, item, tuple(other for other in checks if other is not check))
            told = {item.code for item in findings(channel, recording)}
        if any(item.code in row.codes for item in check(channel, recording)):
            assert told != row.codes, f"{check.__name__} is off, and {name} is told all the same"


@pytest.mark.parametrize("name", ROWS)
def test_the_legal_neighbour_of_a_defect_is_told_nothing_of(recorded, name):
    channel, recording = recorded(f"{name}-legal")
    assert findings(channel, recording) == []


@pytest.mark.parametrize("name", ODDITIES)
def test_what_is_odd_and_legal_is_no_error(recorded, name):
    channel, recording = recorded(name)
    assert told(channel, recording) == {(code, "advice") for code in ODDITIES[name].advice}
    assert recording.events


def test_a_long_silence_is_advice_where_no_heartbeat_is_asked_for(recorded, monkeypatch):
    channel, recording = recorded("gap-legal")
    assert told(channel, recording) == set()
    monkeypatch.setattr(timing, "PROXY_SECONDS", 0.4)
    assert told(channel, recording) == {("long-silence", "advice")}


@pytest.mark.parametrize(
    ("confirmed", "ended", "severity"),
    [
        ((), Ending.closed, "advice"),
        (("tick",), Ending.closed, "advice"),
        (("tock",), Ending.closed, "error"),
        (("tock",), Ending.quiet, "error"),
        (("tock",), Ending.deadline, "error"),
        (("tock",), Ending.events, "advice"),
        (("tock",), Ending.broken, "advice"),
    ],
)
def test_what_a_trigger_published_must_be_seen(recorded, confirmed, ended, severity):
    channel, recording = recorded("unseen")
    found = check_seen(channel, replace(recording, confirmed=confirmed, ended=ended))
    assert [(item.code, item.severity) for item in found] == [("message-not-seen", severity)]


def test_every_code_has_a_row():
    listed = {code for item in CHECKS for code in CODES[item]}
    in_rows = {code for row in ROWS.values() for code in row.codes}
    elsewhere = {"long-silence", "values-not-tried"}
    assert listed - in_rows == elsewhere
    assert in_rows <= listed


def test_no_script_waits_for_nothing():
    """A neighbour that holds its stream open would make each run wait for a second."""
    held = [name for name, row in ROWS.items() if any(isinstance(s, Hold) for s in row.legal)]
    assert held == []


def test_each_check_is_in_one_item():
    listed = [check for checks in CHECKS.values() for check in checks]
    assert len(listed) == len(set(listed))
    with contextlib.suppress(AttributeError):
        assert server.Item.__args__ == tuple(CHECKS)
