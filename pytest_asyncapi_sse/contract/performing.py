"""Performing: the scenes of an item are played to the client under test, and judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

import pytest

from pytest_asyncapi_sse.checks.conversation import Conversation
from pytest_asyncapi_sse.contract.conversing import arrived, converse
from pytest_asyncapi_sse.contract.names import EVENTS, NOT_CLAIMED
from pytest_asyncapi_sse.contract.property import Case
from pytest_asyncapi_sse.contract.scenario import repeated, sent_of, without_sentinels
from pytest_asyncapi_sse.contract.scenes import SCENES, Scene
from pytest_asyncapi_sse.contract.scenes.plot import Plot, plain_cases
from pytest_asyncapi_sse.contract.setting import Setting
from pytest_asyncapi_sse.contract.targets import ClientUnderTest
from pytest_asyncapi_sse.contract.telling import Sibling
from pytest_asyncapi_sse.contract.verdict import Record, decide, decide_or_skip
from pytest_asyncapi_sse.errors import ContractViolation, Violation, hides_frame
from pytest_asyncapi_sse.model import Channel
from pytest_asyncapi_sse.server.events import event_bytes
from pytest_asyncapi_sse.server.stage import Script
from pytest_asyncapi_sse.server.steps import Answer, Chunk

__tracebackhide__ = hides_frame

DELIVERS = "delivers_every_event"
_NEVER_ASKED = ("no-client", "client-failed")


@dataclass(frozen=True, slots=True)
class Performance:
    """Play scenes of a channel to the client under test."""

    channel: Channel
    client: ClientUnderTest
    sibling: Sibling
    note: Record

    def play(self, item: str) -> None:
        """Play the scenes of an item, and decide on all that was found."""
        perform(SCENES[item], self.channel, self.client, self.sibling, self.note)


def perform(
    scenes: tuple[Scene, ...],
    channel: Channel,
    client: ClientUnderTest,
    sibling: Sibling,
    note: Record,
) -> None:
    """Play scenes one after the other, and decide on all that was found."""
    plot = _plot(scenes, channel, client, sibling, note)
    found: list[Violation] = []
    reasons: list[str] = []
    played = events = 0
    for scene in scenes:
        reason = _why_not(scene, plot, found, note)
        if reason:
            reasons.append(reason)
            continue
        played += 1
        for part in scene.parts:
            if not client.claims(part):
                note(NOT_CLAIMED, part)
        try:
            told = play(scene, plot)
        except ContractViolation as violation:
            found += violation.violations
            break
        events += len(told.heard)
        found += scene.judge(plot, told)
        if told.hangs:
            found.append(hangs(channel, told))
            client.memory.hangs(channel, client.item)
            break
    if not played:
        pytest.skip(_joined(reasons))
    note(EVENTS, events)
    decide(_once_each(found), note)


def play(scene: Scene, plot: Plot) -> Conversation:
    """Play one scene."""
    return converse(
        plot.channel,
        plot.client,
        scene.script(plot),
        scene.until(plot),
        within=plot.client.reach.timeout if scene.slow else plot.seconds,
        setting=plot.setting,
    )


def plot_of(channel: Channel, client: ClientUnderTest, sibling: Sibling, note: Record) -> Plot:
    """Return the plot of a channel, made on first use; skip the item where there can be none."""
    plain = client.memory.plain
    if id(channel) not in plain:
        plain[id(channel)] = _plain(channel, client)
    cases = plain[id(channel)]
    if isinstance(cases, ContractViolation):
        _refuse_deaf(cases, sibling, note)
    return Plot(channel, client, cases, Setting.of(channel, client))


def _plot(
    scenes: tuple[Scene, ...],
    channel: Channel,
    client: ClientUnderTest,
    sibling: Sibling,
    note: Record,
) -> Plot:
    """Return the plot of scenes; what a client asks for is seen of one that delivers nothing."""
    refuse_hung(channel, client)
    if any(scene.needs_delivery for scene in scenes):
        return plot_of(channel, client, sibling, note)
    known = client.memory.plain.get(id(channel))
    if isinstance(known, ContractViolation) and known.violations[0].code in _NEVER_ASKED:
        _refuse_deaf(known, sibling, note)
    return Plot(channel, client, plain_cases(channel, client), Setting.of(channel, client))


def refuse_hung(channel: Channel, client: ClientUnderTest) -> None:
    """Skip an item of a client that still blocks: its thread is there, and would be in the way."""
    where = client.memory.hung.get(id(channel))
    if where is not None and where != client.item:
        pytest.skip(f"see {where.rpartition('::')[2]}: the client hangs")


def hangs(channel: Channel, told: Conversation) -> Violation:
    """Return the violation of a client that does not end with its stream."""
    got = "its thread is still running"
    if told.refused > 1:
        got = f"it came back {told.refused} times, though 204 No Content tells it to stop"
    return Violation(
        code="client-hangs",
        summary="the client does not end once its stream was closed",
        channel=channel.name,
        got=got,
        expected="an iterable that ends, or fails, when the stream does",
        evidence=told.evidence,
        advice="give it by --asyncapi-client MODULE:ATTR: it then runs in a process of its own",
    )


def _why_not(scene: Scene, plot: Plot, found: list[Violation], note: Record) -> str:
    """Say why a scene is not played, "" where it is; what is not claimed goes to the report."""
    capability = scene.capability
    if capability is not None and not plot.client.claims(capability):
        note(NOT_CLAIMED, capability)
        return f"not claimed: {capability}"
    told = scene.after & {violation.code for violation in found}
    if told:
        return f"see {min(told)}"
    reason = scene.why_not(plot)
    return f"not checkable: {reason}" if reason else ""


def _plain(channel: Channel, client: ClientUnderTest) -> tuple[Case, ...] | ContractViolation:
    """Send a few plain events, and keep those that the client delivers as they are."""
    cases = plain_cases(channel, client)
    events = [event_bytes(channel, c.payload, message=c.message.name) for c in cases]
    sent = [sent_of(channel, case) for case in (*cases, cases[-1])]
    timeout = client.reach.timeout
    steps = (*map(Chunk, events), *repeated(events[-1], timeout / 2))
    try:
        told = converse(
            channel, client, Script((Answer(steps=steps),)), arrived(sent), within=timeout
        )
    except ContractViolation as violation:
        return violation
    if told.hangs:
        client.memory.hangs(channel, client.item)
        return ContractViolation.of([hangs(channel, told)])
    faults = without_sentinels(sent[:-1], sent[-1], told.got)
    wrong = {f.index for f in faults if f.severity == "error" and f.code != "message-mistaken"}
    kept = tuple(case for index, case in enumerate(cases) if index not in wrong)
    if told.stopped or not kept:
        return ContractViolation.of([_deaf(channel, told, len(cases))])
    return kept


def _refuse_deaf(found: ContractViolation, sibling: Sibling, note: Record) -> NoReturn:
    """Skip an item whose client delivers nothing, or fail it where no other item tells that."""
    if sibling(DELIVERS):
        pytest.skip(f"see {DELIVERS}")
    decide_or_skip(found, note)


def _deaf(channel: Channel, told: Conversation, total: int) -> Violation:
    return Violation(
        code="client-stopped" if told.ended else "event-lost",
        summary=f"the client delivers none of {total} plain events as it is",
        channel=channel.name,
        got=told.failure or f"{len(told.got)} deliveries",
        expected=f"{total} events, each as it was sent",
        location=channel.location,
        evidence=told.evidence,
        advice=f"run {DELIVERS}, which tells what becomes of each",
    )


def _joined(reasons: list[str]) -> str:
    """Return reasons in one line, those that begin alike together."""
    by_kind: dict[str, dict[str, None]] = {}
    for reason in reasons:
        kind, _, what = reason.partition(": ")
        by_kind.setdefault(kind, {})[what] = None
    return "; ".join(f"{kind}: {', '.join(what)}" for kind, what in by_kind.items())


def _once_each(found: list[Violation]) -> list[Violation]:
    """Keep the first of each code: what follows has the same cause."""
    first: dict[str, Violation] = {}
    for violation in found:
        first.setdefault(violation.code, violation)
    return list(first.values())
