"""The structure: imports go from high floors to low ones, and the public names are one list."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import pytest_asyncapi_sse
from pytest_asyncapi_sse.options import _HELP

ROOT = Path(__file__).parent.parent
PACKAGE = Path(pytest_asyncapi_sse.__file__).parent
FLOORS = [
    {"errors", "model"},
    {"sse", "document", "schema"},
    {"checks"},
    {"client", "server", "driver"},
    {"contract", "report"},
    {
        "plugin",
        "collector",
        "fixtures",
        "item_fixtures",
        "factories",
        "session",
        "selection",
        "options",
        "option_values",
        "policy_settings",
        "client_settings",
        "serving",
        "__main__",
    },
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
HEAVY = ("hypothesis", "jsonschema", "jsonschema_rs", "httpx", "yaml", "starlette", "uvicorn")


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
            if node.module == "pytest_asyncapi_sse":
                names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        rooms |= {n.split(".")[1] for n in names if n.startswith("pytest_asyncapi_sse.")}
    return rooms


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.name))
def test_imports_go_down(path):
    room = room_of(path)
    if room == "__init__":
        return
    for other in imported_rooms(path) - {room}:
        same = FLOOR[other] == FLOOR[room] and FLOOR[room] in (0, 3, 5)
        assert FLOOR[other] < FLOOR[room] or same, f"{path}: {room} imports {other}"


def test_every_room_has_a_floor():
    rooms = {room_of(path) for path in PACKAGE.rglob("*.py")} - {"__init__"}
    assert rooms == set(FLOOR)


def test_the_public_names_are_sorted_and_there():
    names = pytest_asyncapi_sse.__all__
    assert names == sorted(names)
    assert all(getattr(pytest_asyncapi_sse, name) is not None for name in names)
    assert set(names) <= set(dir(pytest_asyncapi_sse))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = pytest_asyncapi_sse.nothing


def test_an_idle_plugin_loads_nothing_heavy():
    code = (
        "import pytest, sys; before = set(sys.modules)\n"
        "import pytest_asyncapi_sse.plugin\n"
        "print(*sorted({n.partition('.')[0] for n in set(sys.modules) - before}))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "pytest_asyncapi_sse" in loaded
    assert not set(loaded) & set(HEAVY)


def test_an_idle_run_loads_nothing_heavy(pytester):
    pytester.makeconftest(
        f"""
        import sys
        HEAVY = {HEAVY!r}
        def pytest_unconfigure():
            found = sorted(n for n in sys.modules if n in HEAVY)
            print("LOADED", *found)
        """
    )
    pytester.makepyfile("def test_nothing(): pass")
    result = pytester.runpytest_subprocess(
        "-p", "no:hypothesispytest", "-p", "no:anyio", "-p", "no:xdist", "-p", "no:asyncio"
    )
    result.assert_outcomes(passed=1)
    result.stdout.re_match_lines(["LOADED$"])


def test_the_readme_names_every_option():
    readme = (ROOT / "README.md").read_text()
    missing = [name for name in _HELP if f"`--{name.replace('_', '-')} " not in readme]
    assert missing == []


def test_no_file_names_a_package_registry():
    pattern = re.compile(r"pypi\.org|pythonhosted|registry\.npmjs")
    for path in [*ROOT.glob("*.toml"), *ROOT.glob("*.md"), *(ROOT / ".ci").iterdir()]:
        assert not pattern.search(path.read_text()), path
