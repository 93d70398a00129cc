"""Payload schemas: judging a payload, and drawing valid, invalid and boundary payloads.

The names are loaded when they are first used, so that judging does not import Hypothesis.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_asyncapi_sse.schema.boundary import Boundary, Unmet, boundary_payloads, unmet
    from pytest_asyncapi_sse.schema.equality import canonical, rounded, same_json
    from pytest_asyncapi_sse.schema.invalid import (
        Invalid,
        invalid_examples,
        invalid_payloads,
        invalid_targets,
    )
    from pytest_asyncapi_sse.schema.json_text import JSONDefect, dump_json, parse_json
    from pytest_asyncapi_sse.schema.registration import register_format, unregister_format
    from pytest_asyncapi_sse.schema.strategies import payloads, satisfiable
    from pytest_asyncapi_sse.schema.validation import Validator, validator, validator_of

__all__ = [
    "Boundary",
    "Invalid",
    "JSONDefect",
    "Unmet",
    "Validator",
    "boundary_payloads",
    "canonical",
    "dump_json",
    "invalid_examples",
    "invalid_payloads",
    "invalid_targets",
    "parse_json",
    "payloads",
    "register_format",
    "rounded",
    "same_json",
    "satisfiable",
    "unmet",
    "unregister_format",
    "validator",
    "validator_of",
]

_MODULES = {
    "Boundary": "boundary",
    "Invalid": "invalid",
    "JSONDefect": "json_text",
    "Unmet": "boundary",
    "Validator": "validation",
    "boundary_payloads": "boundary",
    "canonical": "equality",
    "dump_json": "json_text",
    "invalid_examples": "invalid",
    "invalid_payloads": "invalid",
    "invalid_targets": "invalid",
    "parse_json": "json_text",
    "payloads": "strategies",
    "register_format": "registration",
    "rounded": "equality",
    "same_json": "equality",
    "satisfiable": "strategies",
    "unmet": "boundary",
    "unregister_format": "registration",
    "validator": "validation",
    "validator_of": "validation",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
