"""The second engine: hypothesis-jsonschema, tried where the own generator finds nothing."""

from __future__ import annotations

import functools
import json
import re
from typing import Any

from hypothesis import strategies as st

_REMOTE = re.compile(r'"\$(?:ref|dynamicRef|recursiveRef)": "(?!#)')


def second_engine(schema: dict[str, Any] | bool) -> st.SearchStrategy[Any] | None:
    """Return the other engine's strategy for a schema, None where it has none that works.

    Schemas with references out of themselves are never handed to it, since it fetches URLs. Its
    values need the same filter as one's own.
    """
    if not _works() or _REMOTE.search(json.dumps(schema)):
        return None
    try:
        from hypothesis_jsonschema import from_schema

        found = from_schema(schema)
        found.validate()
    except Exception:  # the engine fails in many ways; each means that it cannot help
        return None
    return found


@functools.cache
def _works() -> bool:
    """Say whether the engine can make objects, which it cannot with every Hypothesis."""
    try:
        from hypothesis import given, settings
        from hypothesis_jsonschema import from_schema

        @settings(max_examples=1, database=None, derandomize=True, deadline=None)
        @given(from_schema({"type": "object"}))
        def probe(_value: object) -> None:
            """Draw one object."""

        probe()
    except Exception:  # any failure of the probe means the same: not usable
        return False
    return True
