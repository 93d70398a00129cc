"""The account and order service: what is posted to it is announced as Server-Sent Events."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any

from fastapi import FastAPI
from fastapi.sse import EventSourceResponse, ServerSentEvent

app = FastAPI(title="Account Service")
_listeners: defaultdict[str, set[asyncio.Queue[ServerSentEvent]]] = defaultdict(set)


def announce(topic: str, event: ServerSentEvent) -> None:
    """Hand an event to everyone who listens to a topic now."""
    for queue in _listeners[topic]:
        queue.put_nowait(event)


async def follow(topic: str) -> AsyncIterator[ServerSentEvent]:
    """Yield the events of a topic from now on."""
    queue: asyncio.Queue[ServerSentEvent] = asyncio.Queue()
    _listeners[topic].add(queue)
    try:
        while True:
            yield await queue.get()
    finally:
        _listeners[topic].discard(queue)


@app.post("/signup", status_code=202)
async def sign_up(signup: dict[str, Any]) -> None:
    """Take a signup and announce it."""
    announce("signups", ServerSentEvent(data=signup))


@app.get("/user/signedup", response_class=EventSourceResponse)
async def user_signed_up() -> AsyncIterator[ServerSentEvent]:
    """Stream each signup."""
    async for event in follow("signups"):
        yield event


@app.post("/orders/{order_id}/{message}", status_code=202)
async def change_order(order_id: str, message: str, change: dict[str, Any]) -> None:
    """Take a change of an order and announce it under the name of its message."""
    announce(f"order {order_id}", ServerSentEvent(data=change, event=message))


@app.get("/orders/{order_id}/status", response_class=EventSourceResponse)
async def order_status(order_id: str) -> AsyncIterator[ServerSentEvent]:
    """Stream each change of one order."""
    async for event in follow(f"order {order_id}"):
        yield event
