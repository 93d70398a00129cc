"""The generated server in the hands of a sync test: what each method puts on the wire."""

from __future__ import annotations

import socket
import threading
import time

import httpx
import pytest

from pytest_asyncapi_sse import ConfigurationError, ContractViolation, HostingError
from pytest_asyncapi_sse.server import StreamServer

ADA = {"displayName": "Ada", "email": "ada@example.com"}
ADA_BYTES = b'data: {"displayName":"Ada","email":"ada@example.com"}\n\n'


@pytest.fixture
def channel(account):
    return account.streams["userSignups"]


# Of each call, the arguments and the bytes that a client gets.
SENDS = [
    ("send", [ADA], {}, ADA_BYTES),
    ("send", [ADA], {"id": "7", "retry": 20, "event": "x"}, b"event: x\nid: 7\nretry: 20\n" + ADA_BYTES),
    ("send", [{"email": 5}], {"validate": False}, b'data: {"email":5}\n\n'),
    ("send", [{}], {"message": "UserSignedUp"}, b"data: {}\n\n"),
    ("send_raw", [b"data: \xff\r"], {}, b"data: \xff\r"),
    ("comment", [], {}, b":\n\n"),
    ("comment", ["ping"], {}, b": ping\n\n"),
    ("retry", [0], {}, b"retry: 0\n\n"),
    ("delay", [0.01], {}, b""),
]  # fmt: skip


def test_what_is_sent_before_and_after_a_client_comes(channel, connect):
    with StreamServer(channel) as server:
        for name, arguments, options, _ in SENDS:
            getattr(server, name)(*arguments, **options)
        client = connect(server.url)
        server.wait_for_client()
        for name, arguments, options, _ in SENDS:
            getattr(server, name)(*arguments, **options)
        server.disconnect()
        assert client.done().raw == b"".join(data for *_, data in SENDS) * 2
        assert client.error is None
        assert (server.requests[0].ended_by, server.requests[0].open) == ("server", False)


WRONG = [
    ("send", [ADA], {"message": "UserSignedUpp"}, "did you mean 'UserSignedUp'"),
    ("send", [ADA], {"id": "a\nb"}, "expected one line"),
    ("send", [ADA], {"id": "a\0"}, "expected no U"),
    ("send", [ADA], {"id": 1}, "the id is 1, expected a str"),
    ("send", [ADA], {"event": "a\r"}, "expected one line"),
    ("send", [ADA], {"event": 2}, "the event is 2, expected a str"),
    ("send", [ADA], {"message": 3}, "the message is 3, expected a str"),
    ("send", [ADA], {"retry": -1}, "expected 0 or more whole milliseconds"),
    ("send", [ADA], {"retry": 1.5}, "expected 0 or more whole milliseconds"),
    ("send", [{1, 2}], {"validate": False}, "no JSON value: `send_raw`"),
    ("send", [float("nan")], {"validate": False}, "no JSON value: `send_raw`"),
    ("send", [{"displayName": "\ud800"}], {}, "UTF-8 has no bytes for"),
    ("send_raw", ["data: 1\n\n"], {}, "expected bytes: encode it"),
    ("send_raw", [5], {}, "the data is 5, expected bytes$"),
    ("comment", ["a\nb"], {}, "expected one line"),
    ("comment", [5], {}, "the comment is 5, expected a str"),
    ("comment", [None], {}, "the comment is None, expected a str"),
    ("retry", [-1], {}, "expected 0 or more"),
    ("retry", [True], {}, "expected 0 or more"),
    ("retry", ["5"], {}, "expected 0 or more"),
    ("delay", [-0.1], {}, "the delay is -0.1, expected 0 or more seconds"),
    ("delay", [float("nan")], {}, "expected 0 or more seconds"),
    ("delay", [float("inf")], {}, "expected 0 or more seconds"),
    ("delay", ["1"], {}, "expected 0 or more seconds"),
    ("disconnect", [], {"at": 5}, "give `mid_event` too"),
    ("disconnect", [], {"id": "5"}, "give `mid_event` too"),
    ("disconnect", [], {"mid_event": ADA, "at": 0}, "expected 1 to 54"),
    ("disconnect", [], {"mid_event": ADA, "at": 55}, "expected 1 to 54"),
    ("disconnect", [], {"mid_event": ADA, "at": "5"}, "expected 1 to 54"),
    ("disconnect", [], {"within": -1}, "expected 0 or more seconds"),
    ("wait_for_client", [], {"within": "1"}, "expected 0 or more seconds"),
    ("respond_with", [99], {}, "the status is 99, expected 200 to 599"),
    ("respond_with", [101], {}, "expected 200 to 599"),
    ("respond_with", ["200"], {}, "expected 200 to 599"),
    ("respond_with", [True], {}, "expected 200 to 599"),
    ("respond_with", [204, {}, b"x"], {}, "has no body"),
    ("respond_with", [200, [("a", "b")]], {}, "expected a mapping"),
    ("respond_with", [200, {"a b": "c"}], {}, "no name that a header can have"),
    ("respond_with", [200, {"a": "b\r\nc: d"}], {}, "in one line"),
    ("respond_with", [200, {"a": "\u2028"}], {}, "in one line"),
    ("respond_with", [200, {"a": 5}], {}, "the header 'a' is 5, expected a str"),
    ("respond_with", [200, {"Content-Length": "5"}], {}, "sets the header 'Content-Length' itself"),
    ("respond_with", [200, {}, {1}], {}, "expected bytes, a str or a JSON value"),
    ("url_for", [], {"id": "5"}, "has no parameter 'id'"),
    ("__getitem__", ["userSignup"], {}, "no channel 'userSignup'; did you mean 'userSignups'"),
    ("__getitem__", [0], {}, "no channel 0 .it serves 'userSignups'."),
]  # fmt: skip


def test_what_can_not_be_used_is_told_before_anything_is_sent(channel, connect):
    with StreamServer(channel) as server:
        client = connect(server.url)
        connection = server.wait_for_client()
        for name, arguments, options, text in WRONG:
            with pytest.raises(ConfigurationError, match=text):
                getattr(server, name)(*arguments, **options)
            is_of_both = hasattr(connection, name) and "within" not in options
            if is_of_both:
                with pytest.raises(ConfigurationError, match=text):
                    getattr(connection, name)(*arguments, **options)
        for sender in (server, connection):
            with pytest.raises(ContractViolation, match="/email is 5"):
                sender.send({"email": 5})
            with pytest.raises(ContractViolation, match="/email is 5"):
                sender.disconnect(mid_event={"email": 5})
        server.disconnect()
        assert client.done().raw == b""
        assert httpx.get(server.url.replace("signedup", "x"), trust_env=False).status_code == 404


def test_what_is_used_outside_of_its_block(channel):
    server = StreamServer(channel)
    for use in (
        lambda: server.url,
        lambda: server.send(ADA),
        lambda: server.disconnect(),
        lambda: server.wait_for_client(within=0),
    ):
        with pytest.raises(HostingError, match="enter|inside"):
            use()
    with server:
        server.send(ADA)
    with pytest.raises(HostingError, match="use it inside its `with`"):
        server.send(ADA)


ENDS = [
    ({}, b"", False),
    ({"abrupt": True}, b"", True),
    ({"mid_event": ADA}, b'data: {"displayName":"Ada","e', False),
    ({"mid_event": ADA, "abrupt": True}, b'data: {"displayName":"Ada","e', True),
    ({"mid_event": ADA, "id": "9", "at": 3}, b"id:", False),
    ({"mid_event": ADA, "id": "9"}, b'id: 9\ndata: {"displayName":"Ada","e', False),
    ({"mid_event": ADA, "at": 54}, ADA_BYTES[:-1], False),
    ({"mid_event": {}, "abrupt": True}, b"data: {", True),
]


@pytest.mark.parametrize("on_connection", [False, True], ids=["server", "connection"])
def test_the_ends_of_a_stream(channel, connect, on_connection):
    with StreamServer(channel) as server:
        for options, last, is_broken in ENDS:
            client = connect(server.url)
            connection = server.wait_for_client()
            server.send(ADA)
            (connection if on_connection else server).disconnect(**options)
            assert client.done().raw == ADA_BYTES + last, options
            assert isinstance(client.error, httpx.RemoteProtocolError) is is_broken, options
            assert server.requests[-1].ended_by == ("break" if is_broken else "server")
            assert server.requests[-1].written == len(client.raw)


ANSWERS = [
    ((503, {"Retry-After": "1"}, "later"), 503, "text/plain; charset=utf-8", b"later"),
    ((404,), 404, None, b""),
    ((500, None, {"error": "no"}), 500, "application/json", b'{"error":"no"}'),
    ((200, {"content-type": "text/html"}, b"<p>"), 200, "text/html", b"<p>"),
    ((200, {"Content-Type": "text/event-stream"}, "data: 1\n\n"), 200, "text/event-stream", b"data: 1\n\n"),
    ((204,), 204, None, b""),
    ((304, {"etag": '"1"'}), 304, None, b""),
]  # fmt: skip


def test_who_comes_back_after_the_end_is_seen(channel, connect):
    with StreamServer(channel) as server:
        client = connect(server.url)
        server.wait_for_client()
        server.finish()
        client.done()
        assert httpx.get(server.url, trust_env=False).status_code == 204
        assert [one.answer.status for one in server.requests] == [200, 204]


def test_the_next_requests_are_answered_in_turn(channel, connect):
    with StreamServer(channel) as server:
        server.send(ADA)
        for arguments, *_ in ANSWERS:
            server.respond_with(*arguments)
        for arguments, status, media_type, body in ANSWERS:
            response = httpx.get(server.url, trust_env=False)
            got = response.status_code, response.headers.get("content-type"), response.content
            assert got == (status, media_type, body), arguments
        with pytest.raises(ContractViolation, match="7 requests so far, none of them open"):
            server.wait_for_client(within=0.05)
        client = connect(server.url).has(ADA_BYTES)
        assert len(server.requests) == len(ANSWERS) + 1
        server.disconnect()
        client.done()


def test_a_redirect_leads_to_the_stream(channel, connect):
    with StreamServer(channel) as server:
        server.respond_with(302, {"location": server.url + "?again"})
        client = connect(server.url)
        assert server.wait_for_client().url.endswith("?again")
        server.send(ADA)
        server.disconnect()
        assert client.done().raw == ADA_BYTES


def test_a_delay_holds_back_what_comes_after(channel, connect):
    with StreamServer(channel) as server:
        client = connect(server.url)
        server.wait_for_client()
        server.send(ADA)
        client.has(ADA_BYTES)
        started = time.monotonic()
        server.delay(0.2)
        server.send({})
        # The deadline leaves out what `delay` adds.
        server.disconnect(within=0.15)
        assert client.done().chunks[-1][0] - started >= 0.2
        assert client.raw == ADA_BYTES + b"data: {}\n\n"


def test_raw_bytes_are_a_chunk_of_their_own_and_may_be_many(channel, connect):
    with StreamServer(channel) as server:
        big = b"data: " + b"x" * 10_000_000 + b"\n\n"
        client = connect(server.url)
        server.wait_for_client()
        for piece in (b"da", b"ta: \xc3", b"\xa9\n\n", big):
            server.send_raw(piece)
        server.disconnect()
        assert client.done().raw == b"data: \xc3\xa9\n\n" + big


def test_several_channels_and_clients(two, connect):
    news, ticks = two.streams["news"], two.streams["ticks"]
    greeted = []

    def greet(connection):
        greeted.append((connection.channel.name, dict(connection.parameters)))
        if connection.parameters.get("topic") == "sport":
            connection.send({"title": connection.headers["x-reader"]})

    with StreamServer(news, ticks, parameters={"topic": "art"}, on_connect=greet) as server:
        assert server["news"] is server
        assert server.url == f"{server.base_url}/news/art"
        assert server["ticks"].url == f"{server.base_url}/ticks"
        with pytest.raises(ConfigurationError, match="no channel 'tick'; did you mean 'ticks'"):
            server["tick"]
        clients = [
            connect(server.url),
            connect(server.url_for(topic="sport"), x_reader="Bo"),
            connect(server["ticks"].url),
        ]
        clients[1].has(b'data: {"title":"Bo"}')
        deadline = time.monotonic() + 5
        while len(greeted) < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
        server.send({"title": "both"})
        server["ticks"].send(5)
        with pytest.raises(ContractViolation, match="channel ticks"):
            server["ticks"].send("no number")
        server.disconnect()
        assert server["ticks"].wait_for_client().open
        server["ticks"].disconnect(abrupt=True)
        both = b'data: {"title":"both"}\n\n'
        raw = [client.done().raw for client in clients]
        assert raw == [both, b'data: {"title":"Bo"}\n\n' + both, b"event: tick\ndata: 5\n\n"]
        assert [len(server.requests), len(server["ticks"].requests)] == [2, 1]
        assert sorted(greeted, key=str) == [
            ("news", {"topic": "art"}),
            ("news", {"topic": "sport"}),
            ("ticks", {}),
        ]


@pytest.mark.parametrize(
    ("names", "parameters", "text"),
    [
        (["news", "news"], {}, "channel 'news' is given twice"),
        (["news", "ticks"], {"topics": 1}, "none of the channels 'news', 'ticks' has a parameter 'topics'; did you mean 'topic'"),
        (["news"], {"topics": 1}, "channel 'news' has no parameter 'topics'"),
    ],
)  # fmt: skip
def test_channels_that_can_not_be_served(two, names, parameters, text):
    with pytest.raises(ConfigurationError, match=text):
        StreamServer(*(two.streams[name] for name in names), parameters=parameters)


def test_a_client_that_asks_for_another_path_is_told(channel):
    with StreamServer(channel) as server:
        url = f"{server.base_url}/user/signup?token=hidden"
        assert "/user/signedup" in httpx.get(url, trust_env=False).text
        assert httpx.post(server.url, trust_env=False).headers["allow"] == "GET"
        with pytest.raises(ContractViolation) as caught:
            server.disconnect(within=0.05)
        assert "refused: 404 for GET /user/signup; 405 for POST /user/signedup" in str(caught.value)
        assert "hidden" not in str(caught.value)


def test_a_client_that_never_reads(channel):
    with StreamServer(channel) as server:
        host, port = server.base_url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as client:
            client.sendall(b"GET /user/signedup HTTP/1.1\r\nHost: x\r\n\r\n")
            server.wait_for_client()
            server.send_raw(b"x" * 20_000_000)
            with pytest.raises(ContractViolation, match="client-hangs: .*within 0.1 s"):
                server.disconnect(within=0.1)
            started = time.monotonic()
            server.__exit__(None, None, None)
            assert time.monotonic() - started < 2.5


def test_clients_are_greeted_in_threads_of_their_own(channel, connect):
    everyone = threading.Barrier(20)

    def greet(connection):
        everyone.wait(10)
        while connection.open:
            connection.send({})
            time.sleep(0.02)

    with StreamServer(channel, on_connect=greet) as server:
        clients = [connect(server.url) for _ in range(20)]
        for client in clients:
            client.has(b"data: {}\n\n")


def test_a_greeting_that_fails_or_never_ends(channel, connect):
    release = threading.Event()

    def fails(_):
        pytest.fail("not my client")

    async def fails_later(connection):
        connection.send(ADA)
        raise KeyError(connection.method)

    def hangs(_):
        release.wait(20)

    for on_connect, error, text in (
        (fails, pytest.fail.Exception, "not my client"),
        (fails_later, KeyError, "GET"),
        (lambda connection: fails_later(connection), KeyError, "GET"),
        (hangs, ConfigurationError, "on_connect has not returned"),
    ):
        server = StreamServer(channel, on_connect=on_connect).__enter__()
        for _ in range(2):
            connect(server.url)
        deadline = time.monotonic() + 5
        came = server._application.errors if on_connect is not hangs else server._hub.requests
        while len(came) < 2 and time.monotonic() < deadline:
            time.sleep(0.005)
        with pytest.raises(error, match=text) as caught:
            server.__exit__(None, None, None)
        if on_connect is not hangs:
            assert caught.value.__notes__ == ["on_connect raised 1 more, for other clients"]
    release.set()
    with pytest.raises(ConfigurationError, match="on_connect is 5, expected a callable"):
        StreamServer(channel, on_connect=5)
