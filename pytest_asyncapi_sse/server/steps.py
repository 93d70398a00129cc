"""What the generated server does on one connection, step by step, and how it answers at first."""

from __future__ import annotations

from dataclasses import dataclass

STREAM_HEADERS = (
    ("content-type", "text/event-stream"),
    ("cache-control", "no-store"),
    ("x-accel-buffering", "no"),
)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Write bytes; those that are `alone` are not joined with what is written next to them."""

    data: bytes
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Pause:
    """Write nothing for some seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class End:
    """End the response: as HTTP ends one, or by breaking the connection where it is `abrupt`.

    What breaks lacks its last chunk, so that a client can tell (RFC 9112, section 8).
    """

    abrupt: bool = False


Step = Chunk | Pause | End


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold the answer to one request; without an `End` among its steps it stays open.

    A status that allows no body, such as 204, has no chunks. With the status 0 there is no head,
    and the connection breaks before an answer.
    """

    status: int = 200
    headers: tuple[tuple[str, str], ...] = STREAM_HEADERS
    steps: tuple[Step, ...] = ()

    @property
    def is_stream(self) -> bool:
        """Whether a client may take events from it."""
        return self.status == 200 and self.headers == STREAM_HEADERS


STREAM = Answer()
NO_MORE = Answer(204, (), (End(),))
NO_ANSWER = Answer(0, (), (End(abrupt=True),))


def whole(status: int, headers: tuple[tuple[str, str], ...] = (), body: bytes = b"") -> Answer:
    """Return an answer with a body that ends."""
    return Answer(status, headers, (*([Chunk(body)] if body else []), End()))
