"""The fixtures in hand-written tests, as the README shows them."""

from __future__ import annotations

import pytest

FEED = """
import asyncio, threading
import httpx, pytest
from hypothesis import given, settings, strategies as st
from httpx_sse import connect_sse
from pytest_asyncapi_sse import *

ADA = {"displayName": "Ada", "email": "ada@example.com"}

def listen(url, **headers):
    with httpx.Client(timeout=5, trust_env=False) as c, connect_sse(c, "GET", url, headers=headers) as s:
        yield from s.iter_sse()
"""


@pytest.fixture
def handwritten(gate, pytester):
    """Return a function that runs hand-written tests with the document in the ini file."""

    def run(tests: str, *options: str, conftest: str = "") -> pytest.RunResult:
        (pytester.path / "test_mine.py").write_text(FEED + tests)
        (pytester.path / "conftest.py").write_text(conftest)
        return gate("test_mine.py", "--asyncapi-timeout=3", *options)

    def ini(tests: str, *options: str, conftest: str = "") -> pytest.RunResult:
        pytester.makeini("[pytest]\nasyncapi = spec.yaml\nfilterwarnings = error\n")
        (pytester.path / "test_mine.py").write_text(FEED + tests)
        (pytester.path / "conftest.py").write_text(conftest)
        return gate("test_mine.py", "--asyncapi-timeout=3", *options, document="")

    return ini


def test_a_client_of_the_server_under_test(handwritten):
    result = handwritten(
        """
def test_receive(sse_client):
    with sse_client("userSignups") as stream:
        event = stream.receive(within=2)
        assert event.payload == ADA == event.json()
        assert (event.event, event.id, event.message.name) == ("message", "", "UserSignedUp")
        assert event.violations == ()
        assert stream.response.status_code == 200
        stream.expect_none(within=0.1)
        with pytest.raises(ContractViolation, match="no-events"):
            stream.receive(within=0.1)
""",
        "--asyncapi-app=service:good",
    )
    result.assert_outcomes(passed=1)


def test_a_violation_raises_unless_told_not_to(handwritten):
    result = handwritten(
        """
def test_raises(sse_client):
    with sse_client("userSignups") as stream:
        stream.receive(within=2)
        with pytest.raises(ContractViolation) as caught:
            stream.receive(within=2)
    (violation,) = caught.value.violations
    assert (violation.code, violation.pointer) == ("payload-schema", "/email")
    assert violation.location.line == 26
    assert violation.frame.startswith(b"data: ")

def test_tells(sse_client):
    with sse_client("userSignups", validate=False) as stream:
        stream.receive(within=2)
        event = stream.receive(within=2)
        assert [v.code for v in event.violations] == ["payload-schema"]
        assert event.message is None and event.payload["email"] == 5

def test_fails(sse_client):
    with sse_client("userSignups") as stream:
        stream.receive(within=2)
        stream.receive(within=2)
""",
        "--asyncapi-app=service:number",
    )
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            ">*stream.receive(within=2)",
            "E       *ContractViolation: payload-schema: /email is 5, not a string",
        ]
    )
    result.stdout.no_fnmatch_line("*client/stream.py*")


def test_the_end_of_a_stream(handwritten):
    result = handwritten(
        """
def test_iteration(sse_client):
    with sse_client("userSignups") as stream:
        assert [event.payload for event in stream] == [ADA]
        with pytest.raises(ContractViolation, match="stream-ended"):
            stream.receive(within=1)
""",
        "--asyncapi-app=service:closing",
    )
    result.assert_outcomes(passed=1)


def test_a_page_instead_of_a_stream(handwritten):
    result = handwritten(
        """
def test_status(sse_client):
    with sse_client("userSignups") as stream:
        assert stream.response.status_code == 404
        with pytest.raises(ContractViolation, match="status: the status is 404"):
            stream.receive(within=1)
""",
        "--asyncapi-app=service:missing",
    )
    result.assert_outcomes(passed=1)


def test_a_generated_server(handwritten):
    result = handwritten(
        """
def test_feed_survives_a_reconnect(sse_server):
    with sse_server("userSignups") as server:
        server.send(ADA, id="1")
        first = listen(server.url)
        event = next(first)
        assert (event.json(), event.id, event.event) == (ADA, "1", "message")
        server.disconnect()
        assert list(first) == []
        second = listen(server.url, **{"Last-Event-ID": "1"})
        thread = threading.Thread(target=lambda: next(second, None), daemon=True)
        thread.start()
        assert server.wait_for_client(within=5).headers["last-event-id"] == "1"
        assert len(server.requests) == 2
        server.send(ADA)
        thread.join(5)
        server.disconnect()
        second.close()

def test_no_client(sse_server):
    with sse_server("userSignups") as server:
        with pytest.raises(ContractViolation, match="no-client"):
            server.wait_for_client(within=0.1)

def test_bad_send(sse_server):
    with sse_server("userSignups") as server:
        with pytest.raises(ContractViolation, match="/email"):
            server.send({"email": 5})
        with pytest.raises(ConfigurationError, match="did you mean 'UserSignedUp'"):
            server.send(ADA, message="UserSignedUpp")

def test_on_connect(sse_server):
    with sse_server("userSignups", on_connect=lambda connection: connection.send(ADA)) as server:
        events = listen(server.url)
        assert next(events).json() == ADA
        server.disconnect()
        assert list(events) == []

def test_on_connect_fails(sse_server):
    def refuse(connection):
        raise KeyError("nobody")
    with pytest.raises(KeyError, match="nobody"):
        with sse_server("userSignups", on_connect=refuse) as server:
            events = listen(server.url)
            server.send(ADA)
            next(events)
            server.disconnect()
            list(events)
"""
    )
    result.assert_outcomes(passed=5)


def test_async_fixtures(handwritten):
    result = handwritten(
        """
@pytest.fixture
def anyio_backend():
    return "asyncio"

@pytest.mark.anyio
async def test_both(async_sse_client, async_sse_server):
    async with async_sse_server("userSignups") as server:
        async with async_sse_client("userSignups", url=server.base_url) as stream:
            await server.send(ADA)
            assert (await stream.receive(within=2)).payload == ADA
            await stream.expect_none(within=0.1)
            assert (await server.wait_for_client(within=1)).open
            await server.disconnect()
            assert [event async for event in stream] == []
            assert stream.response.status_code == 200

@pytest.mark.anyio
async def test_generated(async_sse_client):
    async with async_sse_client("userSignups") as stream:
        assert (await stream.receive(within=2)).message.name == "UserSignedUp"

@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_given(asyncapi, async_sse_server, async_sse_client, data):
    signup = data.draw(payloads(asyncapi.channels["userSignups"]))
    async def exchange():
        async with async_sse_server("userSignups") as server:
            await server.send(signup)
            async with async_sse_client("userSignups", url=server.base_url) as stream:
                assert (await stream.receive(within=2)).payload == signup
    asyncio.run(exchange())
"""
    )
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["*hand-written test*met the generated server only*"])


def test_given_with_sync_factories(handwritten):
    result = handwritten(
        """
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_any_signup_is_shown(asyncapi, sse_server, sse_client, data):
    signup = data.draw(payloads(asyncapi.channels["userSignups"]))
    with sse_server("userSignups") as server:
        server.send(signup)
        with sse_client("userSignups", url=server.base_url) as stream:
            assert stream.receive(within=2).payload == signup
"""
    )
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("scope", ["session", "module", "function"])
@pytest.mark.parametrize("target", ["app", "url"])
def test_overrides_at_any_scope(handwritten, scope, target):
    app = f"""
import pytest, service
from pytest_asyncapi_sse.server import Host
@pytest.fixture(scope="{scope}")
def asyncapi_app():
    return service.good
"""
    url = f"""
import pytest, service
from pytest_asyncapi_sse.server import Host
@pytest.fixture(scope="{scope}")
def asyncapi_url():
    with Host(service.good) as host:
        yield host.base_url
"""
    result = handwritten(
        """
@pytest.fixture
def first(sse_client):
    with sse_client("userSignups") as stream:
        return stream.receive(within=2).payload

def test_override(sse_client, first):
    with sse_client("userSignups") as stream:
        assert stream.receive(within=2).payload == ADA == first

@settings(max_examples=3, deadline=None)
@given(st.integers())
def test_given(sse_client, number):
    with sse_client("userSignups") as stream:
        assert stream.receive(within=2).payload == ADA
""",
        conftest=app if target == "app" else url,
    )
    result.assert_outcomes(passed=2)
    result.stdout.no_fnmatch_line("*generated server only*")


def test_the_gate_takes_overrides_too(gate, pytester):
    pytester.makeconftest(
        """
        import pytest, service, clients
        @pytest.fixture
        def asyncapi_app():
            return service.number
        @pytest.fixture
        def asyncapi_client():
            return clients.alters
        """
    )
    result = gate("--asyncapi-timeout=2", "-k", "server or delivers_every_event")
    result.assert_outcomes(passed=3, skipped=2, failed=2, deselected=12)
    result.stdout.fnmatch_lines(
        [
            "asyncapi: server under test: the fixture asyncapi_app of conftest.py",
            "payload-schema: /email is 5*",
            "payload-altered: *",
        ]
    )


def test_a_callable_that_never_ends_is_told(gate, pytester):
    pytester.makeconftest(
        """
        import pytest, time, clients
        def hangs(url):
            yield from clients.good(url)
            time.sleep(60)
        @pytest.fixture
        def asyncapi_client():
            return hangs
        """
    )
    result = gate("--asyncapi-timeout=2", "-rs")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["client-hangs: *", "*do: * give it by --asyncapi-client*"])
    result.stdout.fnmatch_lines(["SKIPPED [[]4]*see reads_every_wire_form: the client hangs"])


def test_wrong_arguments_of_a_factory(handwritten):
    result = handwritten(
        """
def test_unknown_channel(sse_client):
    with sse_client("userSignup") as stream:
        pass

def test_unknown_parameter(sse_client):
    sse_client("userSignups", parameters={"id": 1})

def test_unknown_channel_of_a_server(sse_server):
    sse_server("userSignups", "nothing")
"""
    )
    assert result.ret == 1
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(
        [
            "E*ConfigurationError: no channel 'userSignup' in spec.yaml; did you mean 'userSignups'*",
            "E*ConfigurationError: channel 'userSignups' has no parameter 'id'*",
            "E*ConfigurationError: no channel 'nothing'*",
        ]
    )
    result.stdout.no_fnmatch_line("*pytest_asyncapi_sse/*.py*")


def test_a_marker_picks_the_document(handwritten, pytester):
    text = (pytester.path / "spec.yaml").read_text()
    (pytester.path / "other.yaml").write_text(text.replace("Account Service", "Other"))
    result = handwritten(
        """
@pytest.mark.asyncapi("other.yaml")
def test_marked(asyncapi, sse_server):
    assert asyncapi.title == "Other"
    assert sse_server("userSignups").channel is asyncapi.channels["userSignups"]

def test_unmarked(asyncapi):
    assert asyncapi.title == "Account Service"
""",
        "-v",
    )
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["test_mine.py::test_marked PASSED*"])


def test_without_a_document_the_fixture_says_what_to_do(gate, pytester):
    pytester.makepyfile("def test_mine(asyncapi): pass")
    result = gate(document="")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["E*no AsyncAPI document: give --asyncapi SPEC*"])
    result.stdout.no_fnmatch_line("*pytest_asyncapi_sse/*.py*")


def test_parameters(gate, pytester):
    orders = """
asyncapi: 3.0.0
info: {title: Orders, version: '1'}
channels:
  orders:
    address: orders/{id}/{kind}
    parameters:
      id: {}
      kind: {enum: [new, old]}
    messages: {m: {payload: {type: object}}}
operations: {o: {action: send, channel: {$ref: '#/channels/orders'}}}
"""
    (pytester.path / "orders.yaml").write_text(orders)
    (pytester.path / "test_mine.py").write_text(
        FEED
        + """
def test_parameters(sse_server):
    with sse_server("orders", parameters={"kind": "new"}) as server:
        assert server.url_for(id="a/b c") == server.base_url + "/orders/a%2Fb%20c/new"
        events = listen(server.url_for(id="a/b"))
        server.send({})
        assert next(events).json() == {}
        assert server.wait_for_client(within=1).parameters == {"id": "a/b", "kind": "new"}
        server.disconnect()
        assert list(events) == []
        with pytest.raises(ConfigurationError, match="'id' of channel 'orders' needs a value"):
            server.url

@pytest.mark.parametrize("given, text", [
    ({"id": "1"}, "needs a value"), ({"id": "1", "kind": "odd"}, "not one of"),
    ({"id": "", "kind": "new"}, "is empty"), ({"id": "1", "kind": "new", "x": 1}, "has no parameter"),
])
def test_wrong(sse_client, given, text):
    with pytest.raises(ConfigurationError, match=text):
        sse_client("orders", parameters=given)
"""
    )
    result = gate(document="orders.yaml")
    result.assert_outcomes(passed=17)


def test_credentials_are_sent_and_never_shown(handwritten):
    conftest = """
import pytest
@pytest.fixture
def asyncapi_auth():
    return {"X-Key": "hunter2"}
"""
    result = handwritten(
        """
def test_sent(sse_client, sse_server):
    with sse_server("userSignups") as server:
        server.send(ADA)
        with sse_client("userSignups", url=server.base_url, last_event_id="7") as stream:
            stream.receive(within=2)
        sent = server.requests[0].headers
        assert sent["X-Key"] == "hunter" + "2" and sent["Last-Event-ID"] == "7"
        assert sent["Accept"] == "text/event-stream"

def test_fails(sse_client, sse_server):
    with sse_server("userSignups") as server:
        with sse_client("userSignups", url=server.base_url) as stream:
            stream.receive(within=0.1)
""",
        "--showlocals",
        conftest=conftest,
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(['*-H "X-Key: $X_KEY"*'])
    assert "hunter2" not in result.stdout.str()
