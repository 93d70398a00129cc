"""The stage: which requests are given the same answer again, and which get the next one."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from pytest_asyncapi_sse import load
from pytest_asyncapi_sse.server.stage import Script, Stage
from pytest_asyncapi_sse.server.steps import Answer, Chunk, End, whole

DOCUMENT = Path(__file__).parents[2] / "examples" / "account.yaml"
OPEN = Answer(steps=(Chunk(b"data: 1\n\n"),))
ENDED = Answer(steps=(Chunk(b"data: 1\n\n"), End()))
MOVED = whole(307, (("location", "/b"),))
PAGE = whole(404)
GET = {"method": "GET", "path": "/a"}


@pytest.mark.parametrize(
    ("first", "asked", "statuses"),
    [
        (OPEN, [GET, GET], [200, 200]),
        (OPEN, [GET, GET, GET, GET], [200, 200, 200, 204]),
        (MOVED, [GET, GET, GET, GET], [307, 307, 307, 204]),
        (ENDED, [GET, GET], [200, 204]),
        (PAGE, [GET, GET], [404, 204]),
        (OPEN, [GET, {**GET, "path": "/b"}], [200, 204]),
        (OPEN, [GET, {**GET, "method": "POST"}], [200, 204]),
        (OPEN, [GET, {**GET, "content": b"acknowledged"}], [200, 204]),
        (OPEN, [GET, {**GET, "headers": {"Last-Event-ID": "1"}}], [200, 204]),
        (OPEN, [{**GET, "method": "OPTIONS"}, {**GET, "method": "HEAD"}, GET], [204, 200, 200]),
    ],
)
def test_who_gets_an_answer_again(first, asked, statuses):
    channel = load(DOCUMENT).streams["userSignups"]
    with Stage(channel, Script((first,))) as stage, ExitStack() as stack:
        client = stack.enter_context(httpx.Client(base_url=stage.base_url, trust_env=False))
        found = []
        for request in asked:
            given = {"method": request["method"], "url": request["path"]}
            given |= {name: request[name] for name in ("content", "headers") if name in request}
            response = stack.enter_context(client.stream(**given))
            found.append(response.status_code)
            if first is not OPEN:
                response.read()
        assert found == statuses
        opened = [one for one in asked if one["method"] not in ("OPTIONS", "HEAD")]
        assert len(stage.connections) + len(stage.again) == len(opened)


def test_nothing_is_given_again_to_a_client_that_was_heard():
    channel = load(DOCUMENT).streams["userSignups"]
    with Stage(channel, Script((OPEN,))) as stage:
        stage.is_heard = lambda: True
        with httpx.Client(base_url=stage.base_url, trust_env=False) as client:
            with client.stream("GET", "/a") as response:
                assert response.status_code == 200
            assert client.get("/a").status_code == 204
