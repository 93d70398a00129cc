"""Streams that are odd and legal: no error may be told of them, and no other advice than listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from defect_server import HEAD, Pause, Script, chunked, head
from defect_table import BOM, ONE, PAYLOAD, TWO, event, numbered, stream

ANYTHING = {"any": {"payload": True}}


@dataclass(frozen=True)
class Odd:
    script: Script
    advice: frozenset[str] = frozenset()
    messages: Mapping[str, Any] | None = None


def priced(schema: dict[str, Any]) -> dict[str, Any]:
    return {"any": {"payload": {"type": "object", "properties": {"n": schema}}}}


ODDITIES = {
    "odd-crlf": Odd(stream(ONE.replace(b"\n", b"\r\n"), TWO.replace(b"\n", b"\r\n"))),
    "odd-cr": Odd(stream(ONE.replace(b"\n", b"\r"), TWO.replace(b"\n", b"\r"))),
    "odd-mixed": Odd(stream(ONE, TWO.replace(b"\n", b"\r")), frozenset({"mixed-line-ends"})),
    "odd-bom": Odd(stream(BOM, ONE)),
    "odd-comments": Odd(
        stream(b": hello\n:\n\n", ONE, b": ping - 2020\n\n", b":\n\n", TWO, b":\n")
    ),
    "odd-split": Odd((HEAD, ONE[:3], Pause(0.05), ONE[3:-1], Pause(0.05), ONE[-1:], TWO)),
    "odd-split-crlf": Odd((HEAD, b'data: {"n":1}\r\n\r', Pause(0.05), b'\ndata: {"n":1}\r\n\r\n')),
    "odd-split-utf-8": Odd((HEAD, b'data: {"n":1,"s":"\xe2', Pause(0.05), b'\x82\xac"}\n\n')),
    "odd-byte-by-byte": Odd(
        (head("Transfer-Encoding: chunked"), chunked(*(bytes([byte]) for byte in ONE + TWO)))
    ),
    "odd-lines": Odd(stream(b'data: {\ndata:  "n":\ndata\ndata:1}\n\n')),
    "odd-fields": Odd(
        stream(b'data: {"n":1}\nevent:\nid\n\n', b'event: e\nevent\ndata:{"n":1}\n\n')
    ),
    "odd-pattern": Odd(stream(event('{"n":1}', "event: /user/:id/{x}"))),
    "odd-charset": Odd((head(type="text/event-stream; charset=UTF-8"), ONE)),
    "odd-late-head": Odd((Pause(0.5), HEAD + ONE)),
    "odd-no-data": Odd(stream(b"event: a\n\n", ONE, b"retry: 5\n\n\n\n\n", TWO, b"event: end\n\n")),
    "odd-separators": Odd(
        stream(event('{"n":1,"s":"a\u2028b\u2029c\x85d\ufeff"}')),
        messages=ANYTHING,
    ),
    "odd-cents": Odd(
        stream(event('{"n":19.99}'), event('{"n":0.07}'), event('{"n":1.1e1}')),
        messages=priced({"type": "number", "multipleOf": 0.01}),
    ),
    "odd-integers": Odd(
        stream(event('{"n":9007199254740993}'), event('{"n":123456789012345678901234567890}')),
        messages=priced({"type": "integer", "minimum": 9007199254740993}),
    ),
    "odd-ids": Odd(stream(b"id: 1\n\n", ONE, b"id: 2\n\n", TWO, b"id: \n\n", ONE, b"id: 5\n", TWO)),
    "odd-id-list": Odd(numbered('[{"topic":"a","offset":1}]', "urn:uuid:1", "é€", "a b:c")),
    "odd-retry": Odd(
        stream(b"retry: 0\n", ONE, b"retry:00015000\n", TWO, b"retry: 9999999999999\n\n")
    ),
    "odd-ping-event": Odd(
        stream(event("{}", "event: ping"), ONE),
        messages={"tick": {"payload": PAYLOAD}, "ping": {"payload": {"maxProperties": 0}}},
    ),
    "odd-text": Odd(stream(event("it's text")), messages={"any": {"payload": {"type": "string"}}}),
    "odd-http-1.0": Odd((HEAD.replace(b"1.1", b"1.0"), ONE)),
    "odd-lower-case-head": Odd((HEAD.lower().replace(b"http/1.1 200 ok", b"HTTP/1.1 200"), ONE)),
}
