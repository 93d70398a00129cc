"""The judging engine: a schema compiled by jsonschema-rs, formats asserted, nothing fetched."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jsonschema_rs

from pytest_asyncapi_sse.errors import ConfigurationError, DocumentError, Problem, shown
from pytest_asyncapi_sse.model import PayloadSchema, escape
from pytest_asyncapi_sse.schema.assertions import NUMBER_FORMATS, STRING_FORMATS, format_keyword
from pytest_asyncapi_sse.schema.bounds import MOST_BRANCHES, NoPayloadFound
from pytest_asyncapi_sse.schema.branching import branching
from pytest_asyncapi_sse.schema.dialects import ROWS, plain

_SHOWN = 200
_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
_NARROWING = frozenset(
    {"allOf", "contains", "format", "minLength", "not", "oneOf", "pattern", "uniqueItems"}
)
# Hierarchical, so that a relative $id of a schema resolves against it.
_BASE = "json-schema:///payload"


class Engine:
    """Hold one schema, compiled; also judges single nodes of it, for the generators.

    Raises DocumentError on construction where the schema is no valid JSON Schema, names a
    pattern that is no regular expression, or has a reference that leads nowhere.
    """

    def __init__(self, schema: PayloadSchema) -> None:
        self.schema = schema
        self.row = ROWS[schema.dialect]
        try:
            self.contents = plain(schema)
            self._refuse_branching()
        except RecursionError:
            message = "the payload schema cannot be used: it is nested too deep"
            raise DocumentError([self.problem(message, "")]) from None
        self._failures: list[ConfigurationError] = []
        self._options = self._engine_options()
        self.rules = self._compiled()
        self._pointers: dict[int, str] | None = None
        self._registry: jsonschema_rs.Registry | None = None
        self._parts: dict[int, Callable[[Any], bool]] = {}

    def is_valid(self, value: Any) -> bool:
        """Say whether the schema accepts a value; what JSON cannot hold is never accepted."""
        return self._judged(self.rules.is_valid, value)

    @property
    def is_direct(self) -> bool:
        """Whether the verdict of `rules` is all there is: no check of a user's can fail in it."""
        return "keywords" not in self._options

    @functools.cached_property
    def is_narrow(self) -> bool:
        """Whether keywords meet in the schema that make values rare: drawing may miss them all."""
        return any(len(_NARROWING & node.keys()) > 1 for node in _mappings(self.contents))

    def pointer(self, node: object) -> str | None:
        """Return the JSON pointer of a node of `contents`, None for one from elsewhere."""
        if self._pointers is None:
            self._pointers = {id(found): pointer for found, pointer in _nodes(self.contents, "")}
        return self._pointers.get(id(node))

    def uses(self, *keywords: str) -> bool:
        """Say whether any of the names is a key anywhere in the schema."""
        return any(not node.keys().isdisjoint(keywords) for node in _mappings(self.contents))

    def accepts(self, node: object, value: Any) -> bool:
        """Say whether one node of `contents` accepts a value; True for a node from elsewhere."""
        if isinstance(node, bool):
            return node
        judge = self._parts.get(id(node))
        if judge is None:
            judge = self._parts[id(node)] = self._part(node)
        return self._judged(judge, value)

    def problem(self, message: str, pointer: str, *, advice: str = "") -> Problem:
        """Build a problem at a place in the schema."""
        origin = self.schema.origin(pointer)
        location = None if origin is None else origin.location
        place = f" (in the payload schema at #{pointer})" if location is None else ""
        return Problem(message + place, location, advice)

    def _judged(self, judge: Callable[[Any], bool], value: Any) -> bool:
        try:
            is_valid = bool(judge(value))
        except ConfigurationError:
            raise
        except ValueError:
            return False
        except BaseException as error:
            # A panic of Rust is no Exception, so that it would end the whole run.
            if isinstance(error, RecursionError) or type(error).__name__ == "PanicException":
                raise DocumentError([self._unjudged(error)]) from None
            raise
        if self._failures:
            failure = self._failures[0]
            self._failures.clear()
            raise failure
        return is_valid

    def _unjudged(self, error: BaseException) -> Problem:
        message = f"a payload can't be judged by this schema: {_first_line(error)[:_SHOWN]}."
        return self.problem(message, "", advice="Nest the schema less deep.")

    def _refuse_branching(self) -> None:
        """Refuse a schema that would have to be judged too often for one value."""
        count = branching(self.contents)
        if count > MOST_BRANCHES:
            message = (
                f"the schema can't be judged: its branches and references lead to {count} schemas"
                f" for one value, at most {MOST_BRANCHES}."
            )
            advice = "Refer to each schema once."
            raise NoPayloadFound([self.problem(message, "", advice=advice)])

    def _part(self, node: object) -> Callable[[Any], bool]:
        pointer = self.pointer(node)
        if pointer is None:
            return _accepts_anything
        if self._registry is None:
            resources = [(_BASE, self.contents)]
            self._registry = jsonschema_rs.Registry(resources, draft=self.row.draft)
        reference = {"$ref": f"{_BASE}#{pointer.replace('%', '%25')}"}
        try:
            rules = self.row.judge(reference, registry=self._registry, **self._options)
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError):
            return _accepts_anything
        return rules.is_valid  # type: ignore[no-any-return]

    def _engine_options(self) -> dict[str, Any]:
        named = {str(node.get("format")) for node in _mappings(self.contents)}
        options: dict[str, Any] = {
            "validate_formats": True,
            "ignore_unknown_formats": True,
            "offline": True,
        }
        # A function of Python's makes jsonschema-rs half as fast, even where it is never called.
        if not named.isdisjoint(STRING_FORMATS):
            options["formats"] = dict(STRING_FORMATS)
        if not named.isdisjoint(NUMBER_FORMATS):
            options["keywords"] = {"format": format_keyword(self.row.draft, self._failures)}
        return options

    def _compiled(self) -> Any:
        try:
            return self.row.judge(self.contents, **self._options)
        except jsonschema_rs.ValidationError as error:
            raise DocumentError([self._schema_problem(error)]) from None
        except (jsonschema_rs.ReferencingError, RecursionError, ValueError) as error:
            message = f"the payload schema cannot be used: {_first_line(error)}"
            raise DocumentError([self.problem(message, "")]) from None

    def _schema_problem(self, error: jsonschema_rs.ValidationError) -> Problem:
        if error.kind.name == "$ref":
            return self._reference_problem(error)
        pointer = "".join("/" + escape(str(token)) for token in error.instance_path)
        keyword = str(error.instance_path[-1]) if error.instance_path else "the schema"
        if keyword == "pattern" or error.kind.name == "format":
            return self.problem(
                f"the pattern {shown(error.instance, 80)} is no usable regular expression.",
                pointer,
                advice="Write it as ECMA 262 has it, with references to groups by number.",
            )
        if keyword == "type" and isinstance(error.instance, str):
            close = difflib.get_close_matches(error.instance, _TYPES, n=1)
            return self.problem(
                f"{shown(error.instance, 80)} is no type of JSON Schema: those are "
                f"{', '.join(_TYPES)}.",
                pointer,
                advice=f"Did you mean {close[0]!r}?" if close else "",
            )
        return self.problem(
            f"this is no valid JSON Schema ({self.schema.dialect}): "
            f"{keyword}: {_first_line(error)[:_SHOWN]}.",
            pointer,
            advice="Correct the schema.",
        )

    def _reference_problem(self, error: jsonschema_rs.ValidationError) -> Problem:
        text = error.message
        for pointer, reference in self._references():
            names = {reference, *reference.split("#")} - {""}
            if any(f"'{name}'" in text for name in names):
                return self.problem(
                    f"the reference {shown(reference, 200)} leads nowhere.",
                    f"{pointer}/$ref",
                    advice="Only the schema itself is searched; nothing is ever fetched.",
                )
        return self.problem(f"a reference of the payload schema leads nowhere: {text}.", "")

    def _references(self) -> Iterator[tuple[str, str]]:
        for node, pointer in _nodes(self.contents, ""):
            if isinstance(node, dict) and isinstance(node.get("$ref"), str):
                yield pointer, node["$ref"]


def _accepts_anything(_value: Any) -> bool:
    return True


def _first_line(error: BaseException) -> str:
    return str(getattr(error, "message", error)).partition("\n")[0]


def _mappings(node: Any) -> Iterator[Mapping[str, Any]]:
    for found, _ in _nodes(node, ""):
        if isinstance(found, dict):
            yield found


def _nodes(node: Any, pointer: str) -> Iterator[tuple[Any, str]]:
    """Walk every dict and list, each with its pointer, without recursion."""
    waiting = [(node, pointer)]
    while waiting:
        found, place = waiting.pop()
        if isinstance(found, dict):
            yield found, place
            pairs: Any = found.items()
        elif isinstance(found, list):
            pairs = enumerate(found)
        else:
            continue
        waiting += [(child, f"{place}/{escape(str(key))}") for key, child in pairs]
