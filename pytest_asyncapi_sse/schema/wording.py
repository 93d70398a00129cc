"""Words for what is wrong with a payload: one renderer for each keyword."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_asyncapi_sse.schema.hints import meant_value, of_format, quoted
from pytest_asyncapi_sse.schema.telling import counted, one_of_words, place, said
from pytest_asyncapi_sse.schema.wishes import (
    count_words,
    format_words,
    names_words,
    pattern_words,
    type_words,
    wish,
)

_DIGITS_OF_DOUBLE = 12
_LONG = 80
_Words = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Breach:
    """Hold one keyword that a value of the payload breaks.

    `limit` is the keyword's value, `detail` what the keyword is about there: the name of a
    property, a count. `hint` ends the base of the summary, `suffixes` say under which condition
    and in which branch, the innermost first. `words` stand in place of the renderer's. `instead`
    names the property that was probably written for a missing one; `is_echo` says that the breach
    may do no more than follow from another one.
    """

    keyword: str
    path: tuple[str | int, ...]
    value: Any
    limit: Any = None
    detail: Any = None
    schema_pointer: str = ""
    hint: str = ""
    suffixes: tuple[str, ...] = ()
    words: _Words | None = None
    instead: str = ""
    is_echo: bool = False

    @property
    def where(self) -> str:
        """The place as a sentence names it after what is wrong there."""
        return f" at {place(self.path)}" if self.path else ""

    @property
    def subject(self) -> str:
        """The place and its value, as a sentence begins with them."""
        return f"{place(self.path)} is {said(self.value)}"


def described(breach: Breach) -> _Words:
    """Return what is wrong, without the suffixes, and what was expected."""
    render = _RENDERERS.get(breach.keyword, _other)
    summary, expected = breach.words or render(breach)
    return summary + breach.hint, expected


def _other(breach: Breach) -> _Words:
    return f"{breach.subject}, which breaks '{breach.keyword}'", f"'{breach.keyword}' to hold"


def _type(breach: Breach) -> _Words:
    expected = type_words(breach.limit)
    types = [breach.limit] if isinstance(breach.limit, str) else breach.limit
    return f"{breach.subject}, not {expected}{quoted(breach.value, types)}", expected


def _enum(breach: Breach) -> _Words:
    expected = one_of_words(breach.limit)
    return f"{breach.subject}, not {expected}{meant_value(breach.value, breach.limit)}", expected


def _const(breach: Breach) -> _Words:
    expected = said(breach.limit)
    return f"{breach.subject}, not {expected}{_unlike(breach.value, breach.limit)}", expected


def _unlike(value: Any, limit: Any) -> str:
    """Say what keeps two values apart that look alike."""
    if isinstance(value, str) and isinstance(limit, str) and value.casefold() == limit.casefold():
        return " (upper and lower case differ)"
    if isinstance(value, str) != isinstance(limit, str) and str(value) == str(limit):
        return " (one is a text, the other is not)"
    return ""


def _format(breach: Breach) -> _Words:
    expected = format_words(breach.limit)
    reason = of_format(breach.limit, breach.value)
    return f"{place(breach.path)}: {said(breach.value)} is not {expected}{reason}", expected


def _pattern(breach: Breach) -> _Words:
    expected = pattern_words(breach.limit)
    return f"{place(breach.path)}: {said(breach.value)} is not {expected}", expected


def _required(breach: Breach) -> _Words:
    name = said(breach.detail)
    return f"the required property {name} is missing{breach.where}", f"the property {name}"


def _dependent(breach: Breach) -> _Words:
    name, other = said(breach.detail), said(breach.limit)
    summary = f"the property {name} is missing{breach.where}, which {other} asks for"
    return summary, f"the property {name} beside {other}"


def _undeclared(breach: Breach) -> _Words:
    return f"{place(breach.path)} is an undeclared property", "declared properties only"


def _undeclared_item(breach: Breach) -> _Words:
    count = breach.detail
    summary = f"{place(breach.path)} is an undeclared item"
    if not isinstance(count, int):
        return summary, "declared items only"
    allowed = f"only {counted(count, 'item')}" if count else "no items"
    return f"{summary}: {allowed} may be there", f"at most {counted(count, 'item')}"


def _property_name(breach: Breach) -> _Words:
    parent = breach.path[:-1]
    where = f" at {place(parent)}" if parent else ""
    reason = f": a name has to be {breach.detail}" if breach.detail else ""
    expected = f"names that are {breach.detail}" if breach.detail else "another property name"
    return f"the property name {said(breach.path[-1])} is not allowed{where}{reason}", expected


def _multiple(breach: Breach) -> _Words:
    expected = f"a multiple of {said(breach.limit)}"
    hint = ""
    if isinstance(breach.value, float) and math.isfinite(breach.value):
        near = float(f"{breach.value:.{_DIGITS_OF_DOUBLE}g}")
        if near != breach.value:
            hint = f" (it looks like {said(near)} after an error of rounding)"
    return f"{breach.subject}, not {expected}{hint}", expected


def _bound(relation: str, expected: str) -> Callable[[Breach], _Words]:
    def render(breach: Breach) -> _Words:
        limit = said(breach.limit)
        return f"{breach.subject}, {relation} {limit}", f"{expected} {limit}"

    return render


def _length(relation: str, expected: str) -> Callable[[Breach], _Words]:
    def render(breach: Breach) -> _Words:
        count = counted(len(breach.value), "character")
        is_long = len(breach.value) > _LONG
        shown = f"{place(breach.path)} has {count}" if is_long else f"{breach.subject}, {count}"
        summary = f"{shown}, {relation} {said(breach.limit)}"
        return summary, f"{expected} {count_words(breach.limit, 'character')}"

    return render


def _size(unit: str, relation: str, expected: str) -> Callable[[Breach], _Words]:
    def render(breach: Breach) -> _Words:
        count = counted(len(breach.value), unit)
        summary = f"{place(breach.path)} has {count}, {relation} {said(breach.limit)}"
        return summary, f"{expected} {count_words(breach.limit, unit)}"

    return render


def _unique(breach: Breach) -> _Words:
    first, second = breach.detail
    places = f"{place((*breach.path, first))} and {place((*breach.path, second))}"
    item = said(breach.value[second])
    return f"{place(breach.path)} holds {item} twice, at {places}", "items that all differ"


def _contains(breach: Breach) -> _Words:
    wanted = _wanted(breach)
    expected = f"an item that is {wanted}" if wanted else "an item as 'contains' wants it"
    if not breach.value:
        return f"{place(breach.path)} is empty, without {expected}", expected
    return f"none of the {counted(len(breach.value), 'item')}{_of(breach)} is {_item(wanted)}", (
        expected
    )


def _contained(relation: str, expected: str) -> Callable[[Breach], _Words]:
    def render(breach: Breach) -> _Words:
        count, wanted = breach.detail[0], _wanted(breach)
        verb = "is" if count == 1 else "are"
        summary = (
            f"{counted(count, 'item')}{_of(breach)} {verb} {_item(wanted)}, "
            f"{relation} {said(breach.limit)}"
        )
        such = f" that {'is' if breach.limit == 1 else 'are'} {_item(wanted)}"
        return summary, f"{expected} {count_words(breach.limit, 'item')}{such}"

    return render


def _wanted(breach: Breach) -> str:
    return wish(breach.detail[1])


def _item(wanted: str) -> str:
    return wanted or "as 'contains' wants it"


def _of(breach: Breach) -> str:
    return f" of {place(breach.path)}" if breach.path else ""


def _forbidden(breach: Breach) -> _Words:
    node = breach.limit
    names = node.get("required") if isinstance(node, dict) else None
    if names and node.keys() <= {"required", "type"} and all(isinstance(one, str) for one in names):
        verb = "is" if len(names) == 1 else "are both" if len(names) == 2 else "are all"
        summary = f"{names_words(names)} {verb} there{breach.where}, which 'not' forbids"
        expected = f"not all of {names_words(names)}"
        return summary, expected if len(names) > 1 else f"no property {said(names[0])}"
    wanted = wish(node)
    return f"{breach.subject}, which 'not' forbids", f"not {wanted}" if wanted else "another value"


def _nothing(breach: Breach) -> _Words:
    return f"{breach.subject}, where nothing is allowed", "nothing"


_RENDERERS: Mapping[str, Callable[[Breach], _Words]] = {
    "additionalItems": _undeclared_item,
    "additionalProperties": _undeclared,
    "const": _const,
    "contains": _contains,
    "dependencies": _dependent,
    "dependentRequired": _dependent,
    "enum": _enum,
    "exclusiveMaximum": _bound("not below the exclusive maximum", "below"),
    "exclusiveMinimum": _bound("not above the exclusive minimum", "above"),
    "false": _nothing,
    "format": _format,
    "items": _undeclared_item,
    "maxContains": _contained("more than the maximum", "at most"),
    "maxItems": _size("item", "more than the maximum", "at most"),
    "maxLength": _length("longer than the maximum", "at most"),
    "maxProperties": _size("property", "more than the maximum", "at most"),
    "maximum": _bound("above the maximum", "at most"),
    "minContains": _contained("fewer than the minimum", "at least"),
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
    "unevaluatedItems": _undeclared_item,
    "unevaluatedProperties": _undeclared,
    "uniqueItems": _unique,
}
