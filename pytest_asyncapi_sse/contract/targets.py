"""What is tested: the server or the client under test, and how it is reached."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from pytest_asyncapi_sse.client.exchange import StreamOpening
from pytest_asyncapi_sse.client.opening import opening_of
from pytest_asyncapi_sse.client.record import Enough, record
from pytest_asyncapi_sse.client.stream import EventStream
from pytest_asyncapi_sse.client.trigger import Trigger
from pytest_asyncapi_sse.document import address
from pytest_asyncapi_sse.driver.calling import Client
from pytest_asyncapi_sse.driver.listening import Driver
from pytest_asyncapi_sse.model import Channel, Parameter, PayloadSchema
from pytest_asyncapi_sse.schema import payloads
from pytest_asyncapi_sse.schema.narrowing import Narrow
from pytest_asyncapi_sse.schema.samples import samples
from pytest_asyncapi_sse.server.application import GeneratedServer
from pytest_asyncapi_sse.server.events import event_bytes
from pytest_asyncapi_sse.server.hosting import Host
from pytest_asyncapi_sse.sse import Recording

Kind = Literal["yours", "generated"]
TriggerFunction = Callable[..., object]


@dataclass(frozen=True, slots=True)
class Reach:
    """Hold how streams are opened: what goes with each request, and the bounds in seconds.

    `narrow` is what the user makes of the payloads that are generated.
    """

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    auth: Any = field(default=None, repr=False)
    parameters: Mapping[str, object] = field(default_factory=dict)
    timeout: float = 10.0
    events: int = 20
    narrow: Narrow | None = None

    def parameters_of(self, channel: Channel) -> dict[str, object]:
        """Return the values given for a channel: `NAME`, overruled by `CHANNEL.NAME`."""
        names = address.parameter_names(channel)
        plain = {n: v for n, v in self.parameters.items() if n in names}
        prefix = f"{channel.name}."
        own = {
            n.removeprefix(prefix): v for n, v in self.parameters.items() if n.startswith(prefix)
        }
        return {**plain, **own}

    def opening(self, channel: Channel, base_url: str, values: Mapping[str, str]) -> StreamOpening:
        """Return how the stream of a channel is opened at a base URL."""
        return opening_of(
            channel,
            address.url(base_url, channel, values),
            headers=self.headers,
            auth=self.auth,
            timeout=self.timeout,
            narrow=self.narrow,
        )


class ServerUnderTest:
    """Record the streams of one server.

    `locate` returns its base URL, `recordings` is shared by all items that test it.
    """

    def __init__(
        self,
        locate: Callable[[], str],
        *,
        kind: Kind,
        reach: Reach,
        trigger: TriggerFunction | None = None,
        recordings: dict[object, Recording] | None = None,
    ) -> None:
        self.kind = kind
        self.reach = reach
        self._locate = locate
        self._trigger = trigger
        self._recordings = {} if recordings is None else recordings

    @property
    def base_url(self) -> str:
        """The base URL; an application is started by the first look at it."""
        return self._locate()

    def trigger(self, channel: Channel) -> Trigger | None:
        """Return what makes the server emit on a channel, None where nothing is given."""
        if self._trigger is None:
            return None
        return Trigger(
            self._trigger,
            base_url=self.base_url,
            parameters=self.parameters(channel),
            timeout=self.reach.timeout,
            narrow=self.reach.narrow,
        )

    def parameters(self, channel: Channel) -> dict[str, str]:
        """Return a value for each parameter, generated where neither user nor document has one."""
        given = self.reach.parameters_of(channel)
        return address.resolve_parameters(channel, given, generate=generated_parameter)

    def opening(self, channel: Channel) -> StreamOpening:
        """Return how the stream of a channel is opened."""
        return self.reach.opening(channel, self.base_url, self.parameters(channel))

    def recording(self, channel: Channel) -> Recording:
        """Return the recording of a channel, made on first use."""
        opening = self.opening(channel)
        key = (id(channel), self.kind if self.kind == "generated" else opening.url)
        if key not in self._recordings:
            enough = Enough(events=self.reach.events, seconds=self.reach.timeout)
            trigger = self.trigger(channel) if self.kind == "yours" else None
            self._recordings[key] = record(channel, opening, enough=enough, trigger=trigger)
        return self._recordings[key]


@dataclass(frozen=True, slots=True)
class ClientUnderTest:
    """Hold the driver of a client, and how the generated server reaches it."""

    driver: Driver
    kind: Kind
    reach: Reach


def generated_client(channel: Channel, reach: Reach) -> Client:
    """Return the document's own validating client as a client under test."""

    def listen(url: str) -> Iterator[object]:
        with EventStream(channel, opening_of(channel, url, narrow=reach.narrow)) as stream:
            for event in stream:
                yield event.payload

    return listen


def generated_parameter(parameter: Parameter) -> str:
    """Return a valid value for a parameter that neither the user nor the document gives."""
    if parameter.schema is True or parameter.schema in ({}, {"type": "string"}):
        return parameter.name
    drawn = samples(payloads(PayloadSchema(parameter.schema, origins={})), 20)
    usable = [v for v in drawn if isinstance(v, str | int) and str(v).isascii() and str(v).strip()]
    return str(usable[0]) if usable else parameter.name


@contextlib.contextmanager
def generated_server(
    channel: Channel, *, reach: Reach, recordings: dict[object, Recording]
) -> Iterator[ServerUnderTest]:
    """Serve the document's own generated server of a channel as the server under test."""
    application = GeneratedServer([channel], narrow=reach.narrow)

    def publish(name: str, message: str, payload: object) -> object:
        hub = application.hubs[name]
        data = event_bytes(application.channels[name], payload, message=message)
        hub.call(lambda: hub.push(data))
        return payload

    plain = replace(reach, headers={}, auth=None)
    with Host(application, name="the generated server") as host:
        yield ServerUnderTest(
            lambda: host.base_url,
            kind="generated",
            reach=plain,
            trigger=publish,
            recordings=recordings,
        )
