"""The call of a client under test: its arguments, and the iterable that it returns."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterable, Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from pytest_asyncapi_sse.errors import ConfigurationError, shown

Client = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Call:
    """Hold what a client under test is called with; `url` is complete."""

    url: str
    base_url: str
    channel: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def keywords(self, client: Client) -> dict[str, Any]:
        """Return the keyword arguments that a client's signature accepts."""
        offered = asdict(self)
        del offered["url"]
        try:
            accepted = inspect.signature(client).parameters
        except (TypeError, ValueError):
            return {}
        if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in accepted.values()):
            return offered
        named = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        return {n: v for n, v in offered.items() if n in accepted and accepted[n].kind in named}


def consume(
    client: Client, call: Call, take: Callable[[object], bool], on_loop: Callable[[Any], None]
) -> None:
    """Call a client and hand each delivered item to `take` until that returns False.

    An async client runs in an event loop of its own; `on_loop` gets a function that cancels it
    from another thread. Raises what the client raises.
    """
    result = client(call.url, **call.keywords(client))
    if inspect.isawaitable(result) or isinstance(result, AsyncIterable):
        asyncio.run(_consume_async(result, take, on_loop))
        return
    for item in _iterable(result):
        if not take(item):
            break
    close = getattr(result, "close", None)
    if callable(close):
        close()


async def _consume_async(
    result: Any, take: Callable[[object], bool], on_loop: Callable[[Any], None]
) -> None:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    if task is not None:
        on_loop(lambda: loop.call_soon_threadsafe(task.cancel))
    if inspect.isawaitable(result):
        result = await result
    if not isinstance(result, AsyncIterable):
        for item in _iterable(result):
            if not take(item):
                return
        return
    async for item in result:
        if not take(item):
            return


def _iterable(result: Any) -> Iterable[object]:
    if isinstance(result, Iterable) and not isinstance(result, str | bytes | Mapping):
        return result
    raise ConfigurationError(
        f"the client under test returned {shown(result)}; it must return an iterable or an async"
        " iterable of what it delivers"
    )
