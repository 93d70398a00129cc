"""Breaking the schemas of the collections: what is broken, and whether that is so."""

from __future__ import annotations

import functools
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema_rs
from hypothesis.errors import InvalidArgument
from suite_draws import plain_judge
from suite_groups import DRAFTS, groups, rows
from suite_targets import breakable

from pytest_asyncapi_sse.errors import DocumentError
from pytest_asyncapi_sse.model import PayloadSchema
from pytest_asyncapi_sse.schema import Invalid, invalid_examples, invalid_payloads
from pytest_asyncapi_sse.schema.samples import samples

ROWS = ("asyncapi-like.json", "asyncapi-spec-payloads.json", "schemastore-sample.json")

_FLOAT = 3.4028234663852886e38
_UUID = "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"
_BASE64 = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
_DAYS = "[0-9]+D|[0-9]+M([0-9]+D)?|[0-9]+Y([0-9]+M([0-9]+D)?)?"
_TIMES = "T([0-9]+S|[0-9]+M([0-9]+S)?|[0-9]+H([0-9]+M([0-9]+S)?)?)"
# What jsonschema-rs does not assert of itself, in keywords that it does assert.
_FORMATS: dict[str, dict[str, Any]] = {
    "byte": {"pattern": _BASE64},
    "double": {"minimum": -1.7976931348623157e308, "maximum": 1.7976931348623157e308},
    "duration": {"pattern": f"^P(({_DAYS})({_TIMES})?|{_TIMES}|[0-9]+W)$"},
    "float": {"minimum": -_FLOAT, "maximum": _FLOAT},
    "int32": {"multipleOf": 1, "minimum": -(2**31), "maximum": 2**31 - 1},
    "int64": {"multipleOf": 1, "minimum": -(2**63), "maximum": 2**63 - 1},
    "uuid": {"pattern": _UUID},
}


@dataclass(frozen=True, slots=True)
class Broken:
    """Hold what came of one schema: the broken values, and what could not be broken in it.

    `accepted` are values that the schema accepts all the same, which must not be.
    """

    values: int
    accepted: tuple[str, ...]
    targets: int
    unreached: tuple[str, ...]


@functools.cache
def sources(folder: Path, collection: str) -> dict[str, PayloadSchema]:
    """Return the schemas of a draft of the test suite, or of a file, without the remote ones."""
    if collection in DRAFTS:
        found = groups(folder / "JSON-Schema-Test-Suite", collection)
        return {group.id: group.source for group in found if not group.is_remote}
    return rows(folder / collection)


def broken(name: str, source: PayloadSchema, draws: int) -> Broken | None:
    """Break a schema at every target, then draw more; None where it is refused."""
    try:
        smallest = invalid_examples(source)
        drawn = list(_drawn(name, source, draws))
    except DocumentError:
        return None
    is_valid = judge(source)
    accepted = [f"{name}: {one!r}"[:300] for one in (*smallest, *drawn) if is_valid(one.value)]
    found = breakable(source)
    names = {(one.pointer, one.keyword) for one in smallest}
    unreached = [str(one) for one in found if not any(one.fits(*each) for each in names)]
    return Broken(len(smallest) + len(drawn), tuple(accepted), len(found), tuple(unreached))


def judge(source: PayloadSchema) -> Callable[[Any], bool]:
    """Return jsonschema-rs's verdict as it comes; formats that it ignores are written out."""
    contents = _written_out(source.contents)
    return plain_judge(PayloadSchema(contents, dialect=source.dialect))


def _drawn(name: str, source: PayloadSchema, draws: int) -> Iterator[Invalid]:
    strategy = invalid_payloads(source)
    if draws and not strategy.is_empty:
        try:
            yield from samples(strategy, draws, seed_value=zlib.crc32(name.encode()))
        except InvalidArgument:
            return


def _written_out(node: Any) -> Any:
    if isinstance(node, list):
        return [_written_out(one) for one in node]
    if not isinstance(node, dict):
        return node
    found = {key: _written_out(value) for key, value in node.items()}
    format_name = node.get("format")
    if isinstance(format_name, str) and format_name in _FORMATS and not _is_asserted(format_name):
        found["allOf"] = [*found.get("allOf", []), _FORMATS[format_name]]
    return found


def _is_asserted(name: str) -> bool:
    judge_07 = jsonschema_rs.Draft7Validator({"format": name}, validate_formats=True)
    return not judge_07.is_valid("not of any format")
