"""The generated server in the hands of a test: one or several channels at one base URL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import TracebackType

from pytest_asyncapi_sse.document.address import parameter_names, suggestion
from pytest_asyncapi_sse.errors import ConfigurationError, hides_frame
from pytest_asyncapi_sse.model import Channel
from pytest_asyncapi_sse.server.application import GeneratedServer
from pytest_asyncapi_sse.server.channel_server import AsyncChannelServer, ChannelServer
from pytest_asyncapi_sse.server.greeting import OnConnect
from pytest_asyncapi_sse.server.hosting import Host
from pytest_asyncapi_sse.server.routing import rivals

__tracebackhide__ = hides_frame


class StreamServer(ChannelServer):
    """Serve channels to the clients under test, inside a `with` block.

    The methods are those of the first channel; `server["orders"]` has the same for another one.
    """

    def __init__(
        self,
        channel: Channel,
        *others: Channel,
        parameters: Mapping[str, object] | None = None,
        on_connect: OnConnect | None = None,
    ) -> None:
        given, application, host = _prepared((channel, *others), parameters or {}, on_connect)
        super().__init__(channel, application, host, given[channel.name])
        self._channels: dict[str, ChannelServer] = {channel.name: self}
        for other in others:
            served = ChannelServer(other, application, host, given[other.name])
            self._channels[other.name] = served

    def __getitem__(self, name: str) -> ChannelServer:
        """Return what serves a channel; raises ConfigurationError for one that is not served."""
        return self._channels[_known(name, self._channels)]

    def __enter__(self) -> StreamServer:
        self._host.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        greeting = self._application.greeting
        if greeting is not None:
            greeting.end()
        self._host.stop()
        if greeting is not None:
            greeting.join()
            greeting.raise_first()


class AsyncStreamServer(AsyncChannelServer):
    """Serve channels to the clients under test, inside an `async with` block.

    The methods are those of the first channel; `server["orders"]` has the same for another one.
    """

    def __init__(
        self,
        channel: Channel,
        *others: Channel,
        parameters: Mapping[str, object] | None = None,
        on_connect: OnConnect | None = None,
    ) -> None:
        given, application, host = _prepared((channel, *others), parameters or {}, on_connect)
        super().__init__(channel, application, host, given[channel.name])
        self._channels: dict[str, AsyncChannelServer] = {channel.name: self}
        for other in others:
            served = AsyncChannelServer(other, application, host, given[other.name])
            self._channels[other.name] = served

    def __getitem__(self, name: str) -> AsyncChannelServer:
        """Return what serves a channel; raises ConfigurationError for one that is not served."""
        return self._channels[_known(name, self._channels)]

    async def __aenter__(self) -> AsyncStreamServer:
        await self._host.start_async()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        greeting = self._application.greeting
        if greeting is not None:
            greeting.end()
        await self._host.stop_async()
        if greeting is not None:
            await greeting.join_async()
            greeting.raise_first()


def _prepared(
    channels: tuple[Channel, ...], parameters: Mapping[str, object], on_connect: OnConnect | None
) -> tuple[dict[str, dict[str, object]], GeneratedServer, Host]:
    """Return the parameters of each channel, the application that serves them, and its host."""
    given = _shared(channels, parameters)
    application = _application(channels, on_connect)
    named = ", ".join(channel.name for channel in channels)
    return given, application, Host(application, name=f"the generated server of {named}")


def _application(channels: tuple[Channel, ...], on_connect: OnConnect | None) -> GeneratedServer:
    names = [channel.name for channel in channels]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ConfigurationError(f"channel {twice[0]!r} is given twice: name each channel once")
    for group in rivals(channels):
        same = " and ".join(repr(channel.name) for channel in group)
        raise ConfigurationError(
            f"the channels {same} have one address, so one server can't serve both:"
            " make a server for each"
        )
    return GeneratedServer(channels, emit=False, on_connect=on_connect, keep=None)


def _shared(
    channels: tuple[Channel, ...], given: Mapping[str, object]
) -> dict[str, dict[str, object]]:
    """Return of the parameters that are given those of each channel."""
    known = {channel.name: parameter_names(channel) for channel in channels}
    for name in given:
        if len(channels) > 1 and not any(name in names for names in known.values()):
            every = dict.fromkeys(each for names in known.values() for each in names)
            raise ConfigurationError(
                f"none of the channels {', '.join(map(repr, known))} has a parameter {name!r}"
                f"{suggestion(name, every)} (they have {', '.join(map(repr, every)) or 'none'})"
            )
    if len(channels) == 1:
        return {channels[0].name: dict(given)}
    return {
        channel: {name: value for name, value in given.items() if name in names}
        for channel, names in known.items()
    }


def _known(name: object, known: Iterable[str]) -> str:
    names = list(known)
    if isinstance(name, str) and name in names:
        return name
    raise ConfigurationError(
        f"this server has no channel {name!r}{suggestion(str(name), names)}"
        f" (it serves {', '.join(map(repr, names))})"
    )
