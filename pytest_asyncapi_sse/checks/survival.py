"""Checks of survival: whether a server serves the next client after one that crashed."""

from __future__ import annotations

from pytest_asyncapi_sse.checks.connection import check_connection, why_no_event
from pytest_asyncapi_sse.checks.policy import NO_POLICY, Policy
from pytest_asyncapi_sse.errors import Severity, Violation
from pytest_asyncapi_sse.model import Channel
from pytest_asyncapi_sse.sse import Recording


def check_survival(
    channel: Channel, following: Recording, policy: Policy = NO_POLICY
) -> list[Violation]:
    """Return what the connection lacks that follows on some that were reset.

    Codes: `next-client-not-served` is an error, `next-client-silent` advice: where no trigger fired
    the server may have had nothing to send.
    """
    chain = check_connection(channel, following, policy)
    broken = policy.apply(chain, channel.name).errors
    if broken:
        return [_violation("next-client-not-served", channel, broken[0].summary)]
    if following.events:
        return []
    got = f"{why_no_event(following)} for {following.duration:.1f} s"
    code = "next-client-silent" if following.fired is None else "next-client-not-served"
    return [_violation(code, channel, got)]


def _violation(code: str, channel: Channel, got: str) -> Violation:
    is_silent = code == "next-client-silent"
    severity: Severity = "advice" if is_silent else "error"
    return Violation(
        code=code,
        severity=severity,
        summary=(
            "the client after two that crashed gets a stream and no event"
            if is_silent
            else "the server does not serve the client after two that crashed"
        ),
        channel=channel.name,
        got=got,
        expected="an event stream with events, as before",
        location=channel.location,
        advice=(
            "give a trigger, or look for what waits for a client that is gone"
            if is_silent
            else "let a write to a client that is gone end its stream, and nothing else"
        ),
    )
