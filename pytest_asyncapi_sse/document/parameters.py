"""Parameters of an address: declared ones, and those that only the address names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal

from pytest_asyncapi_sse.document.address import PLACEHOLDER, segment_defect
from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.payloads.bundle import bundled
from pytest_asyncapi_sse.document.reader import Reader
from pytest_asyncapi_sse.document.values import is_scalar, label_of, plain_text
from pytest_asyncapi_sse.errors import Severity, shown
from pytest_asyncapi_sse.model import Parameter

_HOST = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
_MAX_SHOWN = 10
_ANY_TEXT: Mapping[str, Any] = {"type": "string"}

ParameterReader = Callable[[Reader, str, Node], Parameter]


def address_of(reader: Reader, place: Node, written: str) -> str:
    """Return the address of a channel; of a full URL only what follows the host counts."""
    host = _HOST.match(written) if "://" in written else None
    if host is None:
        return written
    summary = f"the address {shown(written, 80)} is a full URL, of which the host does not count"
    advice = "Write the path alone, and the host in servers."
    reader.find(place, "absolute-address", summary, advice=advice)
    return written[host.end() :] or "/"


def parameters_of(
    reader: Reader, channel: Node, place: Node, address: str | None, *, read: ParameterReader
) -> dict[str, Parameter]:
    """Return a channel's parameters by name; `read` knows how the version writes one.

    A place in the address, which was written at `place`, gets a parameter of any text where none
    is declared for it, and a finding.
    """
    # Most channels have none, and seeing that is the cheapest.
    if "{" not in (address or "") and channel.get("parameters") is None:
        return {}
    declared = {}
    for name, node in reader.section(channel, "parameters").items():
        found = reader.mapping(node)
        if found is not None:
            declared[name] = read(reader, name, found)
            _find_unfit(reader, found, declared[name])
    used = dict.fromkeys(PLACEHOLDER.findall(address or ""))
    if address is not None:
        _find_unused(reader, channel, [name for name in declared if name not in used], address)
    for name in used:
        _find_unnamed(reader, place, name, is_declared=name in declared)
        declared.setdefault(name, Parameter(name, _ANY_TEXT, origin=reader.origin(channel)))
    return declared


def _find_unused(reader: Reader, channel: Node, names: list[str], address: str) -> None:
    for name in names:
        summary = (
            f"the parameter {shown(name, 80)} has no place in the address {shown(address, 200)}"
        )
        reader.find(channel.child("parameters"), "unused-parameter", summary)


def _find_unnamed(reader: Reader, place: Node, name: str, *, is_declared: bool) -> None:
    if not name:
        summary = "the address has {}, a parameter without a name"
        advice = "Name it, and add it to parameters."
        reader.find(place, "bad-parameter", summary, severity="error", advice=advice)
    elif not is_declared:
        summary = f"the address has {{{name}}}, which no parameter declares"
        reader.find(place, "undeclared-parameter", summary, advice="Add it to parameters.")


def _find_unfit(reader: Reader, node: Node, parameter: Parameter) -> None:
    """Find a default and examples that are not in the enum; a default is what a test would take."""
    if parameter.default is not None and segment_defect(parameter.default):
        summary = (
            f"the default of the parameter {shown(parameter.name, 80)}"
            f" {segment_defect(parameter.default)}"
        )
        place = _hint(reader, node, "default")
        reader.find(place, "bad-parameter", summary, severity="error")
    if not parameter.enum:
        return
    enum = frozenset(parameter.enum)
    allowed = ", ".join(shown(item, 40) for item in parameter.enum[:_MAX_SHOWN])
    defaults = () if parameter.default is None else (parameter.default,)
    hints: tuple[tuple[str, tuple[str, ...], Severity], ...] = (
        ("default", defaults, "error"),
        ("examples", parameter.examples, "advice"),
    )
    for key, texts, severity in hints:
        place = _hint(reader, node, key)
        for text in texts:
            if text not in enum:
                reader.find(
                    place,
                    "bad-parameter",
                    f"the {key} of the parameter {shown(parameter.name, 80)} has "
                    f"{shown(text, 80)}, which is not in its enum",
                    severity=severity,
                    advice=f"The enum has {allowed}.",
                )


def _hint(reader: Reader, node: Node, key: str) -> Node:
    """Return where a hint of a parameter was written: at it, or in its schema."""
    schema = node.get("schema")
    holders = (node, None if schema is None else reader.peek(schema))
    return next((holder.child(key) for holder in holders if holder and holder.get(key)), node)


def schema_parameter(reader: Reader, name: str, node: Node) -> Parameter:
    """Read a 2.x parameter: its `schema` judges."""
    found = schema_parameter_of(reader, name, node.get("schema"))
    return replace(found, description=label_of(node, "description"), origin=reader.origin(node))


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
        label_of(node, "description"),
        origin=reader.origin(node),
    )


def _texts(values: Any) -> tuple[str, ...]:
    found = (_text(value) for value in values) if isinstance(values, list) else ()
    return tuple(text for text in found if text is not None)


def _text(value: Any) -> str | None:
    return plain_text(value) if value is not None and is_scalar(value) else None
