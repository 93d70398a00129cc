"""The checks of a server under test: which item tells which codes, and each cause only once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from pytest_asyncapi_sse.checks.connection import check_connection
from pytest_asyncapi_sse.checks.events import check_correlation, check_events, check_seen
from pytest_asyncapi_sse.checks.head import check_head
from pytest_asyncapi_sse.checks.ids import check_ids
from pytest_asyncapi_sse.checks.policy import NO_POLICY, Policy
from pytest_asyncapi_sse.checks.sentinel import check_sentinel
from pytest_asyncapi_sse.checks.timing import check_timing
from pytest_asyncapi_sse.checks.wire import check_end, check_wire
from pytest_asyncapi_sse.errors import Severity, Violation
from pytest_asyncapi_sse.model import Channel
from pytest_asyncapi_sse.sse import Recording

Item = Literal["connects", "stream_is_well_formed", "events_match_the_contract"]
Check = Callable[[Channel, Recording], Sequence[Violation]]

CHECKS: dict[Item, tuple[Check, ...]] = {
    "connects": (check_connection, check_head),
    "stream_is_well_formed": (check_wire, check_end),
    "events_match_the_contract": (
        check_events,
        check_correlation,
        check_ids,
        check_sentinel,
        check_timing,
        check_seen,
    ),
}

_ERROR: tuple[Severity, ...] = ("error",)
_ADVICE: tuple[Severity, ...] = ("advice",)
_BY_RULE: tuple[Severity, ...] = ("error", "advice")

# Every code that an item tells, with its severity. What CHECKS lacks has connections of its own.
CODES: Mapping[str, Mapping[str, tuple[Severity, ...]]] = {
    "connects": {
        "no-response": _ERROR,
        "closed-without-response": _ERROR,
        "malformed-response": _ERROR,
        "status": _ERROR,
        "credentials": _ERROR,
        "redirect": _ERROR,
        "content-type": _ERROR,
        "content-encoding": _ERROR,
        "repeated-content-type": _ERROR,
        "charset": _ERROR,
        "cacheable": _ADVICE,
        "buffered": _ADVICE,
        "values-not-tried": _ADVICE,
    },
    "stream_is_well_formed": {
        "invalid-utf8": _ERROR,
        "misplaced-bom": _ERROR,
        "bad-field-name": _ERROR,
        "bad-retry": _ERROR,
        "nul-in-id": _ERROR,
        "partial-event": _ERROR,
        "broken-off": _ERROR,
        "event-too-large": _ERROR,
        "unknown-field": _ADVICE,
        "mixed-line-ends": _ADVICE,
    },
    "events_match_the_contract": {
        "no-events": _ERROR,
        "undeclared-event": _ERROR,
        "invalid-json": _ERROR,
        "json-empty": _ERROR,
        "json-trailing-text": _ERROR,
        "json-duplicate-key": _ERROR,
        "json-nan": _ERROR,
        "json-surrogate": _ERROR,
        "json-overflow": _ERROR,
        "json-digits": _ERROR,
        "json-depth": _ERROR,
        "payload-schema": _ERROR,
        "headers-schema": _ERROR,
        "correlation-id": _ERROR,
        "id-missing": _ERROR,
        "duplicate-id": _BY_RULE,
        "id-not-increasing": _BY_RULE,
        "sentinel-missing": _ERROR,
        "event-after-sentinel": _ERROR,
        "open-after-sentinel": _ADVICE,
        "first-event-late": _ERROR,
        "gap-too-long": _ERROR,
        "heartbeat-missing": _ERROR,
        "long-silence": _ADVICE,
        "message-not-seen": _BY_RULE,
        "rule-not-judged": _ADVICE,
    },
    "published_payloads_arrive": {
        "event-lost": _ERROR,
        "payload-altered": _ERROR,
        "precision-lost": _ADVICE,
    },
    "credentials_are_checked": {
        "open-to-anyone": _ERROR,
        "wrong-credentials-accepted": _ERROR,
        "credentials-not-refused": _ADVICE,
    },
    "resumes_after_a_cut": {
        "resume-lost": _BY_RULE,
        "resume-repeated": _BY_RULE,
        "resume-reordered": _BY_RULE,
        "resume-foreign": _BY_RULE,
        "resume-not-judged": _ADVICE,
    },
    "invalid_parameters_are_refused": {"invalid-parameter-accepted": _ERROR},
    "unknown_channels_are_not_found": {"unknown-channel-served": _ERROR},
    "serves_the_next_client": {
        "next-client-not-served": _ERROR,
        "next-client-silent": _ADVICE,
    },
}


def told_by(
    item: Item, channel: Channel, recording: Recording, policy: Policy = NO_POLICY
) -> list[Violation]:
    """Return what one item tells of a recording, for the policy to be applied to.

    What the policy ignores or makes advice hides nothing that follows from it.
    """
    return [
        found
        for check in CHECKS[item]
        for found in (
            check_connection(channel, recording, policy)
            if check is check_connection
            else check(channel, recording)
        )
    ]


def cause_of(
    item: Item, channel: Channel, recording: Recording, policy: Policy = NO_POLICY
) -> Item | None:
    """Return the item that tells why there is nothing for this one to judge, None where there is.

    Without a stream that is `connects`. Where nothing was sent at all the missing events are what
    is wrong; where bytes came and no event, what is wrong with the bytes is. Only what is an error
    by the policy is a cause.
    """
    if item == "connects":
        return None
    if policy.apply(check_connection(channel, recording, policy), channel.name).errors:
        return "connects"
    if item == "stream_is_well_formed":
        nothing_sent = not recording.frames and not recording.pending
        return "events_match_the_contract" if nothing_sent else None
    if recording.events or not (recording.frames or recording.pending):
        return None
    wire = told_by("stream_is_well_formed", channel, recording, policy)
    return "stream_is_well_formed" if policy.apply(wire, channel.name).errors else None


def findings(channel: Channel, recording: Recording, policy: Policy = NO_POLICY) -> list[Violation]:
    """Return what all items tell of a recording, each cause once, as the policy leaves it."""
    return [
        found
        for item in CHECKS
        if cause_of(item, channel, recording, policy) is None
        for found in policy.apply(told_by(item, channel, recording, policy), channel.name).kept
    ]
