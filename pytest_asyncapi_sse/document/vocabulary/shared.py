"""The rows of the vocabulary that both majors of AsyncAPI share."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_asyncapi_sse.document.vocabulary.kinds import (
    ANYTHING,
    EMAIL,
    EXPRESSION,
    NUMBER,
    SCHEMA,
    TEXT,
    TEXTS,
    URI,
    ByValue,
    Choice,
    Kind,
    MapOf,
    Object,
    Row,
    row,
)

# What a parameter may be taken to have, being like a schema.
SCHEMA_KEYS = (
    "type",
    "format",
    "pattern",
    "required",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "const",
    "example",
)
PROTOCOLS = (
    "amqp",
    "amqp1",
    "anypointmq",
    "googlepubsub",
    "ibmmq",
    "jms",
    "kafka",
    "mercure",
    "mqtt",
    "mqtt5",
    "nats",
    "pulsar",
    "redis",
    "sns",
    "solace",
    "sqs",
    "stomp",
    "ws",
)

_METHOD = Choice(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE"))
_API_KEY_PLACES = Choice(("user", "password"))
_HTTP_KEY_PLACES = Choice(("header", "query", "cookie"))
_FLOWS = Object("oauth flows", may_refer=False)
_SSE_HINT = "AsyncAPI has no SSE binding; write x-sse, which other tools take for an extension."

_PLAIN_TYPES = (
    "userPassword",
    "X509",
    "symmetricEncryption",
    "asymmetricEncryption",
    "plain",
    "scramSha256",
    "scramSha512",
    "gssapi",
)
_SCHEMES: Mapping[str, Kind] = {
    **dict.fromkeys(_PLAIN_TYPES, Object("security scheme")),
    "apiKey": Object("API key"),
    "httpApiKey": Object("http API key"),
    "http": Object("http scheme"),
    "oauth2": Object("oauth2 scheme"),
    "openIdConnect": Object("OpenID scheme"),
}
SCHEME = ByValue("type", _SCHEMES, Object("scheme of no type"))
_TYPES = Choice(tuple(_SCHEMES))


def bindings(owner: str, http: str, extra: Mapping[str, Kind], since: Mapping[str, str]) -> Row:
    """Return the row of a binding map; only its http binding is looked into."""
    keys = dict.fromkeys(PROTOCOLS, ANYTHING) | {"http": Object(http)} | dict(extra)
    return Row(f"the bindings of {owner}", keys, since=since, hints={"sse": _SSE_HINT})


def flows(scopes: str) -> dict[str, Row]:
    """Return the rows of the OAuth flows; the key of their scopes is not the same in each major."""
    hints = {} if scopes == "scopes" else {"scopes": f"In 3.x it is {scopes}."}
    keys: dict[str, Kind] = {"refreshUrl": URI, scopes: MapOf(TEXT)}
    token = keys | {"tokenUrl": URI}
    login = keys | {"authorizationUrl": URI}
    named = {
        "implicit": ("an implicit OAuth flow", login),
        "password": ("a password OAuth flow", token),
        "clientCredentials": ("a client credentials OAuth flow", token),
        "authorizationCode": ("an authorization code OAuth flow", token | login),
    }
    rows = {
        name: Row(title, kinds, frozenset(kinds) - {"refreshUrl"}, hints=hints)
        for name, (title, kinds) in named.items()
    }
    kinds = {name: Object(name, may_refer=False) for name in rows}
    return rows | {"oauth flows": Row("the OAuth flows", kinds)}


SHARED: Mapping[str, Row] = {
    "contact": row("the contact", name=TEXT, url=URI, email=EMAIL),
    "license": row("the license", "name", name=TEXT, url=URI),
    "server variable": row(
        "a server variable", enum=TEXTS, default=TEXT, description=TEXT, examples=TEXTS
    ),
    "correlation id": row("a correlation ID", "location", description=TEXT, location=EXPRESSION),
    "external docs": row("external docs", "url", description=TEXT, url=URI),
    "security scheme": row("a security scheme", "type", type=_TYPES, description=TEXT),
    # Which keys it has depends on the type that it should have.
    "scheme of no type": row(
        "a security scheme",
        "type",
        type=_TYPES,
        description=TEXT,
        name=ANYTHING,
        in_=ANYTHING,
        scheme=ANYTHING,
        bearerFormat=ANYTHING,
        flows=ANYTHING,
        openIdConnectUrl=ANYTHING,
        scopes=ANYTHING,
    ),
    "http scheme": row(
        "an http security scheme",
        "type scheme",
        type=_TYPES,
        description=TEXT,
        scheme=TEXT,
        bearerFormat=TEXT,
    ),
    "http API key": row(
        "an http API key",
        "type name in",
        type=_TYPES,
        description=TEXT,
        name=TEXT,
        in_=_HTTP_KEY_PLACES,
    ),
    "API key": row(
        "an API key",
        "type in",
        type=_TYPES,
        description=TEXT,
        in_=_API_KEY_PLACES,
        hints={"name": "An API key with a name is of the type httpApiKey."},
    ),
    "oauth2 scheme": row(
        "an OAuth scheme", "type flows", type=_TYPES, description=TEXT, flows=_FLOWS
    ),
    "OpenID scheme": row(
        "an OpenID scheme",
        "type openIdConnectUrl",
        type=_TYPES,
        description=TEXT,
        openIdConnectUrl=URI,
    ),
    "http operation binding": row(
        "the http binding of an operation",
        method=_METHOD,
        query=SCHEMA,
        bindingVersion=TEXT,
        hints={"headers": "It is a key of the http binding of a message."},
    ),
    "http message binding": row(
        "the http binding of a message",
        headers=SCHEMA,
        statusCode=NUMBER,
        bindingVersion=TEXT,
        hints=dict.fromkeys(
            ("method", "query", "type"), "It is a key of the http binding of an operation."
        ),
    ),
    # The text wants these empty; real documents write an operation's keys there, which are read.
    "http binding": row(
        "the http binding of a server or a channel",
        method=_METHOD,
        query=SCHEMA,
        headers=SCHEMA,
        statusCode=NUMBER,
        bindingVersion=TEXT,
    ),
}
