"""Checks of time: how long a stream may be silent, by `x-sse` and by what proxies bear.

The times are those at which a client on this machine read the bytes. A limit is broken where it
was exceeded by 10 %, and by 0.1 s at least. What a recording is too short to show is said to be
not judged.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

from pytest_asyncapi_sse.checks.sentinel import has_sentinel, sentinel_place
from pytest_asyncapi_sse.errors import Severity, Violation
from pytest_asyncapi_sse.model import Channel, StreamRules
from pytest_asyncapi_sse.sse import Ending, Frame, Recording

PROXY_SECONDS = 15.0
_TOLERANCE = 0.1
_LEAST_TOLERANCE = 0.1

_Found = tuple[str, Severity, str, str, str]


def tolerated(limit: float) -> float:
    """Return the seconds up to which a limit is taken for kept."""
    return limit + max(limit * _TOLERANCE, _LEAST_TOLERANCE)


def limits_of(rules: StreamRules) -> tuple[float, ...]:
    """Return the limits in seconds that the rules set to a silence."""
    return tuple(limit for limit in (rules.max_gap, rules.heartbeat) if limit is not None)


@dataclass(frozen=True, slots=True)
class _Silence:
    """Hold the longest silence of a stream, of the seconds for which the stream was watched."""

    start: float
    end: float
    is_last: bool
    watched: float
    is_whole: bool

    @property
    def seconds(self) -> float:
        return self.end - self.start

    def __str__(self) -> str:
        ending = ", the end of the recording" if self.is_last else ""
        return f"nothing from {self.start:.2f} s to {self.end:.2f} s{ending}"


def check_timing(channel: Channel, recording: Recording) -> list[Violation]:
    """Return what a stream with events breaks of the limits on its time.

    Codes: `first-event-late`, `gap-too-long` and `heartbeat-missing` are errors, `long-silence` and
    `rule-not-judged` advice.
    """
    if not recording.events:
        return []
    judges = (_first_event, _gap, _heartbeat, _sentinel)
    found = [item for judge in judges if (item := judge(channel, recording)) is not None]
    return [
        Violation(
            code=code,
            severity=severity,
            summary=summary,
            channel=channel.name,
            got=got,
            expected=expected,
            location=channel.location,
            advice=_ADVICE[code],
        )
        for code, severity, summary, got, expected in found
    ]


_ADVICE = {
    "first-event-late": "send a first event at once, such as the present state, or raise it",
    "gap-too-long": "send events more often, or raise the limit",
    "heartbeat-missing": "send a comment, a colon and a line end, whenever nothing else is due",
    "long-silence": "send a comment line every 15 s or so: proxies close what is silent",
    "rule-not-judged": "give a longer --asyncapi-timeout, or more --asyncapi-events",
}


def _first_event(channel: Channel, recording: Recording) -> _Found | None:
    limit = channel.rules.first_event_within
    if limit is None:
        return None
    first = next(at for frame, at in _timed(recording) if frame.event is not None)
    # What a trigger makes the server emit can't come before it.
    waited = first - (recording.fired or 0.0)
    if waited <= tolerated(limit):
        return None
    since = "the request" if recording.fired is None else "the trigger fired"
    got = f"{waited:.2f} s after {since}"
    return (
        "first-event-late",
        "error",
        f"the first event took {waited:.1f} s, more than {limit:g} s",
        got,
        f"an event within {limit:g} s (x-sse.first-event-within)",
    )


def _gap(channel: Channel, recording: Recording) -> _Found | None:
    limit = channel.rules.max_gap
    if limit is None:
        return None
    events = [at for frame, at in _timed(recording) if frame.event is not None]
    silence = _longest_silence(channel, recording, events)
    rule = f"events {limit:g} s apart at most (x-sse.max-gap)"
    if silence.seconds > tolerated(limit):
        summary = f"{silence.seconds:.1f} s went by without an event, more than {limit:g} s"
        return "gap-too-long", "error", summary, str(silence), rule
    return _too_short("max-gap", limit, silence, rule)


def _heartbeat(channel: Channel, recording: Recording) -> _Found | None:
    limit = channel.rules.heartbeat
    opened = [recording.head.seconds] if recording.head else []
    moments = sorted([*opened, *recording.seconds, *recording.arrivals])
    silence = _longest_silence(channel, recording, moments)
    if limit is None:
        if silence.seconds <= PROXY_SECONDS:
            return None
        summary = f"the stream was silent for {silence.seconds:.1f} s"
        expected = f"something every {PROXY_SECONDS:g} s, a comment at least"
        return "long-silence", "advice", summary, str(silence), expected
    rule = f"something every {limit:g} s, a comment at least (x-sse.heartbeat)"
    if silence.seconds > tolerated(limit):
        summary = f"nothing came for {silence.seconds:.1f} s, not even a comment"
        return "heartbeat-missing", "error", summary, str(silence), rule
    return _too_short("heartbeat", limit, silence, rule)


def _sentinel(channel: Channel, recording: Recording) -> _Found | None:
    own_end = recording.ended not in (Ending.closed, Ending.broken)
    if not own_end or not has_sentinel(channel) or sentinel_place(channel, recording) is not None:
        return None
    summary = "sentinel was not judged: the recording ended before the stream did"
    got = f"{len(recording.events)} events in {recording.duration:.1f} s, then {recording.ended}"
    return "rule-not-judged", "advice", summary, got, "a stream that ends"


def _timed(recording: Recording) -> Iterable[tuple[Frame, float]]:
    return zip(recording.frames, recording.seconds, strict=True)


def _longest_silence(channel: Channel, recording: Recording, moments: list[float]) -> _Silence:
    """Return the longest silence from the first moment on, up to the sentinel or the end."""
    place = sentinel_place(channel, recording)
    end = recording.duration if place is None else recording.seconds[place]
    known = [at for at in moments if at <= end]
    spells = [*itertools.pairwise([*known, end])] or [(end, end)]
    start, stop = max(spells, key=lambda spell: spell[1] - spell[0])
    return _Silence(
        start,
        stop,
        is_last=stop == recording.duration,
        watched=end - known[0] if known else 0.0,
        is_whole=place is not None or recording.ended is Ending.closed,
    )


def _too_short(key: str, limit: float, silence: _Silence, rule: str) -> _Found | None:
    """Say that a rule was kept for want of time; a stream that ended by itself kept it."""
    if silence.is_whole or silence.watched > tolerated(limit):
        return None
    summary = f"{key} of {limit:g} s was not judged: the recording is too short to break it"
    return "rule-not-judged", "advice", summary, f"{silence.watched:.1f} s of the stream", rule
