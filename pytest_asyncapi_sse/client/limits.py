"""Limits of what is kept of a stream, and how a user writes a size."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MIB = 1024 * 1024
MAX_EVENT = 16 * _MIB
MAX_STREAM = 64 * _MIB
# A block of three bytes takes a hundred times as many in memory; to judge these takes 0.6 s.
_FRAMES = 50_000

_SIZE = re.compile(r"([0-9]{1,12}) ?(?:B|([KMG])(i?)B?)?", re.IGNORECASE)
_POWERS = {"K": 1, "M": 2, "G": 3}


@dataclass(frozen=True, slots=True)
class Limits:
    """Bound what is kept of a stream: one event and the whole body, in bytes, and its frames.

    The text of the events has the bound of the body too: it may take four times as much memory as
    the bytes. An arrival that completes no frame counts as one.
    """

    event: int = MAX_EVENT
    body: int = MAX_STREAM
    frames: int = _FRAMES

    @classmethod
    def of(cls, *, event: int, body: int, events: int) -> Limits:
        """Return the limits for a wanted number of events: frames enough for them and pings."""
        return cls(event=event, body=body, frames=max(_FRAMES, 2 * events))


DEFAULT = Limits()


def size_in_bytes(text: str) -> int | None:
    """Read a size such as 1000, 16MiB or 64 MB; None where it is none, or 0."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        return None
    unit = (1024 if found[3] else 1000) ** _POWERS[found[2].upper()] if found[2] else 1
    return int(found[1]) * unit or None
