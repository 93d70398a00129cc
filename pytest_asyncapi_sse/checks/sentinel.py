"""Checks of the sentinel: the event that a stream ends with."""

from __future__ import annotations

from pytest_asyncapi_sse.checks.events import verdict
from pytest_asyncapi_sse.errors import Severity, Violation, shown
from pytest_asyncapi_sse.model import Channel
from pytest_asyncapi_sse.sse import Decoder, Ending, Frame, Recording

PATIENCE_SECONDS = 0.9


def ends_stream(channel: Channel, frame: Frame) -> bool:
    """Whether an event is the sentinel of its channel."""
    event = frame.event
    if event is None:
        return False
    if channel.rules.sentinel is not None and event.data == channel.rules.sentinel:
        return True
    if not any(message.is_sentinel for message in channel.streamed):
        return False
    message = verdict(channel, frame).message
    return message is not None and message.is_sentinel


def sentinel_place(channel: Channel, recording: Recording) -> int | None:
    """Return which frame holds the first sentinel, None where none came."""
    found = (place for place, frame in enumerate(recording.frames) if ends_stream(channel, frame))
    return next(found, None)


def check_sentinel(channel: Channel, recording: Recording) -> list[Violation]:
    """Return whether the sentinel of `x-sse` came, and came last, where the channel has one.

    Codes: `sentinel-missing` and `event-after-sentinel` are errors, `open-after-sentinel` advice.
    """
    if not recording.events or not has_sentinel(channel):
        return []
    place = sentinel_place(channel, recording)
    if place is None:
        return _absent(channel, recording)
    after = [frame for frame in recording.frames[place + 1 :] if frame.event is not None]
    if after:
        summary = f"an event came after {_called(channel)}, which ends the stream"
        got = f"{len(after)} events after it, the first {shown(after[0].raw, 200)}"
        return [_violation("event-after-sentinel", channel, summary, got, after[0])]
    silent = recording.duration - recording.seconds[place]
    if recording.ended in (Ending.quiet, Ending.deadline) and silent >= PATIENCE_SECONDS:
        summary = f"the stream stays open after {_called(channel)}, which ends it"
        frame = recording.frames[place]
        got = f"{silent:.1f} s of an open stream after it"
        return [_violation("open-after-sentinel", channel, summary, got, frame)]
    return []


def has_sentinel(channel: Channel) -> bool:
    """Whether the document says of a channel what ends its stream."""
    by_message = any(message.is_sentinel for message in channel.streamed)
    return channel.rules.sentinel is not None or by_message


def _absent(channel: Channel, recording: Recording) -> list[Violation]:
    # A sentinel that was cut off, or that a broken connection kept back, is told as that.
    if recording.ended is not Ending.closed or _is_cut_off(channel, recording):
        return []
    summary = f"the server closed the stream without {_called(channel)}"
    got = f"{len(recording.events)} events, the last {shown(recording.events[-1].raw, 200)}"
    return [_violation("sentinel-missing", channel, summary, got, recording.events[-1])]


def _is_cut_off(channel: Channel, recording: Recording) -> bool:
    frames = Decoder().frames(recording.pending + b"\n\n")
    return any(ends_stream(channel, frame) for frame in frames)


def _called(channel: Channel) -> str:
    if channel.rules.sentinel is not None:
        return f"the sentinel {shown(channel.rules.sentinel, 80)}"
    return f"the message {next(item.name for item in channel.streamed if item.is_sentinel)}"


def _violation(code: str, channel: Channel, summary: str, got: str, frame: Frame) -> Violation:
    severity: Severity = "advice" if code == "open-after-sentinel" else "error"
    return Violation(
        code=code,
        severity=severity,
        summary=summary,
        channel=channel.name,
        got=got,
        expected=f"{_called(channel)} as the last event, then the end of the stream",
        location=channel.location,
        frame=frame.raw,
        index=frame.index,
        offset=frame.offset,
        advice=_ADVICE[code],
    )


_ADVICE = {
    "sentinel-missing": "send it before closing: without it a client takes the end for a failure",
    "event-after-sentinel": "send it last: a client has stopped reading by then",
    "open-after-sentinel": "close the response after it, so that the connection is free again",
}
