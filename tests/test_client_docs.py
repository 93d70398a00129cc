"""docs/client.md: its clients deliver, its tables are what the code has, its failure is a real one."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_asyncapi_sse import load
from pytest_asyncapi_sse.checks.capabilities import CAPABILITIES
from pytest_asyncapi_sse.checks.codes import CLIENT
from pytest_asyncapi_sse.contract.scenario import run_scenario
from pytest_asyncapi_sse.contract.scenes.plot import plain_cases
from pytest_asyncapi_sse.contract.targets import ClientUnderTest, Reach
from pytest_asyncapi_sse.driver.command import CommandDriver

PAGE = (Path(__file__).parent.parent / "docs" / "client.md").read_text()
NODE_MODULES = Path(__file__).parent / "real_clients" / "node" / "node_modules"
DOCUMENT = """
asyncapi: 3.0.0
info: {title: Parcels, version: '1'}
channels:
  parcels:
    address: parcels
    messages:
      moved:
        payload:
          type: object
          required: [status]
          properties:
            status: {enum: [packed, shipped, delivered]}
          additionalProperties: false
""".lstrip()
FEED = """
import httpx
from httpx_sse import connect_sse

def listen(url):
    with httpx.Client(timeout=None, trust_env=False) as client:
        with connect_sse(client, "GET", url) as source:
            yield from (event.json() for event in source.iter_sse() if event.data)
"""
SECONDS = re.compile(r"\d\.\d\d s")


def block(marker: str) -> str:
    return re.search(rf"<!-- {marker} -->\n```\w+\n(.*?)```", PAGE, re.S)[1]


def rows(heading: str) -> list[list[str]]:
    """Return the rows of the table after a text, without its head."""
    table = re.search(r"\n((?:\|.*\n)+)", PAGE[PAGE.index(heading) :])[1]
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines()[2:]
    ]


def python(folder: Path) -> str:
    (folder / "feed.py").write_text(block("client: python"))
    return f"{sys.executable} feed.py"


def javascript(folder: Path) -> str:
    if shutil.which("node") is None or not (NODE_MODULES / "eventsource").is_dir():
        pytest.skip(
            "eventsource is not installed: npm install --no-package-lock in tests/real_clients/node"
        )
    (folder / "node_modules").symlink_to(NODE_MODULES)
    (folder / "feed.mjs").write_text(block("client: javascript"))
    return "node feed.mjs"


def go(folder: Path) -> str:
    if shutil.which("go") is None:
        pytest.skip("go is not installed")
    (folder / "feed.go").write_text(block("client: go"))
    environment = {"GOCACHE": str(folder / "cache"), "GOPATH": str(folder / "path")}
    build = ["env", *(f"{n}={v}" for n, v in environment.items()), "go", "build", "feed.go"]
    subprocess.run(build, cwd=folder, check=True, timeout=120)
    return str(folder / "feed")


@pytest.mark.parametrize("client", [python, javascript, go])
def test_a_client_of_the_page_delivers(client, tmp_path):
    (tmp_path / "parcels.yaml").write_text(DOCUMENT)
    channel = load(tmp_path / "parcels.yaml").streams["parcels"]
    driver = CommandDriver(client(tmp_path), folder=tmp_path)
    under_test = ClientUnderTest(driver, "yours", Reach(headers={"X-Tenant": "a"}))
    cases = plain_cases(channel, under_test)
    outcome = run_scenario(channel, under_test, cases, cases[0])
    driver.close()
    assert outcome.faults == ()
    assert len(cases) == 3
    assert not outcome.told.timed_out


@pytest.mark.parametrize("item", CLIENT)
def test_the_codes_of_an_item_are_in_its_table(item):
    codes = {row[0].strip("` ") for row in rows(f"\n`{item}` ")}
    assert codes == set(CLIENT[item])


def test_the_severity_of_a_code_is_in_its_table():
    told = {row[0].strip("` "): row[1] for item in CLIENT for row in rows(f"\n`{item}` ")}
    advice = {code for code, severity in told.items() if severity == "advice"}
    assert set(told.values()) == {"error", "advice"}
    assert advice == {"precision-lost", "cr-held", "missing-accept", "gave-up-after-503"}


def test_the_capabilities_are_in_their_table():
    listed = {row[0].strip("` "): row[1].partition(";")[0] for row in rows("\n| Capability |")}
    assert listed == CAPABILITIES


def test_the_failure_is_a_real_one(pytester):
    (pytester.path / "parcels.yaml").write_text(DOCUMENT)
    (pytester.path / "feed.py").write_text(FEED)
    result = pytester.runpytest_subprocess(
        "-p", "no:cacheprovider", "--asyncapi=parcels.yaml", "--asyncapi-client=feed:listen", "-k", "reads"
    )  # fmt: skip
    shown, told = block("failure"), result.stdout.str()
    assert SECONDS.sub("0.01 s", shown) in SECONDS.sub("0.01 s", told)
