"""What the terminal and the reports show: no secret, no forged line, no flood; ids that work."""

from __future__ import annotations

import json
import re
import shlex
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from xml.etree import ElementTree

import pytest

SECRET = "geheim"
CHECKS = ("structure_is_right", "userSignups::server::connects", "userSignups::client")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def host(pytester):
    """Serve the folder of the test; return host and port."""
    handler = partial(Quiet, directory=str(pytester.path))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def text_of(result: pytest.RunResult) -> str:
    return result.stdout.str() + result.stderr.str()


def channels(names, *, protocol="https", **info) -> str:
    return json.dumps(
        {
            "asyncapi": "3.0.0",
            "info": {"title": "T", "version": "1", **info},
            "servers": {"s": {"host": "h.example.com", "protocol": protocol}},
            "channels": {
                name: {"address": f"/{number}", "messages": {"m": {"payload": {"type": "object"}}}}
                for number, name in enumerate(names)
            },
        }
    )


def test_the_password_of_a_documents_url_is_shown_nowhere(gate, pytester, host):
    url = f"http://usr:{SECRET}@{host}/spec.yaml"
    options = ["--asyncapi-client=clients:alters", "--junitxml=j.xml", "-o", "cache_dir=cache"]
    options += ["-k", "structure_is_right or delivers_every_event"]
    result = pytester.runpytest_subprocess(f"--asyncapi={url}", "-v", *options)
    result.stdout.fnmatch_lines([f"http://{host}/spec.yaml::structure_is_right PASSED*"])
    result.stdout.fnmatch_lines([f"*again: * pytest --asyncapi=http://{host}/spec.yaml *"])
    files = [path for path in pytester.path.rglob("*") if path.is_file() and ".py" not in path.name]
    shown = text_of(result) + "".join(path.read_text(errors="replace") for path in files)
    assert "lastfailed" in " ".join(map(str, files))
    assert SECRET not in shown


def test_a_node_id_of_a_document_from_a_url_can_be_pasted(gate, host):
    url = f"http://{host}/spec.yaml"
    for check in CHECKS:
        result = gate(f"{url}::{check}", "-v", document=url)
        result.assert_outcomes(passed=1, deselected=11)
        result.stdout.fnmatch_lines([f"{url}::{check}* PASSED*"])
    gate(url, document=url).assert_outcomes(passed=12)
    gate(f"{url}::userSignups", "-n2", document=url).assert_outcomes(passed=5)


def test_such_a_node_id_stands_beside_other_arguments(gate, pytester, host):
    pytester.makepyfile(test_mine="def test_mine(): pass\ndef test_other(): pass")
    url = f"http://{host}/spec.yaml"
    pytester.makeini(f"[pytest]\nasyncapi = {url}\n")
    pasted = [f"{url}::structure_is_right", "test_mine.py::test_mine"]
    gate(*pasted, document="").assert_outcomes(passed=2, deselected=11)
    gate("test_mine.py", document="").assert_outcomes(passed=2)
    gone = gate(f"{url}::structure", document="")
    assert gone.ret == 4
    gone.stderr.fnmatch_lines([f"ERROR: not found: {url}::structure"])


def test_such_a_node_id_as_it_is_printed_in_a_folder_below(gate, pytester, host, monkeypatch):
    url = f"http://{host}/spec.yaml"
    pytester.makeini("[pytest]\n")
    monkeypatch.chdir(pytester.mkdir("below"))
    printed = f"../http:/{host}/spec.yaml::structure_is_right"
    gate(printed, document=url).assert_outcomes(passed=1, deselected=11)


@pytest.mark.parametrize("place", ["url", "file", "below"])
def test_the_command_that_a_failure_prints_runs_that_item(gate, pytester, host, monkeypatch, place):
    pytester.makeini("[pytest]\n")
    document = "spec.yaml"
    if place == "url":
        document = f"http://{host}/spec.yaml"
    if place == "below":
        monkeypatch.chdir(pytester.mkdir("below"))
        document = "../spec.yaml"
    client = ["-p", "no:cacheprovider", "--asyncapi-client=clients:alters", "-k", "delivers"]
    monkeypatch.setenv("PYTHONPATH", str(pytester.path), prepend=":")
    failed = gate(*client, document=document).stdout.str()
    command = re.search(r"again: +pytest (.*)", failed).group(1)
    result = pytester.runpytest_subprocess(*shlex.split(command), *client)
    assert result.parseoutcomes()["failed"] == 1
    assert "passed" not in result.parseoutcomes()


@pytest.mark.parametrize(
    ("header", "why"),
    [
        (f"Authorization: Bearer {SECRET}\rx", "'Authorization' (it is not shown) holds*HTTP*"),
        (f"Authorization: Bearer {SECRET}€", "'Authorization' (it is not shown) holds*HTTP*"),
        (f"Authorization: Bearer {SECRET}\x00x", "'Authorization' (it is not shown) holds*"),
        (f"Authorization: Bearer {SECRET}\nx: y", "'Authorization' (it is not shown) holds*"),
        (f"Authorization Bearer {SECRET}:x", "a name (it is not shown) is none*"),
        (f"{SECRET}:", "*what was given is not shown*"),
        ("Content-Length: 5", "'Content-Length' is a header that the client sets itself*"),
        ("transfer-encoding: chunked", "'transfer-encoding' is a header that the client sets*"),
        ("Connection: close", "'Connection' is a header that the client sets itself*"),
    ],
    ids=lambda value: value.encode("unicode_escape").decode()[:40],
)
def test_a_header_that_cannot_be_sent_is_refused_without_its_value(refuses, pytester, header, why):
    if "\x00" in header:
        pytester.path.joinpath("pytest.ini").write_text(
            f"[pytest]\nasyncapi_header =\n  {header}\n"
        )
        result = refuses()
    else:
        result = refuses(f"--asyncapi-header={header}")
    result.stderr.fnmatch_lines([f"ERROR: --asyncapi-header: *{why.lstrip('*')}"])
    assert SECRET not in text_of(result)


HAND_WRITTEN = """

def test_open(sse_client):
    with sse_client("userSignups", headers=HEADERS) as stream:
        stream.receive(within=2)
"""


@pytest.mark.parametrize("where", ["fixture", "argument"])
@pytest.mark.parametrize("value", [f"Bearer {SECRET}\\n", f"{SECRET}€", f" {SECRET}"])
def test_a_header_of_a_fixture_or_a_test_is_checked_too(gate, pytester, where, value):
    given = f'{{"Authorization": read("{value}")}}'
    reading = "\ndef read(text):\n    return text\n"
    test = HAND_WRITTEN.replace("HEADERS", given if where == "argument" else "None")
    pytester.path.joinpath("test_mine.py").write_text(reading + test)
    conftest = f"\n@pytest.fixture\ndef asyncapi_auth():\n    return {given}\n"
    conftest = conftest if where == "fixture" else ""
    pytester.path.joinpath("conftest.py").write_text("import pytest" + reading + conftest)
    options = ["test_mine.py::test_open", "--asyncapi-app=service:good", "-l", "--tb=long"]
    result = gate(*options)
    assert result.ret == 1
    text = text_of(result)
    assert "can't carry" in text
    assert "Thread" not in text
    # Source lines of the user's own test are shown, values of frames of ours are not.
    ours = [line for line in text.splitlines() if SECRET in line and "read(" not in line]
    assert ours == []


def test_no_traceback_of_a_users_fixture_shows_credentials(gate, pytester):
    pytester.path.joinpath("conftest.py").write_text(
        "import os, pytest\n"
        "@pytest.fixture\ndef asyncapi_auth():\n    return ('u', os.environ['TOKEN'])\n"
        "@pytest.fixture\ndef asyncapi_parameters():\n    return 1 / 0\n"
    )
    pytester.path.joinpath("test_mine.py").write_text(
        "import os\ndef test_open(sse_client):\n"
        "    sse_client('userSignups', headers={'X-Key': os.environ['TOKEN']})\n"
    )
    pytester._monkeypatch.setenv("TOKEN", SECRET)
    result = gate("-l", "--tb=long", "--asyncapi-app=service:good")
    result.stdout.fnmatch_lines(["*ZeroDivisionError*"])
    assert SECRET not in text_of(result)


def test_an_event_id_beyond_ascii_is_sent_in_utf_8(gate, pytester):
    pytester.path.joinpath("test_mine.py").write_text(
        "import pytest\n"
        "from pytest_asyncapi_sse import ConfigurationError\n"
        "def test_sent(sse_client, sse_server):\n"
        "    with sse_server('userSignups') as server:\n"
        "        at = server.url.removesuffix('/user/signedup')\n"
        "        with sse_client('userSignups', url=at, last_event_id='é€'):\n"
        "            got = server.wait_for_client(within=5).headers['last-event-id']\n"
        "    assert got == 'é€'\n"
        "def test_refused(sse_client):\n"
        "    with pytest.raises(ConfigurationError, match='last_event_id'):\n"
        "        sse_client('userSignups', last_event_id='a\\nb')\n"
    )
    gate("test_mine.py", "-k", "test_", "--asyncapi-timeout=3").assert_outcomes(
        passed=2, deselected=12
    )


@pytest.mark.parametrize(
    "option",
    [
        f"--asyncapi-url=ftp://u:{SECRET}@127.0.0.1:1/",
        f"--asyncapi-url=http://u:{SECRET}@127.0.0.1:99999/",
        f"--asyncapi-url=http://u:ge/{SECRET}@127.0.0.1/",
        f"--asyncapi-url=u:{SECRET}@127.0.0.1",
        f"--asyncapi-map=http://u:{SECRET}@x/a",
        f"--asyncapi-map=http://u:{SECRET}@x/a#f=spec.yaml",
        f"--asyncapi-map=http://u:{SECRET}@x/a=gone",
        f"--asyncapi-map=http://u:{SECRET}@x/=gone",
        f"--asyncapi-map=http://u:{SECRET}@x/a=",
        f"--asyncapi-map=//u:{SECRET}@x/a=spec.yaml",
        f"--asyncapi-allow-remote=u:{SECRET}@x",
        f"--asyncapi=http://u:{SECRET}@127.0.0.1:99999/a",
        f"--asyncapi=http://u:ge/{SECRET}@127.0.0.1/a",
        f"--asyncapi=http://u:{SECRET}@127.0.0.1:1/a",
        f"--asyncapi=http://u:{SECRET}@[x/a",
    ],
)
def test_no_message_about_an_option_shows_a_password(refuses, option):
    assert SECRET not in text_of(refuses(option))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("asyncapi", "~nouser/x"),
        ("asyncapi_allow_folder", "~nouser/x"),
        ("asyncapi_map", "http://h/a=~nouser/x"),
    ],
)
def test_the_home_of_nobody_is_a_usage_error(refuses, pytester, name, value):
    flag = "--" + name.replace("_", "-")
    line = f"ERROR: {flag} is '~nouser/x': no home folder of this user is known"
    document = "" if name == "asyncapi" else "spec.yaml"
    refuses(f"{flag}={value}", document=document).stderr.fnmatch_lines([line])
    pytester.makeini(f"[pytest]\n{name} =\n  {value}\n")
    refuses(document=document).stderr.fnmatch_lines([line])


@pytest.mark.parametrize("seconds", ["1e300", "86401", "1" * 400])
def test_a_timeout_has_a_bound(refuses, seconds):
    result = refuses(f"--asyncapi-timeout={seconds}")
    result.stderr.fnmatch_lines(["ERROR: --asyncapi-timeout is *seconds above 0, 86400 at most"])


NAMES = [
    "a\nb",
    "a\u2028b",
    "a\x85b",
    "\x1b[31mred",
    "\x00",
    "a::b[c]",
    "100%",
    "é {x} /",
]


def test_names_make_ids_of_one_line_that_can_be_pasted(gate, pytester):
    pytester.path.joinpath("odd.json").write_text(channels(NAMES))
    result = gate("-v", "--junitxml=j.xml", "-k", "connects", document="odd.json")
    result.assert_outcomes(passed=len(NAMES), deselected=5 * len(NAMES) - len(NAMES) + 7)
    ids = re.findall(r"^(odd\.json::.*::connects) PASSED", result.stdout.str(), re.MULTILINE)
    assert len(ids) == len(set(ids)) == len(NAMES)
    assert "\x1b[31m" not in result.stdout.str()
    cases = list(ElementTree.parse(pytester.path / "j.xml").iter("testcase"))
    assert len(cases) == len(NAMES)
    for nodeid in ids:
        gate(nodeid, document="odd.json").assert_outcomes(passed=1)


@pytest.mark.parametrize("title", ["null", "[a]", "3", "''"])
def test_a_title_that_is_no_text_is_not_shown(gate, pytester, title):
    text = pytester.path.joinpath("spec.yaml").read_text()
    text = text.replace("title: Account Service", f"title: {title}")
    pytester.path.joinpath("spec.yaml").write_text(text)
    result = gate("--collect-only")
    result.stdout.fnmatch_lines(["asyncapi: AsyncAPI 3.0.0, spec.yaml: userSignups"])


def test_a_header_line_is_one_line_and_short(gate, pytester):
    names = [f"{'n' * 200}{number}" for number in range(300)]
    title = "\x1b[31mT\nasyncapi: forged" + "t" * 500
    pytester.path.joinpath("many.json").write_text(channels(names, title=title))
    result = gate("--collect-only", "-k", "nothing", document="many.json")
    lines = [line for line in result.outlines if line.startswith("asyncapi: ")]
    assert len(lines) == 2
    assert "\\x1b[31mT\\nasyncapi: forged" in lines[0]
    assert lines[0].endswith(" and 290 more")
    assert len(lines[0]) < 1000


def test_many_channels_that_are_left_out_are_grouped(gate, pytester):
    names = [f"n{number}" for number in range(300)]
    pytester.path.joinpath("many.json").write_text(channels(names, protocol="kafka"))
    result = gate("-k", "nothing", document="many.json")
    result.stdout.fnmatch_lines(
        [
            "asyncapi: left out: 300 channels: its servers speak kafka, not http",
            "asyncapi:   n0, n1, n2, n3, n4, n5, n6, n7, n8, n9 and 290 more",
        ]
    )
    assert len([line for line in result.outlines if line.startswith("asyncapi: left out")]) == 1


def test_advice_is_told_in_the_order_of_its_places_and_not_without_end(gate, pytester):
    keys = "".join(f"  c{n}:\n    address: /{n}\n    adress: x\n" for n in range(60))
    text = "asyncapi: 3.0.0\ninfo: {title: T, version: '1'}\nchannels:\n" + keys
    pytester.path.joinpath("many.yaml").write_text(text)
    told = [
        line
        for line in gate(document="many.yaml").outlines
        if line.startswith("advice:") and "unknown-key" in line
    ]
    assert [re.search(r":(\d+):\d+\)$", line).group(1) for line in told[:-1]] == [
        str(6 + 3 * number) for number in range(5)
    ]
    assert told[-1] == "advice: and 55 more of unknown-key (-v shows them all)"
    everything = [
        line for line in gate("-v", document="many.yaml").outlines if "unknown-key" in line
    ]
    assert len(everything) == 60


def test_a_document_with_a_thousand_problems_is_refused_in_fifty_lines(gate, pytester):
    message = "{payload: {$ref: '#/components/schemas/Gone'}}"
    keys = "".join(f"  c{n}: {{address: /{n}, messages: {{m: {message}}}}}\n" for n in range(1000))
    text = "asyncapi: 3.0.0\ninfo: {title: T, version: '1'}\nchannels:\n" + keys
    pytester.path.joinpath("many.yaml").write_text(text)
    result = gate(document="many.yaml")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: 1000 problems*", "  - many.yaml:*", "  and 950 more"])
    assert len(result.errlines) == 53


def test_a_path_with_steps_up_is_the_same_document(gate, pytester, monkeypatch):
    folder = pytester.mkdir("base")
    pytester.makeini("[pytest]\n")
    monkeypatch.chdir(folder)
    path = "../base/../spec.yaml"
    for nodeid in (f"{path}::structure_is_right", "../spec.yaml::structure_is_right"):
        gate(nodeid, document=path).assert_outcomes(passed=1)
    gate(
        "--asyncapi=../spec.yaml", f"--asyncapi={pytester.path}/spec.yaml", document=path
    ).assert_outcomes(passed=12)


def test_a_step_up_from_a_linked_folder_stays_where_it_leads(gate, pytester):
    inner = pytester.mkdir("other").joinpath("inner")
    inner.mkdir()
    (pytester.path / "link").symlink_to(inner)
    (pytester.path / "other" / "far.yaml").write_text((pytester.path / "spec.yaml").read_text())
    gate(document="link/../far.yaml").assert_outcomes(passed=12)
