"""The structure: unknown, missing and misplaced keys of a document, and values of a wrong kind.

The root file is walked by the tables of the vocabulary, and so is each object of another file that
a `$ref` names, as what it stands in place of. What a `$ref` names in the root file is walked where
it is, and a schema not looked into, so that the walk costs little beside reading the files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.reader import Reader, described
from pytest_asyncapi_sse.document.sources.files import File
from pytest_asyncapi_sse.document.vocabulary.kinds import (
    TEXT,
    Anything,
    ByValue,
    Choice,
    Either,
    Kind,
    ListOf,
    MapOf,
    Object,
    Reference,
    Row,
    Scalar,
    Schema,
    Shaped,
)
from pytest_asyncapi_sse.document.vocabulary.tables import Vocabulary, vocabulary_of
from pytest_asyncapi_sse.errors import shown
from pytest_asyncapi_sse.model import escape, unescape

_ROOT = Object("root", may_refer=False)
_SHOWN = 60
_MAX_NAMED = 5

# A place is its parent's place and a token; it becomes a pointer only where something is found.
Place = tuple[Any, str | int] | None


def check_structure(reader: Reader, root: Node, version: str) -> None:
    """Report findings about the structure of a document, by the tables of its version."""
    vocabulary = vocabulary_of(version)
    if vocabulary is None:
        return
    walks: dict[str, _Walk] = {}
    seen: set[tuple[str, str, int]] = set()
    pending: list[tuple[Node, Kind]] = [(root, _ROOT)]
    while pending:
        node, kind = pending.pop()
        if (*node.key, id(kind)) in seen or (walks and node.file is root.file):
            continue
        seen.add((*node.key, id(kind)))
        if node.file.id not in walks:
            walks[node.file.id] = _Walk(reader, node.file, vocabulary)
        walk = walks[node.file.id]
        walk.check(node.value, kind, _place_of(node.pointer))
        pending += _targets(reader, walk, is_root=node is root)


def _targets(reader: Reader, walk: _Walk, *, is_root: bool) -> list[tuple[Node, Kind]]:
    """Return what the references of a walk name, as far as it is walked nowhere else."""
    found = []
    for value, kind, place in walk.take_references():
        if is_root and value["$ref"].startswith("#"):
            continue
        target = reader.peek_target(Node(value, walk.file, _pointer(place)))
        found += [] if target is None else [(target, kind)]
    return found


class _Walk:
    """Walk the values of one file, each once, with the kind that each should have."""

    def __init__(self, reader: Reader, file: File, vocabulary: Vocabulary) -> None:
        self._reader = reader
        self.file = file
        self._vocabulary = vocabulary
        self._rows = vocabulary.rows
        self._seen: set[tuple[int, str]] = set()
        self._names: dict[tuple[str, str, bool], Place] = {}
        self._references: dict[int, tuple[dict[str, Any], Kind, Place]] = {}

    def check(self, value: Any, kind: Kind, place: Place) -> None:
        _CHECKS[type(kind)](self, value, kind, place)

    def take_references(self) -> list[tuple[dict[str, Any], Kind, Place]]:
        """Return the references that were passed since the last time, and what each stands for."""
        found = list(self._references.values())
        self._references = {}
        return found

    def anything(self, value: Any, _kind: Anything, place: Place) -> None:
        """Accept any value."""

    def scalar(self, value: Any, kind: Scalar, place: Place) -> None:
        # The exact type: a boolean is an integer to isinstance.
        if type(value) not in kind.types:
            self._wrong(value, kind.expected, place)

    def choice(self, value: Any, kind: Choice, place: Place) -> None:
        if value not in kind.values:
            self._wrong(value, _either(kind.values), place)

    def shaped(self, value: Any, kind: Shaped, place: Place) -> None:
        if not isinstance(value, str):
            self._wrong(value, kind.expected, place)
        elif kind.pattern.fullmatch(value) is None:
            self._wrong(value, kind.expected, place, kind.code)

    def schema(self, value: Any, _kind: Schema, place: Place) -> None:
        if not isinstance(value, dict | bool):
            self._wrong(value, "a schema, which is an object or a boolean", place)

    def reference(self, value: Any, kind: Reference, place: Place) -> None:
        if isinstance(value, dict) and "$ref" in value:
            self._reference(value, place)
        else:
            advice = f"Write {{$ref: '{kind.example}'}}."
            self._wrong(value, "a reference", place, advice=advice)

    def either(self, value: Any, kind: Either, place: Place) -> None:
        self._refers(value, kind, place)
        is_present = isinstance(value, dict) and kind.key in value
        self.check(value, kind.present if is_present else kind.absent, place)

    def by_value(self, value: Any, kind: ByValue, place: Place) -> None:
        self._refers(value, kind, place)
        found = value.get(kind.key) if isinstance(value, dict) else None
        known = kind.kinds.get(found) if isinstance(found, str) else None
        self.check(value, known or kind.other, place)

    def list_of(self, value: Any, kind: ListOf, place: Place) -> None:
        if not isinstance(value, list):
            self._wrong(value, "a list", place)
            return
        for index, item in enumerate(value):
            self.check(item, kind.kind, (place, index))
        if kind.name_key:
            self._unique(value, kind.name_key, place)

    def map_of(self, value: Any, kind: MapOf, place: Place) -> None:
        if not isinstance(value, dict):
            self._wrong(value, "an object", place)
            return
        for name, item in value.items():
            # An extension beside the named things is none of them, unless it looks like one.
            if isinstance(item, dict) or not name.startswith("x-"):
                self.check(item, kind.kind, (place, name))

    def object(self, value: Any, kind: Object, place: Place) -> None:
        row = self._rows[kind.row]
        if not isinstance(value, dict):
            self._wrong(value, "an object", place)
        elif "$ref" in value:
            self._reference(value, place, "" if kind.may_refer else row.title)
            self._refers(value, kind, place)
        elif (id(value), kind.row) not in self._seen:
            self._seen.add((id(value), kind.row))
            self._keys(value, kind.row, row, place)

    def _keys(self, value: dict[str, Any], name: str, row: Row, place: Place) -> None:
        kinds = row.keys
        for key, item in value.items():
            kind = kinds.get(key)
            if kind is not None:
                _CHECKS[type(kind)](self, item, kind, (place, key))
            elif not key.startswith("x-"):
                self._unknown(key, name, row, place)
        if not row.required <= value.keys():
            missing = [key for key in row.keys if key in row.required and key not in value]
            self._find(
                place, "missing-key", f"required and missing in {row.title}: {_all(missing)}"
            )
        if row.identity:
            self._identity(value, row, place)

    def _unknown(self, key: str, name: str, row: Row, place: Place) -> None:
        later = self._vocabulary.came_with(name, key)
        summary = f"unknown key {shown(key, _SHOWN)} in {row.title}"
        if later:
            version = self._vocabulary.name
            summary = f"{summary}: it came with AsyncAPI {later}, and this is {version}"
        advice = self._vocabulary.advice(name, key)
        self._find((place, key), "unknown-key", summary, advice)

    def _reference(self, value: dict[str, Any], place: Place, forbidden: str = "") -> None:
        if not isinstance(value["$ref"], str):
            self._wrong(value["$ref"], "a reference as text", (place, "$ref"))
            return
        if forbidden:
            summary = f"AsyncAPI {self._vocabulary.name} allows no $ref in place of {forbidden}"
            self._find(place, "misplaced-ref", summary, "Write the object here.")
        ignored = [key for key in value if key != "$ref"]
        if ignored:
            summary = f"a $ref stands beside {_all(ignored)}, which it makes ignored"
            advice = "Remove either, or write the object without a $ref."
            self._find((place, "$ref"), "misplaced-ref", summary, advice)

    def _refers(self, value: Any, kind: Kind, place: Place) -> None:
        """Note a reference; of the kinds that it may stand for, the first is the widest one."""
        if isinstance(value, dict) and isinstance(value.get("$ref"), str):
            self._references.setdefault(id(value), (value, kind, place))

    def _unique(self, items: list[Any], name_key: str, place: Place) -> None:
        seen = set()
        for index, item in enumerate(items):
            found = item.get(name_key, item.get("$ref")) if isinstance(item, dict) else None
            if not isinstance(found, str):
                continue
            if found in seen:
                summary = f"the {name_key} {shown(found, _SHOWN)} stands twice in a list"
                self._find((place, index), "duplicate-name", summary, "Remove one of the two.")
            seen.add(found)

    def _identity(self, value: dict[str, Any], row: Row, place: Place) -> None:
        found = _effective(value, row.identity)
        if found is None:
            return
        text, steps = found
        for step in steps:
            place = (place, step)
        # A copy of a component where it is used is what bundling tools write, no second object.
        is_component = _section(place) == "components"
        first = self._names.setdefault((row.identity, text, is_component), place)
        if first is not place:
            summary = f"the {row.identity} {shown(text, _SHOWN)} stands at #{_pointer(first)} too"
            self._find(place, "duplicate-name", summary, "Give each one of its own.")

    def _wrong(
        self,
        value: Any,
        expected: str,
        place: Place,
        code: str = "wrong-type",
        advice: str = "",
    ) -> None:
        summary = f"{_named(place)} is {described(value)}, expected {expected}"
        if not advice and expected == TEXT.expected and not isinstance(value, dict | list):
            advice = "Put it in quotes."
        self._find(place, code, summary, advice)

    def _find(self, place: Place, code: str, summary: str, advice: str = "") -> None:
        node = Node(None, self.file, _pointer(place))
        self._reader.find(node, code, summary, severity="advice", advice=advice)


def _effective(value: dict[str, Any], key: str) -> tuple[str, tuple[str | int, ...]] | None:
    """Return a text of an object and the way to it; in 2.x the last trait that has it wins."""
    traits = value.get("traits")
    for index, trait in reversed(list(enumerate(traits if isinstance(traits, list) else ()))):
        if isinstance(trait, dict) and isinstance(trait.get(key), str):
            return trait[key], ("traits", index, key)
    found = value.get(key)
    return (found, (key,)) if isinstance(found, str) else None


def _pointer(place: Place) -> str:
    tokens = []
    while place is not None:
        tokens.append(escape(str(place[1])))
        place = place[0]
    return "".join(f"/{token}" for token in reversed(tokens))


def _place_of(pointer: str) -> Place:
    place: Place = None
    for token in pointer.split("/")[1:]:
        place = (place, unescape(token))
    return place


def _section(place: Place) -> str | int:
    """Return the first token of a place: the key of the document that it is under."""
    token: str | int = ""
    while place is not None:
        place, token = place
    return token


def _named(place: Place) -> str:
    if place is None:
        return "the document"
    token = place[1]
    if isinstance(token, int):
        return f"item {token + 1} of {_named(place[0])}"
    return shown(token, _SHOWN)


def _all(keys: list[str]) -> str:
    named = ", ".join(shown(key, _SHOWN) for key in keys[:_MAX_NAMED])
    return named if len(keys) <= _MAX_NAMED else f"{named} and {len(keys) - _MAX_NAMED} more"


def _either(values: tuple[str, ...]) -> str:
    *some, last = map(repr, values)
    return f"{', '.join(some)} or {last}"


_CHECKS: Mapping[type, Callable[[_Walk, Any, Any, Place], None]] = {
    Anything: _Walk.anything,
    Scalar: _Walk.scalar,
    Choice: _Walk.choice,
    Shaped: _Walk.shaped,
    ListOf: _Walk.list_of,
    MapOf: _Walk.map_of,
    Object: _Walk.object,
    Reference: _Walk.reference,
    Schema: _Walk.schema,
    Either: _Walk.either,
    ByValue: _Walk.by_value,
}
