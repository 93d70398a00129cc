"""The table of defects: a document, the bytes of a server, and the codes that must be told of it.

Each row has a legal neighbour, of which nothing may be told: the same document with other bytes, or
the same bytes with another document.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from defect_server import HEAD, Hold, Pause, Script, chunked, head

BOM = b"\xef\xbb\xbf"
ONE = b'data: {"n":1}\n\n'
TWO = b'data: {"n":2}\n\n'
DONE = b"data: [DONE]\n\n"
HOLD = Hold()

PAYLOAD = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}
TICK = {"tick": {"payload": PAYLOAD}}


@dataclass(frozen=True)
class Row:
    """Hold one defect; `legal` and `legal_rules` are its neighbour, where they differ."""

    name: str
    codes: set[str]
    wrong: Script
    legal: Script = (HEAD, ONE, TWO)
    rules: Mapping[str, Any] = field(default_factory=dict)
    legal_rules: Mapping[str, Any] | None = None
    messages: Mapping[str, Any] = field(default_factory=lambda: TICK)
    seconds: float = 15.0
    event_limit: int = 100_000


def stream(*parts: bytes) -> Script:
    """Return the script of a stream that the server ends."""
    return (HEAD, b"".join(parts))


def tick(**more: Any) -> dict[str, Any]:
    """Return the messages of a channel with one, described further."""
    return {"tick": {"payload": PAYLOAD, **more}}


def headers(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return tick(headers={"type": "object", "properties": properties, "required": list(required)})


def event(data: str, *fields: str) -> bytes:
    return "\n".join([*fields, f"data: {data}", "", ""]).encode()


def numbered(*ids: str) -> Script:
    """Return a stream of events with these ids, an empty text for one without."""
    fields = [[f"id: {name}"] if name else [] for name in ids]
    return stream(*(event('{"n":1}', *lines) for lines in fields))


PAGE = b"<html><head><title>Not\n Found</title></head><body>gone</body></html>"
DEEP = '{"n":1,"x":' + "[" * 300 + "]" * 300 + "}"
TWO_MESSAGES = {
    "tick": {"payload": PAYLOAD, "x-sse": {"event": "tick"}},
    "tock": {"payload": {"type": "boolean"}, "x-sse": {"event": "tock"}},
}
CORRELATED = tick(correlationId={"location": "$message.payload#/meta/id"})
BY_ID = tick(correlationId={"location": "$message.header#/id"})
LAST = {
    "tick": {"payload": PAYLOAD},
    "end": {"payload": {"const": "end"}, "x-sse": {"sentinel": True}},
}

CONNECTION = [
    Row("no-head", {"no-response"}, (HOLD,), (Pause(0.2), HEAD, ONE), seconds=0.5),
    Row("hung-up", {"closed-without-response"}, ()),
    Row(
        "no-http",
        {"malformed-response"},
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n",),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + HEAD, ONE),
    ),
    Row(
        "odd-length",
        {"malformed-response"},
        (head("Content-Length: many"), ONE),
        (head("Transfer-Encoding: Chunked"), chunked(ONE)),
    ),
    Row("not-found", {"status"}, (head(status="404 Not Found", type="text/html"), PAGE)),
    Row("failing", {"status"}, (head(status="500 Oops", type="application/json"), b'{"a":1}')),
    Row("no-content", {"status"}, (head(status="204 No Content", type=None),)),
    Row("other-success", {"status"}, (head(status="206 Partial Content"), ONE)),
    Row("unauthorized", {"credentials"}, (head("WWW-Authenticate: Bearer", status="401 No"),)),
    Row("forbidden", {"credentials"}, (head(status="403 Forbidden", type=None),)),
    Row(
        "redirect",
        {"redirect"},
        (head("Location: http://other.example/a", status="307 Elsewhere"),),
        (head("Location: /a"), ONE),
    ),
    Row("page", {"content-type"}, (head(type="text/html; a=text/event-stream"), ONE)),
    Row("untyped", {"content-type"}, (head(type=None), ONE), (head(type="Text/Event-Stream"), ONE)),
    Row("json", {"content-type"}, (head(type="application/json"), b'{"message":"no"}')),
    Row(
        "gzip",
        {"content-encoding"},
        (head("Content-Encoding: gzip"), gzip.compress(ONE)),
        (head("Content-Encoding: identity"), ONE),
    ),
    Row("not-gzip", {"content-encoding"}, (head("Content-Encoding: gzip"), ONE)),
    Row(
        "typed-twice",
        {"repeated-content-type"},
        (head("Content-Type: text/event-stream"), ONE),
        (head(type='text/event-stream; a="b,c"'), ONE),
    ),
    Row("type-list", {"repeated-content-type"}, (head(type="a/b, text/event-stream"), ONE)),
    Row(
        "charset",
        {"charset"},
        (head(type="text/event-stream; charset=windows-1252"), ONE),
        (head(type='text/event-stream;Charset="UTF-8"'), ONE),
    ),
    Row(
        "cacheable",
        {"cacheable"},
        (head("Cache-Control: private, max-age=60"), ONE),
        (head("cache-control: private, No-Cache"), ONE),
    ),
    Row(
        "length",
        {"buffered"},
        (head(f"Content-Length: {len(ONE)}"), ONE),
        (head("Transfer-Encoding: chunked"), chunked(ONE)),
    ),
    Row(
        "asks-for-buffers",
        {"buffered"},
        (head("X-Accel-Buffering: yes"), ONE),
        (head("X-Accel-Buffering: no"), ONE),
    ),
]

WIRE = [
    Row("latin-1", {"invalid-utf8"}, stream(b'data: {"n":1,"s":"\xe9"}\n\n')),
    Row("late-bom", {"misplaced-bom"}, stream(ONE, BOM, TWO), stream(BOM, ONE, TWO)),
    Row("upper-case", {"bad-field-name"}, stream(ONE, b"Data: 1\n\n"), stream(ONE, b": Data\n\n")),
    Row("no-lower-case", {"bad-field-name"}, stream(b"Data: 1\n\n")),
    Row("retry-unit", {"bad-retry"}, stream(b"retry: 3s\n", ONE), stream(b"retry: 3000\n", ONE)),
    Row(
        "nul",
        {"nul-in-id"},
        stream(b"id: a\0\n", ONE),
        stream(b"id: a\n", ONE),
        rules={"ids": "unique"},
    ),
    Row(
        "upper-case-id",
        {"bad-field-name"},
        stream(b"ID: 1\n", ONE),
        stream(b"id: 1\n", ONE),
        rules={"ids": "unique"},
    ),
    Row("cut-off", {"partial-event"}, stream(ONE, TWO[:-1]), stream(ONE, b": cut o")),
    Row(
        "sentinel-cut-off",
        {"partial-event"},
        stream(ONE, DONE[:-1]),
        stream(ONE, DONE),
        rules={"sentinel": "[DONE]"},
    ),
    Row(
        "chunk-missing",
        {"broken-off"},
        (head("Transfer-Encoding: chunked"), chunked(ONE, ended=False)),
        (head("Transfer-Encoding: chunked"), chunked(ONE[:7], ONE[7:])),
    ),
    Row(
        "crash-without-sentinel",
        {"broken-off"},
        (head("Transfer-Encoding: chunked"), chunked(ONE, ended=False)),
        (head("Transfer-Encoding: chunked"), chunked(ONE, DONE)),
        rules={"sentinel": "[DONE]"},
    ),
    Row(
        "endless-event",
        {"event-too-large"},
        (HEAD, ONE, b"data: " + b"x" * 3000, HOLD),
        (HEAD, ONE, b"data: " + b" " * 1000 + b"3", b"\ndata: \ndata: \n\n"),
        messages={"tick": {"payload": {"type": ["object", "integer"]}}},
        event_limit=2000,
    ),
    Row("color", {"unknown-field"}, stream(b"color: red\n", ONE), stream(b":color: red\n", ONE)),
    Row("two-line-ends", {"mixed-line-ends"}, stream(ONE, TWO.replace(b"\n", b"\r\n"))),
]

CONTRACT = [
    Row("empty", {"no-events"}, stream(), stream(ONE)),
    Row("only-comments", {"no-events"}, (HEAD, b": a\n\n", HOLD), seconds=2),
    Row("only-ids", {"no-events"}, stream(b"id: 1\n\nretry: 5\n\n"), stream(b"id: 1\n\n", ONE)),
    Row("no-event-in-chunks", {"broken-off"}, (head("Transfer-Encoding: chunked"), b"5\r\n: a")),
    Row(
        "other-name",
        {"undeclared-event", "message-not-seen"},
        stream(event('{"n":1}', "event: tack")),
        stream(event('{"n":1}', "event: tick")),
        messages=tick(**{"x-sse": {"event": "tick"}}),
    ),
    Row(
        "no-name",
        {"undeclared-event"},
        stream(event('{"n":1}', "event: /e/{id}"), ONE),
        stream(event('{"n":1}', "event: /e/{id}")),
        messages=tick(**{"x-sse": {"event": "/e/{id}"}}),
    ),
    Row(
        "wrong-name",
        {"payload-schema"},
        stream(event('{"n":1}', "event: tick"), event('{"n":1}', "event: tock")),
        stream(event('{"n":1}', "event: tick"), event("true", "event: tock")),
        messages=TWO_MESSAGES,
    ),
    Row("single-quotes", {"invalid-json"}, stream(event("{'n':1}"))),
    Row("empty-data", {"json-empty"}, stream(b"data:\n\n"), stream(b'data: {"n":\ndata: 1}\n\n')),
    Row("two-values", {"json-trailing-text"}, stream(event('{"n":1} {"n":2}'))),
    Row("two-keys", {"json-duplicate-key"}, stream(event('{"n":1,"n":2}'))),
    Row("nan", {"json-nan"}, stream(event('{"n":1,"x":NaN}'))),
    Row(
        "half-pair",
        {"json-surrogate"},
        stream(event(r'{"n":1,"x":"\ud83d"}')),
        stream(event(r'{"n":1,"x":"\ud83d\ude00"}')),
    ),
    Row("infinite", {"json-overflow"}, stream(event('{"n":1e400}')), stream(event('{"n":1e2}'))),
    Row(
        "many-digits",
        {"json-digits"},
        stream(event('{"n":1,"x":' + "1" * 4301 + "}")),
        stream(event('{"n":1,"x":' + "1" * 300 + "}")),
    ),
    Row("deep", {"json-depth"}, stream(event(DEEP))),
    Row(
        "number-as-text", {"payload-schema"}, stream(event('{"n":"1"}')), stream(event('{"n":1.0}'))
    ),
    Row(
        "no-id-header",
        {"headers-schema"},
        stream(event('{"n":1}', "id: a1"), ONE),
        numbered("a1", "a2"),
        messages=headers(
            {"id": {"type": "string"}, "x-trace": {"type": "string"}}, "id", "x-trace"
        ),
    ),
    Row(
        "other-id",
        {"headers-schema"},
        numbered("7", "b1"),
        numbered("7", "8", ""),
        messages=headers({"id": {"type": "integer", "minimum": 1}}),
    ),
    Row(
        "other-retry",
        {"headers-schema"},
        stream(event('{"n":1}', "retry: 10")),
        stream(event('{"n":1}', "retry: 3000")),
        messages=headers({"retry": {"allOf": [{"minimum": 1000}]}}, "retry"),
    ),
    Row(
        "other-name-pattern",
        {"headers-schema"},
        stream(event('{"n":1}', "event: TICK")),
        stream(event('{"n":1}', "event: tick"), ONE),
        messages=headers({"event": {"pattern": "^[a-z]+$", "maxLength": 5}}),
    ),
    Row(
        "uncorrelated",
        {"correlation-id"},
        stream(event('{"n":1,"meta":{}}')),
        stream(event('{"n":1,"meta":{"id":null}}')),
        messages=CORRELATED,
    ),
    Row("uncorrelated-by-id", {"correlation-id"}, numbered("a", ""), numbered("a"), messages=BY_ID),
    Row(
        "unseen",
        {"message-not-seen"},
        stream(event('{"n":1}', "event: tick")),
        stream(event('{"n":1}', "event: tick"), event("true", "event: tock")),
        messages=TWO_MESSAGES,
    ),
]

UNIQUE, INCREASING = {"ids": "unique"}, {"ids": "increasing"}
STREAM = [
    Row("without-id", {"id-missing"}, numbered("a", ""), numbered("b", "a"), rules=UNIQUE),
    Row(
        "reset-id",
        {"id-missing"},
        stream(event('{"n":1}', "id: a"), event('{"n":1}', "id:")),
        rules=UNIQUE,
        legal_rules={},
    ),
    Row("id-twice", {"duplicate-id"}, numbered("b", "a", "b"), numbered("b", "a"), rules=UNIQUE),
    Row(
        "id-again", {"duplicate-id"}, numbered("1", "2", "2"), numbered("1", "9"), rules=INCREASING
    ),
    Row(
        "id-back",
        {"id-not-increasing"},
        numbered("9", "10", "8"),
        numbered("9", "10", "0011"),
        rules=INCREASING,
    ),
    Row(
        "text-id-back",
        {"id-not-increasing"},
        numbered("a-9", "a-10", "a-1"),
        numbered("a-9", "a-10", "b-1"),
        rules=INCREASING,
    ),
    Row("id-twice-advice", {"duplicate-id"}, numbered("a", "b", "a"), numbered("b", "a")),
    Row("id-back-advice", {"id-not-increasing"}, numbered("2", "1"), numbered("2a", "1a")),
    Row(
        "no-sentinel",
        {"sentinel-missing"},
        stream(ONE),
        stream(ONE, DONE, b": bye\n\n"),
        rules={"sentinel": "[DONE]"},
    ),
    Row(
        "no-last-message",
        {"sentinel-missing"},
        stream(ONE),
        stream(ONE, event('"end"')),
        messages=LAST,
    ),
    Row(
        "after-sentinel",
        {"event-after-sentinel"},
        stream(ONE, DONE, TWO),
        stream(ONE, TWO, DONE),
        rules={"sentinel": "[DONE]"},
    ),
    Row(
        "open-after-sentinel",
        {"open-after-sentinel"},
        (HEAD, ONE, DONE, HOLD),
        (HEAD, ONE, DONE),
        rules={"sentinel": "[DONE]"},
    ),
    Row(
        "late",
        {"first-event-late"},
        (HEAD, Pause(1.2), ONE),
        rules={"first-event-within": 0.3},
        legal_rules={"first-event-within": 30},
    ),
    Row(
        "gap",
        {"gap-too-long"},
        (HEAD, ONE, Pause(0.6), b": a\n\n", Pause(0.6), TWO),
        rules={"max-gap": 0.3},
        legal_rules={"max-gap": 30},
    ),
    Row(
        "gap-at-the-end",
        {"gap-too-long"},
        (HEAD, ONE, TWO, HOLD),
        (HEAD, ONE, TWO),
        rules={"max-gap": 1.2},
    ),
    Row(
        "no-heartbeat",
        {"heartbeat-missing"},
        (HEAD, ONE, HOLD),
        # Comments without a blank line are no blocks, and bytes all the same.
        (HEAD, ONE, *[Pause(0.25), b":\n"] * 8),
        rules={"heartbeat": 1.5},
    ),
    Row(
        "no-heartbeat-at-the-start",
        {"heartbeat-missing"},
        (HEAD, Pause(1.5), ONE),
        rules={"heartbeat": 0.2},
        legal_rules={"heartbeat": 30},
    ),
    Row(
        "short",
        {"rule-not-judged"},
        (HEAD, ONE, HOLD),
        (HEAD, ONE),
        rules={"max-gap": 30},
    ),
    Row(
        "unended",
        {"rule-not-judged"},
        (HEAD, ONE, HOLD),
        (HEAD, ONE, DONE),
        rules={"sentinel": "[DONE]"},
    ),
]

ROWS = {row.name: row for row in [*CONNECTION, *WIRE, *CONTRACT, *STREAM]}
