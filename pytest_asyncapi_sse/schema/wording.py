"""Words for what is wrong with a payload: one renderer for each keyword."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pytest_asyncapi_sse.errors import shown
from pytest_asyncapi_sse.schema.equality import canonical

_SHOWN = 80
_CHOICES = 8

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
    "email": "an email",
    "hostname": "a host name",
    "idn-email": "an email",
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

_LITERALS = {None: "null", True: "true", False: "false"}


def said(value: Any) -> str:
    """Render a value of a payload for a sentence, in the literals of JSON."""
    if value is None or isinstance(value, bool):
        return _LITERALS[value]
    return shown(value, _SHOWN)


def place(pointer: str) -> str:
    """Name a place in the payload for a sentence."""
    return pointer or "the payload"


def type_words(types: Any) -> str:
    """Name one type or several, with articles: `a string or null`."""
    names = [types] if isinstance(types, str) else list(types)
    return _either([_TYPES.get(name, str(name)) for name in names])


def one_of_words(values: Sequence[Any]) -> str:
    """List the values of an enum, cut to the first ones with the count of all."""
    if len(values) == 1:
        return said(values[0])
    listed = ", ".join(said(value) for value in values[:_CHOICES])
    rest = len(values) - _CHOICES
    return f"one of {listed}" + (f" and {rest} more" if rest > 0 else "")


def describe(keyword: str, limit: Any, value: Any, detail: str, pointer: str) -> tuple[str, str]:
    """Return the summary and what was expected, for one keyword that rejects `value`.

    `detail` is the name of a property, for the keywords that are about one.
    """
    render = _RENDERERS.get(keyword)
    if render is None:
        return (
            f"{place(pointer)} is {said(value)}, which breaks '{keyword}'",
            f"'{keyword}' to hold",
        )
    return render(limit, value, detail, pointer)


def _either(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _type(limit: Any, value: Any, _detail: str, pointer: str) -> tuple[str, str]:
    expected = type_words(limit)
    return f"{place(pointer)} is {said(value)}, not {expected}", expected


def _enum(limit: Any, value: Any, _detail: str, pointer: str) -> tuple[str, str]:
    expected = one_of_words(limit)
    return f"{place(pointer)} is {said(value)}, not {expected}", expected


def _const(limit: Any, value: Any, _detail: str, pointer: str) -> tuple[str, str]:
    return f"{place(pointer)} is {said(value)}, not {said(limit)}", said(limit)


def _format(limit: Any, value: Any, _detail: str, pointer: str) -> tuple[str, str]:
    expected = _FORMATS.get(limit, f"a {limit}")
    return f"{place(pointer)}: {said(value)} is not {expected}", expected


def _pattern(limit: Any, value: Any, _detail: str, pointer: str) -> tuple[str, str]:
    expected = f"a match of the pattern {shown(limit, _SHOWN)}"
    return f"{place(pointer)}: {said(value)} is not {expected}", expected


def _required(_limit: Any, _value: Any, detail: str, pointer: str) -> tuple[str, str]:
    where = f" at {pointer}" if pointer else ""
    return f"the required property {said(detail)} is missing{where}", f"the property {said(detail)}"


def _undeclared(_limit: Any, _value: Any, _detail: str, pointer: str) -> tuple[str, str]:
    return f"{place(pointer)} is an undeclared property", "declared properties only"


def _property_name(_limit: Any, _value: Any, detail: str, pointer: str) -> tuple[str, str]:
    parent = pointer.rpartition("/")[0]
    where = f" at {parent}" if parent else ""
    return f"the property name {said(detail)} is not allowed{where}", "another property name"


def _multiple(limit: Any, value: Any, _detail: str, pointer: str) -> tuple[str, str]:
    expected = f"a multiple of {limit}"
    return f"{place(pointer)} is {said(value)}, not {expected}", expected


def _bound(relation: str, expected: str) -> Callable[[Any, Any, str, str], tuple[str, str]]:
    def render(limit: Any, value: Any, _detail: str, pointer: str) -> tuple[str, str]:
        return f"{place(pointer)} is {said(value)}, {relation} {limit}", f"{expected} {limit}"

    return render


def _length(relation: str, expected: str) -> Callable[[Any, Any, str, str], tuple[str, str]]:
    def render(limit: Any, value: Any, _detail: str, pointer: str) -> tuple[str, str]:
        count = _counted(len(value), "character")
        summary = f"{place(pointer)} is {said(value)}, {count}, {relation} {limit}"
        return summary, f"{expected} {_counted(limit, 'character')}"

    return render


def _size(unit: str, relation: str, expected: str) -> Callable[..., tuple[str, str]]:
    def render(limit: Any, value: Any, _detail: str, pointer: str) -> tuple[str, str]:
        summary = f"{place(pointer)} has {_counted(len(value), unit)}, {relation} {limit}"
        return summary, f"{expected} {_counted(limit, unit)}"

    return render


def _counted(count: int, unit: str) -> str:
    plural = {"property": "properties"}.get(unit, f"{unit}s")
    return f"{count} {unit if count == 1 else plural}"


def _unique(_limit: Any, value: Any, _detail: str, pointer: str) -> tuple[str, str]:
    seen: set[str] = set()
    for item in value:
        key = canonical(item)
        if key in seen:
            return f"{place(pointer)} holds {said(item)} twice", "items that all differ"
        seen.add(key)
    return f"{place(pointer)} holds an item twice", "items that all differ"


def _contains(_limit: Any, value: Any, _detail: str, pointer: str) -> tuple[str, str]:
    expected = "as many matching items as 'contains' asks for"
    return f"{place(pointer)} is {said(value)}, which lacks {expected}", expected


def _forbidden(_limit: Any, value: Any, _detail: str, pointer: str) -> tuple[str, str]:
    return f"{place(pointer)} is {said(value)}, which 'not' forbids", "another value"


def _nothing(_limit: Any, value: Any, _detail: str, pointer: str) -> tuple[str, str]:
    return f"{place(pointer)} is {said(value)}, where nothing is allowed", "nothing"


_RENDERERS: Mapping[str, Callable[[Any, Any, str, str], tuple[str, str]]] = {
    "additionalProperties": _undeclared,
    "const": _const,
    "contains": _contains,
    "enum": _enum,
    "exclusiveMaximum": _bound("not below the exclusive maximum", "below"),
    "exclusiveMinimum": _bound("not above the exclusive minimum", "above"),
    "false": _nothing,
    "format": _format,
    "maxItems": _size("item", "more than the maximum", "at most"),
    "maxLength": _length("longer than the maximum", "at most"),
    "maxProperties": _size("property", "more than the maximum", "at most"),
    "maximum": _bound("above the maximum", "at most"),
    "minItems": _size("item", "fewer than the minimum", "at least"),
    "minLength": _length("shorter than the minimum", "at least"),
    "minProperties": _size("property", "fewer than the minimum", "at least"),
    "minimum": _bound("below the minimum", "at least"),
    "multipleOf": _multiple,
    "not": _forbidden,
    "pattern": _pattern,
    "propertyNames": _property_name,
    "required": _required,
    "type": _type,
    "uniqueItems": _unique,
}
