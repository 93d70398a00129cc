"""What the hand-written tests of the service share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest


@pytest.fixture
def api(sse_client: Any) -> Iterator[httpx.Client]:
    """Return a client for the service's ordinary endpoints, where `sse_client` finds it too."""
    if sse_client.base_url is None:
        pytest.skip("the service itself is needed: give --asyncapi-app or --asyncapi-url")
    with httpx.Client(base_url=sse_client.base_url, trust_env=False) as client:
        yield client
