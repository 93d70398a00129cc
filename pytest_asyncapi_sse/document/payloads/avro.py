"""Avro payloads: an Avro schema as the JSON Schema of its values written as plain JSON.

Plain means without the type tags that Avro's own JSON encoding puts around the values of a union:
an event's data is what a record looks like to those who never heard of Avro. The choices are those
of AsyncAPI's own Avro parser, so that both tools mean the same by a document.
"""

from __future__ import annotations

import importlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.payloads.avro_types import (
    NAMED,
    PARTS,
    RECORDS,
    AvroField,
    AvroTree,
    AvroType,
    avro_tree,
)
from pytest_asyncapi_sse.document.payloads.dialects import NotChecked
from pytest_asyncapi_sse.document.reader import Reader
from pytest_asyncapi_sse.errors import DocumentError
from pytest_asyncapi_sse.model import Origin, PayloadSchema, escape

_SHOWN = 200
# One character stands for one byte.
_BYTES = {"type": "string", "pattern": "^[\\u0000-\\u00ff]*$"}
_PRIMITIVES: Mapping[str, Mapping[str, Any]] = {
    "null": {"type": "null"},
    "boolean": {"type": "boolean"},
    "int": {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
    "long": {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
    "float": {"type": "number", "format": "float"},
    "double": {"type": "number", "format": "double"},
    "bytes": _BYTES,
    "string": {"type": "string"},
}
# The JSON types of values, as far as they keep the branches of a union apart.
_JSON_TYPES: Mapping[str, str] = {
    "null": "null",
    "boolean": "boolean",
    **dict.fromkeys(("int", "long", "float", "double"), "number"),
    **dict.fromkeys(("bytes", "string", "enum", "fixed"), "string"),
    "array": "array",
    **dict.fromkeys(("map", *RECORDS), "object"),
}
# Where the keywords of the result were written, if they are called otherwise there.
_WRITTEN_AS: Mapping[str, tuple[str, ...]] = {
    "additionalProperties": ("values",),
    "description": ("doc",),
    "enum": ("symbols",),
    "examples": ("example",),
    "format": ("logicalType",),
    "maxLength": ("maxLength", "size"),
    "minLength": ("minLength", "size"),
    "properties": ("fields",),
    "required": ("fields",),
}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_positive(value: Any) -> bool:
    return _is_number(value) and value > 0


# Attributes that Avro does not know and AsyncAPI's Avro parser reads, for the types they belong to.
_NUMBERS: Mapping[str, Callable[[Any], bool]] = {
    "minimum": _is_number,
    "maximum": _is_number,
    "exclusiveMinimum": _is_number,
    "exclusiveMaximum": _is_number,
    "multipleOf": _is_positive,
}
_EXTRAS: Mapping[str, Mapping[str, Callable[[Any], bool]]] = {
    **dict.fromkeys(("int", "long", "float", "double"), _NUMBERS),
    "string": {
        "pattern": lambda value: isinstance(value, str),
        "minLength": _is_count,
        "maxLength": _is_count,
    },
    "array": {
        "minItems": _is_count,
        "maxItems": _is_count,
        "uniqueItems": lambda value: isinstance(value, bool),
    },
}


def avro_schema(reader: Reader, node: Node) -> PayloadSchema:
    """Convert the Avro schema at a node.

    Raises NotChecked where fastavro, which validates it, is not installed, DocumentError for a
    broken schema, Dangling for a broken reference.
    """
    try:
        library = importlib.import_module("fastavro.schema")
    except ImportError:
        why = " without fastavro, pip install 'pytest-asyncapi-sse[avro]' adds it"
        raise NotChecked("Avro payloads", why) from None
    tree = avro_tree(reader, node)
    _validate(reader, tree, library.parse_schema)
    return _Converter(reader, tree).run()


def _validate(reader: Reader, tree: AvroTree, parse: Callable[..., Any]) -> None:
    """Raise DocumentError for what the library finds wrong, at the innermost place."""
    if _defect(parse, _plain(tree.root), {}) is None:
        return
    for node, schema in _pieces(tree.root):
        known: dict[str, Any] = {name: {} for name in tree.spellings}
        defect = _defect(parse, schema, known)
        if defect is not None:
            message = f"the Avro schema is broken: {_bounded(defect)}"
            raise DocumentError([reader.problem(node, message)])


def _defect(parse: Callable[..., Any], schema: Any, known: dict[str, Any]) -> str | None:
    try:
        parse(schema, known)
    except Exception as error:  # whatever the library trips over is the schema's fault
        return str(error) or type(error).__name__
    return None


def _bounded(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _pieces(avro: AvroType) -> Iterator[tuple[Node, Any]]:
    """Iterate over what can be parsed on its own, the innermost first."""
    for part in avro.parts:
        yield from _pieces(part)
    for field in avro.fields:
        yield from _pieces(field.type)
        yield field.node, {"type": "record", "name": "record", "fields": [_plain_field(field)]}
    yield avro.node, _plain(avro)


def _plain(avro: AvroType) -> Any:
    """Return a type as the library takes it: full names, no references to other files."""
    if avro.kind == "reference":
        return avro.name
    if avro.kind == "union":
        return [_plain(part) for part in avro.parts]
    if avro.kind not in _JSON_TYPES or not avro.node.is_object:
        return avro.kind
    plain = {key: value for key, value in avro.attributes.items() if not key.startswith("__")}
    plain["type"] = avro.kind
    if avro.kind in NAMED:
        # The library wants a name, and no two that are the same.
        plain |= {"name": avro.name or "#".join(avro.node.key), "namespace": ""}
    if avro.kind in PARTS:
        plain[PARTS[avro.kind]] = _plain(avro.parts[0])
    if avro.kind in RECORDS:
        plain["fields"] = [_plain_field(field) for field in avro.fields]
    return plain


def _plain_field(field: AvroField) -> dict[str, Any]:
    return {**field.node.value, "type": _plain(field.type)}


class _Converter:
    """Turn a tree of Avro types into a JSON Schema and note where its parts were written."""

    def __init__(self, reader: Reader, tree: AvroTree) -> None:
        self._reader = reader
        self._tree = tree
        self._origins: dict[str, Origin] = {}
        self._queue: deque[str] = deque()
        self._queued: set[str] = set()

    def run(self) -> PayloadSchema:
        """Return the schema; a named type that is referred to has its place in `definitions`."""
        contents = self._schema(self._tree.root, "")
        definitions = {}
        while self._queue:
            name = self._queue.popleft()
            definitions[name] = self._schema(self._tree.types[name], f"/definitions/{name}")
        if definitions:
            contents["definitions"] = definitions
        return PayloadSchema(contents, "draft-07", self._origins)

    def _type(self, avro: AvroType, pointer: str) -> dict[str, Any]:
        if avro.name not in self._tree.referenced:
            return self._schema(avro, pointer)
        self._origins[pointer] = self._reader.origin(avro.node)
        if avro.name == self._tree.root.name:
            return {"$ref": "#"}
        if avro.name not in self._queued:
            self._queued.add(avro.name)
            self._queue.append(avro.name)
        return {"$ref": f"#/definitions/{avro.name}"}

    def _schema(self, avro: AvroType, pointer: str) -> dict[str, Any]:
        schema = self._body(avro, pointer)
        schema |= _annotations(avro.attributes) | _extras(avro.kind, avro.attributes)
        self._origins[pointer] = self._reader.origin(avro.node)
        self._note(schema, avro.node, pointer)
        return schema

    def _body(self, avro: AvroType, pointer: str) -> dict[str, Any]:
        if avro.kind in RECORDS:
            return self._record(avro, pointer)
        if avro.kind == "union":
            return self._union(avro, pointer)
        if avro.kind == "array":
            return {"type": "array", "items": self._type(avro.parts[0], f"{pointer}/items")}
        if avro.kind == "map":
            values = self._type(avro.parts[0], f"{pointer}/additionalProperties")
            return {"type": "object", "additionalProperties": values}
        if avro.kind == "enum":
            return {"type": "string", "enum": avro.attributes["symbols"]}
        if avro.kind == "fixed":
            size = avro.attributes["size"]
            return {**_BYTES, "minLength": size, "maxLength": size}
        return dict(_PRIMITIVES[avro.kind])

    def _record(self, avro: AvroType, pointer: str) -> dict[str, Any]:
        properties = {
            field.name: self._field(field, f"{pointer}/properties/{escape(field.name)}")
            for field in avro.fields
        }
        schema: dict[str, Any] = {"type": "object", "properties": properties}
        required = [field.name for field in avro.fields if not _is_optional(field)]
        return {**schema, "required": required} if required else schema

    def _union(self, avro: AvroType, pointer: str) -> dict[str, Any]:
        # A value that two branches take is a good one: only branches that exclude each other can
        # be told so by `oneOf`.
        types = [_JSON_TYPES[self._kind(part)] for part in avro.parts]
        word = "oneOf" if len(set(types)) == len(types) else "anyOf"
        parts = [self._type(part, f"{pointer}/{word}/{i}") for i, part in enumerate(avro.parts)]
        return {word: parts}

    def _kind(self, avro: AvroType) -> str:
        return self._tree.types[avro.name].kind if avro.kind == "reference" else avro.kind

    def _field(self, field: AvroField, pointer: str) -> dict[str, Any]:
        """Return the schema of a field's values, with what the field itself says about them."""
        schema = self._type(field.type, pointer)
        if "$ref" in schema:
            return schema
        attributes = field.node.value
        own = _annotations(attributes)
        kind, place, path = _plainly_typed(field.type, schema, pointer)
        extras = {} if kind is None else _extras(kind, attributes)
        for added, target, where in ((own, schema, pointer), (extras, place, path)):
            target |= added
            self._note(added, field.node, where)
        self._origins[pointer] = self._reader.origin(field.node)
        return schema

    def _note(self, keywords: Mapping[str, Any], node: Node, pointer: str) -> None:
        """Note the origin of each keyword: the attribute that says it, else the whole type."""
        for keyword in keywords:
            names = _WRITTEN_AS.get(keyword, (keyword,))
            name = next((name for name in names if node.is_object and name in node.value), None)
            found = node if name is None else node.child(name)
            self._origins[f"{pointer}/{keyword}"] = self._reader.origin(found)


def _is_optional(field: AvroField) -> bool:
    """Whether a field may be left out: it has a default, or is a union that holds null."""
    parts = field.type.parts if field.type.kind == "union" else ()
    return "default" in field.node.value or any(part.kind == "null" for part in parts)


def _annotations(attributes: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if isinstance(attributes.get("doc"), str):
        found["description"] = attributes["doc"]
    if "default" in attributes:
        found["default"] = attributes["default"]
    if "example" in attributes:
        found["examples"] = [attributes["example"]]
    return found


def _extras(kind: str, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keywords that attributes add; one that does not fit its type is ignored."""
    known = _EXTRAS.get(kind, {})
    found = {name: attributes[name] for name in known if known[name](attributes.get(name))}
    if kind == "string" and attributes.get("logicalType") == "uuid":
        found["format"] = "uuid"
    return found


def _plainly_typed(
    avro: AvroType, schema: dict[str, Any], pointer: str
) -> tuple[str | None, dict[str, Any], str]:
    """Return the kind, the schema and the pointer that the attributes of a field belong to.

    These are the type's where it is nothing but a name, in a union the first one's besides null.
    """
    if avro.kind != "union":
        return (None if avro.node.is_object else avro.kind), schema, pointer
    word = next(iter(schema))
    for i, part in enumerate(avro.parts):
        if part.kind != "null":
            kind = None if part.node.is_object else part.kind
            return kind, schema[word][i], f"{pointer}/{word}/{i}"
    return None, schema, pointer
