"""Contract tests for Server-Sent Events, driven by an AsyncAPI document.

Everything public is importable from here; it is loaded on first use, so that an idle pytest run
pays for nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_asyncapi_sse.document import load
    from pytest_asyncapi_sse.errors import (
        AsyncAPIError,
        ConfigurationError,
        ContractViolation,
        DocumentError,
        HostingError,
        Location,
        Problem,
        Violation,
    )
    from pytest_asyncapi_sse.model import Channel, Document, Message, Operation, Parameter, Server
    from pytest_asyncapi_sse.schema import (
        Boundary,
        Invalid,
        Unmet,
        Validator,
        boundary_payloads,
        invalid_examples,
        invalid_payloads,
        invalid_targets,
        payloads,
        register_format,
        unmet,
        unregister_format,
        validator,
    )
    from pytest_asyncapi_sse.server import GeneratedServer

__all__ = [
    "AsyncAPIError",
    "Boundary",
    "Channel",
    "ConfigurationError",
    "ContractViolation",
    "Document",
    "DocumentError",
    "GeneratedServer",
    "HostingError",
    "Invalid",
    "Location",
    "Message",
    "Operation",
    "Parameter",
    "Problem",
    "Server",
    "Unmet",
    "Validator",
    "Violation",
    "boundary_payloads",
    "invalid_examples",
    "invalid_payloads",
    "invalid_targets",
    "load",
    "payloads",
    "register_format",
    "unmet",
    "unregister_format",
    "validator",
]

_ROOMS = {
    "document": ("load",),
    "errors": (
        "AsyncAPIError",
        "ConfigurationError",
        "ContractViolation",
        "DocumentError",
        "HostingError",
        "Location",
        "Problem",
        "Violation",
    ),
    "model": ("Channel", "Document", "Message", "Operation", "Parameter", "Server"),
    "schema": (
        "Boundary",
        "Invalid",
        "Unmet",
        "Validator",
        "boundary_payloads",
        "invalid_examples",
        "invalid_payloads",
        "invalid_targets",
        "payloads",
        "register_format",
        "unmet",
        "unregister_format",
        "validator",
    ),
    "server": ("GeneratedServer",),
}
_HOME = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
