"""Fitting: whether a place has any value of bounded depth, as far as its structure tells.

It ends recursion in the generators, which descend only to places with room left, and it finds
what is impossible before anything is drawn. It may err in favour of a place, never against.
"""

from __future__ import annotations

from pytest_asyncapi_sse.errors import DocumentError, Problem
from pytest_asyncapi_sse.model import escape
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
    problems = list(_problems(fitting, place, "", DEEPEST)) or [
        fitting.engine.problem(
            "no payload satisfies this schema.", "", advice="Loosen what contradicts itself."
        )
    ]
    return DocumentError(problems[:1])


def _problems(fitting: Fitting, place: Place, pointer: str, depth: int) -> list[Problem]:
    where = f" at {pointer} of the payload" if pointer else ""
    advice = "Loosen what contradicts itself."
    if depth <= 0:
        text = f"no payload satisfies this schema: it requires itself without end{where}."
        return [_problem(fitting, place, text, advice, "")]
    if place.impossible:
        text = f"no payload satisfies this schema: 'false' allows nothing{where}."
        return [_problem(fitting, place, text, advice, "")]
    for keyword, flaw in fitting.facts(place).flaws:
        text = f"no payload satisfies this schema: {flaw}{where}."
        return [_problem(fitting, place, text, advice, keyword)]
    if place.choices:
        found = [
            _problems(fitting, one, pointer, depth - 1) for one in fitting.places.options(place)
        ]
        return next((problems for problems in found if problems), [])
    shape = fitting.shapes.object(place)
    for name in shape.required:
        if not fitting.fits(shape.child(name), depth - 1):
            return _problems(fitting, shape.child(name), f"{pointer}/{escape(name)}", depth - 1)
    array = fitting.shapes.array(place)
    for index in range(min(array.least, array.prefix + 1)):
        if not fitting.fits(array.child(index), depth - 1):
            return _problems(fitting, array.child(index), f"{pointer}/{index}", depth - 1)
    return []


def _problem(fitting: Fitting, place: Place, text: str, advice: str, keyword: str) -> Problem:
    nodes = [node for node in place.nodes if not keyword or keyword in node] or place.nodes
    pointers = [fitting.engine.pointer(node) for node in nodes]
    known = next((pointer for pointer in pointers if pointer is not None), "")
    return fitting.engine.problem(text, f"{known}/{keyword}" if keyword else known, advice=advice)
