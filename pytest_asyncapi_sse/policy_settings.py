"""The ini settings `asyncapi_ignore` and `asyncapi_severity`: their lines become a policy."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

import pytest

from pytest_asyncapi_sse.checks.policy import NO_POLICY, Policy
from pytest_asyncapi_sse.errors import Severity, printable, shown

if TYPE_CHECKING:
    from pytest_asyncapi_sse.model import Document

_IGNORE = "asyncapi_ignore"
_SEVERITY = "asyncapi_severity"
_HELP = {
    _IGNORE: "what is not told: a code or CHANNEL:CODE, one a line",
    _SEVERITY: "what fails and what does not: lines of [CHANNEL:]CODE = error or advice",
}
_SEVERITIES: dict[str, Severity] = {"error": "error", "advice": "advice"}
_PAGES = "docs/codes.md, docs/client.md, docs/documents.md and docs/verdicts.md list them"
_SHOWN = 80
_NAMES = 20


def add_policy_settings(parser: pytest.Parser) -> None:
    """Register the settings."""
    for name, text in _HELP.items():
        parser.addini(name, text, type="linelist", default=[])


def leaves_out_documents(config: pytest.Config, documents: Collection[str]) -> bool:
    """Whether the command line leaves out a document of the ini file, which the settings know."""
    folder = config.inipath.parent if config.inipath else config.rootpath
    given = config.getini("asyncapi") or []
    # What is written in another way counts as left out: then less is refused, never too much.
    return any(not {spec, os.path.normpath(folder / spec)} & set(documents) for spec in given)


def read_policy(config: pytest.Config, documents: Iterable[Document] | None) -> Policy:
    """Return the checked policy; raises UsageError with what is wrong and what to do.

    Channels are those of the documents; None stands for documents that are not all known.
    """
    ignored, severities = config.getini(_IGNORE), config.getini(_SEVERITY)
    if not ignored and not severities:
        return NO_POLICY
    channels = None if documents is None else {n for item in documents for n in item.channels}
    return policy_of(ignored, severities, channels)


def policy_of(
    ignored: Sequence[str], severities: Sequence[str], channels: Collection[str] | None
) -> Policy:
    """Return the policy of the lines of both settings; raises UsageError."""
    entries = [_entry(_IGNORE, line, line, channels) for line in ignored]
    pairs = [_severity(line, channels) for line in severities]
    refuse_twice(_IGNORE, entries)
    refuse_twice(_SEVERITY, [entry for entry, _ in pairs])
    for entry, _ in pairs:
        if entry in entries:
            raise setting_error(
                _SEVERITY, entry, f"{_IGNORE} has it too: leave it out of one of them"
            )
    return Policy(tuple(entries), dict(pairs))


def _severity(line: str, channels: Collection[str] | None) -> tuple[str, Severity]:
    entry, equals, value = (part.strip() for part in line.rpartition("="))
    if not (equals and entry):
        raise setting_error(_SEVERITY, line, "give CODE = error or CODE = advice")
    if value not in _SEVERITIES:
        said = f"{shown(value, _SHOWN)} is no severity{suggested(value, _SEVERITIES)}"
        raise setting_error(_SEVERITY, line, f"{said} (give error or advice)")
    return _entry(_SEVERITY, line, entry, channels), _SEVERITIES[value]


def _entry(setting: str, line: str, text: str, channels: Collection[str] | None) -> str:
    """Return an entry in its one notation: `code`, or `channel:code`."""
    from pytest_asyncapi_sse.checks.codes import ALL, FIXED

    # A channel's name may have colons, a code has none.
    channel, colon, code = (part.strip() for part in text.rpartition(":"))
    if not code or (colon and not channel):
        raise setting_error(setting, line, "give CODE or CHANNEL:CODE, such as payload-schema")
    if code not in ALL:
        raise setting_error(setting, line, _unknown_code(text, code, channels or ()))
    if colon and channels is not None and channel not in channels:
        raise setting_error(setting, line, unknown_channel(channel, channels))
    if code in FIXED:
        raise setting_error(setting, line, f"it has no effect: {FIXED[code]}")
    return f"{channel}:{code}" if colon else code


def _unknown_code(text: str, code: str, channels: Collection[str]) -> str:
    from pytest_asyncapi_sse.checks.codes import ALL

    if text in channels:
        return f"that is a channel: give {printable(text, _SHOWN)}:CODE"
    if "=" in code:
        return f"{shown(code, _SHOWN)} is no code: severities belong into {_SEVERITY}"
    near = suggested(code.lower().replace("_", "-"), sorted(ALL))
    return f"no code {shown(code, _SHOWN)}{near} ({_PAGES}; give one a line)"


def unknown_channel(channel: str, channels: Collection[str]) -> str:
    """Return that a channel is not known, and which are."""
    known = sorted(channels)
    listed = ", ".join(printable(name, _SHOWN) for name in known[:_NAMES]) or "none"
    more = f" and {len(known) - _NAMES} more" if len(known) > _NAMES else ""
    near = suggested(channel, known)
    return f"no channel {shown(channel, _SHOWN)}{near} (there are {listed}{more})"


def refuse_twice(setting: str, entries: Iterable[str]) -> None:
    """Refuse an entry of a setting that is there twice; raises UsageError."""
    seen: set[str] = set()
    for entry in entries:
        if entry in seen:
            raise setting_error(setting, entry, "it is there twice: leave one out")
        seen.add(entry)


def suggested(name: str, known: Iterable[str]) -> str:
    """Return "; did you mean ...?" for a near miss, else nothing."""
    from pytest_asyncapi_sse.document.address import suggestion

    return suggestion(name[:_SHOWN], known)


def setting_error(setting: str, line: str, text: str) -> pytest.UsageError:
    """Return the error of a line of a setting."""
    return pytest.UsageError(f"{setting} {shown(line, _SHOWN)}: {text}")
