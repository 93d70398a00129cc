"""Evidence: what stood beside a violation, and the request that shows it again."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from pytest_asyncapi_sse.errors import Violation, shown
from pytest_asyncapi_sse.sse import Recording

_MAX_TIME = 10
_SHOWN_HEADERS = frozenset({"accept", "last-event-id", "content-type"})
_OWN_HEADERS = frozenset({"accept-encoding", "cache-control"})
_SHOWN_NEIGHBOUR = 120
SERVE_PORT = 8000
MASK = "***"
_TOKENS = ("access_token", "token", "api[_-]?key", "secret", "password", "signature", "sig")

Evidence = tuple[tuple[str, str], ...]


def labelled(**texts: str) -> Evidence:
    """Return lines of evidence by their labels, without those that have no text."""
    return tuple((label, text) for label, text in texts.items() if text)


def with_evidence(violations: Iterable[Violation], recording: Recording) -> list[Violation]:
    """Return violations with their neighbours in the stream and the request that shows them again.

    For an application that a run hosts, the command that serves it comes first.
    """
    request = request_lines(recording)
    return [_beside(found, recording, request) for found in violations]


def request_lines(recording: Recording) -> Evidence:
    """Return the labelled lines that send a recording's request again."""
    headers = dict(recording.request_headers)
    url = _served(recording.url) if recording.serve else recording.url
    body, secrets = recording.request_body, recording.secrets
    line = curl(recording.method, url, headers, body, secrets)
    return labelled(serve=recording.serve, reproduce=line)


def _beside(found: Violation, recording: Recording, request: Evidence) -> Violation:
    index = found.index
    if index is None or not 0 <= index < len(recording.frames):
        return replace(found, evidence=(*found.evidence, *request))
    near = (("before", index - 1), ("after", index + 1))
    neighbours = tuple(
        (label, _neighbour(recording, at)) for label, at in near if 0 <= at < len(recording.frames)
    )
    return replace(
        found,
        seconds=recording.seconds[index],
        evidence=(*neighbours, *found.evidence, *request),
    )


def _neighbour(recording: Recording, index: int) -> str:
    raw = shown(recording.frames[index].raw, _SHOWN_NEIGHBOUR)
    return f"frame {index + 1} at {recording.seconds[index]:.2f} s: {raw}"


def _served(url: str) -> str:
    """Return the URL on the port that the command to serve an application names."""
    return urlunsplit(urlsplit(url)._replace(netloc=f"127.0.0.1:{SERVE_PORT}"))


def curl(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: Any = None,
    secrets: Collection[str] = (),
) -> str:
    """Return a `curl -N` command; what may be a secret becomes a shell variable.

    `secrets` are names in the query, beside those that are known for it.
    """
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
        quoted += ["--data-binary", shlex.quote(body.decode("utf-8", "replace"))]
    elif body is not None:
        quoted += ["-H", "'Content-Type: application/json'"]
        quoted += ["--data-binary", shlex.quote(json.dumps(body))]
    return " ".join([*quoted, _shell_url(url, secrets)])


def masked(url: str, secrets: Collection[str] = ()) -> str:
    """Return a URL without the user name and password in it, and without tokens in its query.

    `secrets` are names in the query, beside those that are known for it.
    """
    return _secret(secrets).sub(rf"\g<name>={MASK}", _without_user(url))


def _shell_url(url: str, secrets: Collection[str]) -> str:
    """Return a URL as a word of a shell, its tokens as variables."""
    plain = _without_user(url)
    parts = _secret(secrets).split(plain)
    words = [shlex.quote(parts[0])]
    for name, rest in zip(parts[1::2], parts[2::2], strict=True):
        words += [shlex.quote(f"{name}="), f'"${_variable(name.lstrip("?&"))}"']
        words += [shlex.quote(rest)] if rest else []
    return "".join(words)


def _secret(names: Collection[str]) -> re.Pattern[str]:
    known = "|".join([*_TOKENS, *(re.escape(quote(name)) for name in names)])
    return re.compile(rf"(?P<name>[?&](?:{known}))=[^&#]*", re.IGNORECASE)


def _without_user(url: str) -> str:
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url
    return urlunsplit(parts._replace(netloc=f"{MASK}@" + parts.netloc.rpartition("@")[2]))


def _title(name: str) -> str:
    return "-".join(word.capitalize() for word in name.split("-"))


def _variable(name: str) -> str:
    return re.sub(r"\W", "_", name.upper())
