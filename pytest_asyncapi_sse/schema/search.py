"""The search for a payload where none could be built: by the own generator, then by the second.

What comes of it is kept for each schema, since a test that draws may ask for every example again.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from hypothesis import currently_in_test_context
from hypothesis import strategies as st

from pytest_asyncapi_sse.schema.bounds import NoPayloadFound
from pytest_asyncapi_sse.schema.custom_formats import depends_on_formats
from pytest_asyncapi_sse.schema.samples import first_wanted
from pytest_asyncapi_sse.schema.second_engine import TRIES, second_engine

_TRIES = 200
_KEPT = 64
_APART = 2**32

_Error = Callable[[], NoPayloadFound]


@dataclass(frozen=True, slots=True, repr=False)
class Search:
    """Hold what is searched; two searches of the same `key`, which names the schema, are equal."""

    key: tuple[str, ...]
    own: st.SearchStrategy[Any] = field(compare=False)
    contents: dict[str, Any] | bool = field(compare=False)
    is_valid: Callable[[Any], bool] = field(compare=False)

    def payloads(self, error: _Error) -> st.SearchStrategy[Any]:
        """Draw valid payloads; where there is none, the error is raised, in a test on drawing."""
        # In a test, the time that drawing takes does not count for the deadline.
        if not currently_in_test_context() and _found(self) is None:
            raise error()
        return _searched(self, error)

    def engines(self) -> Iterator[tuple[st.SearchStrategy[Any], int]]:
        """Yield the strategies to draw from, each with how often it is tried."""
        yield self.own, _TRIES
        other = second_engine(self.contents)
        if other is not None:
            yield other, TRIES


@depends_on_formats
@functools.lru_cache(maxsize=_KEPT)
def _found(search: Search) -> tuple[Any, st.SearchStrategy[Any]] | None:
    """Return the first valid payload, with what gives more; None where none was drawn."""
    for strategy, tries in search.engines():
        first = first_wanted(strategy, search.is_valid, tries=tries)
        if first is not None:
            return first[0], strategy.filter(search.is_valid)
    return None


@st.composite
def _searched(draw: st.DrawFn, search: Search, error: _Error) -> Any:
    found = _found(search)
    if found is None:
        raise error()
    value, drawn = found
    if not draw(st.booleans()):
        return draw(drawn)
    # Something to tell apart the draws of one value, of which Hypothesis would keep the first: a
    # test that filters out most of what it draws fails for that.
    draw(st.integers(0, _APART))
    return copy.deepcopy(value)


@st.composite
def known_or(draw: st.DrawFn, known: Any, drawn: st.SearchStrategy[Any]) -> Any:
    """Draw the known payload too, so that there is one where drawing finds none."""
    # Hypothesis comes back to what it has drawn only where nothing else is left.
    return copy.deepcopy(known) if draw(st.booleans()) else draw(drawn)
