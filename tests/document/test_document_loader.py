"""One document from end to end, the sources it may come from, and what may come out."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from pytest_asyncapi_sse.document import load
from pytest_asyncapi_sse.errors import ConfigurationError, DocumentError

ACCOUNT_SERVICE = """\
asyncapi: 3.0.0
info:
  title: Account Service
  version: 1.0.0
channels:
  userSignups:
    address: user/signedup
    messages:
      UserSignedUp:
        $ref: '#/components/messages/UserSignedUp'
operations:
  consumeUserSignups:
    action: receive
    channel:
      $ref: '#/channels/userSignups'
components:
  messages:
    UserSignedUp:
      payload:
        type: object
        properties:
          displayName:
            type: string
          email:
            type: string
            format: email
"""


def test_the_first_document_loads(loads) -> None:
    document = loads(ACCOUNT_SERVICE)
    assert (document.version, document.title) == ("3.0.0", "Account Service")
    assert document.source == "spec.yaml"
    assert document.findings == ()
    assert dict(document.skipped) == {}
    channel = document.streams["userSignups"]
    assert channel is document.channels["userSignups"]
    assert (channel.name, channel.address) == ("userSignups", "user/signedup")
    assert (channel.request.method, dict(channel.request.query)) == ("GET", {})
    (message,) = channel.streamed
    assert channel.messages["UserSignedUp"] is message
    assert (message.name, message.key, message.event) == ("UserSignedUp", "UserSignedUp", None)
    assert (message.content_type, message.headers, message.examples) == ("", None, ())
    assert message.schema is not None
    assert message.schema.dialect == "draft-07"
    assert message.payload == {
        "type": "object",
        "properties": {
            "displayName": {"type": "string"},
            "email": {"type": "string", "format": "email"},
        },
    }
    operation = document.operations["consumeUserSignups"]
    assert (operation.action, operation.channel) == ("receive", "userSignups")
    assert operation.messages == (message,)
    origin = message.schema.origin("/properties/email/format")
    assert origin is not None
    assert str(origin.location) == (
        "spec.yaml:26:13 (#/components/messages/UserSignedUp/payload/properties/email/format)"
    )


@pytest.mark.parametrize("perspective", ["server", "client"])
def test_a_perspective_decides_what_flows(loads, perspective: str) -> None:
    document = loads(ACCOUNT_SERVICE, perspective=perspective)
    is_stream = perspective == "client"
    assert ("userSignups" in document.streams) is is_stream
    assert ("userSignups" in document.skipped) is not is_stream


def test_a_wrong_perspective_is_the_callers_error(write) -> None:
    with pytest.raises(ConfigurationError, match="perspective is 'peer'"):
        load(write(ACCOUNT_SERVICE), perspective="peer")  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = ACCOUNT_SERVICE.encode()
        self.send_response(200 if self.path.startswith("/spec") else 404)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Keep the output of the tests free of requests."""


@pytest.fixture
def base_url() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_url_is_fetched_and_its_password_is_not_shown(base_url: str) -> None:
    document = load(f"http://ada:secret@{base_url}/spec.yaml?x=1")
    assert list(document.streams) == ["userSignups"]
    assert document.source == f"http://{base_url}/spec.yaml?x=1"


def test_a_url_that_is_not_there_is_one_problem(base_url: str) -> None:
    with pytest.raises(DocumentError) as caught:
        load(f"http://{base_url}/gone.yaml")
    assert str(caught.value) == f"http://{base_url}/gone.yaml answered 404, expected 200."


def test_a_url_that_nobody_serves_is_one_problem() -> None:
    with pytest.raises(DocumentError, match=r"http://127\.0\.0\.1:9/x can't be fetched: "):
        load("http://127.0.0.1:9/x")


def test_every_handmade_document_loads_or_says_why(corpus: Path) -> None:
    refused = {}
    paths = sorted((corpus / "corpus" / "handmade").glob("*.yaml"))
    for path in paths:
        try:
            load(path)
        except DocumentError as error:
            refused[path.name.partition("-")[0]] = len(error.problems)
    assert len(paths) == 19
    assert refused == {"p17": 2}


def test_nothing_but_document_errors_comes_out_of_real_documents(corpus: Path) -> None:
    loaded = refused = 0
    for path in sorted((corpus / "corpus").rglob("*")):
        if path.suffix not in {".json", ".yaml", ".yml"} or "oracle" in path.parts:
            continue
        try:
            load(path)
            loaded += 1
        except DocumentError as error:
            assert str(error)
            refused += 1
    assert loaded > 200
