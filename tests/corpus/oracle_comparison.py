"""Documents compared with the oracle's: channels, operations, messages and their schemas.

What the two spell differently on purpose is settled here: the oracle names a 2.x operation without
an `operationId` by its action, knows no key of a 2.x message, calls a message that several keys
name by the first of them, and takes `text/event-stream` for the type of the data.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from oracle import OracleChannel, OracleDocument, OracleMessage, OracleOperation
from oracle_schemas import schema_difference

from pytest_asyncapi_sse.model import Channel, Document, Message, Operation, Origin

_EVENT_STREAM = "text/event-stream"
_WORDS = ("subscribe", "publish")

# The keys that name the message which was written at one place.
Keys = Mapping[Origin | None, set[str]]


def differences(expected: OracleDocument, document: Document) -> list[str]:
    """Return in what a document differs from the oracle's."""
    keys = _keys(document)
    return [
        *_sets(
            "servers",
            (f"{name} ({protocol})" for name, protocol in expected.servers.items()),
            (f"{name} ({item.protocol})" for name, item in document.servers.items()),
        ),
        *_sets("channels", (channel.id for channel in expected.channels), document.channels),
        *_operations(expected, document, keys),
        *(
            f"channel {channel.id}: {line}"
            for channel in expected.channels
            if channel.id in document.channels
            for line in _channel(expected, channel, document.channels[channel.id], keys)
        ),
    ]


def _channel(
    document: OracleDocument, expected: OracleChannel, channel: Channel, keys: Keys
) -> Iterator[str]:
    if channel.address != expected.address:
        yield f"the address is {channel.address!r}, the oracle has {expected.address!r}"
    yield from _sets("servers", expected.servers, channel.servers)
    # One that only the address names is read from the channel itself, those of a query from a
    # binding: the oracle knows neither.
    declared = (
        name
        for name, item in channel.parameters.items()
        if item.location == "path" and item.origin != channel.origin
    )
    yield from _sets("parameters", expected.parameters, declared)
    yield from _counts(expected.messages, channel.messages)
    if document.is_v2:
        pairs = _pairs_by_operation(document, channel)
    else:
        pairs = list(zip(expected.messages, channel.messages.values(), strict=False))
        yield from _named(keys, expected.messages, channel.messages.values())
    for item, message in pairs:
        lines = (*_fields(item, message), *_schemas(item, message))
        yield from (f"message {message.name}: {line}" for line in lines)


def _pairs_by_operation(
    document: OracleDocument, channel: Channel
) -> list[tuple[OracleMessage, Message]]:
    """Pair the messages of a 2.x channel, which have no keys, by their places in operations."""
    return [
        pair
        for operation in document.operations
        if (own := _own(operation, channel.operations.values())) is not None
        for pair in zip(operation.messages, own.messages, strict=False)
    ]


def _operations(expected: OracleDocument, document: Document, keys: Keys) -> Iterator[str]:
    operations = document.operations.values()
    if len(operations) != len(expected.operations):
        yield f"{len(operations)} operations, the oracle has {len(expected.operations)}"
    for item in expected.operations:
        own = _own(item, operations)
        if own is None:
            yield f"no operation {item.id} that does {item.action} in {item.channel}"
            continue
        lines = [*_counts(item.messages, own.messages), *_terms(item, own)]
        if not expected.is_v2:
            lines += _named(keys, item.messages, own.messages)
        yield from (f"operation {item.id}: {line}" for line in lines)


def _terms(expected: OracleOperation, operation: Operation) -> Iterator[str]:
    if expected.has_reply != (operation.reply is not None):
        yield f"{'no' if operation.reply is None else 'a'} reply, unlike the oracle"
    count = len(operation.security)
    if count != expected.requirements:
        yield f"{count} security requirements, the oracle has {expected.requirements}"


def _named(
    keys: Keys, expected: Iterable[OracleMessage], messages: Iterable[Message]
) -> Iterator[str]:
    names = {key for message in messages for key in keys[message.origin]}
    for item in expected:
        if item.id not in names:
            yield f"the messages {sorted(names)}, the oracle has {item.id}"


def _keys(document: Document) -> Keys:
    keys: dict[Origin | None, set[str]] = defaultdict(set)
    for channel in document.channels.values():
        for key, message in channel.messages.items():
            keys[message.origin].add(key)
    return keys


def _own(expected: OracleOperation, operations: Iterable[Operation]) -> Operation | None:
    """Return our operation that is the oracle's."""
    place = (expected.channel, expected.action)
    for item in operations:
        is_named = item.name == expected.id or expected.id in _WORDS
        if is_named and (item.channel, item.action) == place:
            return item
    return None


def _fields(expected: OracleMessage, message: Message) -> Iterator[str]:
    if expected.called is not None and message.name != expected.called:
        yield f"the name is {message.name!r}, the oracle has {expected.called!r}"
    content_type = expected.content_type or ""
    if content_type != _EVENT_STREAM and message.content_type != content_type:
        yield f"the content type is {message.content_type!r}, the oracle has {content_type!r}"
    if message.correlation_id != expected.correlation_id:
        own = message.correlation_id
        yield f"the correlation id is {own!r}, the oracle has {expected.correlation_id!r}"
    if len(message.examples) != expected.examples:
        yield f"{len(message.examples)} examples, the oracle has {expected.examples}"


def _schemas(expected: OracleMessage, message: Message) -> Iterator[str]:
    for what, has_schema, schema, own in (
        ("payload", expected.has_payload, expected.payload, message.schema),
        ("headers", expected.has_headers, expected.headers, message.headers_schema),
    ):
        if has_schema != (own is not None):
            yield f"{'no' if own is None else 'a'} schema of the {what}, unlike the oracle"
        elif own is not None:
            line = schema_difference(schema, own.contents)
            if line:
                yield f"the {what}: {line}"


def _sets(what: str, expected: Iterable[str], got: Iterable[str]) -> Iterator[str]:
    wanted, own = sorted(expected), sorted(got)
    if wanted != own:
        yield f"the {what} {own}, the oracle has {wanted}"


def _counts(expected: tuple[OracleMessage, ...], got: Iterable[object]) -> Iterator[str]:
    count = len(list(got))
    if count != len(expected):
        yield f"{count} messages, the oracle has {len(expected)}"
