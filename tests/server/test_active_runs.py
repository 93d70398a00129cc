"""Whole runs of the active items against an application with a state, one defect a run."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from pytest_asyncapi_sse.checks.server import CODES

SERVICE = """
import asyncio, contextlib, itertools, json, os
from starlette.applications import Starlette
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

HAS = frozenset(os.environ["SWITCHES"].split())
RIGHT = "Bearer right-1"
histories = {"/rooms/a": [], "/rooms/b": [], "/news": []}
numbers = itertools.count(1)
gone = []

def emit(path, payload):
    histories[path].append((next(numbers), payload))

def publish(channel, message, payload, parameters):
    emit("/rooms/" + parameters["room"] if channel == "room" else "/news", payload)
    return payload

def missed(path, last):
    after = [sent for sent in histories[path] if sent[0] > last]
    if "loses" in HAS:
        return after[1:]
    if "reorders" in HAS:
        return after[::-1]
    if "repeats" in HAS:
        return [sent for sent in histories[path] if sent[0] >= last]
    if "crosses" in HAS:
        return sorted(
            (sent for sents in histories.values() for sent in sents if sent[0] > last),
            key=lambda sent: sent[0],
        )
    return after

def text(sent):
    return f"id: {sent[0]}\\ndata: {json.dumps(sent[1])}\\n\\n"

async def events(request, is_deaf):
    history = histories.get(request.url.path, histories["/news"])
    place, last = len(history), request.headers.get("last-event-id")
    try:
        if last is not None and "ignores" not in HAS:
            for sent in missed(request.url.path, int(last)):
                yield text(sent)
        while True:
            for sent in [] if is_deaf else history[place:]:
                place += 1
                yield text(sent)
            await asyncio.sleep(0.02)
    finally:
        gone.append(request)

async def stream(request):
    path, given = request.url.path, request.headers.get("authorization", "")
    if path not in histories and not HAS & {"any-room" if "/rooms/" in path else "any-path"}:
        return Response(status_code=404)
    is_right = given == RIGHT or ("any-bearer" in HAS and given.startswith("Bearer "))
    if "guarded" in HAS and not is_right and not HAS & {"open", "silent"}:
        return Response(status_code=401)
    if gone and "jams" in HAS:
        return Response(status_code=503)
    return StreamingResponse(
        events(request, "silent" in HAS and given != RIGHT),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store"},
    )

async def tick():
    for number in itertools.count():
        await asyncio.sleep(0.05)
        for path in histories:
            emit(path, {"n": number, "path": path})

@contextlib.asynccontextmanager
async def lifespan(app):
    ticking = asyncio.create_task(tick()) if "ticking" in HAS else None
    yield
    if ticking:
        ticking.cancel()

app = Starlette(routes=[Route("/{path:path}", stream)], lifespan=lifespan)
"""
SECURITY = [{"type": "http", "scheme": "bearer"}]
GIVEN = "--asyncapi-header=Authorization: Bearer right-1"
INVALID = "--asyncapi-check=invalid-parameters"
UNKNOWN = "--asyncapi-check=unknown-channels"
PAYLOAD = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}


@dataclass(frozen=True)
class ActiveRun:
    """Hold the item that is run, the switches of the server, and the codes that are told."""

    item: str
    switches: str
    codes: str = ""
    options: tuple[str, ...] = ()


CREDENTIALS, RESUME = "credentials_are_checked", "resumes_after_a_cut"
SURVIVAL, ANY_ROOM = "serves_the_next_client", "invalid_parameters_are_refused"
ANY_PATH = "unknown_channels_are_not_found"
ACTIVE_RUNS = {
    "guarded": ActiveRun(CREDENTIALS, "guarded", options=(GIVEN,)),
    "open": ActiveRun(CREDENTIALS, "guarded open", "open-to-anyone", (GIVEN,)),
    "open-none-given": ActiveRun(CREDENTIALS, "guarded open", "open-to-anyone"),
    "any-bearer": ActiveRun(
        CREDENTIALS, "guarded any-bearer", "wrong-credentials-accepted", (GIVEN,)
    ),
    "silent": ActiveRun(CREDENTIALS, "guarded silent", "credentials-not-refused", (GIVEN,)),
    "resumes": ActiveRun(RESUME, ""),
    "ignores": ActiveRun(RESUME, "ignores", "resume-lost"),
    "loses": ActiveRun(RESUME, "loses", "resume-lost"),
    "repeats": ActiveRun(RESUME, "repeats", "resume-repeated"),
    "reorders": ActiveRun(RESUME, "reorders", "resume-reordered"),
    "crosses": ActiveRun(RESUME, "crosses", "resume-foreign"),
    "resumes-beside": ActiveRun(RESUME, "ticking"),
    "loses-beside": ActiveRun(RESUME, "ticking loses", "resume-lost"),
    "crosses-beside": ActiveRun(RESUME, "ticking crosses", "resume-foreign"),
    "serves": ActiveRun(SURVIVAL, ""),
    "jams": ActiveRun(SURVIVAL, "jams", "next-client-not-served"),
    "refuses": ActiveRun(ANY_ROOM, "", options=(INVALID,)),
    "any-room": ActiveRun(ANY_ROOM, "any-room", "invalid-parameter-accepted", (INVALID,)),
    "not-found": ActiveRun(ANY_PATH, "", options=(UNKNOWN,)),
    "any-path": ActiveRun(ANY_PATH, "any-path", "unknown-channel-served", (UNKNOWN,)),
}
Gate = Callable[[ActiveRun], pytest.RunResult]


def described(*, is_guarded: bool) -> str:
    room = {"address": "/rooms/{room}", "parameters": {"room": {"enum": ["a", "b"]}}}
    channels = {
        name: {**own, "x-sse": {"resume": True}, "messages": {"tick": {"payload": PAYLOAD}}}
        for name, own in {"room": room, "news": {"address": "/news"}}.items()
    }
    operations = {
        name: {
            "action": "send",
            "channel": {"$ref": f"#/channels/{name}"},
            "security": SECURITY if is_guarded else [],
        }
        for name in channels
    }
    info = {"title": "Rooms", "version": "1"}
    return json.dumps(
        {"asyncapi": "3.0.0", "info": info, "channels": channels, "operations": operations}
    )


@pytest.fixture
def gate(pytester, monkeypatch) -> Gate:
    """Return a function that runs one item of one channel, in a process of its own."""

    def run(row: ActiveRun) -> pytest.RunResult:
        has = row.switches.split()
        (pytester.path / "spec.json").write_text(described(is_guarded="guarded" in has))
        (pytester.path / "service.py").write_text(SERVICE)
        monkeypatch.setenv("SWITCHES", row.switches)
        trigger = [] if "ticking" in has else ["--asyncapi-trigger=service:publish"]
        channel = "room" if row.item in (RESUME, ANY_ROOM) else "news"
        return pytester.runpytest_subprocess(
            "--asyncapi=spec.json", "--asyncapi-app=service:app", "--asyncapi-timeout=2",
            "-p", "no:cacheprovider", "-k", f"{row.item} and {channel}", *trigger, *row.options,
        )  # fmt: skip

    return run


def told(result: pytest.RunResult) -> set[str]:
    """Return the codes of the failures and of the advice; a cache is none of the matter."""
    known = {code for codes in CODES.values() for code in codes} - {"cacheable"}
    lines = (re.match(r"(?:advice: )?([a-z0-9-]+): ", line) for line in result.outlines)
    return {line[1] for line in lines if line and line[1] in known}


@pytest.mark.parametrize("name", ACTIVE_RUNS)
def test_a_run_tells_the_codes_of_a_defect_and_none_of_a_right_server(gate, name):
    row = ACTIVE_RUNS[name]
    result = gate(row)
    assert told(result) == set(row.codes.split())
    is_advice = row.codes == "credentials-not-refused"
    outcome = "failed" if row.codes and not is_advice else "passed"
    assert result.parseoutcomes().keys() - {"deselected"} == {outcome}


@pytest.mark.parametrize("item", [ANY_ROOM, ANY_PATH])
def test_what_was_not_asked_for_sends_no_such_request(gate, item):
    result = gate(ActiveRun(item, "any-room any-path"))
    assert told(result) == set()
    assert "passed" not in result.parseoutcomes()
    assert "failed" not in result.parseoutcomes()
