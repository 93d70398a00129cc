"""Fitting: whether a place has any value of bounded depth, as far as its structure tells.

It ends recursion in the generators, which descend only to places with room left, and it finds
what is impossible before anything is drawn. It may err in favour of a place, never against, but
for the bounds of what is generated: `cut` holds the first of those that was met.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from pytest_asyncapi_sse.schema.bounds import DEEPEST, MOST_ITEMS, NoPayloadFound, Steps, too_large
from pytest_asyncapi_sse.schema.engine import Engine
from pytest_asyncapi_sse.schema.facts import Facts, count_of, facts_of
from pytest_asyncapi_sse.schema.places import Place, Places
from pytest_asyncapi_sse.schema.shapes import PROBE, ArrayShape, ObjectShape, Shapes

_PROBED = 8
_SIDE_WAYS = 8
_SIDE_STEPS = 2_000
_BUILT_STEPS = 100_000


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Cut:
    """Hold where a bound was met, and which one in words."""

    place: Place
    keyword: str
    text: str


class Fitting:
    """Answer for the places of one schema, and keep the answers.

    When the steps are used up, places are taken to fit, or NoPayloadFound is raised where the
    search `is_strict`. `met_depth` says that a place was found to be too deep.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.places = Places(engine)
        self.shapes = Shapes(self.places)
        self.steps = Steps()
        self.built_steps = Steps(_BUILT_STEPS)
        self.is_strict = False
        self.cut: Cut | None = None
        self.met_depth = False
        self._side_steps = Steps(_SIDE_STEPS)
        self._facts: dict[int, Facts] = {}
        self._fits: dict[tuple[int, int], bool] = {}
        self._sizes: dict[tuple[int, int], int] = {}
        self._open: dict[int, bool] = {}

    @functools.cached_property
    def is_sound(self) -> bool:
        """Whether a place that fits nothing is proved to: what is evaluated is only estimated."""
        dynamic = ("$dynamicRef", "$recursiveRef")
        return not self.places.has_unevaluated and not self.engine.uses(*dynamic)

    def facts(self, place: Place) -> Facts:
        """Return the facts of a place."""
        if id(place) not in self._facts:
            self._facts[id(place)] = facts_of(self.engine, place)
        return self._facts[id(place)]

    def fits(self, place: Place, depth: int) -> bool:
        """Say whether a value of at most `depth` levels of nesting fits a place."""
        found = self._fits.get((id(place), depth))
        return self._searched(place, depth) if found is None else found

    def depth(self, place: Place) -> int | None:
        """Return the least depth at which a place has a value, None where none is found."""
        return next((depth for depth in range(DEEPEST) if self.fits(place, depth)), None)

    def is_impossible(self, place: Place) -> bool:
        """Say whether a place has no value of whatever depth, which shows in a search without it.

        The search begins anew, since answers that are kept don't tell what they depended on.
        """
        fresh = Fitting(self.engine)
        fresh.places, fresh.shapes = self.places, self.shapes
        return not fresh.fits(place, DEEPEST) and not fresh.met_depth and fresh.cut is None

    def options(self, place: Place, depth: int) -> Iterator[Place]:
        """Yield the options of a place's first choice that have a value of the depth."""
        found = (option for option in self.places.options(place) if self.fits(option, depth))
        return itertools.islice(found, 1) if place.choices[0].is_ordered else found

    def settled(self, place: Place, depth: int) -> Place | None:
        """Return the place with the first options taken that leave it a value of the depth."""
        found: Place | None = place
        while found is not None and found.choices:
            found = next(self.options(found, depth), None)
        return found

    def types(self, place: Place, depth: int) -> list[str]:
        """Return the types of which a place has values of the depth."""
        return [name for name in self.facts(place).types if self._type_fits(name, place, depth)]

    def is_open(self, place: Place) -> bool:
        """Say whether an object at a place may have properties that nothing declares."""
        if id(place) not in self._open:
            # The answer may be asked for while it is looked for.
            self._open[id(place)] = True
            probe = self.shapes.object(place).child(PROBE)
            self._open[id(place)] = any(self.fits(probe, depth) for depth in (_PROBED, DEEPEST))
        return self._open[id(place)]

    def size(self, place: Place, depth: int) -> int:
        """Return how many values a small payload for a place holds, itself counted."""
        key = (id(place), depth)
        if key not in self._sizes:
            self._sizes[key] = self._size(place, depth)
        return self._sizes[key]

    def _size(self, place: Place, depth: int) -> int:
        self._side_steps.take()
        if place.choices:
            ways = 1 if self._side_steps.are_used_up else _SIDE_WAYS
            options = itertools.islice(self.options(place, depth), ways)
            settled = [self.settled(option, depth) for option in options]
            return min((self.size(one, depth) for one in settled if one is not None), default=1)
        facts = self.facts(place)
        types = self.types(place, depth) if facts.values is None else ["any"]
        sizes = [self._size_of_type(name, place, depth) for name in types]
        return min(sizes, default=1)

    def _size_of_type(self, name: str, place: Place, depth: int) -> int:
        if name == "array":
            array = self.shapes.array(place)
            first = min(array.least, array.prefix)
            head = sum(self.size(array.child(index), depth - 1) for index in range(first))
            rest = array.least - first
            return (
                1 + head + (rest * self.size(array.child(array.prefix), depth - 1) if rest else 0)
            )
        if name == "object":
            shape = self.shapes.object(place)
            needed = sum(self.size(shape.child(name), depth - 1) for name in shape.required)
            return 1 + needed + max(0, shape.least - len(shape.required))
        return 1

    def _searched(self, place: Place, depth: int) -> bool:
        """Look for the first way of making the choices that leaves a value."""
        entered: Place | None = place
        above: list[tuple[Place, Iterator[Place]]] = []
        while entered is not None:
            if self._is_given_up(place):
                return depth >= 0
            answer = self._fits.get((id(entered), depth))
            if answer is None:
                answer = self._answer(entered, depth)
            if answer:
                self._fits |= {(id(one), depth): True for one, _ in above}
                return True
            if answer is None:
                above.append((entered, self.places.options(entered)))
            entered = self._next(above, depth)
        return False

    def _next(self, above: list[tuple[Place, Iterator[Place]]], depth: int) -> Place | None:
        while above:
            place, options = above[-1]
            entered = next(options, None)
            if entered is not None:
                return entered
            self._fits[id(place), depth] = False
            above.pop()
        return None

    def _is_given_up(self, place: Place) -> bool:
        if self.steps.are_used_up and self.is_strict:
            raise given_up(self, place)
        return self.steps.are_used_up

    def _answer(self, place: Place, depth: int) -> bool | None:
        """Answer for a place without regard to its choices; None where it is up to those."""
        self.steps.take(1 + len(place.parts) + len(place.choices))
        found = self._may_fit(place, depth)
        if found and place.choices:
            return None
        self._fits[id(place), depth] = found
        return found

    def _may_fit(self, place: Place, depth: int) -> bool:
        if place.impossible:
            return False
        if depth < 0:
            self.met_depth = True
            return False
        facts = self.facts(place)
        if facts.limits:
            self._met(place, *facts.limits[0])
        if not facts.types or facts.values == ():
            return False
        if facts.values is not None:
            return True
        if place.choices and self.places.has_unevaluated:
            return True
        return any(self._type_fits(name, place, depth) for name in facts.types)

    def _met(self, place: Place, keyword: str, text: str) -> None:
        if self.cut is None:
            self.cut = Cut(place, keyword, text)

    def _type_fits(self, name: str, place: Place, depth: int) -> bool:
        if name == "array":
            return self._array_fits(self.shapes.array(place), depth)
        if name == "object":
            return self._object_fits(self.shapes.object(place), depth)
        return True

    def _array_fits(self, shape: ArrayShape, depth: int) -> bool:
        if shape.most is not None and shape.least > shape.most:
            return False
        if shape.least > MOST_ITEMS:
            self._met(shape.place, "contains", (too_large("minItems", shape.least) or ("", ""))[1])
            return False
        needed = range(min(shape.least, shape.prefix + 1))
        if not all(self.fits(shape.child(index), depth - 1) for index in needed):
            return False
        if self.too_few(shape) is not None:
            return False
        return all(
            count == 0
            or any(
                self.fits(shape.containing(index, part), depth - 1)
                for index in range(shape.prefix + 1)
            )
            for part, count, _ in shape.contained
        )

    def too_few(self, shape: ArrayShape) -> int | None:
        """Return how many values the items have where they can't all differ, else None."""
        if not shape.is_unique or shape.prefix or shape.least < 2:
            return None
        item = shape.child(0)
        count = count_of(self.facts(item))
        if count is None or count >= shape.least:
            return None
        return count

    def _are_named(self, shape: ObjectShape) -> bool:
        """Say whether the names that are required may be names at all."""
        if not shape.required:
            return True
        nodes = [] if shape.is_freely_named else shape.naming.nodes
        names = itertools.product(nodes, shape.required)
        return not shape.naming.impossible and all(self.engine.accepts(*one) for one in names)

    def _object_fits(self, shape: ObjectShape, depth: int) -> bool:
        place = shape.place
        if shape.most is not None and len(shape.required) > shape.most:
            return False
        if len(shape.required) > MOST_ITEMS:
            text = "payloads of this size are not generated: {} properties are required, at most {}"
            self._met(place, "required", text.format(len(shape.required), MOST_ITEMS))
            return False
        if not self._are_named(shape):
            return False
        if not all(self.fits(shape.child(name), depth - 1) for name in shape.required):
            return False
        missing = shape.least - len(shape.required)
        if missing <= 0 or shape.patterns or place.choices:
            return missing <= 0 or depth > 0
        if self.fits(shape.child(PROBE), depth - 1):
            return True
        spare = [name for name in shape.names if name not in shape.required]
        return sum(self.fits(shape.child(name), depth - 1) for name in spare) >= missing


def given_up(fitting: Fitting, place: Place) -> NoPayloadFound:
    """Build the error for a search that took all its steps."""
    known = next(
        (found for node in place.nodes if (found := fitting.engine.pointer(node)) is not None), ""
    )
    text = (
        f"no payload was found for this schema in {fitting.steps.most} steps of search: its"
        " choices can be made in too many ways."
    )
    advice = "Tell the branches apart by a required property with a const."
    return NoPayloadFound([fitting.engine.problem(text, known, advice=advice)])
