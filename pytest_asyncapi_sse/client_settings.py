"""The ini settings of a client under test: what it claims to do, and what it does with bad events.

These are `asyncapi_client_capabilities` and `asyncapi_invalid_policy`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from pytest_asyncapi_sse.errors import printable, shown
from pytest_asyncapi_sse.policy_settings import (
    refuse_twice,
    setting_error,
    suggested,
    unknown_channel,
)

if TYPE_CHECKING:
    from pytest_asyncapi_sse.contract.targets import InvalidPolicy
    from pytest_asyncapi_sse.model import Document

CAPABILITIES = "asyncapi_client_capabilities"
INVALID = "asyncapi_invalid_policy"
_HELP = {
    CAPABILITIES: "what the client under test does not do: lines of NAME = no",
    INVALID: "what the client does with invalid events: withhold (reject or ignore), reject, ignore"
    " or deliver; or lines of CHANNEL = one of these",
}
_WORDS = {"yes": True, "true": True, "no": False, "false": False}
_POLICIES: tuple[InvalidPolicy, ...] = ("withhold", "reject", "ignore", "deliver")
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """Hold what the ini file says of the client; `invalid` has the channels, and "" for all."""

    capabilities: Mapping[str, bool] = field(default_factory=dict)
    invalid: Mapping[str, InvalidPolicy] = field(default_factory=dict)

    def invalid_policy(self, channel: str) -> InvalidPolicy:
        """Return what the client is to do with the invalid events of a channel."""
        return self.invalid.get(channel) or self.invalid.get("") or _POLICIES[0]


def add_client_settings(parser: pytest.Parser) -> None:
    """Register the settings."""
    for name, text in _HELP.items():
        parser.addini(name, text, type="linelist", default=[])


def read_client_settings(
    config: pytest.Config, documents: Iterable[Document] | None
) -> ClientSettings:
    """Return the checked settings; raises UsageError with what is wrong and what to do.

    Channels are those of the documents; None stands for documents that are not all known.
    """
    channels = None if documents is None else {n for item in documents for n in item.channels}
    return ClientSettings(
        capabilities_of(config.getini(CAPABILITIES)),
        invalid_policies_of(config.getini(INVALID), channels),
    )


def capabilities_of(lines: Sequence[str]) -> dict[str, bool]:
    """Return what the lines of `asyncapi_client_capabilities` say; raises UsageError."""
    if not lines:
        return {}
    from pytest_asyncapi_sse.checks.capabilities import check_capabilities
    from pytest_asyncapi_sse.errors import ConfigurationError

    pairs = [_capability(line) for line in lines]
    refuse_twice(CAPABILITIES, (name for name, _ in pairs))
    try:
        check_capabilities(dict(pairs))
    except ConfigurationError as error:
        raise pytest.UsageError(f"{CAPABILITIES}: {error}") from None
    return dict(pairs)


def invalid_policies_of(
    lines: Sequence[str], channels: Collection[str] | None
) -> dict[str, InvalidPolicy]:
    """Return the policy of each channel, and by "" that of all others; raises UsageError."""
    pairs = [_invalid_policy(line, channels) for line in lines]
    refuse_twice(INVALID, (channel for channel, _ in pairs if channel))
    everywhere = [policy for channel, policy in pairs if not channel]
    if len(everywhere) > 1:
        raise setting_error(INVALID, everywhere[1], f"{everywhere[0]!r} is there too: give one")
    return dict(pairs)


def _capability(line: str) -> tuple[str, bool]:
    name, equals, word = (part.strip() for part in line.partition("="))
    if not (equals and name):
        raise setting_error(CAPABILITIES, line, "give NAME = no, such as reconnect = no")
    if word.lower() not in _WORDS:
        raise setting_error(CAPABILITIES, line, f"{shown(word, _SHOWN)} is neither yes nor no")
    return name, _WORDS[word.lower()]


def _invalid_policy(line: str, channels: Collection[str] | None) -> tuple[str, InvalidPolicy]:
    # A channel's name may have an =, a policy has none.
    channel, equals, policy = (part.strip() for part in line.rpartition("="))
    listed = ", ".join(_POLICIES)
    if equals and not channel:
        raise setting_error(INVALID, line, f"give CHANNEL = one of {listed}")
    found = next((known for known in _POLICIES if known == policy), None)
    if found is None:
        near = suggested(policy, _POLICIES)
        if channels is not None and line.strip() in channels:
            near = f"; that is a channel: give {printable(line.strip(), _SHOWN)} = one of them"
        said = f"no policy {shown(policy, _SHOWN)}{near} (there are {listed})"
        raise setting_error(INVALID, line, said)
    if equals and channels is not None and channel not in channels:
        raise setting_error(INVALID, line, unknown_channel(channel, channels))
    return channel, found
