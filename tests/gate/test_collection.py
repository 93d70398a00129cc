"""Where the gate's items come from, and how they are chosen, named and required."""

from __future__ import annotations

import pytest

ITEM = "spec.yaml::userSignups::server::connects"


def test_the_items_stand_beside_the_users_own(gate, pytester):
    pytester.makepyfile("def test_mine(): pass")
    result = gate("-v")
    result.assert_outcomes(passed=13)


def test_a_node_id_can_be_pasted(gate):
    result = gate("-v", ITEM)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([f"{ITEM} PASSED*"])


def test_the_same_document_twice_is_collected_once(gate, pytester):
    result = gate(f"--asyncapi={pytester.path / 'spec.yaml'}")
    result.assert_outcomes(passed=12)


def test_two_documents(gate, pytester):
    (pytester.path / "two.yaml").write_text((pytester.path / "spec.yaml").read_text())
    gate("--asyncapi=two.yaml").assert_outcomes(passed=24)


def test_the_ini_setting_feeds_a_plain_run(gate, pytester):
    pytester.makeini("[pytest]\nasyncapi = spec.yaml\n")
    pytester.makepyfile(test_mine="def test_mine(asyncapi): assert asyncapi.title")
    gate(document="").assert_outcomes(passed=13)
    gate("test_mine.py", document="").assert_outcomes(passed=1)
    gate(ITEM, document="").assert_outcomes(passed=1)


def test_a_document_outside_the_rootdir(gate, pytester):
    inner = pytester.mkdir("inner")
    (inner / "pytest.ini").write_text("[pytest]\n")
    result = gate("-v", "--rootdir=inner", "-c", "inner/pytest.ini", "inner")
    result.assert_outcomes(passed=12)
    result.stdout.fnmatch_lines(["*../spec.yaml::userSignups::server::connects PASSED*"])


def test_options_as_a_word_of_its_own(gate):
    gate("--asyncapi", "spec.yaml", document="").assert_outcomes(passed=12)


def test_keywords_and_workers(gate):
    gate("-k", "client").assert_outcomes(passed=1, deselected=11)
    result = gate("-n2", "--asyncapi-app=service:good")
    result.assert_outcomes(passed=11, skipped=3)
    result.stdout.fnmatch_lines(["server under test: service:good: 4 passed, 2 skipped; 1 events"])


def test_a_side_without_a_target_is_skipped_with_the_reason(gate):
    result = gate("--asyncapi-app=service:good", "-rs")
    result.stdout.fnmatch_lines(["SKIPPED*no client under test: give --asyncapi-client*"])


@pytest.mark.parametrize("side", ["client", "both"])
def test_a_required_side_without_a_target_fails_the_run(gate, side):
    result = gate("--asyncapi-app=service:good", f"--asyncapi-require={side}")
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        ["*--asyncapi-require asks for a client under test*", "ERROR: *no client of yours was*"]
    )


def test_a_required_side_that_was_deselected_fails_the_run(gate):
    options = ["--asyncapi-app=service:good", "--asyncapi-require=server"]
    assert gate(*options).ret == 0
    result = gate(*options, "-k", "describes")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["ERROR: --asyncapi-require server: no server of yours*"])


def test_a_side_that_the_ini_file_requires(gate, pytester):
    pytester.makeini("[pytest]\nasyncapi = spec.yaml\nasyncapi_require = server\n")
    pytester.makepyfile(test_mine="def test_mine(): pass")
    assert gate("test_mine.py", document="").ret == 0
    assert gate(document="").ret == 1


def test_a_failure_in_junit_names_the_case(gate, pytester):
    gate("--asyncapi-app=service:number", "--junitxml=junit.xml")
    report = (pytester.path / "junit.xml").read_text()
    assert "payload-schema: /email is 5" in report
    assert "asyncapi_side" in report


def test_a_channel_that_is_left_out_is_named(gate, pytester):
    (pytester.path / "kafka.yaml").write_text(
        "asyncapi: 3.0.0\ninfo: {title: K, version: '1'}\n"
        "servers: {k: {host: 'localhost:9092', protocol: kafka}}\n"
        "channels: {lines: {address: lines, messages: {m: {payload: {type: object}}}}}\n"
        "operations: {o: {action: send, channel: {$ref: '#/channels/lines'}}}\n"
    )
    result = gate(document="kafka.yaml")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["asyncapi: left out: lines: *kafka*", "no-stream: *"])


NOT_DOCUMENTS = {
    "missing": (None, ["*gone.yaml*"]),
    "empty": ("", ["*bad.yaml*"]),
    "broken": ("asyncapi: [", ["*bad.yaml:2:1:*"]),
    "other": ("openapi: 3.1.0\n", ["*bad.yaml*AsyncAPI*"]),
    "list": ("- 1\n", ["*bad.yaml*"]),
    "version": ("asyncapi: 1.2.0\n", ["*1.2.0*"]),
    "binary": ("\x00\x01", ["*bad.yaml*"]),
}


@pytest.mark.parametrize(("text", "lines"), NOT_DOCUMENTS.values(), ids=NOT_DOCUMENTS)
def test_what_is_no_document_is_one_clear_message(refuses, pytester, text, lines):
    name = "gone.yaml" if text is None else "bad.yaml"
    if text is not None:
        (pytester.path / name).write_text(text)
    refuses(document=name).stderr.fnmatch_lines(lines)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--asyncapi="], "*--asyncapi is empty*"),
        (["--asyncapi=HTTP://127.0.0.1:1/a.yaml"], "*http://127.0.0.1:1/a.yaml can't be fetched*"),
        (["--asyncapi-url="], "*--asyncapi-url is empty*"),
        (["--asyncapi-url=localhost:3000"], "*--asyncapi-url is 'localhost:3000'*http://*"),
        (["--asyncapi-url=http://x:y"], "*--asyncapi-url is 'http://x:y'*"),
        (["--asyncapi-app=service"], "*--asyncapi-app is 'service'*MODULE:ATTR*"),
        (["--asyncapi-app=servise:app"], "*--asyncapi-app: 'servise:app' does not import*"),
        (["--asyncapi-app=service:god"], "*no attribute 'god'; did you mean 'good'?*"),
        (["--asyncapi-app=service:GOOD"], "*'service:GOOD' is dict, not callable*"),
        (["--asyncapi-client=clients:bad"], "*no attribute 'bad'*"),
        (["--asyncapi-trigger= "], "*--asyncapi-trigger is empty*"),
        (["--asyncapi-timeout=soon"], "*--asyncapi-timeout is 'soon'*seconds above 0*"),
        (["--asyncapi-timeout=0"], "*--asyncapi-timeout is '0'*"),
        (["--asyncapi-timeout=nan"], "*--asyncapi-timeout is 'nan'*"),
        (["--asyncapi-events=-1"], "*--asyncapi-events is '-1'*whole number above 0*"),
        (["--asyncapi-require=all"], "*--asyncapi-require is 'all'*server, client, both*"),
        (
            ["-o", "asyncapi_max_event=much"],
            "*asyncapi_max_event is 'much': give a size above 0, in bytes or such as 16MiB or 64MB",
        ),
        (["-o", "asyncapi_max_stream="], "*asyncapi_max_stream is '': give a size*"),
        (
            ["-o", "asyncapi_max_stream=1kB", "-o", "asyncapi_max_event=1KiB"],
            "*asyncapi_max_event is 1,024 bytes, more than the 1,000 of asyncapi_max_stream*",
        ),
        (
            ["--asyncapi-header=Accept-Encoding: gzip"],
            "*'Accept-Encoding' is a header that the client sets itself: leave it out*",
        ),
        (["--asyncapi-header=Secret"], "*--asyncapi-header*Name: value*"),
        (["--asyncapi-allow-remote="], "*--asyncapi-allow-remote is empty: give it a HOST*"),
        (
            ["--asyncapi-allow-remote=http://h"],
            "*--asyncapi-allow-remote is 'http://h': give a host*",
        ),
        (["--asyncapi-allow-folder= "], "*--asyncapi-allow-folder is empty: give it a DIR*"),
        (
            ["--asyncapi-allow-folder=gone"],
            "*--asyncapi-allow-folder is '*gone': give a folder that exists*",
        ),
        (["--asyncapi-map="], "*--asyncapi-map is empty: give it a URL=FILE*"),
        (["--asyncapi-map=http://h/a"], "*--asyncapi-map is 'http://h/a': give URL=FILE*"),
        (
            ["--asyncapi-map=http://h/a="],
            "*--asyncapi-map is 'http://h/a' without a file: give URL=FILE*",
        ),
        (
            ["--asyncapi-map=a.json=spec.yaml"],
            "*--asyncapi-map is 'a.json': give a URL with its scheme*",
        ),
        (
            ["--asyncapi-map=http://h/a=gone"],
            "*--asyncapi-map is 'http://h/a' as '*gone': give a file*",
        ),
        (
            ["--asyncapi-map=http://h/=spec.yaml"],
            "*--asyncapi-map is 'http://h/' as '*': give a folder*",
        ),
        (["--asyncapi-parameter=a"], "*--asyncapi-parameter is 'a'*NAME=VALUE*"),
        (["--asyncapi-parameter=a=1"], "*--asyncapi-parameter 'a': no stream has this parameter*"),
        (["--asyncapi-url=http://a", "--asyncapi-app=service:good"], "*two servers under test*"),
    ],
)
def test_a_bad_option_is_one_clear_message(refuses, options, line):
    refuses(*options).stderr.fnmatch_lines([line])


def test_a_refusal_is_the_same_in_a_process_of_its_own(gate, refuses):
    """Hold what `refuses` runs in this process to a real start and its exit status."""
    for options in (["--asyncapi-timeout=0"], ["--asyncapi-app=service:god"]):
        result = gate(*options)
        assert result.ret == 4
        assert "Traceback" not in result.stderr.str() + result.stdout.str()
        assert result.errlines == refuses(*options).errlines


def test_secrets_are_masked(gate):
    result = gate(
        "--asyncapi-app=service:number", "--asyncapi-header=Authorization: Bearer hunter2"
    )
    assert "hunter2" not in result.stdout.str() + result.stderr.str()
    result.stdout.fnmatch_lines(['*-H "Authorization: $AUTHORIZATION"*'])
