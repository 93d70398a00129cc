"""The extension `x-sse`: a table of keys, on a channel, an operation or a message.

It stands there as `x-sse` or in `bindings` as `x-sse`. Bindings of other vocabularies, `sse` and
`x-zilla-sse`, are read for what they share with it and never judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pytest_asyncapi_sse.document.files import near
from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.reader import Reader
from pytest_asyncapi_sse.errors import Problem, shown

KEY = "x-sse"

Role = Literal["server", "client"]

_ROLES: Mapping[str, Role] = {"server": "server", "client": "client"}
_FOREIGN = ("sse", "x-zilla-sse")
_FORBIDDEN = "\r\n"


@dataclass(frozen=True, slots=True)
class Extension:
    """Hold what the extension of one node says; `unsupported` keeps a stream from being judged."""

    is_present: bool = False
    events: tuple[str, ...] = ()
    role: Role | None = None
    unsupported: tuple[Problem, ...] = ()


def extension_of(reader: Reader, node: Node) -> Extension:
    """Read the extension of a channel, an operation or a message."""
    own = [table for table in _own_tables(reader, node) if table is not None]
    foreign = foreign_bindings(reader, node)
    events: tuple[str, ...] = ()
    role: Role | None = None
    unsupported: list[Problem] = []
    for table in own:
        _check_keys(reader, table)
        events = events or _events(reader, table)
        role = role or _role(reader, table)
        unsupported += _unsupported(reader, table)
    for table in foreign:
        events = events or (_events(reader, table) if table.get("event") else ())
    return Extension(bool(own or foreign), events, role, tuple(unsupported))


def foreign_bindings(reader: Reader, node: Node) -> list[Node]:
    """Return the SSE bindings of other vocabularies that a node carries."""
    bindings = reader.mapping(node.get("bindings"))
    found = [bindings.get(key) for key in _FOREIGN] if bindings is not None else []
    return [table for table in map(reader.mapping, found) if table is not None]


def _own_tables(reader: Reader, node: Node) -> list[Node | None]:
    bindings = reader.mapping(node.get("bindings"))
    found = [node.get(KEY), None if bindings is None else bindings.get(KEY)]
    return [reader.mapping(table) for table in found]


def _check_keys(reader: Reader, table: Node) -> None:
    for key in table.value:
        if key in _KEYS or key == "bindingVersion" or key.startswith("x-"):
            continue
        advice = near(key, _KEYS) or f"The keys are {', '.join(_KEYS)}."
        summary = f"{KEY} has the unknown key {shown(key, 60)}, which does nothing"
        reader.find(table.child(key), "unknown-x-sse-key", summary, advice=advice)


def _unsupported(reader: Reader, table: Node) -> list[Problem]:
    return [
        reader.problem(table.child(key), f"{KEY}.{key} is not supported yet", "Remove it for now.")
        for key, is_supported in _KEYS.items()
        if key in table.value and not is_supported
    ]


def _events(reader: Reader, table: Node) -> tuple[str, ...]:
    child = table.get("event")
    if child is None:
        return ()
    nodes = [node for _, node in child.children()] if isinstance(child.value, list) else [child]
    names = []
    for node in nodes:
        defect = event_name_defect(node.value)
        if defect:
            reader.report(node, defect)
        else:
            names.append(node.value)
    return tuple(dict.fromkeys(names))


def event_name_defect(name: object) -> str:
    """Say why a value can't be the name of an event on the wire; empty where it can."""
    if not isinstance(name, str) or not name:
        return f"the event name is {shown(name, 60)}, expected a text that is not empty"
    if any(character in name for character in _FORBIDDEN):
        return f"the event name {shown(name, 60)} has a line break, which no stream can carry"
    return ""


def _role(reader: Reader, table: Node) -> Role | None:
    child = table.get("role")
    if child is None:
        return None
    role = _ROLES.get(child.value) if isinstance(child.value, str) else None
    if role is None:
        reader.expected(child, "'server' or 'client', the part that the described application has")
    return role


# Each key with whether it is supported; what is known but not supported would change a verdict.
_KEYS: Mapping[str, bool] = {
    "event": True,
    "role": True,
    "sentinel": False,
    "first-event-within": False,
    "max-gap": False,
    "heartbeat": False,
    "ids": False,
    "resume": False,
}
