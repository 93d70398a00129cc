"""Checks of security: whether a server that asks for credentials yields nothing without them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pytest_asyncapi_sse.checks.connection import check_connection, why_no_event
from pytest_asyncapi_sse.errors import Severity, Violation, printable
from pytest_asyncapi_sse.model import Alternatives, Channel, SecurityRequirement, SecurityScheme
from pytest_asyncapi_sse.sse import Ending, Recording

_SHOWN = 60
_WRONG = "wrong"
_WRONG_BASIC = "Basic " + base64.b64encode(b"wrong:wrong").decode()
_BY_TYPE = {
    "oauth2": f"Bearer {_WRONG}",
    "openIdConnect": f"Bearer {_WRONG}",
    "userPassword": _WRONG_BASIC,
}
_PLACES: Mapping[str, Literal["header", "cookie", "query"]] = {
    "header": "header",
    "cookie": "cookie",
    "query": "query",
}
_CALLED = {
    "header": "the header {name}",
    "cookie": "the cookie {name}",
    "query": "the query parameter {name}",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Say where a request carries a credential, and which value would be a wrong one there."""

    kind: Literal["header", "cookie", "query"]
    name: str
    wrong: str

    def like(self, token: str) -> str:
        """Return a value with another token in the place of the wrong one."""
        if self.wrong == _WRONG_BASIC:
            return "Basic " + base64.b64encode(f"{token}:{token}".encode()).decode()
        return self.wrong.replace(_WRONG, token)

    def __str__(self) -> str:
        return _CALLED[self.kind].format(name=printable(self.name, _SHOWN))


@dataclass(frozen=True, slots=True)
class Probes:
    """Hold what a server answered without credentials, and with wrong ones.

    `left_out` names what of the request was left out, nothing where the user gave no credentials:
    then `without` is the recording of all other checks.
    """

    without: Recording
    wrong: Recording
    left_out: tuple[str, ...] = ()


def is_guarded(channel: Channel) -> bool:
    """Whether the document says of a channel that not everybody may read it."""
    return any(map(_is_shut, channel.security))


def places(channel: Channel) -> tuple[Place, ...]:
    """Return where a request carries the credentials of a channel, each place once."""
    found = (
        _place(scheme)
        for alternatives in channel.security
        for requirement in alternatives
        for scheme in requirement.schemes
    )
    first: dict[tuple[str, str], Place] = {}
    for place in found:
        if place is not None:
            first.setdefault((place.kind, place.name.lower()), place)
    return tuple(first.values())


def why_unprobed(channel: Channel) -> str:
    """Say why credentials can't be left out of a request, "" where they can."""
    shut = [alternatives for alternatives in channel.security if _is_shut(alternatives)]
    if any(all(map(_has_place, alternatives)) for alternatives in shut):
        return ""
    kinds = {
        scheme.type
        for alternatives in shut
        for requirement in alternatives
        for scheme in requirement.schemes
        if _place(scheme) is None
    }
    named = ", ".join(printable(kind, _SHOWN) for kind in sorted(kinds))
    return f"not checkable: no request shows the credentials of {named}"


def check_credentials(channel: Channel, probes: Probes) -> list[Violation]:
    """Return how a server treats those who have no credentials, or wrong ones.

    Codes: `open-to-anyone` and `wrong-credentials-accepted` are errors, `credentials-not-refused`
    is advice: a stream that stays silent refuses nobody, and may be waiting for its first event.
    """
    if _yields(channel, probes.without):
        return [_open(channel, probes)]
    if _yields(channel, probes.wrong):
        what = "wrong credentials"
        return [_violation("wrong-credentials-accepted", channel, what, _got(probes.wrong))]
    for what, recording in (("no credentials", probes.without), ("wrong ones", probes.wrong)):
        if _is_silent(channel, recording):
            got = f"{why_no_event(recording)} for {recording.duration:.1f} s"
            return [_violation("credentials-not-refused", channel, what, got, "advice")]
    return []


def _open(channel: Channel, probes: Probes) -> Violation:
    wrong = _got(probes.wrong) if _yields(channel, probes.wrong) else "refused"
    got = f"{_got(probes.without)}; with wrong credentials: {wrong}"
    return _violation("open-to-anyone", channel, "no credentials", got)


def _got(recording: Recording) -> str:
    count = len(recording.events)
    return "1 event" if count == 1 else f"{count} events"


def _yields(channel: Channel, recording: Recording) -> bool:
    return bool(recording.events) and not check_connection(channel, recording)


def _is_silent(channel: Channel, recording: Recording) -> bool:
    """Whether nothing was refused so far: real servers send the head with the first event."""
    if recording.head is None:
        return recording.ended in (Ending.no_head, Ending.deadline, Ending.stopped)
    has_ended = recording.ended in (Ending.closed, Ending.broken)
    return not has_ended and not check_connection(channel, recording)


def _violation(
    code: str, channel: Channel, what: str, got: str, severity: Severity = "error"
) -> Violation:
    return Violation(
        code=code,
        severity=severity,
        summary=_SUMMARY[code].format(what=what),
        channel=channel.name,
        got=got,
        expected="401 or 403, and no event, by the document's security",
        location=channel.location,
        advice=_ADVICE[code],
    )


_SUMMARY = {
    "open-to-anyone": "events came to a request with {what}",
    "wrong-credentials-accepted": "events came to a request with {what}",
    "credentials-not-refused": "a request with {what} is not refused, and gets no event",
}
_ADVICE = {
    "open-to-anyone": (
        "check the credentials before the stream begins, or take the security out of the document"
    ),
    "wrong-credentials-accepted": "compare the credentials, not only whether some are there",
    "credentials-not-refused": "answer 401 at once: a client takes silence for a stream",
}


def _is_shut(alternatives: Alternatives) -> bool:
    return bool(alternatives) and all(requirement.schemes for requirement in alternatives)


def _has_place(requirement: SecurityRequirement) -> bool:
    return any(_place(scheme) is not None for scheme in requirement.schemes)


def _place(scheme: SecurityScheme) -> Place | None:
    if scheme.type == "http":
        named = str(scheme.details.get("scheme") or "Bearer")
        wrong = _WRONG_BASIC if named.lower() == "basic" else f"{named.capitalize()} {_WRONG}"
        return Place("header", "Authorization", wrong)
    if scheme.type == "httpApiKey":
        kind = _PLACES.get(str(scheme.details.get("in")))
        name = scheme.details.get("name")
        return Place(kind, name, _WRONG) if kind and isinstance(name, str) and name else None
    wrong_value = _BY_TYPE.get(scheme.type)
    return None if wrong_value is None else Place("header", "Authorization", wrong_value)
