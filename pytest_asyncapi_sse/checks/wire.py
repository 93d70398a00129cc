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
