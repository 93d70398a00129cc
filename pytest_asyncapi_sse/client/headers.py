"""Headers of a user: what HTTP can carry is sent, the rest is refused, no value is shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pytest_asyncapi_sse.errors import ConfigurationError, hides_frame

__tracebackhide__ = hides_frame

# RFC 9110, sections 5.1 and 5.5; what is beyond ASCII there means whatever the peer likes.
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"([!-~]([\t -~]*[!-~])?)?")
# What a header carries of what an event's id may be.
_EVENT_ID = re.compile(r"(?![ \t])[^\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]*(?<![ \t])")
# A stream is asked for as it is: what was compressed would be judged, and bounded, only unpacked.
_OF_THE_CLIENT = frozenset(
    {"accept-encoding", "connection", "content-length", "transfer-encoding", "upgrade"}
)


class Headers(dict[str, str]):
    """Hold headers whose values no traceback shows."""

    def __repr__(self) -> str:
        return f"<headers {', '.join(map(repr, self))}>" if self else "<no headers>"


def is_header_name(text: str) -> bool:
    """Whether a header, or a cookie, can have this name."""
    return _NAME.fullmatch(text) is not None


def is_of_the_client(name: str) -> bool:
    """Whether the client sets a header itself, by what it sends."""
    return name.lower() in _OF_THE_CLIENT


def carries_id(text: str) -> bool:
    """Whether an event's id can be sent as `Last-Event-ID`."""
    return _EVENT_ID.fullmatch(text) is not None


def header_defect(name: object, value: object) -> str:
    """Return what is wrong with a header, without its value; empty where nothing is."""
    if not isinstance(name, str) or not is_header_name(name):
        # What stands there may be a value that lost its name.
        return "a name (it is not shown) is none that a header can have"
    if is_of_the_client(name):
        return f"{name!r} is a header that the client sets itself: leave it out"
    if not isinstance(value, str):
        return f"the value of {name!r} is {type(value).__name__}, expected a str"
    if not _VALUE.fullmatch(value):
        return (
            f"the value of {name!r} (it is not shown) holds what HTTP can't carry: give visible"
            " ASCII characters, with spaces or tabs only between them"
        )
    return ""


def checked_headers(given: Mapping[Any, Any], source: str) -> Headers:
    """Return headers that can be sent; raises ConfigurationError that names their `source`."""
    headers = Headers(given)
    defect = next(filter(None, map(header_defect, headers.keys(), headers.values())), "")
    if defect:
        raise ConfigurationError(f"{source}: {defect}")
    return headers
