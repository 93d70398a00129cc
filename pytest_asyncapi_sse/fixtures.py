"""The fixtures: what a test asks for, and what a root conftest.py may override."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from pytest_asyncapi_sse.errors import hides_frame
from pytest_asyncapi_sse.session import Run

if TYPE_CHECKING:
    from pytest_asyncapi_sse.client.stream import AsyncEventStream, EventStream
    from pytest_asyncapi_sse.factories import ClientFactory, ServerFactory
    from pytest_asyncapi_sse.model import Document
    from pytest_asyncapi_sse.schema.narrowing import Narrow
    from pytest_asyncapi_sse.server.stream_server import AsyncStreamServer, StreamServer

__tracebackhide__ = hides_frame

RUN = pytest.StashKey[Run]()
SELECTED = pytest.StashKey[frozenset[str]]()
FACTORIES = frozenset({"sse_client", "async_sse_client", "sse_server", "async_sse_server"})


def selected(session: pytest.Session) -> frozenset[str]:
    """Return the node ids of the items of a run, collected once."""
    if SELECTED not in session.stash:
        session.stash[SELECTED] = frozenset(item.nodeid for item in session.items)
    return session.stash[SELECTED]


def run_of(config: pytest.Config) -> Run:
    """Return the state of the run, made on first use."""
    if RUN not in config.stash:
        config.stash[RUN] = Run(config)
    return config.stash[RUN]


def override_of(config: pytest.Config, *names: str) -> tuple[str, object] | None:
    """Return the first of some fixtures that a conftest.py or a plugin overrides, and by which."""
    for _, plugin in config.pluginmanager.list_name_plugin():
        for name in names:
            if plugin is not sys.modules[__name__] and hasattr(plugin, name):
                return name, plugin
    return None


def has_server(config: pytest.Config) -> bool:
    """Whether a server of the user may be under test, or recordings of one."""
    options = run_of(config).options
    given = (options.url, options.app, options.replay)
    found = override_of(config, "asyncapi_url", "asyncapi_app")
    return any(target is not None for target in given) or found is not None


def has_client(config: pytest.Config) -> bool:
    """Whether a client of the user may be under test."""
    options = run_of(config).options
    given = (options.client, options.client_command, override_of(config, "asyncapi_client"))
    return any(target is not None for target in given)


@pytest.fixture(scope="session")
def asyncapi(request: pytest.FixtureRequest) -> Document:
    """Return the AsyncAPI document of the test.

    It is the one of `--asyncapi` or of the ini file; a test that is marked with
    `@pytest.mark.asyncapi("other.yaml")` gets that one::

        def test_the_stream_is_described(asyncapi):
            assert "userSignups" in asyncapi.streams
    """
    from pytest_asyncapi_sse.errors import ConfigurationError

    run = run_of(request.config)
    if "hypothesis" in sys.modules:
        from pytest_asyncapi_sse.schema.samples import warm_up

        warm_up()
    marked = getattr(request, "param", None)
    if marked is not None:
        return run.load(marked)
    documents = run.configured()
    if len(documents) > 1:
        sources = ", ".join(document.source for document in documents)
        raise ConfigurationError(
            f"{len(documents)} documents are configured ({sources}): mark the test with"
            ' @pytest.mark.asyncapi("spec.yaml")'
        )
    return documents[0]


@pytest.fixture(scope="session")
def sse_client(request: pytest.FixtureRequest) -> ClientFactory[EventStream]:
    """Return a factory of validating clients for the server under test::

    def test_signup_is_announced(sse_client, api):
        with sse_client("userSignups") as stream:
            api.post("/signup", json={"email": "ada@example.com"})
            assert stream.receive(within=2).payload["email"] == "ada@example.com"
    """
    from pytest_asyncapi_sse.client.stream import EventStream
    from pytest_asyncapi_sse.factories import ClientFactory

    return ClientFactory(run_of(request.config), EventStream)


@pytest.fixture(scope="session")
def async_sse_client(request: pytest.FixtureRequest) -> ClientFactory[AsyncEventStream]:
    """Return what `sse_client` returns, for async tests::

    async def test_signup_is_announced(async_sse_client):
        async with async_sse_client("userSignups") as stream:
            event = await stream.receive(within=2)
    """
    from pytest_asyncapi_sse.client.stream import AsyncEventStream
    from pytest_asyncapi_sse.factories import ClientFactory

    return ClientFactory(run_of(request.config), AsyncEventStream)


@pytest.fixture(scope="session")
def sse_server(request: pytest.FixtureRequest) -> ServerFactory[StreamServer]:
    """Return a factory of generated servers for the client under test::

    def test_feed_shows_a_signup(sse_server):
        with sse_server("userSignups") as server:
            feed = Feed(server.url)
            server.send({"displayName": "Ada", "email": "ada@example.com"}, id="1")
            server.disconnect()  # or abrupt=True, or mid_event=another_signup
            assert server.wait_for_client(within=5).headers["last-event-id"] == "1"

    `send`, `send_raw`, `comment`, `retry` and `delay` go to every client, or wait for the next;
    `respond_with(503)` answers the next request. `sse_server("userSignups", "orders")` serves both
    channels: `server["orders"]` has the same methods. `on_connect=greet` is called with each
    connection, which has `headers`, `parameters` and `send` for that client alone.
    """
    from pytest_asyncapi_sse.factories import ServerFactory
    from pytest_asyncapi_sse.server.stream_server import StreamServer

    return ServerFactory(run_of(request.config), StreamServer)


@pytest.fixture(scope="session")
def async_sse_server(request: pytest.FixtureRequest) -> ServerFactory[AsyncStreamServer]:
    """Return what `sse_server` returns, for async tests; its methods are awaited::

    async def test_feed_shows_a_signup(async_sse_server):
        async with async_sse_server("userSignups") as server:
            await server.send({"displayName": "Ada"}, id="1")
            await server.disconnect()
    """
    from pytest_asyncapi_sse.factories import ServerFactory
    from pytest_asyncapi_sse.server.stream_server import AsyncStreamServer

    return ServerFactory(run_of(request.config), AsyncStreamServer)


@pytest.fixture(scope="session")
def asyncapi_url(request: pytest.FixtureRequest) -> str | None:
    """Return the base URL of the server under test; override it in the root conftest.py."""
    return run_of(request.config).options.url


@pytest.fixture(scope="session")
def asyncapi_app(request: pytest.FixtureRequest) -> Any:
    """Return the server under test as an ASGI application; override it in the root conftest.py."""
    return run_of(request.config).imported.get("app")


@pytest.fixture(scope="session")
def asyncapi_client(request: pytest.FixtureRequest) -> Callable[..., Any] | str | None:
    """Return the client under test; override it in the root conftest.py.

    `client(url, *, base_url, channel, parameters, headers)` gets those keywords that it accepts,
    and returns an iterable or async iterable of what it delivers. Where it has a parameter
    `callback`, it calls back instead, and returns None, or something with `close()`. A text is a
    command, as `--asyncapi-client-command` has it.
    """
    return run_of(request.config).imported.get("client")


@pytest.fixture(scope="session")
def asyncapi_client_capabilities(request: pytest.FixtureRequest) -> Mapping[str, bool]:
    """Return what the client under test does and does not do; override it in the root conftest.py.

    What it leaves out is claimed, and is tested::

        @pytest.fixture(scope="session")
        def asyncapi_client_capabilities():
            return {"reconnect": False}
    """
    return run_of(request.config).client_settings.capabilities


@pytest.fixture(scope="session")
def asyncapi_trigger(request: pytest.FixtureRequest) -> Callable[..., Any] | None:
    """Return what makes the server under test emit; override it in the root conftest.py.

    `trigger(channel, message, payload)` gets two names and a valid payload; it returns False while
    it is not ready, None once it has fired, or the payload to expect on the wire.
    """
    return run_of(request.config).imported.get("trigger")


@pytest.fixture(scope="session")
def asyncapi_auth() -> Any:
    """Return credentials: headers, a pair of name and password, or an httpx.Auth; override it."""
    return None


@pytest.fixture(scope="session")
def asyncapi_parameters() -> Mapping[str, object]:
    """Return values of address parameters, by `NAME` or `CHANNEL.NAME`; override it."""
    return {}


@pytest.fixture(scope="session")
def asyncapi_payloads() -> Narrow | None:
    """Return what narrows the payloads that are generated; override it in the root conftest.py.

    `narrow(channel, message, strategy)` gets two names and the Hypothesis strategy of the
    message's valid payloads; it returns the strategy to draw from, whose values have to be valid::

        @pytest.fixture(scope="session")
        def asyncapi_payloads():
            def narrow(channel, message, strategy):
                if message == "UserSignedUp":
                    return strategy.filter(lambda payload: "email" in payload)
                return strategy
            return narrow
    """
    return None
