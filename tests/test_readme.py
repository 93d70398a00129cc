"""The README: its workflow runs, and the failure that it shows is a real one."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def block(marker: str) -> str:
    return re.search(rf"<!-- {marker} -->\n```\w+\n(.*?)```", README, re.S)[1]


def shell_steps() -> dict[str, str]:
    steps = yaml.safe_load(block("workflow"))["jobs"]["contract"]["steps"]
    return {step["name"]: step["run"] for step in steps if "run" in step}


@pytest.fixture
def shell(tmp_path):
    """Run shell steps from a copy of the checkout, with this Python as `python`."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (tmp_path / "bin" / "python").chmod(0o755)
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    env = {**os.environ, "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    env["PYTEST_ADDOPTS"] = "-p no:cacheprovider"
    group: list[subprocess.Popen[bytes]] = []

    def run(step: str, *, wait: bool = True) -> int:
        text = step.replace("8000", port)
        process = subprocess.Popen(
            ["bash", "-e", "-c", text], cwd=tmp_path, env=env, start_new_session=True
        )
        group.append(process)
        return process.wait(60) if wait else 0

    yield run
    for process in group:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    time.sleep(0.1)


def test_the_workflow_runs(shell, tmp_path):
    steps = shell_steps()
    assert shell(steps["Start the service"]) == 0
    assert shell(steps["Run the gate"]) == 0
    report = (tmp_path / "contract.xml").read_text()
    assert 'errors="0" failures="0"' in report


def test_the_shown_failure_is_a_real_one(pytester):
    account = (ROOT / "examples" / "account.yaml").read_text()
    (pytester.path / "account.yaml").write_text(account)
    (pytester.path / "service.py").write_text(block("service"))
    result = pytester.runpytest_subprocess("--asyncapi=account.yaml", "--asyncapi-app=service:app")
    seconds = re.compile(r"0\.\d\d s")
    assert seconds.sub("0.01 s", block("failure")) in seconds.sub("0.01 s", result.stdout.str())
