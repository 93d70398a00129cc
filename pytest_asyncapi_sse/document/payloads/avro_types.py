"""Avro types: an Avro schema read into a tree, with its names resolved and every node's place.

Names follow the Avro specification ("Names"): a full name, or one that counts from the namespace of
the record around it; a type can be named only after it was defined.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.problems import near
from pytest_asyncapi_sse.document.reader import Reader
from pytest_asyncapi_sse.document.text.json_text import NotJSON, read_json
from pytest_asyncapi_sse.errors import DocumentError, Problem, shown

PRIMITIVES = frozenset({"null", "boolean", "int", "long", "float", "double", "bytes", "string"})
PARTS: Mapping[str, str] = {"array": "items", "map": "values"}
RECORDS = frozenset({"record", "error"})
NAMED = RECORDS | {"enum", "fixed"}
_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
_MAX_DEPTH = 60
_MAX_TYPES = 20_000
_SHOWN = 80
_BROKEN = "broken"


@dataclass(frozen=True, slots=True, eq=False)
class AvroType:
    """Hold one type: `kind` is a primitive, a complex type, `union`, or `reference` to a named one.

    `parts` are the branches of a union, the items of an array or the values of a map.
    """

    kind: str
    node: Node
    name: str = ""
    parts: tuple[AvroType, ...] = ()
    fields: tuple[AvroField, ...] = ()

    @property
    def attributes(self) -> Mapping[str, Any]:
        """The attributes as they were written; none for a type that is only named."""
        return self.node.value if self.node.is_object else {}


@dataclass(frozen=True, slots=True, eq=False)
class AvroField:
    """Hold one field of a record."""

    name: str
    node: Node
    type: AvroType


@dataclass(frozen=True, slots=True, eq=False)
class AvroTree:
    """Hold a schema: its root, its named types by full name, and which of them are referred to.

    `spellings` are the names that references would have where they count from a namespace.
    """

    root: AvroType
    types: Mapping[str, AvroType]
    referenced: frozenset[str]
    spellings: frozenset[str]


def avro_tree(reader: Reader, node: Node) -> AvroTree:
    """Read the Avro schema at a node.

    Raises DocumentError with all problems of a broken one, Dangling for a broken reference.
    """
    return _TypeReader(reader).run(_parsed(reader, node))


def _parsed(reader: Reader, node: Node) -> Node:
    """Return a node whose value is no JSON text any more."""
    text = node.value
    if not isinstance(text, str) or text.lstrip()[:1] not in ("{", "[", '"'):
        return node
    try:
        return replace(node, value=read_json(text, node.file.name))
    except NotJSON as error:
        problem = error.problem
    except DocumentError as error:
        problem = error.problems[0]
    place = problem.location
    where = "" if place is None else f" (line {place.line}, column {place.column} of the text)"
    message = f"the Avro schema can't be read: {problem.message.rstrip('.')}{where}"
    raise DocumentError([reader.problem(node, message, problem.advice)])


class _TypeReader:
    """Read types in the order in which they are written, since names count from there on."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._types: dict[str, AvroType] = {}
        self._names: set[str] = set()
        self._aliases: dict[str, str] = {}
        self._referenced: set[str] = set()
        self._spellings: set[str] = set()
        self._defined_at: dict[tuple[str, str], str] = {}
        self._active: list[tuple[str, str]] = []
        self._count = 0
        self._problems: list[Problem] = []

    def run(self, node: Node) -> AvroTree:
        root = self._read(node, "")
        if self._problems:
            raise DocumentError(self._problems)
        referenced, spellings = frozenset(self._referenced), frozenset(self._spellings)
        return AvroTree(root, self._types, referenced, spellings)

    def _read(self, node: Node, namespace: str) -> AvroType:
        found = self._reader.resolver.follow(node)
        known = self._defined_at.get(found.key) if node.reference is not None else None
        if known is not None:
            return self._reference(found, known, namespace)
        self._count += 1
        if found.key in self._active:
            return self._broken(node, "the Avro type contains itself")
        if len(self._active) >= _MAX_DEPTH:
            return self._broken(found, f"Avro types are nested deeper than {_MAX_DEPTH} levels")
        if self._count > _MAX_TYPES:
            return self._broken(found, f"the Avro schema has more than {_MAX_TYPES:,} types")
        self._active.append(found.key)
        try:
            return self._typed(found, namespace)
        finally:
            self._active.pop()

    def _typed(self, node: Node, namespace: str) -> AvroType:
        if isinstance(node.value, str):
            return self._by_name(node, node.value, namespace)
        if isinstance(node.value, list):
            return self._union(node, namespace)
        if not node.is_object:
            return self._unexpected(node, "an Avro type: a name, an object or a list")
        kind = node.value.get("type")
        if kind is None:
            return self._broken(node, "the Avro type has no type", "Add type.")
        if not isinstance(kind, str):
            return self._read(node.child("type"), namespace)
        if kind in PARTS:
            return self._collection(node, kind, namespace)
        if kind in NAMED:
            return self._definition(node, kind, namespace)
        return self._by_name(node, kind, namespace)

    def _by_name(self, node: Node, name: str, namespace: str) -> AvroType:
        if name in PRIMITIVES:
            return AvroType(name, node)
        for full in (_full(name, namespace), name):
            if full in self._names or full in self._aliases:
                known = full if full in self._names else self._aliases[full]
                return self._reference(node, known, namespace)
        message = f"{shown(name, _SHOWN)} names no Avro type that is defined before it"
        if name in NAMED or name in PARTS:
            advice = f"Write the type as an object of its own: {{type: {{type: {name}, ...}}}}."
        else:
            advice = near(name, [*PRIMITIVES, *self._names])
        return self._broken(node, message, advice)

    def _reference(self, node: Node, full: str, namespace: str) -> AvroType:
        self._referenced.add(full)
        self._spellings |= {full, _full(full, namespace)}
        return AvroType("reference", node, full)

    def _union(self, node: Node, namespace: str) -> AvroType:
        if not node.value:
            return self._broken(node, "the Avro union is empty", "Name a type in it.")
        parts = tuple(self._read(child, namespace) for _, child in node.children())
        seen = set()
        for part in parts:
            label = part.name or part.kind
            if label == _BROKEN:
                continue
            if label == "union":
                self._broken(part.node, "an Avro union holds another union")
            elif label in seen:
                self._broken(part.node, f"the Avro union holds {shown(label, _SHOWN)} twice")
            seen.add(label)
        return AvroType("union", node, parts=parts)

    def _collection(self, node: Node, kind: str, namespace: str) -> AvroType:
        key = PARTS[kind]
        child = node.get(key)
        if child is None:
            return self._broken(node, f"the Avro {kind} has no {key}", f"Add {key}.")
        return AvroType(kind, node, parts=(self._read(child, namespace),))

    def _definition(self, node: Node, kind: str, namespace: str) -> AvroType:
        if node.get("name") is None:
            # Avro wants a name, AsyncAPI's own parser does without: plain values don't show it.
            return self._body(node, kind, "", namespace)
        name = self._name(node, f"the Avro {kind}")
        if name is None:
            return AvroType(_BROKEN, node)
        own = node.value.get("namespace")
        if "." in name or not isinstance(own, str):
            own = name.rpartition(".")[0] or namespace
        full = _full(name, own)
        if full in self._names:
            message = f"the Avro type {shown(full, _SHOWN)} is defined twice"
            return self._broken(node, message, "Refer to the first one by its name.")
        self._define(node, full, own)
        found = self._types[full] = self._body(node, kind, full, own)
        return found

    def _body(self, node: Node, kind: str, full: str, namespace: str) -> AvroType:
        if kind == "enum":
            self._check(node, "symbols", _are_texts, "a list of texts")
        elif kind == "fixed":
            self._check(node, "size", _is_size, "a number of bytes")
        fields = self._fields(node, namespace) if kind in RECORDS else ()
        return AvroType(kind, node, full, fields=fields)

    def _define(self, node: Node, full: str, namespace: str) -> None:
        self._names.add(full)
        self._defined_at[node.key] = full
        aliases = node.value.get("aliases")
        for alias in aliases if isinstance(aliases, list) else ():
            if isinstance(alias, str):
                self._aliases.setdefault(_full(alias, namespace), full)

    def _fields(self, node: Node, namespace: str) -> tuple[AvroField, ...]:
        if not self._check(node, "fields", _is_list, "a list"):
            return ()
        fields: dict[str, AvroField] = {}
        for _, item in node.child("fields").children():
            child = self._reader.resolver.follow(item)
            if not child.is_object:
                self._unexpected(child, "a field: an object with name and type")
                continue
            name = self._name(child, "the field")
            if name is None or not self._check(child, "type", _is_anything, ""):
                continue
            if name in fields:
                self._broken(child, f"the field {shown(name, _SHOWN)} stands twice in the record")
            fields[name] = AvroField(name, child, self._read(child.child("type"), namespace))
        return tuple(fields.values())

    def _name(self, node: Node, what: str) -> str | None:
        name = node.value.get("name")
        if name is None:
            self._broken(node, f"{what} has no name", "Add name.")
        elif not isinstance(name, str) or not _NAME.fullmatch(name):
            advice = "Avro's names hold letters, digits and _, and begin with no digit."
            self._broken(node.child("name"), f"{shown(name, _SHOWN)} is no Avro name", advice)
        else:
            return name
        return None

    def _check(self, node: Node, key: str, fits: Callable[[Any], bool], expected: str) -> bool:
        """Say whether an attribute is there and fits; a bad one is reported."""
        child = node.get(key)
        if child is None:
            what = node.value.get("type", "field")
            self._broken(node, f"the Avro {what} has no {key}", f"Add {key}.")
        elif not fits(child.value):
            self._unexpected(child, expected)
        else:
            return True
        return False

    def _unexpected(self, node: Node, expected: str) -> AvroType:
        got = "null" if node.value is None else shown(node.value, _SHOWN)
        what = node.last_token or "the file"
        return self._broken(node, f"{what} is {got}, expected {expected}")

    def _broken(self, node: Node, message: str, advice: str = "") -> AvroType:
        self._problems.append(self._reader.problem(node, message, advice))
        return AvroType(_BROKEN, node)


def _full(name: str, namespace: str) -> str:
    return name if "." in name or not namespace else f"{namespace}.{name}"


def _is_anything(_value: Any) -> bool:
    return True


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
