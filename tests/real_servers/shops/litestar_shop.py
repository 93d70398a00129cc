"""The shop with Litestar."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from litestar import Litestar, get, post
from litestar.params import Parameter
from litestar.response import ServerSentEvent, ServerSentEventMessage
from shop import DEFECT, Orders, ticks

orders = Orders()


async def tick_events(market: str, after: str | None) -> AsyncIterator[ServerSentEventMessage]:
    for number, tick in ticks(market, after):
        if DEFECT == "nan" and number == 3:
            tick["price"] = float("nan")
        yield ServerSentEventMessage(data=json.dumps(tick), event="tick", id=number)


@get("/ticks/{market:str}")
async def follow_ticks(
    market: Literal["home", "abroad"],
    last_event_id: Annotated[str | None, Parameter(header="Last-Event-ID")] = None,
) -> ServerSentEvent:
    return ServerSentEvent(tick_events(market, last_event_id))


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
