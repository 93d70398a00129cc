"""The shop with Flask: generators written by hand, under Werkzeug with a thread a request."""

from __future__ import annotations

import json
import queue
from collections.abc import Iterator
from typing import Any

from flask import Flask, Response, abort, request
from shop import DEFECT, MARKETS, Order, ticks
from werkzeug.serving import make_server

PING_SECONDS = 5.0

app = Flask(__name__)
listeners: list[queue.Queue[Order]] = []


def event(name: str, payload: Any, id: int | None = None) -> str:
    head = f"id: {id}\nevent: {name}\n" if id else f"event: {name}\n"
    return f"{head}data: {json.dumps(payload)}\n\n"


@app.get("/ticks/<market>")
def follow_ticks(market: str) -> Response:
    if market not in MARKETS:
        abort(404)
    after = request.headers.get("Last-Event-ID")
    events = (event("tick", tick, number) for number, tick in ticks(market, after))
    if DEFECT == "no-blank-line":
        events = (text.replace("\n\n", "\n") for text in events)
    return Response(events, mimetype="text/event-stream")


def order_events() -> Iterator[str]:
    mine: queue.Queue[Order] = queue.Queue()
    listeners.append(mine)
    try:
        while True:
            try:
                yield event(*mine.get(timeout=PING_SECONDS))
            except queue.Empty:
                yield ": ping\n\n"
    finally:
        listeners.remove(mine)


@app.get("/orders")
def follow_orders() -> Response:
    return Response(order_events(), mimetype="text/event-stream")


@app.post("/orders/<message>")
def change_order(message: str) -> tuple[str, int]:
    order = request.get_json()
    if DEFECT == "rounded" and "total" in order:
        order["total"] = round(order["total"], 2)
    for listener in list(listeners):
        listener.put((message, order))
    return "announced", 202


if __name__ == "__main__":
    server = make_server("127.0.0.1", 0, app, threaded=True)
    print(server.server_port, flush=True)
    server.serve_forever()
