"""Servers: what the two majors write alike."""

from __future__ import annotations

import re

from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.reader import Reader
from pytest_asyncapi_sse.document.values import is_scalar, plain_text

_VARIABLE = re.compile(r"\{([^{}]+)\}")


def substituted(reader: Reader, server: Node, text: str) -> str:
    """Return a server's text with its variables' values; one without a value stays as it is."""
    values = {
        name: _value(reader, variable)
        for name, variable in reader.section(server, "variables").items()
    }
    return _VARIABLE.sub(lambda match: values.get(match[1]) or match[0], text)


def with_scheme(url: str, protocol: str) -> str:
    """Return a server's URL, its protocol the scheme where it was written without one."""
    return url if "://" in url or not protocol else f"{protocol}://{url}"


def protocol_of(reader: Reader, server: Node) -> str:
    """Return a server's protocol in lower case, empty where it has none."""
    return reader.text(server, "protocol").strip().lower()


def _value(reader: Reader, node: Node) -> str:
    """Return the default of a server variable, else its first value, else its first example."""
    variable = reader.mapping(node)
    if variable is None:
        return ""
    default = variable.get("default")
    values = [] if default is None else [default.value]
    for key in ("enum", "examples"):
        values += [item.value for item in reader.items(variable, key)]
    return next(
        (plain_text(value) for value in values if value is not None and is_scalar(value)), ""
    )
