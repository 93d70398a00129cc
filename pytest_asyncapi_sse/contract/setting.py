"""A setting: how the client under test is called, and with which credentials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_asyncapi_sse.checks.evidence import MASK
from pytest_asyncapi_sse.checks.security import Place, is_guarded, places
from pytest_asyncapi_sse.client.headers import is_header_name
from pytest_asyncapi_sse.contract.targets import ClientUnderTest, generated_parameter
from pytest_asyncapi_sse.document import address
from pytest_asyncapi_sse.model import Channel

_TOKEN = "made-up"
# What is shorter is no secret, and stands everywhere.
_LEAST_SECRET = 6
_OF_CLIENTS = frozenset(
    {
        "accept",
        "cache-control",
        "connection",
        "content-length",
        "host",
        "last-event-id",
        "transfer-encoding",
    }
)


@dataclass(frozen=True, slots=True)
class Setting:
    """Say how the client is called: the parameters of the channel, and the headers to send."""

    parameters: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)

    def masked(self, text: str) -> str:
        """Return what the client said without the values of the headers that it was given."""
        for value in self.headers.values():
            # The whole value, the token behind its scheme, the value of a cookie.
            for secret in (value, value.partition(" ")[2], value.partition("=")[2]):
                if len(secret) >= _LEAST_SECRET:
                    text = text.replace(secret, MASK)
        return text

    @classmethod
    def of(cls, channel: Channel, client: ClientUnderTest) -> Setting:
        """Return the setting of a channel by what the user gave, and the document.

        Where the channel is guarded and no credentials were given, some are made up.
        """
        given = client.reach.parameters_of(channel)
        values = address.resolve_parameters(channel, given, generate=generated_parameter)
        headers = dict(client.reach.headers)
        has = {name.lower() for name in headers}
        if is_guarded(channel) and not any(_header(p).lower() in has for p in places(channel)):
            headers |= {_header(p): _made_up(p) for p in carried(channel)}
        return cls(values, headers)


def carried(channel: Channel) -> list[Place]:
    """Return where credentials go in a header; those of a query are in the URL.

    A header that can't be sent has none, nor one that is the client's own.
    """
    return [
        place
        for place in places(channel)
        if place.kind != "query"
        and is_header_name(place.name)
        and place.name.lower() not in _OF_CLIENTS
    ]


def query_secrets(channel: Channel) -> tuple[str, ...]:
    """Return the names in the query whose values are credentials."""
    return tuple(place.name for place in places(channel) if place.kind == "query")


def _header(place: Place) -> str:
    return "Cookie" if place.kind == "cookie" else place.name


def _made_up(place: Place) -> str:
    return f"{place.name}={_TOKEN}" if place.kind == "cookie" else place.like(_TOKEN)
