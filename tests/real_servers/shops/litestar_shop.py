"""The shop with Litestar."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any, Literal

from litestar import Litestar, get, post
from litestar.response import ServerSentEvent, ServerSentEventMessage
from shop import DEFECT, Orders, ticks

orders = Orders()


async def tick_events(market: str) -> AsyncIterator[ServerSentEventMessage]:
    for number, tick in ticks(market):
        if DEFECT == "nan" and number == 3:
            tick["price"] = float("nan")
        yield ServerSentEventMessage(data=json.dumps(tick), event="tick", id=number)


@get("/ticks/{market:str}")
async def follow_ticks(market: Literal["home", "abroad"]) -> ServerSentEvent:
    return ServerSentEvent(tick_events(market))


async def order_events() -> AsyncIterator[ServerSentEventMessage]:
    async for message, order in orders.follow():
        yield ServerSentEventMessage(data=json.dumps(order), event=message)


@get("/orders")
async def follow_orders() -> ServerSentEvent:
    return ServerSentEvent(order_events())


@post("/orders/{message:str}", status_code=202)
async def change_order(message: str, data: dict[str, Any]) -> None:
    orders.announce(message, data)


app = Litestar([follow_ticks, follow_orders, change_order])
