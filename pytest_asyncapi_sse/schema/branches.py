"""Branches: which one of a union a payload was meant for, and what is wrong where none was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pytest_asyncapi_sse.schema.equality import canonical
from pytest_asyncapi_sse.schema.hints import meant_value
from pytest_asyncapi_sse.schema.outline import MISSING, Outline, Tags, inside, telling
from pytest_asyncapi_sse.schema.telling import one_of_words, place, said
from pytest_asyncapi_sse.schema.wishes import names_words, type_words
from pytest_asyncapi_sse.schema.wording import Breach, described

_LISTED = 3
_LISTED_BELOW = 8
_KINDS = ("type", "const", "enum")
_UNDECLARED = ("additionalProperties", "unevaluatedProperties")

_Key = tuple[int, int, bool, int, int, int]


@dataclass(frozen=True, slots=True)
class Branch:
    """Hold one branch of a union, by what it asks for and what breaks it; numbers begin at 1."""

    number: int
    name: str
    outline: Outline
    breaches: tuple[Breach, ...]


@dataclass(frozen=True, slots=True)
class Union:
    """Hold a value and the branches, each of which rejects it.

    `unit` is what they are, as in `branches of oneOf`, and `total` counts those as well that the
    tags of the value rule out; `hinted` is the number of the one that a
    discriminator names, though no keyword asserts it.
    """

    unit: str
    keyword: str
    path: tuple[str | int, ...]
    value: Any
    branches: tuple[Branch, ...]
    total: int
    schema_pointer: str = ""
    hinted: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold what is wrong with a value; `branch` is the one it was meant for, None for no one."""

    breaches: tuple[Breach, ...]
    branch: Branch | None = None
    is_only: bool = False


def outcome(union: Union) -> Outcome:
    """Say what is wrong with the value of a union.

    In this order: the types or values that are allowed at all; a tag that no branch has, or that
    is missing; what is wrong in the branch that was meant; what is wrong in all of them; what each
    one wants.
    """
    real = _without_false(union.branches)
    kinds = _kinds(union, real)
    if kinds is not None:
        return Outcome((kinds,))
    alive = [branch for branch in real if not _refuses_kind(union, branch)]
    alive = alive or list(real)
    tag = _unknown_tag(union, alive) or _missing_tag(union, alive)
    if tag is not None:
        return Outcome((tag,))
    ranks = _Ranks(union, alive)
    if ranks.is_near:
        return Outcome(
            ranks.best.breaches, ranks.best, len(alive) == 1 and len(union.branches) == union.total
        )
    return Outcome(_undecided(union, alive))


def nearest(union: Union) -> Branch:
    """Return the branch that the value comes nearest to, whether or not it is near."""
    return _Ranks(union, union.branches).best


class _Ranks:
    """Order branches: by tags, a hint, how deep it goes wrong, the properties, the count."""

    def __init__(self, union: Union, branches: Sequence[Branch]) -> None:
        self._union = union
        value = union.value
        names = [branch.outline.names | branch.outline.needed for branch in branches]
        shared = frozenset.intersection(*names)
        given = value.keys() if isinstance(value, dict) else frozenset()
        self._own = {b.number: (n - shared) & given for b, n in zip(branches, names, strict=True)}
        tags = telling([branch.outline for branch in branches])
        self._matched = {
            branch.number: _matched(value, own) for branch, own in zip(branches, tags, strict=True)
        }
        self._keys = {branch.number: self._key(branch) for branch in branches}
        self.best = min(branches, key=lambda branch: self._keys[branch.number])

    @property
    def is_near(self) -> bool:
        """Whether the best branch is ahead of all others, and for a reason."""
        best, union = self.best, self._union
        key = self._keys[best.number]
        if len(self._keys) == 1:
            return True
        if any(other <= key for number, other in self._keys.items() if number != best.number):
            return False
        is_named = bool(self._matched[best.number][0] or _misspelt(union, best))
        is_named = is_named or best.number == union.hinted
        return is_named or _depth(union, best) > 0 or bool(self._own[best.number])

    def _key(self, branch: Branch) -> _Key:
        matched, unmatched = self._matched[branch.number]
        return (
            unmatched,
            -matched,
            branch.number != self._union.hinted,
            -_depth(self._union, branch),
            _strangers(self._union, branch) - len(self._own[branch.number]),
            len(branch.breaches),
        )


def _matched(value: Any, tags: Tags) -> tuple[int, int]:
    """Count the tags that a value has, and those that it has otherwise."""
    found = [(inside(value, path), allowed) for path, allowed in tags.items()]
    fits = [canonical(one) in allowed for one, allowed in found if one is not MISSING]
    return sum(fits), len(fits) - sum(fits)


def _depth(union: Union, branch: Branch) -> int:
    return min(len(breach.path) - _is_about_name(breach) for breach in branch.breaches) - len(
        union.path
    )


def _is_about_name(breach: Breach) -> bool:
    return breach.keyword in (*_UNDECLARED, "propertyNames")


def _strangers(union: Union, branch: Branch) -> int:
    """Count the properties that the branch misses, and those it does not know but forbids."""
    if not isinstance(union.value, dict):
        return 0
    undeclared = sum(
        breach.keyword in _UNDECLARED and len(breach.path) == len(union.path) + 1
        for breach in branch.breaches
    )
    missing = len(branch.outline.needed - union.value.keys())
    return missing + undeclared - _misspelt(union, branch)


def _misspelt(union: Union, branch: Branch) -> int:
    return sum(bool(breach.instead) and breach.path == union.path for breach in branch.breaches)


def _without_false(branches: tuple[Branch, ...]) -> tuple[Branch, ...]:
    real = tuple(branch for branch in branches if branch.breaches[0].keyword != "false")
    return real or branches


def _refuses_kind(union: Union, branch: Branch) -> bool:
    return _kind_breach(union, branch) is not None


def _kind_breach(union: Union, branch: Branch) -> Breach | None:
    found = (b for b in branch.breaches if b.path == union.path and b.keyword in _KINDS)
    return next(found, None)


def _kinds(union: Union, branches: Sequence[Branch]) -> Breach | None:
    """Return one breach where all branches refuse the value by its type, or by listing values."""
    found = [_kind_breach(union, branch) for branch in branches]
    breaches = [breach for breach in found if breach is not None]
    if not breaches or len(breaches) < len(branches):
        return None
    types: list[str] = []
    values: dict[str, Any] = {}
    for breach in breaches:
        limits = breach.limit if isinstance(breach.limit, list) else [breach.limit]
        if breach.keyword == "type":
            types += [name for name in limits if name not in types]
        else:
            allowed = breach.limit if breach.keyword == "enum" else [breach.limit]
            values.update({canonical(one): one for one in allowed})
    return _kinds_breach(union, breaches[0], types, list(values.values()))


def _kinds_breach(union: Union, first: Breach, types: list[str], values: list[Any]) -> Breach:
    made = replace(first, schema_pointer=union.schema_pointer, words=None, suffixes=())
    if not values:
        return replace(made, keyword="type", limit=types)
    if not types:
        return replace(made, keyword="enum", limit=values)
    expected = f"{one_of_words(values)} or {type_words(types)}"
    text = f"{made.subject}, not {expected}{meant_value(made.value, values)}"
    return replace(made, keyword="enum", limit=values, words=(text, expected))


def _unknown_tag(union: Union, branches: Sequence[Branch]) -> Breach | None:
    """Return the breach of a property whose value none of the branches has."""
    for path in branches[0].outline.tags:
        value = inside(union.value, path)
        if not path or value is MISSING or len(branches) < 2:
            continue
        allowed = _allowed(branches, path)
        if allowed is not None and canonical(value) not in allowed:
            return Breach(
                keyword="enum",
                path=(*union.path, *path),
                value=value,
                limit=list(allowed.values()),
                schema_pointer=union.schema_pointer,
            )
    return None


def _missing_tag(union: Union, branches: Sequence[Branch]) -> Breach | None:
    """Return the breach of a missing property that alone tells the branches apart."""
    if not isinstance(union.value, dict) or len(branches) < 2:
        return None
    for path in branches[0].outline.tags:
        allowed = _allowed(branches, path)
        if len(path) != 1 or path[0] in union.value or allowed is None or len(allowed) < 2:
            continue
        for breach in branches[0].breaches:
            if breach.keyword == "required" and (breach.path, breach.detail) == (
                union.path,
                path[0],
            ):
                hint = breach.hint or f" (it is {one_of_words(list(allowed.values()))})"
                return replace(breach, hint=hint, schema_pointer=union.schema_pointer)
    return None


def _allowed(branches: Sequence[Branch], path: tuple[str, ...]) -> dict[str, Any] | None:
    """Return the values that the branches allow for a tag, None where one of them allows any."""
    if not all(path in branch.outline.tags for branch in branches):
        return None
    return {key: v for branch in branches for key, v in branch.outline.tags[path].items()}


def _undecided(union: Union, branches: Sequence[Branch]) -> tuple[Breach, ...]:
    """Return what every branch objects to, and what each wants beside that."""
    known = [{_identity(breach): breach for breach in branch.breaches} for branch in branches]
    shared = [key for key in known[0] if all(key in other for other in known)]
    common = tuple(known[0][key] for key in shared)
    rests = [
        replace(branch, breaches=tuple(one for key, one in own.items() if key not in shared))
        for branch, own in zip(branches, known, strict=True)
    ]
    if not all(rest.breaches for rest in rests):
        return common
    # What is not declared by any branch is there because the payload is meant for another one.
    told = tuple(breach for breach in common if breach.keyword not in _UNDECLARED)
    return (*told, _none(union, rests))


def _identity(breach: Breach) -> tuple[Any, ...]:
    return breach.keyword, breach.path, *described(breach)


def _none(union: Union, branches: Sequence[Branch]) -> Breach:
    """Say that the value fits no branch, and what each of them wants."""
    wants = [_want(union, branch) for branch in branches]
    rest = union.total - len(wants[:_LISTED])
    more = f"; and {rest} more" if rest > 0 else ""
    is_short = not isinstance(union.value, dict | list)
    subject = f"{place(union.path)}{f' is {said(union.value)}, which' if is_short else ''}"
    summary = (
        f"{subject} fits none of the {union.total} {union.unit}: {'; '.join(wants[:_LISTED])}{more}"
    )
    return Breach(
        keyword=union.keyword,
        path=union.path,
        value=union.value,
        schema_pointer=union.schema_pointer,
        words=(summary, "\n".join(wants[:_LISTED_BELOW])),
    )


def _want(union: Union, branch: Branch) -> str:
    missing = [
        str(breach.detail)
        for breach in branch.breaches
        if breach.keyword == "required" and breach.path == union.path
    ]
    breach = branch.breaches[0]
    if missing:
        wanted = names_words(missing)
    elif breach.keyword in _UNDECLARED:
        wanted = f"no property {said(breach.path[-1])}"
    else:
        wanted = described(breach)[1].partition("\n")[0]
    inside = breach.path[len(union.path) :]
    where = f" at {place(inside)}" if inside and not missing and not _is_about_name(breach) else ""
    name = f" ({branch.name})" if branch.name and union.keyword else ""
    label = f"{branch.number}{name}" if union.keyword else branch.name or str(branch.number)
    return f"{label} wants {wanted}{where}"
