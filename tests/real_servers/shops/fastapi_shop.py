"""The shop with FastAPI's own Server-Sent Events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel
from shop import DEFECT, Orders, ticks

app = FastAPI()
orders = Orders()


class Tick(BaseModel):
    symbol: str
    price: float
    market: str
    venue: str | None = None


@app.get("/ticks/{market}", response_class=EventSourceResponse)
def follow_ticks(
    market: Literal["home", "abroad"], last_event_id: Annotated[str | None, Header()] = None
) -> Iterator[ServerSentEvent]:
    for number, tick in ticks(market, last_event_id):
        # Without exclude_none what is not set is sent as null.
        data = Tick(**tick).model_dump(exclude_none=DEFECT != "null-member")
        yield ServerSentEvent(data=data, event="tick", id=str(number))


@app.get("/orders", response_class=EventSourceResponse)
async def follow_orders() -> AsyncIterator[ServerSentEvent]:
    async for message, order in orders.follow():
        yield ServerSentEvent(data=order, event=message)


@app.post("/orders/{message}", status_code=202)
async def change_order(message: str, order: dict[str, Any]) -> None:
    if DEFECT == "null-dropped":
        order = {name: value for name, value in order.items() if value is not None}
    orders.announce(message, order)
