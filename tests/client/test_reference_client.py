"""The client written from the standard, against scripted bytes and the collected vectors."""

from __future__ import annotations

import base64
import json
import socket
import threading

import pytest
import reference_client
from reference_client import Client, Event, Parser, listen, subscribe
from scripted_server import Reset, ScriptedServer, Until, head, page, stream

MEGABYTE = 1_000_000
SCENARIO_KEYS = {"status", "location", "content_type", "body", "break"}


@pytest.fixture
def pauses(monkeypatch) -> list[float]:
    """Return the pauses that the client asks for; it makes none of them."""
    asked: list[float] = []
    monkeypatch.setattr(Client, "wait", lambda self, seconds: asked.append(seconds))
    return asked


def parsed(*chunks: bytes) -> list[Event]:
    parser = Parser()
    return [event for chunk in chunks for event in parser.feed(chunk)]


def data_of(*chunks: bytes) -> list[str]:
    return [event.data for event in parsed(*chunks)]


def cuts(body: bytes) -> list[list[bytes]]:
    """Return a body whole, byte by byte, and in two parts at every place."""
    two = [[body[:place], body[place:]] for place in range(1, len(body))]
    return [[body], [body[i : i + 1] for i in range(len(body))], *two]


def heard(*scripts, path="/feed", **options) -> tuple[list[object], ScriptedServer]:
    with ScriptedServer(*scripts) as server:
        items = list(listen(server.url + path, **options))
    return [type(i).__name__ if isinstance(i, Exception) else i for i in items], server


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"data: a\n\ndata: b\n\n", ["a", "b"]),
        (b"data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"]),
        (b"data: a\r\rdata: b\r\r", ["a", "b"]),
        (b"data: a\r\ndata: b\n\r\ndata: c\r\n\rdata: d\r\n\n", ["a\nb", "c", "d"]),
        (b"\xef\xbb\xbfdata: a\n\n", ["a"]),
        (b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\ndata: b\n\n", ["b"]),
        (b"data:a\n\ndata:  b\n\ndata\n\ndata:\ndata:\n\n", ["a", " b", "", "\n"]),
        (b": x\ndata: a\n:\n\n: ping\n\n: ping\n\ndata: b\n\n", ["a", "b"]),
        (b"id: 1\n\nretry: 5\n\nevent: x\n\nfoo: bar\n\n\n\ndata: a\n\n", ["a"]),
        (b"Data: a\nfoo: b\ndata : c\n data: d\ndata: e\nretries\n\n", ["e"]),
        (b"data: a\n\ndata: b\n", ["a"]),
        ("data: Ä€😀\u2028\x0b\x85\n\n".encode(), ["Ä€😀\u2028\x0b\x85"]),
        (b"data: \xff\xe2\x82A\xf0\x9f\x98\n\n", ["\ufffd\ufffdA\ufffd"]),
    ],
)
def test_a_stream_is_read_however_it_is_cut(body, expected):
    for chunks in cuts(body):
        assert data_of(*chunks) == expected, chunks


def test_an_event_has_its_name_and_the_last_id():
    body = b"event: x\nid: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\nid: 2\0\ndata: d\n\n"
    assert parsed(body) == [
        Event("x", "a", "1"),
        Event("message", "b", "1"),
        Event("message", "c", ""),
        Event("message", "d", ""),
    ]


def test_an_id_counts_when_its_block_has_ended():
    parser = Parser("before")
    assert list(parser.feed(b"id: 1\ndata: a\n\nid: 2\n\nid: 3\ndata: b\n")) == [
        Event("message", "a", "1")
    ]
    assert parser.last_event_id == "2"
    assert Parser("before").last_event_id == "before"


@pytest.mark.parametrize(
    ("value", "expected"),
    [("100", 100), ("007", 7), ("9" * 5000, 86_400_000)]
    + [(text, None) for text in ("", "-1", "+5", "1_000", "1.5", "5 ", "x", "٣")],
)
def test_a_retry_has_digits_only(value, expected):
    parser = Parser()
    assert list(parser.feed(f"retry: {value}\n".encode())) == []
    assert parser.retry == expected


def test_cr_ended_events_wait_for_nothing():
    parser = Parser()
    assert [event.data for event in parser.feed(b"data: a\r\r")] == ["a"]
    assert list(parser.feed(b"\n")) == []
    assert [event.data for event in parser.feed(b"data: b\r\n\r")] == ["b"]


def test_large_lines_and_bursts():
    line = b'"' + b"x" * 5 * MEGABYTE + b'"'
    body = b"data: " + line + b"\n\n"
    chunks = [body[i : i + 1000] for i in range(0, len(body), 1000)]
    burst = b"".join(b"data: %d\n\n" % n for n in range(1000))
    assert heard(stream(body), stream(*chunks), stream(burst), retry=0)[0] == [
        json.loads(line),
        json.loads(line),
        *range(1000),
    ]


def test_an_event_is_there_before_the_next_byte():
    sent = threading.Event()
    with ScriptedServer([*stream(b"data: 1\r\r", ended=False), Until(sent)]) as server:
        items = listen(server.url)
        assert next(items) == 1
        items.close()
        sent.set()
    whole = chunk_with(b"data: 1\n\n", 1000)
    sent = threading.Event()
    with ScriptedServer([head("Transfer-Encoding: chunked"), whole, Until(sent)]) as server:
        items = listen(server.url)
        assert next(items) == 1
        items.close()
        sent.set()


def chunk_with(part: bytes, size: int) -> bytes:
    """Return the beginning of a chunk of so many bytes."""
    return b"%x\r\n%s" % (size, part)


@pytest.mark.parametrize(
    "script",
    [
        [head(), b"data: 1\n\n"],
        [head("Content-Length: 9"), b"data: 1\n\n"],
        [b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", head(), b"data: 1\n\n"],
        [head(type='Text/Event-Stream ; charset="windows-1252"'), b"data: 1\n\n"],
        [head("Transfer-Encoding: Chunked"), b"9;a=b\r\ndata: 1\n\n\r\n0\r\nX: y\r\n\r\n"],
    ],
)
def test_bodies_are_read_as_http_frames_them(script, pauses):
    assert heard(script)[0] == [1]
    assert pauses == [0.3]


def test_the_request_asks_for_a_stream(pauses):
    _, server = heard(path="/a/b?c=d&e", headers={"X-Key": "k", "Authorization": "Bearer t"})
    (asked,) = server.asked
    assert (asked.method, asked.target) == ("GET", "/a/b?c=d&e")
    assert asked.headers["host"] == server.url.removeprefix("http://").encode()
    assert asked.headers["accept"] == b"text/event-stream"
    assert asked.headers["cache-control"] == b"no-cache"
    assert asked.headers["x-key"] == b"k"
    assert "last-event-id" not in asked.headers


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/a", "/a", "http:///a"])
def test_a_wrong_url_is_refused(url):
    with pytest.raises(ValueError, match="not an http URL"):
        next(listen(url))


ONE = stream(b"data: 1\n\n")


@pytest.mark.parametrize(
    ("script", "items"),
    [
        (page("204 No Content", type=None), []),
        (page("205 Reset Content", b"data: 1\n\n", type="text/event-stream"), []),
        (page("404 Not Found", b"data: 1\n\n", type="text/event-stream"), []),
        (page("500 Oops", b"data: 1\n\n"), []),
        (page("200 OK", b"data: 1\n\n"), []),
        (page("200 OK", b"data: 1\n\n", type="text/event-streams"), []),
        (page("200 OK", b"data: 1\n\n", type=None), []),
        (page("301 Moved"), []),
        (page("307 Elsewhere", b"", "Location:"), []),
    ],
)
def test_what_is_no_stream_ends_the_client(script, items, pauses):
    assert heard(script, ONE)[0] == items
    assert pauses == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(status, pauses):
    moved = page(f"{status} Moved", b"", "Location: other?x=y")
    items, server = heard(moved, stream(b"id: 7\ndata: 1\n\n"), path="/a/feed")
    assert items == [1]
    assert [asked.target for asked in server.asked] == ["/a/feed", "/a/other?x=y", "/a/feed"]
    assert server.asked[2].headers["last-event-id"] == b"7"


def test_redirects_have_a_bound(pauses):
    items, server = heard(*[page("302 Found", b"", "Location: /again")] * 50)
    assert items == []
    assert len(server.asked) == 11


def test_credentials_stay_with_their_server(pauses):
    with ScriptedServer(ONE) as other:
        away = page("307 Elsewhere", b"", f"Location: {other.url}/x")
        assert heard(away, headers={"Authorization": "Bearer t", "X-Key": "k"})[0] == [1]
    assert "authorization" not in other.asked[0].headers
    assert other.asked[0].headers["x-key"] == b"k"


def test_it_comes_back_after_clean_and_broken_ends(pauses):
    reset = threading.Event()
    broken = [
        stream(b"data: 2\n\n", b"data: 3\n", ended=False),
        [head("Content-Length: 99"), b"data: 4\n\n"],
        [*stream(b"data: 5\n\n", ended=False), Until(reset), Reset()],
        [b"HTTP/1.1 200 OK\r\nContent-"],
        [],
        [b"SSH-2.0-OpenSSH_9.6\r\n\r\n"],
    ]
    items = []
    with ScriptedServer(ONE, *broken[:4], stream(b"data: 6\n\n"), *broken[4:], ONE) as server:
        for item in listen(server.url):
            items.append(item)
            if item == 5:
                reset.set()
    assert items == [1, 2, 4, 5, 6, 1]
    assert len(server.asked) == 10


def test_it_waits_as_long_as_it_is_told(pauses):
    heard(ONE, stream(b"retry: 20\n\n"), stream(b"retry: 1500\ndata: 1\n"), stream(b"retry: x\n\n"))
    assert pauses == [0.3, 0.02, 1.5, 1.5]


def test_it_sends_the_last_event_id(pauses):
    _, server = heard(
        ONE,
        stream("id: …\ndata: 1\n\n".encode(), b"id: later\ndata: 2\n"),
        ONE,
        stream(b"id: a\0\ndata: 1\n\n"),
        stream(b"id: 2\n\n", ended=False),
        stream(b"id\n\n"),
    )
    ids = [asked.headers.get("last-event-id") for asked in server.asked]
    assert ids == [None, None, *["…".encode()] * 3, b"2", None]


def test_a_503_is_asked_again_with_growing_pauses(pauses):
    busy = page("503 Busy")
    assert heard(busy, busy, ONE)[0] == [1]
    assert pauses == [0.6, 1.2, 0.3]
    pauses.clear()
    items, server = heard(*[busy] * 9)
    assert items == []
    assert len(server.asked) == 5
    assert heard(busy, ONE, backoff=False)[0] == []


def test_a_server_that_is_not_there_ends_it(pauses):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert list(listen(f"http://127.0.0.1:{port}/")) == []
    assert pauses == [0.6, 1.2]


def test_invalid_events_are_yielded_as_errors(pauses):
    def validate(value: object) -> object:
        if not isinstance(value, int):
            raise ValueError("no integer")
        return value

    body = b'data: 1\n\ndata: {\n\ndata: NaN\n\ndata\n\ndata: true\n\ndata: "a"\n\ndata: 2\n\n'
    expected = [1, "JSONDecodeError", "ValueError", "JSONDecodeError"]
    assert heard(stream(body))[0] == [*expected, True, "a", 2]
    assert heard(stream(body), validate=validate)[0] == [*expected, True, "ValueError", 2]


def test_closing_it_closes_its_connection(pauses):
    with ScriptedServer(stream(b"data: 1\n\ndata: 2\n\n", ended=False)) as server:
        items = listen(server.url)
        assert next(items) == 1
        items.close()
        assert list(items) == []
    assert len(server.asked) == 1


def test_a_callback_gets_what_it_yields(pauses):
    items: list[object] = []
    with ScriptedServer(ONE) as server:
        subscribe(server.url, items.append)
    assert items == [1]


def test_it_waits_in_earnest():
    slept: list[float] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reference_client.time, "sleep", slept.append)
        Client("http://x").wait(0.25)
    assert slept == [0.25]


def test_vectors(corpus):
    file = corpus / "sse" / "vectors.json"
    if not file.is_file():
        pytest.skip(f"no vectors at {file}")
    vectors = json.loads(file.read_text(encoding="utf-8"))["vectors"]
    for vector in vectors:
        body = base64.b64decode(vector["input_b64"])
        expected = [Event(e["event"], e["data"], e["id"]) for e in vector["expected"]]
        state = (vector["expected_last_event_id"], vector["expected_retry"])
        for size in (len(body) + 1, 1, 3):
            parser = Parser()
            events = [
                event
                for start in range(0, len(body), size)
                for event in parser.feed(body[start : start + size])
            ]
            assert events == expected, vector["id"]
            assert (parser.last_event_id, parser.retry) == state, vector["id"]
    assert len(vectors) >= 90


def script_of(answer: dict) -> list[bytes]:
    """Return the script of an answer of the collected HTTP scenarios."""
    status = answer.get("status", 200)
    body = answer.get("body", "").replace("\\0", "\0").replace("\\n", "\n").encode()
    location = answer.get("location")
    headers = [] if location is None else [f"Location: {location}"]
    type = answer.get("content_type", "text/event-stream")
    if status != 200 or not answer.get("break"):
        return page(f"{status} X", body, *headers, type=type)
    return stream(body, ended=False)


def wrongs(scenario: dict, events: list[str], server: ScriptedServer, pauses: list[float]):
    """Yield what a run does otherwise than its scenario expects."""
    expect, asked = scenario["expect"], server.asked
    ids = [request.headers.get("last-event-id") for request in asked]
    if events != expect.get("events", events):
        yield events
    if expect.get("open", bool(events)) != bool(events):
        yield "open"
    if len(asked) != expect.get("requests", len(asked)):
        yield f"{len(asked)} requests"
    if expect.get("error") and len(asked) > 2:
        yield "no error"
    if expect.get("final") == "closed" and not expect.get("reconnect", True) and len(asked) > 1:
        yield "it came back"
    for name, value in expect.get("request_headers", {}).items():
        if asked[0].headers.get(name, b"").decode() != (value or ""):
            yield name
    for name, value in expect.get("second_request_headers", {}).items():
        if asked[1].headers.get(name, b"").decode() != (value or ""):
            yield name
    if "second_request_headers_bytes" in expect:
        wanted = expect["second_request_headers_bytes"]["last-event-id"]
        if (ids[1] or b"").hex() != wanted:
            yield ids[1]
    if "last_event_ids" in expect and ids[1:4] != [i.encode() for i in expect["last_event_ids"]]:
        yield ids
    if not expect.get("second_request_has_last_event_id", True) and ids[1] is not None:
        yield ids[1]
    if "reconnect_after_ms" in expect and pauses[0] * 1000 != expect["reconnect_after_ms"]:
        yield pauses


def test_http_scenarios(corpus, monkeypatch, pauses):
    file = corpus / "sse" / "http_scenarios.json"
    if not file.is_file():
        pytest.skip(f"no HTTP scenarios at {file}")
    monkeypatch.setattr(Client, "deliver", lambda self, event: iter([event.data]))
    ran = 0
    for scenario in json.loads(file.read_text(encoding="utf-8"))["scenarios"]:
        answers = scenario["server"]
        if "capability" in scenario and scenario["capability"] != "headers":
            continue  # what it asks for is more than the standard's client does
        assert all(set(answer) <= SCENARIO_KEYS for answer in answers), scenario["name"]
        pauses.clear()
        given = {"header-name-1": "value-1", "header-name-2": "value-2"}
        events, server = heard(*map(script_of, answers), headers=given, backoff=False)
        assert list(wrongs(scenario, events, server, pauses)) == [], scenario["name"]
        ran += 1
    assert ran >= 35
