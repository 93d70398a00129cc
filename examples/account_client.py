"""A client of the service, built on httpx-sse: it comes back when its stream ends."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

import httpx
from httpx_sse import ServerSentEvent, connect_sse

PAUSE_SECONDS = 1.0


def listen(url: str, *, headers: Mapping[str, str] | None = None) -> Iterator[ServerSentEvent]:
    """Yield each event of a stream, until the server answers with 204 or an error."""
    last_id, pause = "", PAUSE_SECONDS
    with httpx.Client(timeout=None, trust_env=False, follow_redirects=True) as client:
        while True:
            own = {**(headers or {}), **({"Last-Event-ID": last_id} if last_id else {})}
            try:
                with connect_sse(client, "GET", url, headers=own) as source:
                    if source.response.raise_for_status().status_code == 204:
                        return
                    for event in source.iter_sse():
                        last_id = event.id
                        pause = pause if event.retry is None else event.retry / 1000
                        if event.data:  # httpx-sse also gives what has an id or a retry only
                            yield event
            except httpx.TransportError:
                pass  # there is no connection, or it broke: come back, as after the end
            time.sleep(pause)
