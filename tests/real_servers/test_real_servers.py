"""The gate on real servers: silent on a right one, and one failing item for a planted defect."""

from __future__ import annotations

import pytest
from framework_table import FRAMEWORKS

PLANTED = [(framework, defect) for framework in FRAMEWORKS for defect in framework.defects]


@pytest.mark.parametrize("framework", FRAMEWORKS, ids=lambda framework: framework.name)
def test_a_right_server_passes(shop_gate, framework):
    told = shop_gate(framework)
    assert told.failed == {}
    assert told.advice == framework.advice
    assert told.result.ret == 0
    told.result.stdout.fnmatch_lines(
        ["shop.yaml::orders::server::published_payloads_arrive PASSED*"]
    )
    fields = [line.partition(":")[0] for line in told.text.split(framework.line_end)]
    assert " ".join(fields[: fields.index("")]) == framework.fields
    assert told.text.count("\r") == (told.text.count("\n") if framework.line_end == "\r\n" else 0)
    assert told.headers["content-type"] == framework.content_type
    assert told.headers.get("cache-control") == framework.cache_control


@pytest.mark.parametrize(
    ("framework", "defect"), PLANTED, ids=[f"{f.name}-{d.name}" for f, d in PLANTED]
)
def test_a_planted_defect_fails_one_item(shop_gate, framework, defect):
    told = shop_gate(framework, defect.name)
    assert told.failed == {defect.item: defect.errors}
    assert told.advice == {**framework.advice, **defect.advice}
    assert told.result.ret == 1
