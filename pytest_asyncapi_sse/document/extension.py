"""The extension `x-sse`: a table of keys, on a channel, an operation or a message.

It stands there as `x-sse` or in `bindings` as `x-sse`. Bindings of other vocabularies, `sse` and
`x-zilla-sse`, are read for what they share with it and never judged.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.problems import near
from pytest_asyncapi_sse.document.reader import Reader
from pytest_asyncapi_sse.errors import shown
from pytest_asyncapi_sse.model import StreamRules

KEY = "x-sse"

Role = Literal["server", "client"]
Place = Literal["channel", "operation", "message", "server", "document"]

_FOREIGN = ("sse", "x-zilla-sse")
_FORBIDDEN = "\r\n"


@dataclass(frozen=True, slots=True)
class Extension:
    """Hold what the extension of one node says; `rules` has the keys of StreamRules it sets."""

    is_present: bool = False
    events: tuple[str, ...] = ()
    role: Role | None = None
    rules: Mapping[str, Any] = field(default_factory=dict)
    is_sentinel: bool = False


_NONE = Extension()


def extension_of(reader: Reader, node: Node, place: Place) -> Extension:
    """Read the extension of a channel, an operation or a message."""
    if not _may_have_any(node):
        return _NONE
    own, foreign = _own_tables(reader, node), foreign_bindings(reader, node)
    values: dict[str, Any] = {}
    for table in own:
        for name, value in _values(reader, table, place).items():
            values.setdefault(name, value)
    for table in foreign:
        name = table.value.get("event")
        if "event" not in values and not event_name_defect(name):
            values["event"] = (name,)
    is_sentinel = place == "message" and values.pop("sentinel", False)
    return Extension(
        bool(own or foreign),
        values.pop("event", ()),
        values.pop("role", None),
        {name.replace("-", "_"): value for name, value in values.items()},
        is_sentinel,
    )


def rules_of(extensions: Iterable[Extension]) -> StreamRules:
    """Return the rules of a stream; for each key the first extension that sets it counts."""
    found: dict[str, Any] = {}
    for extension in extensions:
        found = {**extension.rules, **found}
    return StreamRules(**found)


def is_present(reader: Reader, node: Node) -> bool:
    """Whether a node carries an SSE binding, this project's or another."""
    if not _may_have_any(node):
        return False
    return bool(_own_tables(reader, node) or foreign_bindings(reader, node))


def foreign_bindings(reader: Reader, node: Node) -> list[Node]:
    """Return the SSE bindings of other vocabularies that a node carries; they are not judged."""
    bindings = reader.mapping(node.get("bindings"))
    found = [bindings.get(key) for key in _FOREIGN] if bindings is not None else []
    tables = [reader.peek(table) for table in found if table is not None]
    return [table for table in tables if table is not None and table.is_object]


def event_name_defect(name: object) -> str:
    """Say why a value can't be the name of an event on the wire; empty where it can."""
    if not isinstance(name, str) or not name:
        return f"the event name is {shown(name, 60)}, expected a text that is not empty"
    if any(character in name for character in _FORBIDDEN):
        return f"the event name {shown(name, 60)} has a line break, which no stream can carry"
    return ""


def _may_have_any(node: Node) -> bool:
    return KEY in node.value or "bindings" in node.value


def _own_tables(reader: Reader, node: Node) -> list[Node]:
    bindings = reader.mapping(node.get("bindings"))
    places = [node] if bindings is None else [node, bindings]
    found = [_table(reader, place.child(KEY)) for place in places if KEY in place.value]
    return [table for table in found if table is not None]


def _table(reader: Reader, node: Node) -> Node | None:
    """Return the table at a node; nothing written after the key is an empty one."""
    return replace(node, value={}) if node.value is None else reader.mapping(node)


def _values(reader: Reader, table: Node, place: Place) -> dict[str, Any]:
    """Return the values of the keys that may stand here; the others are findings."""
    values = {}
    for name, child in table.children():
        key = _KEYS.get(name)
        if key is None:
            _find_unknown(reader, child, name)
        elif place not in key.places:
            _find_misplaced(reader, child, name, place)
        else:
            value = key.read_in(reader, child, place)
            if value is not None:
                values[name] = value
    return values


def _find_unknown(reader: Reader, node: Node, name: str) -> None:
    if name == "bindingVersion" or name.startswith("x-"):
        return
    advice = near(name, _KEYS) or f"The keys are {', '.join(_KEYS)}."
    summary = f"{KEY} has the unknown key {shown(name, 60)}, which does nothing"
    reader.find(node, "unknown-x-sse-key", summary, advice=advice)


def _find_misplaced(reader: Reader, node: Node, name: str, place: Place) -> None:
    summary = f"{KEY}.{name} does nothing in a {place}"
    advice = f"Write it in the {' or the '.join(_KEYS[name].places)}."
    reader.find(node, "misplaced-x-sse-key", summary, advice=advice)


def _events(reader: Reader, child: Node) -> tuple[str, ...]:
    nodes = [node for _, node in child.children()] if isinstance(child.value, list) else [child]
    if not nodes:
        reader.expected(child, "a name or a list of names")
    names = []
    for node in nodes:
        defect = event_name_defect(node.value)
        if defect:
            reader.report(node, defect)
        else:
            names.append(node.value)
    return tuple(dict.fromkeys(names))


def _choice(*choices: str, what: str) -> Callable[[Reader, Node], str | None]:
    expected = " or ".join(map(repr, choices)) + what

    def read(reader: Reader, node: Node) -> str | None:
        if isinstance(node.value, str) and node.value in choices:
            return node.value
        reader.expected(node, expected)
        return None

    return read


def _seconds(reader: Reader, node: Node) -> float | None:
    value = node.value
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and 0 < value <= sys.float_info.max:
        return float(value)
    reader.expected(node, "a number of seconds above 0", "Write it without a unit.")
    return None


def _switch(reader: Reader, node: Node) -> bool | None:
    if isinstance(node.value, bool):
        return node.value
    reader.expected(node, "true or false")
    return None


def _sentinel(reader: Reader, node: Node) -> str | None:
    if isinstance(node.value, str) and "\r" in node.value:
        # It ends a line, so no parser gives it to anybody (HTML standard, 9.2.6).
        reader.report(node, f"the sentinel {shown(node.value, 60)} has a carriage return")
        return None
    if isinstance(node.value, str) and node.value:
        return node.value
    reader.expected(node, "the data of the last event as text", "Or mark its message with true.")
    return None


@dataclass(frozen=True, slots=True)
class _Key:
    """Say where a key may stand and how its value is read, in a message perhaps otherwise."""

    read: Callable[[Reader, Node], Any]
    places: tuple[Place, ...] = ("channel", "operation")
    in_message: Callable[[Reader, Node], Any] | None = None

    def read_in(self, reader: Reader, node: Node, place: Place) -> Any:
        read = self.in_message if place == "message" and self.in_message else self.read
        return read(reader, node)


_EVERYWHERE: tuple[Place, ...] = ("channel", "operation", "message")
_KEYS: Mapping[str, _Key] = {
    "event": _Key(_events, _EVERYWHERE),
    "role": _Key(_choice("server", "client", what=", the part of the described application")),
    "sentinel": _Key(_sentinel, _EVERYWHERE, in_message=_switch),
    "first-event-within": _Key(_seconds),
    "max-gap": _Key(_seconds),
    "heartbeat": _Key(_seconds),
    "ids": _Key(_choice("unique", "increasing", what="")),
    "resume": _Key(_switch),
}
