"""Wishes: what a schema asks for, in a few words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_asyncapi_sse.errors import printable
from pytest_asyncapi_sse.schema.telling import counted, either, listed, one_of_words, said

_SHOWN = 60
_NAMES = 4

_TYPES = {
    "array": "an array",
    "boolean": "a boolean",
    "integer": "an integer",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "a string",
}

_FORMATS = {
    "byte": "base64",
    "date": "a date",
    "double": "a double",
    "email": "an email address",
    "float": "a float",
    "hostname": "a host name",
    "idn-email": "an email address",
    "idn-hostname": "a host name",
    "int32": "an int32",
    "int64": "an int64",
    "ipv4": "an IPv4 address",
    "ipv6": "an IPv6 address",
    "iri": "an IRI",
    "iri-reference": "an IRI reference",
    "json-pointer": "a JSON pointer",
    "regex": "a regular expression",
    "relative-json-pointer": "a relative JSON pointer",
    "uri": "a URI",
    "uri-reference": "a URI reference",
    "uri-template": "a URI template",
    "uuid": "a UUID",
}

_BOUNDS = {
    "minimum": "at least",
    "exclusiveMinimum": "above",
    "maximum": "at most",
    "exclusiveMaximum": "below",
}


def type_words(types: Any) -> str:
    """Name one type or several, with articles: `a string or null`."""
    names = [types] if isinstance(types, str) else list(types)
    return either([_TYPES.get(name, str(name)) for name in names])


def format_words(name: Any) -> str:
    """Name what a format stands for, with an article."""
    article = "an" if str(name)[:1].lower() in "aeiou" else "a"
    return _FORMATS.get(name, f"{article} {name}")


def pattern_words(pattern: str) -> str:
    """Name a pattern as it was written, not as Python would write it."""
    return f"a match of the pattern '{printable(pattern, _SHOWN * 2)}'"


def names_words(names: list[str]) -> str:
    """Name one property or several."""
    unit = "property" if len(names) == 1 else "properties"
    if len(names) <= _NAMES:
        return f"the {unit} {either([said(name) for name in names], 'and')}"
    return f"the {unit} {listed([said(name) for name in names], _NAMES)}"


def wish(node: Any) -> str:
    """Say in a few words what a schema asks for, empty where that takes more than a few."""
    if not isinstance(node, Mapping):
        return ""
    if isinstance(node.get("title"), str):
        return printable(node["title"], _SHOWN)
    if "const" in node:
        return said(node["const"])
    if isinstance(node.get("enum"), list):
        return one_of_words(node["enum"])
    if isinstance(node.get("$ref"), str):
        return printable(node["$ref"].rpartition("/")[2], _SHOWN)
    return _bounded(node)


def _bounded(node: Mapping[str, Any]) -> str:
    kind = type_words(node["type"]) if "type" in node else ""
    if isinstance(node.get("format"), str):
        kind = format_words(node["format"])
    bounds = [
        f"{word} {said(node[keyword])}" for keyword, word in _BOUNDS.items() if keyword in node
    ]
    if isinstance(node.get("pattern"), str):
        bounds.append(pattern_words(node["pattern"]))
    properties = node.get("properties")
    fixed = {
        name: child["const"]
        for name, child in (properties.items() if isinstance(properties, Mapping) else ())
        if isinstance(child, Mapping) and "const" in child
    }
    if fixed:
        pairs = [f"{said(name)} {said(value)}" for name, value in fixed.items()]
        return f"{kind or 'an object'} with {either(pairs[:_NAMES], 'and')}"
    if isinstance(node.get("required"), list) and node["required"]:
        return f"{kind or 'an object'} with {names_words(node['required'])}"
    return " that is ".join(part for part in (kind, either(bounds, "and")) if part)


def count_words(limit: Any, unit: str) -> str:
    """Count what a keyword bounds, also where the bound is written as a float."""
    return counted(int(limit), unit)
