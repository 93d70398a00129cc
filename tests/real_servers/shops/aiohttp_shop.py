"""The shop with aiohttp and aiohttp-sse, as a process of its own."""

from __future__ import annotations

import asyncio
import json

from aiohttp import web
from aiohttp_sse import sse_response
from shop import DEFECT, MARKETS, Orders, ticks

orders = Orders()
routes = web.RouteTableDef()


@routes.get("/ticks/{market}")
async def follow_ticks(request: web.Request) -> web.StreamResponse:
    market = request.match_info["market"]
    if market not in MARKETS:
        raise web.HTTPNotFound
    async with sse_response(request) as response:
        for number, tick in ticks(market, response.last_event_id):
            name = min(number, 3) if DEFECT == "id-repeated" else number
            await response.send(json.dumps(tick), id=str(name), event="tick")
    return response


@routes.get("/orders")
async def follow_orders(request: web.Request) -> web.StreamResponse:
    async with sse_response(request) as response:
        async for message, order in orders.follow():
            await response.send(json.dumps(order), event=message)
    return response


@routes.post("/orders/{message}")
async def change_order(request: web.Request) -> web.Response:
    orders.announce(request.match_info["message"], await request.json())
    return web.Response(status=202)


async def main() -> None:
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
