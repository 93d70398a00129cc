"""The gate on a real client: a folder with the document and the client, run in this process."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field

# A run in this process would import them anew each time.
import jsonschema  # noqa: F401
import jsonschema_rs  # noqa: F401
import pytest
import starlette.applications  # noqa: F401
import uvicorn  # noqa: F401
import yaml  # noqa: F401
from browser import browsing, executable
from client_table import Client
from hypothesis import settings
from installed import HERE, SCRIPTS, skip_without

EVENTS = ["message", "tick"]  # those that a browser is told to listen for
INI = """
[pytest]
asyncapi_invalid_policy = deliver
"""
CONFTEST = """
import pytest

@pytest.fixture(scope="session")
def asyncapi_client_capabilities():
    return {claims}
"""


@dataclass(eq=False)
class Told:
    """Collect what a run tells: the outcome of each item, its errors and its advice."""

    outcomes: dict[str, str] = field(default_factory=dict)
    errors: dict[str, set[str]] = field(default_factory=dict)
    advice: dict[str, set[str]] = field(default_factory=dict)
    not_claimed: set[str] = field(default_factory=set)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        name = item.nodeid.rpartition("::")[2]
        if report.when == "call" or not report.passed:
            self.outcomes[name] = report.outcome
        if report.failed:
            violations = getattr(getattr(call.excinfo, "value", None), "violations", ())
            self.errors[name] = {violation.code for violation in violations}
        advice = _told(report, "asyncapi_advice")
        if advice:
            self.advice[name] = {text.partition(":")[0] for text in advice}
        self.not_claimed |= _told(report, "asyncapi_not_claimed")
        return report


def _told(report: pytest.TestReport, name: str) -> set[str]:
    return {text for key, text in report.user_properties if key == name}


@pytest.fixture
def few_examples() -> Iterator[None]:
    """Have Hypothesis draw few payloads, the same in each run."""
    settings.register_profile("few", max_examples=30, derandomize=True, database=None)
    settings.load_profile("few")
    yield
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start one browser for all runs and return the address that controls it, or skip."""
    path = executable()
    if path is None:
        pytest.skip("chromium is not installed, which has the EventSource that is tested")
    with browsing(path, tmp_path_factory.mktemp("browser")) as address:
        yield address


@pytest.fixture
def client_gate(
    pytester: pytest.Pytester,
    few_examples: None,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Callable[[Client], Told]:
    """Return a function that runs the gate's client side on a client of the table."""

    def run(client: Client) -> Told:
        skip_without(client)
        folder = pytester.path
        shutil.copy(HERE / "feed.yaml", folder)
        (folder / "pytest.ini").write_text(INI)
        claims = dict.fromkeys(client.unclaimed, False)
        (folder / "conftest.py").write_text(CONFTEST.format(claims=claims))
        monkeypatch.setenv("FEED_EVENTS", json.dumps(EVENTS))
        option = f"--asyncapi-client={client.name}_feed:listen"
        if client.runs == "python":
            shutil.copy(HERE / "feeds" / f"{client.name}_feed.py", folder)
        else:
            script = SCRIPTS / f"{client.name}_feed.mjs"
            option = f"--asyncapi-client-command=node {script}"
        if client.runs == "browser":
            monkeypatch.setenv("FEED_BROWSER", request.getfixturevalue("browser"))
        told = Told()
        pytester.inline_run(
            "--asyncapi=feed.yaml",
            f"--asyncapi-timeout={client.timeout}",
            "--asyncapi-header=Authorization: Bearer of-the-test",
            "-p",
            "no:cacheprovider",
            "-k",
            "client",
            option,
            plugins=[told],
        )
        return told

    return run
