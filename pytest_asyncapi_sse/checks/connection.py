"""Checks of the connection: is there a response, and is it an event stream."""

from __future__ import annotations

from http import HTTPStatus

from pytest_asyncapi_sse.errors import Violation, shown
from pytest_asyncapi_sse.model import Channel
from pytest_asyncapi_sse.sse import Ending, Head, Recording

EVENT_STREAM = "text/event-stream"


def check_connection(channel: Channel, recording: Recording) -> list[Violation]:
    """Return what keeps a response from being an event stream, in the order of the causes.

    Codes: `no-response`, `closed-without-response`, `status`, `content-type`. Source: HTML
    standard, section 9.2.3 (processing model).
    """
    if recording.head is None:
        return [_no_head(channel, recording)]
    wrong = _status(channel, recording.head, recording) or _type(channel, recording.head, recording)
    return [] if wrong is None else [wrong]


def why_no_event(recording: Recording) -> str:
    """Return in words why a recording holds no (further) event."""
    if recording.head is None:
        return _WITHOUT_HEAD.get(recording.ended, "no response head had come")
    reason = {
        Ending.closed: "the server closed the stream",
        Ending.broken: f"the connection broke ({recording.failure})",
        Ending.event_cap: "one event grew past the limit",
        Ending.stream_cap: "the stream grew past the limit",
    }.get(recording.ended, "the stream stayed open and silent")
    if recording.events:
        return reason
    if recording.pending.strip():
        return f"{reason}; an unfinished event was on the wire: {shown(recording.pending, 120)}"
    if recording.frames:
        return f"{reason}; only comments or fields without data came"
    return reason


_WITHOUT_HEAD = {
    Ending.closed_before_head: "the connection was closed before a response head",
    Ending.unreachable: "nothing answered",
}


def _no_head(channel: Channel, recording: Recording) -> Violation:
    closed = recording.ended is Ending.closed_before_head
    if closed:
        code, summary = "closed-without-response", "the connection was closed before a response"
        advice = "look for an error in the server's log"
    elif recording.ended is Ending.unreachable:
        code, summary = "no-response", "the server could not be reached"
        advice = "start the server first, and check the URL"
    else:
        code, summary = "no-response", "the server took the request and sent no response head"
        advice = (
            "send the head at once, or make the server emit an event: give a trigger with"
            " --asyncapi-trigger or the fixture asyncapi_trigger"
        )
    return Violation(
        code=code,
        summary=summary,
        channel=channel.name,
        got=recording.failure or f"nothing within {recording.duration:.1f} s",
        expected=f"a response with status 200 and type {EVENT_STREAM}",
        location=channel.origin.location if channel.origin else None,
        advice=advice,
    )


def _status(channel: Channel, head: Head, recording: Recording) -> Violation | None:
    if head.status == HTTPStatus.OK:
        return None
    location = head.header("location")
    return Violation(
        code="status",
        summary=f"the status is {_named(head.status)}, not 200 OK",
        channel=channel.name,
        got=f"redirected to {shown(location)}" if location else _page(head, recording),
        expected=f"200 OK with an event stream at {channel.address or 'this URL'}",
        location=channel.origin.location if channel.origin else None,
        advice=_STATUS_ADVICE.get(head.status, _REDIRECTED if location else "mend the server"),
    )


_REDIRECTED = "give the final address in the document or as the URL: redirects are not followed"
_STATUS_ADVICE = {
    401: "give credentials with --asyncapi-header or the fixture asyncapi_auth",
    403: "give credentials with --asyncapi-header or the fixture asyncapi_auth",
    404: "check the base URL, the channel's address and its parameters",
    405: "check the method that the document gives for this channel",
}


def _type(channel: Channel, head: Head, recording: Recording) -> Violation | None:
    if head.media_type == EVENT_STREAM:
        return None
    sent = head.header("content-type")
    return Violation(
        code="content-type",
        summary=f"the response is {shown(sent) if sent else 'without a type'}, not {EVENT_STREAM}",
        channel=channel.name,
        got=_page(head, recording),
        expected=f"Content-Type: {EVENT_STREAM}",
        location=channel.origin.location if channel.origin else None,
        advice="send this type: browsers refuse the stream without it",
    )


def _page(head: Head, recording: Recording) -> str:
    sent = head.header("content-type") or "no content type"
    if not recording.body_start:
        return f"{sent}, an empty body so far"
    return f"{sent}, body {shown(recording.body_start, 200)}"


def _named(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
