"""The call of a client under test: its arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Client = Callable[..., Any]
_BY_POSITION = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
    inspect.Parameter.VAR_POSITIONAL,
)
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

    def arguments(
        self, client: Client, callback: Callable[..., object]
    ) -> tuple[tuple[str, ...], dict[str, Any]]:
        """Return what a client is called with, by position and by keyword.

        It gets what its signature has by these names. The URL goes first where the first parameter
        has a name of its own. The callback goes to a parameter of that name, not by `**kwargs`.
        """
        offered = self.fields()
        accepted = _parameters(client)
        first = next(iter(accepted.values()), None)
        is_own = (
            first is None
            or first.kind is inspect.Parameter.POSITIONAL_ONLY
            or first.name not in (*offered, "callback")
        )
        by_position = (
            is_own
            and not _is_named(accepted, "url")
            and (first is None or first.kind in _BY_POSITION)
        )
        keywords = {n: v for n, v in offered.items() if _is_named(accepted, n)}
        if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in accepted.values()):
            keywords = offered
        if by_position:
            keywords.pop("url", None)
        if takes_callback(client):
            keywords["callback"] = callback
        return ((self.url,) if by_position else ()), keywords


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
