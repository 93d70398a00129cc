"""Parameters of an address: declared ones, and those that only the address names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal

from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.payloads.bundle import bundled
from pytest_asyncapi_sse.document.reader import Reader
from pytest_asyncapi_sse.document.values import is_scalar, plain_text
from pytest_asyncapi_sse.errors import shown
from pytest_asyncapi_sse.model import Parameter

_PLACE = re.compile(r"\{([^{}]+)\}")
_ANY_TEXT: Mapping[str, Any] = {"type": "string"}

ParameterReader = Callable[[Reader, str, Node], Parameter]


def parameters_of(
    reader: Reader, channel: Node, address: str | None, *, read: ParameterReader
) -> dict[str, Parameter]:
    """Return a channel's parameters by name; `read` knows how the version writes one.

    A place in the address without a declaration gets a parameter of any text, and a finding.
    """
    declared = {
        name: read(reader, name, found)
        for name, node in reader.section(channel, "parameters").items()
        if (found := reader.mapping(node)) is not None
    }
    places = _PLACE.findall(address or "")
    for name in places:
        if name not in declared:
            summary = f"the address has {{{name}}}, which no parameter declares"
            reader.find(channel, "undeclared-parameter", summary, advice="Add it to parameters.")
            declared[name] = Parameter(name, _ANY_TEXT, origin=reader.origin(channel))
    for name, parameter in declared.items():
        if address is not None and name not in places and parameter.origin is not None:
            summary = f"the parameter {shown(name, 80)} has no place in the address {address!r}"
            reader.find(channel.child("parameters"), "unused-parameter", summary)
    return declared


def schema_parameter(reader: Reader, name: str, node: Node) -> Parameter:
    """Read a 2.x parameter: its `schema` judges."""
    found = schema_parameter_of(reader, name, node.get("schema"))
    return replace(found, description=reader.text(node, "description"), origin=reader.origin(node))


def schema_parameter_of(
    reader: Reader,
    name: str,
    node: Node | None,
    *,
    location: Literal["path", "query"] = "path",
    required: bool = True,
) -> Parameter:
    """Return the parameter that a schema judges; any text where there is none."""
    bundle = None if node is None else bundled(reader, node)
    if bundle is not None:
        reader.report_all(bundle.unsupported)
    schema = _ANY_TEXT if bundle is None or bundle.schema is None else bundle.schema.contents
    hints: Mapping[str, Any] = schema if isinstance(schema, Mapping) else {}
    return Parameter(
        name,
        schema,
        _texts(hints.get("enum")),
        _text(hints.get("default")),
        _texts(hints.get("examples")),
        location=location,
        required=required,
        origin=None if node is None else reader.origin(node),
    )


def text_parameter(reader: Reader, name: str, node: Node) -> Parameter:
    """Read a 3.x parameter: a string with `enum`, `default` and `examples`."""
    enum, examples = (
        _texts([item.value for item in reader.items(node, key)]) for key in ("enum", "examples")
    )
    default = node.get("default")
    return Parameter(
        name,
        {"type": "string", "enum": list(enum)} if enum else _ANY_TEXT,
        enum,
        None if default is None else _text(default.value),
        examples,
        reader.text(node, "description"),
        origin=reader.origin(node),
    )


def _texts(values: Any) -> tuple[str, ...]:
    found = (_text(value) for value in values) if isinstance(values, list) else ()
    return tuple(text for text in found if text is not None)


def _text(value: Any) -> str | None:
    return plain_text(value) if value is not None and is_scalar(value) else None
