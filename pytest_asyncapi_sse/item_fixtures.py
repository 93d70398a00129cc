"""The fixtures of the contract items; none of them is for the tests of users."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from pytest_asyncapi_sse.errors import hides_frame
from pytest_asyncapi_sse.fixtures import has_client, run_of, selected

if TYPE_CHECKING:
    from pytest_asyncapi_sse.contract.performing import Performance
    from pytest_asyncapi_sse.contract.property import PayloadProperty
    from pytest_asyncapi_sse.contract.targets import ClientUnderTest, Reach, ServerUnderTest
    from pytest_asyncapi_sse.contract.verdict import Record
    from pytest_asyncapi_sse.model import Channel

__tracebackhide__ = hides_frame


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
) -> ClientUnderTest:
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
        generated = ThreadDriver(generated_client(asyncapi_usable_channel, asyncapi_reach))
        return ClientUnderTest(generated, "generated", asyncapi_reach)
    memory, driver = run.clients.of(asyncapi_client)
    return ClientUnderTest(
        driver,
        "yours",
        asyncapi_reach,
        memory=memory,
        item=request.node.nodeid,
        again=_again(request),
        capabilities=check_capabilities(asyncapi_client_capabilities),
        invalid_policy=run.invalid_policy(asyncapi_usable_channel.name),
    )


@pytest.fixture
def asyncapi_sibling(request: pytest.FixtureRequest) -> Callable[[str], bool]:
    """Return whether another check of the same side is selected, as a function (internal).

    Where a fixture has parameters, it is the check for the same ones.
    """
    side, _, own = request.node.nodeid.rpartition("::")
    parameters = own.removeprefix(request.node.originalname)
    return lambda name: f"{side}::{name}{parameters}" in selected(request.session)


@pytest.fixture
def asyncapi_performance(
    asyncapi_usable_channel: Channel,
    asyncapi_client_under_test: ClientUnderTest,
    asyncapi_sibling: Callable[[str], bool],
    asyncapi_note: Record,
) -> Performance:
    """Return what plays scenes to the client under test, for the contract items (internal)."""
    from pytest_asyncapi_sse.contract.performing import Performance

    return Performance(
        asyncapi_usable_channel, asyncapi_client_under_test, asyncapi_sibling, asyncapi_note
    )


@pytest.fixture
def asyncapi_property(request: pytest.FixtureRequest, asyncapi_reach: Reach) -> PayloadProperty:
    """Return the payloads of a channel as a property, for the contract items (internal)."""
    from pytest_asyncapi_sse.contract.property import PayloadProperty, seed_for

    node = request.node
    seed = seed_for(request.config.getoption("hypothesis_seed", None))
    narrow = asyncapi_reach.narrow
    return PayloadProperty(node.channel, node.nodeid, seed, again=_again(request), narrow=narrow)


def _again(request: pytest.FixtureRequest) -> str:
    """Return the command that runs a contract item again."""
    from pytest_asyncapi_sse.report.again import again

    node = request.node
    return again(node.document.source, node.pasted_nodeid, vars(request.config.option))
