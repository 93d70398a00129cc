"""Reading of a stream, sans-IO: what came so far becomes validated events or a violation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from httpx_sse import ServerSentEvent

from pytest_asyncapi_sse.checks.connection import check_connection, why_no_event
from pytest_asyncapi_sse.checks.events import judge
from pytest_asyncapi_sse.checks.evidence import with_evidence
from pytest_asyncapi_sse.checks.head import check_head
from pytest_asyncapi_sse.checks.policy import NO_POLICY, Applied, Policy
from pytest_asyncapi_sse.client.exchange import Exchange
from pytest_asyncapi_sse.errors import ContractViolation, Violation, hides_frame, shown
from pytest_asyncapi_sse.model import Channel, Message
from pytest_asyncapi_sse.sse import Ending, Event, Frame, Recording

__tracebackhide__ = hides_frame

TellIgnored = Callable[[Mapping[str, int]], None]


class ReceivedEvent(ServerSentEvent):
    """Be an httpx-sse event with what the document makes of it.

    `payload` is the decoded data, `message` the Message that it satisfies (None where none does),
    `violations` what was found: advice only, unless the stream was opened with `validate=False`.
    The first event of a stream also has what the policy makes advice of the response.
    """

    def __init__(
        self,
        event: Event,
        *,
        payload: Any,
        message: Message | None,
        violations: tuple[Violation, ...],
    ) -> None:
        super().__init__(event=event.event, data=event.data, id=event.id, retry=event.retry)
        self.payload = payload
        self.message = message
        self.violations = violations


class Reading:
    """Turn what an exchange kept into events, one by one, each judged against its channel.

    What breaks the contract goes through the policy; `ignored` is told how many it ignores, by
    entry. That there is no event, or no response, is raised whatever the policy says.
    """

    def __init__(
        self,
        channel: Channel,
        exchange: Exchange,
        *,
        validate: bool,
        policy: Policy = NO_POLICY,
        ignored: TellIgnored | None = None,
    ) -> None:
        self._channel = channel
        self._exchange = exchange
        self._validate = validate
        self._policy = policy
        self._ignored = ignored
        self._of_head: tuple[Violation, ...] = ()
        self._next = 0
        self._received = 0
        self._head_judged = not validate

    def poll(self) -> ReceivedEvent | None:
        """Return the next event, None where none has come yet.

        Raises ContractViolation for a response or an event that breaks the contract, and
        `stream-ended` where the stream is over.
        """
        exchange = self._exchange
        ended = exchange.ended  # before the frames: what ends a stream comes after its last one
        self._judge_head()
        while self._next < len(exchange.frames):
            frame = exchange.frames[self._next]
            self._next += 1
            if frame.event is not None:
                return self._received_event(frame, frame.event)
        if ended is not None:
            raise self._over()
        return None

    def timed_out(self, within: float) -> ContractViolation:
        """Return the violation of a stream that stayed silent for `within` seconds."""
        recording = self._exchange.recording(Ending.deadline)
        if recording.head is not None and not self._head_judged:
            found = self._judged_head(recording)
            if found.errors:
                return self._of(found.kept, recording)
        so_far = f"{self._received} events before" if self._received else "none before"
        return self._raised(
            Violation(
                code="no-events",
                summary=f"no event within {within:g} s",
                got=f"{so_far}; {why_no_event(recording)}",
                expected=f"an event of channel {self._channel.name}",
                advice="make the server emit one after the stream is open, or wait longer",
            )
        )

    def unexpected(self, event: ReceivedEvent) -> ContractViolation | None:
        """Return the violation of an event where none was expected, None by the policy."""
        violation = Violation(
            code="unexpected-event",
            summary="an event came where none was expected",
            got=shown(event.data),
            expected="silence",
        )
        return self._raised(violation) if self._apply([violation]).errors else None

    def no_head(self) -> ContractViolation:
        """Return the violation of a response head that did not come."""
        recording = self._exchange.recording(Ending.no_head)
        return self._of(check_connection(self._channel, recording), recording)

    def _judge_head(self) -> None:
        exchange = self._exchange
        if self._head_judged or (exchange.head is None and exchange.ended is None):
            return
        recording = exchange.recording()
        if recording.head is None:
            # Why there is none is told where the stream is over.
            return
        found = self._judged_head(recording)
        # A page instead of a stream is shown with its first bytes: wait for them.
        if found.errors and exchange.ended is None and not recording.body_start:
            return
        self._head_judged = True
        self._tell(found)
        self._of_head = found.advice
        if found.errors:
            raise self._of(found.kept, recording)

    def _received_event(self, frame: Frame, event: Event) -> ReceivedEvent:
        self._received += 1
        judgement = judge(self._channel, frame)
        found = self._apply(judgement.violations)
        of_head, self._of_head = self._of_head, ()
        if found.errors and self._validate:
            raise self._of(found.kept, self._exchange.recording())
        return ReceivedEvent(
            event,
            payload=judgement.payload,
            message=judgement.message,
            violations=(*of_head, *found.kept),
        )

    def _over(self) -> ContractViolation:
        recording = self._exchange.recording()
        if recording.head is None:
            return self._of(check_connection(self._channel, recording), recording)
        return self._raised(
            Violation(
                code="stream-ended",
                summary=f"the stream ended after {self._received} events",
                got=why_no_event(recording),
                expected="a stream that stays open until the test leaves it",
                advice="iterate over the stream where its end is what the test waits for",
            )
        )

    def _raised(self, violation: Violation) -> ContractViolation:
        found = [replace(violation, channel=self._channel.name)]
        return self._of(found, self._exchange.recording())

    def _judged_head(self, recording: Recording) -> Applied:
        """Return what keeps the response from being a stream, and the advice on it that is raised.

        Other advice on a response is the gate's to tell: no event is to blame for it.
        """
        chain = check_connection(self._channel, recording, self._policy)
        found = self._policy.apply(chain, self._channel.name)
        raised = self._policy.raised(check_head(self._channel, recording), self._channel.name)
        return Applied((*found.kept, *raised), found.ignored)

    def _apply(self, violations: Iterable[Violation]) -> Applied:
        found = self._policy.apply(violations, self._channel.name)
        self._tell(found)
        return found

    def _tell(self, found: Applied) -> None:
        if found.ignored and self._ignored is not None:
            self._ignored(found.ignored)

    @staticmethod
    def _of(violations: Iterable[Violation], recording: Recording) -> ContractViolation:
        return ContractViolation.of(with_evidence(violations, recording))
