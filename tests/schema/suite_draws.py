"""Drawing from a schema of the collections: what comes of it, in a word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jsonschema_rs
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable

from pytest_asyncapi_sse.errors import DocumentError
from pytest_asyncapi_sse.model import Dialect, PayloadSchema
from pytest_asyncapi_sse.schema import canonical, payloads

WANTED = 30
ENOUGH = "enough"
NOTHING = "nothing"
REFUSED = "refused"

_JUDGES: dict[Dialect, Any] = {
    "draft-07": jsonschema_rs.Draft7Validator,
    "2019-09": jsonschema_rs.Draft201909Validator,
    "2020-12": jsonschema_rs.Draft202012Validator,
}
# More than are wanted, since a draw may repeat; as few as that for a finite set to be drawn whole.
_DRAWS = 160


class _Enough(Exception):
    """Say that the payloads are enough, so that no more are drawn."""


def outcome(source: PayloadSchema) -> str:
    """Draw different payloads until there are enough, and say how that ended.

    The answer is one of the words above, the number of payloads where that is all there are, or
    what went wrong.
    """
    seen: dict[str, Any] = {}
    try:
        _draw(payloads(source), seen)
    except _Enough:
        pass
    except DocumentError:
        return REFUSED
    except Unsatisfiable:
        return NOTHING
    except Exception as error:  # any other is a fault, which the table of outcomes then shows
        return f"raises {type(error).__name__}: {error}"[:200]
    is_valid = plain_judge(source)
    bad = [value for value in seen.values() if not is_valid(value)]
    if bad:
        return f"{len(bad)} of {len(seen)} are invalid, such as {bad[0]!r}"[:200]
    return ENOUGH if len(seen) >= WANTED else str(len(seen))


def size(source: PayloadSchema) -> int | None:
    """Return how many payloads a schema has where that is seen at a glance, else None."""
    contents = source.contents
    if not isinstance(contents, dict):
        return None
    values = [contents["const"]] if "const" in contents else contents.get("enum")
    if values is None:
        return {"null": 1, "boolean": 2}.get(str(contents.get("type")))
    return len({canonical(value) for value in values if plain_judge(source)(value)})


def _draw(strategy: Any, seen: dict[str, Any]) -> None:
    @settings(
        max_examples=_DRAWS,
        phases=[Phase.generate],
        database=None,
        derandomize=True,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(value: Any) -> None:
        seen.setdefault(canonical(value), value)
        if len(seen) >= WANTED:
            raise _Enough

    collect()


def plain_judge(source: PayloadSchema) -> Callable[[Any], bool]:
    """Return jsonschema-rs's verdict as it comes, without anything of the plugin's."""
    kind = _JUDGES[source.dialect]
    judge: Callable[[Any], bool] = kind(
        source.contents, validate_formats=True, offline=True
    ).is_valid
    return judge
