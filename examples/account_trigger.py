"""The trigger: puts a generated payload into the service, by the way its users would."""

from __future__ import annotations

from typing import Any

import httpx


def publish(
    channel: str, message: str, payload: Any, *, base_url: str, parameters: dict[str, str]
) -> Any:
    """Post a payload, and return it as what must come out on the stream."""
    path = f"/orders/{parameters['orderId']}/{message}" if channel == "orderStatus" else "/signup"
    response = httpx.post(base_url + path, json=payload, trust_env=False)
    response.raise_for_status()
    return payload
