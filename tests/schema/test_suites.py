"""Coverage of the schema collections: every schema gives valid payloads, or is listed here."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from pytest_asyncapi_sse.errors import DocumentError
from pytest_asyncapi_sse.model import Dialect, PayloadSchema
from pytest_asyncapi_sse.schema import canonical, payloads, validator

DIALECTS: dict[int, Dialect] = {7: "draft-07", 2019: "2019-09", 2020: "2020-12"}
WANTED = 10
GEMINI = "aspec:examples/websocket-gemini-asyncapi.yml:/components/messages/marketData/examples"

GIVES_FEWER = {
    "mine:unique_enum_array": "three values in any order are only six arrays",
}
REFUSED = {
    "mine:unsat_bounds": "minimum is above maximum",
    "mine:unsat_required_false": "a required property is false",
    "mine:unsat_pattern_len": "the pattern asks for more than maxLength",
    "mine:unsat_recursion": "it requires itself without end",
    "mine:unsat_allof_types": "no type is left",
    f"{GEMINI}/0/payload": "an example payload, not a schema: its 'type' is 'update'",
    f"{GEMINI}/1/payload": "an example payload, not a schema: its 'type' is 'heartbeat'",
}


@pytest.mark.parametrize("name", ["asyncapi-like.json", "asyncapi-spec-payloads.json"])
def test_every_schema_gives_valid_payloads(corpus: Path, name: str) -> None:
    rows = json.loads((corpus / "schemas" / name).read_text(encoding="utf-8"))
    found = {row["id"]: outcome(row) for row in rows}
    assert {key for key, value in found.items() if value == "refused"} == {
        row["id"] for row in rows if row["id"] in REFUSED
    }
    others = {key: value for key, value in found.items() if value not in ("refused", "enough")}
    assert others.keys() == {row["id"] for row in rows if row["id"] in GIVES_FEWER}


def outcome(row: dict[str, Any]) -> str:
    source = PayloadSchema(row["schema"], dialect=DIALECTS[row["draft"]])
    try:
        strategy = payloads(source)
    except DocumentError:
        return "refused"
    is_valid = validator(source).is_valid
    seen: list[str] = []

    @settings(
        max_examples=3 * WANTED,
        phases=[Phase.generate],
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def draw(value: Any) -> None:
        assert is_valid(value)
        seen.append(canonical(value))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw()
    return "enough" if len(seen) >= WANTED else f"{len(seen)} payloads"
