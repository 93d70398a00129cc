"""Checks of a server on recordings made by hand: orders of ids, times, pages, credentials."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping

import pytest
from defect_table import PAYLOAD

from pytest_asyncapi_sse import Channel, load
from pytest_asyncapi_sse.checks.connection import check_connection
from pytest_asyncapi_sse.checks.fields import own_event
from pytest_asyncapi_sse.checks.ids import check_ids
from pytest_asyncapi_sse.checks.sentinel import check_sentinel
from pytest_asyncapi_sse.checks.timing import check_timing, tolerated
from pytest_asyncapi_sse.sse import Decoder, Ending, Head, Recording

HEAD = Head(200, (("Content-Type", "text/event-stream"),))


def recording(*timed: tuple[float, bytes], **changes: object) -> Recording:
    """Return a recording of parts, each with the second at which it came."""
    decoder, frames, seconds, arrivals = Decoder(), [], [], []
    for second, part in timed:
        new = decoder.frames(part)
        frames += new
        seconds += [second] * len(new)
        arrivals += [] if new else [second]
    made = Recording(
        method="GET",
        url="http://localhost/a",
        request_headers=(("accept-encoding", "identity"),),
        head=HEAD,
        frames=tuple(frames),
        seconds=tuple(seconds),
        pending=decoder.pending,
        body_start=b"".join(part for _, part in timed),
        size=0,
        ended=Ending.deadline,
        duration=timed[-1][0] if timed else 0.0,
        arrivals=tuple(arrivals),
    )
    return dataclasses.replace(made, **changes)


@pytest.fixture(scope="module")
def channel_of(tmp_path_factory):
    """Return a function that reads the channel of a document with these rules and parts."""
    folder = tmp_path_factory.mktemp("channels")
    count = iter(range(10_000))

    def read(rules: Mapping[str, object] | None = None, **parts: object) -> Channel:
        message = {"payload": PAYLOAD, **parts.pop("message", {})}
        channel = {"address": "/a", "x-sse": rules or {}, "messages": {"tick": message}}
        document = {
            "asyncapi": "3.0.0",
            "info": {"title": "T", "version": "1"},
            "channels": {"a": channel},
            **parts,
        }
        path = folder / f"{next(count)}.json"
        path.write_text(json.dumps(document))
        return load(path).streams["a"]

    return read


def codes(found) -> list[str]:
    return [violation.code for violation in found]


@pytest.mark.parametrize(
    ("raw", "own"),
    [
        (b"id: 1\ndata: a\n\n", "1"),
        (b"id\ndata: a\n\n", ""),
        (b"data: a\n\n", None),
        (b"id: 1\nid: 2\ndata: a\n\n", "2"),
        (b"id: 1\0\ndata: a\n\n", None),
        (b"id: 1\n\n", "1"),
        (b": id: 1\n\n", None),
        (b"id: 3\r\rdata: a\r\r", None),
    ],
)
def test_the_id_that_a_block_sets_itself(raw, own):
    frames = Decoder(last_event_id="before").frames(raw)
    event = own_event(frames[-1])
    assert (event.id if event else None) == own


def test_a_misplaced_bom_hides_the_field_after_it():
    decoder = Decoder()
    first, second = decoder.frames(b"\xef\xbb\xbfid: 1\n\n\xef\xbb\xbfid: 2\n\n")
    assert own_event(first).id == "1"
    assert own_event(second) is None


@pytest.mark.parametrize(
    ("before", "after", "is_lower"),
    [
        ("9", "10", False),
        ("10", "9", True),
        ("0010", "9", True),
        ("9" * 5000, "1" + "0" * 5000, False),
        ("a-9", "a-10", False),
        ("a-10", "a-9", False),  # the order of the characters has it so
        ("a-20", "a-10", True),
        ("1526919030474-55", "1526919030474-56", False),
        ("1526919030474-56", "1526919030474-55", True),
        ("01ARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3NDEKTSV4RRFFQ69G5FAW", False),
        ("01B9ZZ", "01B10Z", False),
        ("ff", "100", False),
        ("100", "ff", False),
        ("2024-05-01T10:00:00Z", "2024-05-01T09:59:59Z", True),
        ("é", "z", True),
    ],
)
def test_an_id_is_lower_in_every_usual_order(channel_of, before, after, is_lower):
    text = f"id: {before}\ndata: a\n\nid: {after}\ndata: a\n\n"
    found = check_ids(channel_of({"ids": "increasing"}), recording((1, text.encode())))
    assert codes(found) == (["id-not-increasing"] if is_lower else [])


def test_ids_are_told_once_with_their_number_and_the_sentinel_needs_none(channel_of):
    text = b"data: 1\n\n" * 3 + b"data: [DONE]\n\n"
    channel = channel_of({"ids": "unique", "sentinel": "[DONE]"})
    (missing,) = check_ids(channel, recording((1, text)))
    assert (missing.code, missing.index) == ("id-missing", 0)
    assert missing.summary == "an event has no id, and 2 more like it"


def test_the_id_of_a_block_without_data_is_that_of_the_next_event(channel_of):
    text = b"id: 1\n\ndata: 1\n\nid: 2\n\n: ping\n\ndata: 1\n\n"
    assert check_ids(channel_of({"ids": "unique"}), recording((1, text))) == []


E1, E2 = b'data: {"n":1}\n\n', b'data: {"n":2}\n\n'


@pytest.mark.parametrize(
    ("rules", "timed", "changes", "expected"),
    [
        ({"first-event-within": 1}, [(1.09, E1)], {}, []),
        ({"first-event-within": 1}, [(1.11, E1)], {}, ["first-event-late"]),
        ({"first-event-within": 1}, [(5, E1)], {"fired": 4.5}, []),
        ({"first-event-within": 1}, [(5, E1)], {"fired": 3.0}, ["first-event-late"]),
        ({"first-event-within": 1}, [(0.1, E1)], {"fired": 3.0}, []),
        ({"first-event-within": 1}, [(5, b": a\n\n")], {}, []),
        ({"max-gap": 2}, [(1, E1), (3.1, E2)], {"ended": Ending.closed}, []),
        ({"max-gap": 2}, [(1, E1), (3.3, E2)], {}, ["gap-too-long"]),
        ({"max-gap": 2}, [(1, E1), (2, b": a\n\n"), (3.3, b": a\n\n")], {}, ["gap-too-long"]),
        ({"max-gap": 2}, [(9, E1), (10, E2)], {}, ["rule-not-judged"]),
        ({"max-gap": 2}, [(9, E1), (10, E2)], {"ended": Ending.closed}, []),
        ({"max-gap": 2}, [(1, E1)], {"duration": 9.0, "ended": Ending.closed}, ["gap-too-long"]),
        ({"max-gap": 2}, [(1, E1), (2, E1), (3, E2), (4, E2)], {}, []),
        ({"max-gap": 2, "sentinel": "x"}, [(1, E1), (2, b"data: x\n\n")], {"duration": 9.0}, []),
        ({"heartbeat": 2}, [(1, E1), (2, b":\n"), (3, b":\n"), (4, b":\n"), (5, b":\n")], {}, []),
        ({"heartbeat": 2}, [(1, E1), (2, b":\n"), (4.5, b":\n")], {}, ["heartbeat-missing"]),
        ({"heartbeat": 2}, [(2.5, E1)], {}, ["heartbeat-missing"]),
        ({"heartbeat": 2}, [(2.5, E1)], {"head": dataclasses.replace(HEAD, seconds=2.4)}, ["rule-not-judged"]),
        ({"heartbeat": 60}, [(1, E1), (30, E2)], {}, ["rule-not-judged"]),
        ({}, [(1, E1), (30, E2)], {}, ["long-silence"]),
        ({}, [(1, E1), (15.9, E2)], {}, []),
        ({}, [(1, E1)], {"duration": 20.0}, ["long-silence"]),
    ],
)  # fmt: skip
def test_times(channel_of, rules, timed, changes, expected):
    assert codes(check_timing(channel_of(rules), recording(*timed, **changes))) == expected


def test_what_is_tolerated():
    assert tolerated(0.5) == pytest.approx(0.6)
    assert tolerated(30) == pytest.approx(33)


@pytest.mark.parametrize(
    ("ended", "silent", "expected"),
    [
        (Ending.quiet, 1.0, ["open-after-sentinel"]),
        (Ending.deadline, 0.2, []),
        (Ending.closed, 5.0, []),
        (Ending.broken, 5.0, []),
        (Ending.events, 0.0, []),
    ],
)
def test_a_stream_that_stays_open_after_its_sentinel(channel_of, ended, silent, expected):
    made = recording((1, E1 + b"data: x\n\n"), ended=ended, duration=1 + silent)
    assert codes(check_sentinel(channel_of({"sentinel": "x"}), made)) == expected


def answered(status: int, body: bytes, *headers: tuple[str, str], given: str = "") -> Recording:
    sent = (("Authorization", given),) if given else ()
    return dataclasses.replace(
        recording((0, body)), head=Head(status, headers), request_headers=sent
    )


@pytest.mark.parametrize(
    ("kind", "body", "told"),
    [
        ("text/html", b"<html><title>\n Sign &amp;\n in </title>", "says 'Sign & in'"),
        ("text/html", b"<body><h1 class=a>Bad <b>day</b></h1>", "says 'Bad day'"),
        ("", b"<!doctype html><title>X</title>", "no content type, which says 'X'"),
        (
            "application/json",
            b'{"error":{"code":5,"message":"no such feed"}}',
            "says 'no such feed'",
        ),
        ("application/problem+json", b'{"title":"T","detail":"D"}', "says 'D'"),
        ("application/json", b'{"detail":[{"msg":"x","message":"m"}]}', "says 'm'"),
        ("application/json", b'{"a":1}', """body b'{"a":1}'"""),
        ("application/json", b'{"detail":"cut', "body b'"),
        ("text/plain", b"oops", "body b'oops'"),
        ("text/html", b"<title></title>", "body b'<title>"),
        ("text/html", b"", "an empty body so far"),
    ],
)
def test_a_page_is_told_by_what_it_says(channel_of, kind, body, told):
    headers = [("Content-Type", kind)] if kind else []
    (found,) = check_connection(channel_of(), answered(500, body, *headers))
    assert (found.code, found.summary) == (
        "status",
        "the status is 500 Internal Server Error, not 200 OK",
    )
    assert told in found.got


def test_a_redirect_is_told_without_the_password_in_it(channel_of):
    head = answered(302, b"", ("Location", "http://u:geheim@h.example/b"))
    (found,) = check_connection(channel_of(), head)
    assert found.code == "redirect"
    assert found.got == "Location: 'http://***@h.example/b'"
    (lost,) = check_connection(channel_of(), answered(302, b""))
    assert lost.code == "status"


BEARER = '--asyncapi-header "Authorization: Bearer ..."'
ANY = "--asyncapi-header or the fixture asyncapi_auth"
USER = "the fixture asyncapi_auth with a user name and a password"


@pytest.mark.parametrize(
    ("scheme", "challenge", "advice"),
    [
        (None, None, f"give {ANY}"),
        (None, "Bearer realm=x", f"give {BEARER}"),
        (None, "Basic", f"give {USER}"),
        (None, "Negotiate", f"give {ANY}"),
        ({"type": "http", "scheme": "Bearer"}, "Basic", f"give {BEARER} (the document names k)"),
        ({"type": "http", "scheme": "basic"}, None, f"give {USER} (the document names k)"),
        ({"type": "oauth2", "flows": {}}, None, f"give {BEARER} (the document names k)"),
        (
            {"type": "httpApiKey", "in": "header", "name": "X-Key"},
            None,
            'give --asyncapi-header "X-Key: ..." (the document names k)',
        ),
        (
            {"type": "httpApiKey", "in": "cookie", "name": "sid"},
            None,
            'give --asyncapi-header "Cookie: sid=..." (the document names k)',
        ),
        ({"type": "X509"}, None, f"give {ANY} (the document names k)"),
    ],
)
def test_credentials_to_give(channel_of, scheme, challenge, advice):
    parts = {}
    if scheme is not None:
        security = [{"$ref": "#/components/securitySchemes/k"}]
        parts = {
            "components": {"securitySchemes": {"k": scheme}},
            "operations": {"o": {"action": "send", "channel": {"$ref": "#/channels/a"}, "security": security}},
        }  # fmt: skip
    headers = [("WWW-Authenticate", challenge)] if challenge else []
    (found,) = check_connection(channel_of(**parts), answered(401, b"", *headers))
    assert (found.code, found.advice) == ("credentials", advice)
    given = answered(403, b"", *headers, given="Bearer geheim")
    (refused,) = check_connection(channel_of(**parts), given)
    assert refused.advice == f"those that were given were refused: {advice}"
    assert "geheim" not in str(refused)
