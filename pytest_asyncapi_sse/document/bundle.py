"""Bundles: a payload's schema made to stand on its own.

What its references name is copied in under `definitions` or `$defs`, each target once, so that
recursion stays a reference. Only schemas are searched for references: `enum`, `const`, `default`
and `examples` hold data, and a property may be named `$ref`.
"""

from __future__ import annotations

import functools
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from pytest_asyncapi_sse.document import dynamic
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
from pytest_asyncapi_sse.document.pasted import CONTAINERS, pasted_target
from pytest_asyncapi_sse.document.reader import DANGLING, Reader
from pytest_asyncapi_sse.document.references import Dangling
from pytest_asyncapi_sse.errors import DocumentError, Problem, shown
from pytest_asyncapi_sse.model import Origin, PayloadSchema, escape, unescape

# These name or find schemas by URI. Every reference of a bundle is a pointer into the bundle, and
# a base URI in its midst would lead the pointers astray.
_IDENTIFIERS = frozenset({"$id", "$anchor", "$dynamicAnchor", "$recursiveAnchor"})
_REFERENCES = frozenset({"$ref", *dynamic.KEYWORDS})
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
        if not language.is_avro:
            language = language_of_schema(_declaring(reader, node).value) or language
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


def _declaring(reader: Reader, node: Node) -> Node:
    """Return the first node of the chain that names its `$schema`, else the last one."""
    trail = reader.resolver.trail(node)
    return next((step for step in trail if step.get("$schema") is not None), trail[-1])


def _start(reader: Reader, node: Node, root: Node, language: Language) -> Node:
    """Return the first node of the chain whose keywords count."""
    if language.dialect == "draft-07":
        return root
    trail = reader.resolver.trail(node)
    return next(step for step in trail if step is root or _has_siblings(step))


def _has_siblings(node: Node) -> bool:
    return node.is_object and any(key != "$ref" for key in node.value)


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
        self._queue: deque[tuple[str, Node]] = deque()
        self._origins: dict[str, Origin] = {"": reader.origin(root)}
        self._maps: set[tuple[str, str]] = set()
        self._has_references = False
        self._dynamic = dynamic.DynamicReferences(reader.resolver.identifiers)
        self._dynamic.enter(root)

    def run(self) -> PayloadSchema:
        """Return the bundle; without a reference its contents are the schema as it was written."""
        contents = self._schema(self._root, "")
        if not self._has_references and self._language.rewritten is None:
            return PayloadSchema(self._root.value, self._dialect, self._origins)
        added = {}
        while self._queue:
            name, node = self._queue.popleft()
            pointer = f"/{self._container}/{name}"
            self._origins[pointer] = self._reader.origin(node)
            self._base = node
            added[name] = self._schema(node, pointer)
        for node, message in self._dynamic.ambiguous():
            self._refuse(node, message)
        if added:
            own = contents.get(self._container)
            contents[self._container] = {**(own if isinstance(own, dict) else {}), **added}
        return PayloadSchema(contents, self._dialect, self._origins)

    def _schema(self, node: Node, pointer: str) -> Any:
        if not node.is_object:
            return node.value
        self._dynamic.copy(node)
        keyword = self._referring(node)
        if keyword is None:
            return self._rewritten(self._keywords(node, pointer), node, pointer)
        target = self._reference(node, keyword)
        if self._dialect == "draft-07":
            return {"$ref": target}
        return {"$ref": target, **self._keywords(node, pointer)}

    def _referring(self, node: Node) -> str | None:
        """Return the keyword by which a schema refers to another; None where none does."""
        if _REFERENCES.isdisjoint(node.value):
            return None
        found = node.value.keys() & _REFERENCES
        if found == {"$ref"}:
            return "$ref"
        keyword = next(key for key in dynamic.KEYWORDS if key in found)
        dialect = dynamic.KEYWORDS[keyword]
        if dialect == self._dialect and len(found) == 1:
            return keyword
        if dialect == self._dialect:
            message = f"{keyword} beside another reference is not supported yet"
            self._refuse(node, message, "Write one of them in allOf.")
        else:
            message = f"{keyword} belongs to {dialect}, and the schema is read as {self._dialect}"
            self._refuse(node, message, "Name the $schema, or write a $ref.")
        return None

    def _keywords(self, node: Node, pointer: str) -> dict[str, Any]:
        return {
            key: self._keyword(KINDS.get(key), child, f"{pointer}/{escape(key)}")
            for key, child in self._written(node, pointer)
            if key not in _REFERENCES
        }

    def _rewritten(self, schema: dict[str, Any], node: Node, pointer: str) -> dict[str, Any]:
        """Return the copy of a schema object in the words of the bundle's dialect."""
        if self._language.rewritten is None:
            return schema
        for old, new in RENAMED.items():
            if old in schema and new not in schema:
                self._origins[f"{pointer}/{new}"] = self._reader.origin(node.child(old))
        return self._language.rewritten(schema)

    def _written(self, node: Node, pointer: str) -> list[tuple[str, Node]]:
        """Return the keywords to copy; those that came from elsewhere get an origin."""
        children = [
            (key, child)
            for key, child in node.children()
            if key not in _IDENTIFIERS and (key != "$schema" or node is self._root)
        ]
        self._note_origins(node, pointer)
        return children

    def _note_origins(self, node: Node, pointer: str) -> None:
        for key, part in (node.parts or {}).items():
            self._origins[f"{pointer}/{escape(key)}"] = self._reader.origin(part)

    def _keyword(self, kind: str | None, node: Node, pointer: str) -> Any:
        if kind == MIXED:
            kind = MANY if isinstance(node.value, list) else ONE
        if kind == ONE:
            return self._schema(node, pointer)
        if kind == MANY and isinstance(node.value, list):
            return [self._schema(child, f"{pointer}/{i}") for i, child in node.children()]
        if kind == NAMED and node.is_object:
            return self._named(node, pointer)
        return node.value

    def _named(self, node: Node, pointer: str) -> Any:
        """Copy a map of schemas; a text under `$ref` is no schema, so the whole map refers."""
        if node.reference is None:
            self._note_origins(node, pointer)
            return {
                key: self._schema(child, f"{pointer}/{escape(key)}")
                for key, child in node.children()
            }
        self._has_references = True
        target = self._reader.follow(node)
        if target is None:
            return {}
        if not target.is_object:
            self._reader.expected(target, "an object of schemas")
            return {}
        if target.key in self._maps:
            self._reader.report(node, f"the $ref {shown(node.reference, 120)} contains itself")
            return {}
        self._origins[pointer] = self._reader.origin(target)
        self._maps.add(target.key)
        copy = self._named(target, pointer)
        self._maps.discard(target.key)
        return copy

    def _reference(self, node: Node, keyword: str) -> str:
        """Return the reference inside the bundle that stands for the one at a node."""
        self._has_references = True
        if not isinstance(node.value[keyword], str):
            self._reader.expected(node.child(keyword), "a reference as text")
            return "#"
        try:
            target = self._target(node, keyword)
        except Dangling as dangling:
            self._note_dangling(dangling)
            return "#"
        self._dynamic.enter(target)
        if keyword in dynamic.KEYWORDS:
            self._dynamic.ask(node, keyword, target)
        return self._in_place(target) or self._in_container(node, target)

    def _note_dangling(self, dangling: Dangling) -> None:
        if dangling.is_remote:
            self.unsupported += dangling.problems
        else:
            self._reader.report_all(dangling.problems, code=DANGLING)

    def _target(self, node: Node, keyword: str) -> Node:
        resolver = self._reader.resolver
        pasted = pasted_target(self._reader, self._base, node, keyword)
        trail = resolver.trail(pasted or resolver.target(node, keyword))
        if self._dialect == "draft-07":
            return trail[-1]
        return next(step for step in trail if step is trail[-1] or _has_siblings(step))

    def _in_place(self, target: Node) -> str | None:
        """Return the reference to what has its place in the bundle already."""
        if target.key == self._root.key:
            return "#"
        file, pointer = target.key
        for container in CONTAINERS:
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
        own = self._root.get(self._container) if self._root.is_object else None
        taken = {*self._names.values(), *(own.value if own is not None and own.is_object else ())}
        name, count = plain, 1
        while name in taken:
            count += 1
            name = f"{plain}_{count}"
        return name

    def _refuse(self, node: Node, message: str, advice: str = "") -> None:
        self.unsupported.append(self._reader.problem(node, message, advice))
