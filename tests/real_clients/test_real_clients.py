"""The gate on real clients: what it tells of each is what the table says."""

from __future__ import annotations

import pytest
from client_table import CLIENTS

from pytest_asyncapi_sse.collector import NAMES

# The slowest one first: the others run beside it.
SLOWEST_FIRST = sorted(CLIENTS, key=lambda client: -client.timeout)


@pytest.mark.parametrize("client", SLOWEST_FIRST, ids=lambda client: client.name)
def test_the_gate_tells_what_the_table_says(client_gate, client):
    told = client_gate(client)
    assert told.errors == client.errors
    assert told.advice == client.advice
    assert set(told.outcomes) == set(NAMES["client"])
    failed = {name for name, outcome in told.outcomes.items() if outcome == "failed"}
    assert failed == set(client.errors)
    assert client.unclaimed <= told.not_claimed
