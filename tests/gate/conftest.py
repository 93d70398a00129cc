"""The gate as a user runs it: a folder with a document, in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

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


@pytest.fixture
def gate(pytester: pytest.Pytester) -> Callable[..., pytest.RunResult]:
    """Return a function that runs the gate on the account document in an empty folder."""
    document = (EXAMPLES / "account.yaml").read_text()
    (pytester.path / "spec.yaml").write_text(document)
    (pytester.path / "service.py").write_text(SERVICE)
    (pytester.path / "clients.py").write_text(CLIENTS)

    def run(*options: str, document: str = "spec.yaml") -> pytest.RunResult:
        chosen = [f"--asyncapi={document}"] if document else []
        return pytester.runpytest_subprocess("-p", "no:cacheprovider", *chosen, *options)

    return run
