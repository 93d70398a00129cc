"""Checks of the response head: what it says of a stream that is there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_asyncapi_sse.errors import Severity, Violation, shown
from pytest_asyncapi_sse.model import Channel
from pytest_asyncapi_sse.sse import Head, Recording

_SHOWN = 80
_CHARSET = re.compile(r";\s*charset\s*=\s*(\"[^\"]*\"|[^;\s]*)", re.IGNORECASE)
_UTF_8 = frozenset({"utf-8", "utf8"})
_NOT_STORED = frozenset({"no-cache", "no-store"})


def check_head(channel: Channel, recording: Recording) -> list[Violation]:
    """Return what is wrong with the head of an event stream.

    Codes: `repeated-content-type` and `charset` are errors, `cacheable` and `buffered` advice.
    Source: RFC 9110, section 5.3; HTML standard, section 9.2.5 and the registration of the type;
    RFC 9111, section 3.
    """
    head = recording.head
    if head is None:
        return []
    judges = (_repeated(head), _charset(head), _cacheable(head, recording), _buffered(head))
    return [
        Violation(
            code=code,
            severity=severity,
            summary=summary,
            channel=channel.name,
            got=got,
            expected=_EXPECTED[code],
            location=channel.location,
            advice=_ADVICE[code],
        )
        for found in judges
        for code, severity, summary, got in found
    ]


Found = Iterator[tuple[str, Severity, str, str]]

_EXPECTED = {
    "repeated-content-type": "one Content-Type",
    "charset": "text/event-stream, or text/event-stream; charset=utf-8",
    "cacheable": "Cache-Control: no-cache, or no-store",
    "buffered": "events that are sent one by one",
}
_ADVICE = {
    "repeated-content-type": "set the header once: clients differ in which of several they take",
    "charset": "send UTF-8 and say so or say nothing: a stream has no other encoding",
    "cacheable": "send Cache-Control: no-store, so that no cache answers in the server's place",
    "buffered": "send the stream without a length, chunk by chunk, and keep proxies from buffering",
}


def _repeated(head: Head) -> Found:
    types = head.content_types
    if len(types) > 1:
        summary = f"the response has {len(types)} content types"
        yield "repeated-content-type", "error", summary, ", ".join(shown(t, _SHOWN) for t in types)


def _charset(head: Head) -> Found:
    for content_type in head.content_types[-1:]:
        for value in _CHARSET.findall(content_type):
            if value.strip('"').lower() not in _UTF_8:
                summary = f"the charset is {shown(value, _SHOWN)}, not utf-8"
                yield "charset", "error", summary, f"Content-Type: {shown(content_type, _SHOWN)}"
                return


def _cacheable(head: Head, recording: Recording) -> Found:
    # What answers another method than GET is not stored by default (RFC 9110, section 9.2.3).
    value = head.header("cache-control")
    told = {item.partition("=")[0].strip().lower() for item in (value or "").split(",")}
    if recording.method == "GET" and not told & _NOT_STORED:
        got = "no Cache-Control" if value is None else f"Cache-Control: {shown(value, _SHOWN)}"
        yield "cacheable", "advice", "the response does not forbid caches to store it", got


def _buffered(head: Head) -> Found:
    length = head.header("content-length")
    if length is not None:
        summary = "the response has a Content-Length, so the stream was complete before it was sent"
        yield "buffered", "advice", summary, f"Content-Length: {shown(length, _SHOWN)}"
    elif (head.header("x-accel-buffering") or "").strip().lower() == "yes":
        summary = "the response asks proxies to buffer the stream"
        yield "buffered", "advice", summary, "X-Accel-Buffering: yes"
