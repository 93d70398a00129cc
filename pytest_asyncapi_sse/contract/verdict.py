"""The verdict of one item: errors fail it, advice and counts go to the report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, NoReturn

import pytest

from pytest_asyncapi_sse.checks.document import check_channel
from pytest_asyncapi_sse.contract.names import ADVICE
from pytest_asyncapi_sse.errors import ConfigurationError, ContractViolation, Violation, hides_frame
from pytest_asyncapi_sse.model import Channel
from pytest_asyncapi_sse.schema.narrowing import Narrow, check_narrowing

__tracebackhide__ = hides_frame

Record = Callable[[str, object], None]

_SAMPLES = 20
_TOLD = "see schemas_can_be_satisfied"


def decide(violations: Iterable[Violation], record: Record) -> None:
    """Record all advice, and raise ContractViolation where there is an error."""
    found = list(violations)
    for advice in found:
        if advice.severity == "advice":
            record(ADVICE, _line(advice))
    errors = [violation for violation in found if violation.severity == "error"]
    if errors:
        raise ContractViolation.of(errors)


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


def refuse_unusable(channel: Channel, *, is_told: bool) -> None:
    """Skip an item whose channel has a schema that nothing can be judged by, or fail it.

    It is skipped where `is_told` says that the document's own test tells the cause.
    """
    try:
        found = check_channel(channel)
    except ConfigurationError:
        if is_told:
            pytest.skip(_TOLD)
        raise
    if found and is_told:
        pytest.skip(_TOLD)
    if found:
        raise ContractViolation.of(found)


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
    "client": "--asyncapi-client or the fixture asyncapi_client",
}
