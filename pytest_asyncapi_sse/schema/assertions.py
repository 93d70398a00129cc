"""Formats that jsonschema-rs leaves unasserted: AsyncAPI's own, later drafts', and the user's."""

from __future__ import annotations

import base64
import binascii
import functools
from collections import ChainMap
from collections.abc import Callable, Mapping
from typing import Any

import jsonschema_rs

from pytest_asyncapi_sse.errors import ConfigurationError
from pytest_asyncapi_sse.schema.custom_formats import CHECKS, depends_on_formats

FLOAT_MAX = 3.4028234663852886e38
DOUBLE_MAX = 1.7976931348623157e308


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _anything(_text: str) -> bool:
    return True


def _later_format(name: str) -> Callable[[str], bool]:
    judge = jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True)
    return judge.is_valid


STRING_FORMATS: Mapping[str, Callable[[str], bool]] = ChainMap(
    CHECKS,
    {
        "byte": _is_base64,
        "binary": _anything,
        "password": _anything,
        "uuid": _later_format("uuid"),
        "duration": _later_format("duration"),
    },
)


def _is_integer(value: float, bits: int) -> bool:
    return value == value // 1 and -(2 ** (bits - 1)) <= value < 2 ** (bits - 1)


NUMBER_FORMATS: Mapping[str, Callable[[float], bool]] = {
    "int32": lambda value: _is_integer(value, 32),
    "int64": lambda value: _is_integer(value, 64),
    "float": lambda value: -FLOAT_MAX <= value <= FLOAT_MAX,
    "double": lambda value: -DOUBLE_MAX <= value <= DOUBLE_MAX,
}


@functools.lru_cache(maxsize=1024)
def matcher(pattern: str) -> Callable[[Any], bool]:
    """Return what says whether a text holds a match, by the engine that judges payloads."""
    return jsonschema_rs.Draft7Validator({"pattern": pattern}).is_valid


@depends_on_formats
@functools.cache
def format_judge(name: str, draft: int) -> Callable[[Any], bool]:
    """Return what says whether a value, of whatever type, fits the format `name`."""
    if name in NUMBER_FORMATS:
        return functools.partial(_fits_number, NUMBER_FORMATS[name])
    judge = jsonschema_rs.validator_cls_for({"$schema": _META_SCHEMAS[draft]})(
        {"format": name}, formats=dict(STRING_FORMATS), validate_formats=True, offline=True
    )
    return judge.is_valid


_META_SCHEMAS = {
    jsonschema_rs.Draft7: "http://json-schema.org/draft-07/schema#",
    jsonschema_rs.Draft201909: "https://json-schema.org/draft/2019-09/schema",
    jsonschema_rs.Draft202012: "https://json-schema.org/draft/2020-12/schema",
}


def _fits_number(fits: Callable[[float], bool], value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return True
    return fits(value)


def format_keyword(draft: int, failures: list[ConfigurationError]) -> type:
    """Build the `format` keyword for schemas that name a format of numbers.

    jsonschema-rs asks custom formats about strings only, so that these need a keyword. It takes
    whatever a keyword raises for a refusal: an error that is none is put into `failures`.
    """

    class Format:
        def __init__(self, _parent: dict[str, Any], value: Any, _path: list[str | int]) -> None:
            self.name = value
            self.fits = format_judge(value, draft) if isinstance(value, str) else _anything

        def validate(self, instance: Any) -> None:
            try:
                fits = self.fits(instance)
            except ConfigurationError as error:
                failures.append(error)
                raise
            if not fits:
                raise ValueError(f"{instance!r} is not of the format {self.name!r}")

    return Format
