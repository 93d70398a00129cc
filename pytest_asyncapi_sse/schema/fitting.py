"""Fitting: whether a place has any value of bounded depth, as far as its structure tells.

It ends recursion in the generators, which descend only to places with room left, and it finds
what is impossible before anything is drawn. It may err in favour of a place, never against.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pytest_asyncapi_sse.errors import DocumentError
from pytest_asyncapi_sse.model import escape
from pytest_asyncapi_sse.schema.choices import Choice
from pytest_asyncapi_sse.schema.engine import Engine
from pytest_asyncapi_sse.schema.facts import Facts, facts_of
from pytest_asyncapi_sse.schema.places import Place, Places
from pytest_asyncapi_sse.schema.shapes import PROBE, Shapes

DEEPEST = 16
_PATIENCE = 20_000


class Fitting:
    """Answer for the places of one schema, and keep the answers."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.places = Places(engine)
        self.shapes = Shapes(self.places)
        self._facts: dict[int, Facts] = {}
        self._fits: dict[tuple[int, int], bool] = {}
        self._open: dict[int, bool] = {}

    def facts(self, place: Place) -> Facts:
        """Return the facts of a place."""
        if id(place) not in self._facts:
            self._facts[id(place)] = facts_of(self.engine, place)
        return self._facts[id(place)]

    def fits(self, place: Place, depth: int) -> bool:
        """Say whether a value of at most `depth` levels of nesting fits a place."""
        key = (id(place), depth)
        found = self._fits.get(key)
        if found is None:
            if len(self.places) > _PATIENCE:
                return depth >= 0
            found = self._fits[key] = self._found_to_fit(place, depth)
        return found

    def depth(self, place: Place) -> int | None:
        """Return the least depth at which a place has a value, None where none is found."""
        return next((depth for depth in range(DEEPEST) if self.fits(place, depth)), None)

    def options(self, place: Place, depth: int) -> list[Place]:
        """Return the options of a place's first choice that have a value of the depth."""
        return [option for option in self.places.options(place) if self.fits(option, depth)]

    def types(self, place: Place, depth: int) -> list[str]:
        """Return the types of which a place has values of the depth."""
        return [name for name in self.facts(place).types if self._type_fits(name, place, depth)]

    def is_open(self, place: Place) -> bool:
        """Say whether an object at a place may have properties that nothing declares."""
        if id(place) not in self._open:
            self._open[id(place)] = self.fits(self.shapes.object(place).child(PROBE), DEEPEST // 2)
        return self._open[id(place)]

    def _found_to_fit(self, place: Place, depth: int) -> bool:
        if place.impossible or depth < 0:
            return False
        facts = self.facts(place)
        if facts.values is not None and not facts.values:
            return False
        if not facts.types:
            return False
        if place.choices:
            return any(self.fits(option, depth) for option in self.places.options(place))
        if facts.values is not None:
            return True
        return any(self._type_fits(name, place, depth) for name in facts.types)

    def _type_fits(self, name: str, place: Place, depth: int) -> bool:
        if name == "array":
            return self._array_fits(place, depth)
        if name == "object":
            return self._object_fits(place, depth)
        return True

    def _array_fits(self, place: Place, depth: int) -> bool:
        shape = self.shapes.array(place)
        if shape.most is not None and shape.least > shape.most:
            return False
        needed = range(min(shape.least, shape.prefix + 1))
        return all(self.fits(shape.child(index), depth - 1) for index in needed) and all(
            count == 0
            or any(
                self.fits(shape.containing(index, part), depth - 1)
                for index in range(shape.prefix + 1)
            )
            for part, count, _ in shape.contained
        )

    def _object_fits(self, place: Place, depth: int) -> bool:
        shape = self.shapes.object(place)
        if shape.most is not None and len(shape.required) > shape.most:
            return False
        if not all(self.fits(shape.child(name), depth - 1) for name in shape.required):
            return False
        missing = shape.least - len(shape.required)
        if missing <= 0 or shape.patterns or self.is_open(place):
            return missing <= 0 or depth > 0
        spare = [name for name in shape.names if name not in shape.required]
        return sum(self.fits(shape.child(name), depth - 1) for name in spare) >= missing


def unsatisfiable(fitting: Fitting, place: Place) -> DocumentError:
    """Build the error for a schema that no payload satisfies, with the place where it shows."""
    flaw = _flaw(fitting, place, "", ()) or _Flaw(place, "nothing fits all of it", "", "")
    nodes = [node for node in flaw.place.nodes if flaw.keyword in ("", *node)] or flaw.place.nodes
    pointers = [fitting.engine.pointer(node) for node in nodes]
    known = next((pointer for pointer in pointers if pointer is not None), "")
    where = f" at {flaw.pointer} of the payload" if flaw.pointer else ""
    problem = fitting.engine.problem(
        f"no payload satisfies this schema{where}: {flaw.text}.",
        f"{known}/{flaw.keyword}" if flaw.keyword else known,
        advice="Loosen what contradicts itself.",
    )
    return DocumentError([problem])


@dataclass(frozen=True, slots=True)
class _Flaw:
    """Hold why a place has no value: the keyword to blame, empty where there is none."""

    place: Place
    text: str
    keyword: str
    pointer: str


def _flaw(fitting: Fitting, place: Place, pointer: str, above: tuple[Place, ...]) -> _Flaw | None:
    """Follow what must be there down to what cannot be there."""
    if place in above:
        return _Flaw(place, "it requires itself without end", "", pointer)
    if place.impossible:
        return _Flaw(place, "'false' allows nothing", "", pointer)
    for keyword, text in fitting.facts(place).flaws:
        return _Flaw(place, text, keyword, pointer)
    if place.choices and _overlaps(fitting, place.choices[0]):
        text = "all that matches one branch of oneOf matches another as well"
        return _Flaw(place, text, "oneOf", pointer)
    above = (*above, place)
    for option in fitting.places.options(place) if place.choices else []:
        return _flaw(fitting, option, pointer, above)
    for token, child in _needed(fitting, place):
        if not fitting.fits(child, DEEPEST):
            return _flaw(fitting, child, f"{pointer}/{escape(token)}", above)
    return None


def _overlaps(fitting: Fitting, choice: Choice) -> bool:
    """Say whether the branches of a oneOf are possible, each without regard to the others."""
    branches = [fitting.places.place([option[0]]) for option in choice.options if option]
    return choice.keyword == "oneOf" and any(fitting.fits(one, DEEPEST) for one in branches)


def _needed(fitting: Fitting, place: Place) -> Iterator[tuple[str, Place]]:
    shape = fitting.shapes.object(place)
    yield from ((name, shape.child(name)) for name in shape.required)
    array = fitting.shapes.array(place)
    for index in range(min(array.least, array.prefix + 1)):
        yield str(index), array.child(index)
