"""The options and settings of a client under test: what is refused, and what is run and told."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from pytest_asyncapi_sse.checks.capabilities import CAPABILITIES, check_capabilities
from pytest_asyncapi_sse.client_settings import (
    ClientSettings,
    capabilities_of,
    invalid_policies_of,
)
from pytest_asyncapi_sse.contract.targets import ClientUnderTest
from pytest_asyncapi_sse.driver.command import CommandDriver
from pytest_asyncapi_sse.driver.process import ProcessDriver
from pytest_asyncapi_sse.driver.thread import ThreadDriver
from pytest_asyncapi_sse.errors import ConfigurationError
from pytest_asyncapi_sse.report.summary import Tally, summary
from pytest_asyncapi_sse.session import Clients

CHANNELS = {"userSignups", "https://a.example/x=1"}
NEED_RECONNECT = {"retry", "last-event-id", "no-content", "backoff"}
FEED = """
import json, os, sys, urllib.request
print("listening", file=sys.stderr)
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
with opener.open(os.environ["ASYNCAPI_SSE_URL"]) as stream:
    for line in stream:
        if line.startswith(b"data:"):
            print(json.dumps({"payload": json.loads(line[5:])}))
"""
CONFTEST = """
import pytest

@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    if "::client::" in item.nodeid:
        item.user_properties.append(("asyncapi_not_claimed", "redirects"))
        client = item.funcargs["asyncapi_client_under_test"]
        print("GOT", client.claims("retry"), client.claims("status"), client.invalid_policy)
    return (yield)
"""


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--asyncapi-client-command="], "ERROR: --asyncapi-client-command is empty: give it a COMMAND*"),
        (["--asyncapi-client-command=sh", "--asyncapi-client=clients:good"], "*name two clients under test: give one"),
        (["--asyncapi-client-command=./servce.py"], "ERROR: --asyncapi-client-command: './servce.py' can't be run: *; did you mean './service.py'?"),
        (["-oasyncapi_client_capabilities=reconect = no"], "ERROR: asyncapi_client_capabilities: no capability 'reconect'; did you mean 'reconnect'? *"),
        (["-oasyncapi_invalid_policy=userSignup = reject"], "ERROR: asyncapi_invalid_policy 'userSignup = reject': no channel 'userSignup'; did you mean 'userSignups'? *"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_before_anything_runs(refuses, options, text):
    refuses(*options).stderr.fnmatch_lines([text])


def test_a_command_is_tested(gate, pytester):
    (pytester.path / "feed.py").write_text(FEED)
    pytester.makeconftest(CONFTEST)
    pytester.makeini(
        "[pytest]\nasyncapi_client_capabilities =\n  reconnect = no\n"
        "asyncapi_invalid_policy =\n  reject\n  userSignups = deliver\n"
    )
    command = f"{sys.executable} -u feed.py"
    item = "spec.yaml::userSignups::client::delivers_every_event"
    result = gate(f"--asyncapi-client-command={command}", "-rP", item)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            f"asyncapi: client under test: {command}",
            "*GOT False True deliver",
            f"client under test: {command}: 1 passed*",
            "not claimed by the client: redirects (asyncapi_client_capabilities)",
        ]
    )


def test_a_fixture_goes_before_a_command_and_a_command_before_nothing():
    def fixture(url):
        return []

    def driver(client, *, command=None, module=None):
        options = SimpleNamespace(client=module, client_command=command)
        params = SimpleNamespace(dir=Path.cwd())
        config = SimpleNamespace(invocation_params=params)
        imported = {"client": listen} if module else {}
        run = SimpleNamespace(options=options, imported=imported, config=config)
        return Clients(run).of(client)[1]

    def listen(url):
        return []

    assert isinstance(driver(fixture, command="sh"), ThreadDriver)
    assert isinstance(driver(None, command="sh"), CommandDriver)
    assert isinstance(driver(listen, module="feed:listen"), ProcessDriver)
    assert isinstance(driver(fixture, module="feed:listen"), ThreadDriver)


def test_a_command_that_a_fixture_writes_anew_is_the_same_client():
    params = SimpleNamespace(dir=Path.cwd())
    options = SimpleNamespace(client=None, client_command=None)
    config = SimpleNamespace(invocation_params=params)
    clients = Clients(SimpleNamespace(options=options, imported={}, config=config))
    known, again = clients.of(" ".join(["sh", "-c"])), clients.of(" ".join(["sh", "-c"]))
    assert known[0] is again[0]
    assert clients.of("sh -x")[0] is not known[0]


@pytest.mark.parametrize(
    ("given", "not_claimed"),
    [
        (None, set()),
        ({}, set()),
        ({"redirects": False, "status": True}, {"redirects"}),
        ({"reconnect": False}, {"reconnect", *NEED_RECONNECT}),
        ({"reconnect": False, "retry": False}, {"reconnect", *NEED_RECONNECT}),
        ({"retry": False}, {"retry"}),
        (set(CAPABILITIES), set()),
        (["reconnect", "status"], set(CAPABILITIES) - {"reconnect", "status"}),
        ((), set(CAPABILITIES)),
    ],
)
def test_what_a_client_claims(given, not_claimed):
    claims = check_capabilities(given)
    assert claims == {name: name not in not_claimed for name in CAPABILITIES}
    client = ClientUnderTest(None, "yours", None, capabilities=claims)
    assert {name for name in CAPABILITIES if not client.claims(name)} == not_claimed
    with pytest.raises(KeyError):
        client.claims("reconect")


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"Reconnect": False}, "no capability 'Reconnect'; did you mean 'reconnect'? (there are reconnect, retry,"),
        (["reconect"], "no capability 'reconect'; did you mean 'reconnect'?"),
        ([5], "no capability 5 (there are"),
        ({"status": "no"}, "the capability 'status' is 'no': give True or False"),
        ({"status": 0}, "the capability 'status' is 0: give True or False"),
        ({"reconnect": False, "retry": True}, "'retry' is claimed and 'reconnect', which it needs, is not"),
        (["backoff"], "'backoff' is claimed and 'reconnect', which it needs, is not"),
        ("status", 'the capabilities of the client are \'status\': give a mapping, such as {"reconnect": False}'),
        (5, "the capabilities of the client are 5"),
        ((name for name in ["status"]), "the capabilities of the client are <generator"),
        ([["status"]], "no capability \"['status']\""),
    ],
)  # fmt: skip
def test_capabilities_that_cannot_be_meant(given, text):
    with pytest.raises(ConfigurationError, match=re.escape(text)):
        check_capabilities(given)


def test_lines_become_settings():
    assert capabilities_of([]) == {}
    lines = ["reconnect = no", "status=TRUE", "redirects = false", "credentials = Yes"]
    assert capabilities_of(lines) == {
        "reconnect": False, "status": True, "redirects": False, "credentials": True
    }  # fmt: skip
    invalid = invalid_policies_of(["reject", "https://a.example/x=1 = deliver"], CHANNELS)
    settings = ClientSettings(invalid=invalid)
    assert settings.invalid_policy("https://a.example/x=1") == "deliver"
    assert settings.invalid_policy("userSignups") == "reject"
    assert ClientSettings().invalid_policy("userSignups") == "withhold"
    assert invalid_policies_of(["nobody = ignore"], None) == {"nobody": "ignore"}


@pytest.mark.parametrize(
    ("read", "lines", "text"),
    [
        (capabilities_of, ["reconnect"], "asyncapi_client_capabilities 'reconnect': give NAME = no, such as reconnect = no"),
        (capabilities_of, ["= no"], "give NAME = no"),
        (capabilities_of, ["reconnect = off"], "'off' is neither yes nor no"),
        (capabilities_of, ["reconnect = no", "reconnect=no"], "it is there twice"),
        (capabilities_of, ["reconnect = no", "retry = yes"], "asyncapi_client_capabilities: the capability 'retry' is claimed"),
        (invalid_policies_of, ["rejct"], "asyncapi_invalid_policy 'rejct': no policy 'rejct'; did you mean 'reject'? (there are withhold, reject, ignore, deliver)"),
        (invalid_policies_of, ["userSignups"], "that is a channel: give userSignups = one of them"),
        (invalid_policies_of, ["userSignups ="], "no policy '' (there are"),
        (invalid_policies_of, ["= reject"], "give CHANNEL = one of withhold"),
        (invalid_policies_of, ["signups = reject"], "no channel 'signups'; did you mean 'userSignups'?"),
        (invalid_policies_of, ["reject", "ignore"], "asyncapi_invalid_policy 'ignore': 'reject' is there too: give one"),
        (invalid_policies_of, ["userSignups = reject", "userSignups=ignore"], "it is there twice"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_meant_is_refused(read, lines, text):
    known = (CHANNELS,) if read is invalid_policies_of else ()
    with pytest.raises(pytest.UsageError, match=re.escape(text)):
        read(lines, *known)


def test_the_summary_names_what_is_not_claimed_once():
    tally = Tally()
    told = {"outcome": "passed", "peers": ["yours"], "events": 0, "advice": []}
    tally.add(side="client", not_claimed=["redirects", "reconnect"], **told)
    tally.add(side="client", not_claimed=["redirects"], **told)
    line = "not claimed by the client: reconnect, redirects (asyncapi_client_capabilities)"
    assert list(summary(tally, {})).count(line) == 1
    assert not any("not claimed" in line for line in summary(Tally(), {}))
