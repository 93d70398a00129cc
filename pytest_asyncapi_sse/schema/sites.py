"""Sites: each place of a payload under one way of making its choices, and payloads that hold it."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pytest_asyncapi_sse.model import escape
from pytest_asyncapi_sse.schema.assertions import matcher
from pytest_asyncapi_sse.schema.bounds import DEEPEST
from pytest_asyncapi_sse.schema.cases import Cases, Taken, cases
from pytest_asyncapi_sse.schema.enumeration import names
from pytest_asyncapi_sse.schema.examples import first_valid
from pytest_asyncapi_sse.schema.fitting import Fitting
from pytest_asyncapi_sse.schema.patterns import pattern_examples
from pytest_asyncapi_sse.schema.places import Place
from pytest_asyncapi_sse.schema.shapes import ObjectShape
from pytest_asyncapi_sse.schema.sources import Root
from pytest_asyncapi_sse.schema.validation import acceptance, engine_of

Path = tuple[str | int, ...]

MOST_SITES = 400
_MOST_NAMES = 200
_TEXT = {"type": "string"}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Site:
    """Name one place by its path; `taken` says which options were taken, `place` has none left.

    `forks` are the places on the way there, each before an option of its first choice was taken;
    `above` are the places of what is around it. Nothing fits a site that is `impossible`.
    """

    path: Path
    place: Place
    taken: tuple[Taken, ...]
    forks: tuple[Place, ...]
    above: tuple[Place, ...]
    impossible: bool = False

    @property
    def pointer(self) -> str:
        """The JSON pointer into the payload."""
        return pointer_of(self.path)


class Survey:
    """Walk the sites of one schema, and build payloads that have something at a site."""

    def __init__(self, root: Root) -> None:
        self.root = root
        self.fitting = Fitting(engine_of(root))
        self.accepts = acceptance(root)
        self.is_cut = False
        self._extra = (_TEXT,) if root.text else ()
        self.untaken: list[tuple[Path, Taken]] = []
        self._ways: dict[int, Cases] = {}

    def place(self, *extra: Any) -> Place:
        """Return the place of the whole payload."""
        return self.fitting.places.root(*self._extra, *extra)

    def sites(self, *, every: bool = False) -> list[Site]:
        """Return the sites from the root down; a place inside itself is not entered again.

        `untaken` then holds the options that are taken at none, and `is_cut` says whether there
        are more sites. `every` one are also properties that nothing gives a schema of their own,
        under invented names, and optional ones that nothing fits.
        """
        found: dict[tuple[Path, int], Site] = {}
        waiting: list[tuple[Path, Place, tuple[Place, ...]]] = [((), self.place(), ())]
        while waiting and len(found) < MOST_SITES:
            path, place, above = waiting.pop(0)
            ways = self._cases(place)
            self.untaken += [(path, option) for option in ways.untaken]
            if every and path and not ways.found:
                found[path, id(place)] = Site(path, place, (), (), above, impossible=True)
            for case, taken in ways.found:
                if (path, id(case)) in found:
                    continue
                forks = (place, *(option.place for option in taken))[:-1]
                found[path, id(case)] = Site(path, case, taken, forks, above)
                if case not in above:
                    children = [*self._children(case), *(self._invented(case) if every else ())]
                    below = dict(children)
                    deeper = (*above, case)
                    waiting += [((*path, token), child, deeper) for token, child in below.items()]
        self.is_cut = bool(waiting)
        return list(found.values())

    def steering(self, path: Path, leaf: Any) -> Any:
        """Return a schema that asks for something at a path that satisfies `leaf`."""
        for token in reversed(path):
            if isinstance(token, str):
                leaf = {"type": "object", "required": [token], "properties": {token: leaf}}
            else:
                prefix = self.fitting.engine.row.prefix_keyword
                leaf = {"type": "array", "minItems": token + 1, prefix: [True] * token + [leaf]}
        return leaf

    def holding(
        self, site: Site, leaf: Any, meets: Callable[[Any], bool] = lambda _: True
    ) -> tuple[Any] | None:
        """Return the smallest valid payload that has at a site what also satisfies `leaf`.

        The payload comes in a tuple; None where none was found, or where the search has taken
        its steps.
        """
        if self.fitting.steps.are_used_up or self.fitting.built_steps.are_used_up:
            return None
        pointer = self.fitting.engine.pointer
        case = [node for node in site.place.nodes if pointer(node) is not None]
        place = self.place(self.steering(site.path, {"allOf": [*case, leaf]}))

        def holds(value: Any) -> bool:
            return is_at(value, site.path) and meets(at(value, site.path)) and self.accepts(value)

        return first_valid(self.fitting, place, holds)

    def _cases(self, place: Place) -> Cases:
        if id(place) not in self._ways:
            self._ways[id(place)] = cases(self.fitting, place)
        return self._ways[id(place)]

    def _children(self, case: Place) -> Iterator[tuple[str | int, Place]]:
        # What has no schema, or is one of a list, has nothing below it to try.
        if not case.parts or self.fitting.facts(case).values is not None:
            return
        types = self.fitting.types(case, DEEPEST)
        if "object" in types:
            shape = self.fitting.shapes.object(case)
            declared = [*shape.names, *self._undeclared(shape)]
            yield from ((name, shape.child(name)) for name in declared)
        if "array" in types:
            array = self.fitting.shapes.array(case)
            count = array.prefix + 1 if array.most is None else min(array.most, array.prefix + 1)
            items = ((index, array.child(index)) for index in range(count))
            yield from ((index, item) for index, item in items if any(item.nodes) or item.choices)

    def _undeclared(self, shape: ObjectShape) -> list[str]:
        """Return a name for each kind of property that nothing declares, but has a schema."""
        found: dict[int, str] = {}
        for name in itertools.islice(names(self.fitting, shape, 1), _MOST_NAMES):
            child = shape.child(name)
            if name not in shape.names and any(child.nodes) and self.fitting.fits(child, DEEPEST):
                found.setdefault(id(child), name)
        return list(found.values())

    def _invented(self, case: Place) -> Iterator[tuple[str, Place]]:
        """Yield properties that no name declares: one of each pattern, and one of the others."""
        if "object" not in self.fitting.types(case, DEEPEST):
            return
        shape = self.fitting.shapes.object(case)
        found = [next(_fresh(shape, pattern_examples(one)), None) for one in shape.patterns]
        others = names(self.fitting, shape, 1)
        is_free = [matcher(pattern) for pattern in shape.patterns]
        unmatched = (name for name in others if not any(judge(name) for judge in is_free))
        found.append(next(_fresh(shape, unmatched), None))
        for name in dict.fromkeys(found):
            if name is not None and shape.child(name).parts:
                yield name, shape.child(name)


def _fresh(shape: ObjectShape, found: Iterable[str]) -> Iterator[str]:
    return (name for name in itertools.islice(found, _MOST_NAMES) if name not in shape.names)


def pointer_of(path: Path) -> str:
    """Return the JSON pointer of a path."""
    return "".join("/" + escape(str(token)) for token in path)


def at(value: Any, path: Path) -> Any:
    """Return what a payload has at a path."""
    for token in path:
        if isinstance(value, str):
            raise TypeError("a text has no places in it")
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


def put(value: Any, path: Path, leaf: Any) -> Any:
    """Return a copy of a payload with a value at a path, where something stands or may be added.

    None where neither is so.
    """
    if not path:
        return leaf
    *above, token = path
    found = copy.deepcopy(value)
    holder = at(found, tuple(above)) if is_at(found, tuple(above)) else None
    if isinstance(holder, dict) and isinstance(token, str):
        holder[token] = leaf
    elif isinstance(holder, list) and isinstance(token, int) and token <= len(holder):
        holder[token : token + 1] = [leaf]
    else:
        return None
    return found
