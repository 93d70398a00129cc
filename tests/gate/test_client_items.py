"""The items of a client of the user's: where they are, and how one cause is told once."""

from __future__ import annotations

TWO_CLIENTS = """
import pytest, clients

@pytest.fixture(scope="session", params=["plain", "async"])
def asyncapi_client(request):
    return clients.good if request.param == "plain" else clients.asynchronous
"""


def test_a_client_that_delivers_nothing_is_one_failure(gate):
    result = gate("--asyncapi-client=clients:never", "--asyncapi-timeout=2", "-rs")
    result.assert_outcomes(passed=7, failed=1, skipped=9)
    result.stdout.fnmatch_lines(["client-failed: the client ended before it connected"])
    result.stdout.fnmatch_lines(["SKIPPED [[]5]*see delivers_every_event"])


def test_an_item_tells_by_itself_that_nothing_is_delivered(gate):
    result = gate("--asyncapi-client=clients:never", "--asyncapi-timeout=2", "-k", "asks_for")
    result.assert_outcomes(failed=1, deselected=16)
    result.stdout.fnmatch_lines(["client-failed: the client ended before it connected"])


def test_each_of_several_clients_is_tested_and_a_server_once(gate, pytester):
    pytester.makeconftest(TWO_CLIENTS)
    items = "connects or asks_for"
    result = gate("--asyncapi-app=service:good", "-k", items, "-v", "--asyncapi-timeout=2")
    result.assert_outcomes(passed=3, deselected=22)
    result.stdout.fnmatch_lines_random(
        [
            "spec.yaml::userSignups::server::connects PASSED*",
            "spec.yaml::userSignups::client::asks_for_its_stream[[]plain] PASSED*",
            "spec.yaml::userSignups::client::asks_for_its_stream[[]async] PASSED*",
        ]
    )


def test_what_is_not_claimed_is_named_and_the_rest_is_tested(gate, pytester):
    pytester.makeini(
        "[pytest]\nasyncapi_client_capabilities =\n  reconnect = no\n  redirects = no\n  status = no\n"
    )
    options = ["-k", "comes_back or takes_only", "-rs", "--asyncapi-timeout=2"]
    result = gate("--asyncapi-client=clients:good", *options)
    result.stdout.fnmatch_lines(
        [
            "stream-refused: *",
            "not claimed by the client: reconnect, retry, last-event-id, no-content, status,"
            " redirects, backoff (asyncapi_client_capabilities)",
            "SKIPPED*not claimed: reconnect, last-event-id, retry, no-content",
        ]
    )
    result.assert_outcomes(failed=1, skipped=1, deselected=15)
