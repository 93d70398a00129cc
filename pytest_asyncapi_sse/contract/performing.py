"""Performing: the scenes of an item are played to the client under test, and judged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NoReturn

import pytest

from pytest_asyncapi_sse.checks.conversation import Conversation
from pytest_asyncapi_sse.checks.delivery import spoiling
from pytest_asyncapi_sse.contract.conversing import converse
from pytest_asyncapi_sse.contract.names import EVENTS, NOT_CLAIMED
from pytest_asyncapi_sse.contract.property import Case
from pytest_asyncapi_sse.contract.scenario import run_scenario
from pytest_asyncapi_sse.contract.scenes import SCENES, Scene
from pytest_asyncapi_sse.contract.scenes.plot import Plot, plain_cases
from pytest_asyncapi_sse.contract.setting import Setting
from pytest_asyncapi_sse.contract.targets import ClientUnderTest
from pytest_asyncapi_sse.contract.telling import Sibling
from pytest_asyncapi_sse.contract.verdict import Record, decide, decide_or_skip, once_each
from pytest_asyncapi_sse.errors import ContractViolation, Violation, hides_frame
from pytest_asyncapi_sse.model import Channel

__tracebackhide__ = hides_frame

DELIVERS = "delivers_every_event"
_NEVER_ASKED = ("no-client", "client-failed")
_HELD = "deliver each event at its blank line: these arrive only where many more follow them"


@dataclass(frozen=True, slots=True)
class Performance:
    """Play scenes of a channel to the client under test."""

    channel: Channel
    client: ClientUnderTest
    sibling: Sibling
    note: Record

    def play(self, item: str) -> None:
        """Play the scenes of an item, and decide on all that was found."""
        self.perform(SCENES[item])

    def perform(self, scenes: tuple[Scene, ...]) -> None:
        """Play scenes one after the other, and decide on all that was found."""
        refuse_hung(self.channel, self.client)
        setting = Setting.of(self.channel, self.client)
        plot = Plot(self.channel, self.client, self._cases(scenes), setting)
        found: list[Violation] = []
        reasons: list[str] = []
        played = events = 0
        for scene in scenes:
            reason = _why_not(scene, plot, found, self.note)
            if reason:
                reasons.append(reason)
                continue
            played += 1
            for part in scene.parts:
                if not self.client.claims(part):
                    self.note(NOT_CLAIMED, part)
            try:
                told = _play(scene, plot)
            except ContractViolation as violation:
                found += violation.violations
                break
            events += len(told.heard)
            found += scene.judge(plot, told)
            if told.hangs:
                found.append(hangs(self.channel, told))
                self.client.memory.hangs(self.channel, self.client.item)
                break
        if not played:
            pytest.skip(_joined(reasons))
        self.note(EVENTS, events)
        decide(once_each(found), self.note)

    def _cases(self, scenes: tuple[Scene, ...]) -> tuple[Case, ...]:
        """Return what scenes are made of; skip the item of a client that delivers nothing of it.

        What a client asks for is seen also of one that delivers nothing.
        """
        plain, key = self.client.memory.plain, id(self.channel)
        needs_delivery = any(scene.needs_delivery for scene in scenes)
        if needs_delivery and key not in plain:
            plain[key] = _plain(self.channel, self.client)
        known = plain.get(key)
        if isinstance(known, ContractViolation):
            if needs_delivery or known.violations[0].code in _NEVER_ASKED:
                self._refuse_deaf(known)
        elif needs_delivery and known is not None:
            return known
        return plain_cases(self.channel, self.client)

    def _refuse_deaf(self, found: ContractViolation) -> NoReturn:
        """Skip an item whose client delivers nothing, or fail it where no other item tells that."""
        memory, key = self.client.memory, id(self.channel)
        if key in memory.delivers:
            where = memory.deaf.setdefault(key, self.client.item)
            if where != self.client.item:
                pytest.skip(f"see {where.rpartition('::')[2]}")
            told = found.violations[0]
            found = ContractViolation.of([replace(told, advice=_HELD)])
        elif self.sibling(DELIVERS):
            pytest.skip(f"see {DELIVERS}")
        decide_or_skip(found, self.note)


def _play(scene: Scene, plot: Plot) -> Conversation:
    return converse(
        plot.channel,
        plot.client,
        scene.script(plot),
        scene.until(plot),
        within=plot.client.reach.timeout if scene.slow else plot.seconds,
        setting=plot.setting,
    )


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
    try:
        outcome = run_scenario(channel, client, cases, cases[-1])
    except ContractViolation as violation:
        return violation
    told = outcome.told
    if told.hangs:
        client.memory.hangs(channel, client.item)
        return ContractViolation.of([hangs(channel, told)])
    wrong = {fault.index for fault in spoiling(outcome.faults)}
    kept = tuple(case for index, case in enumerate(cases) if index not in wrong)
    if told.stopped or not kept:
        return ContractViolation.of([_deaf(channel, told, len(cases))])
    return kept


def _deaf(channel: Channel, told: Conversation, total: int) -> Violation:
    return Violation(
        code="client-stopped" if told.stopped else "event-lost",
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
