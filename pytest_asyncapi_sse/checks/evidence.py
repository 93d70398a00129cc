"""Evidence: the request that shows a violation again, as a command line."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from pytest_asyncapi_sse.errors import Violation
from pytest_asyncapi_sse.sse import Recording

_MAX_TIME = 10
_SHOWN_HEADERS = frozenset({"accept", "last-event-id", "content-type"})
_OWN_HEADERS = frozenset({"accept-encoding", "cache-control"})


def with_request(violations: Iterable[Violation], recording: Recording) -> list[Violation]:
    """Return the violations with the command that sends the same request again."""
    headers = dict(recording.request_headers)
    line = curl(recording.method, recording.url, headers, recording.request_body)
    return [replace(found, evidence=(*found.evidence, ("reproduce", line))) for found in violations]


def curl(method: str, url: str, headers: Mapping[str, str], body: Any = None) -> str:
    """Return a `curl -N` command; the values of the user's headers become shell variables."""
    words = ["curl", "-N", "--max-time", str(_MAX_TIME)]
    if method != "GET":
        words += ["-X", method]
    quoted = [shlex.quote(word) for word in words]
    for name, value in headers.items():
        if name.lower() in _OWN_HEADERS:
            continue
        if name.lower() in _SHOWN_HEADERS:
            quoted += ["-H", shlex.quote(f"{_title(name)}: {value}")]
        else:
            quoted += ["-H", f'"{_title(name)}: ${_variable(name)}"']
    if isinstance(body, bytes):
        quoted += ["--data-binary", shlex.quote(body.decode())]
    elif body is not None:
        quoted += ["-H", "'Content-Type: application/json'"]
        quoted += ["--data-binary", shlex.quote(json.dumps(body))]
    return " ".join([*quoted, shlex.quote(masked(url))])


def masked(url: str) -> str:
    """Return a URL without the user name and password in it."""
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url
    return urlunsplit(parts._replace(netloc="***@" + parts.netloc.rpartition("@")[2]))


def _title(name: str) -> str:
    return "-".join(word.capitalize() for word in name.split("-"))


def _variable(name: str) -> str:
    return re.sub(r"\W", "_", name.upper())
