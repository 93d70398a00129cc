"""What a client under test delivers, brought to a payload or a rejection."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

from pytest_asyncapi_sse.driver.json_form import NoJSON, json_form, well_formed
from pytest_asyncapi_sse.errors import raised
from pytest_asyncapi_sse.schema import JSONDefect, parse_json

_PAIR = 2
_MOST_CHARACTERS = 10_000
# What an event of a library has beside the text of its data, also where it is a dataclass.
_OF_EVENTS = ("event", "last_event_id")
_ALLOWED = (
    "deliver None, a bool, int, float, str, list or dict with string keys, a dataclass, a pydantic"
    " model, an object with .data, a pair (message name, payload), or an exception"
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """Hold one thing that a client delivered: a payload, or the text of an error.

    `data` is the event's data as text where the client delivered that, `name` the message's name
    where it gave one. `also` has the other payload, one at most, that it may stand for as well.
    """

    payload: Any = None
    error: str | None = None
    data: str | None = None
    name: str | None = None
    also: tuple[Any, ...] = ()


def delivery(item: object) -> Delivery:
    """Return what an item of a client's iterable stands for; whatever it is, nothing is raised.

    An exception instance is a rejection; a tuple `(name, payload)` is its payload by the name of a
    message; an object with `.data` is its data, decoded where it is JSON; a dataclass or a pydantic
    model is dumped, by alias, and where it has `.data` it may stand for that as well; anything else
    is the payload itself. What JSON cannot carry is an error that says so.
    """
    try:
        if _is_pair(item):
            return pair(*item)
        return _single(item)
    except NoJSON as error:
        kind = type(item).__name__
        return rejection(f"delivered a {kind} that JSON cannot carry: {error}; {_ALLOWED}")
    except Exception as error:  # from a property or a method of what the client delivers
        kind = type(item).__name__
        return rejection(f"delivered a {kind} that cannot be read: {raised(error)}; {_ALLOWED}")


def pair(name: object, payload: object) -> Delivery:
    """Return what a payload stands for that comes with the name of its message, or with None."""
    if name is not None and not isinstance(name, str):
        kind = type(name).__name__
        return rejection(f"delivered a pair whose name is a {kind}, not a string; {_ALLOWED}")
    found = delivery(payload) if not _is_pair(payload) else delivery(list(payload))
    return replace(found, name=None if name is None else well_formed(str.__str__(name)))


def called(arguments: tuple[object, ...], named: Mapping[str, object]) -> Delivery:
    """Return what `callback(item)`, or `callback(name, payload)`, stands for."""
    if len(arguments) == 1 and not named:
        return delivery(arguments[0])
    if len(arguments) == _PAIR and not named:
        return pair(*arguments)
    words = [*("..." for _ in arguments), *(f"{name}=..." for name in named)]
    return rejection(
        f"called callback({', '.join(words)}); call callback(item), or callback(name, payload) with"
        " the name of the message"
    )


def rejection(text: str) -> Delivery:
    """Return the delivery of an error, its text bounded and fit to be printed."""
    return Delivery(error=well_formed(cut(text, _MOST_CHARACTERS)))


def cut(text: str, most: int) -> str:
    """Return a text, of one that is too long the beginning and how long it is."""
    return text if len(text) <= most else f"{text[:most]}... ({len(text):,} characters)"


def _single(item: object) -> Delivery:
    if isinstance(item, BaseException):
        return rejection(f"{type(item).__name__}: {item}".rstrip(": "))
    if isinstance(item, Mapping) or not hasattr(item, "data"):
        return Delivery(payload=json_form(item))
    return _either(item) if _is_model(item) else _decoded(item.data)


def _is_pair(item: object) -> TypeGuard[tuple[object, object]]:
    """Tell a pair from an event that is a named tuple, and from an array of two values."""
    if not isinstance(item, tuple) or len(item) != _PAIR or hasattr(item, "data"):
        return False
    return item[0] is None or isinstance(item[0], str)


def _is_model(item: object) -> bool:
    return hasattr(item, "model_dump") or (
        dataclasses.is_dataclass(item) and not isinstance(item, type)
    )


def _either(item: Any) -> Delivery:
    """Return both things that a model with data stands for: the event of a client, or a payload.

    Only what was sent tells the two apart. The first is the one that is shown where neither was.
    """
    try:
        event = _decoded(item.data)
    except NoJSON:
        return Delivery(payload=json_form(item))
    try:
        whole = json_form(item)
    except Exception:  # an event may hold what can't be dumped, such as its response
        return event
    if event.data is not None and any(hasattr(item, name) for name in _OF_EVENTS):
        return replace(event, also=(whole,))
    return Delivery(payload=whole, data=event.data, also=(event.payload,))


def _decoded(data: object) -> Delivery:
    if isinstance(data, bytes | bytearray):
        data = data.decode("utf-8", "replace")
    if not isinstance(data, str):
        return Delivery(payload=json_form(data))
    text = json_form(data)
    try:
        return Delivery(payload=parse_json(text), data=text)
    except JSONDefect:
        return Delivery(payload=text, data=text)
