"""The verdict of one item: errors fail it, advice and counts go to the report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, NoReturn

import pytest

from pytest_asyncapi_sse.checks.codes import LAST
from pytest_asyncapi_sse.checks.document import check_channel
from pytest_asyncapi_sse.checks.policy import NO_POLICY, Policy
from pytest_asyncapi_sse.contract.names import ADVICE, IGNORED, PARTIAL
from pytest_asyncapi_sse.errors import ConfigurationError, ContractViolation, Violation, hides_frame
from pytest_asyncapi_sse.model import Channel
from pytest_asyncapi_sse.schema.narrowing import Narrow, check_narrowing

__tracebackhide__ = hides_frame

_SAMPLES = 20
_TOLD = "see schemas_can_be_satisfied"
_LET_PASS = "let pass by asyncapi_ignore or asyncapi_severity"


@dataclass(frozen=True, slots=True)
class Record:
    """Tell the report something of an item; `policy` says what becomes of its violations."""

    tell: Callable[[str, object], None]
    policy: Policy = NO_POLICY

    def __call__(self, name: str, value: object) -> None:
        """Tell one thing, by its name."""
        self.tell(name, value)


def once_each(violations: Iterable[Violation]) -> list[Violation]:
    """Keep the first of each code: what follows has the same cause."""
    first: dict[str, Violation] = {}
    for violation in violations:
        first.setdefault(violation.code, violation)
    return list(first.values())


def decide(violations: Iterable[Violation], record: Record) -> None:
    """Record all advice and what is ignored; raise ContractViolation where there is an error."""
    found = list(violations)
    applied = record.policy.apply(found)
    for advice in applied.advice:
        record(ADVICE, _line(advice))
    for entry, count in applied.ignored.items():
        record(IGNORED, f"{count} {entry}")
    if any(violation.code in LAST for violation in found):
        record(PARTIAL, True)
    if applied.errors:
        raise ContractViolation.of(applied.errors)


def decide_or_skip(violation: ContractViolation, record: Record) -> NoReturn:
    """Decide on what left nothing to judge; where the policy lets that pass, skip the item."""
    decide(violation.violations, record)
    pytest.skip(f"nothing to judge: {violation.violations[0].code} is {_LET_PASS}")


def _line(advice: Violation) -> str:
    """Return advice in one line, with its place where the document is what it is about."""
    text = f"{advice.code}: {advice.summary}"
    place = advice.location
    if place is None:
        return text
    more = advice.advice[:1].upper() + advice.advice[1:]
    if more.endswith(".") and not more.endswith(".."):
        more = more[:-1]
    return f"{text}{'. ' if more else ''}{more} ({place.file}:{place.line}:{place.column})"


def refuse_unusable(channel: Channel, *, is_told: bool, policy: Policy = NO_POLICY) -> None:
    """Skip an item whose channel has a schema that nothing can be judged by, or fail it.

    It is skipped where `is_told` says that the document's own test tells the cause, and where the
    policy makes an error of none.
    """
    try:
        found = check_channel(channel)
    except ConfigurationError:
        if is_told:
            pytest.skip(_TOLD)
        raise
    errors = policy.apply(found, channel.name).errors
    if errors and is_told:
        pytest.skip(_TOLD)
    if errors:
        raise ContractViolation.of(errors)
    if found:
        pytest.skip(f"not checkable: {found[0].code} is {_LET_PASS}")


def refuse_narrowing(
    channel: Channel, narrow: Narrow | None, *, refused: dict[int, str], item: str
) -> None:
    """Fail an item for which the user's narrowing can't be used; the channel's others are skipped.

    `refused` keeps the item that told it, by channel.
    """
    if id(channel) in refused and refused[id(channel)] != item:
        pytest.skip(f"see {refused[id(channel)]}")
    try:
        check_narrowing(channel, narrow, count=_SAMPLES)
    except ConfigurationError:
        refused[id(channel)] = item
        raise


def refuse_unchecked(channel: Channel) -> None:
    """Skip an item that needs generated payloads where none of the channel's can be."""
    if not channel.generated:
        reasons = "; ".join(f"{m.name}: {m.unchecked}" for m in channel.streamed if m.unchecked)
        pytest.skip(f"not checkable: {reasons or 'every message ends the stream'}")


def without_target(side: Literal["server", "client"], *, required: bool) -> NoReturn:
    """Skip an item whose side has no target, or fail it where that side is required."""
    if not required:
        pytest.skip(f"no {side} under test: give {_TARGETS[side]}")
    raise ConfigurationError(
        f"--asyncapi-require asks for a {side} under test, and there is none: give {_TARGETS[side]}"
    )


_TARGETS = {
    "server": "--asyncapi-url, --asyncapi-app or a fixture of that name",
    "client": "--asyncapi-client, --asyncapi-client-command or the fixture asyncapi_client",
}
