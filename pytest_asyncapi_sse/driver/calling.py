"""The call of a client under test: its arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Client = Callable[..., Any]
_NAMED = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True, slots=True)
class Call:
    """Hold what a client under test is called with; `url` is complete."""

    url: str
    base_url: str
    channel: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def fields(self) -> dict[str, Any]:
        """Return the arguments by name, as JSON can carry them."""
        return {
            "url": self.url,
            "base_url": self.base_url,
            "channel": self.channel,
            "parameters": dict(self.parameters),
            "headers": dict(self.headers),
        }

    def keywords(self, client: Client, callback: Callable[..., object]) -> dict[str, Any]:
        """Return the keyword arguments that a client's signature accepts.

        A client gets the callback where it has a parameter of that name, not by `**kwargs`.
        """
        offered = self.fields()
        del offered["url"]
        accepted = _parameters(client)
        keywords = {n: v for n, v in offered.items() if _is_named(accepted, n)}
        if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in accepted.values()):
            keywords = offered
        return {**keywords, "callback": callback} if takes_callback(client) else keywords


def takes_callback(client: Client) -> bool:
    """Tell a client that calls back from one that returns an iterable."""
    return _is_named(_parameters(client), "callback")


def _parameters(client: Client) -> Mapping[str, inspect.Parameter]:
    try:
        return inspect.signature(client).parameters
    except (TypeError, ValueError):
        return {}


def _is_named(parameters: Mapping[str, inspect.Parameter], name: str) -> bool:
    return name in parameters and parameters[name].kind in _NAMED
