"""What can be broken in a schema: each keyword at each pointer, read off the schema alone.

This knows nothing of the generators: it walks the schema, follows references and counts every
keyword that rejects something by itself. A place inside itself is entered once more, and no
further. Of what is open (a name that nothing declares, an item after the first ones) there is one.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import jsonschema_rs
import referencing
import referencing.jsonschema
from referencing.exceptions import Unresolvable

from pytest_asyncapi_sse.model import PayloadSchema

MOST = 5_000

_SPECIFICATIONS = {"draft-07": "DRAFT7", "2019-09": "DRAFT201909", "2020-12": "DRAFT202012"}
_PREFIXES = {"draft-07": "items", "2019-09": "items", "2020-12": "prefixItems"}
_ODD = ("", "%", " ", "a b", "[", "\\", "{", "-", "é\u0000", "not of it", "//[", "a" * 70)
_OF_NUMBERS = frozenset({"double", "float", "int32", "int64"})
# Of what draft-07 leaves alone, these are judged all the same.
_OWN = frozenset({"byte", "duration", "uuid"})


@dataclass(frozen=True, slots=True)
class Name:
    """Stand for a property's name: a declared one, or any that matches, or any of the others."""

    text: str | None = None
    pattern: str | None = None
    declared: frozenset[str] = frozenset()
    patterns: tuple[str, ...] = ()

    def fits(self, token: str) -> bool:
        """Say whether a token of a pointer is such a name."""
        if self.text is not None:
            return token == self.text
        if self.pattern is not None:
            return _found(self.pattern, token)
        return token not in self.declared and not any(_found(one, token) for one in self.patterns)

    def __str__(self) -> str:
        return self.text if self.text is not None else f"<{self.pattern or 'any other'}>"


@dataclass(frozen=True, slots=True)
class Item:
    """Stand for an item: the one at an index, or any from there on."""

    index: int
    is_open: bool

    def fits(self, token: str) -> bool:
        """Say whether a token of a pointer is such an item."""
        if not token.isdecimal():
            return False
        return int(token) >= self.index if self.is_open else int(token) == self.index

    def __str__(self) -> str:
        return f"{self.index}{'+' if self.is_open else ''}"


Tokens = tuple[Name | Item, ...]


@dataclass(frozen=True, slots=True)
class Breakable:
    """Hold one keyword at one place."""

    tokens: Tokens
    keyword: str

    def __str__(self) -> str:
        return "".join(f"/{token}" for token in self.tokens) + f" {self.keyword}"

    def fits(self, pointer: str, keyword: str) -> bool:
        """Say whether a pointer into a payload and a keyword are this one."""
        tokens = [one.replace("~1", "/").replace("~0", "~") for one in pointer.split("/")[1:]]
        return (
            keyword == self.keyword
            and len(tokens) == len(self.tokens)
            and all(own.fits(token) for own, token in zip(self.tokens, tokens, strict=True))
        )


def breakable(source: PayloadSchema) -> list[Breakable]:
    """Return what can be broken, at most the first 5,000 from the root down."""
    found = dict.fromkeys(itertools.islice(_Walk(source).targets(), MOST))
    return list(found)


class _Walk:
    def __init__(self, source: PayloadSchema) -> None:
        self._prefix = _PREFIXES[source.dialect]
        self._ref_stands_alone = source.dialect == "draft-07"
        name = _SPECIFICATIONS[source.dialect]
        self._specification = getattr(referencing.jsonschema, name)
        resource = self._specification.create_resource(source.contents)
        uri = resource.id() or ""
        registry = referencing.Registry().with_resource(uri, resource).crawl()
        self._root = (source.contents, registry.resolver(uri))

    def targets(self) -> Iterator[Breakable]:
        waiting: list[tuple[Any, Any, Tokens, frozenset[int]]] = [(*self._root, (), frozenset())]
        while waiting:
            node, resolver, tokens, above = waiting.pop(0)
            here: dict[int, tuple[Any, Any]] = {}
            for keyword in self._same_place(node, resolver, here):
                yield Breakable(tokens, keyword)
            for found, inner in here.values():
                for token, keyword, schema in self._children(found):
                    if schema is False:
                        yield Breakable((*tokens, token), keyword)
                    elif isinstance(schema, dict) and id(found) not in above:
                        deeper = above | {id(one) for one, _ in here.values()}
                        waiting.append((schema, inner, (*tokens, token), deeper))

    def _same_place(
        self, node: Any, resolver: Any, here: dict[int, tuple[Any, Any]]
    ) -> Iterator[str]:
        """Yield the keywords of all schemas that apply to one place, and put those in `here`."""
        waiting = [(node, resolver)]
        while waiting:
            node, resolver = waiting.pop(0)
            if not isinstance(node, dict) or id(node) in here:
                continue
            if isinstance(node.get("$id"), str) and (here or node is not self._root[0]):
                resolver = resolver.in_subresource(self._specification.create_resource(node))
            for target in self._followed(node, resolver):
                if target[0] is False:
                    yield "$ref"
                waiting.append(target)
            if self._ref_stands_alone and "$ref" in node:
                continue
            here[id(node)] = (node, resolver)
            yield from (word for word in _ASSERTING if word in node and _ASSERTING[word](node))
            for keyword, schema in _beside(node):
                if schema is False:
                    yield keyword
                waiting.append((schema, resolver))

    def _followed(self, node: dict[str, Any], resolver: Any) -> Iterator[tuple[Any, Any]]:
        for keyword in ("$ref", "$dynamicRef", "$recursiveRef"):
            if not isinstance(node.get(keyword), str):
                continue
            try:
                found = resolver.lookup(node[keyword])
            except Unresolvable:
                continue
            yield found.contents, found.resolver

    def _children(self, node: dict[str, Any]) -> Iterator[tuple[Name | Item, str, Any]]:
        declared = node.get("properties", {})
        patterns = node.get("patternProperties", {})
        for name, schema in declared.items():
            yield Name(name), "properties", schema
        for pattern, schema in patterns.items():
            yield Name(pattern=pattern), "patternProperties", schema
        others = Name(declared=frozenset(declared), patterns=tuple(patterns))
        if isinstance(node.get("additionalProperties"), dict):
            yield others, "additionalProperties", node["additionalProperties"]
        prefix = node.get(self._prefix)
        prefix = prefix if isinstance(prefix, list) else []
        for index, schema in enumerate(prefix):
            yield Item(index, is_open=False), self._prefix, schema
        rest = node.get("items")
        if isinstance(rest, list) or (rest is None and prefix):
            rest = node.get("additionalItems")
        if isinstance(rest, dict):
            yield Item(len(prefix), is_open=True), "items", rest


def _beside(node: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for keyword in ("allOf", "anyOf", "oneOf"):
        yield from ((keyword, schema) for schema in node.get(keyword, ()) or ())
    for keyword in ("then", "else"):
        if keyword in node and "if" in node:
            yield keyword, node[keyword]
    for keyword in ("dependentSchemas", "dependencies"):
        for schema in node.get(keyword, {}).values():
            if not isinstance(schema, list):
                yield keyword, schema


def _found(pattern: str, text: str) -> bool:
    return bool(jsonschema_rs.Draft7Validator({"pattern": pattern}).is_valid(text))


def _is_format(node: dict[str, Any]) -> bool:
    name = node["format"]
    if name in _OF_NUMBERS or name in _OWN:
        return True
    judge = jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True)
    return not all(judge.is_valid(text) for text in _ODD)


def _closes(keyword: str) -> Callable[[dict[str, Any]], bool]:
    return lambda node: node[keyword] is not True and node[keyword] != {}


def _always(_node: dict[str, Any]) -> bool:
    return True


def _positive(keyword: str) -> Callable[[dict[str, Any]], bool]:
    return lambda node: bool(node[keyword])


def _is_false(keyword: str) -> Callable[[dict[str, Any]], bool]:
    return lambda node: node[keyword] is False


def _contains(node: dict[str, Any]) -> bool:
    return node["contains"] is not True and node["contains"] != {} and node.get("minContains") != 0


def _lists(keyword: str) -> Callable[[dict[str, Any]], bool]:
    return lambda node: any(one and isinstance(one, list) for one in node[keyword].values())


_ASSERTING: Mapping[str, Callable[[dict[str, Any]], bool]] = {
    **dict.fromkeys(
        [
            *("const", "enum", "exclusiveMaximum", "exclusiveMinimum", "maxItems", "maxLength"),
            *("maxProperties", "maximum", "minimum", "multipleOf", "pattern", "type"),
            *("anyOf", "oneOf"),
        ],
        _always,
    ),
    **{
        word: _positive(word)
        for word in ("minItems", "minLength", "minProperties", "required", "uniqueItems")
    },
    **{word: _is_false(word) for word in ("additionalProperties", "items")},
    "additionalItems": lambda node: (
        node["additionalItems"] is False and isinstance(node.get("items"), list)
    ),
    **{
        word: _closes(word)
        for word in ("propertyNames", "unevaluatedItems", "unevaluatedProperties")
    },
    "contains": _contains,
    "dependencies": _lists("dependencies"),
    "dependentRequired": _lists("dependentRequired"),
    "format": _is_format,
    "maxContains": lambda node: "contains" in node,
    "minContains": lambda node: "contains" in node and node["minContains"] > 1,
    "not": lambda node: node["not"] is not False,
}
