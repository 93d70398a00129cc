"""The oracle: what the official parser made of each document of the corpus."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_ACTIONS = {"subscribe": "send", "publish": "receive"}
_MADE_UP = re.compile(r"<anonymous-message-\d+>")


@dataclass(frozen=True, slots=True)
class OracleMessage:
    """Hold one message; `payload` has its references replaced by what they name.

    `id` is the key of a 3.x message; `called` is its `name`, or the `messageId` of a 2.x one.
    """

    id: str | None
    called: str | None
    content_type: str | None
    has_payload: bool
    has_headers: bool
    examples: int
    correlation_id: str
    payload: Any = None
    headers: Any = None


@dataclass(frozen=True, slots=True)
class OracleOperation:
    """Hold one operation, its action in the words of 3.0 and its channel by name."""

    id: str
    action: str
    channel: str | None
    messages: tuple[OracleMessage, ...]
    has_reply: bool
    requirements: int


@dataclass(frozen=True, slots=True)
class OracleChannel:
    """Hold one channel."""

    id: str
    address: str | None
    servers: frozenset[str]
    parameters: frozenset[str]
    messages: tuple[OracleMessage, ...]


@dataclass(frozen=True, slots=True)
class OracleDocument:
    """Hold one document; without `is_ok` the parser refused it and nothing else is known.

    `servers` are their protocols by name.
    """

    name: str
    is_ok: bool
    is_v2: bool = False
    errors: tuple[str, ...] = ()
    servers: Mapping[str, str] = field(default_factory=dict)
    channels: tuple[OracleChannel, ...] = ()
    operations: tuple[OracleOperation, ...] = ()


def oracle_documents(folder: Path) -> list[OracleDocument]:
    """Read what the oracle says about all documents of a corpus."""
    table = json.loads((folder / "oracle.json").read_text(encoding="utf-8"))
    return [_document(folder, name, entry) for name, entry in table.items()]


def _document(folder: Path, name: str, entry: Mapping[str, Any]) -> OracleDocument:
    errors = tuple(error["code"] for error in entry["errors"])
    if not entry["ok"]:
        return OracleDocument(name, False, errors=errors)
    details = json.loads((folder / "oracle" / entry["detail"]).read_text(encoding="utf-8"))
    is_v2 = entry["version"].startswith("2.")
    messages = [_message(item, is_v2=is_v2) for item in details["messages"]]
    return OracleDocument(
        name,
        True,
        is_v2,
        errors,
        {server["id"]: server["protocol"].lower() for server in entry["servers"]},
        tuple(_channel(item, messages) for item in details["channels"]),
        tuple(_operation(item, messages) for item in details["operations"]),
    )


def _message(item: Mapping[str, Any], *, is_v2: bool) -> OracleMessage:
    name, key = _given(item.get("name")), _given(item.get("id"))
    return OracleMessage(
        key,
        name or (key if is_v2 else None),
        item.get("contentType"),
        item["hasPayload"],
        item["hasHeaders"],
        item["examples"],
        item["correlationId"] or "",
        _unwrapped(item.get("payload")),
        _unwrapped(item.get("headers")),
    )


def _unwrapped(schema: Any) -> Any:
    """Return the schema of a 3.x Multi Format Schema Object, which the oracle leaves as it is."""
    is_wrapped = isinstance(schema, dict) and {"schemaFormat", "schema"} == schema.keys()
    return schema["schema"] if is_wrapped else schema


def _given(name: str | None) -> str | None:
    """Return a name that the document gives, None for one that the parser made up."""
    return None if name is not None and _MADE_UP.fullmatch(name) else name


def _channel(item: Mapping[str, Any], messages: list[OracleMessage]) -> OracleChannel:
    # A message that both operations of a 2.x channel name stands in its list twice.
    indices = dict.fromkeys(item["messages"])
    return OracleChannel(
        item["id"],
        item.get("address"),
        frozenset(item["servers"]),
        frozenset(item["parameters"]),
        tuple(messages[index] for index in indices),
    )


def _operation(item: Mapping[str, Any], messages: list[OracleMessage]) -> OracleOperation:
    (channel,) = item["channels"]
    action = item["action"]
    return OracleOperation(
        item["id"],
        _ACTIONS.get(action, action),
        channel,
        tuple(messages[index] for index in item["messages"]),
        item["reply"],
        item["security"],
    )
