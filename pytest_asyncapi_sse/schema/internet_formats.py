"""Formats of the internet: hosts, addresses, URIs and UUIDs, with their rare forms."""

from __future__ import annotations

import ipaddress
import re
import uuid

from hypothesis import strategies as st

from pytest_asyncapi_sse.schema.regex_writer import spelled

_Texts = st.SearchStrategy[str]

_LOWER = "abcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789"
_DRAWS = 4

_RARE_HOSTS = (
    "localhost",
    "a",
    "A.EXAMPLE",
    "xn--bcher-kva.example",
    "1.example",
    "0-0.example",
    f"{'a' * 63}.example",
    ".".join(["a" * 63] * 3 + ["a" * 61]),
)
_IDN_HOSTS = (
    "bücher.example",
    "例え.テスト",
    "пример.испытание",
    "παράδειγμα.δοκιμή",
    "실례.테스트",
    "उदाहरण.परीक्षा",
    "مثال.إختبار",
    "faß.example",
    "日本語.jp",
    f"{'ü' * 40}.example",
)
_RARE_EMAILS = (
    '"a b"@example.com',
    '"a\\"@b"@example.com',
    "a@[127.0.0.1]",
    "a@[IPv6:2001:db8::1]",
    "A.B@EXAMPLE.COM",
    "!#$%&'*+-/=?^_`{|}~@example.com",
    f"{'a' * 64}@example.com",
    "a@localhost",
    "a@xn--bcher-kva.example",
)
_IDN_EMAILS = (
    "ü@example.com",
    "실례@실례.테스트",
    "用户@例え.テスト",
    "δοκιμή@παράδειγμα.δοκιμή",
    "😀@bücher.example",
    "a@bücher.example",
    '"ü ü"@example.com',
)
_SCHEMES = ("https://", "http://", "ftp://", "wss://", "https://user:pw@", "svn+ssh://")
_QUERIES = ("", "?a=1", "?q=%20", "#top", "?a=b&c=d+e", "?", "#", ";v=1,2", "/%C3%A9", "?a=/?#/?")
_RARE_URIS = (
    "urn:isbn:0451450523",
    "mailto:a@b.co",
    "file:///etc/hosts",
    "http://[::1]:8080/",
    "http://[2001:db8::7]/c=GB?one",
    "https://127.0.0.1",
    "HTTP://A.EXAMPLE",
    "tel:+1-201-555-0123",
    "data:,a%20b",
    "news:comp.test",
    "http://a.co:/",
    "http://a.co/!$&'()*+,;=:@",
    "a:",
)
_REFERENCES = ("", "#", "?", "?a=b", "//a.co/b", "../a", "./a:b", "a/b", ".", "a%20b", "/a//b")
_RARE_IRIS = (
    "urn:ü",
    "http://[::1]/é",
    "mailto:ü@b.co",
    "https://例え.テスト/パス?q=値#片",
    "http://a.co/e\u0301",
    "http://a.co/😀",
)
_IRI_REFERENCES = ("é", "#é", "?é=é", "//ü.example/é", "../é", "日本", "/😀")
_EXPRESSIONS = (
    "",
    "/{id}",
    "{?page,size}",
    "{+path}",
    "{#part}",
    "{.ext}",
    "{/a,b*}",
    "{;v:3}",
    "?q=1{&more*}",
    "/{a.b}/{c_d}",
    "/é{x}",
)
_RARE_IPV6 = ("::1", "::", "1::", "fe80::1", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "::1.2.3.4")
# Where a run of zeros stands, and how the address is written.
_IPV6_FORMS = (
    (0, 10, "short"),
    (4, 14, "short"),
    (2, 16, "short"),
    (0, 0, "plain"),
    (0, 0, "full"),
    (0, 0, "upper"),
    (0, 10, "dotted"),
    (0, 0, "dotted"),
)
_UUID_FORMS = ((4, "lower"), (4, "upper"), (1, "lower"), (7, "lower"), (None, "lower"))


def _mostly(usual: _Texts, rare: tuple[str, ...], *, times: int = 7) -> _Texts:
    """Draw what is usual, and one in a few times what is rare."""
    # Hypothesis takes each branch as often as another, and what takes fewer draws for simpler.
    rarely = st.tuples(*[st.booleans()] * _DRAWS, st.sampled_from(rare)).map(_last)
    return st.one_of(*[usual.map(str) for _ in range(times)], rarely)


def _last(parts: tuple[object, ...]) -> str:
    return str(parts[-1])


def _names(first: str) -> _Texts:
    endings = st.sampled_from(["co", "com", "example", "org", "test"])
    drawn = spelled(_LOWER + _DIGITS + "-.", 0, 16)
    return st.tuples(drawn, endings).map(lambda pair: f"{_labels(pair[0], first)}.{pair[1]}")


def _labels(text: str, first: str) -> str:
    parts = [re.sub("-+", "-", part).strip("-") for part in text.split(".")]
    return ".".join(part for part in parts if part) or first


def hostnames() -> _Texts:
    """Draw hosts of a few labels, rarely of one, or as long as labels and hosts may be."""
    return _mostly(_names("a"), _RARE_HOSTS)


def idn_hostnames() -> _Texts:
    """Draw hosts in many scripts."""
    return _mostly(_names("a"), _IDN_HOSTS + _RARE_HOSTS, times=2)


def _locals() -> _Texts:
    drawn = spelled(_LOWER + _DIGITS + "+_-.", 0, 12)
    return drawn.map(lambda text: ".".join(filter(None, text.split("."))) or "a")


def _plain_emails() -> _Texts:
    return st.tuples(_locals(), _names("b")).map("@".join)


def emails() -> _Texts:
    """Draw addresses, rarely with a quoted local part or at an IP address."""
    return _mostly(_plain_emails(), _RARE_EMAILS)


def idn_emails() -> _Texts:
    """Draw addresses in many scripts."""
    return _mostly(_plain_emails(), _IDN_EMAILS + _RARE_EMAILS, times=2)


def ipv4s() -> _Texts:
    """Draw addresses in dotted decimals."""
    return st.tuples(*[st.integers(0, 255)] * 4).map(lambda parts: ".".join(map(str, parts)))


def ipv6s() -> _Texts:
    """Draw addresses short and in full, in capitals, and with an IPv4 address at the end."""
    whole = st.tuples(st.binary(min_size=16, max_size=16), st.sampled_from(_IPV6_FORMS))
    return _mostly(whole.map(_ipv6), _RARE_IPV6)


def _ipv6(parts: tuple[bytes, tuple[int, int, str]]) -> str:
    data, (start, end, form) = parts
    address = ipaddress.IPv6Address(data[:start] + bytes(end - start) + data[end:])
    if form == "dotted":
        head = ipaddress.IPv6Address(address.packed[:12] + b"\xff" * 4).compressed
        dotted = ipaddress.IPv4Address(address.packed[12:])
        return f"{head.removesuffix('ffff:ffff')}{dotted}"
    if form == "plain":
        return re.sub("(^|:)0{1,3}", r"\1", address.exploded)
    if form == "upper":
        return address.compressed.upper()
    return address.compressed if form == "short" else address.exploded


def _paths(more: str = "") -> _Texts:
    drawn = spelled(_LOWER + "/" + _DIGITS + "-_.~" + more, 0, 12)
    return drawn.map(lambda text: text and "/" + text.lstrip("/"))


def _whole_uris() -> _Texts:
    parts = (st.sampled_from(_SCHEMES), _names("a"), _paths(), st.sampled_from(_QUERIES))
    return st.tuples(*parts).map("".join)


def uris() -> _Texts:
    """Draw URIs, most of them with an authority."""
    return _mostly(_whole_uris(), _RARE_URIS)


def uri_references() -> _Texts:
    """Draw relative references and URIs."""
    relative = st.tuples(_paths(), st.sampled_from(_QUERIES)).map("".join)
    return st.one_of(relative, _mostly(_whole_uris(), _REFERENCES + _RARE_URIS, times=2))


def iris() -> _Texts:
    """Draw URIs with characters of many scripts."""
    hosts = st.sampled_from(["a.co", *_IDN_HOSTS])
    parts = (st.sampled_from(_SCHEMES), hosts, _paths("éü日本値😀"), st.sampled_from(_QUERIES))
    whole = st.tuples(*parts).map("".join)
    return st.one_of(_whole_uris(), _mostly(whole, _RARE_IRIS, times=3))


def iri_references() -> _Texts:
    """Draw relative references and IRIs."""
    relative = st.tuples(_paths("éü日本値😀"), st.sampled_from(_QUERIES)).map("".join)
    return st.one_of(_mostly(relative, _REFERENCES + _IRI_REFERENCES, times=2), iris())


def uri_templates() -> _Texts:
    """Draw templates with all operators of RFC 6570, whole ones and relative ones."""
    heads = st.one_of(_paths(), _whole_uris().map(lambda uri: re.split("[?#]", uri)[0]))
    return st.tuples(heads, st.sampled_from(_EXPRESSIONS)).map("".join)


def uuids() -> _Texts:
    """Draw UUIDs of several versions, rarely in capitals."""
    return _mostly(
        st.tuples(st.binary(min_size=16, max_size=16), st.sampled_from(_UUID_FORMS)).map(_uuid),
        ("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
    )


def _uuid(parts: tuple[bytes, tuple[int | None, str]]) -> str:
    data, (version, case) = parts
    found = str(uuid.UUID(bytes=data))
    if version is not None:
        found = f"{found[:14]}{version}{found[15:19]}{'89ab'[int(found[19], 16) % 4]}{found[20:]}"
    return found.upper() if case == "upper" else found
