"""Dead ends: what a schema declares and no payload can ever take, as far as that is proved.

Each definition is judged by itself, so that one that narrows another for its own purpose makes
nothing of the other one dead. What is `false` was meant to be, and is none.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from referencing.exceptions import Unresolvable

from pytest_asyncapi_sse.model import escape
from pytest_asyncapi_sse.schema.bounds import DEEPEST
from pytest_asyncapi_sse.schema.choices import Choice, Part, followed
from pytest_asyncapi_sse.schema.engine import Engine
from pytest_asyncapi_sse.schema.equality import canonical
from pytest_asyncapi_sse.schema.examples import built
from pytest_asyncapi_sse.schema.fitting import Fitting
from pytest_asyncapi_sse.schema.places import Place
from pytest_asyncapi_sse.schema.refusals import contradiction
from pytest_asyncapi_sse.schema.telling import said

Key = tuple[str, int, str]

_MOST_PLACES = 3_000
_MOST_VALUES = 5_000
_EXAMPLE_DEPTH = 6
_EXAMPLES = 12
_FALSE: tuple[Any, ...] = (False, {"not": {}}, {"not": True})
_UNEXPLAINED = (re.error, RecursionError, Unresolvable, TypeError, ValueError)
_UNSENT = ("/if/", "/not/")
_WORDS = frozenset({"$comment", "deprecated", "description", "title"})


@dataclass(frozen=True, slots=True)
class DeadEnd:
    """Hold what can never be sent, where the schema declares it, and why not.

    `is_overlap` says that other branches of the same oneOf take what it allows by itself.
    """

    key: Key
    pointer: str
    what: str
    why: str
    is_overlap: bool = False


def dead_ends(engine: Engine) -> list[DeadEnd]:
    """Return the branches, enum values and optional properties that no payload can have."""
    walk = _Walk(engine)
    walk.run()
    return walk.dead()


def option_key(choice: Choice, index: int) -> Key | None:
    """Return the key of an option, None for one that no schema of the document stands for."""
    node = _declared(choice, index)
    return None if node is None else (choice.keyword, id(node), str(index))


def property_keys(place: Place, name: str) -> Iterator[Key]:
    """Yield the keys of a property, one for each schema at the place that declares it."""
    for node in place.nodes:
        if name in node.get("properties", {}):
            yield ("properties", id(node), name)


def rejecting(engine: Engine, place: Place, value: Any) -> Iterator[dict[str, Any]]:
    """Yield the schemas at a place that list a value and reject it nonetheless."""
    name = canonical(value)
    for node in place.nodes:
        is_listed = any(canonical(one) == name for one in node.get("enum", ()))
        if is_listed and not engine.accepts(node, value):
            yield node


def _declared(choice: Choice, index: int) -> Any:
    """Return the schema that an option stands for: a branch, a condition or what depends."""
    if choice.keyword in ("anyOf", "oneOf"):
        is_one = choice.keyword == "oneOf" or len(choice.options[index]) == 1
        node = choice.options[index][0].node if is_one else None
    elif choice.keyword == "if":
        node = choice.options[0][0].node
    else:
        node = choice.options[1][1].node if choice.keyword != "not" and index else None
    return node if isinstance(node, dict) else None


class _Walk:
    """Go through the places of a schema, and note what can and what can't be had at each."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.fitting = Fitting(engine)
        self.places = self.fitting.places
        self._alive: set[Key] = set()
        self._dead: dict[Key, DeadEnd] = {}
        self._seen: set[tuple[int, frozenset[int]]] = set()
        self._judged: set[int] = set()
        self._waiting: list[tuple[Place, frozenset[int]]] = []
        self._started: set[int] = set()
        self._defined = 0

    def run(self) -> None:
        """Walk until there is nothing new; what is too large gives no proof of anything."""
        self._start(self.places.root())
        while self._waiting and len(self._seen) < _MOST_PLACES:
            place, done = self._waiting.pop(0)
            key = (id(place), done)
            if key not in self._seen and self.fitting.fits(place, DEEPEST):
                self._seen.add(key)
                self._enter(place, done)
                self._define()

    def dead(self) -> list[DeadEnd]:
        """Return what was found, in the order of the document."""
        if self._waiting or self.fitting.steps.are_used_up:
            return []
        found = [end for key, end in self._dead.items() if key not in self._alive]
        return [end for end in found if not any(part in end.pointer for part in _UNSENT)]

    def _define(self) -> None:
        """Begin anew with each definition that was referred to."""
        for target in [*self.places.targets.values()][self._defined :]:
            self._start(self.places.place([target]))
        self._defined = len(self.places.targets)

    def _start(self, place: Place) -> None:
        self._waiting.append((place, frozenset()))

    def _enter(self, place: Place, done: frozenset[int]) -> None:
        for part in place.parts:
            self._values(part.node)
            self._alone(part)
        after = done | {id(choice) for choice in place.choices}
        for position, choice in enumerate(place.choices):
            for index in range(len(choice.options) if id(choice) not in done else 0):
                option = self.places.narrowed(place, index, position=position)
                self._option(choice, index, option)
                self._waiting.append((option, after))
        self._properties(place)
        self._items(place)

    def _alone(self, part: Part) -> None:
        """Begin anew with what holds for some properties and items only, without the rest."""
        if id(part.node) in self._started:
            return
        self._started.add(id(part.node))
        children = [*part.node.get("patternProperties", {}).values()]
        children += [part.node[keyword] for keyword in _SINGLE if keyword in part.node]
        for child in children:
            self._start(self.places.place([self.places.below(child, part)]))

    def _option(self, choice: Choice, index: int, option: Place) -> None:
        key = option_key(choice, index)
        if key is None or self._is_meant(choice, index):
            return
        if self.fitting.fits(option, DEEPEST):
            self._alive.add(key)
            return
        why = contradiction(self.fitting, option)
        if not why:
            self._alive.add(key)
            return
        pointer, what = self._named(choice, index)
        if choice.keyword == "oneOf":
            # What is wrong with the branch itself says more than what other branches take of it.
            why = contradiction(self.fitting, self.places.place(choice.options[index][:1])) or why
        is_overlap = choice.keyword == "oneOf" and self._has_rivals(choice, index)
        self._dead.setdefault(key, DeadEnd(key, pointer, what, why, is_overlap))

    def _has_rivals(self, choice: Choice, index: int) -> bool:
        """Say whether what a branch allows by itself is seen to satisfy another branch as well."""
        own = self.places.place([choice.options[index][0]])
        others = [option[0].node for at, option in enumerate(choice.options) if at != index]
        found = itertools.islice(built(self.fitting, own, _EXAMPLE_DEPTH), _EXAMPLES)
        return any(self.engine.accepts(other, value) for value in found for other in others)

    def _is_meant(self, choice: Choice, index: int) -> bool:
        """Say whether an option is impossible on purpose, or is one that nobody wrote."""
        part = choice.options[index][-1 if choice.keyword == "if" else 0]
        if choice.keyword in ("dependencies", "dependentSchemas"):
            part = choice.options[index][-1]
        if part.node is True:
            return True
        return _is_false(followed(self.places, part).node)

    def _named(self, choice: Choice, index: int) -> tuple[str, str]:
        declared = self.engine.pointer(_declared(choice, index)) or ""
        if choice.keyword == "if":
            keyword = ("then", "else")[index]
            return f"{declared.rpartition('/')[0]}/{keyword}", f"the `{keyword}` of this schema"
        if choice.keyword in ("anyOf", "oneOf"):
            return declared, f"branch {index + 1} of this {choice.keyword}"
        return declared, f"what {choice.keyword} asks for"

    def _properties(self, place: Place) -> None:
        if "object" not in self.fitting.facts(place).types:
            return
        shape = self.fitting.shapes.object(place)
        for name in shape.names:
            child = shape.child(name)
            self._start(child)
            keys = list(property_keys(place, name))
            if self.fitting.fits(child, DEEPEST) or self._is_forbidden(place, name):
                self._alive.update(keys)
                continue
            why = contradiction(self.fitting, child)
            if not why:
                self._alive.update(keys)
                continue
            for key, node in zip(keys, _declaring(place, name), strict=True):
                pointer = f"{self.engine.pointer(node)}/properties/{escape(name)}"
                what = f"the property {said(name)}"
                self._dead.setdefault(key, DeadEnd(key, pointer, what, why))

    def _is_forbidden(self, place: Place, name: str) -> bool:
        schemas = [
            Part(part.node["properties"][name], part.resolver)
            for part in place.parts
            if name in part.node.get("properties", {})
        ]
        return any(_is_false(followed(self.places, schema).node) for schema in schemas)

    def _items(self, place: Place) -> None:
        if "array" in self.fitting.facts(place).types:
            shape = self.fitting.shapes.array(place)
            for index in range(shape.prefix + 1):
                self._start(shape.child(index))

    def _values(self, node: dict[str, Any]) -> None:
        """Note the values of an enum that its own schema rejects, where it accepts another one."""
        pointer = self.engine.pointer(node)
        values = node.get("enum", ())
        if pointer is None or id(node) in self._judged or len(values) > _MOST_VALUES:
            return
        self._judged.add(id(node))
        rejected = [index for index, one in enumerate(values) if not self._accepts(node, one)]
        if len(rejected) == len(values):
            return
        for index in rejected:
            value, key = values[index], ("enum", id(node), str(index))
            why = self._refusing(node, value)
            place = f"{pointer}/enum/{index}"
            self._dead[key] = DeadEnd(key, place, f"the value {said(value)} of this enum", why)

    def _accepts(self, node: dict[str, Any], value: Any) -> bool:
        is_told = value is None and node.get("nullable") is True
        return is_told or self.engine.accepts(node, value)

    def _refusing(self, node: dict[str, Any], value: Any) -> str:
        """Return in words what beside the enum rejects a value."""
        path = next(_refused(self.engine, node, value), ())
        if not path:
            return "what stands beside it refuses it"
        keyword = str(path[0])
        limit = f" {said(node[keyword])}" if len(path) == 1 else ""
        return f"{keyword}{limit} beside it refuses it"


_SINGLE = ("additionalItems", "additionalProperties", "contains", "propertyNames")


def _refused(engine: Engine, node: dict[str, Any], value: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the paths of what rejects a value in a schema, none where it can't be explained."""
    # The explaining engine takes long to import, and few schemas need it here.
    from pytest_asyncapi_sse.schema.explainer import errors

    try:
        yield from (tuple(error.schema_path) for error in errors(engine, node, value).errors)
    except _UNEXPLAINED:
        return


def _declaring(place: Place, name: str) -> list[dict[str, Any]]:
    return [node for node in place.nodes if name in node.get("properties", {})]


def _is_false(node: Any) -> bool:
    if isinstance(node, dict):
        node = {keyword: value for keyword, value in node.items() if keyword not in _WORDS}
    return any(node is one or (isinstance(one, dict) and node == one) for one in _FALSE)
