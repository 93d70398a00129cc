"""The generated server in the hands of an async test: the methods of the sync one, with awaits."""

from __future__ import annotations

import asyncio
import inspect
import time

import httpx
import pytest

from pytest_asyncapi_sse import ConfigurationError, ContractViolation, HostingError
from pytest_asyncapi_sse.server import AsyncStreamServer, StreamServer

TITLE = {"title": "A"}
TITLE_BYTES = b'data: {"title":"A"}\n\n'


def public(kind):
    return {
        name: member for name, member in inspect.getmembers(kind) if not name.startswith("_")
    } | {"[]": kind.__getitem__}


def test_both_kinds_have_the_same_methods():
    sync, asynchronous = public(StreamServer), public(AsyncStreamServer)
    assert sync.keys() == asynchronous.keys()
    for name in sync:
        if callable(sync[name]) and name != "[]":
            one, other = inspect.signature(sync[name]), inspect.signature(asynchronous[name])
            assert one.parameters == other.parameters, name
    at_once = {"base_url", "channel", "finish", "requests", "url", "url_for", "[]"}
    for name in sync.keys() - at_once:
        assert inspect.iscoroutinefunction(asynchronous[name]), name


def test_every_method(two, connect):
    async def run():
        greeted = []

        async def greet(connection):
            greeted.append(connection.parameters)
            connection.comment("hello")

        channels = two.streams["news"], two.streams["ticks"]
        async with AsyncStreamServer(
            *channels, parameters={"topic": "art"}, on_connect=greet
        ) as server:
            await server.respond_with(503, {"retry-after": "0"}, {"busy": True})
            await server.send(TITLE, id="1", retry=5)
            await server.delay(0.05)
            await server.retry(7)
            started = time.monotonic()
            first = connect(server.url)
            await asyncio.to_thread(first.done)
            assert (first.status, first.raw) == (503, b'{"busy":true}')
            client = connect(server.url)
            await server.comment("x")
            await server.send_raw(b": raw\n")
            await server.disconnect(mid_event=TITLE, abrupt=True)
            await asyncio.to_thread(client.done)
            assert client.chunks[-1][0] - started >= 0.05
            assert isinstance(client.error, httpx.RemoteProtocolError)
            # What is sent goes before what greets, or after: nobody orders the two.
            raw = client.raw.replace(b": hello\n\n", b"").replace(b": x\n\n", b"")
            assert raw == b"id: 1\nretry: 5\n" + TITLE_BYTES + b'retry: 7\n\n: raw\ndata: {"titl'
            ticks = connect(server["ticks"].url)
            assert (await server["ticks"].wait_for_client()).channel.name == "ticks"
            await server["ticks"].send(5)
            await server["ticks"].disconnect()
            assert (await asyncio.to_thread(ticks.done)).has(b"event: tick\ndata: 5\n\n")
            assert greeted == [{"topic": "art"}, {}]
            with pytest.raises(ContractViolation, match="no-client: .*0.05 s"):
                await server.wait_for_client(within=0.05)
            with pytest.raises(ContractViolation, match="no-client: .*0.05 s"):
                await server.disconnect(within=0.05)
            with pytest.raises(ContractViolation, match="/title is 5"):
                await server.send({"title": 5})
            await server.send({"title": 5}, validate=False)
            with pytest.raises(ConfigurationError, match="no channel 'tick'"):
                server["tick"]
        with pytest.raises(HostingError, match="inside its `with`"):
            await server.wait_for_client()

    asyncio.run(run())


def test_the_end_of_the_block_waits_for_nobody(two, connect):
    async def run():
        async def greet(connection):
            if len(server.requests) == 2:
                raise KeyError("second")
            await asyncio.sleep(60)

        server = await AsyncStreamServer(two.streams["ticks"], on_connect=greet).__aenter__()
        clients = [connect(server.url) for _ in range(2)]
        while not server._application.errors:
            await asyncio.sleep(0.01)
        with pytest.raises(KeyError, match="second"):
            await server.__aexit__(None, None, None)
        for client in clients:
            await asyncio.to_thread(client.done)

    asyncio.run(run())
