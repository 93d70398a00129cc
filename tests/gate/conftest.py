"""The gate as a user runs it: a folder with a document, in a process of its own.

What is refused before anything is collected is told by a run in this process; `gate` shows in a few
tests that the exit status and the message of a process are the same.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
SERVICE = """
import asyncio, json
from starlette.applications import Starlette
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

GOOD = {"displayName": "Ada", "email": "ada@example.com"}

def service(*payloads, close=False, raw=None, media_type="text/event-stream", status=200):
    async def events():
        for payload in payloads:
            yield f"data: {json.dumps(payload)}\\n\\n"
        if raw is not None:
            yield raw
        while not close:
            await asyncio.sleep(0.2)
    async def stream(request):
        return StreamingResponse(events(), media_type=media_type, status_code=status)
    return Starlette(routes=[Route("/user/signedup", stream)])

good = service(GOOD)
closing = service(GOOD, close=True)
endless = service(*[GOOD] * 10_000)
number = service(GOOD, {"displayName": "Ada", "email": 5})
silent = service()
empty = service(close=True)
partial = service(GOOD, close=True, raw="data: {}")
not_json = service(raw="data: {\\n\\n")
comments = service(raw=": ping\\n\\n")
missing = service(GOOD, status=404)
page = service(GOOD, media_type="text/html")

async def _json(request):
    return JSONResponse({"a": 1})
json_page = Starlette(routes=[Route("/user/signedup", _json)])

def factory():
    return good

async def _fails(app):
    raise RuntimeError("no database")
    yield
from contextlib import asynccontextmanager
unstartable = Starlette(lifespan=asynccontextmanager(_fails))
"""
CLIENTS = """
import httpx
from httpx_sse import connect_sse, aconnect_sse

def good(url):
    with httpx.Client(timeout=None, trust_env=False) as c, connect_sse(c, "GET", url) as s:
        yield from s.iter_sse()

async def asynchronous(url, *, channel, parameters, headers):
    assert (channel, parameters, headers) == ("userSignups", {}, {})
    async with httpx.AsyncClient(timeout=None, trust_env=False) as c:
        async with aconnect_sse(c, "GET", url) as s:
            async for event in s.aiter_sse():
                yield "UserSignedUp", event.json()

def drops(url):
    for number, event in enumerate(good(url), 1):
        if number % 10:
            yield event

def alters(url):
    for event in good(url):
        payload = event.json()
        if "email" in payload:
            payload["email"] = payload["email"].upper()
        yield payload

def rejects(url):
    for event in good(url):
        yield ValueError("no name") if "displayName" not in event.json() else event

def doubles(url):
    for event in good(url):
        yield event
        yield event

def stops(url):
    for event in good(url):
        if not event.json():
            raise RuntimeError("an empty signup")
        yield event

def text(url):
    for event in good(url):
        yield event.data

def never(url):
    return []

def collects(url):
    return list(good(url))

def prints(url):
    for event in good(url):
        print("got", event.data)
        yield event
"""


# Hypothesis keys what it keeps there by Unicode's version and by a file's content.
CACHES = ("unicode_data", "constants")


@pytest.fixture(scope="session")
def hypothesis_caches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for what Hypothesis derives anew in each empty folder, 2 s of computing."""
    folder = tmp_path_factory.mktemp("hypothesis")
    for name in CACHES:
        (folder / name).mkdir()
    return folder


@pytest.fixture(scope="session")
def bytecode(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Where no bytecode may be written, have started processes write it to a temporary folder.

    Else each of them compiles the plugin, and rewrites the assertions of all of Hypothesis, anew.
    """
    with pytest.MonkeyPatch.context() as patch:
        if sys.dont_write_bytecode:
            patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
            patch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path_factory.mktemp("bytecode")))
        yield


@pytest.fixture
def folder(pytester: pytest.Pytester, hypothesis_caches: Path, bytecode: None) -> Path:
    """Return the folder of the test, with the account document, services and clients.

    The folder's Hypothesis database is its own; only the derived data is shared.
    """
    document = (EXAMPLES / "account.yaml").read_text()
    (pytester.path / "spec.yaml").write_text(document)
    (pytester.path / "service.py").write_text(SERVICE)
    (pytester.path / "clients.py").write_text(CLIENTS)
    (pytester.path / ".hypothesis").mkdir()
    for name in CACHES:
        (pytester.path / ".hypothesis" / name).symlink_to(hypothesis_caches / name)
    return pytester.path


@pytest.fixture
def gate(pytester: pytest.Pytester, folder: Path) -> Callable[..., pytest.RunResult]:
    """Return a function that runs the gate on the account document in an empty folder."""

    def run(*options: str, document: str = "spec.yaml") -> pytest.RunResult:
        return pytester.runpytest_subprocess(*_arguments(options, document))

    return run


class Imports:
    """Keep what runs in this process import: pytester forgets it, and it would be imported anew.

    Two modules of one name leave two classes of one name, of which one is caught and one raised.
    """

    def __init__(self, below: Path) -> None:
        self._below = str(below)
        self._kept: dict[str, ModuleType] = {}

    def pytest_unconfigure(self) -> None:
        self._kept |= {n: m for n, m in sys.modules.items() if not self._is_users_own(m)}

    def restore(self) -> None:
        sys.modules.update(self._kept)

    def _is_users_own(self, module: ModuleType) -> bool:
        return str(getattr(module, "__file__", "")).startswith(self._below)


@pytest.fixture(scope="session")
def imports(tmp_path_factory: pytest.TempPathFactory) -> Imports:
    """Return the modules of the runs in this process, without those of the tests' folders."""
    return Imports(tmp_path_factory.getbasetemp())


@pytest.fixture
def refuses(
    pytester: pytest.Pytester, folder: Path, imports: Imports, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., pytest.RunResult]:
    """Return a function that has the gate refuse to run, with its message and no traceback.

    Such a run ends before it collects, serves or draws anything, so it is run in this process.
    """
    # `python -m pytest` has the working directory there.
    monkeypatch.syspath_prepend(folder)

    def run(*options: str, document: str = "spec.yaml") -> pytest.RunResult:
        imports.restore()
        before = set(threading.enumerate())
        result = pytester.runpytest_inprocess(*_arguments(options, document), plugins=[imports])
        imports.restore()
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines(["ERROR: *"])
        text = result.stdout.str() + result.stderr.str()
        assert "Traceback" not in text
        assert "INTERNALERROR" not in text
        assert set(threading.enumerate()) <= before
        return result

    return run


def _arguments(options: Sequence[str], document: str) -> list[str]:
    chosen = [f"--asyncapi={document}"] if document else []
    return ["-p", "no:cacheprovider", *chosen, *options]
