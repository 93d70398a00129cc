"""Valid payloads, drawn: structure and leaves for each place, and one filter at the root.

Recursion is bounded by a depth that is handed down: with no room left, only what must be there is
drawn. Every value that is drawn has passed the validator.
"""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from pytest_asyncapi_sse.schema.equality import canonical
from pytest_asyncapi_sse.schema.examples import first_valid
from pytest_asyncapi_sse.schema.fitting import Fitting, unsatisfiable
from pytest_asyncapi_sse.schema.numbers import fractions, integers, is_whole
from pytest_asyncapi_sse.schema.objects import arrays, objects
from pytest_asyncapi_sse.schema.places import Place
from pytest_asyncapi_sse.schema.second_engine import second_engine
from pytest_asyncapi_sse.schema.sources import Root, Source, drawable_roots, roots
from pytest_asyncapi_sse.schema.strings import texts
from pytest_asyncapi_sse.schema.validation import acceptance, engine_of

_TEXT = {"type": "string"}
_ROOM = 4


def payloads(source: Source) -> st.SearchStrategy[Any]:
    """Draw valid payloads of a channel, a message, a payload schema or a plain JSON Schema.

    A channel gives those of any message that flows. Raises DocumentError where a schema cannot be
    compiled, where it can be seen that nothing satisfies it, and where it is not checked.
    """
    return st.one_of([root_payloads(root) for root in drawable_roots(source)])


def satisfiable(source: Source) -> bool | None:
    """Say whether a source has any payload at all, None where that is not easily seen."""
    answers = [_root_satisfiable(root) for root in roots(source)]
    if True in answers:
        return True
    return None if None in answers else False


def root_payloads(root: Root, *extra: Any) -> st.SearchStrategy[Any]:
    """Draw valid payloads of one schema, for which the extra schemas hold as well."""
    builder = Builder(root)
    place = builder.root(*extra)
    depth = builder.fitting.depth(place)
    if depth is None:
        raise unsatisfiable(builder.fitting, place)
    is_valid = acceptance(root)
    own = builder.value(place, depth + _ROOM)
    if first_valid(builder.fitting, place, is_valid) is None:
        other = second_engine(builder.fitting.engine.contents)
        own = own if other is None or extra else st.one_of(own, other)
    return own.filter(is_valid)


def _root_satisfiable(root: Root) -> bool | None:
    builder = Builder(root)
    place = builder.root()
    if builder.fitting.depth(place) is None:
        return False
    is_valid = acceptance(root)
    return True if first_valid(builder.fitting, place, is_valid) is not None else None


class Builder:
    """Build the strategies of one schema's places, and keep them."""

    def __init__(self, root: Root) -> None:
        self._is_text = root.text
        self.fitting = Fitting(engine_of(root))
        self._values: dict[tuple[int, int], st.SearchStrategy[Any]] = {}

    def root(self, *extra: Any) -> Place:
        """Return the place of the whole payload."""
        return self.fitting.places.root(*((_TEXT,) if self._is_text else ()), *extra)

    def value(self, place: Place, depth: int) -> st.SearchStrategy[Any]:
        """Draw a value of at most `depth` levels for a place."""
        key = (id(place), depth)
        if key not in self._values:
            self._values[key] = self._built(place, depth)
        return self._values[key]

    def _built(self, place: Place, depth: int) -> st.SearchStrategy[Any]:
        if place.choices:
            return _chosen(self, place, depth)
        facts = self.fitting.facts(place)
        if facts.values is not None:
            return _listed(facts.values)
        types = self.fitting.types(place, depth)
        found = st.one_of([self._typed(name, place, depth) for name in _ordered(types)])
        if not facts.avoided:
            return found
        return found.filter(lambda value: canonical(value) not in facts.avoided)

    def _typed(self, name: str, place: Place, depth: int) -> st.SearchStrategy[Any]:
        facts = self.fitting.facts(place)
        if name == "string":
            return texts(facts.strings)
        if name == "integer":
            return integers(facts.numbers)
        if name == "fraction":
            found = fractions(facts.numbers)
            both = "integer" in facts.types
            return found if both else found.filter(lambda number: not is_whole(number))
        if name == "array":
            return arrays(self, self.fitting.shapes.array(place), depth)
        if name == "object":
            return objects(self, self.fitting.shapes.object(place), depth)
        return st.booleans() if name == "boolean" else st.none()


@st.composite
def _chosen(draw: st.DrawFn, builder: Builder, place: Place, depth: int) -> Any:
    """Draw the option first, so that only what is taken is ever built."""
    options = builder.fitting.options(place, depth)
    assume(options)
    option = options[draw(st.integers(0, len(options) - 1))]
    return draw(builder.value(option, depth))


def _listed(values: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    found = st.sampled_from(values)
    if any(isinstance(value, dict | list) for value in values):
        return found.map(copy.deepcopy)
    return found


_ORDER = ("string", "integer", "fraction", "boolean", "null", "object", "array")


def _ordered(types: list[str]) -> list[str]:
    return [name for name in _ORDER if name in types]
