"""Bundles: a payload's schema made to stand on its own.

What its references name is copied in under `definitions` or `$defs`, each target once, so that
recursion stays a reference. Only schemas are searched for references: `enum`, `const`, `default`
and `examples` hold data, and a property may be named `$ref`.
"""

from __future__ import annotations

import functools
import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from urllib.parse import quote

from pytest_asyncapi_sse.document.avro import avro_schema
from pytest_asyncapi_sse.document.dialects import (
    Language,
    NotChecked,
    language_of_format,
    language_of_schema,
)
from pytest_asyncapi_sse.document.keywords import KINDS, MANY, MIXED, NAMED, ONE
from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.openapi import RENAMED
from pytest_asyncapi_sse.document.reader import DANGLING, Reader
from pytest_asyncapi_sse.document.references import Dangling
from pytest_asyncapi_sse.document.tree import MAX_DEPTH
from pytest_asyncapi_sse.errors import DocumentError, Problem, shown
from pytest_asyncapi_sse.model import Origin, PayloadSchema, escape, unescape

_CONTAINERS = ("definitions", "$defs")
# These name or find schemas by URI. Every reference of a bundle is a pointer into the bundle, and
# a base URI in its midst would lead the pointers astray.
_IDENTIFIERS = frozenset({"$id", "$anchor", "$dynamicAnchor", "$recursiveAnchor"})
_DYNAMIC = ("$dynamicRef", "$recursiveRef")
_REFERENCES = frozenset({"$ref", *_DYNAMIC})
_READABLE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Bundled:
    """Hold a bundled schema, the problems that keep it from being judged, or why it is not checked.

    `unchecked` is a clause such as "Protobuf payloads are not checked", empty for a checked one.
    """

    schema: PayloadSchema | None
    unsupported: tuple[Problem, ...] = ()
    unchecked: str = ""


def bundled(reader: Reader, node: Node, schema_format: str = "") -> Bundled:
    """Bundle the schema at a node; a broken reference is reported, an unsupported one returned."""
    try:
        # The format goes first: what a reference of an unchecked one names may be no YAML at all.
        language = language_of_format(schema_format)
        root = reader.resolver.follow(node)
        language = language if language.is_avro else language_of_schema(root.value) or language
        if language.is_avro:
            return Bundled(avro_schema(reader, root))
    except NotChecked as error:
        return Bundled(None, unchecked=str(error))
    except DocumentError as error:
        return Bundled(None, tuple(error.problems))
    except Dangling as dangling:
        if dangling.is_remote:
            return Bundled(None, dangling.problems)
        reader.report_all(dangling.problems, code=DANGLING)
        return Bundled(None)
    if not isinstance(root.value, dict | bool):
        reader.expected(root, "a schema: an object, true or false")
        return Bundled(None)
    bundler = _Bundler(reader, _start(reader, node, root, language), language)
    schema = bundler.run()
    if bundler.unchecked:
        return Bundled(None, tuple(bundler.unsupported), bundler.unchecked)
    return Bundled(schema, tuple(bundler.unsupported))


def _start(reader: Reader, node: Node, root: Node, language: Language) -> Node:
    """Return the first node of the chain whose keywords count."""
    if language.dialect == "draft-07":
        return root
    trail = reader.resolver.trail(node)
    return next(step for step in trail if step is root or _has_siblings(step))


def _has_siblings(node: Node) -> bool:
    return node.is_object and any(key != "$ref" for key in node.value)


def _refers(value: Any) -> bool:
    """Whether any object in a value has a key that refers; data counts as well."""
    pending = [value]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            if not _REFERENCES.isdisjoint(value):
                return True
            value = value.values()
        elif not isinstance(value, list):
            continue
        pending += [child for child in value if isinstance(child, dict | list)]
    return False


class _Pending(NamedTuple):
    """Hold a child that is still to be copied: where the copy goes, and the maps around it."""

    container: Any
    key: Any
    kind: str
    node: Node
    pointer: str
    maps: tuple[tuple[str, str], ...]


class _Bundler:
    """Copy one schema and what it refers to."""

    def __init__(self, reader: Reader, root: Node, language: Language) -> None:
        self.unsupported: list[Problem] = []
        self.unchecked = ""
        self._reader = reader
        self._root = root
        self._base = root
        self._language = language
        self._dialect = language.dialect
        self._container = "definitions" if language.dialect == "draft-07" else "$defs"
        self._names: dict[tuple[str, str], str] = {}
        own = root.get(self._container) if root.is_object else None
        self._taken: set[str] = set(own.value) if own is not None and own.is_object else set()
        self._counts: dict[str, int] = {}
        self._queue: deque[tuple[str, Node]] = deque()
        self._origins: dict[str, Origin] = {"": reader.origin(root)}
        self._pending: list[_Pending] = []
        self._maps: tuple[tuple[str, str], ...] = ()
        self._has_references = False

    def run(self) -> PayloadSchema:
        """Return the bundle; without a reference its contents are the schema as it was written."""
        if self._is_plain():
            return PayloadSchema(self._root.value, self._dialect, self._origins)
        contents = self._copied(self._root, "")
        if not self._has_references and self._language.rewritten is None:
            return PayloadSchema(self._root.value, self._dialect, self._origins)
        added = {}
        while self._queue:
            name, node = self._queue.popleft()
            pointer = f"/{self._container}/{name}"
            self._origins[pointer] = self._reader.origin(node)
            self._base = node
            added[name] = self._copied(node, pointer)
        if added:
            own = contents.get(self._container)
            contents[self._container] = {**(own if isinstance(own, dict) else {}), **added}
        return PayloadSchema(contents, self._dialect, self._origins)

    def _is_plain(self) -> bool:
        """Whether nothing in the schema refers to anything, so that there is nothing to copy."""
        if self._root.parts is not None or self._language.rewritten is not None:
            return False
        known = self._reader.plain_schemas
        if self._root.key in known:
            return True
        if _refers(self._root.value):
            return False
        known.add(self._root.key)
        return True

    def _copied(self, node: Node, pointer: str) -> Any:
        """Copy a schema with a stack of our own: Python's would bound how deep it may be."""
        copy: list[Any] = [node.value]
        self._maps = ()
        self._pending = [_Pending(copy, 0, ONE, node, pointer, ())]
        while self._pending:
            item = self._pending.pop()
            if not self._reader.affords(1):
                break
            self._maps = item.maps
            item.container[item.key] = self._keyword(item.kind, item.node, item.pointer)
        return copy[0]

    def _schema(self, node: Node, pointer: str) -> Any:
        if not node.is_object:
            return node.value
        if any(key in node.value for key in _DYNAMIC):
            self._refuse(node, "$dynamicRef and $recursiveRef are not supported yet")
        if "$ref" not in node.value:
            return self._keywords({}, node, pointer)
        copy = {"$ref": self._reference(node)}
        return copy if self._dialect == "draft-07" else self._keywords(copy, node, pointer)

    def _rewritten(self, schema: dict[str, Any], node: Node, pointer: str) -> dict[str, Any]:
        """Return the copy of a schema object in the words of the bundle's dialect."""
        if self._language.rewritten is None:
            return schema
        for old, new in RENAMED.items():
            if old in schema and new not in schema:
                self._origins[f"{pointer}/{new}"] = self._reader.origin(node.child(old))
        return self._language.rewritten(schema)

    def _keywords(self, copy: dict[str, Any], node: Node, pointer: str) -> dict[str, Any]:
        """Copy the keywords of a schema; those that came from elsewhere get an origin."""
        self._note_origins(node, pointer)
        kinds = {}
        for key, value in node.value.items():
            if (
                key in _IDENTIFIERS
                or key == "$ref"
                or (key == "$schema" and node is not self._root)
            ):
                continue
            copy[key] = value
            if key in KINDS and isinstance(value, dict | list):
                kinds[key] = KINDS[key]
        # It moves only keywords that hold no schemas, so it can go before their copies.
        copy = self._rewritten(copy, node, pointer)
        self._put_off(copy, kinds, node, pointer)
        return copy

    def _put_off(self, copy: Any, kinds: Mapping[Any, str], node: Node, pointer: str) -> None:
        """Have the children of these keys or indices copied next, in their order."""
        self._pending += [
            _Pending(copy, key, kind, node.child(key), f"{pointer}/{escape(str(key))}", self._maps)
            for key, kind in reversed(list(kinds.items()))
        ]

    def _note_origins(self, node: Node, pointer: str) -> None:
        for key, part in (node.parts or {}).items():
            self._origins[f"{pointer}/{escape(key)}"] = self._reader.origin(part)

    def _keyword(self, kind: str, node: Node, pointer: str) -> Any:
        if kind == MIXED:
            kind = MANY if isinstance(node.value, list) else ONE
        if kind == ONE:
            return self._schema(node, pointer)
        if kind == MANY and isinstance(node.value, list):
            return self._many(list(node.value), node, pointer)
        if kind == NAMED and node.is_object:
            return self._named(node, pointer)
        return node.value

    def _many(self, copy: Any, node: Node, pointer: str) -> Any:
        """Copy a list or a map of schemas; only objects hold anything to follow."""
        items = copy.items() if isinstance(copy, dict) else enumerate(copy)
        kinds = {key: ONE for key, value in items if isinstance(value, dict)}
        self._put_off(copy, kinds, node, pointer)
        return copy

    def _named(self, node: Node, pointer: str) -> Any:
        """Copy a map of schemas; a text under `$ref` is no schema, so the whole map refers."""
        while node.reference is not None:
            target = self._map_target(node, pointer)
            if target is None:
                return {}
            self._origins[pointer] = self._reader.origin(target)
            self._maps = (*self._maps, target.key)
            node = target
        self._note_origins(node, pointer)
        return self._many(dict(node.value), node, pointer)

    def _map_target(self, node: Node, pointer: str) -> Node | None:
        self._has_references = True
        target = self._reader.follow(node)
        if target is None:
            return None
        if not target.is_object:
            self._reader.expected(target, "an object of schemas")
            return None
        if not self._reader.affords(len(target.value)):
            return None
        if target.key in self._maps:
            self._reader.report(node, f"the $ref {shown(node.reference, 120)} contains itself")
            return None
        if pointer.count("/") > MAX_DEPTH:
            message = f"the $refs of maps of schemas nest deeper than {MAX_DEPTH} levels"
            self._reader.report(node, message)
            return None
        return target

    def _reference(self, node: Node) -> str:
        """Return the reference inside the bundle that stands for the one at a node."""
        self._has_references = True
        if node.reference is None:
            self._reader.expected(node.child("$ref"), "a reference as text")
            return "#"
        try:
            target = self._target(node)
        except Dangling as dangling:
            self._note_dangling(dangling)
            return "#"
        return self._in_place(target) or self._in_container(node, target)

    def _note_dangling(self, dangling: Dangling) -> None:
        if dangling.is_remote:
            self.unsupported += dangling.problems
        else:
            self._reader.report_all(dangling.problems, code=DANGLING)

    def _target(self, node: Node) -> Node:
        own = self._own(node)
        if own is not None:
            return own
        arrived = self._reader.resolver.follow(node)
        if self._dialect == "draft-07":
            return arrived
        trail = self._reader.resolver.trail(node)[1:]
        return next(step for step in trail if step is arrived or _has_siblings(step))

    def _own(self, node: Node) -> Node | None:
        """Return what a pointer names that counts from the payload and not from its file.

        Schemas pasted into a document carry such pointers.
        """
        reference, data = node.reference or "", node.file.data
        if self._base.pointer == "" or node.file is not self._base.file:
            return None
        found: Node | None = None
        if reference in ("#", "#/"):
            found = self._base if isinstance(data, dict) and "asyncapi" in data else None
        else:
            container, _, name = reference.removeprefix("#/").partition("/")
            if container in _CONTAINERS and container not in data:
                named = self._base.get(container)
                found = None if named is None else named.get(unescape(name))
        if found is None:
            return None
        self._reader.find(
            node,
            "lenient-ref",
            f"the $ref {shown(reference, 120)} is read as counting from the payload",
            advice="Other tools count it from the whole file: write the pointer in full.",
        )
        return self._reader.resolver.follow(found)

    def _in_place(self, target: Node) -> str | None:
        """Return the reference to what has its place in the bundle already."""
        if target.key == self._root.key:
            return "#"
        file, pointer = target.key
        for container in _CONTAINERS:
            above = f"{self._root.pointer}/{container}/"
            token = pointer.removeprefix(above)
            is_below = file == self._root.file.name and pointer.startswith(above)
            if is_below and "/" not in token and not self._root.parts:
                return f"#/{container}/{quote(token, safe='~!$&()*+,;=:@._-')}"
        return None

    def _in_container(self, node: Node, target: Node) -> str:
        if target.is_object and target.get("schemaFormat") and "schema" in target.value:
            return self._with_format(node, target)
        return self._placed(node, target)

    def _placed(self, node: Node, target: Node) -> str:
        name = self._names.get(target.key)
        if name is None:
            if not self._is_usable(node, target):
                return "#"
            name = self._names[target.key] = self._new_name(target)
            self._queue.append((name, target))
        return f"#/{self._container}/{name}"

    def _with_format(self, node: Node, target: Node) -> str:
        """Return the reference to the schema of a Multi Format Schema Object (AsyncAPI 3.0)."""
        text = self._reader.text(target, "schemaFormat")
        if not self._goes_with(node, functools.partial(language_of_format, text)):
            return "#"
        try:
            found = self._reader.resolver.follow(target.child("schema"))
        except Dangling as dangling:
            self._note_dangling(dangling)
            return "#"
        return self._in_place(found) or self._placed(node, found)

    def _is_usable(self, node: Node, target: Node) -> bool:
        if not isinstance(target.value, dict | bool):
            self._reader.expected(target, "a schema: an object, true or false")
            return False
        return self._goes_with(node, functools.partial(language_of_schema, target.value))

    def _goes_with(self, node: Node, language_of: Callable[[], Language | None]) -> bool:
        """Say whether a schema can refer to one of another language; note where it can't."""
        try:
            other = language_of()
            if other is None or self._language.goes_with(other):
                return True
            what = f"{other.name} ones"
        except NotChecked as error:
            what = error.what
        if not self.unchecked:
            place = self._reader.origin(node).location
            self.unchecked = (
                f"{self._language.name} payloads that refer to {what} are not checked "
                f"(the $ref at {place})"
            )
        return False

    def _new_name(self, target: Node) -> str:
        stem = PurePosixPath(target.file.name).stem
        plain = _READABLE.sub("_", unescape(target.last_token) or stem).strip("_") or "schema"
        name, count = plain, self._counts.get(plain, 1)
        while name in self._taken:
            count += 1
            name = f"{plain}_{count}"
        self._counts[plain] = count
        self._taken.add(name)
        return name

    def _refuse(self, node: Node, message: str, advice: str = "") -> None:
        self.unsupported.append(self._reader.problem(node, message, advice))
