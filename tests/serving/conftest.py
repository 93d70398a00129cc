"""What the tests of the generated server share: documents, clients, and a guard against leaks."""

from __future__ import annotations

import contextlib
import gc
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from pytest_asyncapi_sse import Document, load

EXAMPLES = Path(__file__).parents[2] / "examples"
TWO = """
asyncapi: 3.0.0
info: {title: Two, version: 1.0.0}
channels:
  news:
    address: news/{topic}
    parameters: {topic: {examples: [art]}}
    messages:
      headline:
        payload: {type: object, required: [title], properties: {title: {type: string}}}
        examples:
          - payload: {title: First}
          - payload: {title: 5}
          - payload: {title: Second}
  ticks:
    address: ticks
    messages:
      tick: {payload: {type: integer, minimum: 0}}
      tock: {payload: {type: boolean}}
operations:
  follow: {action: send, channel: {$ref: '#/channels/news'}}
  listen: {action: send, channel: {$ref: '#/channels/ticks'}}
"""


@pytest.fixture(scope="session")
def account() -> Document:
    """Return a document of one channel."""
    return load(EXAMPLES / "account.yaml")


@pytest.fixture(scope="session")
def two_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a document of two channels."""
    path = tmp_path_factory.mktemp("documents") / "two.yaml"
    path.write_text(TWO)
    return path


@pytest.fixture(scope="session")
def two(two_file: Path) -> Document:
    """Return a document of two channels."""
    return load(two_file)


@pytest.fixture(autouse=True)
def no_leak() -> Iterator[None]:
    """Fail the test where it leaves a thread or a descriptor behind."""
    before = _held()
    yield
    for _ in range(100):
        if not _exceeds(_held(), before):
            return
        time.sleep(0.02)
        gc.collect()
    assert not _exceeds(_held(), before)


def _held() -> tuple[int, int]:
    return threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))


def _exceeds(held: tuple[int, int], before: tuple[int, int]) -> bool:
    return any(now > earlier for now, earlier in zip(held, before, strict=True))


class Client:
    """Read a stream in a thread, and keep its bytes with the time of each chunk."""

    def __init__(self, url: str, **headers: str) -> None:
        self.raw = b""
        self.chunks: list[tuple[float, bytes]] = []
        self.error: httpx.HTTPError | None = None
        self.status = 0
        self.headers = httpx.Headers()
        self._changed = threading.Condition()
        self._url, self._sent = url, headers
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        client = httpx.Client(timeout=10, trust_env=False, follow_redirects=True)
        try:
            with client, client.stream("GET", self._url, headers=self._sent) as response:
                with self._changed:
                    self.status, self.headers = response.status_code, response.headers
                    self._changed.notify_all()
                for chunk in response.iter_raw():
                    with self._changed:
                        self.raw += chunk
                        self.chunks.append((time.monotonic(), chunk))
                        self._changed.notify_all()
        except httpx.HTTPError as error:
            self.error = error

    def until(self, is_true: Callable[[Client], object]) -> Client:
        """Wait until something holds of what was read."""
        with self._changed:
            assert self._changed.wait_for(lambda: is_true(self), timeout=10), self.raw[:500]
        return self

    def has(self, *texts: bytes) -> Client:
        """Wait until all of these bytes came."""
        return self.until(lambda client: all(text in client.raw for text in texts))

    def done(self) -> Client:
        """Wait until the stream has ended."""
        self._thread.join(10)
        assert not self._thread.is_alive()
        return self


@pytest.fixture
def connect() -> Iterator[Callable[..., Client]]:
    """Return a function that opens a stream; each has to have ended at the end of the test."""
    clients: list[Client] = []

    def open_stream(url: str, **headers: str) -> Client:
        clients.append(Client(url, **{name.replace("_", "-"): v for name, v in headers.items()}))
        return clients[-1]

    yield open_stream
    for client in clients:
        with contextlib.suppress(AssertionError):
            client.done()
