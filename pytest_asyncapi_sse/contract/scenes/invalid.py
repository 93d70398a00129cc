"""The scene of invalid events: the client must not take them for valid, and go on after them."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pytest_asyncapi_sse.checks.candidates import candidates
from pytest_asyncapi_sse.checks.conversation import Conversation
from pytest_asyncapi_sse.checks.delivery import Got, Sent
from pytest_asyncapi_sse.checks.events import data_of, fits
from pytest_asyncapi_sse.checks.evidence import labelled
from pytest_asyncapi_sse.contract.conversing import Until, ending_arrived, is_same
from pytest_asyncapi_sse.contract.property import Case
from pytest_asyncapi_sse.contract.scenes.plot import SHOWN_PAYLOAD, Plot, block
from pytest_asyncapi_sse.contract.scenes.scene import Scene
from pytest_asyncapi_sse.errors import Violation, printable, shown
from pytest_asyncapi_sse.model import Channel, Message
from pytest_asyncapi_sse.schema import (
    JSONDefect,
    invalid_examples,
    parse_json,
    same_json,
    validator,
)
from pytest_asyncapi_sse.schema.custom_formats import depends_on_formats
from pytest_asyncapi_sse.server.stage import Script
from pytest_asyncapi_sse.server.steps import Answer, Chunk

MOST = 300
_NO_JSON = '{"'
_NO_JSON_RULE = "JSON"
_SHOWN_OTHERS = 5
_ALLOWED = {
    "withhold": "an error, or nothing",
    "reject": "an error",
    "ignore": "nothing",
    "deliver": "the payload as it is",
}


@dataclass(frozen=True, slots=True)
class Broken:
    """Hold one invalid event: its message, its data, and which rule of the document it breaks."""

    message: Message
    data: str
    pointer: str
    keyword: str

    def __str__(self) -> str:
        return f"{self.keyword} at {self.pointer or 'the whole payload'}"


@dataclass(frozen=True, slots=True)
class Gap:
    """Hold what arrived between two valid neighbours of an invalid event.

    `lost` is whether the neighbour after it is missing, `is_last` whether nothing came any more.
    """

    broken: Broken
    got: tuple[Got, ...]
    lost: bool = False
    is_last: bool = False


@dataclass(frozen=True)
class InvalidEvents(Scene):
    """Send an invalid event for each rule of the document, each between valid neighbours."""

    name: str = "invalid events"
    slow: bool = True

    def why_not(self, plot: Plot) -> str:
        """Say that the channel has no invalid events."""
        return "" if broken_events(plot.channel) else "the document allows every event"

    def script(self, plot: Plot) -> Script:
        """Return one stream: each invalid event between valid ones, of which two come after it."""
        steps = [Chunk(plot.event(plot.case(0)))]
        for number, event in enumerate(broken_events(plot.channel)):
            after = [plot.event(plot.case(2 * number + at)) for at in (1, 2)]
            steps += [Chunk(_frame(plot, event)), *map(Chunk, after)]
        *steps, ending = steps
        return Script((Answer(steps=(*steps, *plot.repeated(ending.data))),))

    def until(self, plot: Plot) -> Until:
        """Return whether the last valid event arrived."""
        neighbours = _neighbours(plot, len(broken_events(plot.channel)))
        return ending_arrived(neighbours)

    def judge(self, plot: Plot, told: Conversation) -> Iterator[Violation]:
        """Yield what is wrong by the policy, one violation a code with all its events."""
        gaps = list(_gaps(plot, told.got))
        policy = plot.client.invalid_policy
        for code, found in _by_code(gaps, policy).items():
            first = found[0]
            violation = plot.violation(
                code,
                _SUMMARY[code].format(count=len(found), total=len(gaps)),
                told,
                got=_got(first),
                expected=_expected(code, policy),
                advice=_ADVICE[code].format(policy=policy, channel=plot.channel.name),
                frame=_frame(plot, first.broken),
            )
            yield _about(violation, found)


@depends_on_formats
@functools.lru_cache(maxsize=16)
def broken_events(channel: Channel) -> tuple[Broken, ...]:
    """Return an invalid event for each rule of the channel's schemas, and one that is no JSON."""
    messages = channel.generated
    if all(message.event is not None for message in messages) or len(messages) == 1:
        pairs = [(m, found) for m in messages for found in invalid_examples(m)]
    else:
        pairs = [(messages[0], found) for found in invalid_examples(channel)]
    found = [
        Broken(m, data, one.pointer, one.keyword)
        for m, one in pairs
        if not _is_valid(channel, m, data := data_of(m, one.value))
    ]
    plain = next(
        (m for m in messages if not m.is_text and not _is_valid(channel, m, _NO_JSON)), None
    )
    no_json = [Broken(plain, _NO_JSON, "", _NO_JSON_RULE)] if plain else []
    return (*found[:MOST], *no_json)


def _is_valid(channel: Channel, message: Message, data: str) -> bool:
    """Whether data is valid after all: as text that no JSON string stands for, as another message.

    What ends the stream is valid too.
    """
    named = channel.streamed if message.event is None else candidates(channel, message.event)
    return data == channel.rules.sentinel or any(fits(candidate, data) for candidate in named)


def _neighbours(plot: Plot, count: int) -> list[Sent]:
    """Return the valid events around so many invalid ones: one before, and two after each.

    A client that drops the first of the two is in step again by the second.
    """
    return [plot.sent(plot.case(number)) for number in range(2 * count + 1)]


def _gaps(plot: Plot, got: list[Got]) -> Iterator[Gap]:
    """Yield what came in place of each invalid event, up to where the client stopped."""
    broken = broken_events(plot.channel)
    neighbours = _neighbours(plot, len(broken))
    got = _once(got) if _differ(plot) else got
    place = 1 if got and is_same(got[0], neighbours[0]) else 0
    for number, event in enumerate(broken):
        after = neighbours[2 * number + 1 : 2 * number + 3]
        between: list[Got] = []
        while place < len(got) and not is_same(got[place], after[0]):
            if _is_later(got[place], neighbours[2 * number + 2 :]):
                break
            between.append(got[place])
            place += 1
        if place >= len(got):
            yield Gap(event, tuple(between), lost=True, is_last=True)
            return
        arrived = 0
        for sent in after:
            if place < len(got) and is_same(got[place], sent):
                arrived += 1
                place += 1
        yield Gap(event, tuple(between), lost=arrived < len(after))


def _differ(plot: Plot) -> bool:
    """Whether no two neighbours are the same: messages that overlap may share a payload."""
    pairs = ((plot.case(number), plot.case(number + 1)) for number in range(len(plot.cases)))
    return not any(same_json(one.payload, other.payload) for one, other in pairs)


def _once(got: list[Got]) -> list[Got]:
    """Leave out what repeats the delivery before: no two neighbours are the same."""
    pairs = zip([None, *got], got, strict=False)
    return [item for before, item in pairs if before is None or not _repeats(before, item)]


def _repeats(before: Got, item: Got) -> bool:
    return before.error == item.error and same_json(before.payload, item.payload)


def _is_later(got: Got, neighbours: list[Sent]) -> bool:
    return any(is_same(got, sent) for sent in neighbours[:2])


def _by_code(gaps: list[Gap], policy: str) -> dict[str, list[Gap]]:
    found: dict[str, list[Gap]] = {}
    for gap in gaps:
        for code in _codes(gap, policy):
            found.setdefault(code, []).append(gap)
    return found


def _codes(gap: Gap, policy: str) -> Iterator[str]:
    if gap.broken.keyword == _NO_JSON_RULE and policy == "deliver":
        # There is no payload to deliver: whatever a client says to it is right.
        policy = "any"
    payloads = [item for item in gap.got if item.error is None]
    errors = [item for item in gap.got if item.error is not None]
    if payloads and policy not in ("deliver", "any"):
        yield "invalid-event-delivered"
    if errors and policy in ("ignore", "deliver"):
        yield "invalid-event-rejected"
    if gap.is_last:
        yield "stopped-by-invalid-event"
        return
    if not gap.got and policy in ("reject", "deliver"):
        yield "invalid-event-ignored"
    if gap.lost:
        yield "event-lost-after-invalid"


def _got(gap: Gap) -> str:
    if not gap.got:
        return "nothing in its place" if not gap.is_last else "nothing any more"
    first = gap.got[0]
    return first.error if first.error is not None else shown(first.payload)


def _expected(code: str, policy: str) -> str:
    if code in ("stopped-by-invalid-event", "event-lost-after-invalid"):
        return "the valid event after it"
    return f"{_ALLOWED[policy]}, by asyncapi_invalid_policy = {policy}"


def _frame(plot: Plot, broken: Broken) -> bytes:
    lines = plot.lines(Case(broken.message, None), broken.data.split("\n"))
    return block(lines)


def _about(violation: Violation, found: list[Gap]) -> Violation:
    """Add which rule the first event breaks, and which the others do."""
    broken = found[0].broken
    others = ", ".join(str(gap.broken) for gap in found[1 : 1 + _SHOWN_OTHERS])
    more = len(found) - 1 - _SHOWN_OTHERS
    explained = _explained(broken)
    about = labelled(
        payload=printable(broken.data, SHOWN_PAYLOAD),
        breaks=explained.summary if explained else "it is no JSON",
        also=others + (f" and {more} more" if more > 0 else ""),
    )
    place = explained.location if explained else broken.message.location
    return replace(
        violation,
        message=broken.message.name,
        pointer=broken.pointer,
        location=place or violation.location,
        evidence=(*about, *violation.evidence),
    )


def _explained(broken: Broken) -> Violation | None:
    try:
        payload = parse_json(broken.data)
    except JSONDefect:
        return None
    return next(iter(validator(broken.message).iter_errors(payload)), None)


_SUMMARY = {
    "invalid-event-delivered": "the client delivers {count} of {total} events that break the"
    " document",
    "invalid-event-ignored": "the client passes over {count} of {total} events that break the"
    " document",
    "invalid-event-rejected": "the client rejects {count} of {total} events that break the"
    " document",
    "stopped-by-invalid-event": "the client stops at an event that breaks the document",
    "event-lost-after-invalid": "the client loses the valid event after {count} of {total} events"
    " that break the document",
}
_ADVICE = {
    "invalid-event-delivered": "validate what comes before it is delivered; a client that does not"
    " is declared by `{channel} = deliver` in asyncapi_invalid_policy",
    "invalid-event-ignored": "say so where an event is invalid, or set another"
    " asyncapi_invalid_policy than {policy}",
    "invalid-event-rejected": "set another asyncapi_invalid_policy than {policy}: withhold, say",
    "stopped-by-invalid-event": "go on after an event that can't be used: the next may be right",
    "event-lost-after-invalid": "begin anew with the blank line after an event that can't be used",
}

INVALID = (InvalidEvents(),)
