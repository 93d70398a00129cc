"""The gate's items against clients with one defect: each is told by its code, and by nothing else.

What the clients do is mostly to wait, so those of one item run side by side.
"""

from __future__ import annotations

import functools
import json
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import defective_deliveries
import pytest
from defective_clients import (
    ASKS,
    COMES_BACK,
    DEFECTS,
    DELIVERS,
    INVALID,
    READS,
    TAKES,
    UNUSUAL,
    listen,
)
from defective_parsers import ReadsWholeBuffers
from reference_client import Client

from pytest_asyncapi_sse import Channel, load
from pytest_asyncapi_sse.checks.codes import CLIENT
from pytest_asyncapi_sse.checks.conversation import Conversation
from pytest_asyncapi_sse.contract import client as items
from pytest_asyncapi_sse.contract import conversing
from pytest_asyncapi_sse.contract.performing import Performance
from pytest_asyncapi_sse.contract.property import PayloadProperty
from pytest_asyncapi_sse.contract.scenes import SCENES, Scene
from pytest_asyncapi_sse.contract.scenes.asking import Asking
from pytest_asyncapi_sse.contract.scenes.plot import Plot, plain_cases
from pytest_asyncapi_sse.contract.setting import Setting
from pytest_asyncapi_sse.contract.targets import ClientUnderTest, Reach
from pytest_asyncapi_sse.contract.verdict import Record
from pytest_asyncapi_sse.driver.thread import ThreadDriver
from pytest_asyncapi_sse.errors import ContractViolation, Violation

ODD = [{}, [], 2**60 + 1]
TICK = {
    "type": "object",
    "required": ["n", "displayName"],
    "properties": {"n": {"type": "integer"}, "displayName": {"type": "string"}},
    "additionalProperties": False,
}
TOCK = {
    "type": "object",
    "required": ["m"],
    "properties": {"m": {"type": "integer"}},
    "additionalProperties": False,
}
DOCUMENT = {
    "asyncapi": "3.0.0",
    "info": {"title": "Shop", "version": "1"},
    "channels": {
        "feed": {
            "address": "/shop/{part}/feed",
            "parameters": {"part": {"enum": ["all"]}},
            "messages": {
                "tick": {"payload": TICK},
                "tock": {"payload": TOCK},
                "odd": {"payload": {"enum": ODD}},
            },
        }
    },
    "operations": {
        "tell": {
            "action": "send",
            "channel": {"$ref": "#/channels/feed"},
            "security": [{"type": "http", "scheme": "bearer"}],
            "bindings": {
                "http": {
                    "method": "GET",
                    "query": {
                        "type": "object",
                        "required": ["kind"],
                        "properties": {"kind": {"enum": ["a b"]}},
                    },
                }
            },
        }
    },
}
SIDE_BY_SIDE = 12
OF_REQUEST = {
    "_target": {"wrong-method", "wrong-path", "wrong-query"},
    "_headers": {"missing-accept", "early-last-event-id"},
    "_credentials": {"missing-credentials"},
}
SEED = 7
IS_THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
REASON = "half a minute in all: HYPOTHESIS_PROFILE=thorough runs it"
SLOW = (READS, COMES_BACK, TAKES)


def thoroughly(item: str) -> object:
    return pytest.param(item, marks=pytest.mark.skipif(not IS_THOROUGH, reason=REASON))


def validate(value: object) -> object:
    """Return a value that the document allows; raises ValueError for others."""
    if isinstance(value, dict) and set(value) == {"n", "displayName"}:
        allowed = is_integer(value["n"]) and isinstance(value["displayName"], str)
    elif isinstance(value, dict) and set(value) == {"m"}:
        allowed = is_integer(value["m"])
    else:
        allowed = value in ODD
    if not allowed:
        raise ValueError("the document does not allow it")
    return value


def is_integer(value: object) -> bool:
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, int) and not isinstance(value, bool)


@pytest.fixture(scope="module")
def channel(tmp_path_factory) -> Channel:
    path = tmp_path_factory.mktemp("defects") / "spec.json"
    path.write_text(json.dumps(DOCUMENT))
    return load(path).streams["feed"]


@pytest.fixture(scope="module")
def plot(channel) -> Plot:
    client = under_test("", "")
    return Plot(channel, client, plain_cases(channel, client), Setting.of(channel, client))


def under_test(name: str, item: str, timeout: float = 10.0) -> ClientUnderTest:
    return ClientUnderTest(
        ThreadDriver(functools.partial(listen, validate=validate, retry=0.05, defect=name)),
        "yours",
        Reach(timeout=timeout),
        item=item,
        invalid_policy=DEFECTS[name].policy if name in DEFECTS else "withhold",
    )


class Spy:
    """Play a scene, and keep what it tells of each client."""

    def __init__(self, scene: Scene, told: dict[str, set[str]]) -> None:
        self._scene = scene
        self._told = told

    def __getattr__(self, name: str) -> object:
        return getattr(self._scene, name)

    def judge(self, plot: Plot, told: Conversation) -> Iterator[Violation]:
        found = list(self._scene.judge(plot, told))
        self._told[plot.client.item] |= {violation.code for violation in found}
        yield from found


def codes_of(run: Callable[[Record], None]) -> set[str]:
    """Return the codes that an item tells, as errors and as advice."""
    codes: set[str] = set()

    def note(name: str, value: object) -> None:
        if name == "asyncapi_advice":
            codes.add(str(value).partition(":")[0])

    try:
        run(Record(note))
    except ContractViolation as violation:
        codes |= {one.code for one in violation.violations}
    return codes


def told_of(name: str, item: str, plot: Plot, scenes: Sequence[Scene] = ()) -> set[str]:
    """Return what an item of scenes tells of a client, which delivers plain events."""
    client = under_test(name, name)
    client.memory.plain[id(plot.channel)] = plot.cases
    chosen = tuple(scenes) or SCENES[item]
    return codes_of(
        lambda note: Performance(plot.channel, client, lambda _: False, note).perform(chosen)
    )


def side_by_side(told: Callable[[str], set[str]], names: list[str]) -> dict[str, set[str]]:
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        return dict(zip(names, pool.map(told, names), strict=True))


def expected(name: str) -> set[str]:
    return set(DEFECTS[name].codes) if name in DEFECTS else set()


def of_item(item: str) -> list[str]:
    return [name for name, defect in DEFECTS.items() if defect.item == item]


def test_every_code_of_an_item_has_a_defect_and_none_has_another():
    rows = {item: {code for name in of_item(item) for code in expected(name)} for item in CLIENT}
    assert rows == {item: set(codes) for item, codes in CLIENT.items()}


@pytest.mark.parametrize("item", [READS, ASKS, COMES_BACK, TAKES, INVALID])
def test_an_item_tells_each_of_its_defects_by_its_code(item, plot):
    names = [*UNUSUAL, *of_item(item)]
    telling: dict[str, set[str]] = {name: set() for name in names}
    spies = tuple(Spy(scene, telling) for scene in SCENES[item])
    told = side_by_side(lambda name: told_of(name, item, plot, spies), names)
    assert told == {name: expected(name) for name in names}
    assert telling == told, "with its scenes off, nothing else tells a defect"


def test_what_is_delivered_twice_is_no_invalid_event(plot):
    assert told_of("event-duplicated", INVALID, plot) == set()


@pytest.mark.parametrize("check", ["_target", "_headers", "_credentials"])
def test_without_its_check_a_defect_of_the_request_is_not_told(check, plot, monkeypatch):
    names = of_item(ASKS)
    with monkeypatch.context() as patch:
        patch.setattr(Asking, check, lambda *_: iter(()))
        told = side_by_side(lambda name: told_of(name, ASKS, plot), names)
    red = [name for name in names if told[name] != expected(name)]
    assert {code for name in red for code in expected(name)} == OF_REQUEST[check]


@pytest.mark.parametrize("item", [ASKS, INVALID, *(thoroughly(i) for i in SLOW)])
def test_an_item_tells_nothing_of_the_defects_of_others(item, plot):
    names = [n for n, d in DEFECTS.items() if d.item not in (item, DELIVERS)]
    told = side_by_side(lambda name: told_of(name, item, plot), names)
    assert {name: codes for name, codes in told.items() if codes} == {}


def test_a_client_that_delivers_only_crowds_of_events_is_told_once(channel):
    reading = type("Reading", (Client,), {"parser": ReadsWholeBuffers})
    driver = ThreadDriver(lambda url, headers: reading(url, headers=headers).run())
    client = ClientUnderTest(driver, "yours", Reach(timeout=1.0), item=f"spec.json::feed::{READS}")
    # By luck such a client delivers all that are sent together.
    client.memory.delivers.add(id(channel))
    with pytest.raises((ContractViolation, pytest.skip.Exception)) as told:
        Performance(channel, client, lambda _: True, Record(lambda *_: None)).play(READS)
    assert isinstance(told.value, ContractViolation), "it is skipped"
    assert [one.code for one in told.value.violations] == ["event-lost"]
    later = replace(client, item=f"spec.json::feed::{TAKES}")
    with pytest.raises(pytest.skip.Exception, match=f"see {READS}"):
        Performance(channel, later, lambda _: True, Record(lambda *_: None)).play(TAKES)


@pytest.mark.parametrize("name", ["", *of_item(DELIVERS)])
def test_a_defect_in_delivering_is_told_by_its_code(name, channel, monkeypatch):
    # A client that never connects is waited for, and one that hangs is given two seconds.
    monkeypatch.setattr(defective_deliveries, "HANG_SECONDS", 1.2 if name == "no-client" else 2.5)
    monkeypatch.setattr(conversing, "_STOP_SECONDS", 2.0)
    client = under_test(name, DELIVERS, timeout=1.0 if name == "no-client" else 3.0)
    drawing = PayloadProperty(channel, DELIVERS, SEED, shrink_seconds=2)
    told = codes_of(lambda note: items.delivers_every_event(channel, client, drawing, note))
    assert told == expected(name)
    assert (id(channel) in client.memory.delivers) == (told <= {"precision-lost"})
    for thread in threading.enumerate():
        if thread.name == "client under test":
            thread.join(5)
            assert not thread.is_alive()
