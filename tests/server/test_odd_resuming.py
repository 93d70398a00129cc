"""Resuming and surviving on servers that go about it in odd, legal ways; nothing stays open."""

from __future__ import annotations

import asyncio
import gc
import json
import queue
import socket
import threading
from pathlib import Path

import pytest
from defect_server import HEAD, DefectServer
from defect_table import PAYLOAD

from pytest_asyncapi_sse import load
from pytest_asyncapi_sse.checks.resume import Published, check_resume
from pytest_asyncapi_sse.checks.survival import check_survival
from pytest_asyncapi_sse.client.exchange import StreamOpening
from pytest_asyncapi_sse.client.record import Enough, record
from pytest_asyncapi_sse.client.stream import EventStream
from pytest_asyncapi_sse.client.trigger import Trigger
from pytest_asyncapi_sse.contract.following import poll
from pytest_asyncapi_sse.contract.resuming import Resuming, Source, payloads_of


@pytest.fixture
def channel(tmp_path):
    path = tmp_path / "spec.json"
    channels = {"a": {"address": "/a", "x-sse": {}, "messages": {"tick": {"payload": PAYLOAD}}}}
    info = {"title": "T", "version": "1"}
    path.write_text(json.dumps({"asyncapi": "3.0.0", "info": info, "channels": channels}))
    return load(path).streams["a"]


def held() -> tuple[int, int]:
    gc.collect()
    return threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))


class Publisher(DefectServer):
    """Serve one history, in one of some odd ways."""

    def __init__(self, way: str) -> None:
        super().__init__({})
        self._way = way
        self._history: list[str] = []
        self._grown = asyncio.Event()
        self.endings: queue.Queue[str] = queue.Queue()

    def publish(self, channel: str, message: str, payload: object) -> object:
        async def run() -> None:
            self._history.append(json.dumps(payload))
            self._grown.set()
            self._grown = asyncio.Event()

        asyncio.run_coroutine_threadsafe(run(), self._loop).result(10)
        return payload

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        _, has_id, rest = request.partition("last-event-id: ")
        place = int(rest.partition("\r\n")[0]) if has_id else len(self._history)
        writer.write(HEAD)
        gone = asyncio.create_task(reader.read())
        number = 0
        while not gone.done():
            grown = self._grown
            while place < len(self._history):
                data, place, number = self._history[place], place + 1, number + 1
                name = number if self._way == "counts each connection" else place
                writer.write(f": beat\n\nid: {name}\ndata: {data}\n\n".encode())
                await writer.drain()
                if self._way == "closes after each event":
                    gone.cancel()
                    return
            waiting = asyncio.create_task(grown.wait())
            await asyncio.wait({gone, waiting}, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
        reset = gone.exception()
        self.endings.put("end" if reset is None else type(reset).__name__)


def resuming(channel, serving: Publisher, seconds: float = 10) -> Resuming:
    trigger = Trigger(serving.publish, base_url=serving.url, parameters={}, timeout=10)
    opening = StreamOpening(f"{serving.url}/a", timeout=seconds)
    return Resuming(Source(channel, opening, trigger, payloads_of(channel, trigger)))


def test_a_server_that_closes_after_each_event_is_gone_on_with(channel):
    with Publisher("closes after each event") as serving:
        story = resuming(channel, serving).published()
    assert isinstance(story, Published)
    assert len(story.resumed) >= 3
    assert check_resume(channel, story) == []


def test_ids_that_each_connection_counts_resume_nothing(channel):
    """The id 1 of the cut is taken for the first event of all, so the cut one comes again."""
    with Publisher("counts each connection") as serving:
        for number in (70, 71):
            serving.publish("a", "tick", {"n": number})
        story = resuming(channel, serving).published()
    assert isinstance(story, Published)
    assert story.last_id == "1"
    assert "resume-lost" not in {found.code for found in check_resume(channel, story)}


def test_a_stream_on_which_nothing_comes_gives_the_reason(channel):
    with Publisher("") as serving:
        opening = StreamOpening(f"{serving.url}/a", timeout=0.5)
        story = Resuming(Source(channel, opening)).beside_control()
    assert story == "no event with an id came to two connections at a time"


@pytest.mark.parametrize("head", [b"", HEAD])
def test_a_client_that_crashes_resets_its_connection(channel, head):
    """A server that waits in a read is told so, before a head too: no end of the stream comes."""
    endings: list[object] = []

    def serve() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(head)
            try:
                endings.append(connection.recv(1))
            except OSError as error:
                endings.append(type(error))

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve)
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/a"
        stream = EventStream(channel, StreamOpening(url), validate=False)
        stream.open()
        stream.cut()
        thread.join(10)
    assert endings == [ConnectionResetError]


def test_a_client_that_leaves_does_not_reset_it(channel):
    with Publisher("") as serving:
        with EventStream(channel, StreamOpening(f"{serving.url}/a"), validate=False):
            pass
        assert serving.endings.get(timeout=10) == "end"


def test_a_client_that_was_cut_already_can_be_cut_and_closed_again(channel):
    with Publisher("closes after each event") as serving:
        stream = EventStream(channel, StreamOpening(f"{serving.url}/a"), validate=False)
        stream.open()
        serving.publish("a", "tick", {"n": 1})
        assert stream.wait_until(lambda: stream.exchange.ended is not None, within=10)
        stream.cut()
        stream.cut()
        stream.close()


def probed(channel, way: str) -> None:
    """Make each kind of connection that an active item makes."""
    with Publisher(way) as serving:
        assert resuming(channel, serving).published()
        assert resuming(channel, serving, seconds=2).beside_control()
        trigger = Trigger(serving.publish, base_url=serving.url, parameters={}, timeout=10)
        opening = StreamOpening(f"{serving.url}/a", timeout=10)
        stream = EventStream(channel, opening, validate=False)
        stream.open()
        stream.cut()
        enough = Enough(events=1, seconds=10)
        following = record(channel, opening, enough=enough, trigger=trigger)
        assert check_survival(channel, following) == []


@pytest.mark.parametrize("way", ["", "closes after each event", "counts each connection"])
def test_nothing_stays_open_after_a_cut(channel, way):
    with Publisher(way):  # what a first server imports and opens for good is no leak
        pass
    before = held()
    probed(channel, way)
    # The thread of a trigger ends a moment after the trigger is gone.
    assert poll(lambda: held() == before, within=10), threading.enumerate()
