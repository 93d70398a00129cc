"""The scenes: what the client under test is put through, by the item that does it."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_asyncapi_sse.contract.scenes.answers import ANSWERS
from pytest_asyncapi_sse.contract.scenes.asking import ASKING
from pytest_asyncapi_sse.contract.scenes.invalid import INVALID
from pytest_asyncapi_sse.contract.scenes.live import Alone
from pytest_asyncapi_sse.contract.scenes.reconnecting import ENDS
from pytest_asyncapi_sse.contract.scenes.scene import Scene
from pytest_asyncapi_sse.contract.scenes.wire import FORMS

SCENES: Mapping[str, tuple[Scene, ...]] = {
    "reads_every_wire_form": (Alone(), *FORMS),
    "handles_invalid_events": INVALID,
    "asks_for_its_stream": ASKING,
    "comes_back_after_an_end": ENDS,
    "takes_only_a_stream": ANSWERS,
}

__all__ = ["SCENES", "Scene"]
