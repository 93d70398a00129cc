"""Bases: small payloads that hold a site, in which only what leads to it was chosen."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from typing import Any

from pytest_asyncapi_sse.schema.examples import built
from pytest_asyncapi_sse.schema.places import Place
from pytest_asyncapi_sse.schema.rations import Rations
from pytest_asyncapi_sse.schema.sites import Site, Survey
from pytest_asyncapi_sse.schema.validation import engine_of

_TRIES = 6
_LARGE = 50
_OF_TYPE = {"type": "object"}, {"type": "array"}


class Bases:
    """Build the bases for the sites of one survey, and keep them.

    Where branches overlap, a base is of the branch that the site belongs to, and of no other as
    far as that goes: it is built level by level from the places around the site.
    """

    def __init__(self, survey: Survey) -> None:
        self._survey = survey
        self._rations = Rations(engine_of(survey.root))
        self._found: dict[tuple[int, tuple[str, ...]], list[Any]] = {}
        self._outer: dict[tuple[int, str | int], tuple[Any] | None] = {}
        self._larger: dict[int, tuple[Any] | None] = {}

    def of(self, site: Site, types: tuple[str, ...]) -> list[Any]:
        """Return a base with a value of the first of the types that can be there.

        Where none is found, the base has null there and is not valid.
        """
        key = (id(site), types)
        if key not in self._found:
            found = itertools.chain(self._all(site, types), self._around(site, None))
            self._found[key] = list(itertools.islice(found, 1))
        return self._found[key]

    def _all(self, site: Site, types: tuple[str, ...]) -> Iterator[Any]:
        if site.impossible:
            return
        for name in types:
            for leaf in itertools.islice(self._built(site.place, {"type": name}), _TRIES):
                for payload in self._around(site, leaf):
                    if self._survey.accepts(payload):
                        yield payload
            held = self._survey.holding(site, {"type": name})
            if held is not None:
                yield held[0]

    def _around(self, site: Site, value: Any) -> Iterator[Any]:
        value = copy.deepcopy(value)
        levels = list(zip(site.above, site.path, strict=True))
        for level, (place, token) in reversed(list(enumerate(levels))):
            is_last = level == len(levels) - 1
            outer = self._outer_of(place, token, is_needed=not (is_last and site.impossible))
            if outer is None:
                return
            value = _put(copy.deepcopy(outer[0]), token, value)
        yield value

    def _outer_of(self, place: Place, token: str | int, *, is_needed: bool) -> tuple[Any] | None:
        if not is_needed:
            schema = _OF_TYPE[not isinstance(token, str)]
            return next(((value,) for value in self._built(place, schema)), None)
        large = self._large(place) if isinstance(token, str) else None
        if large is not None:
            return large
        key = (id(place), token)
        if key not in self._outer:
            schema = self._survey.steering((token,), True)
            self._outer[key] = next(((value,) for value in self._built(place, schema)), None)
        return self._outer[key]

    def _large(self, place: Place) -> tuple[Any] | None:
        """Return an object to put any of its properties in, where one for each costs too much."""
        if id(place) not in self._larger:
            found = next(((value,) for value in self._built(place, _OF_TYPE[0])), None)
            self._larger[id(place)] = found if found and len(found[0]) > _LARGE else None
        return self._larger[id(place)]

    def _built(self, place: Place, schema: Any) -> Iterator[Any]:
        fitting = self._rations.fitting()
        if fitting is None:
            return
        joined = fitting.places.joined(place, fitting.places.made(schema))
        depth = fitting.depth(joined)
        if depth is not None:
            yield from built(fitting, joined, depth + 1)


def _put(outer: Any, token: str | int, value: Any) -> Any:
    if isinstance(token, int):
        outer += [None] * (token + 1 - len(outer))
    outer[token] = value
    return outer
