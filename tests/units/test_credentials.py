"""Credentials of a request: what is left out, what is made wrong, and that no value is told."""

from __future__ import annotations

import base64
import json
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from pytest_asyncapi_sse import load
from pytest_asyncapi_sse.checks.security import Place, is_guarded, places, why_unprobed
from pytest_asyncapi_sse.client.credentials import Credentials
from pytest_asyncapi_sse.client.exchange import StreamOpening

WRONG_BASIC = "Basic " + base64.b64encode(b"wrong:wrong").decode()
BEARER = {"type": "http", "scheme": "bearer"}
BASIC = {"type": "http", "scheme": "Basic"}
KEY = {"type": "httpApiKey", "in": "header", "name": "X-Key"}
COOKIE = {"type": "httpApiKey", "in": "cookie", "name": "sid"}
QUERY = {"type": "httpApiKey", "in": "query", "name": "key"}
CERTIFICATE = {"type": "X509"}
SECRET = "s3cr3t-Value_9"
OWN = {"Accept-Language": "de"}


def channel_of(tmp_path, *schemes, version="3.0.0", names=None):
    """Return a channel whose operation asks for one of some schemes; 2.x names sets of them."""
    info = {"title": "T", "version": "1"}
    message = {"payload": {"type": "object"}}
    listed = {f"scheme{number}": scheme for number, scheme in enumerate(schemes)}
    if version.startswith("2"):
        security = [{name: [] for name in one} for one in names]
        document = {
            "asyncapi": version,
            "info": info,
            "channels": {"a": {"subscribe": {"message": message, "security": security}}},
            "components": {"securitySchemes": listed},
        }
    else:
        document = {
            "asyncapi": version,
            "info": info,
            "channels": {"a": {"address": "/a", "messages": {"m": message}}},
            "operations": {
                "o": {
                    "action": "send",
                    "channel": {"$ref": "#/channels/a"},
                    "security": list(schemes),
                }
            },
        }
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(document))
    return load(path).streams["a"]


@pytest.mark.parametrize(
    ("scheme", "place"),
    [
        (BEARER, Place("header", "Authorization", "Bearer wrong")),
        (BASIC, Place("header", "Authorization", WRONG_BASIC)),
        ({"type": "userPassword"}, Place("header", "Authorization", WRONG_BASIC)),
        ({"type": "oauth2", "flows": {}}, Place("header", "Authorization", "Bearer wrong")),
        (
            {"type": "openIdConnect", "openIdConnectUrl": "https://a.example"},
            Place("header", "Authorization", "Bearer wrong"),
        ),
        (KEY, Place("header", "X-Key", "wrong")),
        (COOKIE, Place("cookie", "sid", "wrong")),
        (QUERY, Place("query", "key", "wrong")),
    ],
)
def test_each_kind_of_scheme_has_its_place(tmp_path, scheme, place):
    channel = channel_of(tmp_path, scheme)
    assert is_guarded(channel)
    assert places(channel) == (place,)
    assert why_unprobed(channel) == ""


def test_a_place_that_two_schemes_share_is_one(tmp_path):
    assert len(places(channel_of(tmp_path, BEARER, BASIC, KEY))) == 2


@pytest.mark.parametrize(
    ("names", "guarded"),
    [([], False), ([["scheme0"]], True), ([["scheme0"], []], False), ([[]], False)],
)
def test_an_alternative_without_schemes_lets_anybody_in(tmp_path, names, guarded):
    channel = channel_of(tmp_path, BEARER, version="2.6.0", names=names)
    assert is_guarded(channel) is guarded


def test_what_no_request_shows_is_told_as_not_checkable(tmp_path):
    channel = channel_of(tmp_path, CERTIFICATE)
    assert is_guarded(channel)
    assert why_unprobed(channel) == "not checkable: no request shows the credentials of X509"
    assert why_unprobed(channel_of(tmp_path, CERTIFICATE, BEARER)) != ""
    both = [["scheme0", "scheme1"]]
    together = channel_of(tmp_path, CERTIFICATE, BEARER, version="2.6.0", names=both)
    assert why_unprobed(together) == ""


HEADER = Place("header", "Authorization", "Bearer wrong")
GIVEN = {
    "bearer": (HEADER, {"Authorization": f"Bearer {SECRET}"}, "http://h/a", None),
    "lower-case": (HEADER, {"authorization": f"bearer {SECRET}"}, "http://h/a", None),
    "key": (Place("header", "X-Key", "wrong"), {"x-key": SECRET}, "http://h/a", None),
    "cookie": (
        Place("cookie", "sid", "wrong"),
        {"Cookie": f"a=1; sid={SECRET}"},
        "http://h/a",
        None,
    ),
    "query": (Place("query", "key", "wrong"), {}, f"http://h/a?b=1&key={SECRET}", None),
    "in-url": (HEADER, {}, f"http://ada:{SECRET}@h/a", None),
    "pair": (HEADER, {}, "http://h/a", ("ada", SECRET)),
    "auth": (HEADER, {}, "http://h/a", httpx.BasicAuth("ada", SECRET)),
}


@pytest.mark.parametrize("name", GIVEN)
def test_credentials_are_left_out_and_made_wrong_and_nothing_else(name):
    place, headers, url, auth = GIVEN[name]
    opening = StreamOpening(url, headers={**OWN, **headers}, auth=auth)
    credentials = Credentials(opening, [place])
    assert len(credentials.given) == 1
    assert SECRET not in credentials.given[0]
    without, wrong = credentials.without(), credentials.wrong()
    assert dict(without.headers) == OWN
    assert SECRET not in f"{without.url} {wrong.url} {dict(wrong.headers)}"
    assert dict(wrong.headers).items() >= OWN.items()
    assert (without.auth, wrong.auth) == (None, None)
    assert "@" not in without.url
    carried = {n.lower() for n in wrong.headers} | parse_qs(urlsplit(wrong.url).query).keys()
    assert carried & {"authorization", "x-key", "cookie", "key"}
    if name == "query":
        assert without.url == "http://h/a?b=1"
    assert without.timeout == opening.timeout
    assert not Credentials(without, [place]).given


@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        ("Bearer abC-12.x", "Bearer xxX-00.x"),
        ("Basic YTpi", WRONG_BASIC),
        ("sk_live_7", "xx_xxxx_0"),
        ("x0", "y1"),
        ("---", "---x"),
    ],
)
def test_a_wrong_value_has_the_shape_of_the_right_one(value, wrong):
    opening = StreamOpening("http://h/a", headers={"Authorization": value})
    assert Credentials(opening, [HEADER]).wrong().headers["Authorization"] == wrong


@pytest.mark.parametrize(
    ("place", "headers", "url"),
    [
        (HEADER, {"Authorization": "Bearer wrong"}, "http://h/a"),
        (Place("cookie", "sid", "wrong"), {"Cookie": "sid=wrong"}, "http://h/a"),
        (Place("query", "key", "wrong"), {}, "http://h/a?key=wrong"),
    ],
)
def test_wrong_ones_are_made_up_where_none_were_given(place, headers, url):
    credentials = Credentials(StreamOpening("http://h/a"), [place])
    assert credentials.given == ()
    made_up = credentials.wrong()
    assert (dict(made_up.headers), made_up.url) == (headers, url)


def test_headers_of_the_fixture_are_credentials_whatever_their_name():
    opening = StreamOpening("http://h/a", headers={**OWN, "X-Tenant": SECRET})
    credentials = Credentials(opening, [HEADER], frozenset({"x-tenant"}))
    assert credentials.given == ("the header X-Tenant",)
    assert dict(credentials.without().headers) == OWN
    assert SECRET not in str(dict(credentials.wrong().headers))
