"""What a user makes of the payloads that are generated, on the wire, and how a failure is seen again."""

from __future__ import annotations

import json
import re
import shlex

import pytest

# What a client does with other things than payloads is not what is narrowed.
WITHOUT_SCENES = ("-k", "not (reads_ or handles_ or asks_ or comes_ or takes_)")

DOCUMENT = """
asyncapi: 3.0.0
info: {title: Counts, version: '1'}
channels:
  counts:
    address: counts
    messages: {counted: &counted {payload: {type: object, required: [n], properties: {n: {type: integer}}}}}
  more:
    address: more
    messages: {counted: *counted, told: {contentType: text/plain, payload: {type: string, maxLength: 9}}}
  asked:
    address: asked
    messages:
      counted: *counted
      question: {payload: {type: object, required: [n], properties: {n: {type: integer}}}, examples: [{payload: {n: -1}}]}
      idle: {payload: {type: object, required: [n], properties: {n: {type: integer}}}, examples: [{payload: {n: -2}}]}
operations:
  c: {action: send, channel: {$ref: '#/channels/counts'}}
  m: {action: send, channel: {$ref: '#/channels/more'}}
  a:
    action: send
    channel: {$ref: '#/channels/asked'}
    messages: [{$ref: '#/channels/asked/messages/counted'}]
    bindings: {http: {method: POST}}
  q:
    action: receive
    channel: {$ref: '#/channels/asked'}
    messages: [{$ref: '#/channels/asked/messages/question'}]
"""
PARTS = """
import asyncio, json
import httpx
from httpx_sse import connect_sse
from starlette.applications import Starlette
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

SEEN = {"bodies": [], "published": [], "delivered": []}
queues = {"counts": set(), "more": set(), "asked": set()}

async def publish(request):
    text = (await request.body()).decode()
    name = request.path_params["name"]
    SEEN["published"].append([name, text])
    for queue in queues[name]:
        queue.put_nowait(text)
    return Response(status_code=202)

def stream(name):
    async def answer(request):
        if request.method == "POST":
            SEEN["bodies"].append(await request.json())
        queue = asyncio.Queue()
        queues[name].add(queue)
        async def events():
            try:
                while True:
                    text = await queue.get()
                    if LOSES(text):
                        continue
                    yield "".join(f"data: {line}\\n" for line in text.split("\\n")) + "\\n"
            finally:
                queues[name].discard(queue)
        return StreamingResponse(events(), media_type="text/event-stream")
    return answer

LOSES = lambda text: False
def app():
    routes = [Route(f"/{name}", stream(name), methods=["GET", "POST"]) for name in queues]
    return Starlette(routes=[Route("/publish/{name}", publish, methods=["POST"]), *routes])

def trigger(channel, message, payload, *, base_url):
    text = payload if message == "told" else json.dumps(payload)
    httpx.post(f"{base_url}/publish/{channel}", content=text.encode(), trust_env=False)
    return payload

def client(url, *, channel):
    method = "POST" if channel == "asked" else "GET"
    with httpx.Client(timeout=None, trust_env=False) as c, connect_sse(c, method, url) as s:
        for event in s.iter_sse():
            SEEN["delivered"].append([channel, event.data])
            if not LOSES(event.data):
                yield event
"""
CONFTEST = """
import json, pytest, parts
from hypothesis import strategies as st

@pytest.fixture(scope="session")
def asyncapi_payloads():
    return narrow

def pytest_unconfigure():
    with open("seen.json", "w") as file:
        json.dump(parts.SEEN, file)
"""
TARGETS = (
    "--asyncapi-app=parts:app",
    "--asyncapi-trigger=parts:trigger",
    "--asyncapi-timeout=4",
)
CLIENT = """
@pytest.fixture
def asyncapi_client():
    return parts.client
"""


@pytest.fixture
def counts(gate, pytester):
    """Return a function that runs the gate on three channels of counts, with a narrowing."""
    (pytester.path / "counts.yaml").write_text(DOCUMENT)
    (pytester.path / "parts.py").write_text(PARTS)

    def run(narrow, *options):
        (pytester.path / "conftest.py").write_text(CONFTEST + narrow)
        return gate(*options, document="counts.yaml")

    return run


def test_what_is_narrowed_is_what_is_on_the_wire(counts, pytester):
    result = counts(
        CLIENT
        + """
def narrow(channel, message, strategy):
    if message == "question":
        return st.just({"n": 77})
    if message == "told":
        return st.sampled_from(["yes", "no"])
    if channel == "counts":
        return strategy.filter(lambda payload: payload["n"] % 2 == 0)
    return strategy.map(lambda payload: {**payload, "n": abs(payload["n"])})
""",
        *TARGETS,
        *WITHOUT_SCENES,
    )
    assert result.ret == 0, result.stdout.str()
    result.stdout.fnmatch_lines(
        ["asyncapi: payloads are narrowed by the fixture asyncapi_payloads of conftest.py"]
    )
    seen = json.loads((pytester.path / "seen.json").read_text())
    assert seen["bodies"]
    assert all(body == {"n": 77} for body in seen["bodies"])
    for side in ("published", "delivered"):
        texts = {
            name: [t for n, t in seen[side] if n == name] for name in ("counts", "more", "asked")
        }
        told = [text for text in texts["more"] if not text.startswith("{")]
        assert set(told) == {"yes", "no"}, side
        numbers = {n: [json.loads(t)["n"] for t in texts[n] if t.startswith("{")] for n in texts}
        assert all(n % 2 == 0 for n in numbers["counts"])
        assert all(n >= 0 for n in numbers["more"] + numbers["asked"])
        assert all(len(set(found)) > 10 for found in numbers.values()), side


def test_a_defect_is_caught_among_narrowed_payloads_and_seen_again(counts, pytester):
    with (pytester.path / "parts.py").open("a") as file:
        file.write(
            "LOSES = lambda text: 'n' in text and int(text.strip('{}').rpartition(':')[2]) > 5\n"
        )
    result = counts(
        """
def narrow(channel, message, strategy):
    if message != "counted":
        return st.just("yes")
    low, high = (3, 9) if channel == "counts" else (0, 5)
    return st.integers(low, high).map(lambda n: {"n": n})
""",
        *TARGETS,
        "--asyncapi-client=parts:client",
        "-k",
        f"not asked and {WITHOUT_SCENES[1]}",
    )
    result.assert_outcomes(passed=17, failed=2, deselected=22, skipped=2)
    lines = [
        "event-lost: *"
        if side == "client"
        else "event-lost: a published counted did not come out *"
        for side in ("server", "client")
    ]
    result.stdout.fnmatch_lines(lines)
    assert result.stdout.str().count('payload:   {"n":6}') == 2
    commands = re.findall(r"again: +(pytest .*)", result.stdout.str())
    assert len(commands) == 2
    for command, line in zip(commands, lines, strict=True):
        again = pytester.runpytest_subprocess("-p", "no:cacheprovider", *shlex.split(command)[1:])
        again.assert_outcomes(failed=1)
        again.stdout.fnmatch_lines([line, '*payload: * {"n":6}'])


def test_what_cannot_be_used_is_told_once_for_a_channel(counts):
    result = counts(
        """
def narrow(channel, message, strategy):
    if channel == "counts":
        return strategy.map(lambda payload: {"n": "seven"})
    if channel == "more":
        return strategy.filter(lambda payload: False) if message == "told" else strategy
    raise KeyError(message)
"""
    )
    result.assert_outcomes(passed=7, errors=3, skipped=12)
    text = result.stdout.str()
    for words in (
        "message 'counted' of channel 'counts' doesn't allow: {'n': 'seven'}: /n is 'seven', not an"
        " integer (counts.yaml:7:",
        "leaves no payload for message 'told' of channel 'more'",
        "raised KeyError: 'counted' (",
    ):
        assert (
            text.count(f"\nthe fixture asyncapi_payloads {words}")
            + text.count(f"\nthe fixture asyncapi_payloads gave a payload that {words}")
            == 1
        ), words
    assert "Traceback" not in text
    result.stdout.no_fnmatch_line("*pytest_asyncapi_sse/*")


def test_the_generated_server_of_a_hand_written_test_is_narrowed(counts, pytester):
    (pytester.path / "test_mine.py").write_text(
        """
from hypothesis import given, settings, strategies as st
from pytest_asyncapi_sse import ConfigurationError, payloads
import pytest

def test_feed(sse_client):
    with sse_client("counts") as stream:
        assert {stream.receive(within=2).payload["n"] for _ in range(9)} == {1, 2, 3}

@settings(max_examples=3, deadline=None)
@given(data=st.data())
def test_feed_in_given(sse_client, data):
    data.draw(st.integers())
    with sse_client("counts") as stream:
        assert stream.receive(within=2).payload["n"] in (1, 2, 3)

def test_body(sse_client):
    with sse_client("asked") as stream:
        stream.receive(within=2)
        assert stream.exchange.recording().request_body == {"n": -1}

@settings(max_examples=30)
@given(data=st.data())
def test_own_payloads_are_narrowed_by_hand(asyncapi, asyncapi_payloads, data):
    message = asyncapi.channels["counts"].messages["counted"]
    own = asyncapi_payloads("counts", "counted", payloads(message))
    assert data.draw(own)["n"] in (1, 2, 3)

def test_invalid(sse_client):
    with sse_client("more") as stream:
        pass
"""
    )
    result = counts(
        """
def narrow(channel, message, strategy):
    if channel == "more":
        return strategy.map(lambda payload: 1.5)
    if message == "counted":
        return st.sampled_from([1, 2, 3]).map(lambda n: {"n": n})
    return strategy
""",
        "test_mine.py",
        "-k",
        "test_",
    )
    result.assert_outcomes(passed=4, failed=1, deselected=22)
    result.stdout.fnmatch_lines(
        ["E*ConfigurationError: the fixture asyncapi_payloads gave a payload*"]
    )
    result.stdout.no_fnmatch_line("*hypothesis/*")


FORMATS = """
import re, pytest, parts
from hypothesis import strategies as st
from pytest_asyncapi_sse import register_format

register_format(
    "order-number",
    strategy=st.from_regex("ORD-[0-9]{6}", fullmatch=True),
    check=lambda text: bool(re.fullmatch("ORD-[0-9]{6}", text)),
)
register_format("fragile", strategy=st.just("a"), check=lambda text: {"a": True}[text])
register_format("odd", strategy=st.just("a"), check=lambda text: text == "b")

@pytest.fixture
def asyncapi_client():
    return parts.client
"""
ORDERS = """
asyncapi: 3.0.0
info: {title: Orders, version: '1'}
channels:
  orders: {address: orders, messages: {placed: {payload: {type: object, required: [number], properties: {
    number: {type: string, format: order-number}}}}}}
operations: {o: {action: send, channel: {$ref: '#/channels/orders'}}}
"""
ORDER_SERVICE = """
import json, sys
from starlette.applications import Starlette
from starlette.responses import StreamingResponse
from starlette.routing import Route
import httpx
from httpx_sse import connect_sse

async def events():
    yield 'data: {"number": "ORD-000001"}\\n\\n'
    yield 'data: {"number": "ORD-1"}\\n\\n'
app = Starlette(routes=[Route("/orders", lambda _: StreamingResponse(events(), media_type="text/event-stream"))])

def client(url):
    with httpx.Client(timeout=None, trust_env=False) as c, connect_sse(c, "GET", url) as s:
        for event in s.iter_sse():
            payload = event.json()
            if payload["number"] > "ORD-5":
                payload["number"] = "ORD-0"
            yield payload
"""


def test_a_format_of_ones_own_is_judged_and_drawn(gate, pytester):
    (pytester.path / "spec.yaml").write_text(ORDERS)
    (pytester.path / "parts.py").write_text(ORDER_SERVICE)
    (pytester.path / "conftest.py").write_text(FORMATS)
    result = gate("--asyncapi-app=parts:app", "--asyncapi-timeout=3", *WITHOUT_SCENES)
    result.assert_outcomes(passed=10, failed=2, skipped=2, deselected=5)
    result.stdout.fnmatch_lines(
        [
            "payload-schema: /number: 'ORD-1' is not an order-number",
            "payload-altered: *",
            "*got: * {'number': 'ORD-0'}",
            "*expected: * {'number': 'ORD-[5-9]*'}",
        ]
    )
    result.stdout.no_fnmatch_line("*misspelt*")


def test_a_format_that_cannot_be_used_is_told_by_the_document_alone(gate, pytester):
    broken = ORDERS.replace("order-number}", "fragile, maxLength: 3}")
    (pytester.path / "spec.yaml").write_text(broken)
    (pytester.path / "other.yaml").write_text(ORDERS.replace("order-number", "odd"))
    (pytester.path / "parts.py").write_text(ORDER_SERVICE)
    (pytester.path / "conftest.py").write_text(FORMATS)
    result = gate("--asyncapi=other.yaml", *WITHOUT_SCENES)
    text = result.stdout.str()
    assert "\nthe check of the format 'fragile' raised KeyError: " in text
    assert "\nthe format 'odd' contradicts itself: its strategy gives 'a', which its check" in text
    assert result.parseoutcomes()["skipped"] == 10
    assert "Traceback" not in text
    result.stdout.no_fnmatch_line("*pytest_asyncapi_sse/*")
