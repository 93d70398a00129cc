"""The bundler: it copies a schema with all that its references name.

What a reference names is copied in under `definitions` or `$defs`, each target once, so that
recursion stays a reference. Only schemas are searched for references: `enum`, `const`, `default`
and `examples` hold data, and a property may be named `$ref`.
"""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.payloads import dynamic
from pytest_asyncapi_sse.document.payloads.dialects import (
    Language,
    NotChecked,
    language_of_format,
    language_of_schema,
)
from pytest_asyncapi_sse.document.payloads.keywords import KINDS, MANY, MIXED, NAMED, ONE
from pytest_asyncapi_sse.document.payloads.naming import Names
from pytest_asyncapi_sse.document.payloads.openapi import RENAMED
from pytest_asyncapi_sse.document.payloads.pasted import CONTAINERS, pasted_target
from pytest_asyncapi_sse.document.payloads.targets import is_schema
from pytest_asyncapi_sse.document.reader import DANGLING, Reader
from pytest_asyncapi_sse.document.references import Dangling
from pytest_asyncapi_sse.document.text.tree import MAX_DEPTH
from pytest_asyncapi_sse.errors import Problem, shown
from pytest_asyncapi_sse.model import Origin, PayloadSchema, escape

# These name or find schemas by URI. Every reference of a bundle is a pointer into the bundle, and
# a base URI in its midst would lead the pointers astray.
_IDENTIFIERS = frozenset({"$id", "$anchor", "$dynamicAnchor", "$recursiveAnchor"})
_REFERENCES = frozenset({"$ref", *dynamic.KEYWORDS})
_LEFT_OUT = _IDENTIFIERS | _REFERENCES


class _Pending(NamedTuple):
    """Hold a child that is still to be copied: where the copy goes, and the maps around it."""

    container: Any
    key: Any
    kind: str
    node: Node
    pointer: str
    maps: tuple[tuple[str, str], ...]


class Bundler:
    """Copy one schema and what it refers to.

    `unsupported` are the problems that keep the schema from being judged; `unchecked` says why it
    is not checked.
    """

    def __init__(self, reader: Reader, root: Node, language: Language) -> None:
        self.unsupported: list[Problem] = []
        self.unchecked = ""
        self._reader = reader
        self._root = root
        self._base = root
        self._language = language
        self._dialect = language.dialect
        self._container = "definitions" if language.dialect == "draft-07" else "$defs"
        own = root.get(self._container) if root.is_object else None
        self._names = Names(own.value if own is not None and own.is_object else ())
        self._queue: deque[tuple[str, Node]] = deque()
        self._origins: dict[str, Origin] = {"": reader.origin(root)}
        self._pending: list[_Pending] = []
        self._maps: tuple[tuple[str, str], ...] = ()
        self._has_references = False
        self._dynamic = dynamic.DynamicReferences(reader.resolver.identifiers)
        self._dynamic.enter(root)

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
        for node, message in self._dynamic.ambiguous():
            self._refuse(node, message)
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
        self._dynamic.copy(node)
        keyword = self._referring(node)
        if keyword is None:
            return self._keywords({}, node, pointer)
        copy = {"$ref": self._reference(node, keyword)}
        return copy if self._dialect == "draft-07" else self._keywords(copy, node, pointer)

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
            if key in _LEFT_OUT or (key == "$schema" and node is not self._root):
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
        return next(step for step in trail if step is trail[-1] or has_siblings(step))

    def _in_place(self, target: Node) -> str | None:
        """Return the reference to what has its place in the bundle already."""
        if target.key == self._root.key:
            return "#"
        file, pointer = target.key
        for container in CONTAINERS:
            above = f"{self._root.pointer}/{container}/"
            token = pointer.removeprefix(above)
            is_below = file == self._root.file.id and pointer.startswith(above)
            if is_below and "/" not in token and not self._root.parts:
                return f"#/{container}/{quote(token, safe='~!$&()*+,;=:@._-')}"
        return None

    def _in_container(self, node: Node, target: Node) -> str:
        if target.is_object and target.get("schemaFormat") and "schema" in target.value:
            return self._with_format(node, target)
        return self._placed(node, target)

    def _placed(self, node: Node, target: Node) -> str:
        name = self._names.known(target)
        if name is None:
            if not self._is_usable(node, target):
                return "#"
            name = self._names.give(target)
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
        if not is_schema(self._reader, node, target):
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

    def _refuse(self, node: Node, message: str, advice: str = "") -> None:
        self.unsupported.append(self._reader.problem(node, message, advice))


def has_siblings(node: Node) -> bool:
    """Whether a schema that may be a reference has other keywords beside it."""
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
