"""What the tests of servers share: the server of all scripts, its channels, and recordings."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from defect_server import DefectServer, Script
from defect_table import ROWS, TICK, Row
from odd_streams import ODDITIES

from pytest_asyncapi_sse import Channel, load
from pytest_asyncapi_sse.client.exchange import StreamOpening
from pytest_asyncapi_sse.client.limits import Limits
from pytest_asyncapi_sse.client.record import Enough, record
from pytest_asyncapi_sse.sse import Recording

Recorder = Callable[[str], tuple[Channel, Recording]]


def described(channels: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]]) -> str:
    """Return a document of channels, each with its rules and its messages."""
    return json.dumps(
        {
            "asyncapi": "3.0.0",
            "info": {"title": "Defects", "version": "1"},
            "channels": {
                name: {"address": f"/{name}", "x-sse": rules, "messages": messages}
                for name, (rules, messages) in channels.items()
            },
        }
    )


def legal(row: Row) -> Mapping[str, Any]:
    return row.rules if row.legal_rules is None else row.legal_rules


def script_of(row: Row) -> Script:
    return row.wrong if row.legal_rules is not None else row.legal


@pytest.fixture(scope="session")
def channels(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Channel]:
    path: Path = tmp_path_factory.mktemp("defects") / "spec.json"
    wrong = {name: (row.rules, row.messages) for name, row in ROWS.items()}
    right = {f"{name}-legal": (legal(row), row.messages) for name, row in ROWS.items()}
    odd = {
        name: ({}, TICK if odd.messages is None else odd.messages) for name, odd in ODDITIES.items()
    }
    path.write_text(described({**wrong, **right, **odd}))
    return load(path).streams


@pytest.fixture(scope="session")
def defect_server() -> Iterator[DefectServer]:
    scripts = {f"/{name}": row.wrong for name, row in ROWS.items()}
    scripts |= {f"/{name}-legal": script_of(row) for name, row in ROWS.items()}
    scripts |= {f"/{name}": odd.script for name, odd in ODDITIES.items()}
    with DefectServer(scripts) as server:
        yield server


@pytest.fixture
def recorded(channels: Mapping[str, Channel], defect_server: DefectServer) -> Recorder:
    """Return a function that records the stream of a channel of the table."""

    def run(name: str) -> tuple[Channel, Recording]:
        row = ROWS.get(name.removesuffix("-legal"))
        seconds = 20.0 if row is None or name.endswith("-legal") else row.seconds
        opening = StreamOpening(
            f"{defect_server.url}/{name}",
            timeout=seconds,
            limits=Limits(event=100_000 if row is None else row.event_limit),
        )
        channel = channels[name]
        return channel, record(channel, opening, enough=Enough(seconds=seconds))

    return run
