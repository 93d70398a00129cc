"""The trigger: what makes the server under test emit an event, by the user's own code."""

from __future__ import annotations

import asyncio
import inspect
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_asyncapi_sse.errors import ConfigurationError, raised
from pytest_asyncapi_sse.model import Channel, Message
from pytest_asyncapi_sse.schema.narrowing import Narrow, drawable

_SAMPLES = 20
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Fired:
    """Say what a trigger did: whether it fired, and the payload to expect where it named one."""

    ready: bool
    expected: Any = _ABSENT

    @property
    def confirmed(self) -> bool:
        """Whether the trigger named the payload that must come out."""
        return self.expected is not _ABSENT


class Trigger:
    """Call the user's `trigger(channel, message, payload)`, sync or async.

    The names of channel and message are text. `base_url` and `parameters` (of the address) are
    passed too where the callable takes keywords of these names. False means not ready, None fired,
    anything else is the payload to expect on the wire. An exception in it becomes a
    ConfigurationError that names the place. `narrow` is what a user makes of payloads.
    """

    def __init__(
        self,
        function: Callable[..., object],
        *,
        base_url: str,
        parameters: Mapping[str, str],
        timeout: float,
        narrow: Narrow | None = None,
    ) -> None:
        self._function = function
        self._timeout = timeout
        self._narrow = narrow
        offered = {"base_url": base_url, "parameters": dict(parameters)}
        self._keywords = {n: value for n, value in offered.items() if _takes(function, n)}

    def payloads(self, channel: Channel, message: Message) -> Iterator[Any]:
        """Yield valid payloads of a message without end, the same ones in every run."""
        return itertools.cycle(drawable(channel, message, self._narrow).samples(_SAMPLES))

    def fire(self, channel: Channel, message: Message, payload: Any) -> Fired:
        """Call the trigger once with a payload."""
        try:
            answer = self._function(channel.name, message.name, payload, **self._keywords)
            if inspect.isawaitable(answer):
                answer = asyncio.run(_bounded(answer, self._timeout))
        except Exception as error:
            raise ConfigurationError(
                f"the trigger raised {raised(error)}; it may return False while it is not"
                " ready, None once it has fired, or the payload to expect"
            ) from error
        if answer is False:
            return Fired(ready=False)
        return Fired(ready=True) if answer is None else Fired(ready=True, expected=answer)


async def _bounded(awaitable: Any, seconds: float) -> object:
    async with asyncio.timeout(seconds):
        return await awaitable


def _takes(function: Callable[..., object], name: str) -> bool:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    return any(p.name == name or p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters)
