"""Routing: a request finds its channel by the path, the method and the query that it needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, Router
from starlette.websockets import WebSocketClose

from pytest_asyncapi_sse.document.address import PLACEHOLDER, query_parameter_names
from pytest_asyncapi_sse.errors import hides_frame, printable
from pytest_asyncapi_sse.model import Channel
from pytest_asyncapi_sse.server.hosting import ASGIMessage, Receive, Send

__tracebackhide__ = hides_frame

Answering = Callable[[Channel, Request, dict[str, str], Receive, Send], Awaitable[None]]

# What stays as it is in a path (RFC 3986, section 3.3), and the braces of a parameter.
_LITERAL = "/:@!$&'()*+,;=~%{}"
_SENT = "asyncapi.sent"


def router_of(
    channels: Iterable[Channel], answer: Answering, note: Callable[[str], None]
) -> Router:
    """Return what routes requests to channels, by the paths as they are sent.

    `answer(channel, request, parameters, receive, send)` is awaited. What no channel takes is
    answered with 404 or 405, and noted.
    """
    channels = list(channels)
    refuse = _Refusal([_path(channel) for channel in channels], note)
    by_path: defaultdict[str, list[Channel]] = defaultdict(list)
    for channel in channels:
        address = quote(_path(channel), safe=_LITERAL)
        for index, name in enumerate(_names_in(_path(channel))):
            # Parameters go by number: what a document may name is more than a route may.
            placeholder = quote(f"{{{name}}}", safe=_LITERAL)
            address = address.replace(placeholder, f"{{p{index}}}")
        by_path["/" + address.lstrip("/")].append(channel)
    # A literal path goes before one with a parameter in the same place.
    ordered = sorted(by_path.items(), key=lambda item: (item[0].count("{"), item[0]))
    routes = [Route(path, endpoint=_Endpoint(found, answer, refuse)) for path, found in ordered]
    return Router(routes=routes, redirect_slashes=False, default=refuse.missing)


def as_sent(scope: ASGIMessage) -> ASGIMessage:
    """Return a scope whose path is the one that was sent, without what the server is mounted at.

    An encoded slash then stays inside of its parameter. Not every server gives `raw_path`.
    """
    raw = scope.get("raw_path")
    given = quote(scope["path"]) if raw is None else bytes(raw).decode("latin-1").partition("?")[0]
    inner = _below(given, scope.get("root_path", "").rstrip("/"))
    return {**scope, "path": inner or "/", "root_path": "", _SENT: given}


def rivals(channels: Iterable[Channel]) -> list[list[Channel]]:
    """Return the channels that no request can tell apart, in groups."""
    groups: defaultdict[object, list[Channel]] = defaultdict(list)
    for channel in channels:
        path = PLACEHOLDER.sub("{}", _path(channel)).strip("/")
        query = tuple(sorted(_fixed_query(channel).items()))
        groups[(channel.request.method, path, query)].append(channel)
    return [group for group in groups.values() if len(group) > 1]


class _Refusal:
    """Refuse what no channel takes, and note it."""

    def __init__(self, paths: Iterable[str], note: Callable[[str], None]) -> None:
        self._known = ", ".join(dict.fromkeys("/" + path.lstrip("/") for path in paths))
        self._note = note

    async def missing(self, scope: ASGIMessage, receive: Receive, send: Send) -> None:
        """Refuse a path that no channel has, and WebSockets."""
        if scope["type"] != "http":
            await WebSocketClose()(scope, receive, send)
            return
        reason = f"no stream here, they are at {self._known}\n"
        await self(404, reason, scope, receive, send)

    async def __call__(
        self,
        status: int,
        reason: str,
        scope: ASGIMessage,
        receive: Receive,
        send: Send,
        allowed: str = "",
    ) -> None:
        """Answer with a status and a reason."""
        headers = {"Allow": allowed} if allowed else None
        self._note(f"{status} for {scope['method']} {printable(scope[_SENT], 200)}")
        await PlainTextResponse(reason, status, headers=headers)(scope, receive, send)


class _Endpoint:
    """Choose among the channels of one path by the method and the query that each needs."""

    def __init__(self, rivals: list[Channel], answer: Answering, refuse: _Refusal) -> None:
        self._rivals = sorted(rivals, key=lambda channel: -len(_fixed_query(channel)))
        self._answer = answer
        self._refuse = refuse

    async def __call__(self, scope: ASGIMessage, receive: Receive, send: Send) -> None:
        # The whole path again, for the URL of the request.
        request = Request({**scope, "path": scope[_SENT]}, receive)
        query = request.query_params
        by_method = [c for c in self._rivals if c.request.method == request.method]
        if not by_method:
            allowed = ", ".join(sorted({channel.request.method for channel in self._rivals}))
            await self._refuse(405, f"{allowed} opens it\n", scope, receive, send, allowed)
            return
        for channel in by_method:
            if all(query.get(name) == value for name, value in _fixed_query(channel).items()):
                parameters = _parameters(channel, request)
                await self._answer(channel, request, parameters, receive, send)
                return
        needed = [_fixed_query(channel) for channel in self._rivals]
        await self._refuse(
            404, f"no channel for this query, one of {needed}\n", scope, receive, send
        )


def _below(path: str, root: str) -> str:
    """Return what follows a root, which is decoded, in a path that is not."""
    end = 0
    while root and end >= 0:
        end = path.find("/", end + 1)
        if unquote(path if end < 0 else path[:end]) == root:
            return "" if end < 0 else path[end:]
    return path


def _parameters(channel: Channel, request: Request) -> dict[str, str]:
    """Return the value of each parameter that a request gives."""
    numbered = enumerate(_names_in(_path(channel)))
    found = {name: unquote(request.path_params[f"p{index}"]) for index, name in numbered}
    query: Any = request.query_params
    keys = {**_open_query(channel), **{n: n for n in query_parameter_names(channel)}}
    return found | {name: query[key] for name, key in keys.items() if key in query}


def _path(channel: Channel) -> str:
    """Return the address without its query."""
    return (channel.address or "").partition("?")[0]


def _names_in(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(PLACEHOLDER.findall(text)))


def _written_query(channel: Channel) -> list[tuple[str, str]]:
    return parse_qsl((channel.address or "").partition("?")[2], keep_blank_values=True)


def _open_query(channel: Channel) -> dict[str, str]:
    """Return the parameters in the address's query, each with the key that has it."""
    return {
        name: key
        for key, value in _written_query(channel)
        for name in _names_in(value)
        if value == f"{{{name}}}"
    }


def _fixed_query(channel: Channel) -> dict[str, str]:
    """Return what the query must have: what the address and the bindings fix."""
    written = {key: value for key, value in _written_query(channel) if not _names_in(value)}
    return {**written, **channel.request.query}
