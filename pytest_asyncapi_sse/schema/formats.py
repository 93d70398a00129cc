"""Formats of strings: how to draw each, and a few fixed examples; the user's own come first."""

from __future__ import annotations

import base64
import datetime
import uuid
from collections import ChainMap
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hypothesis import strategies as st

from pytest_asyncapi_sse.schema.custom_formats import CUSTOM, TextFormat

_LOWER = "abcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789"
_HEX = "0123456789abcdef"

_Texts = st.SearchStrategy[str]


@dataclass(frozen=True, slots=True)
class Format:
    """Describe one format: what draws it, and examples, the plainest first."""

    strategy: Callable[[], _Texts]
    examples: tuple[str, ...]


def _labels() -> _Texts:
    body = st.text(_LOWER + _DIGITS, min_size=1, max_size=8)
    hyphened = st.tuples(body, body).map("-".join)
    return st.one_of(st.text(_LOWER, min_size=1, max_size=6), body, hyphened)


def _hostnames() -> _Texts:
    endings = st.sampled_from(["co", "com", "example", "org", "test"])
    return st.tuples(st.lists(_labels(), min_size=1, max_size=3).map(".".join), endings).map(
        ".".join
    )


def _emails() -> _Texts:
    plain = st.text(_LOWER, min_size=1, max_size=8)
    first = st.text(_LOWER + _DIGITS, min_size=1, max_size=6)
    joined = st.tuples(first, st.sampled_from([".", "+", "_", "-"]), first).map("".join)
    shortest = st.sampled_from(["b.co", "example.com"])
    return st.tuples(st.one_of(plain, joined), st.one_of(shortest, _hostnames())).map("@".join)


def _dates() -> _Texts:
    return st.dates(min_value=datetime.date(1000, 1, 1)).map(datetime.date.isoformat)


def _times() -> _Texts:
    offsets = st.one_of(st.just("Z"), st.sampled_from(["+00:00", "-05:30", "+14:00"]))
    parts = st.sampled_from(["", ".5", ".123456"])
    clock = st.times().map(lambda time: time.strftime("%H:%M:%S"))
    return st.tuples(clock, parts, offsets).map("".join)


def _date_times() -> _Texts:
    return st.tuples(_dates(), _times()).map("T".join)


def _durations() -> _Texts:
    numbers = st.integers(0, 400)
    return st.one_of(
        st.tuples(numbers, st.sampled_from("DWMY")).map(lambda pair: f"P{pair[0]}{pair[1]}"),
        st.tuples(numbers, st.sampled_from("SMH")).map(lambda pair: f"PT{pair[0]}{pair[1]}"),
        st.tuples(numbers, numbers).map(lambda pair: f"P{pair[0]}DT{pair[1]}H"),
    )


def _ipv4s() -> _Texts:
    return st.lists(st.integers(0, 255).map(str), min_size=4, max_size=4).map(".".join)


def _ipv6s() -> _Texts:
    groups = st.lists(st.text(_HEX, min_size=1, max_size=4), min_size=8, max_size=8).map(":".join)
    full = st.lists(st.text(_HEX, min_size=4, max_size=4), min_size=8, max_size=8).map(":".join)
    return st.one_of(st.sampled_from(["::1", "::", "2001:db8::1"]), groups, full)


def _paths() -> _Texts:
    segment = st.text(_LOWER + _DIGITS + "-_.~", max_size=6)
    return st.lists(segment, max_size=3).map(lambda parts: "".join("/" + part for part in parts))


def _queries() -> _Texts:
    return st.sampled_from(["", "?a=1", "?q=%20", "#top"])


def _uris() -> _Texts:
    schemes = st.sampled_from(["https://", "http://", "ftp://"])
    found = st.tuples(schemes, _hostnames(), _paths(), _queries()).map("".join)
    return st.one_of(found, st.sampled_from(["urn:isbn:0451450523", "mailto:a@b.co"]))


def _uri_references() -> _Texts:
    relative = st.tuples(_paths().map(lambda path: path.replace("//", "/a/")), _queries())
    return st.one_of(relative.map("".join), _uris())


def _uuids() -> _Texts:
    return st.integers(0, 2**128 - 1).map(lambda number: str(uuid.UUID(int=number, version=4)))


def _json_pointers() -> _Texts:
    token = st.one_of(st.text(_LOWER + _DIGITS, max_size=5), st.sampled_from(["~0", "~1", "0"]))
    return st.lists(token, max_size=3).map(lambda parts: "".join("/" + part for part in parts))


def _relative_json_pointers() -> _Texts:
    return st.tuples(st.integers(0, 9).map(str), st.one_of(_json_pointers(), st.just("#"))).map(
        "".join
    )


def _uri_templates() -> _Texts:
    return st.tuples(_uris(), st.sampled_from(["", "/{id}", "{?page,size}"])).map(
        lambda pair: pair[0].partition("#")[0] + pair[1]
    )


def _regexes() -> _Texts:
    atoms = st.sampled_from(["a", "[a-z]", "\\d", "(a|b)", ".", "[^@]", "\\w"])
    counts = st.sampled_from(["", "+", "*", "?", "{2,4}"])
    body = st.lists(st.tuples(atoms, counts).map("".join), max_size=4).map("".join)
    return st.one_of(body, body.map(lambda text: f"^{text}$"))


def _bytes() -> _Texts:
    return st.binary(max_size=24).map(lambda data: base64.b64encode(data).decode())


def _binaries() -> _Texts:
    return st.binary(max_size=24).map(lambda data: data.decode("latin-1"))


def _idn_emails() -> _Texts:
    return st.one_of(_emails(), st.sampled_from(["ü@example.com", "실례@실례.테스트"]))


def _idn_hostnames() -> _Texts:
    return st.one_of(_hostnames(), st.sampled_from(["bücher.example", "실례.테스트"]))


def _iris() -> _Texts:
    return st.one_of(_uris(), st.sampled_from(["https://bücher.example/é"]))


def _iri_references() -> _Texts:
    return st.one_of(_uri_references(), st.sampled_from(["/é", "#ü"]))


_STANDARD: dict[str, TextFormat] = {
    "binary": Format(_binaries, ("a", "")),
    "byte": Format(_bytes, ("YQ==", "")),
    "date": Format(_dates, ("2000-01-01", "2024-02-29")),
    "date-time": Format(_date_times, ("2000-01-01T00:00:00Z", "2024-02-29T23:59:59.5+05:30")),
    "duration": Format(_durations, ("P1D", "PT36H")),
    "email": Format(_emails, ("a@b.co", "first.last+tag@mail.example.com")),
    "hostname": Format(_hostnames, ("a.co", "www.example.com")),
    "idn-email": Format(_idn_emails, ("a@b.co", "ü@example.com")),
    "idn-hostname": Format(_idn_hostnames, ("a.co", "bücher.example")),
    "ipv4": Format(_ipv4s, ("0.0.0.0", "255.255.255.255")),
    "ipv6": Format(
        _ipv6s, ("::1", "2001:db8:0:0:0:0:0:1", "2001:0db8:0000:0000:0000:0000:0000:0001")
    ),
    "iri": Format(_iris, ("http://a.co", "https://bücher.example/é")),
    "iri-reference": Format(_iri_references, ("/a", "/é")),
    "json-pointer": Format(_json_pointers, ("/a", "")),
    "regex": Format(_regexes, ("a", "^[a-z]+$")),
    "relative-json-pointer": Format(_relative_json_pointers, ("0", "1/a")),
    "time": Format(_times, ("00:00:00Z", "23:59:59.5+05:30")),
    "uri": Format(_uris, ("http://a.co", "https://example.com/a?b=c#d")),
    "uri-reference": Format(_uri_references, ("/a", "https://example.com/a?b=c#d")),
    "uri-template": Format(_uri_templates, ("http://a.co/{id}", "http://a.co")),
    "uuid": Format(
        _uuids, ("00000000-0000-0000-0000-000000000000", "123e4567-e89b-42d3-a456-426614174000")
    ),
}

FORMATS: Mapping[str, TextFormat] = ChainMap(CUSTOM, _STANDARD)
