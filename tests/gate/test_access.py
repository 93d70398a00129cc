"""What the options open to the references of a document, from the command line and the ini file."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

DOCUMENT = """
asyncapi: 3.0.0
info: {title: T, version: '1'}
channels:
  c: {address: /c, messages: {m: {payload: {$ref: 'REFERENCE'}}}}
operations: {o: {action: send, channel: {$ref: '#/channels/c'}}}
"""


@pytest.fixture
def document(pytester):
    def write(reference: str) -> str:
        folder = pytester.path / "api"
        folder.mkdir(exist_ok=True)
        (folder / "spec.yaml").write_text(DOCUMENT.replace("REFERENCE", reference))
        return "api/spec.yaml"

    shared = pytester.mkdir("shared")
    (shared / "order.yaml").write_text("type: object\n")
    return write


def test_an_allowed_folder_counts_from_the_invocation_folder(gate, document):
    path = document("../shared/order.yaml")
    result = gate(document=path)
    assert result.ret == 4
    result.stderr.fnmatch_lines(
        ["ERROR: api/spec.yaml:*leads outside*--asyncapi-allow-folder=shared"]
    )
    gate("--asyncapi-allow-folder=shared", document=path).assert_outcomes(passed=12)


def test_the_ini_settings_count_from_the_ini_file(gate, document, pytester):
    document("https://schemas.example/order.yaml")
    (pytester.path / "api" / "two.yaml").write_text(
        DOCUMENT.replace("REFERENCE", "../shared/order.yaml")
    )
    (pytester.path / "api" / "pytest.ini").write_text(
        "[pytest]\n"
        "asyncapi =\n  spec.yaml\n  two.yaml\n"
        "asyncapi_map =\n  https://schemas.example/=../shared\n"
        "asyncapi_allow_folder =\n  ../shared\n"
    )
    gate("-c", "api/pytest.ini", document="").assert_outcomes(passed=24)


def test_a_map_is_read_and_nothing_is_asked(gate, document):
    path = document("https://schemas.example/order.yaml#")
    result = gate(document=path)
    assert result.ret == 4
    result.stderr.fnmatch_lines(
        ["ERROR: *is remote*Give --asyncapi-allow-remote schemas.example *--asyncapi-map URL=FILE*"]
    )
    copy = "--asyncapi-map=https://schemas.example/order.yaml=shared/order.yaml"
    gate(copy, document=path).assert_outcomes(passed=12)


def test_an_allowed_host_is_asked(gate, document):
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"type: object\n")

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        host = f"127.0.0.1:{server.server_address[1]}"
        path = document(f"http://{host}/order.yaml")
        assert gate(document=path).ret == 4
        assert asked == []
        gate(f"--asyncapi-allow-remote={host}", document=path).assert_outcomes(passed=12)
        assert asked == ["/order.yaml"]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
