"""Pages: what a response that is no stream says, in a line."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pytest_asyncapi_sse.errors import shown
from pytest_asyncapi_sse.schema import JSONDefect, parse_json
from pytest_asyncapi_sse.sse import Head, Recording

_SHOWN = 200
_TITLE = re.compile(r"<(title|h1)\b[^>]*>(.*?)</\1\s*>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
# What the members of an error are called, RFC 9457 among them, the most telling first.
_TELLING = ("detail", "message", "error_description", "error", "title", "errors")


def page_of(head: Head, recording: Recording) -> str:
    """Return what a response is instead of a stream: its type, and its title or its message."""
    sent = head.header("content-type") or "no content type"
    body = recording.body_start
    if not body.strip():
        return f"{sent}, an empty body so far"
    told = _title(body) if _looks_like_html(head, body) else _message(body)
    if told:
        return f"{sent}, which says {shown(told, _SHOWN)}"
    return f"{sent}, body {shown(body, _SHOWN)}"


def _looks_like_html(head: Head, body: bytes) -> bool:
    return "html" in head.media_type or body.lstrip()[:1] == b"<"


def _title(body: bytes) -> str:
    for found in _TITLE.finditer(body.decode("utf-8", "replace")):
        text = html.unescape(_TAG.sub("", found[2]))
        if text.strip():
            return " ".join(text.split())
    return ""


def _message(body: bytes) -> str:
    try:
        value = parse_json(body)
    except JSONDefect:
        return ""
    return next(_texts(value), "")


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts of an error, from its telling members down."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value[:1]:
            yield from _texts(item)
    elif isinstance(value, Mapping):
        for name in _TELLING:
            yield from _texts(value.get(name))
