"""What all tests share: pytester, the Hypothesis profiles and the place of the optional corpus."""

from __future__ import annotations

import os
from pathlib import Path

# httpx imports it late: a run in this process would import it anew, and its errors pass uncaught.
import httpcore  # noqa: F401
import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["pytester"]

_CORPUS_VARIABLE = "ASYNCAPI_SSE_CORPUS"

settings.register_profile("quick", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", settings.get_profile("quick"), max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.fixture(scope="session")
def corpus(request: pytest.FixtureRequest) -> Path:
    """Return the folder of real documents, streams and schemas, or skip where it is not there.

    It is looked for at the path in ASYNCAPI_SSE_CORPUS, else in a folder `shared` beside the
    checkout.
    """
    beside = request.config.rootpath.parent / "shared"
    folder = Path(os.environ.get(_CORPUS_VARIABLE, beside))
    if not (folder / "corpus").is_dir():
        pytest.skip(f"the corpus is not at {folder}; {_CORPUS_VARIABLE} names another place")
    return folder


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much of the corpus was read, as its tests record it.

    The hook stands here because xdist's controller loads no conftest.py of a folder of tests.
    """
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == "corpus" and report.when == "call":
                    terminalreporter.write_line(f"corpus: {value}")
