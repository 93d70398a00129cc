"""Delivering: payloads that the generated server sends must come out of the client under test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pytest_asyncapi_sse.checks.delivery import Code, Fault
from pytest_asyncapi_sse.checks.events import data_of
from pytest_asyncapi_sse.checks.evidence import Evidence, labelled
from pytest_asyncapi_sse.checks.policy import NO_POLICY, Policy
from pytest_asyncapi_sse.contract.property import Case
from pytest_asyncapi_sse.contract.scenario import Outcome, run_scenario
from pytest_asyncapi_sse.contract.targets import ClientUnderTest
from pytest_asyncapi_sse.contract.verdict import once_each
from pytest_asyncapi_sse.errors import Violation, printable, shown
from pytest_asyncapi_sse.model import Channel
from pytest_asyncapi_sse.schema import dump_json, same_json
from pytest_asyncapi_sse.server.events import event_bytes

_SHOWN_PAYLOAD = 2000
_SHOWN_MEMBERS = 3
_IN_CONTEXT = "alone this payload arrives; it fails among the others of its run"
_OPEN = (
    "keep {members}: the schema allows members that it does not declare (pydantic: extra='allow');"
    " or say additionalProperties: false in the document, or narrow by asyncapi_payloads"
)

Known = dict[tuple[str, str], Violation | None]


@dataclass(frozen=True, slots=True)
class Words:
    """Hold what a fault is called and what to do about it."""

    summary: str
    got: str
    advice: str


WORDS: dict[Code, Words] = {
    "event-lost": Words(
        "the client did not deliver event {number} of {total}",
        "nothing in its place",
        "look for a condition in the client that drops events",
    ),
    "payload-altered": Words(
        "the client delivered event {number} of {total} changed",
        "",
        "deliver the payload as it is on the wire, or the event itself",
    ),
    "precision-lost": Words(
        "the client rounded a number to what an IEEE double is written as",
        "",
        "keep integers exact",
    ),
    "event-rejected": Words(
        "the client rejected the valid event {number} of {total}",
        "",
        "loosen the client's own validation: the document allows this payload",
    ),
    "event-reordered": Words(
        "the client delivered event {number} of {total} out of order",
        "it came at another place",
        "deliver events in the order of the stream",
    ),
    "event-duplicated": Words(
        "the client delivered event {number} of {total} more than once",
        "",
        "deliver each event once",
    ),
    "message-mistaken": Words(
        "the client took event {number} of {total} for another message",
        "",
        "tell messages apart by the event's name, or by the payload where it has none",
    ),
    "event-invented": Words(
        "the client delivered something that was not sent, at event {number} of {total}",
        "",
        "deliver events only: no comments, no blocks without data",
    ),
}


def _ordinary(cases: Sequence[Case]) -> Case:
    """Return a case to mark the end of a scenario: the smallest are those that clients drop."""
    by_size = sorted(cases, key=lambda case: len(data_of(case.message, case.payload)))
    return by_size[len(by_size) // 2]


def _lost_members(sent: object, got: object, pointer: str = "") -> list[str]:
    """Return the members that are left out, where nothing else is different."""
    if not isinstance(sent, dict) or not isinstance(got, dict) or not set(got) <= set(sent):
        return []
    lost = [f"{pointer}/{name}" for name in sent if name not in got]
    for name, member in got.items():
        if not same_json(sent[name], member):
            within = _lost_members(sent[name], member, f"{pointer}/{name}")
            if not within:
                return []
            lost += within
    return lost


class Delivering:
    """Send cases to the client under test, and say of each what became of it.

    What the policy ignores is no verdict; `ignored` has that of the run for the count. With
    `is_over` nothing more is to be sent: the client still blocks, so that each call would leave
    another thread, or it delivers nothing at all, so that any payload would do.
    """

    def __init__(
        self,
        channel: Channel,
        client: ClientUnderTest,
        cases: Sequence[Case],
        policy: Policy = NO_POLICY,
    ) -> None:
        self._channel = channel
        self._client = client
        self._cases = list(cases)
        self._policy = policy
        self.ignored: list[Violation] = []
        self.is_over = False
        self._sentinel = _ordinary(self._cases)
        self._index = 0
        self._code = ""
        self._alone = True
        self._evidence: Evidence = ()

    def run(self) -> tuple[Outcome, Known]:
        """Send all cases on one connection and return the verdict of each."""
        outcome = self._play(self._cases)
        if self._has_other_end(outcome):
            outcome = self._play(self._cases)
        told = [violation for violation, _ in self._told(outcome, self._cases)]
        self.ignored = [found for found in told if not self._policy.apply([found]).kept]
        verdicts: dict[int, Violation] = {}
        for violation, index in self._violations(outcome, self._cases):
            verdicts.setdefault(index, violation)
        known: Known = {c.key: verdicts.get(i) for i, c in enumerate(self._cases)}
        errors = [i for i, found in sorted(verdicts.items()) if found.severity == "error"]
        if outcome.told.hangs:
            self.is_over, self._evidence = True, outcome.told.evidence
        elif errors:
            self._index, self._code = errors[0], verdicts[errors[0]].code
            alone = self._play([self._cases[self._index]])
            self._alone = self._fails(alone, 0)
            self._evidence = (alone if self._alone else outcome).told.evidence
            # It may choke on the very first payload: the sentinel alone tells.
            is_deaf = not outcome.delivered + alone.delivered
            self.is_over = is_deaf and not self._play([]).delivered
        return outcome, known

    def verdict(self, case: Case) -> Violation | None:
        """Send one more case: alone where that fails too, else in the place of the one that did."""
        cases = [case] if self._alone else self._in_context(case)
        at = 0 if self._alone else self._index
        outcome = self._play(cases)
        found = [v for v, index in self._violations(outcome, cases) if index == at]
        first = next((v for v in found if v.code == self._code), None)
        if first is not None:
            self._evidence = outcome.told.evidence
        return first

    def explained(self, case: Case, violation: Violation, again: str) -> Violation:
        """Return a violation with the smallest payload that shows it, as it was seen last.

        The payload is sent once more, so that all that is told is of one connection.
        """
        violation = self.verdict(case) or violation
        context = "" if self._alone else _IN_CONTEXT
        message = case.message
        frame = event_bytes(self._channel, case.payload, message=message.name)
        payload = printable(dump_json(case.payload), _SHOWN_PAYLOAD)
        told = labelled(payload=payload, boundary="; ".join(case.edges), context=context)
        evidence = (*told, *self._evidence, ("again", again))
        return replace(violation, frame=frame, evidence=evidence)

    def seen(self, known: Known, again: str) -> list[Violation]:
        """Return the first violation of each code as it was seen, and send nothing more."""
        evidence = (*self._evidence, ("again", again))
        first = once_each(filter(None, known.values()))
        return [replace(violation, evidence=evidence) for violation in first]

    def _has_other_end(self, outcome: Outcome) -> bool:
        """Take another sentinel where the client loses this one: any case would look lost by it."""
        if outcome.told.hangs:
            return False
        lost = {self._cases[fault.index].key for fault in outcome.faults}
        arrived = [case for case in self._cases if case.key not in lost]
        if not outcome.told.timed_out or outcome.failure or self._sentinel.key not in lost:
            return False
        self._sentinel = _ordinary(arrived or self._cases)
        return bool(arrived)

    def _in_context(self, case: Case) -> list[Case]:
        return [*self._cases[: self._index], case, *self._cases[self._index + 1 :]]

    def _play(self, cases: Sequence[Case]) -> Outcome:
        return run_scenario(self._channel, self._client, cases, self._sentinel)

    def _fails(self, outcome: Outcome, at: int) -> bool:
        found = self._violations(outcome, [self._cases[self._index]])
        return any(index == at and violation.code == self._code for violation, index in found)

    def _violations(self, outcome: Outcome, cases: Sequence[Case]) -> list[tuple[Violation, int]]:
        """Return what the policy keeps, with the index of each."""
        told = self._told(outcome, cases)
        return [(kept, at) for found, at in told for kept in self._policy.apply([found]).kept]

    def _told(self, outcome: Outcome, cases: Sequence[Case]) -> list[tuple[Violation, int]]:
        if outcome.told.stopped:
            index = min(outcome.delivered, len(cases) - 1)
            return [(self._stopped(outcome, cases[index], len(cases)), index)]
        found = [(self._fault(fault, cases), fault.index) for fault in outcome.faults]
        if found and outcome.delivered == 0:
            count = len(cases)
            nothing = (
                "does not deliver an event" if count == 1 else f"delivers none of {count} events"
            )
            return [
                (replace(violation, summary=f"the client {nothing}"), index)
                for violation, index in found
            ]
        if not found and outcome.told.timed_out:
            lost = Fault("event-lost", len(cases) - 1)
            return [(self._fault(lost, [*cases[:-1], self._sentinel]), lost.index)]
        return found

    def _fault(self, fault: Fault, cases: Sequence[Case]) -> Violation:
        case = cases[fault.index]
        words = WORDS[fault.code]
        got, expected = words.got, shown(case.payload)
        if fault.got is not None:
            got = fault.got.error or shown(fault.got.payload)
        if fault.got is not None and fault.code == "message-mistaken":
            got, expected = f"the message {fault.got.name}", f"the message {case.message.name}"
        return Violation(
            code=fault.code,
            severity=fault.severity,
            summary=words.summary.format(number=fault.index + 1, total=len(cases)),
            channel=self._channel.name,
            message=case.message.name,
            got=got,
            expected=expected,
            location=case.message.location,
            advice=self._advice(fault, case, words),
        )

    @staticmethod
    def _advice(fault: Fault, case: Case, words: Words) -> str:
        got = fault.got
        if got is not None and (lost := _lost_members(case.payload, got.payload)):
            return _OPEN.format(members=", ".join(map(printable, lost[:_SHOWN_MEMBERS])))
        if got is not None and isinstance(got.payload, str):
            data = data_of(case.message, case.payload)
            if got.payload == data and not same_json(got.payload, case.payload):
                return "the client delivered the JSON text: decode it, or deliver the event itself"
        return words.advice

    def _stopped(self, outcome: Outcome, case: Case, total: int) -> Violation:
        return Violation(
            code="client-stopped",
            summary=f"the client ended after {outcome.delivered} of {total} events",
            channel=self._channel.name,
            message=case.message.name,
            got=outcome.failure or f"{outcome.told.ending} while the stream was open",
            expected=shown(case.payload),
            location=case.message.location,
            advice="" if outcome.failure else "keep listening until the stream ends",
        )
