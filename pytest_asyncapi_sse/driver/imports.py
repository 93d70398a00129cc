"""Import of what an option names as MODULE:ATTR."""

from __future__ import annotations

import importlib
import traceback
from typing import Any

from pytest_asyncapi_sse.document.address import suggestion
from pytest_asyncapi_sse.errors import ConfigurationError


def import_attribute(target: str) -> Any:
    """Return the object that MODULE:ATTR names; raises ConfigurationError with the reason."""
    module_name, colon, attribute = target.partition(":")
    if not (module_name and colon and attribute):
        raise ConfigurationError(
            f"{target!r} is not of the form MODULE:ATTR, such as shop.main:app"
        )
    try:
        found = importlib.import_module(module_name)
    except (Exception, SystemExit) as error:
        raise ConfigurationError(f"{target!r} does not import: {_reason(error)}") from error
    for name in attribute.split("."):
        if not hasattr(found, name):
            near = suggestion(name, dir(found))
            raise ConfigurationError(f"{module_name!r} has no attribute {attribute!r}{near}")
        found = getattr(found, name)
    return found


def _reason(error: BaseException) -> str:
    text = "".join(traceback.format_exception_only(error)).strip().splitlines()[-1]
    own = [f for f in traceback.extract_tb(error.__traceback__) if "importlib" not in f.filename]
    last = own[-1] if own else None
    if last is None or last.filename == __file__:
        return text
    return f"{text} ({last.filename}:{last.lineno})"
