"""Edges: the numbers, texts and names at the ends of what programs can hold, in tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# What is close to the limits of the integers that languages have, and of those a double holds.
INTEGERS: Mapping[str, int] = {
    "one below zero": -1,
    "the least int32": -(2**31),
    "the greatest int32": 2**31 - 1,
    "an integer below what a double holds": -(2**53) - 1,
    "an integer above what a double holds": 2**53 + 1,
    "the least int64": -(2**63),
    "the greatest int64": 2**63 - 1,
}
FRACTIONS: Mapping[str, float] = {
    "a tenth": 0.1,
    "the least double above zero": 5e-324,
    "the greatest double": 1.7976931348623157e308,
}

# Equal to those who compare carelessly, and different as JSON.
NEAR_EQUAL: tuple[tuple[Any, Any], ...] = (
    (1, "1"),
    (1, True),
    (0, False),
    (None, "null"),
    ("a", "A"),
    ("\u00e9", "e\u0301"),
    (0, 5e-324),
    ({}, []),
    ([1], [True]),
    ({"a": 1}, {"a": True}),
)

NAMES: Mapping[str, str] = {
    "without a name": "",
    "of a name beyond the BMP": "é\U0001f600",
    "called __proto__": "__proto__",
}

ASTRAL = "\U0001f600"

_LABEL = "a" * 63
_LONG_HOST = ".".join([_LABEL, _LABEL, _LABEL, "a" * 61])
_LONG_EMAIL_HOST = ".".join([_LABEL, _LABEL, "a" * 61])

# In each, what the format allows and few programs expect. Those that are not valid are left out.
FORMATS: Mapping[str, tuple[str, ...]] = {
    "date": ("0000-01-01", "1900-02-28", "2000-02-29", "9999-12-31"),
    "date-time": (
        "1990-12-31T23:59:60Z",
        "2000-02-29t00:00:00.123456789z",
        "9999-12-31T23:59:59-23:59",
        "2000-01-01T00:00:00-00:00",
    ),
    "duration": ("P0D", "PT0S", "P1Y2M3DT4H5M6S", "P99999W"),
    "email": (
        "a" * 64 + "@" + _LONG_EMAIL_HOST,
        "!#$%&'*+-/=?^_`{|}~@b.co",
        '"a b"@b.co',
        "a@[127.0.0.1]",
    ),
    "hostname": (_LONG_HOST, "xn--bcher-kva.example", "0.co", "a"),
    "idn-email": ("실례@실례.테스트", '"é b"@b.co'),
    "idn-hostname": ("실례.테스트", "xn--bcher-kva.example"),
    "ipv4": ("127.0.0.1", "8.8.8.8"),
    "ipv6": (
        "::",
        "::ffff:192.0.2.1",
        "1:2:3:4:5:6:7::",
        "FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:255.255.255.255",
    ),
    "iri": ("urn:é", "http://[::1]:0/?é#é"),
    "iri-reference": ("", "//é", "?é"),
    "json-pointer": ("/", "/~0~1", "/a//é"),
    "regex": ("", "(?=a)", "\\u0041", "^[^\\]]*$"),
    "relative-json-pointer": ("0#", "10/~1"),
    "time": ("23:59:60Z", "00:00:00.123456789-00:00", "00:59:60+01:00"),
    "uri": ("urn:a", "http://[::1]:0/?a=%F0%9F%98%80#", "HTTP://A.CO", "a:"),
    "uri-reference": ("", "#", "//a.co", "?", "../a"),
    "uri-template": ("", "{?a,b*}", "{+a}{#b:3}"),
    "uuid": (
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "FFFFFFFF-FFFF-4FFF-BFFF-FFFFFFFFFFFF",
    ),
}
