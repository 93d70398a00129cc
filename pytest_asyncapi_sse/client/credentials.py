"""Credentials of a request: taken out of it, or replaced by wrong ones of the same shape."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from pytest_asyncapi_sse.checks.security import Place
from pytest_asyncapi_sse.client.exchange import StreamOpening
from pytest_asyncapi_sse.client.headers import Headers

_SCHEME = re.compile(r"([!-~]+) +(?=[!-~])")
_BASIC = "Basic " + base64.b64encode(b"wrong:wrong").decode()
_COOKIE = "cookie"


class Credentials:
    """Know where an opening carries credentials: by the schemes, and in headers of these names."""

    def __init__(
        self, opening: StreamOpening, places: Iterable[Place], names: Iterable[str] = ()
    ) -> None:
        self._opening = opening
        self._places = tuple(places)
        self._headers = {name.lower() for name in names} | {
            _COOKIE if place.kind == "cookie" else place.name.lower()
            for place in self._places
            if place.kind != "query"
        }
        self._query = {place.name for place in self._places if place.kind == "query"}

    @property
    def given(self) -> tuple[str, ...]:
        """Name what the opening carries, never with a value."""
        opening, parts = self._opening, urlsplit(self._opening.url)
        found = [f"the header {n}" for n in opening.headers if n.lower() in self._headers]
        names = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
        found += [f"the query parameter {n}" for n in names if n in self._query]
        found += ["what asyncapi_auth adds"] if opening.auth is not None else []
        found += ["the user name and password of the URL"] if "@" in parts.netloc else []
        return tuple(found)

    def without(self) -> StreamOpening:
        """Return the opening without any credentials."""
        kept = {n: v for n, v in self._opening.headers.items() if n.lower() not in self._headers}
        return self._changed(kept, dict.fromkeys(self._query))

    def wrong(self) -> StreamOpening:
        """Return the opening with wrong credentials in each place that has some, else made-up ones.

        Those of the schemes are made up where the user's own are not known before they are sent.
        """
        headers = {
            name: _wrong_header(name, value) if name.lower() in self._headers else value
            for name, value in self._opening.headers.items()
        }
        has = {name.lower() for name in headers}
        made_up: dict[str, str | None] = {}
        for place in self._places:
            if place.kind == "query":
                made_up[place.name] = place.wrong
                continue
            name = "Cookie" if place.kind == _COOKIE else place.name
            if name.lower() not in has:
                headers[name] = _made_up(place)
                has.add(name.lower())
        if isinstance(self._opening.auth, tuple) or "@" in urlsplit(self._opening.url).netloc:
            # A user name and a password go before any other Authorization.
            headers = {n: v for n, v in headers.items() if n.lower() != "authorization"}
            headers["Authorization"] = _BASIC
        return self._changed(headers, made_up)

    def _changed(
        self, headers: Mapping[str, str], query: Mapping[str, str | None]
    ) -> StreamOpening:
        url = _with_query(self._opening.url, query)
        return replace(self._opening, url=url, headers=Headers(headers), auth=None)


def _made_up(place: Place) -> str:
    return f"{place.name}={place.wrong}" if place.kind == _COOKIE else place.wrong


def _wrong_header(name: str, value: str) -> str:
    """Return a value of the same shape that is certainly another one."""
    if name.lower() == _COOKIE:
        pairs = (pair.partition("=") for pair in value.split(";"))
        return ";".join(f"{key}={_wrong(secret)}" if eq else key for key, eq, secret in pairs)
    scheme = _SCHEME.match(value)
    if scheme is None:
        return _wrong(value)
    if scheme[1].lower() == "basic":
        return _BASIC
    return value[: scheme.end()] + _wrong(value[scheme.end() :])


def _wrong(value: str) -> str:
    def swapped(filler: str, digit: str) -> str:
        letters = re.sub(r"[a-z]", filler, re.sub(r"[A-Z]", filler.upper(), value))
        return re.sub(r"[0-9]", digit, letters)

    first = swapped("x", "0")
    second = swapped("y", "1") if first == value else first
    return second if second != value else f"{value}x"


def _with_query(url: str, changed: Mapping[str, str | None]) -> str:
    """Return a URL with values of its query replaced, added, or left out where one is None.

    Who is named before the host is left out too: httpx would make credentials of it.
    """
    parts = urlsplit(url)
    kept, done = [], set()
    for pair in filter(None, parts.query.split("&")):
        name = parse_qsl(pair, keep_blank_values=True)[0][0]
        if name not in changed:
            kept.append(pair)
        elif name not in done:
            done.add(name)
            own = parse_qsl(pair, keep_blank_values=True)[0][1]
            if changed[name] is not None:
                kept.append(f"{quote(name, safe='')}={quote(_wrong(own), safe='')}")
    kept += [
        f"{quote(name, safe='')}={quote(value, safe='')}"
        for name, value in changed.items()
        if value is not None and name not in done
    ]
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=host, query="&".join(kept)))
