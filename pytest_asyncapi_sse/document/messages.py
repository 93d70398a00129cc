"""Messages: drafts become messages, with schemas that stand on their own and names that bind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pytest_asyncapi_sse.document.drafts import MessageDraft, SchemaDraft
from pytest_asyncapi_sse.document.extension import event_name_defect, extension_of
from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.payloads.bundle import Bundled, bundled
from pytest_asyncapi_sse.document.reader import Reader
from pytest_asyncapi_sse.document.values import allowed_values, label_of, property_schemas
from pytest_asyncapi_sse.errors import Problem, shown
from pytest_asyncapi_sse.model import Example, Message

_EVENT = "event"
# The fields that the events of a stream have (HTML standard, section 9.2.6).
_FIELDS = ("event", "id", "retry")
_EVENT_STREAM = "text/event-stream"
# A comma inside quotes belongs to a parameter.
_LISTED = re.compile(r'(?:[^,"]+|"[^"]*(?:"|$))+')
_RUNTIME_EXPRESSION = re.compile(r"\$message\.(header|payload)#(/.*)?")


@dataclass(frozen=True, slots=True, eq=False)
class ReadMessage:
    """Hold a message, and what of it is not checked."""

    message: Message
    unchecked: tuple[tuple[Node, str], ...] = ()


def is_event_stream(content_type: str) -> bool:
    """Whether a content type, or one of a list, is that of SSE itself and not of events' data."""
    return any(_essence(item) == _EVENT_STREAM for item in _listed(content_type))


def read_message(reader: Reader, draft: MessageDraft, default_content_type: str) -> ReadMessage:
    """Read one message of a channel."""
    node = draft.node
    payload, headers = _bundled(reader, draft.payload), _bundled(reader, draft.headers)
    extension = extension_of(reader, node, "message")
    fields = {} if draft.headers is None else property_schemas(reader, draft.headers.node)
    http_fields = _http_fields(reader, node)
    own_type = reader.text(node, "contentType")
    content_type = _content_type(own_type, default_content_type)
    names = _name_nodes(reader, fields, http_fields)
    reason = payload.unchecked or _unchecked_type(content_type)
    message = Message(
        name=draft.name,
        key=draft.key,
        title=label_of(node, "title"),
        schema=payload.schema,
        headers_schema=headers.schema,
        content_type=content_type,
        event_names=extension.events
        or tuple(dict.fromkeys(node.value for node in names if not event_name_defect(node.value))),
        examples=tuple(_examples(reader, draft)),
        unchecked=reason,
        correlation_id=_correlation_id(reader, node),
        is_sentinel=extension.is_sentinel,
        origin=reader.origin(node),
    )
    reader.report_all(
        [
            *payload.unsupported,
            *_bad_names(reader, names),
        ]
    )
    return ReadMessage(
        message,
        (
            *_unchecked_payload(node, draft.payload, payload, reason),
            *_unchecked_correlation(node, message),
            *_unchecked_headers(draft.headers, headers, fields, http_fields),
        ),
    )


def _bundled(reader: Reader, draft: SchemaDraft | None) -> Bundled:
    return Bundled(None) if draft is None else bundled(reader, draft.node, draft.schema_format)


def _http_fields(reader: Reader, node: Node) -> dict[str, Node]:
    bindings = reader.mapping(node.get("bindings"))
    http = None if bindings is None else reader.mapping(bindings.get("http"))
    return {} if http is None else property_schemas(reader, http.get("headers"))


def _name_nodes(reader: Reader, *places: dict[str, Node]) -> tuple[Node, ...]:
    """Return the values that the field `event` may have, in the first place that fixes them."""
    found = (allowed_values(reader, fields[_EVENT]) for fields in places if _EVENT in fields)
    return next((nodes for nodes in found if nodes), ())


def _bad_names(reader: Reader, nodes: tuple[Node, ...]) -> Iterator[Problem]:
    for node in nodes:
        defect = event_name_defect(node.value)
        if defect:
            yield reader.problem(node, defect)


def _correlation_id(reader: Reader, node: Node) -> str:
    found = reader.mapping(node.get("correlationId"))
    if found is None:
        return ""
    location = reader.text(found, "location")
    if _RUNTIME_EXPRESSION.fullmatch(location):
        return location
    reader.find(
        found,
        "bad-correlation-id",
        f"the correlationId has the location {shown(location, 80)}, expected a runtime expression",
        advice="Write it as $message.payload#/... or $message.header#/...",
    )
    return ""


def _content_type(own: str, default: str) -> str:
    """Return the content type of the data; of several in a list, the one to check it by best."""
    for content_type in (own, default):
        listed = [item for item in _listed(content_type) if _essence(item) != _EVENT_STREAM]
        if listed:
            return min(listed, key=lambda item: (not _is_json(item), not _is_text(item)))
    return ""


def _listed(content_type: str) -> list[str]:
    if "," not in content_type:
        return [content_type] if content_type else []
    listed = [part.strip() for part in _LISTED.findall(content_type)]
    return [part for part in listed if part] or [content_type]


def _is_json(content_type: str) -> bool:
    return _essence(content_type).endswith("json")


def _is_text(content_type: str) -> bool:
    return _essence(content_type).startswith("text/")


def _essence(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _unchecked_type(content_type: str) -> str:
    """Return why data of a content type is not checked, empty where it is."""
    if not content_type or _is_json(content_type) or _is_text(content_type):
        return ""
    return f"data of the content type {shown(content_type, 80)} is neither JSON nor text"


def _unchecked_payload(
    node: Node, draft: SchemaDraft | None, payload: Bundled, reason: str
) -> Iterator[tuple[Node, str]]:
    if reason:
        by_schema = draft if payload.unchecked else None
        place = node.get("contentType") if by_schema is None else by_schema.node
        yield place or node, f"the payload ({reason})"


def _unchecked_correlation(node: Node, message: Message) -> Iterator[tuple[Node, str]]:
    """Yield a correlationId that is not checked: one in a header that no event has."""
    if node.get("correlationId") is None:
        return
    found = _RUNTIME_EXPRESSION.fullmatch(message.correlation_id)
    is_header = found is None or found[1] == "header"
    if is_header and (found is None or (found[2] or "").partition("/")[2] not in _FIELDS):
        yield node.child("correlationId"), "the correlationId"


def _unchecked_headers(
    draft: SchemaDraft | None,
    headers: Bundled,
    fields: dict[str, Node],
    http_fields: dict[str, Node],
) -> Iterator[tuple[Node, str]]:
    """Yield the headers of a message that are not checked: those that no event has as a field."""
    others = {name: node for name, node in http_fields.items() if name not in (_EVENT, *fields)}
    others |= {name: node for name, node in fields.items() if name not in _FIELDS}
    if others:
        named = ", ".join(others)
        yield (
            next(iter(others.values())),
            f"the message headers that are no field of an event ({named})",
        )
    elif draft is not None and (headers.unsupported or headers.unchecked):
        yield draft.node, "the message headers, whose schema is not supported"


def _examples(reader: Reader, draft: MessageDraft) -> Iterator[Example]:
    """Return the examples; a bad one is a finding, since it can't mislead a verdict."""
    found = draft.node.get("examples")
    if found is None:
        return
    if not isinstance(found.value, list):
        _find_bad(reader, draft, found, "the examples are no list")
        return
    for _, item in found.children():
        example = reader.peek(item)
        if (
            example is None
            or not example.is_object
            or not {"payload", "headers"} & set(example.value)
        ):
            _find_bad(reader, draft, item, "an example has neither payload nor headers")
            continue
        name = example.value.get("name")
        yield Example(
            _data(reader, example, "payload"),
            _data(reader, example, "headers"),
            name if isinstance(name, str) else "",
            "payload" in example.value,
            reader.origin(example),
        )


def _find_bad(reader: Reader, draft: MessageDraft, node: Node, summary: str) -> None:
    advice = "Write examples as [{payload: ...}]."
    reader.find(node, "bad-example", summary, message=draft.name, advice=advice)


def _data(reader: Reader, example: Node, key: str) -> object:
    """Return a part of an example; one that is nothing but a reference stands for its target."""
    if key not in example.value:
        return None
    part = example.child(key)
    if part.reference is None or len(part.value) > 1:
        return part.value
    target = reader.peek(part)
    return part.value if target is None else target.value
