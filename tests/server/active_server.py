"""A server with a state: rooms and news with a history, and switches for what it does wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from defect_server import HEAD, DefectServer, head

RIGHT = "Bearer right-1"
PATHS = ("/rooms/a", "/rooms/b", "/news")
_BURST = 3
_TICK_SECONDS = 0.2
_PUBLISH_SECONDS = 5
REFUSED = {
    401: head(status="401 Unauthorized"),
    404: head(status="404 Not Found"),
    409: head(status="409 Conflict"),
}

Sent = tuple[int, bytes]


class ActiveServer(DefectServer):
    """Serve rooms and news; what is published goes to each listener and into a history.

    The switches: `guarded`, `ticking` (emits of its own accord), `plain` (no ids), and defects.
    """

    def __init__(self, *switches: str) -> None:
        super().__init__({})
        self.switches = frozenset(switches)
        self._histories: dict[str, list[Sent]] = {path: [] for path in PATHS}
        self._listening: dict[str, list[asyncio.Queue[Sent]]] = {path: [] for path in PATHS}
        self._number = 0
        self._was_reset = False

    def publish(
        self, channel: str, message: str, payload: Any, parameters: Mapping[str, str]
    ) -> object:
        """Publish one payload as the trigger does; return what to expect unless it is `mute`."""
        path = f"/rooms/{parameters['room']}" if channel == "room" else "/news"

        async def run() -> None:
            self._emit(path, payload)

        asyncio.run_coroutine_threadsafe(run(), self._loop).result(_PUBLISH_SECONDS)
        return None if "mute" in self.switches else payload

    def _emit(self, path: str, payload: Any) -> None:
        self._number += 1
        sent = self._number, json.dumps(payload).encode()
        self._histories[path].append(sent)
        for queue in self._listening[path]:
            queue.put_nowait(sent)

    async def _main(self) -> None:
        ticking = asyncio.create_task(self._tick()) if "ticking" in self.switches else None
        await super()._main()
        if ticking is not None:
            ticking.cancel()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            for path in PATHS:
                for _ in range(_BURST):
                    self._emit(path, {"n": self._number})

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = request.split(" ")[1]
        lines = (line.partition(": ") for line in request.split("\r\n")[1:])
        headers = {name.lower(): value for name, _, value in lines}
        if self._was_reset and "jams" in self.switches:
            await reader.read()
            return
        refused = self._refusal(path, headers)
        writer.write(refused or HEAD)
        await writer.drain()
        if not refused:
            await self._stream(path, headers, reader, writer)

    def _refusal(self, path: str, headers: Mapping[str, str]) -> bytes | None:
        has = self.switches
        if path not in PATHS:
            room = path.startswith("/rooms/")
            is_served = "any-room" in has if room else "any-path" in has
            return None if is_served else REFUSED[404]
        given = headers.get("authorization", "")
        is_right = given == RIGHT or ("any-bearer" in has and given.startswith("Bearer "))
        if "guarded" in has and not is_right and not has & {"open", "silent"}:
            return REFUSED[401]
        is_resuming = "last-event-id" in headers
        return REFUSED[409] if is_resuming and "refuses-to-resume" in has else None

    async def _stream(
        self,
        path: str,
        headers: Mapping[str, str],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        queue: asyncio.Queue[Sent] = asyncio.Queue()
        for sent in self._history(path, headers.get("last-event-id")):
            queue.put_nowait(sent)
        is_deaf = "silent" in self.switches and headers.get("authorization") != RIGHT
        is_deaf |= "falls-silent" in self.switches and self._was_reset
        listening = self._listening.get(path, []) if not is_deaf else []
        listening.append(queue)
        writing = asyncio.create_task(self._write(queue, writer))
        try:
            await reader.read()
        except ConnectionError:
            self._was_reset = True
        finally:
            listening.remove(queue)
            writing.cancel()

    async def _write(self, queue: asyncio.Queue[Sent], writer: asyncio.StreamWriter) -> None:
        while True:
            number, data = await queue.get()
            line = b"" if "plain" in self.switches else b"id: %d\n" % number
            noise = b": beat\n\n" if "odd" in self.switches else b""
            writer.write(b"%s%sdata: %s\n\n" % (noise, line, data))
            await writer.drain()

    def _history(self, path: str, last_id: str | None) -> list[Sent]:
        """Return what comes before new events, by what the client says that it had."""
        if last_id is None or "ignores" in self.switches:
            return []
        last = int(last_id)
        missed = [sent for sent in self._histories[path] if sent[0] > last]
        if "loses" in self.switches:
            return missed[1:]
        if "reorders" in self.switches:
            return missed[::-1]
        if "repeats" in self.switches:
            return [sent for sent in self._histories[path] if sent[0] >= last]
        if "doubles" in self.switches:
            return missed * 2
        if "crosses" in self.switches:
            return sorted(s for sents in self._histories.values() for s in sents if s[0] > last)
        return missed
