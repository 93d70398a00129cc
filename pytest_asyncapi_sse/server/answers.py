"""Answers of a test's own to a request: a status, headers and a body that ends."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus

from pytest_asyncapi_sse.client.headers import is_header_name
from pytest_asyncapi_sse.errors import ConfigurationError, hides_frame, shown
from pytest_asyncapi_sse.schema import dump_json
from pytest_asyncapi_sse.server.steps import Answer, whole

__tracebackhide__ = hides_frame

# RFC 9110, section 5.5: visible characters, spaces and tabs only between them.
_VALUE = re.compile(r"([!-~\xa0-\xff]([\t -~\xa0-\xff]*[!-~\xa0-\xff])?)?")
_OF_THE_SERVER = frozenset({"content-length", "transfer-encoding"})
# RFC 9110, sections 15.3.5 and 15.4.5.
_BODILESS = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


def answer_of(status: int, headers: Mapping[str, str] | None = None, body: object = b"") -> Answer:
    """Return the answer with a status, headers and a body in bytes, as text or as a JSON value.

    Text goes as `text/plain` and a JSON value as `application/json`, unless the headers have a
    type. Raises ConfigurationError for what HTTP can't carry.
    """
    if isinstance(status, bool) or not isinstance(status, int) or not 200 <= status <= 599:
        raise ConfigurationError(f"the status is {shown(status, 80)}, expected 200 to 599")
    content, media_type = _content(body)
    if content and status in _BODILESS:
        raise ConfigurationError(f"a response of status {int(status)} has no body: leave it out")
    given = _headers({} if headers is None else headers)
    has_type = any(name == "content-type" for name, _ in given)
    if media_type and not has_type:
        given.append(("content-type", media_type))
    if status not in _BODILESS:
        given.append(("content-length", str(len(content))))
    return whole(int(status), tuple(given), content)


def _content(body: object) -> tuple[bytes, str]:
    if isinstance(body, bytes | bytearray):
        return bytes(body), ""
    if isinstance(body, str):
        return body.encode("utf-8", "surrogatepass"), "text/plain; charset=utf-8" if body else ""
    try:
        return dump_json(body).encode(), "application/json"
    except (TypeError, ValueError):
        raise ConfigurationError(
            f"the body is {shown(body, 80)}, expected bytes, a str or a JSON value"
        ) from None


def _headers(headers: object) -> list[tuple[str, str]]:
    if not isinstance(headers, Mapping):
        raise ConfigurationError(
            f"the headers are {shown(headers, 80)}, expected a mapping of names to values"
        )
    for name, value in headers.items():
        if not isinstance(name, str) or not is_header_name(name):
            raise ConfigurationError(f"{shown(name, 80)} is no name that a header can have")
        if name.lower() in _OF_THE_SERVER:
            raise ConfigurationError(f"the server sets the header {name!r} itself: leave it out")
        if not isinstance(value, str) or not _VALUE.fullmatch(value):
            raise ConfigurationError(
                f"the header {name!r} is {shown(value, 80)}, expected a str in one line of"
                " printable Latin-1 characters"
            )
    return [(name.lower(), value) for name, value in headers.items()]
