"""The verdict of one item: errors fail it, advice and counts go to the report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, NoReturn

import pytest

from pytest_asyncapi_sse.contract.names import ADVICE
from pytest_asyncapi_sse.errors import ConfigurationError, ContractViolation, Violation, hides_frame

__tracebackhide__ = hides_frame

Record = Callable[[str, object], None]


def decide(violations: Iterable[Violation], record: Record) -> None:
    """Record all advice, and raise ContractViolation where there is an error."""
    found = list(violations)
    for advice in found:
        if advice.severity == "advice":
            record(ADVICE, f"{advice.code}: {advice.summary}")
    errors = [violation for violation in found if violation.severity == "error"]
    if errors:
        raise ContractViolation.of(errors)


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
