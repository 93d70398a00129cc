"""Kinds: what the value of a key may be, and the rows that say so for each object of AsyncAPI."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Anything:
    """A value that is not judged."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value of one of some types; `expected` names them."""

    expected: str
    types: tuple[type, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A text that is one of a few."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shaped:
    """A text of a certain shape; `code` is the finding where it has another one."""

    expected: str
    pattern: re.Pattern[str]
    code: str = "wrong-type"


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of values of one kind; no two have the same text at `name_key`, where there is one."""

    kind: Kind
    name_key: str = ""


@dataclass(frozen=True, slots=True)
class MapOf:
    """An object of named values of one kind."""

    kind: Kind


@dataclass(frozen=True, slots=True)
class Object:
    """An object that the row of that name describes, or a `$ref` to one where it may be."""

    row: str
    may_refer: bool = True


@dataclass(frozen=True, slots=True)
class Reference:
    """A `$ref` and nothing else; `example` is one as it would be written."""

    example: str


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema, which is not looked into: an object or a boolean."""


@dataclass(frozen=True, slots=True)
class Either:
    """A kind for an object that has a key, another one for everything else."""

    key: str
    present: Kind
    absent: Kind


@dataclass(frozen=True, slots=True)
class ByValue:
    """A kind for each value of a key, another one where the value is none of them."""

    key: str
    kinds: Mapping[str, Kind]
    other: Kind


Kind = (
    Anything
    | Scalar
    | Choice
    | Shaped
    | ListOf
    | MapOf
    | Object
    | Reference
    | Schema
    | Either
    | ByValue
)


@dataclass(frozen=True, slots=True)
class Row:
    """Describe an object: its keys with their kinds, the required ones, and hints.

    `since` holds the version of the major that brought a key, where it was not the first. `hints`
    are advice for keys that don't belong here. `identity` is a key whose text no two of these
    objects may share in a document.
    """

    title: str
    keys: Mapping[str, Kind]
    required: frozenset[str] = frozenset()
    since: Mapping[str, str] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)
    identity: str = ""


ANYTHING = Anything()
TEXT = Scalar("a text", (str,))
TEXT_OR_NULL = Scalar("a text or null", (str, type(None)))
FLAG = Scalar("true or false", (bool,))
NUMBER = Scalar("a number", (int, float))
TEXTS = ListOf(TEXT)
SCHEMA = Schema()

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s\"<>\\^`{|}]+")
_EXPRESSION = re.compile(r"\$message\.(?:header|payload)#.*", re.DOTALL)

URI = Shaped("a URI with its scheme, such as https://example.com", _URI)
ID = Shaped("a URI, such as urn:example:com:shop", _URI, "bad-id")
EMAIL = Shaped("an e-mail address", re.compile(r"[^@\s]+@[^@\s]+"))
EXPRESSION = Shaped("a runtime expression such as $message.payload#/id", _EXPRESSION)


def row(
    title: str,
    required: str = "",
    /,
    *,
    since: Mapping[str, str] | None = None,
    hints: Mapping[str, str] | None = None,
    identity: str = "",
    **keys: Kind,
) -> Row:
    """Build a row; `required` names keys apart by spaces, and a trailing `_` of a key is cut."""
    named = {key.rstrip("_"): kind for key, kind in keys.items()}
    needed = frozenset(required.split())
    return Row(title, named, needed, dict(since or {}), dict(hints or {}), identity)
