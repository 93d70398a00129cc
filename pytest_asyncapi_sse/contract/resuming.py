"""Resuming: a connection is cut and opened again, and there is proof of what it missed."""

from __future__ import annotations

import contextlib
import functools
import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pytest_asyncapi_sse.checks.connection import check_connection
from pytest_asyncapi_sse.checks.events import judge
from pytest_asyncapi_sse.checks.ids import given_ids
from pytest_asyncapi_sse.checks.resume import (
    Controlled,
    Identified,
    Published,
    after,
    identified,
    is_same_payload,
    last_id_of,
    shared_id,
)
from pytest_asyncapi_sse.client.exchange import StreamOpening
from pytest_asyncapi_sse.client.headers import carries_id
from pytest_asyncapi_sse.client.stream import EventStream
from pytest_asyncapi_sse.client.trigger import Trigger
from pytest_asyncapi_sse.contract.following import Following, opened, poll
from pytest_asyncapi_sse.errors import AsyncAPIError, hides_frame, shown
from pytest_asyncapi_sse.model import Channel, Message
from pytest_asyncapi_sse.schema import canonical
from pytest_asyncapi_sse.sse import Ending, Recording

__tracebackhide__ = hides_frame

QUIET_SECONDS = 1.0
SHORT_QUIET_SECONDS = 0.25
_REFIRE_SECONDS = 0.5
_NOT_READY_SECONDS = 0.05
_REPLAY_SECONDS = 0.3
_SAMPLES = 20
_MISSED = 2
_LATER = 3
_USUAL_SIZE = 40
_SHOWN = 80
# Of a timeout, for what only the server's own events bring about.
_SHARE = 0.75


@dataclass(frozen=True, slots=True)
class Source:
    """Hold one stream of the server and what makes it emit, None where nothing does."""

    channel: Channel
    opening: StreamOpening
    trigger: Trigger | None = None
    payloads: Sequence[tuple[Message, Any]] = field(default=(), repr=False)

    def publish(self, at: int, *, within: float) -> tuple[Any, ...]:
        """Publish one of the payloads; return what to expect, nothing where it is not said."""
        if self.trigger is None or not self.payloads:
            return ()
        message, payload = self.payloads[at % len(self.payloads)]
        deadline = time.monotonic() + within
        while True:
            fired = self.trigger.fire(self.channel, message, payload)
            if fired.ready or time.monotonic() > deadline:
                return (fired.expected,) if fired.confirmed else ()
            time.sleep(_NOT_READY_SECONDS)


def payloads_of(channel: Channel, trigger: Trigger | None) -> list[tuple[Message, Any]]:
    """Return distinct payloads of a channel, the plainest first."""
    if trigger is None:
        return []
    found: dict[str, tuple[Message, Any]] = {}
    for message in channel.generated:
        for payload in itertools.islice(trigger.payloads(channel, message), _SAMPLES):
            found.setdefault(canonical(payload), (message, payload))
    plain = sorted(found, key=lambda text: (not text.isascii(), abs(len(text) - _USUAL_SIZE)))
    return [found[text] for text in plain]


class Resuming:
    """Cut a stream and resume it within two timeouts; `neighbours` must stay out of it.

    Each way returns a story to be judged, or the reason why there is none.
    """

    def __init__(self, source: Source, neighbours: Sequence[Source] = ()) -> None:
        self._source = source
        self._neighbours = neighbours
        self._timeout = source.opening.timeout
        self._deadline = time.monotonic() + 2 * self._timeout
        self._fired = 0.0
        self._next = 0
        self._sent: list[Any] = []

    @property
    def can_publish(self) -> bool:
        """Whether there are enough payloads that can't be taken for each other."""
        return len(self._source.payloads) > _MISSED + _LATER

    def published(self) -> Published | str:
        """Cut after a published event, publish more while nobody listens, and resume."""
        source = self._source
        cut, crosses = self._cut_after_a_published_one()
        if cut is None:
            return "no published payload came out in an event with an id"
        last_id = last_id_of(cut)
        if last_id is None or not carries_id(last_id):
            return "the id is that of several events, or no header carries it"
        missed = tuple(sent for at in range(_MISSED) for sent in self._publish(1 + at))
        if len(missed) < _MISSED:
            return "the trigger does not always return the payload to expect"
        foreign = () if crosses else _on_all(self._neighbours, 1)
        with Following(source.channel, source.opening, last_id) as following:
            later = self._go_on(following, missed)
            resumed = following.recordings()
        others = tuple(sent for sent in foreign if not _holds(self._sent, sent))
        return Published(last_id, cut, resumed, missed, later, others)

    def beside_control(self, recorded: Sequence[Recording] = ()) -> Controlled | str:
        """Cut beside a connection that stays, and resume; `recorded` are other streams too."""
        source = self._source
        with contextlib.ExitStack() as stack:
            control = opened(source.channel, source.opening, stack)
            near = [opened(other.channel, other.opening, stack) for other in self._neighbours]
            stream = opened(source.channel, source.opening, stack)
            last_id = self._shared(stream, control)
            stream.cut()
            cut = _so_far(stream)
            if last_id is None:
                return _why_not_shared(source.channel, cut, _so_far(control))
            self._wait(lambda: bool(_after(control, last_id)) or _is_over(control))
            due = len(_after(control, last_id))
            if not due:
                return f"no event came after the id {shown(last_id, _SHOWN)}"
            with Following(source.channel, source.opening, last_id) as following:
                self._catch_up(following, control, last_id, due)
                resumed = following.recordings()
            others = (*map(_so_far, near), *recorded)
            return Controlled(last_id, cut, resumed, _so_far(control), due, others)

    def _cut_after_a_published_one(self) -> tuple[Recording | None, bool]:
        """Return what came until the cut, and whether what goes to the neighbours comes here."""
        channel = self._source.channel
        give_up = time.monotonic() + self._timeout
        with contextlib.ExitStack() as stack:
            stream = opened(channel, self._source.opening, stack)
            elsewhere = _on_all(self._neighbours, 0)
            is_there = False
            while not is_there and time.monotonic() < give_up and not _is_over(stream):
                came_out = functools.partial(_came_out, channel, stream, self._publish(0))
                is_there = poll(came_out, within=_REFIRE_SECONDS)
            stream.cut()
            cut = _so_far(stream)
        came = _payloads(channel, [cut])
        return cut if is_there else None, any(_holds(came, sent) for sent in elsewhere)

    def _go_on(self, following: Following, missed: Sequence[Any]) -> tuple[Any, ...]:
        """Publish until something new comes, and return those payloads that have to come."""
        following.wait(functools.partial(self._has, missed), within=_REPLAY_SECONDS)
        later: tuple[Any, ...] = ()
        for at in range(_LATER):
            has_begun = any(recording.events for recording in following.recordings())
            sent = self._publish(1 + _MISSED + at)
            is_there = following.wait(functools.partial(self._has, sent), within=self._patience)
            # A server may listen a moment after it answers: what was sent before is no loss.
            if is_there or has_begun or at == _LATER - 1:
                later += sent
            if is_there or following.is_over:
                break
        if following.wait(functools.partial(self._has, (*missed, *later)), within=self._quiet):
            following.settle(SHORT_QUIET_SECONDS)
        return later

    def _catch_up(self, following: Following, control: EventStream, last_id: str, due: int) -> None:
        """Wait until what is due came; a second more, once something newer came before it."""
        wanted = Counter(_after(control, last_id)[:due])

        def has_all(came: Sequence[Recording]) -> bool:
            return wanted <= Counter(_known(came))

        def has_newer(came: Sequence[Recording]) -> bool:
            newer = set(_after(control, last_id)[due:]) - set(wanted)
            return has_all(came) or not newer.isdisjoint(_known(came))

        give_up = min(time.monotonic() + self._timeout, self._deadline)
        while time.monotonic() < give_up and not following.is_over:
            self._refire()
            if following.wait(has_newer, within=_REFIRE_SECONDS):
                break
        if following.wait(has_all, within=self._quiet):
            following.settle(SHORT_QUIET_SECONDS)

    def _shared(self, stream: EventStream, control: EventStream) -> str | None:
        def found() -> str | None:
            last_id = shared_id(_so_far(stream), _so_far(control))
            return last_id if last_id is not None and carries_id(last_id) else None

        self._wait(lambda: found() is not None or (_is_over(stream) and _is_over(control)))
        return found()

    def _wait(self, condition: Callable[[], bool]) -> None:
        """Wait for what events bring about, and have the trigger bring them about."""
        give_up = min(time.monotonic() + self._timeout * _SHARE, self._deadline)
        while (left := give_up - time.monotonic()) > 0:
            self._refire()
            if poll(condition, within=min(left, _REFIRE_SECONDS)):
                return

    def _refire(self) -> None:
        if time.monotonic() - self._fired >= _REFIRE_SECONDS:
            self._source.publish(self._next, within=0)
            self._next += 1
            self._fired = time.monotonic()

    def _publish(self, at: int) -> tuple[Any, ...]:
        sent = self._source.publish(at, within=self._left)
        self._sent += sent
        return sent

    def _has(self, sent: Sequence[Any], came: Sequence[Recording]) -> bool:
        payloads = _payloads(self._source.channel, came)
        return all(_holds(payloads, item) for item in sent)

    @property
    def _left(self) -> float:
        return max(0.0, self._deadline - time.monotonic())

    @property
    def _patience(self) -> float:
        return min(self._left, max(QUIET_SECONDS, self._timeout / _LATER))

    @property
    def _quiet(self) -> float:
        return min(self._left, QUIET_SECONDS)


def _on_all(sources: Iterable[Source], at: int) -> tuple[Any, ...]:
    """Publish on each stream, and return what to expect there; one that can't be is left out.

    Counted from the last payload: a neighbour has mostly the same ones as the stream itself.
    """
    found: tuple[Any, ...] = ()
    for source in sources:
        with contextlib.suppress(AsyncAPIError):
            found += source.publish(-1 - at, within=0)
    return found


def _why_not_shared(channel: Channel, cut: Recording, control: Recording) -> str:
    broken = check_connection(channel, cut) or check_connection(channel, control)
    if broken:
        return f"of two connections at a time one gets no stream: {broken[0].summary}"
    if not identified(cut) or not identified(control):
        return "no event with an id came to two connections at a time"
    return "no event has the same id and data on two connections"


def _came_out(channel: Channel, stream: EventStream, sent: Sequence[Any]) -> bool:
    return any(
        found and _holds(sent, judge(channel, frame).payload)
        for frame, found in given_ids(_so_far(stream))
    )


def _payloads(channel: Channel, came: Iterable[Recording]) -> list[Any]:
    return [judge(channel, frame).payload for recording in came for frame in recording.events]


def _holds(payloads: Iterable[Any], sent: Any) -> bool:
    return any(is_same_payload(sent, payload) for payload in payloads)


def _known(came: Iterable[Recording]) -> list[Identified]:
    return [event for recording in came for event in identified(recording)]


def _after(stream: EventStream, last_id: str) -> list[Identified]:
    return after(_so_far(stream), last_id)


def _so_far(stream: EventStream) -> Recording:
    return stream.exchange.recording(Ending.stopped)


def _is_over(stream: EventStream) -> bool:
    return stream.exchange.ended is not None
