"""What the tests of the service share, and the clients under test, in Python and JavaScript."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import account_client
import httpx
import pytest


@pytest.fixture(scope="session", params=["python", "javascript"])
def asyncapi_client(request: pytest.FixtureRequest) -> Any:
    """Return the client under test: a callable, or the command that runs one."""
    if request.param == "python":
        return account_client.listen
    if shutil.which("node") is None:
        pytest.skip("node is not installed, which runs the client in JavaScript")
    return "node account_feed.mjs"


@pytest.fixture
def api(sse_client: Any) -> Iterator[httpx.Client]:
    """Return a client for the service's ordinary endpoints, where `sse_client` finds it too."""
    if sse_client.base_url is None:
        pytest.skip("the service itself is needed: give --asyncapi-app or --asyncapi-url")
    with httpx.Client(base_url=sse_client.base_url, trust_env=False) as client:
        yield client
