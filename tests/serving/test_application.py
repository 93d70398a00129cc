"""The generated server as an ASGI application, with what a front end needs."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from pytest_asyncapi_sse import ConfigurationError, GeneratedServer, load
from pytest_asyncapi_sse.server import Host
from pytest_asyncapi_sse.server.feed import Feed
from pytest_asyncapi_sse.sse import Decoder


def http(path, *, method="GET", query="", headers=(), **others):
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
        "server": ("example.com", 80),
        "scheme": "http",
        **others,
    }


def ask(application, scope, *, events=1, act=None):
    """Return the messages that an application answers with, until it ends or some events came."""

    async def run():
        sent, enough = [], asyncio.Event()

        async def receive():
            if scope["type"] == "http" and not receive.asked:
                receive.asked = True
                return {"type": "http.request", "body": b"", "more_body": False}
            if scope["type"] == "lifespan":
                kind = "shutdown" if receive.asked else "startup"
                receive.asked = True
                return {"type": f"lifespan.{kind}"}
            if scope["type"] == "websocket":
                return {"type": "websocket.connect"}
            await enough.wait()
            return {"type": "http.disconnect"}

        async def send(message):
            sent.append(message)
            if sum(m.get("body", b"").count(b"\n\n") for m in sent) >= events:
                enough.set()
            if act is not None and message["type"] == "http.response.start":
                act()

        receive.asked = False
        await asyncio.wait_for(application(scope, receive, send), 10)
        return sent

    return asyncio.run(run())


def body(messages):
    return b"".join(message.get("body", b"") for message in messages)


def data(messages):
    return [event.data for event in Decoder().feed(body(messages))]


@pytest.fixture(scope="module")
def server(two):
    return GeneratedServer(two, ids=True, examples=True, pace=0)


@pytest.mark.parametrize(
    ("path", "others", "status", "url"),
    [
        ("/news/a/b", {}, 404, None),
        ("/news/a b", {}, 200, "http://example.com/news/a%20b"),
        ("/news/é", {}, 200, "http://example.com/news/%C3%A9"),
        ("/news/a/b", {"raw_path": b"/news/a%2Fb"}, 200, "http://example.com/news/a%2Fb"),
        ("/news/a", {"raw_path": b"/news/a?x=1"}, 200, "http://example.com/news/a"),
        ("/news/a", {"raw_path": b"/news/\xff"}, 200, None),
        ("/v1/news/a", {"root_path": "/v1"}, 200, "http://example.com/v1/news/a"),
        ("/a b/news/a", {"root_path": "/a b/"}, 200, "http://example.com/a%20b/news/a"),
        ("/t/x/news/a", {"raw_path": b"/t%2Fx/news/a", "root_path": "/t/x"}, 200, None),
        ("/news/a", {"root_path": "/v1"}, 200, "http://example.com/news/a"),
        ("/v1", {"root_path": "/v1"}, 404, None),
        ("/ticks/", {}, 404, None),
        ("/ticks", {"method": "POST"}, 405, None),
    ],
)  # fmt: skip
def test_the_path_under_any_server(server, path, others, status, url):
    sent = ask(server, http(path, **others))
    assert sent[0]["status"] == status
    if url is not None:
        assert server.hubs["news"].requests[-1].url == url
    if status == 404:
        assert b"they are at /news/{topic}, /ticks" in body(sent)


def test_other_scopes(server):
    kinds = [message["type"] for message in ask(server, {"type": "lifespan"})]
    assert kinds == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    sent = ask(server, {**http("/ticks"), "type": "websocket"})
    assert [message["type"] for message in sent] == ["websocket.close"]


def test_mounted_in_an_application(two):
    server = GeneratedServer(two)
    mounted = Starlette(routes=[Mount("/a b/{tenant}", server)])
    with Host(mounted) as host, httpx.Client(trust_env=False) as client:
        url = f"{host.base_url}/a%20b/x/news/c%2Fd"
        with client.stream("GET", url) as response:
            assert next(response.iter_raw()).startswith(b"data: {")
        assert server.hubs["news"].requests[-1].url == url
        assert server.hubs["news"].requests[-1].parameters == {"topic": "c/d"}


def test_under_a_plain_uvicorn(two, connect):
    """An abrupt end breaks the connection also where nothing but ASGI is there."""
    server = GeneratedServer(
        two, emit=False, on_connect=lambda client: client.disconnect(abrupt=True)
    )

    async def run():
        config = uvicorn.Config(server, port=0, log_config=None, root_path="/api", lifespan="on")
        hosting = uvicorn.Server(config)
        task = asyncio.create_task(hosting.serve())
        while not hosting.started:
            await asyncio.sleep(0.01)
        port = hosting.servers[0].sockets[0].getsockname()[1]
        client = connect(f"http://127.0.0.1:{port}/ticks")
        await asyncio.to_thread(client.done)
        hosting.should_exit = True
        await task
        return client

    client = asyncio.run(run())
    assert (client.status, client.raw) == (200, b"")
    assert isinstance(client.error, httpx.RemoteProtocolError)
    assert server.errors == []


def test_examples_come_first_and_messages_take_turns(server):
    news = data(ask(server, http("/news/a"), events=6))
    assert news[:2] == ['{"title":"First"}', '{"title":"Second"}']
    ticks = Decoder().feed(body(ask(server, http("/ticks"), events=4)))
    assert [event.event for event in ticks[:4]] == ["tick", "tock"] * 2
    assert [event.id for event in ticks[:4]] == ["1", "2", "3", "4"]


RESUMES = [
    ("1", 2),
    ("5", 6),
    ("1000", 1001),
    ("0", 1),
    ("x", 1),
    ("-3", 1),
    ("٣", 1),
    ("9" * 19, 1),
]


@pytest.mark.parametrize(("last", "first"), RESUMES)
def test_ids_are_gone_on_after(server, last, first):
    every = Decoder().feed(body(ask(server, http("/ticks"), events=20)))
    headers = [("Last-Event-ID", last)] if last.isascii() else []
    scope = http("/ticks", headers=headers)
    scope["headers"] += [] if headers else [(b"last-event-id", last.encode())]
    again = Decoder().feed(body(ask(server, scope, events=3)))
    assert [event.id for event in again[:3]] == [str(first + n) for n in range(3)]
    if first < 10:
        assert [e.data for e in again[:3]] == [e.data for e in every[first - 1 : first + 2]]


def test_without_ids_nothing_is_numbered(two):
    scope = http("/ticks", headers=[("Last-Event-ID", "5")])
    raw = body(ask(GeneratedServer(two), scope, events=2))
    assert b"id:" not in raw
    assert raw.startswith(b"event: tick\ndata: ")


def test_an_event_is_encoded_once_for_all_clients(two):
    feed = Feed(two.streams["ticks"], is_numbered=True)
    assert feed._chunk(5) is feed._chunk(5)


def test_a_client_that_does_not_read_is_sent_no_more(two):
    server = GeneratedServer(two, pace=0, keep=1)

    async def run():
        left = asyncio.Event()

        async def receive():
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message):
            if message["type"] == "http.response.body":
                await asyncio.sleep(60)

        receive_body = iter([{"type": "http.request", "body": b""}])

        async def both():
            return next(receive_body, None) or await receive()

        tasks = [asyncio.create_task(server(http("/ticks"), both, send))]
        await asyncio.sleep(0.2)
        waiting = server.hubs["ticks"].requests[-1].waiting
        tasks[0].cancel()
        await asyncio.wait(tasks)
        return waiting

    assert 50 < asyncio.run(run()) < 200


ORIGIN = "http://localhost:5173"


@pytest.mark.parametrize(
    ("origins", "allowed", "credentials"),
    [("*", "*", None), (ORIGIN, ORIGIN, "true"), ([ORIGIN, "http://a"], ORIGIN, "true"), ((), None, None), ("http://a", None, None)],
)  # fmt: skip
def test_pages_of_other_origins(two, origins, allowed, credentials):
    server = GeneratedServer(two, origins=origins)
    asked = [("Origin", ORIGIN)]
    for path, status in (("/ticks", 200), ("/tick", 404)):
        sent = ask(server, http(path, headers=asked))
        headers = httpx.Headers(sent[0]["headers"])
        got = (
            headers.get("access-control-allow-origin"),
            headers.get("access-control-allow-credentials"),
        )
        assert (sent[0]["status"], got[0]) == (status, allowed)
        assert allowed is None or got[1] == credentials
    asked += [
        ("Access-Control-Request-Method", "GET"),
        ("Access-Control-Request-Headers", "authorization, last-event-id"),
    ]
    preflight = ask(server, http("/ticks", method="OPTIONS", headers=asked))
    headers = httpx.Headers(preflight[0]["headers"])
    if allowed is not None:
        assert preflight[0]["status"] == 200
        assert headers["access-control-allow-headers"] == "authorization, last-event-id"
    else:
        assert preflight[0]["status"] in (400, 405)
        assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"origins": "http://localhost:5173/"}, "with nothing behind"),
        ({"origins": ["localhost"]}, "the origin is 'localhost'"),
        ({"pace": -1}, "the pace is -1, expected 0 or more seconds"),
        ({"on_connect": 5}, "on_connect is 5"),
        ({"document": "spec.yaml"}, "the document is 'spec.yaml', expected a Document"),
        ({"document": []}, "expected a Document"),
        ({"document": [5]}, "expected a Document"),
    ],
)
def test_what_can_not_be_used(two, arguments, text):
    with pytest.raises(ConfigurationError, match=text):
        GeneratedServer(**{"document": two, **arguments})


def test_a_document_without_streams(tmp_path):
    (tmp_path / "spec.yaml").write_text(
        "asyncapi: 3.0.0\ninfo: {title: a, version: '1'}\nchannels: {}\noperations: {}\n"
    )
    with pytest.raises(ConfigurationError, match="has no stream that could be served"):
        GeneratedServer(load(tmp_path / "spec.yaml"))


def test_parameters_reach_a_connection_as_they_were(two):
    server = GeneratedServer(two)
    for value in ("a/b", "%", "ä ö", "{p0}", "a?b#c"):
        scope = http(f"/news/{value}", raw_path=f"/news/{quote(value, safe='')}".encode())
        assert ask(server, scope)[0]["status"] == 200
        assert server.hubs["news"].requests[-1].parameters == {"topic": value}
