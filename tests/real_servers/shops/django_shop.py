"""The shop with Django under ASGI: a streaming response, and the framing by hand."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import django
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import path
from shop import DEFECT, MARKETS, Orders, ticks

settings.configure(ALLOWED_HOSTS=["127.0.0.1"], ROOT_URLCONF=__name__, SECRET_KEY="for tests")
django.setup()
orders = Orders()


def event(name: str, payload: Any, id: int | None = None) -> str:
    fields = [f"event: {name}", f"data: {json.dumps(payload)}", *([f"id: {id}"] if id else [])]
    return "\n".join([*fields, "", ""])


def event_stream(events: AsyncIterator[str]) -> StreamingHttpResponse:
    headers = {"Cache-Control": "no-cache"}
    return StreamingHttpResponse(events, content_type="text/event-stream", headers=headers)


async def tick_events(market: str, after: str | None) -> AsyncIterator[str]:
    for number, tick in ticks(market, after):
        yield event("tick", tick, number)


async def order_events() -> AsyncIterator[str]:
    async for message, order in orders.follow():
        yield event(message, order)


async def follow_ticks(request: HttpRequest, market: str) -> HttpResponseBase:
    if market not in MARKETS:
        return HttpResponse("no such market", status=404)
    response = event_stream(tick_events(market, request.headers.get("Last-Event-ID")))
    if DEFECT == "content-type":
        # Django's own type, where none is given.
        response["Content-Type"] = "text/html; charset=utf-8"
    return response


async def follow_orders(request: HttpRequest) -> HttpResponseBase:
    return event_stream(order_events())


async def change_order(request: HttpRequest, message: str) -> HttpResponseBase:
    orders.announce(message, json.loads(request.body))
    return HttpResponse(status=202)


urlpatterns = [
    path("ticks/<str:market>", follow_ticks),
    path("orders", follow_orders),
    path("orders/<str:message>", change_order),
]
app = get_asgi_application()
