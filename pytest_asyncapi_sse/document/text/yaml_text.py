"""YAML 1.2 text: parser events, read with the core schema, become plain data.

PyYAML resolves plain scalars by YAML 1.1, where `on`, `2020-01-01` and `12:30:45` are no strings.
So only its parser is used (libyaml's where it is available), and the table below resolves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from pytest_asyncapi_sse.document.problems import problem_of
from pytest_asyncapi_sse.document.text.tree import MERGE_KEY, TreeBuilder, too_deep, too_many_digits
from pytest_asyncapi_sse.errors import DocumentError, Location, Problem, shown

_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# YAML 1.2.2, section 10.3.2: the core schema's tag resolution.
_PLAIN = re.compile(
    r"(?P<null>null|Null|NULL|~|)"
    r"|(?P<bool>true|True|TRUE|false|False|FALSE)"
    r"|(?P<int>[-+]?[0-9]+)"
    r"|(?P<octal>0o[0-7]+)"
    r"|(?P<hexadecimal>0x[0-9a-fA-F]+)"
    r"|(?P<float>[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)"
    r"|(?P<infinity>[-+]?\.(?:inf|Inf|INF))"
    r"|(?P<nan>\.(?:nan|NaN|NAN))"
)
_MAY_BE_OTHER = frozenset("nNtTfF~-+.0123456789")
_CONSTRUCTORS: Mapping[str, Callable[[str], Any]] = {
    "null": lambda _: None,
    "bool": lambda text: text[0] in "tT",
    "int": int,
    "octal": lambda text: int(text[2:], 8),
    "hexadecimal": lambda text: int(text[2:], 16),
    "float": float,
    "infinity": lambda text: float(text.replace(".", "")),
    "nan": lambda _: float("nan"),
}
_TAG = "tag:yaml.org,2002:"
_TEXT_TAGS = ("!", f"{_TAG}str")
_KINDS_OF_TAG: Mapping[str, frozenset[str]] = {
    f"{_TAG}null": frozenset({"null"}),
    f"{_TAG}bool": frozenset({"bool"}),
    f"{_TAG}int": frozenset({"int", "octal", "hexadecimal"}),
    f"{_TAG}float": frozenset({"int", "float", "infinity", "nan"}),
}
_TAG_ADVICE = "Tags other than those of the YAML 1.2 core schema construct nothing: remove it."


def build_yaml(text: str, file: str, *, marked: bool = False) -> TreeBuilder:
    """Read one YAML document into a builder; the caller looks at its `problems`.

    Raises DocumentError where the text is not YAML or breaks a bound.
    """
    builder = TreeBuilder(file, marked=marked)
    try:
        _read_events(builder, _PARSER(text))
    except yaml.MarkedYAMLError as error:
        raise DocumentError([*builder.problems, _syntax_problem(error, file)]) from None
    except yaml.reader.ReaderError as error:
        raise DocumentError([_character_problem(error, text, file)]) from None
    return builder


def _read_events(builder: TreeBuilder, parser: Any) -> None:
    # Not `yaml.parse`, a generator that asks the parser twice for each event.
    step_of, next_event = _STEPS.get, parser.get_event
    try:
        while (event := next_event()) is not None:
            step = step_of(type(event))
            if step is not None:
                step(builder, event)
    finally:
        parser.dispose()


def _mapping(builder: TreeBuilder, event: Any) -> None:
    if event.tag is not None:
        _check_tag(builder, event, "map")
    builder.open({}, event.start_mark, anchor=event.anchor)


def _sequence(builder: TreeBuilder, event: Any) -> None:
    if event.tag is not None:
        _check_tag(builder, event, "seq")
    builder.open([], event.start_mark, anchor=event.anchor)


def _end(builder: TreeBuilder, _: MappingEndEvent | SequenceEndEvent) -> None:
    builder.close()


def _alias(builder: TreeBuilder, event: Any) -> None:
    builder.alias(event.anchor, event.start_mark)


def _scalar(builder: TreeBuilder, event: Any) -> None:
    text, mark, tag = event.value, event.start_mark, event.tag
    is_plain = tag is None and event.implicit[0]
    if builder.expects_key:
        name = "null" if is_plain and text == "" else text
        if event.anchor is not None:
            builder.anchor_key(event.anchor, name)
        builder.key(name, mark, merges=is_plain and text == MERGE_KEY)
        return
    if is_plain and (not text or text[0] in _MAY_BE_OTHER):
        value = _resolved(builder, event)
    elif tag is None or tag in _TEXT_TAGS:
        value = text
    else:
        value = _tagged(builder, event)
    builder.scalar(value, mark, anchor=event.anchor)


def _resolved(builder: TreeBuilder, event: Any) -> Any:
    match = _PLAIN.fullmatch(event.value)
    return event.value if match is None else _constructed(builder, event, str(match.lastgroup))


def _tagged(builder: TreeBuilder, event: Any) -> Any:
    kinds = _KINDS_OF_TAG.get(event.tag)
    if kinds is None:
        builder.report(
            f"the tag {shown(event.tag, 80)} is not supported", event.start_mark, advice=_TAG_ADVICE
        )
        return None
    match = _PLAIN.fullmatch(event.value)
    kind = None if match is None else match.lastgroup
    if kind not in kinds:
        short = event.tag.removeprefix(_TAG)
        builder.report(f"{shown(event.value, 60)} is tagged as {short}", event.start_mark)
        return None
    # Read as a float at once, because an int may be one that no float can hold.
    is_float = kind == "int" and event.tag == f"{_TAG}float"
    return _constructed(builder, event, "float" if is_float else kind)


def _constructed(builder: TreeBuilder, event: Any, kind: str) -> Any:
    try:
        value = _CONSTRUCTORS[kind](event.value)
        if kind in ("octal", "hexadecimal"):
            str(value)
    except ValueError:
        # Python bounds the digits of an int that it reads or writes as decimal text.
        builder.report(too_many_digits(len(event.value)), event.start_mark)
        return None
    return value


def _check_tag(builder: TreeBuilder, event: Any, kind: str) -> None:
    if event.tag in ("!", _TAG + kind):
        return
    builder.report(
        f"the tag {shown(event.tag, 80)} is not supported", event.start_mark, advice=_TAG_ADVICE
    )


_STEPS: Mapping[type, Callable[[TreeBuilder, Any], None]] = {
    MappingStartEvent: _mapping,
    MappingEndEvent: _end,
    SequenceStartEvent: _sequence,
    SequenceEndEvent: _end,
    ScalarEvent: _scalar,
    AliasEvent: _alias,
}


def _syntax_problem(error: yaml.MarkedYAMLError, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (1, 1) if mark is None else (mark.line + 1, mark.column + 1)
    if "nesting depth" in str(error.problem):
        # libyaml has a bound of its own, and its scanner runs ahead of the events.
        return problem_of(too_deep(), Location(file, line, column))
    context = f" {error.context}" if error.context else ""
    return problem_of(
        f"this is not YAML: {error.problem}{context}",
        Location(file, line, column),
        "Correct the text here or on the line above.",
    )


def _character_problem(error: yaml.reader.ReaderError, text: str, file: str) -> Problem:
    # libyaml counts bytes, the parser in Python counts characters.
    offset = int(error.position)
    before = text.encode()[:offset].decode(errors="ignore") if _counts_bytes() else text[:offset]
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    return problem_of(
        "this is not YAML: a control character stands in it",
        Location(file, line, column),
        'Remove it, or write it as an escape ("\\x07") in double quotes.',
    )


def _counts_bytes() -> bool:
    return _PARSER is not yaml.SafeLoader
