"""The verdicts of the gate on servers and clients that are right, and that are wrong in one way."""

from __future__ import annotations

import pytest

SERVER = "*::userSignups::server::"


def test_without_a_target_the_generated_pair_test_each_other(gate):
    result = gate("-v")
    result.assert_outcomes(passed=12)
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            "asyncapi: Account Service (AsyncAPI 3.0.0, spec.yaml): userSignups",
            "asyncapi: nothing of yours is under test:*",
            "spec.yaml::userSignups::server::events_match_the_contract PASSED*",
            "spec.yaml::userSignups::client::delivers_every_event PASSED*",
            "nothing of yours was tested: the generated server and the generated client*",
        ]
    )


@pytest.mark.parametrize("app", ["good", "closing", "endless", "factory"])
def test_a_server_that_keeps_the_contract_passes(gate, app):
    result = gate(f"--asyncapi-app=service:{app}", "--asyncapi-timeout=5")
    result.assert_outcomes(passed=11, skipped=3)
    assert result.ret == 0


@pytest.mark.parametrize(
    ("app", "item", "lines"),
    [
        (
            "number",
            "events_match_the_contract",
            [
                "payload-schema: /email is 5, not a string",
                "*at: * /email",
                "*document: * spec.yaml:26:*/payload/properties/email/type)",
                '*frame: *data: {"displayName": "Ada", "email": 5}*',
                "*reproduce:*curl -N --max-time 10 -H 'Accept: text/event-stream' http*",
            ],
        ),
        ("silent", "events_match_the_contract", ["no-events: no event came within * s"]),
        ("comments", "events_match_the_contract", ["no-events:*", "*only comments*"]),
        ("empty", "events_match_the_contract", ["no-events:*", "*the server closed the stream*"]),
        ("not_json", "events_match_the_contract", ["invalid-json:*"]),
        ("partial", "stream_is_well_formed", ["partial-event:*"]),
        ("missing", "connects", ["status: the status is 404 Not Found, not 200 OK"]),
        ("page", "connects", ["content-type: the response is 'text/html*"]),
        ("json_page", "connects", ["content-type: the response is 'application/json*"]),
        (
            "unstartable",
            "connects",
            ["service:unstartable failed to start: RuntimeError: no data*"],
        ),
    ],
)
def test_a_server_with_one_defect_fails_once(gate, app, item, lines):
    result = gate(f"--asyncapi-app=service:{app}", "--asyncapi-timeout=1")
    assert result.ret == 1
    assert result.parseoutcomes()["failed"] == 1
    result.stdout.fnmatch_lines([*lines, f"FAILED spec.yaml::userSignups::server::{item}*"])
    result.stdout.no_fnmatch_line("*pytest_asyncapi_sse/*")


def test_other_items_refer_to_a_failed_connection(gate):
    result = gate("--asyncapi-app=service:json_page", "-rs")
    result.stdout.fnmatch_lines(["SKIPPED*see connects"])


def test_a_selected_item_tells_a_failed_connection_itself(gate):
    result = gate("--asyncapi-app=service:json_page", "-k", "events_match")
    result.assert_outcomes(failed=1, deselected=13)
    result.stdout.fnmatch_lines(["content-type:*"])


def test_a_url_that_refuses_is_one_failure(gate):
    result = gate("--asyncapi-url=http://127.0.0.1:9", "--asyncapi-timeout=1")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["no-response: the server could not be reached"])
    assert result.parseoutcomes()["failed"] == 1


DELIVERS = ("-k", "delivers_every_event")


@pytest.mark.parametrize("client", ["good", "asynchronous", "collects", "prints"])
def test_a_client_that_delivers_everything_passes(gate, client):
    result = gate(f"--asyncapi-client=clients:{client}", "--asyncapi-timeout=4", *DELIVERS)
    result.assert_outcomes(passed=1, deselected=16)


@pytest.mark.parametrize(
    ("client", "lines"),
    [
        ("drops", ["event-lost: *event 10 of *", "*payload: * {*", "*context: *"]),
        ("alters", ["payload-altered: *", "*got: * {'email': 'A@*", '*payload: * {"email":"a@*']),
        ("rejects", ["event-rejected: *", "*got: * ValueError: no name", "*payload: * {}"]),
        ("doubles", ["event-duplicated: *"]),
        ("stops", ["client-stopped: *", "*an empty signup*", "*payload: * {}"]),
        ("text", ["payload-altered: *", "*do: * the client delivered the JSON text*"]),
        ("never", ["client-failed: the client ended before it connected"]),
    ],
)
def test_a_client_with_one_defect_fails(gate, client, lines):
    result = gate(f"--asyncapi-client=clients:{client}", "--asyncapi-timeout=4", *DELIVERS)
    assert result.ret == 1
    result.assert_outcomes(failed=1, deselected=16)
    result.stdout.fnmatch_lines(lines)


def test_a_failing_client_says_how_to_see_it_again(gate):
    result = gate("--asyncapi-client=clients:alters", "--hypothesis-seed=7", *DELIVERS)
    again = "*again: * pytest --asyncapi=spec.yaml spec.yaml::userSignups::client::* --hypothesis-seed=7"
    result.stdout.fnmatch_lines([again])


def test_a_server_that_changes_what_is_published(gate, pytester):
    pytester.makepyfile(
        lossy="""
        import asyncio, json
        from starlette.applications import Starlette
        from starlette.responses import Response, StreamingResponse
        from starlette.routing import Route
        queues = set()
        async def publish(request):
            payload = await request.json()
            payload.pop("displayName", None)
            for queue in queues:
                queue.put_nowait(payload)
            return Response(status_code=202)
        async def events():
            queue = asyncio.Queue()
            queues.add(queue)
            while True:
                yield f"data: {json.dumps(await queue.get())}\\n\\n"
        async def stream(request):
            return StreamingResponse(events(), media_type="text/event-stream")
        app = Starlette(routes=[Route("/signup", publish, methods=["POST"]),
                                Route("/user/signedup", stream)])
        import httpx
        def trigger(channel, message, payload, *, base_url):
            assert (channel, message) == ("userSignups", "UserSignedUp")
            httpx.post(base_url + "/signup", json=payload, trust_env=False)
            return payload
        async def fires(channel, message, payload, *, base_url):
            trigger(channel, message, payload, base_url=base_url)
        def broken(channel, message, payload):
            raise KeyError("nobody")
        """
    )
    options = ["--asyncapi-app=lossy:app", "--asyncapi-timeout=2"]
    result = gate(*options, "--asyncapi-trigger=lossy:trigger")
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        [
            "payload-altered: a published UserSignedUp came out changed: *",
            "*got: * {}",
            "*expected: * {'displayName': *}",
        ]
    )
    fired = gate(*options, "--asyncapi-trigger=lossy:fires", "-rs")
    fired.assert_outcomes(passed=11, skipped=3)
    fired.stdout.fnmatch_lines(["SKIPPED*the trigger does not return the payload to expect"])
    broken = gate(*options, "--asyncapi-trigger=lossy:broken")
    broken.stdout.fnmatch_lines(["the trigger raised KeyError: 'nobody' (*lossy.py:*"])
    assert broken.ret == 1


@pytest.mark.parametrize("setting", ["asyncapi_max_event", "asyncapi_max_stream"])
def test_the_settings_bound_what_is_read_of_a_server(gate, pytester, setting):
    (pytester.path / "large.py").write_text(
        "import json\nfrom service import GOOD, service\n"
        "app = service(raw='data: ' + json.dumps(GOOD) + ' ' * 4000 + '\\ndata:\\n')\n"
    )
    (pytester.path / "test_mine.py").write_text(
        "import pytest\n\ndef test_mine(sse_client):\n"
        "    with sse_client('userSignups', validate=False) as stream:\n"
        f"        with pytest.raises(AssertionError, match='stream-ended.*\\n.*{setting}'):\n"
        "            stream.receive(within=3)\n"
    )
    options = ["--asyncapi-app=large:app", "--asyncapi-timeout=3", "-o", f"{setting}=2kB"]
    assert gate("test_mine.py", "-k", "test_mine", *options).parseoutcomes()["passed"] == 1
    result = gate("-k", "server", *options)
    if setting == "asyncapi_max_event":
        result.stdout.fnmatch_lines(["event-too-large: *", "*do: *raise asyncapi_max_event*"])
    else:
        result.stdout.fnmatch_lines(["no-events: *", "*over 2,000 bytes*asyncapi_max_stream*"])


def test_a_trigger_that_never_returns_is_told_by_its_name(gate, pytester):
    (pytester.path / "stuck.py").write_text(
        "import time\n\ndef trigger(channel, message, payload):\n    time.sleep(600)\n"
    )
    options = ["--asyncapi-app=service:silent", "--asyncapi-timeout=2", "-k", "connects"]
    result = gate(*options, "--asyncapi-trigger=stuck:trigger")
    assert result.parseoutcomes()["failed"] == 1
    result.stdout.fnmatch_lines(["the trigger stuck.trigger did not return within * s, and it is*"])
