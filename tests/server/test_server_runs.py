"""Whole runs of pytest against servers of hand-written bytes: what fails, and what is skipped."""

from __future__ import annotations

import json

from defect_server import HEAD, DefectServer, head
from defect_table import PAYLOAD

GOOD = (HEAD, b'id: 1\ndata: {"n":1}\n\n', b'id: 2\ndata: {"n":2}\n\n')
SCRIPTS = {
    "good": GOOD,
    "moved": (head("Location: /b", status="301 Moved"),),
    "upper": (HEAD, b"Data: 1\n\n"),
    "twice": (HEAD, GOOD[1], GOOD[1]),
    "coded": (head("Cache-Control: public", type="text/event-stream; charset=latin-1"), GOOD[1]),
    "silent": (HEAD,),
}


def run(pytester, *options):
    document = {
        "asyncapi": "3.0.0",
        "info": {"title": "T", "version": "1"},
        "channels": {
            name: {
                "address": f"/{name}",
                "x-sse": {"ids": "unique"},
                "messages": {"tick": {"payload": PAYLOAD}},
            }
            for name in SCRIPTS
        },
    }
    (pytester.path / "spec.json").write_text(json.dumps(document))
    with DefectServer({f"/{name}": script for name, script in SCRIPTS.items()}) as server:
        return pytester.runpytest_subprocess(
            "--asyncapi=spec.json", f"--asyncapi-url={server.url}", "-p", "no:cacheprovider", "-v", *options
        )  # fmt: skip


def test_each_cause_fails_one_item(pytester):
    result = run(pytester)
    failed = {
        line.split(" ")[1].removeprefix("spec.json::")
        for line in result.outlines
        if line.startswith("FAILED ")
    }
    assert failed == {
        "moved::server::connects",
        "upper::server::stream_is_well_formed",
        "twice::server::events_match_the_contract",
        "coded::server::connects",
        "silent::server::events_match_the_contract",
    }
    result.stdout.fnmatch_lines(
        [
            "spec.json::upper::server::events_match_the_contract SKIPPED (see str*",
            "spec.json::coded::server::events_match_the_contract PASSED*",
            "redirect: the status is 301 Moved Permanently: the stream is elsewhere",
            "*got: * Location: '/b'",
            "*reproduce: curl -N *",
            "bad-field-name: *",
            "duplicate-id: the id '1' was already that of event 1",
            "*expected: * ids that are unique (x-sse.ids)",
            "advice: cacheable: *",
        ]
    )


def test_an_item_that_is_run_alone_tells_the_cause_itself(pytester):
    result = run(pytester, "-k", "events_match and (upper or moved)")
    result.assert_outcomes(failed=2, deselected=47)
    result.stdout.fnmatch_lines(["redirect: *", "bad-field-name: *"])
