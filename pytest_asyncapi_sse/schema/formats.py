"""Formats of strings: how to draw each, a few fixed examples, and how to make a text longer.

The user's own formats come first.
"""

from __future__ import annotations

import base64
from collections import ChainMap
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hypothesis import strategies as st

from pytest_asyncapi_sse.schema import format_lengths as lengths
from pytest_asyncapi_sse.schema import internet_formats as net
from pytest_asyncapi_sse.schema import time_formats as times
from pytest_asyncapi_sse.schema.custom_formats import CUSTOM, TextFormat
from pytest_asyncapi_sse.schema.regex_writer import spelled

_Texts = st.SearchStrategy[str]

_POINTED = 'abcdefghijklmnopqrstuvwxyz0123456789/-_ é"\\%日'


@dataclass(frozen=True, slots=True)
class Format:
    """Describe one format: what draws it, and examples, the plainest first.

    `longer` adds a number of characters to a text, where a text of any length is of the format.
    """

    strategy: Callable[[], _Texts]
    examples: tuple[str, ...]
    longer: Callable[[str, int], str] | None = None


def _json_pointers() -> _Texts:
    # Two letters stand for the two characters that a pointer escapes.
    drawn = spelled(_POINTED + "~^", 0, 12)
    return drawn.map(lambda text: _pointer(text.replace("~", "~0").replace("^", "~1")))


def _pointer(text: str) -> str:
    return text if text.startswith("/") or not text else "/" + text


def _relative_json_pointers() -> _Texts:
    parts = st.tuples(st.integers(0, 120), _json_pointers(), st.booleans())
    return parts.map(lambda each: f"{each[0]}{'#' if each[2] else each[1]}")


def _regexes() -> _Texts:
    atoms = st.sampled_from(
        [
            "a",
            "[a-z]",
            "\\d",
            "(a|b)",
            ".",
            "[^@]",
            "\\w",
            "\\S",
            "\\p{L}",
            "(?:ab)",
            "\\u0041",
            "é",
        ]
    )
    counts = st.sampled_from(["", "+", "*", "?", "{2,4}", "+?", "{3}"])
    body = st.lists(st.tuples(atoms, counts).map("".join), max_size=4).map("".join)
    frames = st.sampled_from(["{}", "^{}$", "(?={}).", "(?!{})", "{}|b", "({})\\1", "(?<n>{})"])
    return st.tuples(frames, body).map(lambda pair: pair[0].replace("{}", pair[1], 1))


def _bytes() -> _Texts:
    return st.binary(max_size=24).map(lambda data: base64.b64encode(data).decode())


def _binaries() -> _Texts:
    return st.text(st.characters(max_codepoint=255), max_size=24)


_STANDARD: dict[str, TextFormat] = {
    "binary": Format(_binaries, ("a", ""), lengths.appended),
    "byte": Format(_bytes, ("YQ==", ""), lengths.encoded),
    "date": Format(times.dates, ("2000-01-01", "2024-02-29")),
    "date-time": Format(
        times.date_times,
        ("2000-01-01T00:00:00Z", "2024-02-29T23:59:59.5+05:30"),
        lengths.more_exact,
    ),
    "duration": Format(times.durations, ("P1D", "PT36H"), lengths.greater),
    "email": Format(
        net.emails, ("a@b.co", "first.last+tag@mail.example.com"), lengths.at_longer_host
    ),
    "hostname": Format(net.hostnames, ("a.co", "www.example.com", "a"), lengths.longer_host),
    "idn-email": Format(net.idn_emails, ("a@b.co", "ü@example.com"), lengths.at_longer_host),
    "idn-hostname": Format(net.idn_hostnames, ("a.co", "bücher.example", "a"), lengths.longer_host),
    "ipv4": Format(net.ipv4s, ("0.0.0.0", "255.255.255.255")),
    "ipv6": Format(
        net.ipv6s,
        ("::1", "2001:db8:0:0:0:0:0:1", "2001:0db8:0000:0000:0000:0000:0000:0001", "::"),
    ),
    "iri": Format(net.iris, ("http://a.co", "https://bücher.example/é", "a:b"), lengths.fragment),
    "iri-reference": Format(net.iri_references, ("/a", "/é", ""), lengths.fragment),
    "json-pointer": Format(_json_pointers, ("/a", ""), lengths.deeper),
    "regex": Format(_regexes, ("a", "^[a-z]+$"), lengths.appended),
    "relative-json-pointer": Format(_relative_json_pointers, ("0", "1/a"), lengths.ones),
    "time": Format(times.times, ("00:00:00Z", "23:59:59.5+05:30"), lengths.more_exact),
    "uri": Format(
        net.uris, ("http://a.co", "https://example.com/a?b=c#d", "a:b"), lengths.fragment
    ),
    "uri-reference": Format(
        net.uri_references, ("/a", "https://example.com/a?b=c#d", ""), lengths.fragment
    ),
    "uri-template": Format(
        net.uri_templates, ("http://a.co/{id}", "http://a.co", "{a}"), lengths.appended
    ),
    "uuid": Format(
        net.uuids, ("00000000-0000-0000-0000-000000000000", "123e4567-e89b-42d3-a456-426614174000")
    ),
}

FORMATS: Mapping[str, TextFormat] = ChainMap(CUSTOM, _STANDARD)
