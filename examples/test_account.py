"""Hand-written tests of the account service, by the fixtures of the plugin."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from account_client import listen
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_asyncapi_sse import ContractViolation, payloads

ADA = {"displayName": "Ada", "email": "ada@example.com"}


def test_signup_is_announced(sse_client: Any, api: httpx.Client) -> None:
    with sse_client("userSignups") as stream:
        api.post("/signup", json=ADA)
        event = stream.receive(within=2)
        assert event.payload["email"] == "ada@example.com"


@pytest.mark.asyncapi("orders.yaml")
def test_only_the_followed_order_is_shown(sse_client: Any, api: httpx.Client) -> None:
    with sse_client("orderStatus", parameters={"orderId": "A-100"}) as stream:
        api.post("/orders/B-200/OrderMoved", json={"status": "packed"})
        stream.expect_none(within=0.2)
        api.post("/orders/A-100/OrderMoved", json={"status": "shipped"})
        assert stream.receive(within=2).message.name == "OrderMoved"


def test_client_delivers_a_signup(sse_server: Any) -> None:
    with sse_server("userSignups") as server:
        server.send(ADA, retry=10)
        events = listen(server.url)
        assert next(events).json() == ADA
        server.finish()
        assert list(events) == []


def test_generated_server_refuses_what_the_document_forbids(sse_server: Any) -> None:
    with sse_server("userSignups") as server, pytest.raises(ContractViolation, match="/email"):
        server.send({"email": 5})


@pytest.mark.asyncapi("account.yaml")
@settings(deadline=None, max_examples=30)  # each example starts a server
@given(data=st.data())
def test_any_signup_reaches_the_client(asyncapi: Any, sse_server: Any, data: Any) -> None:
    signup = data.draw(payloads(asyncapi.channels["userSignups"]))
    with sse_server("userSignups") as server:
        server.send(signup)
        events = listen(server.url)
        assert next(events).json() == signup
        events.close()
