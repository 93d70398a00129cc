"""A client written from the HTML standard alone (section 9.2): every check must let it pass.

It uses sockets and nothing of the package that it helps to test, so that both can be wrong only
in ways of their own. `Parser`, `Response` and `Client` are cut into small methods: a defective
client replaces one of them.
"""

from __future__ import annotations

import codecs
import io
import json
import re
import socket
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import urljoin, urlsplit

LINE_END = re.compile(r"\r\n|\n|\r")
DIGITS = re.compile(r"[0-9]+")
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 10
MOST_FAILURES = 5
MOST_REFUSALS = 3
MOST_RETRY_MS = 86_400_000
LINE_BYTES = 65_536
IDLE_SECONDS = 60.0

Headers = Mapping[str, str]
Validate = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Event:
    """Hold one dispatched event; `id` is the last event id when it was dispatched."""

    event: str
    data: str
    id: str


class Parser:
    """Turn the bytes of one stream into events, as they come (9.2.5 and 9.2.6).

    The id buffer begins with the id of the connection before: taken literally the standard would
    forget it, browsers do not.
    """

    def __init__(self, last_event_id: str = "") -> None:
        self.last_event_id = last_event_id
        self.retry: int | None = None
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._at_start = True
        self._after_cr = False
        self._pieces: list[str] = []
        self._id = last_event_id
        self._data: list[str] = []
        self._event = ""

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """Yield the events that are complete with these bytes."""
        taken = map(self.take, self.lines(self.decode(chunk)))
        yield from (event for event in taken if event is not None)

    def end(self) -> Iterator[Event]:
        """Yield what the clean end of the stream dispatches: nothing, a pending block is dropped."""
        yield from ()

    def decode(self, chunk: bytes) -> str:
        """Return the text of these bytes, without one byte order mark at the very start."""
        text = self._decoder.decode(chunk)
        if text and self._at_start:
            self._at_start = False
            text = self.first(text)
        return text

    def first(self, text: str) -> str:
        return text.removeprefix("\ufeff")

    def lines(self, text: str) -> Iterator[str]:
        """Yield the lines that this text ends; a CR ends one at once, whatever comes after it."""
        if not text:
            return
        if self._after_cr and text[0] == "\n":
            text = text[1:]
        self._after_cr = text.endswith("\r")
        *ended, rest = LINE_END.split(text)
        for line in ended:
            yield self.joined(line)
        if rest:
            self._pieces.append(rest)

    def joined(self, line: str) -> str:
        """Return a line whose first pieces came before."""
        pieces, self._pieces = self._pieces, []
        return "".join((*pieces, line)) if pieces else line

    def take(self, line: str) -> Event | None:
        """Interpret one line; returns an event where it dispatches one."""
        if not line:
            return self.dispatch()
        if line.startswith(":"):
            self.comment(line[1:])
        else:
            self.field(*self.cut(line))
        return None

    def cut(self, line: str) -> tuple[str, str]:
        """Return the name and the value of a field; one space after the colon is not its value's."""
        name, _, value = line.partition(":")
        return name, value.removeprefix(" ")

    def comment(self, text: str) -> None:
        """Take a comment: it means nothing."""

    def field(self, name: str, value: str) -> None:
        """Take one field; another name than the four means nothing."""
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._event = value
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and DIGITS.fullmatch(value):
            self.retry = int(value) if len(value) < 10 else MOST_RETRY_MS

    def dispatch(self) -> Event | None:
        """Commit the id and empty the block; returns its event where it had data."""
        self.last_event_id = self._id
        data, event = self._data, self._event
        self._data, self._event = [], ""
        return Event(event or "message", self.together(data), self._id) if data else None

    def together(self, data: list[str]) -> str:
        return "\n".join(data)


class Response:
    """Ask for one URL and read the answer, by HTTP/1.1 over a socket of its own.

    Raises OSError where the connection fails or breaks before the answer is complete.
    """

    def __init__(self, url: str, method: str, headers: Iterable[tuple[str, str]]) -> None:
        self.url = url
        place = urlsplit(url)
        if place.scheme != "http" or not place.hostname:
            raise ValueError(f"not an http URL: {url!r}")
        server = (place.hostname, place.port or 80)
        self._socket = socket.create_connection(server, timeout=IDLE_SECONDS)
        self._file = io.BufferedReader(self._socket.makefile("rb", buffering=0), LINE_BYTES)
        try:
            target = (place.path or "/") + (f"?{place.query}" if place.query else "")
            lines = [f"{method} {target} HTTP/1.1", f"Host: {place.netloc.rpartition('@')[2]}"]
            lines += [f"{name}: {value}" for name, value in headers]
            # An event id is any text: UTF-8 is what the standard asks for in the header.
            self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
            self.status, self.headers = self._head()
        except BaseException:
            self.close()
            raise

    @property
    def type(self) -> str:
        """The content type without its parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def body(self, *, whole: bool = False) -> Iterator[bytes]:
        """Yield the body's bytes as soon as they are there, or only `whole` HTTP chunks."""
        if "chunked" in self.headers.get("transfer-encoding", "").lower():
            yield from self._chunked(whole)
        elif "content-length" in self.headers:
            yield from self._exactly(int(self.headers["content-length"]))
        else:
            while part := self._file.read1(LINE_BYTES):
                yield part

    def _head(self) -> tuple[int, dict[str, str]]:
        while True:
            words = self._line().split(" ", 2)
            if len(words) < 2 or not words[0].startswith("HTTP/1.") or not words[1].isdecimal():
                raise ConnectionError(f"no HTTP answer: {words!r}")
            headers: dict[str, str] = {}
            while line := self._line():
                name, _, value = line.partition(":")
                headers.setdefault(name.strip().lower(), value.strip())
            if int(words[1]) >= 200:
                return int(words[1]), headers

    def _chunked(self, whole: bool) -> Iterator[bytes]:
        while size := self._size():
            parts = self._exactly(size)
            yield from [b"".join(parts)] if whole else parts
            self._line()
        while self._line():
            pass

    def _size(self) -> int:
        text = self._line().partition(";")[0].strip()
        try:
            return int(text, 16)
        except ValueError:
            raise ConnectionError(f"no size of a chunk: {text!r}") from None

    def _exactly(self, count: int) -> Iterator[bytes]:
        while count:
            part = self._file.read1(min(count, LINE_BYTES))
            if not part:
                raise ConnectionError("the body ended too early")
            count -= len(part)
            yield part

    def _line(self) -> str:
        line = self._file.readline(LINE_BYTES)
        if not line.endswith(b"\n"):
            raise ConnectionError("the connection ended within a line of HTTP")
        return line.decode("latin-1").rstrip("\r\n")


class Step(Enum):
    """What to do with an answer."""

    READ = "read its events"
    AGAIN = "ask again, later"
    STOP = "never ask again"


class Client:
    """Deliver the payloads of one stream, over as many connections as it takes (9.2.3)."""

    method = "GET"
    parser = Parser
    whole_chunks = False

    def __init__(
        self,
        url: str,
        *,
        headers: Headers | None = None,
        validate: Validate | None = None,
        backoff: bool = True,
        retry: float = 0.3,
    ) -> None:
        self.url = url
        self.given = dict(headers or {})
        self.validate = validate
        self.backoff = backoff
        self.retry = retry
        self.last_event_id = ""
        self.failures = 0
        self.refusals = 0
        self.connections = 0

    def run(self) -> Iterator[object]:
        """Yield payloads and rejections until the server says to stop."""
        while True:
            step = Step.AGAIN
            try:
                response = self.ask()
            except OSError:
                self.refusals += 1
            else:
                self.refusals = 0
                with closing(response):
                    step = self.step(response)
                    if step is Step.READ and not (yield from self.read(response)):
                        return
            if step is Step.STOP or self.gives_up():
                return
            self.wait(self.pause())

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)

    def pause(self) -> float:
        """Return the seconds to wait: `retry`, and twice as many after each failure in a row."""
        return self.retry * 2.0 ** (self.failures + self.refusals)

    def gives_up(self) -> bool:
        return self.failures >= MOST_FAILURES or self.refusals >= MOST_REFUSALS

    def ask(self) -> Response:
        """Return the answer at the end of all redirects."""
        url, headers = self.address(), self.headers()
        for _ in range(MOST_REDIRECTS + 1):
            response = Response(url, self.method, headers.items())
            following = self.following(response)
            if following is None:
                break
            response.close()
            if urlsplit(following)[:2] != urlsplit(url)[:2]:
                headers = {n: v for n, v in headers.items() if n.lower() != "authorization"}
            url = following
        return response

    def address(self) -> str:
        return self.url

    def following(self, response: Response) -> str | None:
        """Return where an answer redirects to."""
        location = response.headers.get("location", "")
        if response.status not in REDIRECTS or not location:
            return None
        return urljoin(response.url, location)

    def headers(self) -> dict[str, str]:
        """Return the headers of the next request."""
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-cache", **self.given}
        if self.last_event_id:
            headers["Last-Event-ID"] = self.last_event_id
        return headers

    def step(self, response: Response) -> Step:
        """Judge an answer by its status and its content type."""
        if response.status == 503 and self.backoff:
            self.failures += 1
            return Step.AGAIN
        if response.status != 200 or response.type != "text/event-stream":
            return Step.STOP
        self.failures = 0
        return Step.READ

    def read(self, response: Response) -> Generator[object, None, bool]:
        """Yield what one stream delivers; returns whether to ask again after its end."""
        parser = self.parser(self.last_event_id)
        self.connections += 1
        clean = True
        try:
            for chunk in response.body(whole=self.whole_chunks):
                yield from self.events(parser, parser.feed(chunk))
            yield from self.events(parser, parser.end())
        except OSError:
            clean = False
        self.remember(parser)
        return self.comes_back(clean)

    def events(self, parser: Parser, events: Iterator[Event]) -> Iterator[object]:
        """Yield what the events of one chunk deliver."""
        for event in events:
            yield from self.deliver(event)

    def remember(self, parser: Parser) -> None:
        """Keep what the next request needs of a stream that has ended."""
        self.last_event_id = parser.last_event_id
        if parser.retry is not None:
            self.retry = parser.retry / 1000

    def comes_back(self, clean: bool) -> bool:
        return True

    def deliver(self, event: Event) -> Iterator[object]:
        """Yield the event's payload, or the error of one that is rejected."""
        try:
            item = self.payload(event.data)
        except ValueError as error:
            item = error
        yield item

    def payload(self, data: str) -> Any:
        """Return the payload of an event's data; raises ValueError where it is rejected."""
        value = self.parse(data)
        return value if self.validate is None else self.validate(value)

    def parse(self, data: str) -> Any:
        return json.loads(data, parse_constant=_no_json)


def _no_json(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def listen(
    url: str,
    *,
    headers: Headers | None = None,
    validate: Validate | None = None,
    backoff: bool = True,
    retry: float = 0.3,
) -> Iterator[object]:
    """Yield each event's payload, or the ValueError of one that is not valid JSON or not valid.

    `validate` gets the JSON value and returns the payload or raises ValueError. With `backoff` a
    503 is asked again with growing pauses, else it ends the client. `retry` is in seconds.
    """
    return Client(url, headers=headers, validate=validate, backoff=backoff, retry=retry).run()


def subscribe(url: str, callback: Callable[[object], object], **options: Any) -> None:
    """Call back with each thing that `listen` yields."""
    for item in listen(url, **options):
        callback(item)
