"""Nothing outlives its test: no thread, no socket, no process."""

from __future__ import annotations

import gc
import os
import threading
import time
from pathlib import Path

import httpx
import pytest

from pytest_asyncapi_sse import HostingError, load
from pytest_asyncapi_sse.client.exchange import StreamOpening
from pytest_asyncapi_sse.client.record import Enough, record
from pytest_asyncapi_sse.client.stream import EventStream
from pytest_asyncapi_sse.driver.calling import Call
from pytest_asyncapi_sse.driver.process import ProcessDriver
from pytest_asyncapi_sse.server import GeneratedServer, Host, StreamServer
from pytest_asyncapi_sse.sse import Ending

DOCUMENT = Path(__file__).parents[2] / "examples" / "account.yaml"


@pytest.fixture
def channel():
    return load(DOCUMENT).streams["userSignups"]


@pytest.fixture(autouse=True)
def held():
    """Fail the test where it leaves a thread or a descriptor behind."""
    gc.collect()
    before = threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))
    yield
    gc.collect()
    assert (threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))) == before


def test_a_hundred_starts_and_stops_with_an_open_stream(channel):
    application = GeneratedServer([channel])
    for _ in range(100):
        with Host(application) as host:
            opening = StreamOpening(f"{host.base_url}/user/signedup")
            with EventStream(channel, opening) as stream:
                assert stream.receive(within=5).message is not None
                host.stop()


def test_an_endless_stream_ends_with_enough_events(channel):
    with Host(GeneratedServer([channel])) as host:
        opening = StreamOpening(f"{host.base_url}/user/signedup")
        recording = record(channel, opening, enough=Enough(events=30, seconds=5))
    assert recording.ended is Ending.events
    assert len(recording.events) >= 30


def test_a_server_that_closes_after_one_event(channel):
    with StreamServer(channel) as server:
        server.send({})
        opening = StreamOpening(server.url)
        with EventStream(channel, opening) as stream:
            server.disconnect()
            assert [event.payload for event in stream] == [{}]


def test_a_silent_server_ends_by_the_deadline(channel):
    with StreamServer(channel) as server:
        opening = StreamOpening(server.url)
        started = time.monotonic()
        recording = record(channel, opening, enough=Enough(seconds=0.5))
        assert time.monotonic() - started < 1.5
    assert recording.ended is Ending.deadline


def test_a_child_process_is_gone(tmp_path):
    (tmp_path / "waiting.py").write_text(
        "import os, time\ndef listen(url):\n    yield {'pid': os.getpid()}\n    time.sleep(60)\n"
    )
    driver = ProcessDriver("waiting:listen", folder=tmp_path)
    listening = driver.start(Call("http://127.0.0.1:9/", "http://127.0.0.1:9", "c"))
    assert listening.wait_until(lambda: bool(listening.deliveries), within=20)
    pid = listening.deliveries[0].payload["pid"]
    assert driver.stop(listening, within=0.1)
    driver.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_an_application_that_does_not_stop_is_reported():
    async def stubborn(scope, receive, send):
        if scope["type"] == "lifespan":
            raise RuntimeError("not supported")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while not released.is_set():
            time.sleep(0.01)

    released = threading.Event()
    host = Host(stubborn).start()
    thread = threading.Thread(
        target=lambda: httpx.get(host.base_url, trust_env=False, timeout=0.2), daemon=True
    )
    before = threading.excepthook
    threading.excepthook = lambda args: None
    try:
        thread.start()
        time.sleep(0.4)
        with pytest.raises(HostingError, match="did not stop within 3 s"):
            host.stop()
    finally:
        released.set()
        thread.join(5)
        time.sleep(0.3)
        threading.excepthook = before
