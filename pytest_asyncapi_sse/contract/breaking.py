"""Requests that a document excludes: values that break a parameter, addresses of no channel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis.errors import InvalidArgument, Unsatisfiable

from pytest_asyncapi_sse.document.address import PLACEHOLDER, parameter_names, segment_defect
from pytest_asyncapi_sse.model import Channel, Parameter, PayloadSchema
from pytest_asyncapi_sse.schema import invalid_payloads, parse_json, validator
from pytest_asyncapi_sse.schema.json_text import JSONDefect
from pytest_asyncapi_sse.schema.samples import samples

_CANDIDATES = ("no-such-value", "-1", "0", "1.5", "true", "x", "~")
_UNKNOWN = "no-such-channel"
_DRAWN = 20
_LONGEST = 1000


def breaking_values(channel: Channel) -> Iterator[tuple[Parameter, str]]:
    """Yield a value for each parameter of a channel that its enum or its schema excludes."""
    for name in parameter_names(channel):
        parameter = channel.parameters.get(name)
        value = None if parameter is None else _breaking(parameter)
        if parameter is not None and value is not None:
            yield parameter, value


def unknown_address(channel: Channel) -> str | None:
    """Return the address with another last segment; None where it ends in a parameter."""
    path, question, query = (channel.address or "").partition("?")
    above, slash, last = path.rpartition("/")
    if not last or PLACEHOLDER.search(last):
        return None
    return f"{above}{slash}{_UNKNOWN}{question}{query}"


def _breaking(parameter: Parameter) -> str | None:
    if parameter.enum:
        made_up = (f"{parameter.enum[0]}{'-x' * count}" for count in range(1, 99))
        return next((value for value in made_up if value not in parameter.enum), None)
    schema = PayloadSchema(parameter.schema, origins={})
    is_valid = validator(schema).is_valid
    for value in _candidates(schema):
        usable = parameter.location == "query" or not segment_defect(value)
        if usable and not any(map(is_valid, _readings(value))):
            return value
    return None


def _candidates(schema: PayloadSchema) -> Iterator[str]:
    yield from _CANDIDATES
    try:
        drawn = samples(invalid_payloads(schema), _DRAWN)
    except (Unsatisfiable, InvalidArgument):
        return
    for found in drawn:
        if isinstance(found.value, str) and 0 < len(found.value) <= _LONGEST:
            yield found.value


def _readings(value: str) -> list[Any]:
    """Return what the text of a parameter may be read as."""
    try:
        return [value, parse_json(value)]
    except JSONDefect:
        return [value]
