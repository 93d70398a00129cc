"""Payloads that the client's item exchanges a second, beside the cases of Schemathesis.

Both draw from the same schema and cross HTTP on loopback, in turn in one run. Ours are the distinct
payloads of the item `delivers_every_event`, drawn and boundary, over all of its time: drawing,
hosting, sending, comparing and the quiet at the end. Schemathesis' are the requests that a server
got, over the time from the first to the last; it is left out where it is not installed.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from child import HERE, Child
from exchange_worker import ITEM
from payloads import schemas

WORKER = "exchange_worker.py"
OURS = f"the item {ITEM}"
CHECK = "not_a_server_error"
EXAMPLES = HERE.parent / "examples"
CONFTEST = """
import httpx
import pytest
from httpx_sse import connect_sse
from hypothesis import settings

settings.register_profile("benchmark", max_examples={examples})
settings.load_profile("benchmark")
client = httpx.Client(trust_env=False, timeout=60)


@pytest.fixture(scope="session")
def asyncapi_client():
    def listen(url):
        with connect_sse(client, "GET", url) as source:
            yield from source.iter_sse()

    return listen
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """Hold how many payloads crossed HTTP in how many seconds; `drawing` is the part of it."""

    payloads: int
    seconds: float
    drawing: float = 0.0

    @property
    def each_second(self) -> float:
        """The payloads a second."""
        return self.payloads / self.seconds


def subjects() -> dict[str, Any]:
    """Return the schemas that are drawn from, by name."""
    text = (EXAMPLES / "account.yaml").read_text(encoding="utf-8")
    message = yaml.safe_load(text)["components"]["messages"]["UserSignedUp"]
    return {"signup": message["payload"], "nested order": schemas()["nested order"]}


def version() -> str:
    """Return the version of Schemathesis, "" where it is not installed."""
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        return importlib.metadata.version("schemathesis")
    return ""


def exchanged(schema: Any, *, examples: int, rounds: int) -> dict[str, Rate]:
    """Return the median round of each way to exchange payloads of a schema."""
    with tempfile.TemporaryDirectory() as folder:
        _prepare(Path(folder), schema, examples)
        with Child(WORKER, "serve") as server, Child(WORKER, "check", folder) as check:
            url = f"http://127.0.0.1:{server.read().strip()}"
            ways: dict[str, Callable[[], Rate]] = {
                OURS: lambda: Rate(*json.loads(check.ask("check"))),
            }
            if version():
                api = [HERE / WORKER, "cases", folder, url, str(examples)]
                cli = ["-m", "schemathesis.cli", "run", "openapi.json", "--url", url]
                cli += ["--checks", CHECK, "--max-examples", str(examples)]
                ways["st run"] = lambda: _called(cli, folder, server)
                ways["Schemathesis' Python API"] = lambda: _called(api, folder, server)
            seen: dict[str, list[Rate]] = {name: [] for name in ways}
            for _ in range(rounds):
                for name, way in ways.items():
                    seen[name].append(way())
    return {name: _median(rates) for name, rates in seen.items()}


def _median(rates: list[Rate]) -> Rate:
    middle = statistics.median_low(rate.each_second for rate in rates)
    return next(rate for rate in rates if rate.each_second == middle)


def _called(command: list[Any], folder: str, server: Child) -> Rate:
    """Run Schemathesis, and return what the server got."""
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, capture_output=True, text=True, check=False
    )
    count, seconds = json.loads(server.ask("told"))
    if done.returncode or count < 2:
        raise SystemExit(f"Schemathesis failed: {(done.stdout + done.stderr)[-2000:]}")
    return Rate(count - 1, seconds)


def _prepare(folder: Path, schema: Any, examples: int) -> None:
    info = {"title": "Payloads", "version": "1.0.0"}
    stream = {
        "asyncapi": "3.0.0",
        "info": info,
        "channels": {
            "payloads": {"address": "payloads", "messages": {"Payload": {"payload": schema}}}
        },
        "operations": {"stream": {"action": "send", "channel": {"$ref": "#/channels/payloads"}}},
    }
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    operation = {"requestBody": body, "responses": {"200": {"description": "taken"}}}
    http = {"openapi": "3.0.3", "info": info, "paths": {"/payloads": {"post": operation}}}
    (folder / "asyncapi.json").write_text(json.dumps(stream), encoding="utf-8")
    (folder / "openapi.json").write_text(json.dumps(http), encoding="utf-8")
    (folder / "conftest.py").write_text(CONFTEST.format(examples=examples), encoding="utf-8")
