"""Stale entries: told by whole runs that judged all there is, and by no other."""

from __future__ import annotations

import pytest

from pytest_asyncapi_sse import load
from pytest_asyncapi_sse.report.stale import stale_entries
from pytest_asyncapi_sse.report.summary import Tally, summary

NAMES = {
    "document": ("messages_can_be_told_apart",),
    "server": ("connects", "published_payloads_arrive"),
    "client": ("delivers_every_event",),
}


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    path = tmp_path_factory.mktemp("stale") / "spec.yaml"
    path.write_text(
        "asyncapi: 3.0.0\ninfo: {title: t, version: '1'}\nchannels:\n"
        "  a: {address: /a, x-sse: {}, messages: {m: {payload: true}}}\n"
        "  b: {address: /b, x-sse: {}, messages: {m: {payload: true}}}\n"
        "  skipped: {address: /c, messages: {m: {payload: true}}}\n"
    )
    return load(path)


def tally_of(*items, peer="yours", handwritten=()):
    tally = Tally()
    for side, name, *channels in items:
        for channel in channels:
            tally.add(
                side=side, outcome="passed", peers=[peer], events=0, advice=[],
                judged=(side, name, channel),
            )  # fmt: skip
    for outcome in handwritten:
        tally.add(side=None, outcome=outcome, peers=["yours"], events=0, advice=[])
    return tally


BOTH = ("server", "connects", "a", "b")
PUBLISHED = ("server", "published_payloads_arrive", "a", "b")
CLIENT = ("client", "delivers_every_event", "a", "b")
OVERLAPS = ("document", "messages_can_be_told_apart", "")


@pytest.mark.parametrize(
    ("entry", "tally", "stale"),
    [
        ("status", tally_of(BOTH), True),
        ("a:status", tally_of(BOTH), True),
        ("a:status", tally_of(("server", "connects", "a")), True),
        ("status", tally_of(("server", "connects", "a")), False),
        ("b:status", tally_of(("server", "connects", "a")), False),
        ("skipped:status", tally_of(BOTH), True),
        ("skipped:status", tally_of(CLIENT), False),
        ("status", tally_of(BOTH, peer="generated"), False),
        ("status", tally_of(CLIENT), False),
        ("status", tally_of(handwritten=["passed"]), False),
        ("status", tally_of(BOTH, handwritten=["passed"]), True),
        ("status", tally_of(BOTH, handwritten=["failed"]), False),
        ("overlapping-messages", tally_of(OVERLAPS), True),
        ("a:overlapping-messages", tally_of(OVERLAPS), True),
        ("overlapping-messages", tally_of(BOTH), False),
        ("event-lost", tally_of(PUBLISHED), False),
        ("event-lost", tally_of(PUBLISHED, CLIENT), True),
        ("event-rejected", tally_of(CLIENT), True),
        ("unexpected-event", tally_of(BOTH, CLIENT), False),
        ("unexpected-event", tally_of(BOTH, handwritten=["passed"]), True),
    ],
)
def test_an_entry_is_stale_where_all_that_tell_it_have_judged(document, entry, tally, stale):
    assert list(stale_entries([entry], tally, [document], NAMES)) == [entry] * stale


def test_an_entry_that_matched_is_not_stale(document):
    tally = tally_of(BOTH)
    tally.add(
        side=None, outcome="passed", peers=["yours"], events=0, advice=[], ignored={"status": 1}
    )
    assert list(stale_entries(["status", "redirect"], tally, [document], NAMES)) == ["redirect"]


def test_two_documents_with_one_channel_must_both_have_judged(document):
    documents = [document, document]
    assert list(stale_entries(["a:status"], tally_of(BOTH), documents, NAMES)) == []
    assert list(stale_entries(["a:status"], tally_of(BOTH, BOTH), documents, NAMES)) == ["a:status"]


def test_the_summary_counts_what_is_ignored_by_entry():
    tally = Tally()
    for count in (1, 2):
        tally.add(side=None, outcome="passed", peers=[], events=0, advice=[], ignored={"a\nb:status": count})  # fmt: skip
    assert list(summary(tally, {}, stale=["x:status"])) == [
        r"ignored: 3 by asyncapi_ignore a\nb:status",
        "asyncapi_ignore: 'x:status' matched nothing: remove it",
    ]
