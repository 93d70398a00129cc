"""The gate on a real server: a folder with the shop, run as a user runs it."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from framework_table import Framework
from processes import served

HERE = Path(__file__).parent
GATE_SECONDS = 120
CONFTEST = """
import json
import pytest
from hypothesis import settings

settings.register_profile("few", max_examples=30, derandomize=True, database=None)
settings.load_profile("few")

@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    advice = [text for name, text in report.user_properties if name == "asyncapi_advice"]
    errors = getattr(call.excinfo.value, "violations", ()) if report.failed else ()
    told = {
        "item": item.nodeid.partition("::")[2],
        "failed": report.failed,
        "errors": [violation.code for violation in errors],
        "advice": [text.partition(":")[0] for text in advice],
    }
    if report.when == "call" or report.failed:
        with open("told.jsonl", "a") as out:
            out.write(json.dumps(told) + "\\n")
    return report
"""
TEST_WIRE = """
import json
from pathlib import Path
import httpx

def test_wire(sse_client):
    answer = httpx.get(f"{sse_client.base_url}/ticks/home", trust_env=False)
    Path("wire.json").write_text(json.dumps([dict(answer.headers), answer.text]))
"""


@dataclass(frozen=True)
class Told:
    """Hold what one run told: its result, its items with errors or advice, and a raw answer."""

    result: pytest.RunResult
    failed: dict[str, set[str]]
    advice: dict[str, set[str]]
    headers: dict[str, str]
    text: str


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Share among the runs what Python and Hypothesis would derive anew in each empty folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HYPOTHESIS_STORAGE_DIRECTORY", str(tmp_path_factory.mktemp("hypothesis")))
        if sys.dont_write_bytecode:
            patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
            patch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path_factory.mktemp("bytecode")))
        yield


@pytest.fixture
def shop_gate(
    pytester: pytest.Pytester, environment: None, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Told]:
    """Return a function that runs the gate on the shop of a framework, with a defect or without."""

    def run(framework: Framework, defect: str = "") -> Told:
        skip_without(framework)
        folder = pytester.path
        shutil.copytree(HERE / "shops", folder, dirs_exist_ok=True)
        (folder / "conftest.py").write_text(CONFTEST)
        (folder / "test_wire.py").write_text(TEST_WIRE)
        (folder / "pytest.ini").write_text("[pytest]\n")
        monkeypatch.setenv("SHOP_DEFECT", defect)
        with target(framework, folder) as option:
            result = pytester.runpytest_subprocess(
                "--asyncapi=shop.yaml",
                "--asyncapi-trigger=shop_trigger:publish",
                "--asyncapi-timeout=5",
                "-p",
                "no:cacheprovider",
                "-v",
                option,
                timeout=GATE_SECONDS,
            )
        return told(result, folder)

    return run


def skip_without(framework: Framework) -> None:
    """Skip where the framework is not installed, and say how to install it."""
    if framework.name != "express":
        if importlib.util.find_spec(framework.package) is None:
            pytest.skip(f"{framework.package} is not installed: pip install -e '.[servers]'")
        return
    if shutil.which("node") is None:
        pytest.skip("node is not installed, which Express needs")
    if not (HERE / "node" / "node_modules" / "express").is_dir():
        pytest.skip(
            "express is not installed: npm install --no-package-lock in tests/real_servers/node"
        )


@contextlib.contextmanager
def target(framework: Framework, folder: Path) -> Iterator[str]:
    """Yield the option that names the server under test, which is served within the block."""
    if framework.serving == "app":
        yield f"--asyncapi-app={framework.name}_shop:app"
        return
    command = [sys.executable, f"{framework.name}_shop.py"]
    if framework.name == "express":
        command = ["node", str(HERE / "node" / "express_shop.js")]
    with served(command, cwd=folder) as url:
        yield f"--asyncapi-url={url}"


def told(result: pytest.RunResult, folder: Path) -> Told:
    assert result.ret in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED), "the gate did not run"
    lines = [json.loads(line) for line in (folder / "told.jsonl").read_text().splitlines()]
    headers, text = json.loads((folder / "wire.json").read_text())
    return Told(
        result,
        failed={line["item"]: set(line["errors"]) for line in lines if line["failed"]},
        advice={line["item"]: set(line["advice"]) for line in lines if line["advice"]},
        headers=headers,
        text=text,
    )
