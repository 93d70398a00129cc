"""Valid payloads, drawn: structure and leaves for each place, and one filter at the root.

Recursion is bounded by a depth that is handed down: with no room left, only what must be there is
drawn. Every value that is drawn has passed the validator.
"""

from __future__ import annotations

import copy
import itertools
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument, Unsatisfiable

from pytest_asyncapi_sse.schema.bounds import (
    DEEPEST,
    DEEPEST_DRAWN,
    MOST_VALUES,
    NoPayloadFound,
)
from pytest_asyncapi_sse.schema.enumeration import different
from pytest_asyncapi_sse.schema.equality import canonical
from pytest_asyncapi_sse.schema.examples import built, first_valid
from pytest_asyncapi_sse.schema.fitting import Fitting
from pytest_asyncapi_sse.schema.numbers import fractions, integers, is_whole
from pytest_asyncapi_sse.schema.objects import arrays, objects
from pytest_asyncapi_sse.schema.places import Place
from pytest_asyncapi_sse.schema.refusals import nothing_found, oversized, refusal
from pytest_asyncapi_sse.schema.samples import samples
from pytest_asyncapi_sse.schema.search import Search, known_or
from pytest_asyncapi_sse.schema.sources import Root, Source, drawable_roots, roots
from pytest_asyncapi_sse.schema.strings import texts
from pytest_asyncapi_sse.schema.validation import acceptance, engine_of

_TEXT = {"type": "string"}
_ROOM = 4
_TRIES = 60
_MOST_DRAWN = 120


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


def drawn_payloads(source: Source, count: int, *, seed_value: int = 0) -> list[Any]:
    """Return up to `count` valid payloads of a source, the same ones for the same seed.

    Raises DocumentError where there is none.
    """
    try:
        return samples(payloads(source), count, seed_value=seed_value)
    except (Unsatisfiable, InvalidArgument):
        raise never_drawn(source) from None


def never_drawn(source: Source) -> NoPayloadFound:
    """Build the error for a source whose strategy gave no payload."""
    root = drawable_roots(source)[0]
    builder = Builder(root)
    return nothing_found(builder.fitting, builder.root(), builder.has_example)


def root_payloads(root: Root, *extra: Any) -> st.SearchStrategy[Any]:
    """Draw valid payloads of one schema, for which the extra schemas hold as well.

    Raises NoPayloadFound where nothing was found, though nothing proves that there is nothing.
    """
    builder = Builder(root)
    place, fitting = builder.root(*extra), builder.fitting
    depth = _depth(fitting, place)
    if depth is None:
        raise refusal(fitting, place)
    size = fitting.size(place, depth)
    if size > MOST_VALUES:
        raise oversized(fitting, place, size)
    is_valid = acceptance(root)
    own = builder.whole(place, depth + _ROOM)
    known = first_valid(fitting, place, is_valid)
    drawn = own.filter(is_valid)
    if known is not None:
        return known_or(known[0], drawn) if fitting.engine.is_narrow else drawn
    if extra:
        return drawn
    contents = fitting.engine.contents
    key = (canonical(contents), root.schema.dialect, str(root.text))
    return Search(key, own, contents, is_valid).payloads(
        lambda: nothing_found(fitting, place, builder.has_example)
    )


def _depth(fitting: Fitting, place: Place) -> int | None:
    """Return the least depth of a payload; raises NoPayloadFound where the search gives up."""
    fitting.is_strict = True
    depth = fitting.depth(place)
    fitting.is_strict = False
    return depth


def _root_satisfiable(root: Root) -> bool | None:
    builder = Builder(root)
    place = builder.root()
    try:
        depth = _depth(builder.fitting, place)
    except NoPayloadFound:
        return None
    if depth is None:
        return None if isinstance(refusal(builder.fitting, place), NoPayloadFound) else False
    if builder.fitting.size(place, depth) > MOST_VALUES:
        return None
    is_valid = acceptance(root)
    return True if first_valid(builder.fitting, place, is_valid) is not None else None


class Builder:
    """Build the strategies of one schema's places, and keep them."""

    def __init__(self, root: Root) -> None:
        self._is_text = root.text
        self.fitting = Fitting(engine_of(root))
        self._values: dict[tuple[int, int], st.SearchStrategy[Any]] = {}
        self._plain: dict[tuple[int, int], list[Any]] = {}
        self._different: dict[tuple[int, int], list[Any]] = {}
        self._drawn = 0
        self._plain_below = 0

    def root(self, *extra: Any) -> Place:
        """Return the place of the whole payload."""
        return self.fitting.places.root(*((_TEXT,) if self._is_text else ()), *extra)

    def whole(self, place: Place, depth: int) -> st.SearchStrategy[Any]:
        """Draw a whole payload: what is drawn for it is counted from here on."""
        self._plain_below = depth - DEEPEST_DRAWN
        if not place.choices and self.fitting.facts(place).values is not None:
            return self.value(place, depth)
        return _counted(self, place, depth)

    def begin(self) -> None:
        """Begin to count for a new payload."""
        self._drawn = 0

    def count(self, values: int) -> None:
        """Count values that were drawn for a payload."""
        self._drawn += values

    def instead(self, place: Place, depth: int) -> list[Any]:
        """Return what is put at a place where the payload is too large or deep to draw more."""
        if self._drawn <= _MOST_DRAWN and depth > self._plain_below:
            return []
        return self._examples(place, depth)

    def has_example(self, place: Place) -> bool:
        """Say whether something was found for a place."""
        return bool(self._examples(place, DEEPEST))

    def different(self, place: Place, depth: int, count: int) -> list[Any]:
        """Return up to `count` values for a place that all differ."""
        key = (id(place), count)
        if key not in self._different:
            depth = min(depth, self.fitting.depth(place) or 0)
            self._different[key] = different(self.fitting, place, depth, count)
        return self._different[key]

    def _examples(self, place: Place, depth: int) -> list[Any]:
        key = (id(place), depth)
        if key not in self._plain:
            least = self.fitting.depth(place)
            engine = self.fitting.engine
            found = built(self.fitting, place, depth if least is None else min(depth, least))
            nodes = [node for node in place.nodes if engine.pointer(node) is not None]
            valid = (
                value
                for value in itertools.islice(found, _TRIES)
                if all(engine.accepts(node, value) for node in nodes)
            )
            self._plain[key] = list(itertools.islice(valid, 1))
        return self._plain[key]

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
    """Draw the options first, so that only what is taken is ever built."""
    fitting = builder.fitting
    while place.choices:
        count = len(place.choices[0].options)
        assume(count)
        first = 0 if place.choices[0].is_ordered else draw(st.integers(0, count - 1))
        indices = [*range(first, count), *range(first)]
        options = (fitting.places.narrowed(place, index) for index in indices)
        taken = next((option for option in options if fitting.fits(option, depth)), None)
        assume(taken is not None)
        place = place if taken is None else taken
    return draw(builder.value(place, depth))


@st.composite
def _counted(draw: st.DrawFn, builder: Builder, place: Place, depth: int) -> Any:
    builder.begin()
    return draw(builder.value(place, depth))


def _listed(values: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    found = st.sampled_from(values)
    if any(isinstance(value, dict | list) for value in values):
        return found.map(copy.deepcopy)
    return found


_ORDER = ("string", "integer", "fraction", "boolean", "null", "object", "array")


def _ordered(types: list[str]) -> list[str]:
    return [name for name in _ORDER if name in types]
