"""The settings `asyncapi_ignore` and `asyncapi_severity`, in whole runs and in tests by hand."""

from __future__ import annotations

import pytest

NUMBER = "--asyncapi-app=service:number"
PAGE = "--asyncapi-app=service:page"
SHORT = "--asyncapi-timeout=2"
STALE = "*matched nothing*"


@pytest.fixture
def settings(folder):
    """Return a function that writes the ini file."""

    def write(*, ignore=(), severity=(), more=""):
        lines = ["[pytest]", more, "asyncapi_ignore =", *(f"    {line}" for line in ignore)]
        lines += ["asyncapi_severity =", *(f"    {line}" for line in severity)]
        (folder / "pytest.ini").write_text("\n".join(lines) + "\n")

    return write


def test_what_is_ignored_passes_and_is_counted(gate, settings):
    settings(ignore=["userSignups:payload-schema", "content-type"])
    result = gate(NUMBER, SHORT)
    result.assert_outcomes(passed=11, skipped=3)
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            "ignored: 1 by asyncapi_ignore userSignups:payload-schema",
            "asyncapi_ignore: 'content-type' matched nothing: remove it",
        ]
    )
    result.stdout.no_fnmatch_line("*advice: payload-schema*")


@pytest.mark.parametrize("distribution", [["-n2"], ["-n2", "-k", "server"]])
def test_counts_cross_processes(gate, settings, distribution):
    settings(ignore=["payload-schema", "content-type"])
    result = gate(NUMBER, SHORT, *distribution)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["ignored: 1 by asyncapi_ignore payload-schema"])
    stale = ["asyncapi_ignore: 'content-type' matched nothing: remove it"]
    if "-k" in distribution:
        result.stdout.no_fnmatch_line(STALE)
    else:
        result.stdout.fnmatch_lines(stale)


def test_what_a_conftest_leaves_out_in_another_process_makes_a_partial_run(gate, settings, folder):
    settings(ignore=["overlapping-messages"])
    (folder / "conftest.py").write_text(
        "def pytest_collection_modifyitems(config, items):\n"
        "    left = [item for item in items if item.name == 'delivers_every_event']\n"
        "    items[:] = [item for item in items if item not in left]\n"
        "    config.hook.pytest_deselected(items=left)\n"
    )
    gate("-n2", "--asyncapi-app=service:good", SHORT).stdout.no_fnmatch_line(STALE)


@pytest.mark.parametrize(
    "options",
    [
        ["--asyncapi-app=service:good", "-k", "connects"],
        ["--asyncapi-app=service:good", "--deselect=spec.yaml::references_arrive"],
        ["--asyncapi-app=service:good", "spec.yaml::userSignups::server"],
        ["--asyncapi-app=service:good", "test_mine.py"],
        ["--asyncapi-client=clients:good"],
        ["--asyncapi-app=service:missing"],
        ["--asyncapi-app=service:good", "--collect-only"],
        [],
    ],
    ids=" ".join,
)
def test_a_run_that_cannot_match_an_entry_does_not_call_it_stale(gate, settings, folder, options):
    settings(ignore=["content-type"])
    (folder / "test_mine.py").write_text("def test_nothing(): pass\n")
    gate(SHORT, *options).stdout.no_fnmatch_line(STALE)


def test_a_run_of_one_document_of_the_ini_file_leaves_entries_of_others_alone(
    gate, settings, folder
):
    other = (folder / "spec.yaml").read_text().replace("userSignups", "others")
    (folder / "other.yaml").write_text(other)
    documents = "asyncapi =\n    spec.yaml\n    other.yaml"
    settings(ignore=["others:status", "content-type"], more=documents)
    one = gate("--asyncapi-app=service:good", SHORT)
    assert one.ret == 0
    one.stdout.no_fnmatch_line(STALE)
    both = gate("--asyncapi-app=service:good", SHORT, document="")
    both.stdout.fnmatch_lines(
        [
            "asyncapi_ignore: 'others:status' matched nothing: remove it",
            "asyncapi_ignore: 'content-type' matched nothing: remove it",
        ]
    )


def test_an_item_that_left_off_calls_nothing_stale(gate, settings):
    settings(ignore=["no-events", "payload-schema"])
    result = gate("--asyncapi-app=service:silent", "--asyncapi-timeout=1")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["ignored: 1 by asyncapi_ignore no-events"])
    result.stdout.no_fnmatch_line(STALE)


def test_a_stale_entry_of_the_document_needs_no_target(gate, settings):
    settings(ignore=["overlapping-messages"])
    result = gate()
    assert result.ret == 0
    result.stdout.fnmatch_lines(["asyncapi_ignore: 'overlapping-messages' matched nothing*"])


def test_an_error_can_be_advice(gate, settings):
    settings(severity=["payload-schema = advice"])
    result = gate(NUMBER, SHORT)
    result.assert_outcomes(passed=11, skipped=3)
    result.stdout.fnmatch_lines(["advice: payload-schema: /email is 5, not a string*"])


def test_advice_can_be_an_error_for_one_channel(gate, settings):
    settings(severity=["userSignups:cacheable = error"])
    result = gate("--asyncapi-app=service:good", SHORT)
    result.assert_outcomes(passed=10, failed=1, skipped=3)
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        ["cacheable: *", "FAILED spec.yaml::userSignups::server::connects*"]
    )


@pytest.mark.parametrize(
    ("policy", "line"),
    [
        ({"ignore": ["content-type"]}, "ignored: 1 by asyncapi_ignore content-type"),
        ({"severity": ["userSignups:content-type = advice"]}, "advice: content-type: *"),
    ],
)
def test_events_of_a_wrong_type_are_judged(gate, settings, policy, line):
    settings(**policy)
    result = gate(PAGE, SHORT, "-rs")
    assert result.ret == 0
    result.assert_outcomes(passed=11, skipped=3)
    result.stdout.no_fnmatch_line("*see connects*")
    result.stdout.fnmatch_lines(["server under test: *; 1 events", line])


def test_findings_of_a_document_go_by_the_policy(gate, settings, folder):
    document = (folder / "spec.yaml").read_text().replace("type: string", "typ: string", 1)
    (folder / "spec.yaml").write_text(document)
    gate("-k", "schemas_can").stdout.fnmatch_lines(["advice: misspelt-keyword: *"])
    settings(ignore=["misspelt-keyword"])
    ignored = gate("-k", "schemas_can")
    ignored.stdout.fnmatch_lines(["ignored: 1 by asyncapi_ignore misspelt-keyword"])
    settings(severity=["misspelt-keyword = error"])
    gate("-k", "schemas_can").assert_outcomes(failed=1, deselected=11)


def test_items_of_a_schema_that_is_let_pass_are_skipped_with_the_reason(gate, settings, folder):
    document = (
        (folder / "spec.yaml")
        .read_text()
        .replace("type: object", "type: object\n        not: {}", 1)
    )
    (folder / "spec.yaml").write_text(document)
    settings(ignore=["unsatisfiable-schema"])
    result = gate("--asyncapi-app=service:good", SHORT, "-rs")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["SKIPPED*not checkable: unsatisfiable-schema is let pass by *"])


@pytest.mark.parametrize(
    ("client", "code", "outcomes"),
    [
        ("doubles", "event-duplicated", {"passed": 1}),
        ("never", "client-failed", {"skipped": 1}),
    ],
)
def test_what_a_client_does_can_be_ignored(gate, settings, client, code, outcomes):
    settings(ignore=[code])
    options = ["--asyncapi-timeout=4", "-rs", "-k", "delivers_every_event"]
    result = gate(f"--asyncapi-client=clients:{client}", *options)
    result.assert_outcomes(**outcomes, deselected=16)
    result.stdout.fnmatch_lines([f"ignored: * by asyncapi_ignore {code}"])
    result.stdout.no_fnmatch_line("*again:*")


LOSSY = """
import asyncio, httpx, json
from starlette.applications import Starlette
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
queues = set()
async def publish(request):
    for queue in queues:
        queue.put_nowait({**await request.json(), "displayName": "Ada"})
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
def trigger(channel, message, payload, *, base_url):
    httpx.post(base_url + "/signup", json=payload, trust_env=False)
    return payload
"""


@pytest.mark.parametrize(
    ("policy", "line"),
    [
        ({"ignore": ["payload-altered"]}, "ignored: 1 by asyncapi_ignore payload-altered"),
        (
            {"severity": ["payload-altered = advice"]},
            "advice: payload-altered: a published UserSignedUp came out changed*",
        ),
    ],
)
def test_what_becomes_of_published_payloads_can_be_let_pass(gate, settings, folder, policy, line):
    (folder / "lossy.py").write_text(LOSSY)
    settings(**policy)
    result = gate("--asyncapi-app=lossy:app", "--asyncapi-trigger=lossy:trigger", SHORT)
    assert result.ret == 0
    result.assert_outcomes(passed=12, skipped=2)
    result.stdout.fnmatch_lines([line])
    result.stdout.no_fnmatch_line(STALE)


def test_a_server_that_is_not_there_is_not_tested_by_being_ignored(gate, settings):
    settings(ignore=["no-response"])
    result = gate("--asyncapi-url=http://127.0.0.1:9", "--asyncapi-timeout=1", "-rs")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["no-events: *", "*got: * nothing answered"])
    result.stdout.fnmatch_lines(["ignored: 1 by asyncapi_ignore no-response"])


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ({"ignore": ["payload-shema"]}, "*asyncapi_ignore 'payload-shema': no code *; did you mean 'payload-schema'?*"),
        ({"ignore": ["userSignup:status"]}, "*no channel 'userSignup'; did you mean 'userSignups'?*"),
        ({"ignore": ["status", "status"]}, "*asyncapi_ignore 'status': it is there twice*"),
        ({"severity": ["status = warn"]}, "*asyncapi_severity 'status = warn': 'warn' is no severity*"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_refused_before_anything_is_contacted(
    refuses, settings, policy, message
):
    settings(**policy)
    result = refuses("--asyncapi-url=http://127.0.0.1:9")
    result.stderr.fnmatch_lines([message])


def test_a_wrong_setting_is_refused_without_a_document_too(refuses, settings):
    settings(ignore=["payload-shema", "anything:status"])
    refuses(document="").stderr.fnmatch_lines(["*did you mean 'payload-schema'?*"])
    settings(ignore=["anything:statsu"])
    refuses(document="").stderr.fnmatch_lines(["*did you mean 'status'?*"])


RECEIVE = """
import pytest
from pytest_asyncapi_sse import ContractViolation

def codes(event):
    return [(found.code, found.severity) for found in event.violations]

def first_two(sse_client, **options):
    with sse_client("userSignups", **options) as stream:
        return [codes(stream.receive(within=5)) for _ in range(2)]
"""


@pytest.fixture
def hand_written(pytester, folder, bytecode):
    """Return a function that runs tests written by hand against an application."""

    def run(text, application):
        (folder / "test_mine.py").write_text(RECEIVE + text)
        options = ["-p", "no:cacheprovider", "-o", "asyncapi=spec.yaml", "test_mine.py"]
        return pytester.runpytest_subprocess(*options, f"--asyncapi-app=service:{application}")

    return run


def test_receive_neither_raises_nor_shows_what_is_ignored(hand_written, settings):
    settings(ignore=["payload-schema", "content-type"])
    text = """
def test_events(sse_client):
    assert first_two(sse_client) == [[], []]
    assert first_two(sse_client, validate=False) == [[], []]

async def asynchronous(async_sse_client):
    async with async_sse_client("userSignups") as stream:
        return [codes(await stream.receive(within=5)) for _ in range(2)]

def test_async_events(async_sse_client):
    import asyncio
    assert asyncio.run(asynchronous(async_sse_client)) == [[], []]
"""
    result = hand_written(text, "number")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["ignored: 3 by asyncapi_ignore payload-schema"])
    result.stdout.no_fnmatch_line(STALE)


def test_receive_shows_what_is_made_advice(hand_written, settings):
    settings(severity=["payload-schema = advice"])
    text = """
def test_events(sse_client):
    assert first_two(sse_client) == [[], [("payload-schema", "advice")]]
"""
    hand_written(text, "number").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("policy", "shown"),
    [
        ({"ignore": ["content-type"]}, "[]"),
        ({"severity": ["content-type = advice"]}, '[("content-type", "advice")]'),
    ],
)
def test_receive_goes_on_where_the_type_may_be_wrong(hand_written, settings, policy, shown):
    settings(**policy)
    text = f"""
def test_event(sse_client):
    with sse_client("userSignups") as stream:
        assert codes(stream.receive(within=5)) == {shown}
        with pytest.raises(ContractViolation, match="^no-events"):
            stream.receive(within=0.2)
"""
    hand_written(text, "page").assert_outcomes(passed=1)


def test_receive_raises_advice_that_is_made_an_error(hand_written, settings):
    settings(severity=["cacheable = error"])
    text = """
def test_event(sse_client):
    with sse_client("userSignups") as stream:
        with pytest.raises(ContractViolation, match="^cacheable: .*"):
            stream.receive(within=5)
        assert codes(stream.receive(within=5)) == []
"""
    hand_written(text, "good").assert_outcomes(passed=1)


def test_an_event_that_is_not_expected_can_be_let_pass(hand_written, settings):
    text = """
def test_silence(sse_client):
    with sse_client("userSignups") as stream:
        stream.expect_none(within=5)
"""
    hand_written(text, "good").assert_outcomes(failed=1)
    settings(ignore=["unexpected-event"])
    result = hand_written(text, "good")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["ignored: 1 by asyncapi_ignore unexpected-event"])


def test_no_response_is_raised_whatever_is_ignored(hand_written, settings):
    settings(ignore=["no-response", "no-events"], more="asyncapi_timeout = 1")
    text = """
def test_nobody(sse_client):
    with pytest.raises(ContractViolation, match="^no-response"):
        with sse_client("userSignups", url="http://127.0.0.1:9"):
            pass
"""
    hand_written(text, "good").assert_outcomes(passed=1)
