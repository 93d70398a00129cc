"""Credentials: what to give a server that asks for them, by the document and by its answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_asyncapi_sse.errors import printable
from pytest_asyncapi_sse.model import Channel, SecurityScheme
from pytest_asyncapi_sse.sse import Recording

_SHOWN = 60
_BEARER = '--asyncapi-header "Authorization: Bearer ..."'
_PASSWORD = "the fixture asyncapi_auth with a user name and a password"
_ANY = "--asyncapi-header or the fixture asyncapi_auth"
_BY_TYPE = {
    "oauth2": _BEARER,
    "openIdConnect": _BEARER,
    "userPassword": _PASSWORD,
}
_BY_HTTP_SCHEME = {"bearer": _BEARER, "basic": _PASSWORD}
_BY_PLACE = {
    "header": '--asyncapi-header "{name}: ..."',
    "cookie": '--asyncapi-header "Cookie: {name}=..."',
}


def credentials_advice(channel: Channel, recording: Recording) -> str:
    """Say which credentials to give, and how."""
    schemes = _schemes(channel)
    ways = dict.fromkeys(map(_way, schemes)) or {_challenged(recording): None}
    named = ", ".join(printable(scheme.name, _SHOWN) for scheme in schemes)
    by = f" (the document names {named})" if named else ""
    given = any(name.lower() == "authorization" for name, _ in recording.request_headers)
    refused = "those that were given were refused: " if given else ""
    return f"{refused}give {' or '.join(ways)}{by}"


def _schemes(channel: Channel) -> list[SecurityScheme]:
    return [
        scheme
        for alternatives in channel.security
        for requirement in alternatives
        for scheme in requirement.schemes
    ]


def _way(scheme: SecurityScheme) -> str:
    details = scheme.details
    if scheme.type == "http":
        return _BY_HTTP_SCHEME.get(_text(details, "scheme").lower(), _ANY)
    if scheme.type == "httpApiKey":
        way = _BY_PLACE.get(_text(details, "in"), _ANY)
        return way.replace("{name}", printable(_text(details, "name"), _SHOWN))
    return _BY_TYPE.get(scheme.type, _ANY)


def _challenged(recording: Recording) -> str:
    """Return the way that the answer itself asks for (RFC 9110, section 11.6.1)."""
    challenge = recording.head.header("www-authenticate") if recording.head else None
    scheme = (challenge or "").split(" ", 1)[0].strip(",").lower()
    return _BY_HTTP_SCHEME.get(scheme, _ANY)


def _text(details: Mapping[str, Any], key: str) -> str:
    value = details.get(key)
    return value if isinstance(value, str) else ""
