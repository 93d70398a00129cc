"""Reading: the errors of the explaining engine as breaches, one for each cause."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from jsonschema.exceptions import ValidationError

from pytest_asyncapi_sse.errors import printable
from pytest_asyncapi_sse.model import escape
from pytest_asyncapi_sse.schema.bounds import Steps
from pytest_asyncapi_sse.schema.branches import Branch, Union, outcome
from pytest_asyncapi_sse.schema.engine import Engine
from pytest_asyncapi_sse.schema.hints import similar
from pytest_asyncapi_sse.schema.outline import outlines
from pytest_asyncapi_sse.schema.telling import either, place, said
from pytest_asyncapi_sse.schema.wording import Breach, described

_NAME = 60
_MOST_GUESSES = 40
_CONDITIONS = 2
_TAGS = 2
_SUFFIXES = 2
_VALUES = ("const", "enum", "type", "false")
_UNDECLARED = ("additionalProperties", "unevaluatedProperties")
_ABOUT_NAMES = ("required", "dependencies", "dependentRequired", *_UNDECLARED)

_Path = tuple[str | int, ...]


class Reader:
    """Read jsonschema's errors; `above` is the path to the value that they are about."""

    def __init__(self, engine: Engine, above: _Path = ()) -> None:
        self._engine = engine
        self._above = above
        self._outlines = outlines(engine)
        self._guesses = Steps(_MOST_GUESSES)

    def read(self, errors: Iterable[ValidationError]) -> tuple[Breach, ...]:
        """Return what is wrong, without what only follows from something else."""
        return _without_echoes([breach for error in errors for breach in self._read(error)])

    def _read(self, error: ValidationError) -> tuple[Breach, ...]:
        special = _READERS.get(str(error.validator))
        return special(self, error) if special else (self._plain(error),)

    def _plain(self, error: ValidationError, **others: Any) -> Breach:
        keyword = "false" if error.schema is False else str(error.validator)
        return Breach(
            keyword=keyword,
            path=self._path(error),
            value=error.instance,
            limit=error.validator_value,
            schema_pointer=self._schema_pointer(error, keyword),
            **{"detail": error.message, **others},
        )

    def _path(self, error: ValidationError) -> _Path:
        return (*self._above, *error.absolute_path)

    def _schema_pointer(self, error: ValidationError, keyword: str) -> str:
        above = self._engine.pointer(error.schema)
        if above is not None:
            return above if keyword == "false" else f"{above}/{escape(keyword)}"
        parent = None if error.parent is None else self._engine.pointer(error.parent.schema)
        return parent or ""

    def _required(self, error: ValidationError) -> tuple[Breach, ...]:
        instance: Any = error.instance
        outline = self._outlines.of(error.schema)
        known = outline.names | outline.needed
        close = self._similar(error.message, (name for name in instance if name not in known))
        hint = f" ({said(close)} is there, did you mean {said(error.message)}?)" if close else ""
        return (self._plain(error, hint=hint, instead=close or ""),)

    def _undeclared(self, error: ValidationError) -> tuple[Breach, ...]:
        name = error.message
        outline = self._outlines.of(error.schema)
        is_echo = error.validator == "unevaluatedProperties" and name in outline.names
        close = None if name in outline.names else self._similar(name, outline.names)
        hint = f" (did you mean {said(close)}?)" if close else ""
        return (self._plain(error, hint=hint, is_echo=is_echo),)

    def _similar(self, word: str, others: Iterable[str]) -> str | None:
        self._guesses.take()
        return None if self._guesses.are_used_up else similar(word, others)

    def _items(self, error: ValidationError) -> tuple[Breach, ...]:
        return (self._plain(error, detail=int(error.message) if error.message else None),)

    def _unique(self, error: ValidationError) -> tuple[Breach, ...]:
        return (self._plain(error, detail=tuple(map(int, error.message.split()))),)

    def _contains(self, error: ValidationError) -> tuple[Breach, ...]:
        schema: Any = error.schema
        return (self._plain(error, detail=(int(error.message), schema["contains"])),)

    def _names(self, error: ValidationError) -> tuple[Breach, ...]:
        found = self.read(error.context or ())
        return (self._plain(error, detail=described(found[0])[1] if found else ""),)

    def _dependency(self, error: ValidationError) -> tuple[Breach, ...]:
        if not error.context:
            return (self._plain(error),)
        return _ended(self.read(error.context), f", since {said(error.message)} is there")

    def _condition(self, error: ValidationError) -> tuple[Breach, ...]:
        return _ended(self.read(error.context or ()), f", since {self._reason(error)}")

    def _reason(self, error: ValidationError) -> str:
        """Name the values that a condition looked at."""
        condition: Any = error.validator_value
        names = condition.get("properties", ()) if isinstance(condition, dict) else ()
        instance: Any = error.instance
        seen = [name for name in names if isinstance(instance, dict) and name in instance]
        if not seen or len(seen) > _CONDITIONS:
            return "'if' holds" if error.validator == "then" else "'if' does not hold"
        path = self._path(error)
        return " and ".join(f"{place((*path, name))} is {said(instance[name])}" for name in seen)

    def _branches(self, error: ValidationError) -> tuple[Breach, ...]:
        groups: dict[int, list[ValidationError]] = {}
        for found in error.context or ():
            groups.setdefault(int(found.schema_path[0]), []).append(found)
        if not groups:
            return (self._several(error),)
        nodes: Any = error.validator_value
        branches = [
            Branch(
                number=index + 1,
                name=self._branch_name(nodes[index]),
                outline=self._outlines.of(nodes[index]),
                breaches=self.read(group),
            )
            for index, group in groups.items()
        ]
        keyword = str(error.validator)
        union = Union(
            unit=f"branches of {keyword}",
            keyword=keyword,
            path=self._path(error),
            value=error.instance,
            branches=tuple(branches),
            total=len(nodes),
            schema_pointer=self._schema_pointer(error, keyword),
            hinted=_hinted(error),
        )
        return self._meant(union)

    def _meant(self, union: Union) -> tuple[Breach, ...]:
        found = outcome(union)
        branch = found.branch
        if branch is None or found.is_only:
            return found.breaches
        name = f" ({branch.name})" if branch.name else ""
        suffix = f", in branch {branch.number} of {union.keyword}{name}"
        return _ended(found.breaches, suffix)

    def _several(self, error: ValidationError) -> Breach:
        numbers = error.message.split()
        plain = self._plain(error)
        which = f"branches {either(numbers, 'and')}"
        only = "only one of them" if len(numbers) != 2 else "only one"
        summary = f"{place(plain.path)} fits {which} of oneOf, but {only} may match"
        return replace(plain, words=(summary, "a match of exactly one branch"))

    def _branch_name(self, node: Any) -> str:
        if not isinstance(node, dict):
            return ""
        if isinstance(node.get("title"), str):
            return printable(node["title"], _NAME)
        if isinstance(node.get("$ref"), str) and self._outlines.target(node) is not None:
            return printable(node["$ref"].rpartition("/")[2], _NAME)
        tags = [
            f"{printable('.'.join(path), _NAME)} {said(next(iter(values.values())))}"
            for path, values in self._outlines.of(node).tags.items()
            if path and len(values) == 1
        ]
        return ", ".join(tags[:_TAGS])


def _hinted(error: ValidationError) -> int:
    """Return the number of the branch that AsyncAPI's or OpenAPI's `discriminator` names, or 0."""
    schema: Any = error.schema
    instance: Any = error.instance
    found = schema.get("discriminator")
    options = found if isinstance(found, dict) else {"propertyName": found}
    name, mapping = options.get("propertyName"), options.get("mapping")
    value = instance.get(name) if isinstance(instance, dict) and isinstance(name, str) else None
    if not isinstance(value, str):
        return 0
    target = mapping.get(value, value) if isinstance(mapping, dict) else value
    branches: Any = error.validator_value
    for number, branch in enumerate(branches, start=1):
        reference = branch.get("$ref") if isinstance(branch, dict) else None
        if isinstance(reference, str) and target in (reference, reference.rpartition("/")[2]):
            return number
    return 0


def _ended(breaches: Iterable[Breach], suffix: str) -> tuple[Breach, ...]:
    """Put a suffix after those from further inside, of which the innermost ones stay."""
    return tuple(
        replace(breach, suffixes=(*breach.suffixes, suffix)[:_SUFFIXES]) for breach in breaches
    )


def _without_echoes(breaches: list[Breach]) -> tuple[Breach, ...]:
    """Keep one breach for each cause."""
    decided = _decisive(breaches)
    renamed = {(*breach.path, breach.instead) for breach in breaches if breach.instead}
    others = [breach.path for breach in breaches if not breach.is_echo]
    kept: dict[Any, Breach] = {}
    for breach in breaches:
        first = decided.get(breach.path)
        if first is not None and first is not breach and _is_about_value(breach):
            continue
        if breach.keyword in _UNDECLARED and breach.path in renamed:
            continue
        if breach.is_echo and any(_is_at(path, breach.path[:-1]) for path in others):
            continue
        kept.setdefault(_cause(breach), breach)
    return tuple(kept.values())


def _decisive(breaches: Iterable[Breach]) -> dict[_Path, Breach]:
    """Return, for each place, the breach that says it all, such as a type that is not allowed."""
    found: dict[_Path, Breach] = {}
    for breach in breaches:
        rank = _rank(breach)
        if rank and (breach.path not in found or rank < _rank(found[breach.path])):
            found[breach.path] = breach
    return found


def _rank(breach: Breach) -> int:
    """Order what says it all, 0 for what does not."""
    if breach.keyword in _VALUES:
        return _VALUES.index(breach.keyword) + 1
    return len(_VALUES) + 1 if breach.keyword == "minLength" and breach.value == "" else 0


def _is_about_value(breach: Breach) -> bool:
    return breach.keyword not in _UNDECLARED


def _is_at(path: _Path, above: _Path) -> bool:
    return path[: len(above)] == above


def _cause(breach: Breach) -> tuple[Any, ...]:
    limit = breach.limit
    about = limit if isinstance(limit, str | int | float) else id(limit)
    if breach.keyword in _ABOUT_NAMES:
        about = str(breach.detail)
    return breach.keyword, breach.path, type(about), about


_READERS: Mapping[str, Callable[[Reader, ValidationError], tuple[Breach, ...]]] = {
    "additionalItems": Reader._items,
    "additionalProperties": Reader._undeclared,
    "anyOf": Reader._branches,
    "contains": Reader._contains,
    "dependencies": Reader._dependency,
    "dependentSchemas": Reader._dependency,
    "else": Reader._condition,
    "items": Reader._items,
    "maxContains": Reader._contains,
    "minContains": Reader._contains,
    "oneOf": Reader._branches,
    "propertyNames": Reader._names,
    "required": Reader._required,
    "then": Reader._condition,
    "unevaluatedItems": Reader._items,
    "unevaluatedProperties": Reader._undeclared,
    "uniqueItems": Reader._unique,
}
