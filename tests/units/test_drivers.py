"""The drivers: what a client may return and deliver, and how each kind of client is ended."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import math
import os
import re
import shlex
import sys
import threading
import time
from collections import namedtuple

import pytest

from pytest_asyncapi_sse.driver import command as command_module
from pytest_asyncapi_sse.driver import listening as listening_module
from pytest_asyncapi_sse.driver import process as process_module
from pytest_asyncapi_sse.driver.calling import Call
from pytest_asyncapi_sse.driver.command import CommandDriver, command_words
from pytest_asyncapi_sse.driver.delivery import Delivery, called, delivery
from pytest_asyncapi_sse.driver.imports import import_attribute
from pytest_asyncapi_sse.driver.json_form import NoJSON, json_form
from pytest_asyncapi_sse.driver.listening import Listening
from pytest_asyncapi_sse.driver.process import ProcessDriver
from pytest_asyncapi_sse.driver.thread import ThreadDriver, failure_text
from pytest_asyncapi_sse.driver.wire import delivery_of, line_of, mark_of
from pytest_asyncapi_sse.errors import ConfigurationError

CALL = Call("http://127.0.0.1:9/c", "http://127.0.0.1:9", "c", {"id": "1"}, {"X-Key": "k"})
Event = namedtuple("Event", "event data")
Two = namedtuple("Two", "x y")


@dataclasses.dataclass
class Signup:
    name: str
    tags: tuple[str, ...] = ()


@dataclasses.dataclass
class MessageEvent:
    type: str
    data: str
    last_event_id: str


class Model:
    def model_dump(self, *, mode, by_alias):
        return {"displayName": mode} if by_alias else {}


@dataclasses.dataclass
class Odd:
    """Have data beside what JSON cannot carry, or data that it cannot."""

    data: object
    response: object = None


class Message:
    """Be a model with a method of that name."""

    def data(self):
        return 1

    def model_dump(self, *, mode, by_alias):
        return {"text": "a"}


class Broken:
    @property
    def data(self):
        raise RuntimeError("gone")

    def __repr__(self):
        raise RuntimeError("no repr")


class Text(str):
    pass


def holding_itself():
    value = {"a": []}
    value["a"].append(value)
    return value


def nested(levels):
    value = 0
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("item", "wanted"),
    [
        (None, Delivery()),
        ({"a": (1, 2.5, True, None)}, Delivery({"a": [1, 2.5, True, None]})),
        (("name", {"a": 1}), Delivery({"a": 1}, name="name")),
        ((None, 5), Delivery(5)),
        (("name", ("a", "b")), Delivery(["a", "b"], name="name")),
        ((1, 2), Delivery([1, 2])),
        (("a", "b", "c"), Delivery(["a", "b", "c"])),
        (("name", ValueError("bad")), Delivery(error="ValueError: bad", name="name")),
        (KeyError(), Delivery(error="KeyError")),
        (Event("e", '{"a": 1}'), Delivery({"a": 1}, data='{"a": 1}')),
        (Event("e", b"text"), Delivery("text", data="text")),
        (
            MessageEvent("e", '{"a": 1}', ""),
            Delivery(
                {"a": 1},
                data='{"a": 1}',
                also=({"type": "e", "data": '{"a": 1}', "last_event_id": ""},),
            ),
        ),
        (Odd(None), Delivery({"data": None, "response": None}, also=(None,))),
        (Odd("a", 1), Delivery({"data": "a", "response": 1}, data="a", also=("a",))),
        (Odd(b"{}", object()), Delivery({}, data="{}")),
        (Odd(nested(198)), Delivery({"data": nested(198), "response": None}, also=(nested(198),))),
        (Message(), Delivery({"text": "a"})),
        (Two("a", 1), Delivery(1, name="a")),
        (Signup("Ada", ("x",)), Delivery({"name": "Ada", "tags": ["x"]})),
        ([Signup("Ada")], Delivery([{"name": "Ada", "tags": []}])),
        (Model(), Delivery({"displayName": "json"})),
        (Text("a"), Delivery("a")),
        (nested(199), Delivery(nested(199))),
        (10**4299, Delivery(10**4299)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_an_item_stands_for(item, wanted):
    found = delivery(item)
    assert found == wanted
    assert delivery_of(json.loads(line_of(found, 1))) == found


@pytest.mark.parametrize(
    ("item", "text"),
    [
        (object(), "delivered a object that JSON cannot carry: it is <object object"),
        ({"a": [math.nan]}, "/a/0 is nan, which is no number of JSON"),
        (math.inf, "it is inf"),
        (b"{}", "it is b'{}' (bytes)"),
        ({"a": {1, 2}}, "/a is {1, 2} (set)"),
        ({1: 2}, "it has the key 1 (int), which is no string"),
        (holding_itself(), "/a/0 holds itself"),
        (nested(200), "it is nested deeper than 199 levels"),
        (10**4300, "an integer of more than 4,300 digits"),
        ("\ud800", "it is a text with a lone surrogate"),
        (Event("e", "\ud800"), "it is a text with a lone surrogate"),
        (("name", {1, 2}), "it is {1, 2} (set)"),
        (Odd({1}), "/data is {1} (set)"),
        (Odd("\ud800"), "/data is a text with a lone surrogate"),
        ([Broken], "/0 is <class 'test_drivers.Broken'> (type)"),
        (Broken(), "delivered a Broken that cannot be read: RuntimeError: gone"),
        ([Broken()], "/0 is an object of the type Broken"),
        (ValueError("\ud800" + "x" * 20_000), "ValueError: \\ud800xxx"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_json_cannot_carry_is_an_error_that_says_so(item, text):
    found = delivery(item)
    assert text in found.error
    assert len(found.error) < 11_000
    assert isinstance(item, ValueError) or "deliver None, a bool, int" in found.error
    assert delivery_of(json.loads(line_of(found, 1))) == found


def test_a_payload_of_shared_parts_ends_in_counted_steps(monkeypatch):
    monkeypatch.setattr("pytest_asyncapi_sse.driver.json_form._VALUES", 1000)
    value = []
    for _ in range(100):
        value = [value, value]
    with pytest.raises(NoJSON, match="it holds more than 1,000 values"):
        json_form(value)


@pytest.mark.parametrize(
    ("arguments", "named", "wanted"),
    [
        ((5,), {}, Delivery(5)),
        ((("m", 5),), {}, Delivery(5, name="m")),
        (("m", 5), {}, Delivery(5, name="m")),
        ((None, 5), {}, Delivery(5)),
        ((), {}, "called callback(); call callback(item)"),
        ((1, 2, 3), {}, "called callback(..., ..., ...)"),
        ((), {"item": 1}, "called callback(item=...)"),
        ((1, 5), {}, "a pair whose name is a int, not a string"),
    ],
)
def test_what_a_call_of_the_callback_stands_for(arguments, named, wanted):
    found = called(arguments, named)
    assert found == wanted if isinstance(wanted, Delivery) else wanted in found.error


# Clients, each of which delivers 1 and then ends in a way of its own.


def iterates(url):
    yield 1


def returns_a_list(url, *, channel, parameters, headers):
    assert (channel, parameters, headers) == ("c", {"id": "1"}, {"X-Key": "k"})
    return [1]


async def iterates_async(url):
    yield 1


async def returns_late(url):
    return [1]


def calls_back(url, callback):
    callback(1)


async def calls_back_async(url, *, callback):
    await callback(1)


def calls_back_from_a_thread(url, callback):
    thread = threading.Thread(target=callback, args=(1,))
    thread.start()
    thread.join()


def exits(url):
    yield 1
    raise SystemExit(3)


async def interrupts(url):
    yield 1
    raise KeyboardInterrupt


def fails(url, callback):
    callback(1)
    raise OSError("no route")


def returns_a_number(url):
    return 5


def returns_a_text(url, callback):
    return "listening"


def returns_nothing(url):
    return None


def needs_more(url, callback, token):
    callback(1)


@pytest.mark.parametrize(
    ("client", "failure"),
    [
        (iterates, ""),
        (returns_a_list, ""),
        (iterates_async, ""),
        (returns_late, ""),
        (calls_back, ""),
        (calls_back_async, ""),
        (calls_back_from_a_thread, ""),
        (exits, "SystemExit: 3 ("),
        (interrupts, "KeyboardInterrupt ("),
        (fails, "OSError: no route ("),
        (returns_a_number, "returned 5; it must return an iterable or an async iterable"),
        (returns_nothing, "returned None; it must return an iterable"),
        (returns_a_text, "returned 'listening'; it must return None once it has ended, something"),
        (needs_more, "TypeError: needs_more() missing 1 required positional argument: 'token'"),
    ],
)
def test_a_client_that_ends(client, failure):
    driver = ThreadDriver(client)
    listening = driver.start(CALL)
    assert listening.wait_until(lambda: listening.ended, within=10)
    assert failure in listening.failure
    assert bool(failure) == bool(listening.failure)
    assert listening.ending == (listening.failure or "it returned")
    wanted = [] if "return" in failure or "TypeError" in failure else [Delivery(1)]
    assert listening.deliveries == wanted
    assert driver.stop(listening, within=5)


# Clients that listen until they are ended, each in a way of its own.

CLOSED: list[str] = []


class Feed:
    def __init__(self, url, callback):
        callback(1)
        self._closed = threading.Event()

    def close(self):
        self._closed.set()
        CLOSED.append("closed")


def with_a_function(url, callback):
    callback(1)
    return lambda: CLOSED.append("closed")


async def with_a_task(url, callback):
    callback(1)
    task = asyncio.create_task(asyncio.sleep(60))

    async def end():
        task.cancel()
        CLOSED.append("closed")

    return end


async def waits_async(url):
    yield 1
    try:
        await asyncio.sleep(60)
    finally:
        CLOSED.append("closed")


async def waits_in_a_call(url, callback):
    callback(1)
    try:
        await asyncio.sleep(60)
    finally:
        CLOSED.append("closed")
        raise OSError("the stream was cut")


class Waiting:
    """An iterator that another thread may close."""

    def __init__(self, url):
        self._items = iter([1])
        self._closed = threading.Event()

    def __iter__(self):
        return self

    def __next__(self):
        for item in self._items:
            return item
        self._closed.wait(60)
        raise OSError("the stream was cut")

    def close(self):
        if not self._closed.is_set():
            CLOSED.append("closed")
        self._closed.set()


class WaitingAsync:
    """An async iterator with an async close()."""

    def __init__(self, url):
        self._items = iter([1])

    def __aiter__(self):
        return self

    async def __anext__(self):
        for item in self._items:
            return item
        return await asyncio.sleep(60)

    async def close(self):
        CLOSED.append("closed")


def goes_on(url):
    try:
        yield 1
        while True:
            time.sleep(0.01)
            yield 2
    finally:
        CLOSED.append("closed")


ENDLESS = [
    Feed,
    with_a_function,
    with_a_task,
    waits_async,
    waits_in_a_call,
    Waiting,
    WaitingAsync,
    goes_on,
]


@pytest.mark.parametrize("client", ENDLESS)
def test_a_client_that_listens_until_it_is_ended(client):
    CLOSED.clear()
    threads = threading.active_count()
    driver = ThreadDriver(client)
    listening = driver.start(CALL)
    assert listening.wait_until(lambda: bool(listening.deliveries), within=10)
    assert not listening.wait_until(lambda: listening.ended, within=0.05)
    assert driver.stop(listening, within=10)
    assert (listening.ended, listening.failure, listening.ending) == (True, "", "")
    assert CLOSED == ["closed"]
    assert driver.stop(listening, within=1)
    assert threading.active_count() == threads


@pytest.mark.parametrize("client", [Feed, waits_in_a_call])
def test_a_client_that_is_ended_before_it_listens(client):
    driver = ThreadDriver(client)
    listening = driver.start(CALL)
    assert driver.stop(listening, within=10)
    assert listening.failure == ""


class Named:
    def __init__(self, base_url, *, channel="", **more):
        self.got = (base_url, channel, sorted(more))

    def __iter__(self):
        return iter([list(self.got)])


@pytest.mark.parametrize(
    ("client", "wanted"),
    [
        (lambda url: [url], CALL.url),
        (lambda address: [address], CALL.url),
        (lambda url, /: [url], CALL.url),
        (lambda address, /, headers: [[address, headers]], [CALL.url, {"X-Key": "k"}]),
        (lambda *addresses: [list(addresses)], [CALL.url]),
        (lambda headers, url: [[url, headers]], [CALL.url, {"X-Key": "k"}]),
        (lambda *, url: [url], CALL.url),
        (lambda base_url, channel: [[base_url, channel]], [CALL.base_url, "c"]),
        (lambda callback, url: callback(url), CALL.url),
        (lambda where, **more: [[where, sorted(more)]], [CALL.url, ["base_url", "channel", "headers", "parameters"]]),
        (Named, [CALL.base_url, "c", ["headers", "parameters", "url"]]),
    ],
)  # fmt: skip
def test_a_client_gets_what_its_signature_names(client, wanted):
    driver = ThreadDriver(client)
    listening = driver.start(CALL)
    assert listening.wait_until(lambda: listening.ended, within=5)
    driver.stop(listening, within=2)
    assert (listening.failure, [item.payload for item in listening.deliveries]) == ("", [wanted])


def test_a_client_that_still_blocks_is_told():
    released = threading.Event()

    def blocks(url):
        yield 1
        released.wait(60)

    driver = ThreadDriver(blocks)
    listening = driver.start(CALL)
    assert listening.wait_until(lambda: bool(listening.deliveries), within=10)
    assert not driver.stop(listening, within=0.05)
    released.set()
    assert listening.wait_until(lambda: listening.ended, within=10)


def test_a_flood_ends_with_a_failure_and_nothing_is_raised_in_the_client(monkeypatch):
    monkeypatch.setattr(listening_module, "MOST_DELIVERIES", 5)
    raised = []

    def floods(url, callback):
        for number in range(10):
            try:
                callback(number)
            except BaseException as error:
                raised.append(error)

    driver = ThreadDriver(floods)
    listening = driver.start(CALL)
    assert listening.wait_until(lambda: listening.ended, within=10)
    assert listening.failure == "it delivered more than 5 things, and goes on"
    assert driver.stop(listening, within=10)
    assert [item.payload for item in listening.deliveries] == list(range(5))
    assert raised == []


def test_arrivals_have_times_and_nothing_comes_after_the_end():
    listening = Listening()
    before = time.monotonic()
    assert listening.deliver(Delivery(1))
    assert listening.deliver(Delivery(2))
    listening.end("gone")
    listening.end("later")
    assert not listening.deliver(Delivery(3))
    (first, one), (second, two) = listening.arrivals
    assert before <= first <= second <= time.monotonic()
    assert [one, two] == listening.deliveries == [Delivery(1), Delivery(2)]
    assert listening.failure == "gone"


def test_too_many_bytes_end_with_a_failure(monkeypatch):
    monkeypatch.setattr(listening_module, "MOST_BYTES", 10)
    listening = Listening()
    assert listening.deliver(Delivery(1), size=10)
    assert not listening.deliver(Delivery(2), size=1)
    assert listening.failure == "it delivered more than 10 bytes, and goes on"


def test_a_failure_is_shown_in_so_many_characters():
    try:
        raise RuntimeError("x" * 5_000)
    except RuntimeError as error:
        text = failure_text(error)
    assert text.startswith("RuntimeError: " + "x" * 1_986 + "... (5,014 characters) (")
    assert text.endswith(")")
    assert "test_drivers.py:" in text


def test_only_the_last_lines_are_kept():
    listening = Listening()
    for number in range(50):
        listening.hear(f"{number}" + "x" * 2000)
        listening.hear(" \r")
    lines = listening.said.splitlines()
    assert len(lines) == 40
    assert lines[-1].startswith("49x")
    assert len(lines[-1]) == 1000


CLIENTS = """
import os, subprocess, sys, threading, time

def listen(url, callback, channel):
    print("said on standard output")
    print("said on standard error", file=sys.stderr)
    assert sys.stdin.read() == ""
    if channel == "everything":
        callback("m", {"a": 1})
        callback(ValueError("\\ud800"))
        callback({1, 2})
        thread = threading.Thread(target=callback, args=(os.getpid(),))
        thread.start()
        thread.join()
    elif channel == "exits":
        sys.exit(3)
    elif channel == "dies":
        os._exit(4)
    elif channel == "background":
        callback(os.getpid())
        return lambda: print("closed", flush=True)
    elif channel == "blocks":
        child = subprocess.Popen(["sleep", "60"])
        callback(child.pid)
        time.sleep(60)
"""


def test_a_client_in_a_child_process(tmp_path):
    (tmp_path / "clients.py").write_text(CLIENTS)
    driver = ProcessDriver("clients:listen", folder=tmp_path)

    def run(channel, count=0):
        listening = driver.start(dataclasses.replace(CALL, channel=channel))
        if count:
            assert listening.wait_until(lambda: len(listening.deliveries) >= count, within=30)
        else:
            assert listening.wait_until(lambda: listening.ended, within=30)
        return listening

    try:
        everything = run("everything")
        assert (everything.begun, everything.failure) == (True, "")
        pair, rejected, odd, process = everything.deliveries
        assert pair == Delivery({"a": 1}, name="m")
        assert rejected.error == "ValueError: \\ud800"
        assert "it is {1, 2} (set)" in odd.error
        assert driver.stop(everything, within=1)

        exits = run("exits")
        assert exits.failure.startswith("SystemExit: 3 (")
        assert driver.stop(exits, within=1)

        background = run("background", 1)
        assert background.deliveries == [process]
        assert driver.stop(background, within=10)
        assert (background.ended, background.failure) == (True, "")

        dies = run("dies")
        assert "its process ended with exit status 4; last on standard error:\n" in dies.failure
        assert dies.said.splitlines() == ["said on standard output", "said on standard error"]
        assert driver.stop(dies, within=1)

        blocks = run("blocks", 1)
        assert driver.stop(blocks, within=0.05)
        assert blocks.failure == ""
        assert _is_gone(blocks.deliveries[0].payload)
    finally:
        driver.close()


def test_each_call_hears_its_own_lines_of_standard_error(tmp_path, monkeypatch):
    class Group:
        runs = True

        def __init__(self, command, *, take, hear, **_):
            self.take, self.hear = take, hear
            groups.append(self)

        def send(self, line):
            pass

        def kill(self):
            pass

    groups = []
    monkeypatch.setattr(process_module, "ProcessGroup", Group)
    driver = ProcessDriver("clients:listen", folder=tmp_path)

    first = driver.start(CALL)
    (group,) = groups
    assert not first.begun
    group.take(b'{"run": 1, "begun": true}')
    assert first.begun
    for line in ("while it is imported", mark_of(1), "one", mark_of(1) + "x"):
        group.hear(line)
    group.take(b'{"run": 1, "ended": ""}')
    assert driver.stop(first, within=1)
    group.hear("while nothing is called")

    second = driver.start(CALL)
    for line in ("late", mark_of(2), "two"):
        group.hear(line)
    assert first.said.split("\n") == ["while it is imported", "one", mark_of(1) + "x"]
    assert second.said == "two"
    driver.close()


def printing(text, end=""):
    """Return a command that prints a text and then waits, or ends in the given way."""
    return f"sh -c {shlex.quote(f'cat <<END{chr(10)}{text}{chr(10)}END{chr(10)}{end}')}"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('{"payload": {"a": [1, null]}}', Delivery({"a": [1, None]})),
        ('{"payload": null}\n', Delivery(None)),
        ('  {"payload": 1, "message": "m", "data": "1 "}  \r', Delivery(1, data="1 ", name="m")),
        ('{"payload": 1, "message": null}', Delivery(1)),
        ('{"error": "no name"}', Delivery(error="no name")),
        ('{"error": "no name", "message": "m"}', Delivery(error="no name", name="m")),
        ('{"payload": NaN}', "printed a line that readers of JSON disagree on: NaN is not"),
        ('{"payload": {"a": 1, "a": 2}}', "the key 'a' occurs twice"),
        ('{"payload": "\\ud800"}', "a string holds the lone surrogate"),
        ('{"error": "' + "x" * 20_000 + '"}', "xxx... (20,000 characters)"),
    ],
    ids=range(10),
)
def test_what_a_line_of_a_command_stands_for(tmp_path, text, wanted):
    driver = CommandDriver(printing(text, "exec sleep 60"), folder=tmp_path)
    listening = driver.start(CALL)
    assert listening.wait_until(lambda: bool(listening.deliveries), within=10)
    assert driver.stop(listening, within=0)
    (found,) = listening.deliveries
    assert found == wanted if isinstance(wanted, Delivery) else wanted in found.error
    assert listening.failure == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("listening", "the text is not JSON: expecting value, found 'listening': 'listening'; print JSON lines"),
        ('{"payload": 1} {"payload": 2}', "after the JSON value comes '{\"payload\": 2}'"),
        ("[1]", "it is no JSON object"),
        ("{}", "it has no keys, neither payload nor error, and JSON.stringify leaves out what is undefined: '{}'"),
        ('{"payload": 1, "error": "x"}', "it has the keys payload, error: with payload may go"),
        ('{"payload": 1, "mesage": "x"}', "it has the keys payload, mesage: with payload may go"),
        ('{"error": "x", "data": "1"}', "it has the keys error, data: with payload may go"),
        ('{"data": "1"}', "it has the keys data, neither payload nor error, and JSON.stringify"),
        ('{"payload": 1, "data": 1}', "its data is no text"),
        ('{"error": "x", "message": 1}', "its message is no text"),
        ('{"error": null}', "its error is no text"),
        ("[NaN]", "NaN is not a JSON number"),
    ],
    ids=range(12),
)  # fmt: skip
def test_a_line_that_is_none_of_the_protocol_ends_the_client(tmp_path, text, reason):
    driver = CommandDriver(printing(f'{{"payload": 1}}\n{text}', "exec sleep 60"), folder=tmp_path)
    listening = driver.start(CALL)
    assert listening.wait_until(lambda: listening.ended, within=10)
    assert listening.failure.startswith("printed a line that is none of the protocol: ")
    assert reason in listening.failure
    assert driver.stop(listening, within=0)
    assert listening.deliveries == [Delivery(1)]


@pytest.mark.parametrize(
    ("end", "failure"),
    [
        ("exit 0", ""),
        ("echo oops >&2; exit 3", "its process ended with exit status 3; last on standard error:\noops"),
        ("kill -9 $$", "its process was killed by SIGKILL"),
        ("exec >&-; exec 2>&-; sleep 60", "its process closed its standard output"),
    ],
)  # fmt: skip
def test_a_command_that_ends(tmp_path, end, failure):
    driver = CommandDriver(printing('{"payload": 1}', end), folder=tmp_path)
    listening = driver.start(CALL)
    assert listening.wait_until(lambda: listening.ended, within=10)
    assert (listening.deliveries, listening.failure) == ([Delivery(1)], failure)
    assert listening.ending == (failure or "its process ended with exit status 0")
    assert driver.stop(listening, within=0)
    assert listening.said == ("oops" if "oops" in failure else "")


FEED = """
import json, os, sys
names = ("URL", "BASE_URL", "CHANNEL", "PARAMETERS", "HEADERS")
print(json.dumps({"payload": [os.environ["ASYNCAPI_SSE_" + name] for name in names]}))
print(json.dumps({"payload": [os.getcwd(), sys.stdin.read(), sys.argv[1:]]}))
print(json.dumps({"payload": "x" * 20_000_000}))
"""


def test_a_command_gets_the_call_and_prints_long_lines(tmp_path):
    (tmp_path / "feed.py").write_text(FEED)
    driver = CommandDriver(f"{sys.executable} -S feed.py 'a b'", folder=tmp_path)
    listening = driver.start(CALL)
    assert listening.wait_until(lambda: listening.ended, within=60)
    assert listening.failure == ""
    call, process, long = (item.payload for item in listening.deliveries)
    assert call == [CALL.url, CALL.base_url, "c", '{"id":"1"}', '{"X-Key":"k"}']
    assert process == [str(tmp_path), "", ["a b"]]
    assert long == "x" * 20_000_000
    driver.close()


def test_a_line_that_is_too_long_is_told(tmp_path, monkeypatch):
    for module in ("group", "command"):
        monkeypatch.setattr(f"pytest_asyncapi_sse.driver.{module}.MAX_LINE", 1000)
    (tmp_path / "lines").write_text(json.dumps({"payload": "x" * 200_000}) + '\n{"payload": 1}\n')
    driver = CommandDriver("cat lines", folder=tmp_path)
    listening = driver.start(CALL)
    assert listening.wait_until(lambda: listening.ended, within=10)
    assert "protocol: it has more than 1,000 bytes: '{" in listening.failure
    assert listening.deliveries == []
    driver.close()


STUBBORN = """
trap '' TERM
sh -c 'trap "" TERM; while :; do sleep 0.1; done' &
echo "{\\"payload\\": [$$, $!]}"
while :; do sleep 0.1; done
"""


class _Interrupting(float):
    """Be a number of seconds during which Ctrl-C comes."""

    def __radd__(self, other):
        raise KeyboardInterrupt


@pytest.mark.parametrize("ending", ["stop", "close", "interrupt"])
def test_a_command_dies_with_its_children(tmp_path, monkeypatch, ending):
    threads = threading.active_count()
    driver = CommandDriver(f"sh -c {shlex.quote(STUBBORN)}", folder=tmp_path)
    listening = driver.start(CALL)
    assert listening.wait_until(lambda: bool(listening.deliveries), within=10)
    if ending == "stop":
        assert driver.stop(listening, within=0)
    if ending == "interrupt":
        monkeypatch.setattr(command_module, "_GRACE_SECONDS", _Interrupting(0.2))
        with pytest.raises(KeyboardInterrupt):
            driver.stop(listening, within=0)
    driver.close()
    assert (listening.ended, listening.failure) == (True, "")
    assert all(_is_gone(pid) for pid in listening.deliveries[0].payload)
    assert threading.active_count() == threads


def test_a_process_that_left_the_group_holds_up_nothing(tmp_path):
    threads = threading.active_count()
    escaped = "setsid sleep 3 & echo '{\"payload\": 1}'; exit 0"
    driver = CommandDriver(f"sh -c {shlex.quote(escaped)}", folder=tmp_path)
    listening = driver.start(CALL)
    assert listening.wait_until(lambda: bool(listening.deliveries), within=10)
    assert driver.stop(listening, within=0)
    assert threading.active_count() == threads


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("nod feed.js", "'nod feed.js' can't be run: there is no program 'nod' on the path; did you mean"),
        ("zzzzzzzz", "there is no program 'zzzzzzzz' on the path"),
        ("feed.sh", "'feed.sh' is a file, no program: give ./feed.sh, or what runs it"),
        ("./feed.sh", "'./feed.sh' is not executable: make it so"),
        ("./fed.sh", "there is no file './fed.sh'; did you mean './feed.sh'?"),
        ("nowhere/feed.sh", "there is no file 'nowhere/feed.sh'"),
        ("A=1 sh", "to set a variable, give env A=1 PROGRAM"),
        ("sh -c 'exit", "is no command: no closing quotation"),
        ("# sh", "there is no program '#' on the path"),
        ("''", "names no program"),
    ],
)  # fmt: skip
def test_a_command_that_cannot_be_run_is_refused(tmp_path, command, text):
    (tmp_path / "feed.sh").write_text("exit 0")
    with pytest.raises(ConfigurationError, match=re.escape(text)):
        CommandDriver(command, folder=tmp_path)


def test_a_program_counts_from_the_folder_and_may_fail_to_start(tmp_path):
    (tmp_path / "feed").write_text("\0")
    (tmp_path / "feed").chmod(0o755)
    assert command_words("./feed 'a b'", folder=tmp_path) == ["./feed", "a b"]
    driver = CommandDriver("./feed", folder=tmp_path)
    listening = driver.start(CALL)
    assert listening.wait_until(lambda: listening.ended, within=10)
    assert listening.failure.startswith("its process did not start: [Errno 8] Exec format error")
    assert driver.stop(listening, within=0)


def _is_gone(pid):
    """Whether a process has ended; one that nobody waited for may be left as a zombie."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
            with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123
                if stat.read().rpartition(")")[2].split()[0] == "Z":
                    return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.01)
    return False


@pytest.mark.parametrize("client", [3, ["node", "feed.js"], {"url": "x"}])
def test_what_cannot_be_called_is_no_client(client):
    with pytest.raises(ConfigurationError, match="must return a callable"):
        ThreadDriver(client)


def test_a_folder_is_no_command(tmp_path):
    with pytest.raises(ConfigurationError, match="is a folder"):
        command_words(str(tmp_path), folder=tmp_path)


def test_a_module_that_exits_does_not_import(tmp_path, monkeypatch):
    (tmp_path / "leaving.py").write_text("raise SystemExit(4)")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ConfigurationError, match="does not import: SystemExit: 4"):
        import_attribute("leaving:listen")
