"""The hosting of an application: what it does with clients that are gone."""

from __future__ import annotations

import logging
import socket
import threading
from urllib.parse import urlsplit

from pytest_asyncapi_sse.server.hosting import Host

LOGGER = logging.getLogger("asyncio")


def test_writes_to_a_client_that_is_gone_are_not_logged(caplog):
    is_gone, is_done = threading.Event(), threading.Event()

    async def sends_in_a_row(scope, receive, send):
        if scope["type"] != "http":
            return
        await send({"type": "http.response.start", "status": 200})
        is_gone.wait(10)
        for _ in range(500):
            await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        LOGGER.warning("something else")
        is_done.set()

    before = list(LOGGER.filters)
    with Host(sends_in_a_row) as host:
        address = urlsplit(host.base_url)
        with socket.create_connection((address.hostname, address.port)) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert client.recv(10)
            # Closed with bytes unread and no linger: the server's writes fail from here on.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        is_gone.set()
        assert is_done.wait(10)
    assert [record.message for record in caplog.records if record.name == "asyncio"] == [
        "something else"
    ]
    assert LOGGER.filters == before
