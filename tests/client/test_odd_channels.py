"""The gate's items against a client without a defect, on channels that are odd: all are silent.

The client is the reference client with the package's own judgement of an event, so that it
rejects what no message allows, and ends at what ends the stream.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from reference_client import Client, Event, Parser

from pytest_asyncapi_sse import Channel, load
from pytest_asyncapi_sse.checks.events import judge
from pytest_asyncapi_sse.contract import client as items
from pytest_asyncapi_sse.contract.performing import Performance
from pytest_asyncapi_sse.contract.property import PayloadProperty
from pytest_asyncapi_sse.contract.targets import ClientUnderTest, Reach
from pytest_asyncapi_sse.contract.verdict import Record
from pytest_asyncapi_sse.driver.thread import ThreadDriver
from pytest_asyncapi_sse.errors import ContractViolation
from pytest_asyncapi_sse.sse import Decoder

SIDE_BY_SIDE = 6
SEED = 7
DELIVERS = "delivers_every_event"
READS = "reads_every_wire_form"
INVALID = "handles_invalid_events"
ASKS = "asks_for_its_stream"
COMES_BACK = "comes_back_after_an_end"
TAKES = "takes_only_a_stream"
ALL = (DELIVERS, READS, INVALID, ASKS, COMES_BACK, TAKES)
NUMBERED = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}
DIGITS = {"enum": [1, 2]}
TEXT_DIGITS = {"type": "string", "enum": ["1", "2"]}
OWN_HEADER = {"type": "httpApiKey", "in": "header", "name": "Last-Event-ID"}
NO_HEADER = {"type": "httpApiKey", "in": "header", "name": "X Key ü"}


def message(payload: Any = NUMBERED, **fields: Any) -> dict[str, Any]:
    return {"payload": payload, **fields}


def text(payload: Any) -> dict[str, Any]:
    return message(payload, contentType="text/plain")


def event(name: str, payload: Any = NUMBERED) -> dict[str, Any]:
    return message(payload, **{"x-sse": {"event": name}})


def headed(**fields: Any) -> dict[str, Any]:
    """Return a message whose headers require fields of an event."""
    return message(headers={"type": "object", "required": list(fields), "properties": fields})


def feed(*messages: Mapping[str, Any], address: str = "/feed", **x_sse: Any) -> dict[str, Any]:
    named = {"abcdef"[number]: one for number, one in enumerate(messages)}
    return {"address": address, "messages": named, "x-sse": x_sse}


# The channels, and the items that each of them has led astray.
CHANNELS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "one value": (feed(message({"const": None})), ALL),
    "empty text": (feed(text({"type": "string", "const": ""})), (DELIVERS, READS, INVALID)),
    "overlap": (feed(message({"enum": [1, 2]}), message({"enum": [2, 1]})), (DELIVERS, INVALID)),
    "text and JSON": (feed(text(TEXT_DIGITS), message(DIGITS)), (DELIVERS, INVALID)),
    "one event name": (feed(event("u"), event("u", {"type": "array"})), (DELIVERS, INVALID)),
    "name taken": (feed(event("b"), message({"type": "integer"})), (DELIVERS, INVALID)),
    "odd event name": (feed(event("data: ü"), event(" x")), (DELIVERS, COMES_BACK)),
    "late retry": (feed(headed(retry={"const": 20_000})), (COMES_BACK, READS)),
    "early retry": (feed(headed(retry={"const": 10})), (COMES_BACK,)),
    "ids of a kind": (feed(headed(id={"type": "string", "format": "uuid"})), (COMES_BACK,)),
    "an id or none": (
        feed(message(headers={"properties": {"id": {"type": "string", "format": "uri"}}})),
        (COMES_BACK,),
    ),
    "one id": (feed(headed(id={"const": "é"})), (COMES_BACK,)),
    "ends by null": (feed(message(), sentinel="null"), (INVALID,)),
    "ends by a value": (feed(message({"type": "boolean"}), sentinel="true"), (DELIVERS, INVALID)),
    "ends by a message": (feed(message(), text({"const": "[DONE]"}), sentinel="[DONE]"), ALL),
    "space in address": (feed(message(), address="/a b/é?q=a b"), (DELIVERS, ASKS)),
    "large": (feed(message({"const": "y" * 200_000})), (DELIVERS, READS)),
}
GUARDED = {"own header": OWN_HEADER, "no header": NO_HEADER}


class Kept(Parser):
    """Keep the bytes of each block, by which an event is judged with its fields."""

    def __init__(self, last_event_id: str = "") -> None:
        super().__init__(last_event_id)
        self._lines: list[str] = []
        self.block = b""

    def take(self, line: str) -> Event | None:
        self._lines.append(line)
        return super().take(line)

    def dispatch(self) -> Event | None:
        self.block, self._lines = "\n".join([*self._lines, ""]).encode(), []
        return super().dispatch()


class Ended(Exception):
    """Raised at what ends the stream by the document."""


class Judging(Client):
    """Deliver what the document allows, and reject the rest."""

    parser = Kept

    def __init__(self, channel: Channel, url: str, headers: Mapping[str, str]) -> None:
        super().__init__(url, headers=headers, retry=0.05)
        self._channel = channel

    def run(self) -> Iterator[object]:
        try:
            yield from super().run()
        except Ended:
            return

    def events(self, parser: Kept, events: Iterator[Event]) -> Iterator[object]:
        for found in events:
            yield self.judged(found, parser.block)

    def judged(self, found: Event, block: bytes) -> object:
        if found.data == self._channel.rules.sentinel:
            raise Ended
        (frame,) = Decoder().frames(block)
        told = judge(self._channel, frame)
        return ValueError(str(told.violations[0])) if told.violations else told.payload


class Raw(Judging):
    """Deliver events as they are."""

    def judged(self, found: Event, block: bytes) -> object:
        del block
        if found.data == self._channel.rules.sentinel:
            raise Ended
        return found


def under_test(kind: type[Judging], channel: Channel) -> ClientUnderTest:
    def listen(url: str, headers: Mapping[str, str]) -> Iterator[object]:
        return kind(channel, url, headers).run()

    policy = "deliver" if kind is Raw else "withhold"
    return ClientUnderTest(ThreadDriver(listen), "yours", Reach(), item="", invalid_policy=policy)


def told_of(kind: type[Judging], channel: Channel, item: str) -> list[str]:
    """Return what an item tells, errors and advice, and why it is skipped."""
    told: list[str] = []

    def note(name: str, value: object) -> None:
        if name == "asyncapi_advice":
            told.append(str(value))

    record, client = Record(note), under_test(kind, channel)
    try:
        if item == DELIVERS:
            drawing = PayloadProperty(channel, item, SEED, shrink_seconds=2)
            items.delivers_every_event(channel, client, drawing, record)
        else:
            Performance(channel, client, lambda _: False, record).play(item)
    except ContractViolation as violation:
        told += map(str, violation.violations)
    except pytest.skip.Exception as skipped:
        told.append(str(skipped))
    return told


@pytest.fixture(scope="module")
def channels(tmp_path_factory) -> Mapping[str, Channel]:
    guarded = {name: feed(message()) for name in GUARDED}
    written = {name: channel for name, (channel, _) in CHANNELS.items()} | guarded
    operations = {
        f"tell {name}": {
            "action": "send",
            "channel": {"$ref": f"#/channels/{name}"},
            **({"security": [GUARDED[name]]} if name in GUARDED else {}),
        }
        for name in written
    }
    document = {
        "asyncapi": "3.0.0",
        "info": {"title": "Odd", "version": "1"},
        "channels": written,
        "operations": operations,
    }
    path = tmp_path_factory.mktemp("odd") / "spec.json"
    path.write_text(json.dumps(document))
    return load(path).streams


@pytest.mark.parametrize("kind", [Judging, Raw])
def test_nothing_is_told_of_a_client_without_a_defect(kind, channels):
    runs = [(name, item) for name, (_, listed) in CHANNELS.items() for item in listed]
    runs += [(name, ASKS) for name in GUARDED]
    if kind is Raw:
        runs = [(name, item) for name, item in runs if item in (DELIVERS, INVALID)]
    tell = functools.partial(told_of, kind)
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        told = list(pool.map(lambda run: tell(channels[run[0]], run[1]), runs))
    assert {run: found for run, found in zip(runs, told, strict=True) if found} == {}
