"""The fixtures: what a test asks for, and what a root conftest.py may override."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

import pytest

from pytest_asyncapi_sse.errors import hides_frame
from pytest_asyncapi_sse.session import Run

if TYPE_CHECKING:
    from pytest_asyncapi_sse.client.stream import AsyncEventStream, EventStream
    from pytest_asyncapi_sse.contract.property import PayloadProperty
    from pytest_asyncapi_sse.contract.targets import ClientUnderTest, Reach, ServerUnderTest
    from pytest_asyncapi_sse.contract.verdict import Record
    from pytest_asyncapi_sse.driver.listening import Driver
    from pytest_asyncapi_sse.factories import ClientFactory, ServerFactory
    from pytest_asyncapi_sse.model import Channel, Document
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


@pytest.fixture
def asyncapi_note(request: pytest.FixtureRequest) -> Record:
    """Return what tells the report something of a contract item, with the policy (internal).

    pytest's own `record_property` warns under the default JUnit family.
    """
    from pytest_asyncapi_sse.contract.verdict import Record

    properties = request.node.user_properties
    return Record(lambda *told: properties.append(told), run_of(request.config).policy)


@pytest.fixture
def asyncapi_reach(request: pytest.FixtureRequest) -> Reach:
    """Return how streams are opened, for the contract items (internal)."""
    from pytest_asyncapi_sse.factories import reach_of

    return reach_of(run_of(request.config), request)


@pytest.fixture
def asyncapi_has_target(
    request: pytest.FixtureRequest, asyncapi_url: Any, asyncapi_app: Any
) -> bool:
    """Return whether anything of the user is under test, for the contract items (internal).

    The fixture `asyncapi_client` is not asked: where it has parameters, a server would be tested
    with each of them.
    """
    replay = run_of(request.config).options.replay
    server = any(target is not None for target in (asyncapi_url, asyncapi_app, replay))
    return server or has_client(request.config)


@pytest.fixture
def asyncapi_usable_channel(request: pytest.FixtureRequest, asyncapi_reach: Reach) -> Channel:
    """Return the channel of a contract item, once payloads can be drawn for it (internal)."""
    from pytest_asyncapi_sse.contract.verdict import refuse_narrowing, refuse_unusable

    channel: Channel = request.node.channel
    told = request.node.document_nodeid + "::schemas_can_be_satisfied"
    run = run_of(request.config)
    refuse_unusable(channel, is_told=told in selected(request.session), policy=run.policy)
    refused = run.refused
    refuse_narrowing(channel, asyncapi_reach.narrow, refused=refused, item=request.node.nodeid)
    return channel


@pytest.fixture
def asyncapi_server_under_test(
    request: pytest.FixtureRequest,
    asyncapi_usable_channel: Channel,
    asyncapi_note: Record,
    asyncapi_has_target: bool,
    asyncapi_reach: Reach,
    asyncapi_url: str | None,
    asyncapi_app: Any,
    asyncapi_trigger: Callable[..., Any] | None,
) -> Iterator[ServerUnderTest]:
    """Return the server under test, for the contract items (internal)."""
    from pytest_asyncapi_sse.contract.names import PEER
    from pytest_asyncapi_sse.contract.targets import ServerUnderTest, generated_server
    from pytest_asyncapi_sse.contract.verdict import refuse_unchecked, without_target
    from pytest_asyncapi_sse.factories import keeping, serve_command, server_url

    run = run_of(request.config)
    if run.options.replay is not None:
        asyncapi_note(PEER, "yours")
        yield ServerUnderTest(
            str, kind="replayed", reach=asyncapi_reach, recordings=run.recordings()
        )
        return
    if asyncapi_url is None and asyncapi_app is None:
        required = run.options.requires("server")
        if required or asyncapi_has_target:
            without_target("server", required=required)
        refuse_unchecked(asyncapi_usable_channel)
        asyncapi_note(PEER, "generated")
        channel, recordings = asyncapi_usable_channel, run.recordings()
        with generated_server(channel, reach=asyncapi_reach, recordings=recordings) as server:
            yield server
        return
    asyncapi_note(PEER, "yours")
    yield ServerUnderTest(
        lambda: server_url(run, request) or "",
        kind="yours",
        reach=asyncapi_reach,
        trigger=asyncapi_trigger,
        recordings=run.recordings(),
        serve=serve_command(run, request),
        keep=keeping(run, request.node),
    )


@pytest.fixture
def asyncapi_client_under_test(
    request: pytest.FixtureRequest,
    asyncapi_usable_channel: Channel,
    asyncapi_note: Record,
    asyncapi_has_target: bool,
    asyncapi_reach: Reach,
    asyncapi_client: Callable[..., Any] | str | None,
    asyncapi_client_capabilities: Mapping[str, bool],
) -> Iterator[ClientUnderTest]:
    """Return the client under test, for the contract items (internal)."""
    from pytest_asyncapi_sse.checks.capabilities import check_capabilities
    from pytest_asyncapi_sse.contract.names import PEER
    from pytest_asyncapi_sse.contract.targets import ClientUnderTest, generated_client
    from pytest_asyncapi_sse.contract.verdict import refuse_unchecked, without_target
    from pytest_asyncapi_sse.driver.thread import ThreadDriver

    run = run_of(request.config)
    required = run.options.requires("client")
    is_given = asyncapi_client is not None or run.options.client_command is not None
    if not is_given and (required or asyncapi_has_target):
        without_target("client", required=required)
    refuse_unchecked(asyncapi_usable_channel)
    asyncapi_note(PEER, "yours" if is_given else "generated")
    if not is_given:
        driver = ThreadDriver(generated_client(asyncapi_usable_channel, asyncapi_reach))
        yield ClientUnderTest(driver, "generated", asyncapi_reach)
        return
    client = ClientUnderTest(
        _client_driver(run, asyncapi_client),
        "yours",
        asyncapi_reach,
        memory=run.client_memory(asyncapi_client),
        item=request.node.nodeid,
        capabilities=check_capabilities(asyncapi_client_capabilities),
        invalid_policy=run.invalid_policy(asyncapi_usable_channel.name),
    )
    try:
        yield client
    finally:
        client.driver.close()


def _client_driver(run: Run, client: Callable[..., Any] | str | None) -> Driver:
    """Return what runs the client of the user: that of a fixture, of a command or of a module."""
    from pytest_asyncapi_sse.driver.command import CommandDriver
    from pytest_asyncapi_sse.driver.process import ProcessDriver
    from pytest_asyncapi_sse.driver.thread import ThreadDriver

    folder = run.config.invocation_params.dir
    command = run.options.client_command if client is None else client
    if isinstance(command, str):
        return CommandDriver(command, folder=folder)
    if run.options.client is not None and client is run.imported.get("client"):
        return ProcessDriver(run.options.client, folder=folder)
    return ThreadDriver(cast("Callable[..., Any]", client))


@pytest.fixture
def asyncapi_sibling(request: pytest.FixtureRequest) -> Callable[[str], bool]:
    """Return whether another check of the same side is selected, as a function (internal).

    Where a fixture has parameters, it is the check for the same ones.
    """
    side, _, own = request.node.nodeid.rpartition("::")
    parameters = own.removeprefix(request.node.originalname)
    return lambda name: f"{side}::{name}{parameters}" in selected(request.session)


@pytest.fixture
def asyncapi_property(request: pytest.FixtureRequest, asyncapi_reach: Reach) -> PayloadProperty:
    """Return the payloads of a channel as a property, for the contract items (internal)."""
    from pytest_asyncapi_sse.contract.property import PayloadProperty, seed_for
    from pytest_asyncapi_sse.report.again import again

    node = request.node
    seed = seed_for(request.config.getoption("hypothesis_seed", None))
    command = again(node.document.source, node.pasted_nodeid, vars(request.config.option))
    narrow = asyncapi_reach.narrow
    return PayloadProperty(node.channel, node.nodeid, seed, again=command, narrow=narrow)
