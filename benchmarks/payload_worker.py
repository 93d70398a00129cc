"""Draw payloads with one engine, for benchmarks/payloads.py: a schema a line in, its times out.

It runs in the engine's own environment, so that it imports nothing but the engine and Hypothesis.
"""

from __future__ import annotations

import importlib.metadata
import json
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

_SECONDS = 30

Draw = Callable[[Any], SearchStrategy[Any]]


def main() -> None:
    """Answer each schema with the CPU seconds to the first value and the values a second."""
    name, count = sys.argv[1], int(sys.argv[2])
    draw = _ENGINES[name]()
    version = f"{importlib.metadata.version(name)} with Hypothesis"
    print(json.dumps(f"{version} {importlib.metadata.version('hypothesis')}"), flush=True)
    signal.signal(signal.SIGALRM, _too_late)
    for number, line in enumerate(sys.stdin):
        signal.alarm(_SECONDS)
        try:
            answer = _times(draw, json.loads(line), count, number)
        except Exception:  # whatever an engine fails with, it does not draw from this schema
            answer = None
        signal.alarm(0)
        print(json.dumps(answer), flush=True)


def _times(draw: Draw, schema: Any, count: int, number: int) -> tuple[float, float]:
    started = time.process_time()
    strategy = draw(schema)
    _drawn(strategy, 1, number)
    first = time.process_time() - started
    started = time.process_time()
    drawn = _drawn(strategy, count, number)
    return first, drawn / (time.process_time() - started)


def _drawn(strategy: SearchStrategy[Any], count: int, number: int) -> int:
    values = []

    @seed(number)
    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(value: Any) -> None:
        values.append(value)

    collect()
    return len(values)


def _too_late(*_: object) -> None:
    raise TimeoutError


def _plugin() -> Draw:
    from pytest_asyncapi_sse import payloads

    return payloads


def _hypothesis_jsonschema() -> Draw:
    from hypothesis_jsonschema import from_schema

    return from_schema


def _schemathesis() -> Draw:
    from hypothesis import strategies as st
    from schemathesis.generation.jsonschema.builder import build
    from schemathesis.specs.openapi.formats import (
        STRING_FORMATS,
        get_alphabet_format_strategies,
    )

    text = st.text(st.characters(codec="utf-8"))
    by_text = get_alphabet_format_strategies()
    formats = {**STRING_FORMATS, **{name: make(text) for name, make in by_text.items()}}
    # Each round is to be a first one: the engine would keep what it built for the same formats.
    return lambda schema: build(schema, draft=_draft(schema), formats=dict(formats))


def _draft(schema: Any) -> int:
    return 2020 if isinstance(schema, dict) and "2020" in str(schema.get("$schema")) else 7


_ENGINES: dict[str, Callable[[], Draw]] = {
    "pytest-asyncapi-sse": _plugin,
    "hypothesis-jsonschema": _hypothesis_jsonschema,
    "schemathesis": _schemathesis,
}


if __name__ == "__main__":
    main()
