"""The command that runs an item again, with what decides its outcome."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any

from pytest_asyncapi_sse.checks.evidence import masked

# What decides what is tested, and what is drawn; the rest of a command line is a matter of taste.
GIVEN = (
    "asyncapi_url",
    "asyncapi_app",
    "asyncapi_client",
    "asyncapi_client_command",
    "asyncapi_trigger",
    "asyncapi_header",
    "asyncapi_parameter",
    "asyncapi_timeout",
    "asyncapi_events",
    "asyncapi_replay",
    "asyncapi_allow_remote",
    "asyncapi_allow_folder",
    "asyncapi_map",
    "hypothesis_profile",
    "inifilename",
    "override_ini",
)
_SHORT = {"inifilename": "-c ", "override_ini": "-o "}


def again(document: str, item: str, given: Mapping[str, Any]) -> str:
    """Return the pytest command for one item; the values of headers become shell variables.

    `given` are the options of the command line by name, of which those in GIVEN count.
    """
    words = [f"pytest --asyncapi={shlex.quote(document)}", shlex.quote(item)]
    for name in GIVEN:
        values = given.get(name) or ()
        option = _SHORT.get(name, f"--{name.replace('_', '-')}=")
        for value in (values,) if isinstance(values, str) else values:
            if name != "override_ini" or _decides(value):
                words.append(f"{option}{_quoted(name, value)}")
    return " ".join(words)


def _decides(override: str) -> bool:
    """Whether a setting that is overridden is one of ours; headers may be secret."""
    name = override.partition("=")[0].strip()
    return name.startswith("asyncapi") and name != "asyncapi_header"


def _quoted(name: str, value: str) -> str:
    if name == "override_ini":
        setting, equals, text = value.partition("=")
        return shlex.quote(f"{setting}{equals}{masked(text)}")
    if name != "asyncapi_header":
        return shlex.quote(masked(value))
    header = value.partition(":")[0].strip()
    return f'"{header}: ${re.sub(r"[^A-Za-z0-9]", "_", header.upper())}"'
