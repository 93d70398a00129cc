"""Publishing: payloads that the trigger puts into the server must come out on the stream."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any

from pytest_asyncapi_sse.checks.connection import why_no_event
from pytest_asyncapi_sse.checks.evidence import with_evidence
from pytest_asyncapi_sse.checks.policy import NO_POLICY, Policy
from pytest_asyncapi_sse.checks.published import Arrival, Published, check_published, is_there
from pytest_asyncapi_sse.client.exchange import StreamOpening
from pytest_asyncapi_sse.client.reading import ReceivedEvent
from pytest_asyncapi_sse.client.stream import EventStream
from pytest_asyncapi_sse.client.trigger import Fired, Trigger
from pytest_asyncapi_sse.contract.property import Case
from pytest_asyncapi_sse.errors import ContractViolation, Violation, hides_frame, printable
from pytest_asyncapi_sse.model import Channel
from pytest_asyncapi_sse.schema import dump_json

__tracebackhide__ = hides_frame

_NOT_READY_SECONDS = 0.1
_WARM_UP_SECONDS = 0.5
_LEAST_PATIENCE = 0.5
_SLOWEST_FACTOR = 10
_SHOWN_PAYLOAD = 2000

Known = dict[tuple[str, str], Violation | None]


class Publishing:
    """Hold one connection to the server under test, publish on it and watch what comes out.

    A verdict is what fails by the policy; `advice` and `ignored` have what does not.
    """

    def __init__(
        self,
        channel: Channel,
        opening: StreamOpening,
        trigger: Trigger,
        policy: Policy = NO_POLICY,
    ) -> None:
        self._channel = channel
        self._policy = policy
        self._lost = False
        self._trigger = trigger
        self._timeout = opening.timeout
        self._patience = self._timeout
        self._slowest = 0.0
        self._opening = opening
        self._stream = self._new_stream()
        self.unconfirmed = False
        self.advice: list[Violation] = []
        self.ignored: list[Violation] = []

    def __enter__(self) -> Publishing:
        self._stream.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.close()

    def run(self, cases: list[Case]) -> Known:
        """Publish each case and return its verdict; stops at the first that fails."""
        known: Known = {}
        self._warm_up(cases[0])
        for case in cases:
            known[case.key] = self.verdict(case)
            if known[case.key] is not None or self._lost or self.unconfirmed:
                break
        return known

    def hurry(self) -> None:
        """Wait less from here on: something is lost for certain, and this is its shrinking."""
        self._patience = min(self._timeout, max(_LEAST_PATIENCE, _SLOWEST_FACTOR * self._slowest))

    def verdict(self, case: Case) -> Violation | None:
        """Publish one payload; None where it came out, or where the trigger names none."""
        if self._stream.exchange.ended is not None:
            self._stream.close()
            self._stream = self._new_stream()
            self._stream.open()
            self._warm_up(case)
        fired = self._fire(case)
        if not fired.confirmed:
            self.unconfirmed = True
            return None
        found = check_published(self._channel.name, self._watched(case, fired.expected))
        # Each further one may take as long: what is ignored ends the run as well.
        self._lost = any(violation.severity == "error" for violation in found)
        return self._judged(found)

    def _watched(self, case: Case, expected: Any) -> Published:
        """Watch the stream until a payload is there, at most for as long as patience lasts."""
        started = time.monotonic()
        arrivals: list[Arrival] = []
        while (left := started + self._patience - time.monotonic()) > 0:
            event = self._next(left)
            if event is None:
                break
            arrivals.append(Arrival(event.payload, event.message.name if event.message else ""))
            if is_there(expected, arrivals):
                self._slowest = max(self._slowest, time.monotonic() - started)
                break
        ended = self._stream.exchange.ended is not None
        return Published(
            message=case.message,
            expected=expected,
            arrivals=arrivals,
            waited=self._patience,
            silence=why_no_event(self._stream.exchange.recording()) if ended else "silence",
        )

    def explained(self, case: Case, violation: Violation, again: str) -> Violation:
        """Return a violation with the smallest payload that shows it, and the request."""
        recording = self._stream.exchange.recording()
        payload = printable(dump_json(case.payload), _SHOWN_PAYLOAD)
        evidence = (("payload", payload), ("again", again))
        return with_evidence([replace(violation, evidence=evidence)], recording)[0]

    def _judged(self, found: Sequence[Violation]) -> Violation | None:
        """Return what fails by the policy; keep one advice of a code, and all that is ignored."""
        applied = self._policy.apply(found, self._channel.name)
        if not applied.kept:
            self.ignored += found
        for advice in applied.advice:
            self.advice = [*(item for item in self.advice if item.code != advice.code), advice]
        return next(iter(applied.errors), None)

    def _warm_up(self, case: Case) -> None:
        """Publish until the first event comes: a server may listen a moment after it answers."""
        deadline = time.monotonic() + self._patience
        while time.monotonic() < deadline:
            self._fire(case)
            if self._next(_WARM_UP_SECONDS) is not None or self._stream.exchange.ended is not None:
                return

    def _fire(self, case: Case) -> Fired:
        deadline = time.monotonic() + self._timeout
        while True:
            fired = self._trigger.fire(self._channel, case.message, case.payload)
            if fired.ready or time.monotonic() > deadline:
                return fired
            time.sleep(_NOT_READY_SECONDS)

    def _next(self, within: float) -> ReceivedEvent | None:
        with contextlib.suppress(ContractViolation):
            return self._stream.receive(within=within)
        return None

    def _new_stream(self) -> EventStream:
        return EventStream(self._channel, self._opening, validate=False)
