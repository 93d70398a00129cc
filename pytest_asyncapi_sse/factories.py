"""The factories behind the fixtures: clients of the server under test, and generated servers."""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import pytest

from pytest_asyncapi_sse.checks.evidence import SERVE_PORT, Evidence
from pytest_asyncapi_sse.client.exchange import StreamOpening
from pytest_asyncapi_sse.client.headers import Headers, carries_id, checked_headers
from pytest_asyncapi_sse.client.limits import Limits
from pytest_asyncapi_sse.client.opening import opening_of
from pytest_asyncapi_sse.client.reading import TellIgnored
from pytest_asyncapi_sse.client.stream import AsyncEventStream, EventStream
from pytest_asyncapi_sse.contract.names import PEER, add_ignored
from pytest_asyncapi_sse.contract.recordings import save
from pytest_asyncapi_sse.contract.targets import Reach
from pytest_asyncapi_sse.document import address
from pytest_asyncapi_sse.errors import ConfigurationError, hides_frame, shown
from pytest_asyncapi_sse.model import Channel
from pytest_asyncapi_sse.report.again import again
from pytest_asyncapi_sse.schema.narrowing import Narrow
from pytest_asyncapi_sse.server.application import GeneratedServer
from pytest_asyncapi_sse.server.greeting import OnConnect
from pytest_asyncapi_sse.server.hosting import Host
from pytest_asyncapi_sse.server.stream_server import AsyncStreamServer, StreamServer
from pytest_asyncapi_sse.session import Run
from pytest_asyncapi_sse.sse import Recording

if TYPE_CHECKING:
    import httpx

__tracebackhide__ = hides_frame

Stream = TypeVar("Stream", bound=EventStream | AsyncEventStream)
Server = TypeVar("Server", bound=StreamServer | AsyncStreamServer)


class ClientFactory(Generic[Stream]):
    """Open streams of the server under test; see the fixtures `sse_client` and its async twin."""

    def __init__(self, run: Run, kind: Callable[..., Stream]) -> None:
        self._run = run
        self._kind = kind

    @property
    def base_url(self) -> str | None:
        """Where the server under test is, None where only the generated one is there."""
        return server_url(self._run, _active(self._run))

    def __call__(
        self,
        channel: str,
        *,
        url: str | None = None,
        parameters: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        last_event_id: str | None = None,
        validate: bool = True,
    ) -> Any:
        """Return the stream of a channel, to be entered by `with` or `async with`.

        `url` replaces the base URL of the server under test. Raises ConfigurationError for an
        unknown channel, for a missing, unknown or enum-violating parameter, and for a header that
        can't be sent.
        """
        # Bound to its own name too: a traceback of what follows is to show no value.
        headers = extra = _extra(headers or {}, last_event_id)
        request = _active(self._run)
        found = self._run.channel(request, channel)
        reach = reach_of(self._run, request)
        given = {**reach.parameters_of(found), **(parameters or {})}
        values = address.resolve_parameters(found, given)
        base_url = url or server_url(self._run, request)
        serve = "" if url else serve_command(self._run, request)

        def opening(at: str, common: Mapping[str, str]) -> StreamOpening:
            return opening_of(
                found,
                address.url(at, found, values),
                headers=Headers({**common, **extra}),
                body=body,
                auth=reach.auth,
                timeout=reach.timeout,
                limits=reach.limits,
                narrow=reach.narrow,
                serve=serve,
            )

        connect = functools.partial(
            self._kind,
            found,
            validate=validate,
            policy=self._run.policy,
            ignored=_ignored_of(request),
        )
        _note_peer(request, "yours" if base_url else "generated")
        if base_url is not None:
            return connect(opening(base_url, reach.headers))
        return _AgainstGenerated(found, lambda at: connect(opening(at, {})), narrow=reach.narrow)


class ServerFactory(Generic[Server]):
    """Make generated servers; see the fixtures `sse_server` and its async twin."""

    def __init__(self, run: Run, kind: Callable[..., Server]) -> None:
        self._run = run
        self._kind = kind

    def __call__(
        self,
        channel: str,
        *others: str,
        parameters: Mapping[str, object] | None = None,
        on_connect: OnConnect | None = None,
    ) -> Server:
        """Return a generated server of channels, to be entered by `with` or `async with`.

        `parameters` go into the URLs of the channels that have them. `on_connect` is called with
        each Connection as it comes; what it raises is raised at the end of the block. Raises
        ConfigurationError for an unknown channel and for an unknown or enum-violating parameter.
        """
        request = _active(self._run)
        found = [self._run.channel(request, name) for name in (channel, *others)]
        return self._kind(*found, parameters=parameters, on_connect=on_connect)


class _AgainstGenerated(Generic[Stream]):
    """Serve the generated server for as long as its one stream is open."""

    def __init__(
        self, channel: Channel, connect: Callable[[str], Stream], *, narrow: Narrow | None = None
    ) -> None:
        self._channel = channel
        self._connect = connect
        self._host = Host(GeneratedServer([channel], narrow=narrow), name="the generated server")
        self._stream: Any = None

    def __enter__(self) -> Any:
        self._host.start()
        with contextlib.ExitStack() as undo:
            undo.callback(self._host.stop)
            self._stream = self._connect(self._host.base_url)
            entered = self._stream.__enter__()
            undo.pop_all()
        return entered

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.__exit__(kind, error, trace)
        self._host.stop()

    async def __aenter__(self) -> Any:
        await self._host.start_async()
        async with contextlib.AsyncExitStack() as undo:
            undo.push_async_callback(self._host.stop_async)
            self._stream = self._connect(self._host.base_url)
            entered = await self._stream.__aenter__()
            undo.pop_all()
        return entered

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stream.__aexit__(kind, error, trace)
        await self._host.stop_async()


def server_url(run: Run, request: pytest.FixtureRequest) -> str | None:
    """Return the base URL of the user's server: its URL, else its application, hosted."""
    url = request.getfixturevalue("asyncapi_url")
    if url is not None:
        return str(url)
    application = request.getfixturevalue("asyncapi_app")
    if application is None:
        return None
    return run.hosts.base_url(application, name=run.options.app or "the fixture asyncapi_app")


def serve_command(run: Run, request: pytest.FixtureRequest) -> str:
    """Return the command that serves the user's application; "" for a URL.

    Of an application that a fixture makes nobody knows where it is imported from.
    """
    target = run.options.app
    application = request.getfixturevalue("asyncapi_app")
    if request.getfixturevalue("asyncapi_url") is not None or application is None:
        return ""
    if target is None or application is not run.imported.get("app"):
        return f"the application of the fixture asyncapi_app, on port {SERVE_PORT}"
    factory = " --factory" if run.is_factory else ""
    return f"python -m uvicorn {target}{factory} --port {SERVE_PORT}"


def keeping(run: Run, node: Any) -> Callable[[Channel, Recording], Evidence]:
    """Return what keeps the recording of a failure in pytest's cache, and says how to replay it."""

    def keep(channel: Channel, recording: Recording) -> Evidence:
        cache = getattr(run.config, "cache", None)
        if run.options.record is not None:
            folder = run.options.record
        elif cache is None:
            return ()
        else:
            folder = cache.mkdir("asyncapi-recordings")
            with contextlib.suppress(ConfigurationError):
                save(folder, channel, recording)
        given = {"asyncapi_replay": os.path.relpath(folder)}
        return (("replay", again(node.document.source, node.pasted_nodeid, given)),)

    return keep


def reach_of(run: Run, request: pytest.FixtureRequest) -> Reach:
    """Return what goes with every request, from the options and the fixtures."""
    # In this order, a traceback of the user's own fixtures holds no credentials.
    overrides = request.getfixturevalue("asyncapi_parameters") or {}
    auth, headers = _credentials(request.getfixturevalue("asyncapi_auth"))
    options = run.options
    return Reach(
        headers=Headers({**options.headers, **headers}),
        auth=auth,
        credentials=frozenset(headers),
        parameters={**options.parameters, **overrides},
        timeout=options.timeout,
        events=options.events,
        limits=Limits.of(event=options.max_event, body=options.max_stream, events=options.events),
        narrow=request.getfixturevalue("asyncapi_payloads"),
    )


def _credentials(given: Any) -> tuple[httpx.Auth | tuple[str, str] | None, Mapping[str, str]]:
    import httpx

    if given is None:
        return None, {}
    if isinstance(given, Mapping):
        return None, checked_headers(given, "the fixture asyncapi_auth")
    if isinstance(given, httpx.Auth | tuple):
        return given, {}
    raise ConfigurationError(
        f"the fixture asyncapi_auth returned {type(given).__name__}; it must return headers as a"
        " mapping, a pair of user name and password, or an httpx.Auth"
    )


def _extra(headers: Mapping[str, str], last_event_id: str | None) -> Headers:
    extra = checked_headers(headers, "headers")
    if last_event_id is None:
        return extra
    if not carries_id(last_event_id):
        raise ConfigurationError(f"last_event_id is {shown(last_event_id)}: HTTP can't carry it")
    return Headers({**extra, "Last-Event-ID": last_event_id})


def _active(run: Run) -> pytest.FixtureRequest:
    if not run.requests:
        raise ConfigurationError("the factories of pytest-asyncapi-sse work inside a test only")
    return run.requests[-1]


def _ignored_of(request: pytest.FixtureRequest) -> TellIgnored:
    """Return what counts for the report what a test's streams ignore."""
    properties = getattr(request.node, "user_properties", [])
    return lambda ignored: add_ignored(properties, ignored)


def _note_peer(request: pytest.FixtureRequest, peer: str) -> None:
    properties = getattr(request.node, "user_properties", None)
    if properties is not None and (PEER, peer) not in properties:
        properties.append((PEER, peer))
