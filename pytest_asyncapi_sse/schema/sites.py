"""Sites: each place of a payload under one way of making its choices, and payloads that hold it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pytest_asyncapi_sse.model import escape
from pytest_asyncapi_sse.schema.bounds import DEEPEST
from pytest_asyncapi_sse.schema.examples import first_valid
from pytest_asyncapi_sse.schema.fitting import Fitting
from pytest_asyncapi_sse.schema.places import Place
from pytest_asyncapi_sse.schema.sources import Root
from pytest_asyncapi_sse.schema.validation import acceptance, engine_of

Path = tuple[str | int, ...]

_MOST_SITES = 400
_MOST_CASES = 32
_TEXT = {"type": "string"}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Site:
    """Name one place by its path; `taken` says which options were taken, `place` has none left."""

    path: Path
    place: Place
    taken: tuple[str, ...]

    @property
    def pointer(self) -> str:
        """The JSON pointer into the payload."""
        return "".join("/" + escape(str(token)) for token in self.path)


class Survey:
    """Walk the sites of one schema, and build payloads that have something at a site."""

    def __init__(self, root: Root) -> None:
        self.root = root
        self.fitting = Fitting(engine_of(root))
        self.accepts = acceptance(root)
        self._extra = (_TEXT,) if root.text else ()

    def place(self, *extra: Any) -> Place:
        """Return the place of the whole payload."""
        return self.fitting.places.root(*self._extra, *extra)

    def sites(self) -> list[Site]:
        """Return the sites from the root down; a place inside itself is not entered again."""
        found: list[Site] = []
        waiting: list[tuple[Path, Place, tuple[Place, ...]]] = [((), self.place(), ())]
        while waiting and len(found) < _MOST_SITES:
            path, place, above = waiting.pop(0)
            for case, taken in self._cases(place):
                found.append(Site(path, case, taken))
                if case not in above:
                    deeper = (*above, case)
                    waiting += [
                        ((*path, token), child, deeper) for token, child in self._children(case)
                    ]
        return found

    def steering(self, path: Path, leaf: Any) -> Any:
        """Return a schema that asks for something at a path that satisfies `leaf`."""
        for token in reversed(path):
            if isinstance(token, str):
                leaf = {"type": "object", "required": [token], "properties": {token: leaf}}
            else:
                prefix = self.fitting.engine.row.prefix_keyword
                leaf = {"type": "array", "minItems": token + 1, prefix: [True] * token + [leaf]}
        return leaf

    def holding(self, site: Site, leaf: Any) -> tuple[Any] | None:
        """Return the smallest valid payload that has at a site what also satisfies `leaf`.

        The payload comes in a tuple; None where none was found, or where the search has taken
        its steps.
        """
        if self.fitting.steps.are_used_up or self.fitting.built_steps.are_used_up:
            return None
        pointer = self.fitting.engine.pointer
        case = [node for node in site.place.nodes if pointer(node) is not None]
        place = self.place(self.steering(site.path, {"allOf": [*case, leaf]}))
        return first_valid(self.fitting, place, lambda value: self._holds(value, site.path))

    def _holds(self, value: Any, path: Path) -> bool:
        return is_at(value, path) and self.accepts(value)

    def _cases(self, place: Place) -> Iterator[tuple[Place, tuple[str, ...]]]:
        count = 0
        waiting: list[tuple[Place, tuple[str, ...]]] = [(place, ())]
        while waiting and count < _MOST_CASES:
            case, taken = waiting.pop(0)
            if not self.fitting.fits(case, DEEPEST // 2):
                continue
            if not case.choices:
                count += 1
                yield case, taken
                continue
            keyword = case.choices[0].keyword
            narrowed = [
                (option, (*taken, f"branch {index + 1} of {keyword}"))
                for index, option in enumerate(self.fitting.places.options(case))
            ]
            waiting = [*narrowed, *waiting]

    def _children(self, case: Place) -> Iterator[tuple[str | int, Place]]:
        types = self.fitting.types(case, DEEPEST // 2)
        if "object" in types:
            shape = self.fitting.shapes.object(case)
            yield from ((name, shape.child(name)) for name in shape.names)
        if "array" in types:
            array = self.fitting.shapes.array(case)
            count = array.prefix + 1 if array.most is None else min(array.most, array.prefix + 1)
            yield from ((index, array.child(index)) for index in range(count))


def at(value: Any, path: Path) -> Any:
    """Return what a payload has at a path."""
    for token in path:
        value = value[token]
    return value


def is_at(value: Any, path: Path) -> bool:
    """Say whether a payload has anything at a path."""
    try:
        at(value, path)
    except (KeyError, IndexError, TypeError):
        return False
    return True


def replaced(value: Any, path: Path, leaf: Any) -> Any:
    """Return a copy of a payload with another value at a path."""
    if not path:
        return leaf
    found = copy.deepcopy(value)
    at(found, path[:-1])[path[-1]] = leaf
    return found
