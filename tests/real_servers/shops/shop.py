"""What the shops have in common: their ticks, who follows the orders, and the planted defect."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from typing import Any

DEFECT = os.environ.get("SHOP_DEFECT", "")
MARKETS = ("home", "abroad")

Tick = dict[str, Any]
Order = tuple[str, dict[str, Any]]


def ticks(market: str, after: str | None) -> Iterator[tuple[int, Tick]]:
    """Yield the last prices of a market, each with its id, from the one after that id.

    Of some the venue is not known.
    """
    known = int(after) if after and after.isdecimal() else 0
    for number in range(known + 1, 6):
        tick = {"symbol": "ACME", "price": 10 + number / 8, "market": market}
        yield number, tick | ({"venue": "Zürich – Börse"} if number % 2 else {})


class Orders:
    """Hand each order to everyone who listens now."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[Order]] = set()

    def announce(self, message: str, order: dict[str, Any]) -> None:
        for queue in self._listeners:
            queue.put_nowait((message, order))

    async def follow(self) -> AsyncIterator[Order]:
        queue: asyncio.Queue[Order] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._listeners.discard(queue)
