"""What was recorded of one stream, as plain values: the request, the head, the frames, the end."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from pytest_asyncapi_sse.sse.decoder import Frame

Headers = tuple[tuple[str, str], ...]

# A comma inside quotes belongs to a parameter (RFC 9110, section 5.6.4).
_LISTED = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*(?:"|$))+')


class Ending(StrEnum):
    """Say why a recording ended: what the reader wanted, what the peer did, or a cap.

    The reader had enough `events`, a `quiet` spell after all it waited for, its `deadline`, or it
    was `stopped`. The peer `closed` the body cleanly or it was `broken` off; the peer was
    `unreachable`, gave `no_head` by the deadline though it was connected, `closed_before_head`, or
    sent a `malformed` one, which is not HTTP. One event was over the `event_cap`, or the whole
    stream over the `stream_cap`.
    """

    events = "events"
    quiet = "quiet"
    deadline = "deadline"
    stopped = "stopped"
    closed = "closed"
    broken = "broken"
    unreachable = "unreachable"
    no_head = "no-head"
    closed_before_head = "closed-before-head"
    malformed = "malformed"
    event_cap = "event-cap"
    stream_cap = "stream-cap"


@dataclass(frozen=True, slots=True)
class Head:
    """Hold a response's head; `seconds` is how long after the request was sent it came."""

    status: int
    headers: Headers
    http_version: str = ""
    seconds: float = 0.0

    def header(self, name: str) -> str | None:
        """Return the value of a header, repeated ones joined by a comma; None where it is missing.

        The case of the name does not matter (RFC 9110, sections 5.1 and 5.3).
        """
        values = self._values(name)
        return ", ".join(values) if values else None

    @property
    def media_type(self) -> str:
        """The media type in lower case and without parameters, "" where none is given.

        Where the header is repeated the last one counts (WHATWG Fetch, "extract a MIME type").
        """
        values = self.content_types
        return values[-1].partition(";")[0].strip().lower() if values else ""

    @property
    def content_types(self) -> tuple[str, ...]:
        """The content types given: more than one where the header is repeated, or is a list."""
        listed = [item for value in self._values("content-type") for item in _LISTED.findall(value)]
        return tuple(item.strip() for item in listed if item.strip())

    def _values(self, name: str) -> list[str]:
        wanted = name.lower()
        return [value for key, value in self.headers if key.lower() == wanted]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Hold all that is known of one stream, for checks to judge and reports to show.

    `request_body` is bytes that were sent as they are, a value that was sent as JSON, or None.
    `head` is None where no response came. `seconds` are the arrivals of the frames, one each, in
    seconds since the request was sent, and `duration` is that of the whole recording. `arrivals`
    are those of other bytes, which completed no frame. `fired` is when a trigger first made the
    server emit, None without one. `pending` is the block that had not ended, `body_start` the first
    2,048 bytes of the body and `size` the bytes of all of it. `failure` is the text of the
    transport's error, "" without one.
    """

    method: str
    url: str
    request_headers: Headers = field(repr=False)
    request_body: object = field(default=None, repr=False)
    head: Head | None
    frames: tuple[Frame, ...]
    seconds: tuple[float, ...]
    pending: bytes
    body_start: bytes
    size: int
    ended: Ending
    failure: str = ""
    duration: float
    arrivals: tuple[float, ...] = ()
    fired: float | None = None
    confirmed: tuple[str, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()
    serve: str = ""
    secrets: tuple[str, ...] = ()

    @property
    def events(self) -> tuple[Frame, ...]:
        """The frames that dispatched an event."""
        return tuple(frame for frame in self.frames if frame.event is not None)
