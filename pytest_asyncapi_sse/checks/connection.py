"""Checks of the connection: is there a response, and is it an event stream."""

from __future__ import annotations

from http import HTTPStatus

from pytest_asyncapi_sse.checks.credentials import credentials_advice
from pytest_asyncapi_sse.checks.evidence import masked
from pytest_asyncapi_sse.checks.page import page_of
from pytest_asyncapi_sse.checks.policy import NO_POLICY, Policy
from pytest_asyncapi_sse.errors import Violation, shown
from pytest_asyncapi_sse.model import Channel
from pytest_asyncapi_sse.sse import Ending, Head, Recording

EVENT_STREAM = "text/event-stream"


def check_connection(
    channel: Channel, recording: Recording, policy: Policy = NO_POLICY
) -> list[Violation]:
    """Return what keeps a response from being an event stream, in the order of the causes.

    It ends with the first that is an error by the policy, which is not applied to what is
    returned. Codes: `no-response`, `closed-without-response`, `malformed-response`, `status`,
    `credentials`, `redirect`, `content-type`, `content-encoding`. Source: HTML standard, section
    9.2.3 (processing model), RFC 9110, section 12.5.3, and RFC 9112, section 4.
    """
    head = recording.head
    if head is None:
        return [_no_head(channel, recording)]
    found = (judge(channel, head, recording) for judge in (_status, _type, _coding))
    return policy.causes((wrong for wrong in found if wrong is not None), channel.name)


def why_no_event(recording: Recording) -> str:
    """Return in words why a recording holds no (further) event."""
    if recording.head is None:
        return _WITHOUT_HEAD.get(recording.ended, "no response head had come")
    reason = {
        Ending.closed: "the server closed the stream",
        Ending.broken: f"the connection broke ({recording.failure})",
        Ending.event_cap: f"one event grew past asyncapi_max_event ({recording.failure})",
        Ending.stream_cap: (
            f"the stream grew past its limit ({recording.failure}), which asyncapi_max_stream"
            " raises, or --asyncapi-events for blocks"
        ),
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
    Ending.malformed: "what came is no HTTP response",
}
# The code, the summary and what to do, by what ended it before a head.
_LOST = {
    Ending.closed_before_head: (
        "closed-without-response",
        "the connection was closed before a response",
        "look for an error in the server's log",
    ),
    Ending.malformed: (
        "malformed-response",
        "what the server sent is no HTTP response",
        "check that the port is that of an HTTP/1.1 server, and what the server puts in the head",
    ),
    Ending.unreachable: (
        "no-response",
        "the server could not be reached",
        "start the server first, and check the URL",
    ),
}
_SILENT = (
    "no-response",
    "the server took the request and sent no response head",
    "send the head at once, or make the server emit an event: give a trigger with"
    " --asyncapi-trigger or the fixture asyncapi_trigger",
)


def _no_head(channel: Channel, recording: Recording) -> Violation:
    code, summary, advice = _LOST.get(recording.ended, _SILENT)
    return Violation(
        code=code,
        summary=summary,
        channel=channel.name,
        got=recording.failure or f"nothing within {recording.duration:.1f} s",
        expected=f"a response with status 200 and type {EVENT_STREAM}",
        location=channel.location,
        advice=advice,
    )


def _status(channel: Channel, head: Head, recording: Recording) -> Violation | None:
    if head.status == HTTPStatus.OK:
        return None
    if head.status in REDIRECTS and head.header("location"):
        return _redirect(channel, head)
    if head.status in _ASKING:
        return _asks_for_credentials(channel, head, recording)
    return Violation(
        code="status",
        summary=f"the status is {_named(head.status)}, not 200 OK",
        channel=channel.name,
        got=page_of(head, recording),
        expected=f"200 OK with an event stream at {channel.address or 'this URL'}",
        location=channel.location,
        advice=_STATUS_ADVICE.get(head.status, "look for an error in the server's log"),
    )


REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ASKING = frozenset({401, 403})
_STATUS_ADVICE = {
    204: "answer 200 and keep the stream open: 204 tells every client to stop for good",
    400: "check the channel's parameters, query and body against what the server wants",
    404: "check the base URL, the channel's address and its parameters",
    405: "check the method that the document gives for this channel",
    406: "let the server answer Accept: text/event-stream",
    429: "wait, or lift the limit for the machine that runs the tests",
}


def _redirect(channel: Channel, head: Head) -> Violation:
    return Violation(
        code="redirect",
        summary=f"the status is {_named(head.status)}: the stream is elsewhere",
        channel=channel.name,
        got=f"Location: {shown(masked(head.header('location') or ''))}",
        expected=f"200 OK with an event stream at {channel.address or 'this URL'}",
        location=channel.location,
        advice=(
            "give the final address in the document or as the URL: no redirect is followed, so"
            " that no other host is contacted"
        ),
    )


def _asks_for_credentials(channel: Channel, head: Head, recording: Recording) -> Violation:
    challenge = head.header("www-authenticate")
    asks = f"WWW-Authenticate: {shown(challenge, 200)}; " if challenge else ""
    return Violation(
        code="credentials",
        summary=f"the server asks for credentials: the status is {_named(head.status)}",
        channel=channel.name,
        got=asks + page_of(head, recording),
        expected=f"200 OK with an event stream at {channel.address or 'this URL'}",
        location=channel.location,
        advice=credentials_advice(channel, recording),
    )


def _type(channel: Channel, head: Head, recording: Recording) -> Violation | None:
    if head.media_type == EVENT_STREAM:
        return None
    sent = head.header("content-type")
    return Violation(
        code="content-type",
        summary=f"the response is {shown(sent) if sent else 'without a type'}, not {EVENT_STREAM}",
        channel=channel.name,
        got=page_of(head, recording),
        expected=f"Content-Type: {EVENT_STREAM}",
        location=channel.location,
        advice="send this type: browsers refuse the stream without it",
    )


def _coding(channel: Channel, head: Head, _recording: Recording) -> Violation | None:
    sent = head.header("content-encoding")
    if sent is None or sent.strip().lower() in ("", "identity"):
        return None
    return Violation(
        code="content-encoding",
        summary=f"the response is encoded as {shown(sent, 60)}, which was not asked for",
        channel=channel.name,
        got=f"Content-Encoding: {shown(sent, 60)} for Accept-Encoding: identity",
        expected="the stream as it is",
        location=channel.location,
        advice="leave event streams out of the compression: it holds events back until it is full",
    )


def _named(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
