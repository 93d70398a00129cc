"""Places of a payload: the parts of the schema that hold there together, and what is to choose.

`$ref` and `allOf` are merged into the parts; each `anyOf`, `oneOf`, `if`, `dependentSchemas` and
`not` is a choice among options, each of them more parts. A place is interned: the same parts
and choices give the same object, so that recursion through `$ref` ends where it began.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import referencing
import referencing.jsonschema
from referencing.exceptions import Unresolvable

from pytest_asyncapi_sse.schema.choices import Choice, Part, Traits, choices_of, followed
from pytest_asyncapi_sse.schema.engine import Engine

_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Place:
    """Hold all that a value has to satisfy; `impossible` where `false` is among it."""

    parts: tuple[Part, ...]
    choices: tuple[Choice, ...]
    impossible: bool

    @property
    def nodes(self) -> list[dict[str, Any]]:
        """The schemas of the parts."""
        return [part.node for part in self.parts]


class Places:
    """Make and keep the places of one schema."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._specification = getattr(referencing.jsonschema, engine.row.specification)
        self._places: dict[Any, Place] = {}
        self._choices: dict[Any, tuple[Choice, ...]] = {}
        self._narrowed: dict[tuple[int, int, int], Place] = {}
        self._synthetic: list[Any] = []
        self.ref_stands_alone = engine.row.ref_stands_alone
        self.traits: dict[int, Traits] = {}
        self.negations: dict[Hashable, Choice | None] = {}
        self.targets: dict[Any, Part] = {}
        self._resolver = self._root_resolver()
        self.has_unevaluated = engine.uses("unevaluatedProperties", "unevaluatedItems")
        self.key = _scoped if engine.uses("$dynamicRef", "$recursiveRef") else _plain

    def __len__(self) -> int:
        return len(self._places)

    def root(self, *extra: Any) -> Place:
        """Return the place of the whole payload, with further schemas that are to hold."""
        parts = [Part(self.engine.contents, self._resolver)]
        return self.place([*parts, *(self.made(node) for node in extra)])

    def made(self, node: Any) -> Part:
        """Return a part for a schema of our own making."""
        self._synthetic.append(node)
        return Part(node, self._resolver)

    def choosing(self, choice: Choice) -> Part:
        """Return a part that asks for nothing but a choice."""
        part = self.made({})
        self._choices[self.key(part)] = (choice,)
        return part

    def below(self, node: Any, above: Part) -> Part:
        """Return the part for a schema inside another part's."""
        resolver = above.resolver
        if isinstance(node, dict) and isinstance(node.get("$id"), str):
            resolver = resolver.in_subresource(self._specification.create_resource(node))
        return Part(node, resolver)

    def place(self, parts: Iterable[Part]) -> Place:
        """Return the place where all parts hold."""
        return self._interned(_Merger(self).merged(parts))

    def options(self, place: Place) -> Iterator[Place]:
        """Yield what the first open choice of a place narrows it to."""
        return (self.narrowed(place, index) for index in range(len(place.choices[0].options)))

    def narrowed(self, place: Place, index: int, *, position: int = 0) -> Place:
        """Return the place with an option taken of an open choice, by default of the first."""
        key = (id(place), index, position)
        if key not in self._narrowed:
            rest = [*place.choices]
            taken = rest.pop(position)
            merger = _Merger(self, place.parts).merged(taken.options[index])
            # What an option asks for comes first, since it is what shows early that it is none.
            merger.choices += [choice for choice in rest if choice not in merger.choices]
            self._narrowed[key] = self._interned(merger)
        return self._narrowed[key]

    def joined(self, place: Place, part: Part) -> Place:
        """Return the place where a part holds too; choices that were made stay made."""
        merger = _Merger(self, place.parts).merged([part])
        merger.choices = [*dict.fromkeys((*place.choices, *merger.choices))]
        merger.impossible = merger.impossible or place.impossible
        return self._interned(merger)

    def resolved(self, part: Part, keyword: str) -> Part | None:
        """Return the part that a reference leads to, None where it cannot be followed."""
        try:
            if keyword == "$recursiveRef":
                found = referencing.jsonschema.lookup_recursive_ref(part.resolver)
            else:
                found = part.resolver.lookup(part.node[keyword])
        except (Unresolvable, AttributeError, TypeError):
            return None
        target = Part(found.contents, found.resolver)
        return self.targets.setdefault(self.key(target), target)

    def choices(self, part: Part) -> tuple[Choice, ...]:
        """Return the choices that one part asks for."""
        key = self.key(part)
        found = self._choices.get(key)
        if found is None:
            found = self._choices[key] = tuple(choices_of(self, part))
        return found

    def _interned(self, merger: _Merger) -> Place:
        key = (frozenset(merger.parts), frozenset(map(id, merger.choices)), merger.impossible)
        if key not in self._places:
            self._places[key] = Place(
                tuple(merger.parts.values()), tuple(merger.choices), merger.impossible
            )
        return self._places[key]

    def _root_resolver(self) -> Any:
        resource = self._specification.create_resource(self.engine.contents)
        uri = resource.id() or ""
        registry: referencing.Registry[Any] = referencing.Registry()
        return registry.with_resource(uri, resource).resolver(uri)


def _plain(part: Part) -> Hashable:
    return id(part.node)


def _scoped(part: Part) -> Hashable:
    """Return a key with what a dynamic reference may mean: the resources entered, outermost first.

    One that is entered again changes nothing, so that recursion ends.
    """
    scope = [uri for uri, _ in part.resolver.dynamic_scope()]
    return id(part.node), tuple(dict.fromkeys(reversed(scope)))


class _Merger:
    """Merge parts into those at one place: references followed, `allOf` taken apart."""

    def __init__(self, places: Places, parts: Iterable[Part] = ()) -> None:
        self._places = places
        self.parts = {places.key(part): part for part in parts}
        self._seen = set(self.parts)
        self.choices: list[Choice] = []
        self.impossible = False

    def merged(self, parts: Iterable[Part]) -> _Merger:
        waiting = list(parts)
        while waiting:
            part = waiting.pop(0)
            if isinstance(part.node, dict) and (key := self._places.key(part)) not in self._seen:
                self._seen.add(key)
                waiting = [*self._opened(part), *waiting]
            elif part.node is False:
                self.impossible = True
        self.impossible = self.impossible or self._contradicts_itself()
        return self

    def _contradicts_itself(self) -> bool:
        """Say whether a schema and its opposite are among the parts."""
        rejected = [part for part in self.parts.values() if isinstance(part.node.get("not"), dict)]
        return any(
            self._places.key(followed(self._places, self._places.below(part.node["not"], part)))
            in self._seen
            for part in rejected
        )

    def _is_new(self, choice: Choice) -> bool:
        """Say whether a choice is still to be made, since some schemas share one."""
        if choice.keyword != "not" or choice in self.choices:
            return choice.keyword != "not"
        return not any(
            all(self._places.key(part) in self.parts for part in option)
            for option in choice.options
        )

    def _opened(self, part: Part) -> list[Part]:
        references = [keyword for keyword in _REFERENCES if keyword in part.node]
        found = [self._places.resolved(part, keyword) for keyword in references]
        opened = [target for target in found if target is not None]
        if "$ref" in references and self._places.engine.row.ref_stands_alone:
            return opened
        self.parts[self._places.key(part)] = part
        self.choices += filter(self._is_new, self._places.choices(part))
        members = part.node.get("allOf", ())
        return [*opened, *(self._places.below(member, part) for member in members)]
