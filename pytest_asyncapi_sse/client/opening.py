"""The opening of a channel's stream: what the document says of it, and what the user adds."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from pytest_asyncapi_sse.checks.security import places
from pytest_asyncapi_sse.client.exchange import StreamOpening
from pytest_asyncapi_sse.client.headers import Headers, checked_headers, is_of_the_client
from pytest_asyncapi_sse.client.limits import DEFAULT, Limits
from pytest_asyncapi_sse.model import Channel, Message
from pytest_asyncapi_sse.schema import validator
from pytest_asyncapi_sse.schema.custom_formats import depends_on_formats
from pytest_asyncapi_sse.schema.narrowing import Narrow, drawable
from pytest_asyncapi_sse.schema.strategies import drawn_payloads


def opening_of(
    channel: Channel,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: Any = None,
    auth: Any = None,
    timeout: float = 10.0,
    limits: Limits = DEFAULT,
    narrow: Narrow | None = None,
    serve: str = "",
) -> StreamOpening:
    """Return how a channel's stream is opened at its complete URL.

    The user's headers go before the document's; of these, what the client sets itself is left out.
    Without a `body`, one of the messages that the document has for it is sent, where it has any:
    a payload of the user's where `narrow` gives a strategy of his own, else an example.
    """
    common = checked_headers(
        {n: v for n, v in channel.request.headers.items() if not is_of_the_client(n)},
        f"the headers that the document gives channel {channel.name!r}",
    )
    known = [message for message in channel.request.body if not message.unchecked]
    if body is None and known:
        message = known[0]
        body = _given_body(channel, message, narrow)
        if message.is_text:
            body = str(body).encode()
            common["Content-Type"] = message.content_type
    return StreamOpening(
        url=url,
        method=channel.request.method,
        headers=Headers({**common, **(headers or {})}),
        body=body,
        auth=auth,
        timeout=timeout,
        limits=limits,
        secrets=tuple(place.name for place in places(channel) if place.kind == "query"),
        serve=serve,
    )


def _given_body(channel: Channel, message: Message, narrow: Narrow | None) -> Any:
    found = None if narrow is None else drawable(channel, message, narrow)
    if found is not None and found.is_narrowed:
        return found.samples(1)[0]
    return _body_of(message)


@depends_on_formats
@functools.lru_cache
def _body_of(message: Message) -> Any:
    """Return the first example that is valid, else a generated payload."""
    is_valid = validator(message).is_valid
    for example in message.examples:
        if example.has_payload and is_valid(example.payload):
            return example.payload
    return drawn_payloads(message, 1)[0]
