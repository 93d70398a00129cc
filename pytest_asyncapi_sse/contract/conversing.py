"""Conversing: a script is played to the client under test, and what happens is recorded."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from pytest_asyncapi_sse.checks.conversation import Asked, Conversation, Heard
from pytest_asyncapi_sse.checks.delivery import Got, Sent
from pytest_asyncapi_sse.checks.evidence import labelled, masked
from pytest_asyncapi_sse.contract.setting import Setting, query_secrets
from pytest_asyncapi_sse.contract.targets import ClientUnderTest
from pytest_asyncapi_sse.document import address
from pytest_asyncapi_sse.driver.calling import Call
from pytest_asyncapi_sse.driver.delivery import Delivery
from pytest_asyncapi_sse.driver.listening import Listening
from pytest_asyncapi_sse.errors import ContractViolation, Violation, hides_frame
from pytest_asyncapi_sse.model import Channel
from pytest_asyncapi_sse.schema import same_json
from pytest_asyncapi_sse.server.connection import Connection
from pytest_asyncapi_sse.server.stage import Script, Stage

__tracebackhide__ = hides_frame

QUIET_SECONDS = 0.1
# A client that ignores the asked-for pause comes back after its own, which is a few seconds.
_STOP_SECONDS = 6.0
_POLL_SECONDS = 0.01
# A module may import a lot, on a busy machine.
_IMPORT_SECONDS = 60.0
_ASK = "make the client ask for the `url` that it is called with"
_SPEAK = "make the client send plain HTTP/1.1 to its `url`: no TLS, no line ends within a header"


class Progress:
    """Look at a conversation while it goes on; times are in seconds since the client was called."""

    def __init__(self, stage: Stage, listening: Listening, started: float) -> None:
        self._stage = stage
        self._listening = listening
        self.started = started
        self._got: list[Got] = []

    @property
    def seconds(self) -> float:
        """How long it goes on."""
        return time.monotonic() - self.started

    @property
    def got(self) -> list[Got]:
        """What the client delivered so far."""
        self._got += map(_got, self._listening.after(len(self._got)))
        return self._got

    @property
    def asked(self) -> list[Asked]:
        """The requests so far."""
        return [_asked(connection, self.started) for connection in self._stage.connections]

    @property
    def misread(self) -> int:
        """How many times the client sent what is no HTTP request."""
        return self._stage.misread

    @property
    def count(self) -> tuple[int, int]:
        """How many requests and how many deliveries there are."""
        return len(self._stage.connections), self._listening.count


Until = Callable[[Progress], bool]


def converse(
    channel: Channel,
    client: ClientUnderTest,
    script: Script,
    until: Until,
    *,
    within: float,
    setting: Setting | None = None,
) -> Conversation:
    """Play a script to the client until a condition holds, and 100 ms went by in quiet.

    It ends as well when the client has ended, and as timed out `within` seconds after the first
    request, or up to four times as long where the client still delivers. Raises ContractViolation,
    `no-client` or `client-failed`, where the client does not connect in time, which begins when
    its module was imported.
    """
    chosen = setting or Setting.of(channel, client)
    with Stage(channel, script) as stage:
        url = address.url(stage.base_url, channel, chosen.parameters)
        call = Call(url, stage.base_url, channel.name, chosen.parameters, chosen.headers)
        started = time.monotonic()
        listening = client.driver.start(call)
        stage.is_heard = lambda: listening.count > 0
        progress = Progress(stage, listening, started)
        try:
            _await_client(
                channel, call, progress, listening, client.reach.timeout, chosen, client.again
            )
            timed_out = not _await(until, progress, listening, within)
            _await_quiet(progress, listening)
            told = _told(url, progress, listening, chosen, query_secrets(channel))
        finally:
            listening.stopping = True
            try:
                stage.finish()
            finally:
                hangs = not client.driver.stop(listening, within=_STOP_SECONDS)
    return replace(
        told,
        said=chosen.masked(listening.said),
        timed_out=timed_out,
        hangs=hangs,
        refused=stage.refused,
        again=tuple(_asked(connection, started) for connection in stage.again),
    )


def _told(
    url: str,
    progress: Progress,
    listening: Listening,
    setting: Setting,
    secrets: tuple[str, ...],
) -> Conversation:
    """Return how a conversation went so far, before the client is stopped."""
    return Conversation(
        url=url,
        asked=tuple(progress.asked),
        heard=_heard(progress, listening, setting),
        ended=listening.ended,
        failure=setting.masked(listening.failure),
        ending=setting.masked(listening.ending),
        secrets=secrets,
    )


def _await(until: Until, progress: Progress, listening: Listening, within: float) -> bool:
    """Wait for a condition; a client that still delivers gets more time, on a busy machine say."""
    started = time.monotonic()
    before, last = 0, started
    while time.monotonic() < min(max(started + within, last + within / 3), started + 4 * within):
        if until(progress):
            return True
        if listening.ended:
            return until(progress)
        if listening.count > before:
            before, last = listening.count, time.monotonic()
        goes_on = functools.partial(_goes_on, listening, before)
        listening.wait_until(goes_on, within=_POLL_SECONDS)
    return False


def _goes_on(listening: Listening, before: int) -> bool:
    return listening.ended or listening.count > before


def _await_quiet(progress: Progress, listening: Listening) -> None:
    """Wait until nothing happens for 100 ms, at most ten times as long."""
    deadline = time.monotonic() + 10 * QUIET_SECONDS
    last, since = progress.count, time.monotonic()
    while time.monotonic() - since < QUIET_SECONDS and time.monotonic() < deadline:
        if listening.ended:
            return
        listening.wait_until(lambda: listening.ended, within=_POLL_SECONDS)
        if progress.count != last:
            last, since = progress.count, time.monotonic()


def _await_client(
    channel: Channel,
    call: Call,
    progress: Progress,
    listening: Listening,
    within: float,
    setting: Setting,
    again: str,
) -> None:
    importing = max(within, _IMPORT_SECONDS)
    if not listening.wait_until(lambda: listening.begun or listening.ended, within=importing):
        raise _unimported(channel, importing, setting.masked(listening.said), again)
    deadline = time.monotonic() + within
    while not progress.count[0] and time.monotonic() < deadline and not listening.ended:
        listening.wait_until(lambda: listening.ended, within=0.005)
    if progress.count[0]:
        return
    ended = listening.ended
    summary = "the client ended before it connected"
    failure = setting.masked(listening.failure)
    delivered, url = listening.count, masked(call.url, query_secrets(channel))
    got = f"no request, and {delivered:,} deliveries" if delivered else "no request"
    advice = _ASK
    if progress.misread:
        times = "once" if progress.misread == 1 else f"{progress.misread} times"
        got, advice = f"{times} something that is no HTTP request", _SPEAK
    raise ContractViolation.of(
        [
            Violation(
                code="client-failed" if ended else "no-client",
                summary=summary if ended else f"the client did not connect within {within:g} s",
                channel=channel.name,
                got=failure or (f"{listening.ending}: {got}" if ended else got),
                expected=f"a {channel.request.method} request for {url}",
                evidence=labelled(stderr=setting.masked(listening.said), again=again),
                advice="" if failure else advice,
            )
        ]
    )


def _unimported(channel: Channel, within: float, said: str, again: str) -> ContractViolation:
    violation = Violation(
        code="no-client",
        summary=f"the client's module was still being imported after {within:g} s",
        channel=channel.name,
        got="no call of the client yet",
        expected="a module that can be imported",
        evidence=labelled(stderr=said, again=again),
        advice="do less when the module is imported: connect, and wait, once the client is called",
    )
    return ContractViolation.of([violation])


def _got(item: Delivery) -> Got:
    return Got(item.payload, item.data, item.error, item.name, item.also)


def _heard(progress: Progress, listening: Listening, setting: Setting) -> tuple[Heard, ...]:
    return tuple(
        Heard(_masked(_got(delivery), setting), at - progress.started)
        for at, delivery in listening.arrivals
    )


def _masked(got: Got, setting: Setting) -> Got:
    return got if got.error is None else replace(got, error=setting.masked(got.error))


def _asked(connection: Connection, started: float) -> Asked:
    parts = urlsplit(connection.url)
    return Asked(
        method=connection.method,
        target=parts.path + (f"?{parts.query}" if parts.query else ""),
        headers=tuple(connection.headers.multi_items()),
        seconds=connection.arrived - started,
        status=connection.answer.status,
        ended=connection.ended - started if connection.ended_by else None,
        ended_by=connection.ended_by,
        written=connection.written,
    )


def arrived(sent: Sequence[Sent]) -> Until:
    """Return the condition that as many things arrived as were sent, or the last one did.

    A client that changes payloads never shows the last one.
    """
    came = ending_arrived(sent)
    return lambda progress: came(progress) or len(progress.got) >= len(sent)


def ending_arrived(sent: Sequence[Sent]) -> Until:
    """Return the condition that the last of what was sent arrived, as often as it was sent.

    The condition looks at each delivery once, so it is for one conversation.
    """
    ending = sent[-1]
    wanted = sum(is_same(Got(item.payload, item.data), ending) for item in sent)
    looked = found = 0

    def until(progress: Progress) -> bool:
        nonlocal looked, found
        got = progress.got
        found += sum(is_same(item, ending) for item in got[looked:])
        looked = len(got)
        return found >= wanted

    return until


def is_same(got: Got, sent: Sent) -> bool:
    """Whether what arrived is what was sent, by the text of its data or as a JSON value."""
    return got.error is None and (
        got.data == sent.data or any(same_json(one, sent.payload) for one in got.payloads)
    )
