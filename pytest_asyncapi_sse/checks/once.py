"""Once: what was made of a frame a moment ago, so that the checks of one recording share it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from pytest_asyncapi_sse.model import Channel
from pytest_asyncapi_sse.sse import Frame

MOST_BYTES = 16 * 1024 * 1024
# What keeping even the smallest frame takes.
_OVERHEAD = 256

Result = TypeVar("Result")


class Once(Generic[Result]):
    """Call a function of a channel and a frame once for both, as long as it is remembered.

    They are told apart by what they are, not by what they hold. When the bytes of the frames that
    are remembered go beyond a bound, all are forgotten.
    """

    def __init__(self, function: Callable[[Channel, Frame], Result]) -> None:
        self._function = function
        self._kept: dict[int, tuple[Frame, Channel, Result]] = {}
        self._bytes = 0

    def __call__(self, channel: Channel, frame: Frame) -> Result:
        """Return what the function makes of them."""
        kept = self._kept.get(id(frame))
        if kept is not None and kept[0] is frame and kept[1] is channel:
            return kept[2]
        result = self._function(channel, frame)
        self._bytes += len(frame.raw) + _OVERHEAD
        if self._bytes > MOST_BYTES:
            self.cache_clear()
        else:
            self._kept[id(frame)] = frame, channel, result
        return result

    def cache_clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
        self._bytes = 0
