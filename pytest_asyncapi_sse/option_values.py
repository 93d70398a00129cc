"""The values of options: a text becomes what it stands for, or a usage error."""

from __future__ import annotations

import pytest

from pytest_asyncapi_sse.errors import shown

CHECKS = ("invalid-parameters", "unknown-channels")


def base_url(url: str) -> str:
    """Return a base URL that can be asked."""
    from urllib.parse import urlsplit

    from pytest_asyncapi_sse.document.sources.access import without_password

    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        usable = False
    if not usable:
        raise pytest.UsageError(
            f"--asyncapi-url is {without_password(url)!r}: give a base URL with its scheme, such as"
            " http://localhost:3000"
        )
    return url


def check(text: str) -> str:
    """Return the name of a check that is only made when asked for."""
    from pytest_asyncapi_sse.document.address import suggestion

    if text not in CHECKS:
        near = suggestion(text, CHECKS)
        raise pytest.UsageError(
            f"--asyncapi-check is {shown(text, 60)}{near}: give one of {', '.join(CHECKS)}"
        )
    return text


def header(text: str) -> tuple[str, str]:
    """Return the name and the value of a header; the value is never shown."""
    from pytest_asyncapi_sse.client.headers import header_defect

    name, _, value = (part.strip(" \t") for part in text.partition(":"))
    if not value:
        raise pytest.UsageError(
            '--asyncapi-header: give "Name: value" (what was given is not shown)'
        )
    defect = header_defect(name, value)
    if defect:
        raise pytest.UsageError(f'--asyncapi-header: {defect}; give "Name: value"')
    return name, value


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (equals and name.strip() and value):
        raise pytest.UsageError(
            f"--asyncapi-parameter is {text!r}: give NAME=VALUE, or CHANNEL.NAME=VALUE for one"
            " channel"
        )
    return name.strip(), value


def parameters(texts: list[str]) -> dict[str, list[str]]:
    """Return the values of each parameter; one that is given more than once has several."""
    found: dict[str, list[str]] = {}
    for text in texts:
        name, value = _parameter(text)
        values = found.setdefault(name, [])
        if value not in values:
            values.append(value)
    return found


def host(text: str) -> str:
    """Return a host that may serve remote references."""
    from pytest_asyncapi_sse.document.sources.access import host_defect

    defect = host_defect(text)
    if defect:
        raise pytest.UsageError(f"--asyncapi-allow-remote is {defect}")
    return text
