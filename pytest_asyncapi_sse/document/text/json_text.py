"""JSON text: read by the standard library, and scanned again where a place must be named."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple, NoReturn

from pytest_asyncapi_sse.document.problems import problem_of, unreadable
from pytest_asyncapi_sse.document.text.tree import (
    MAX_DEPTH,
    MAX_VALUES,
    TreeBuilder,
    too_many_digits,
    too_many_values,
)
from pytest_asyncapi_sse.errors import DocumentError, Location, Problem

_TOKEN = re.compile(
    r"[ \t\r\n]*(?:"
    r"(?P<punctuation>[{}\[\],:])"
    r'|(?P<string>"[^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*")'
    r"|(?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)"
    r"|(?P<word>true|false|null))"
)
_SPACE = re.compile(r"[ \t\r\n]*")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class NotJSON(Exception):
    """Raised where the text is no JSON at all; it may still be YAML."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem)


class _Mark(NamedTuple):
    line: int
    column: int


class _Doubtful(Exception):
    """Raised by the fast reader where the scanner must look for the place."""


class _ConstantFound(Exception):
    """Raised by the fast reader at NaN and Infinity, which the grammar does not have."""


def read_json(text: str, file: str) -> Any:
    """Read JSON text into plain data.

    Raises NotJSON where the grammar (RFC 8259) is broken, DocumentError for duplicate keys, lone
    surrogates, numbers that are too long and values that are nested too deeply.
    """
    try:
        data = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except json.JSONDecodeError as error:
        location = Location(file, error.lineno, error.colno)
        message = error.msg[:1].lower() + error.msg[1:]
        raise NotJSON(problem_of(f"this is not JSON: {message}", location)) from None
    except _ConstantFound:
        raise NotJSON(_constant_problem(text, file)) from None
    except (_Doubtful, RecursionError, ValueError):
        return _careful(text, file)
    if _is_large(text, data):
        raise unreadable(too_many_values(), Location(file, 1, 1))
    if _SURROGATE.search(text) or _is_deep(text, data):
        return _careful(text, file)
    return data


def build_json(text: str, file: str, *, marked: bool = False) -> TreeBuilder:
    """Scan JSON text into a builder, token by token; the caller looks at its `problems`."""
    builder = TreeBuilder(file, marked=marked)
    at, line, line_start = 0, 0, 0
    while match := _TOKEN.match(text, at):
        kind = str(match.lastgroup)
        start = match.start(kind)
        newlines = text.count("\n", at, start)
        if newlines:
            line += newlines
            line_start = text.rfind("\n", at, start) + 1
        _feed(builder, kind, match[kind], _Mark(line, start - line_start))
        at = match.end()
    rest = _SPACE.match(text, at)
    end = at if rest is None else rest.end()
    if end < len(text):
        place = _Mark(text.count("\n", 0, end), end - (text.rfind("\n", 0, end) + 1))
        builder.stop("this is not JSON: no value can stand here", place)
    return builder


def _careful(text: str, file: str) -> Any:
    builder = build_json(text, file, marked=True)
    if builder.problems:
        raise DocumentError(builder.problems)
    return builder.root


def _feed(builder: TreeBuilder, kind: str, token: str, mark: _Mark) -> None:
    if kind == "punctuation":
        if token in "{[":
            builder.open({} if token == "{" else [], mark)
        elif token in "}]":
            if not builder.is_open:
                builder.stop(f"this is not JSON: {token} closes nothing", mark)
            builder.close()
        return
    value = _value(builder, token, mark)
    if not builder.expects_key:
        builder.scalar(value, mark)
    elif kind == "string":
        builder.key(value, mark)
    else:
        builder.stop(f"this is not JSON: the key {token} is not a string", mark)


def _value(builder: TreeBuilder, token: str, mark: _Mark) -> Any:
    try:
        value = json.loads(token)
    except json.JSONDecodeError as error:
        builder.stop(f"this is not JSON: {error.msg}", mark)
    except ValueError:
        builder.stop(too_many_digits(len(token)), mark)
    if isinstance(value, str) and not _is_text(value):
        builder.report(
            "the text holds half of a surrogate pair, which UTF-8 cannot carry",
            mark,
            advice="Write both halves of the pair, or the character itself.",
        )
        # It may be a key, and the places of later problems must be text all the same.
        return value.encode(errors="backslashreplace").decode()
    return value


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise _Doubtful
    return result


def _constant(name: str) -> NoReturn:
    raise _ConstantFound(name)


def _constant_problem(text: str, file: str) -> Problem:
    try:
        build_json(text, file)
    except DocumentError as error:
        return error.problems[-1]
    return problem_of("this is not JSON: NaN or Infinity stands in it", Location(file, 1, 1))


def _is_large(text: str, data: Any) -> bool:
    # Each value but the outermost has one of these before it; strings hold them too.
    if text.count(",") + text.count("[") + text.count("{") < MAX_VALUES:
        return False
    count, pending = 1, [data]
    while pending:
        value = pending.pop()
        if isinstance(value, dict | list):
            count += len(value)
            pending += value.values() if isinstance(value, dict) else value
    return count > MAX_VALUES


def _is_deep(text: str, data: Any) -> bool:
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return False
    level, depth = [data], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            return any(isinstance(value, dict | list) for value in level)
        level = [
            child
            for value in level
            if isinstance(value, dict | list)
            for child in (value.values() if isinstance(value, dict) else value)
        ]
    return False
