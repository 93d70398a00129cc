"""Checks of the wire: whether the raw bytes of a recording are a well-formed event stream."""

from __future__ import annotations

from pytest_asyncapi_sse.errors import Violation, shown
from pytest_asyncapi_sse.model import Channel
from pytest_asyncapi_sse.sse import Ending, Recording, lint


def check_wire(channel: Channel, recording: Recording) -> list[Violation]:
    """Return what is wrong with the framing; an event cut off by our own leaving is not.

    Source: HTML standard, section 9.2.5 (parsing) and 9.2.6 (interpretation).
    """
    own_end = recording.pending if recording.ended is Ending.closed else b""
    return [
        Violation(
            code=defect.code,
            summary=defect.summary,
            severity=defect.severity,
            channel=channel.name,
            got=shown(defect.raw),
            expected="an event stream by the HTML standard, section 9.2",
            frame=defect.raw,
            index=defect.index,
            offset=defect.offset,
            advice=defect.advice,
        )
        for defect in lint(recording.frames, pending=own_end)
    ]


def check_end(channel: Channel, recording: Recording) -> list[Violation]:
    """Return what is wrong with the way a stream ended.

    Codes: `broken-off`, `event-too-large`. A body that as a whole reached its limit is no defect.
    Source: RFC 9112, section 8.
    """
    found: dict[Ending, tuple[str, str, str, str]] = {
        Ending.broken: (
            "broken-off",
            "the connection broke off within the response",
            recording.failure,
            "look for an error in the server's log: it, or a proxy, gave up the response",
        ),
        Ending.event_cap: (
            "event-too-large",
            "one event grew past the limit, and the stream was left there",
            f"{recording.size} bytes, {len(recording.pending)} of them without a blank line",
            "end each event with a blank line, and send what is large by reference; where it is"
            " meant to be this large, raise asyncapi_max_event in the ini file",
        ),
    }
    if recording.ended not in found:
        return []
    code, summary, got, advice = found[recording.ended]
    return [
        Violation(
            code=code,
            summary=summary,
            channel=channel.name,
            got=got,
            expected="a stream that stays open, or ends as HTTP has it",
            location=channel.location,
            advice=advice,
        )
    ]
