"""What a client under test delivers, brought to a payload or a rejection."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pytest_asyncapi_sse.schema import JSONDefect, parse_json

_PAIR = 2


@dataclass(frozen=True, slots=True)
class Delivery:
    """Hold one thing that a client delivered: a payload, or the text of an error.

    `data` is the event's data as text where the client delivered that.
    """

    payload: Any = None
    error: str | None = None
    data: str | None = None


def delivery(item: object) -> Delivery:
    """Return what an item of a client's iterable stands for.

    An exception instance is a rejection; a tuple `(name, payload)` is its payload; an object with
    `.data` is its data, decoded where it is JSON; a dataclass or a pydantic model is dumped, by
    alias; anything else is the payload itself.
    """
    if isinstance(item, BaseException):
        return Delivery(error=f"{type(item).__name__}: {item}".rstrip(": "))
    if isinstance(item, tuple) and len(item) == _PAIR:
        return delivery(item[1])
    if _is_event(item):
        return _decoded(item.data)  # type: ignore[attr-defined]
    return Delivery(payload=_payload(item))


def _is_model(item: object) -> bool:
    return hasattr(item, "model_dump") or (
        dataclasses.is_dataclass(item) and not isinstance(item, type)
    )


def _is_event(item: object) -> bool:
    """Tell an event of a client library from a model whose payload has a field named data."""
    if isinstance(item, Mapping) or not hasattr(item, "data"):
        return False
    return not _is_model(item) or hasattr(item, "event")


def _payload(item: object) -> Any:
    if isinstance(item, Mapping):
        return dict(item)
    dump = getattr(item, "model_dump", None)
    if callable(dump):
        return dump(mode="json", by_alias=True)
    if dataclasses.is_dataclass(item) and not isinstance(item, type):
        return dataclasses.asdict(item)
    return item


def _decoded(data: object) -> Delivery:
    if isinstance(data, bytes):
        data = data.decode("utf-8", "replace")
    if not isinstance(data, str):
        return Delivery(payload=_payload(data))
    try:
        return Delivery(payload=parse_json(data), data=data)
    except JSONDefect:
        return Delivery(payload=data, data=data)
