"""What a client claims to do beyond reading a stream; what it does not claim is not tested."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping

from pytest_asyncapi_sse.document.address import suggestion
from pytest_asyncapi_sse.errors import ConfigurationError, shown

CAPABILITIES: Mapping[str, str] = {
    "reconnect": "comes back when its stream has ended",
    "retry": "waits before it comes back as long as the stream's `retry` says",
    "last-event-id": "sends `Last-Event-ID` when it comes back",
    "no-content": "stays away after 204 No Content",
    "status": "takes no answer but 200 for a stream",
    "content-type": "takes nothing but text/event-stream for a stream",
    "redirects": "follows redirects to its stream",
    "backoff": "comes back after 503 Service Unavailable, and waits before it does",
    "live": "delivers an event when it comes, and not only when more does or the stream ends",
    "large-events": "delivers events of 5 MB",
    "credentials": "sends the credentials that the document asks for",
}
# What can only be seen of a client that comes back.
NEEDED: Mapping[str, str] = dict.fromkeys(
    ("retry", "last-event-id", "no-content", "backoff"), "reconnect"
)
_SHOWN = 80


def check_capabilities(given: Mapping[str, bool] | Collection[str] | None) -> Mapping[str, bool]:
    """Return of each capability whether it is claimed.

    A mapping says it by name, and what it leaves out is claimed; other collections of names claim
    these and no others. What needs a capability that is not claimed is not claimed either. Raises
    ConfigurationError for what is unknown, is no bool or contradicts itself.
    """
    said = _said(given)
    for name, claimed in said.items():
        if not isinstance(name, str) or name not in CAPABILITIES:
            near = suggestion(name, CAPABILITIES) if isinstance(name, str) else ""
            known = ", ".join(CAPABILITIES)
            raise ConfigurationError(
                f"no capability {shown(name, _SHOWN)}{near} (there are {known})"
            )
        if not isinstance(claimed, bool):
            raise ConfigurationError(
                f"the capability {name!r} is {shown(claimed, _SHOWN)}: give True or False"
            )
    found = {name: said.get(name, True) for name in CAPABILITIES}
    for name, needed in NEEDED.items():
        if said.get(name) and not found[needed]:
            raise ConfigurationError(
                f"the capability {name!r} is claimed and {needed!r}, which it needs, is not:"
                f" claim {needed!r} too, or leave {name!r} out"
            )
        found[name] = found[name] and found[needed]
    return found


def _said(given: Mapping[str, bool] | Collection[str] | None) -> dict[str, bool]:
    if given is None:
        return {}
    if isinstance(given, Mapping):
        return dict(given)
    # What can be looked at once only would claim nothing in the next item.
    if isinstance(given, str) or not isinstance(given, Collection):
        raise ConfigurationError(
            f"the capabilities of the client are {shown(given, _SHOWN)}: give a mapping, such as"
            ' {"reconnect": False}, or a collection of the names of all that is claimed'
        )
    # A list among the names can't be a key, and is shown as it is.
    names = [name if isinstance(name, Hashable) else shown(name, _SHOWN) for name in given]
    return {name: name in names for name in [*names, *CAPABILITIES]}
