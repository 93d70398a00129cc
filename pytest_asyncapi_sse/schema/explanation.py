"""Explanations: the findings for one bad payload, with the branch that was meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from jsonschema.exceptions import ValidationError, relevance
from referencing.exceptions import Unresolvable

from pytest_asyncapi_sse.errors import shown
from pytest_asyncapi_sse.model import escape
from pytest_asyncapi_sse.schema.engine import Engine
from pytest_asyncapi_sse.schema.explainer import errors, undeclared
from pytest_asyncapi_sse.schema.wording import describe, one_of_words, place, said, type_words

_TAGS = ("const", "enum")
_BRANCHES = ("anyOf", "oneOf")


@dataclass(frozen=True, slots=True)
class Finding:
    """Say one thing that is wrong: `pointer` leads into the payload, the other into the schema."""

    summary: str
    pointer: str
    schema_pointer: str
    keyword: str
    got: str
    expected: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Hold the findings for one payload against one schema."""

    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, engine: Engine, value: Any) -> Explanation:
        """Explain why the engine rejects a value; there is always at least one finding."""
        try:
            tree = errors(engine, value)
        except (re.error, RecursionError, Unresolvable, TypeError, ValueError):
            tree = []
        found = [finding for error in tree for finding in _Reader(engine).read(error)]
        return cls(_without_repeats(found or _own_words(engine, value)))

    @property
    def distance(self) -> tuple[int, int, int]:
        """Say how far the payload is from the schema: the smaller, the likelier it was meant."""
        tags = sum(finding.keyword in _TAGS for finding in self.findings)
        kinds = sum(finding.keyword == "type" and not finding.pointer for finding in self.findings)
        return kinds, tags, len(self.findings)


def nearest(explanations: Sequence[Explanation]) -> int:
    """Return the index of the explanation whose schema the payload comes nearest to."""
    return min(range(len(explanations)), key=lambda index: explanations[index].distance)


class _Reader:
    """Read jsonschema's error tree as findings."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def read(self, error: ValidationError) -> list[Finding]:
        if error.validator in _BRANCHES:
            return [self._branches(error)]
        if error.validator == "unevaluatedProperties" and isinstance(error.instance, dict):
            return self._unevaluated(error)
        return [self._plain(error)]

    def _plain(self, error: ValidationError) -> Finding:
        keyword = "false" if error.schema is False else str(error.validator)
        pointer = _pointer(error)
        summary, expected = describe(
            keyword, error.validator_value, error.instance, error.message, pointer
        )
        return self._finding(error, keyword, summary, expected)

    def _finding(
        self, error: ValidationError, keyword: str, summary: str, expected: str
    ) -> Finding:
        return Finding(
            summary=summary,
            pointer=_pointer(error),
            schema_pointer=self._schema_pointer(error),
            keyword=keyword,
            got=shown(error.instance),
            expected=expected,
        )

    def _schema_pointer(self, error: ValidationError) -> str:
        above = self._engine.pointer(error.schema)
        if above is None:
            return ""
        keyword = "" if error.validator is None else f"/{escape(str(error.validator))}"
        return above + keyword

    def _unevaluated(self, error: ValidationError) -> list[Finding]:
        quoted = [name for name in _instance(error) if f"'{name}'" in error.message]
        names = quoted or undeclared(_instance(error), {})
        pointers = [f"{_pointer(error)}/{escape(name)}" for name in names]
        found = self._finding(error, "unevaluatedProperties", "", "declared properties only")
        return [
            replace(found, pointer=pointer, summary=f"{pointer} is an undeclared property")
            for pointer in pointers
        ]

    def _branches(self, error: ValidationError) -> Finding:
        groups = _groups(error)
        if not groups:
            return self._several(error)
        tag = _common_tag(groups)
        if tag is not None:
            return self._tag(tag, error)
        if all(_wrong_type(group) for group in groups.values()):
            return self._types(error, groups)
        index = min(groups, key=lambda branch: _distance(groups[branch]))
        worst = max(groups[index], key=relevance)
        finding = self.read(worst)[0]
        name = _branch_name(_value(error)[index], self._resolved(error, index))
        suffix = f" ({name})" if name else ""
        summary = f"{finding.summary}, in branch {index + 1} of {error.validator}{suffix}"
        return replace(finding, summary=summary)

    def _several(self, error: ValidationError) -> Finding:
        branches = [
            str(index + 1)
            for index, branch in enumerate(_value(error))
            if self._engine.accepts(branch, error.instance)
        ]
        listed = f" ({', '.join(branches)})" if len(branches) > 1 else ""
        summary = f"{place(_pointer(error))} matches several branches of oneOf{listed}, not one"
        return self._finding(error, "oneOf", summary, "a match of exactly one branch")

    def _tag(self, tag: list[ValidationError], branches: ValidationError) -> Finding:
        values: list[Any] = []
        for error in tag:
            allowed = _value(error) if error.validator == "enum" else [_value(error)]
            values += [value for value in allowed if value not in values]
        expected = one_of_words(values)
        summary = f"{place(_pointer(tag[0]))} is {said(tag[0].instance)}, not {expected}"
        schema_pointer = self._schema_pointer(branches)
        found = self._finding(tag[0], "enum", summary, expected)
        return replace(found, schema_pointer=schema_pointer)

    def _types(self, error: ValidationError, groups: dict[int, list[ValidationError]]) -> Finding:
        types: list[str] = []
        for group in groups.values():
            for found in group:
                value = _value(found) if found.validator == "type" else []
                names = [value] if isinstance(value, str) else list(value)
                types += [name for name in names if name not in types]
        expected = type_words(types)
        summary = f"{place(_pointer(error))} is {said(error.instance)}, not {expected}"
        return self._finding(error, "type", summary, expected)

    def _resolved(self, error: ValidationError, index: int) -> Any:
        context = [
            found
            for found in error.context or ()
            if found.schema_path and found.schema_path[0] == index
        ]
        return context[0].schema if context else None


def _groups(error: ValidationError) -> dict[int, list[ValidationError]]:
    groups: dict[int, list[ValidationError]] = {}
    for found in error.context or ():
        if found.schema_path:
            groups.setdefault(int(found.schema_path[0]), []).append(found)
    return groups


def _common_tag(groups: dict[int, list[ValidationError]]) -> list[ValidationError] | None:
    """Return an error for each branch where one property's const or enum rules all of them out."""
    tags = [
        {tuple(found.path): found for found in group if found.validator in _TAGS}
        for group in groups.values()
    ]
    for path in tags[0]:
        if len(tags) > 1 and all(path in found for found in tags):
            return [found[path] for found in tags]
    return None


def _wrong_type(group: Iterable[ValidationError]) -> bool:
    return any(found.validator == "type" and not found.path for found in group)


def _distance(group: list[ValidationError]) -> tuple[int, int, int, int]:
    """Order branches: of the payload's type first, then with its tags, then the fewest errors."""
    tags = sum(found.validator in _TAGS for found in group)
    names = sum(found.validator in ("required", "additionalProperties") for found in group)
    return int(_wrong_type(group)), tags, names, len(group)


def _branch_name(branch: Any, schema: Any) -> str:
    if not isinstance(branch, dict):
        return ""
    if isinstance(branch.get("title"), str):
        return str(branch["title"])
    if isinstance(branch.get("$ref"), str):
        return str(branch["$ref"]).rpartition("/")[2]
    for found in (branch, schema):
        properties = found.get("properties", {}) if isinstance(found, dict) else {}
        for name, value in properties.items():
            if isinstance(value, dict) and "const" in value:
                return f"{name} {said(value['const'])}"
    return ""


def _pointer(error: ValidationError) -> str:
    return "".join("/" + escape(str(token)) for token in error.absolute_path)


def _own_words(engine: Engine, value: Any) -> list[Finding]:
    """Say it in jsonschema-rs's words, for what jsonschema does not see."""
    try:
        found = list(engine.rules.iter_errors(value))
    except ValueError as error:
        return [Finding(f"the payload is no JSON value: {error}", "", "", "", shown(value), "JSON")]
    return [
        Finding(
            summary=f"{place(_path(error.instance_path))}: {error.message}",
            pointer=_path(error.instance_path),
            schema_pointer=_path(error.schema_path),
            keyword=error.kind.name,
            got=shown(error.instance),
            expected=f"'{error.kind.name}' to hold",
        )
        for error in found
    ]


def _path(tokens: Iterable[str | int]) -> str:
    return "".join("/" + escape(str(token)) for token in tokens)


def _without_repeats(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple({(found.summary, found.pointer): found for found in findings}.values())


def _value(error: ValidationError) -> Any:
    """Return the keyword's value; jsonschema types it as possibly unset, which it never is here."""
    return error.validator_value


def _instance(error: ValidationError) -> Any:
    return error.instance
