"""Obligations: what the schema at a place asks to be tried once, by the type of the value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from pytest_asyncapi_sse.errors import shown
from pytest_asyncapi_sse.schema import container_edges, scalar_edges
from pytest_asyncapi_sse.schema.asked import Obligation, is_of, of_schema, of_values
from pytest_asyncapi_sse.schema.bounds import DEEPEST
from pytest_asyncapi_sse.schema.equality import canonical
from pytest_asyncapi_sse.schema.fitting import Fitting
from pytest_asyncapi_sse.schema.places import Place


def obligations(fitting: Fitting, place: Place) -> Iterator[Obligation]:
    """Yield what to try at a place whose choices are made."""
    facts = fitting.facts(place)
    yield from _listed(place)
    if facts.values is not None:
        return
    types = fitting.types(place, DEEPEST)
    for name, asks in _BY_TYPE.items():
        if name in types:
            yield from asks(fitting, place)
    if len(types) > 1:
        for name in types:
            yield of_schema(f"type {name}", {"type": name}, is_of(name), "type")


def _listed(place: Place) -> Iterator[Obligation]:
    """Ask for each value of an enum, also for those that something beside it rejects."""
    values = {
        canonical(value): value
        for node in place.nodes
        for value in ([node["const"]] if "const" in node else node.get("enum", ()))
    }
    keyword = "enum" if any("enum" in node for node in place.nodes) else "const"
    for value in values.values():
        yield of_values(f"value {shown(value, 40)}", keyword, value)


_BY_TYPE: Mapping[str, Callable[[Fitting, Place], Iterator[Obligation]]] = {
    "null": scalar_edges.nulls,
    "boolean": scalar_edges.booleans,
    "integer": scalar_edges.integers,
    "fraction": scalar_edges.fractions,
    "string": scalar_edges.texts,
    "array": container_edges.arrays,
    "object": container_edges.objects,
}
