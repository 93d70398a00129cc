"""What is tested: the server or the client under test, and how it is reached."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from pytest_asyncapi_sse.checks.capabilities import CAPABILITIES
from pytest_asyncapi_sse.checks.evidence import Evidence
from pytest_asyncapi_sse.client.exchange import StreamOpening
from pytest_asyncapi_sse.client.limits import DEFAULT, Limits
from pytest_asyncapi_sse.client.opening import opening_of
from pytest_asyncapi_sse.client.record import Enough, record
from pytest_asyncapi_sse.client.stream import EventStream
from pytest_asyncapi_sse.client.trigger import Trigger
from pytest_asyncapi_sse.contract.memory import Memory
from pytest_asyncapi_sse.contract.recordings import Recordings
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
from pytest_asyncapi_sse.server.steps import Chunk
from pytest_asyncapi_sse.sse import Recording

Kind = Literal["yours", "generated", "replayed"]
InvalidPolicy = Literal["withhold", "reject", "ignore", "deliver"]
MOST_SETS = 20
TriggerFunction = Callable[..., object]


@dataclass(frozen=True, slots=True)
class Reach:
    """Hold how streams are opened: what goes with each request, and the bounds in seconds.

    `credentials` names those of the headers that are credentials by the fixture `asyncapi_auth`.
    `narrow` is what the user makes of the payloads that are generated.
    """

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    auth: Any = field(default=None, repr=False)
    credentials: frozenset[str] = frozenset()
    parameters: Mapping[str, object] = field(default_factory=dict)
    timeout: float = 10.0
    events: int = 20
    limits: Limits = DEFAULT
    narrow: Narrow | None = None

    def parameters_of(self, channel: Channel) -> dict[str, object]:
        """Return the value given for each parameter of a channel, the first where there are more.

        `NAME` is overruled by `CHANNEL.NAME`.
        """
        return {name: values[0] for name, values in self._given(channel).items()}

    def parameter_sets(self, channel: Channel) -> list[dict[str, str]]:
        """Return sets of values, so that each given or listed value of a parameter is in one."""
        return address.parameter_sets(channel, self._given(channel), generate=generated_parameter)

    def _given(self, channel: Channel) -> dict[str, Sequence[object]]:
        names = address.parameter_names(channel)
        plain = {n: v for n, v in self.parameters.items() if n in names}
        prefix = f"{channel.name}."
        own = {
            n.removeprefix(prefix): v for n, v in self.parameters.items() if n.startswith(prefix)
        }
        given = {**plain, **own}
        return {n: v if isinstance(v, list | tuple) and v else [v] for n, v in given.items()}

    def opening(self, channel: Channel, base_url: str, values: Mapping[str, str]) -> StreamOpening:
        """Return how the stream of a channel is opened at a base URL."""
        return opening_of(
            channel,
            address.url(base_url, channel, values),
            headers=self.headers,
            auth=self.auth,
            timeout=self.timeout,
            limits=self.limits,
            narrow=self.narrow,
        )


class ServerUnderTest:
    """Record the streams of one server.

    `locate` returns its base URL, `recordings` is shared by all items that test it. `serve` is the
    command by which a user serves an application himself, "" for what runs already, and `keep` is
    called with the recording of a failure.
    """

    def __init__(
        self,
        locate: Callable[[], str],
        *,
        kind: Kind,
        reach: Reach,
        recordings: Recordings,
        trigger: TriggerFunction | None = None,
        serve: str = "",
        keep: Callable[[Channel, Recording], Evidence] | None = None,
    ) -> None:
        self.kind = kind
        self.reach = reach
        self._locate = locate
        self._trigger = trigger
        self._recordings = recordings
        self._serve = serve
        self._keep = keep

    @property
    def base_url(self) -> str:
        """The base URL; an application is started by the first look at it."""
        return self._locate()

    def trigger(self, parameters: Mapping[str, str]) -> Trigger | None:
        """Return what makes the server emit, None where nothing is given."""
        if self._trigger is None:
            return None
        return Trigger(
            self._trigger,
            base_url=self.base_url,
            parameters=parameters,
            timeout=self.reach.timeout,
            narrow=self.reach.narrow,
        )

    def parameter_sets(self, channel: Channel) -> list[dict[str, str]]:
        """Return the sets of parameter values that the server is asked with, one at least."""
        most = 1 if self.kind == "generated" else MOST_SETS
        return self.reach.parameter_sets(channel)[:most]

    def left_out(self, channel: Channel) -> list[dict[str, str]]:
        """Return the sets that the server is not asked with, since there are too many."""
        return self.reach.parameter_sets(channel)[MOST_SETS:] if self.kind == "yours" else []

    def opening(self, channel: Channel, parameters: Mapping[str, str]) -> StreamOpening:
        """Return how the stream of a channel is opened."""
        found = self.reach.opening(channel, self.base_url, parameters)
        return replace(found, serve=self._serve)

    def recordings(self, channel: Channel) -> list[Recording]:
        """Return a recording for each set of parameters, made on first use."""
        if self.kind == "replayed":
            return self._recordings.replayed(channel)
        return [self._recorded(channel, values) for values in self.parameter_sets(channel)]

    def keep(self, channel: Channel, recording: Recording) -> Evidence:
        """Keep the recording of a failure, and return the lines that say how to judge it again."""
        return () if self._keep is None else self._keep(channel, recording)

    def _recorded(self, channel: Channel, parameters: Mapping[str, str]) -> Recording:
        opening = self.opening(channel, parameters)
        key = (id(channel), opening.url if self.kind == "yours" else self.kind)

        def make() -> Recording:
            enough = Enough(events=self.reach.events, seconds=self.reach.timeout)
            trigger = self.trigger(parameters) if self.kind == "yours" else None
            made = record(channel, opening, enough=enough, trigger=trigger)
            return replace(made, parameters=tuple(parameters.items()))

        return self._recordings.once(key, channel, make, is_saved=self.kind == "yours")


@dataclass(frozen=True, slots=True)
class ClientUnderTest:
    """Hold the driver of a client, and how the generated server reaches it.

    `item` is the node id of the item that tests it, and `again` the command that runs it.
    `capabilities` says by name what it claims to do; `invalid_policy` is what it is to do with
    invalid events: `withhold`, `reject`, `ignore` or `deliver`.
    """

    driver: Driver
    kind: Kind
    reach: Reach
    memory: Memory = field(default_factory=Memory)
    item: str = ""
    again: str = ""
    capabilities: Mapping[str, bool] = field(default_factory=dict)
    invalid_policy: InvalidPolicy = "withhold"

    def claims(self, capability: str) -> bool:
        """Tell whether the client claims to do something; raises KeyError for an unknown name."""
        _ = CAPABILITIES[capability]
        return self.capabilities.get(capability, True)


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
    channel: Channel, *, reach: Reach, recordings: Recordings
) -> Iterator[ServerUnderTest]:
    """Serve the document's own generated server of a channel as the server under test."""
    application = GeneratedServer([channel], narrow=reach.narrow)

    def publish(name: str, message: str, payload: object) -> object:
        hub = application.hubs[name]
        data = event_bytes(application.channels[name], payload, message=message)
        hub.call(lambda: hub.push(Chunk(data)))
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
