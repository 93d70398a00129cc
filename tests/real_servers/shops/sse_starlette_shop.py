"""The shop with Starlette and sse-starlette."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from shop import DEFECT, MARKETS, Orders, ticks
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

orders = Orders()


async def tick_events(market: str, after: str | None) -> AsyncIterator[dict[str, Any]]:
    for number, tick in ticks(market, None if DEFECT == "no-resume" else after):
        # What is no text goes through str(): single quotes, None, True.
        data = tick if DEFECT == "dict-as-data" else json.dumps(tick)
        yield {"id": str(number), "event": "tick", "data": data}


async def follow_ticks(request: Request) -> Response:
    market = request.path_params["market"]
    if market not in MARKETS:
        return PlainTextResponse("no such market", status_code=404)
    return EventSourceResponse(tick_events(market, request.headers.get("last-event-id")))


async def order_events() -> AsyncIterator[ServerSentEvent]:
    async for message, order in orders.follow():
        yield ServerSentEvent(json.dumps(order), event=message)


async def follow_orders(request: Request) -> Response:
    return EventSourceResponse(order_events())


async def change_order(request: Request) -> Response:
    orders.announce(request.path_params["message"], await request.json())
    return PlainTextResponse("announced", status_code=202)


app = Starlette(
    routes=[
        Route("/ticks/{market}", follow_ticks),
        Route("/orders", follow_orders),
        Route("/orders/{message}", change_order, methods=["POST"]),
    ]
)
