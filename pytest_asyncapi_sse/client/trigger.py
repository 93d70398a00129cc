"""The trigger: what makes the server under test emit an event, by the user's own code."""

from __future__ import annotations

import asyncio
import concurrent.futures
import functools
import inspect
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_asyncapi_sse.client.daemon import DaemonThread
from pytest_asyncapi_sse.errors import ConfigurationError, raised
from pytest_asyncapi_sse.model import Channel, Message
from pytest_asyncapi_sse.schema.narrowing import Narrow, drawable

_SAMPLES = 20
_GRACE_SECONDS = 0.2
_FIRST_SECONDS = 1.0
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

    It runs in a daemon thread of its own, one for all calls, which is left where it does not return
    within `timeout` seconds.
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
        self._thread = DaemonThread("asyncapi trigger")
        self._has_returned = False

    def payloads(self, channel: Channel, message: Message) -> Iterator[Any]:
        """Yield valid payloads of a message without end, the same ones in every run."""
        return itertools.cycle(drawable(channel, message, self._narrow).samples(_SAMPLES))

    def fire(
        self, channel: Channel, message: Message, payload: Any, *, within: float | None = None
    ) -> Fired:
        """Call the trigger once with a payload, and wait up to `within` seconds.

        Raises ConfigurationError where it has not returned by then. A call that was given little of
        the timeout, a second for the first and half of it for others, is taken as not ready.
        """
        seconds = self._timeout if within is None else max(0.0, min(within, self._timeout))
        arguments = channel.name, message.name, payload
        call = functools.partial(self._function, *arguments, **self._keywords)
        future = self._thread.submit(lambda: _answer(call, seconds))
        concurrent.futures.wait([future], timeout=seconds + _GRACE_SECONDS)
        if not future.done():
            self._thread = DaemonThread("asyncapi trigger")
            return self._late(seconds, "it is left running in its thread")
        try:
            answer = future.result()
        except _Cancelled:
            return self._late(seconds, "it was cancelled")
        except Exception as error:
            raise ConfigurationError(
                f"the trigger raised {raised(error)}; it may return False while it is not"
                " ready, None once it has fired, or the payload to expect"
            ) from error
        self._has_returned = True
        if answer is False:
            return Fired(ready=False)
        return Fired(ready=True) if answer is None else Fired(ready=True, expected=answer)

    def _late(self, seconds: float, fate: str) -> Fired:
        half = self._timeout / 2
        if seconds < (half if self._has_returned else min(half, _FIRST_SECONDS)):
            return Fired(ready=False)
        raise ConfigurationError(
            f"the trigger {_name(self._function)} did not return within {seconds:.1f} s, and"
            f" {fate}; it is to publish and return at once: bound what it waits for, or raise"
            " --asyncapi-timeout"
        )


class _Cancelled(Exception):
    """Raised for an async trigger that was cancelled at its deadline."""


def _answer(call: Callable[[], object], seconds: float) -> object:
    answer = call()
    return asyncio.run(_bounded(answer, seconds)) if inspect.isawaitable(answer) else answer


async def _bounded(awaitable: Any, seconds: float) -> object:
    bound = asyncio.timeout(seconds)
    try:
        async with bound:
            return await awaitable
    except TimeoutError:
        # One of the trigger's own is told as what it raised.
        if bound.expired():
            raise _Cancelled from None
        raise


def _name(function: Callable[..., object]) -> str:
    name = getattr(function, "__qualname__", type(function).__qualname__)
    return f"{getattr(function, '__module__', None) or '?'}.{name}"


def _takes(function: Callable[..., object], name: str) -> bool:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    return any(p.name == name or p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters)
