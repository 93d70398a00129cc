"""What a reference may reach: nothing beyond the folder by default, and what opens more."""

from __future__ import annotations

import functools
import json
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pytest_asyncapi_sse.document import load
from pytest_asyncapi_sse.document.sources import fetching, files
from pytest_asyncapi_sse.document.sources.access import Access, is_below
from pytest_asyncapi_sse.errors import ConfigurationError, DocumentError

PIECES = ("#", "/", "..", "\\", "%2e", "%00", "?", ":", "@", "[", "a.yaml", "$id", "\ud800")
PIECES += (
    "https://h.example/v/",
    "https://h.example/e",
    "file:",
    "//",
    "http://",
    "urn:",
    "v" * 300,
)
HEAD = "asyncapi: 3.0.0\nchannels: {c: {address: /x, messages: {m: {payload: {items: {$ref: '"
TAIL = "'}}}}}}\n"


@dataclass
class Web:
    """Hold what a server on loopback answers, and what it was asked."""

    host: str = ""
    pages: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"

    def document(self, reference: str) -> str:
        return HEAD + reference + TAIL


@pytest.fixture
def web() -> Iterator[Web]:
    found = Web()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            page = found.pages.get(self.path)
            if callable(page):
                page(self)
                return
            if isinstance(page, tuple):
                self.send_response(302)
                self.send_header("Location", page[0])
                self.end_headers()
                return
            self.send_response(404 if page is None else 200)
            self.end_headers()
            self.wfile.write((page or "").encode())

        def log_message(self, *args: object) -> None:
            """Keep the output of the tests free of requests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    found.host = f"127.0.0.1:{server.server_address[1]}"
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


def items_of(source: object, **access: Any) -> object:
    (message,) = load(source, **access).streams["c"].streamed  # type: ignore[arg-type]
    contents = message.payload
    assert isinstance(contents, dict)
    (definition,) = contents["definitions"].values()
    return definition


def problem_of(source: object, **access: Any) -> str:
    with pytest.raises(DocumentError) as caught:
        load(source, **access)  # type: ignore[arg-type]
    (problem,) = caught.value.problems
    return str(problem).partition("$ref): ")[2] or str(problem)


def test_nothing_is_asked_for_by_default(write, web: Web) -> None:
    write(f"T: {{$ref: '{web.url('/a.json')}'}}", "types.yaml")
    for reference in (
        web.url("/a.json"),
        f"//{web.host}/a.json",
        f"http:\\\\{web.host}\\a.json",
        "types.yaml#/T",
        "ftp://example.com/a.json",
    ):
        text = HEAD + reference + "', $id: '" + web.url("/root.json") + TAIL
        assert " is remote, and " in problem_of(write(text))
    # An identifier is no address: what is looked for below it is no reason to ask.
    write("$id: " + web.url("/root.json") + "\n$ref: gone.json\n", "identified.yaml")
    assert "there is no file gone.json." in problem_of(write(web.document("identified.yaml")))
    assert web.asked == []


def test_a_remote_reference_to_an_allowed_host_is_fetched_once(write, web: Web) -> None:
    web.pages["/v1/order.json"] = '{"$ref": "../common/types.yaml#/Text"}'
    web.pages["/common/types.yaml"] = "Text: {type: string, format: {$ref: 'x'}}\n"
    url = web.url("/v1/order.json")
    text = HEAD + f"{url}'}}, not: {{$ref: '{url}" + TAIL
    document = load(write(text), allow_remote=[web.host.upper()])
    (message,) = document.streams["c"].streamed
    assert message.payload == {
        "items": {"$ref": "#/definitions/Text"},
        "not": {"$ref": "#/definitions/Text"},
        "definitions": {"Text": {"type": "string", "format": {"$ref": "x"}}},
    }
    assert web.asked == ["/v1/order.json", "/common/types.yaml"]
    origin = message.schema.origin("/definitions/Text/type")  # type: ignore[union-attr]
    assert str(origin.location) == f"{web.url('/common/types.yaml')}:1:8 (#/Text/type)"  # type: ignore[union-attr]


@pytest.mark.parametrize("hosts", [["127.0.0.1"], ["localhost"], ["example.com"]])
def test_a_host_without_its_port_is_another_one(write, web: Web, hosts: list[str]) -> None:
    path = write(web.document(web.url("/a.json")))
    assert f"Give --asyncapi-allow-remote {web.host} " in problem_of(path, allow_remote=hosts)
    assert web.asked == []


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("{", "a.json:1:2: this is not JSON: "),
        ("", "a.json:1:1: the file is empty."),
        (None, "a.json answered 404, expected 200."),
        (("/b.json",), "a.json is redirected more than 20 times."),
        (("http://example.com/b.json",), "a.json is redirected to http://example.com/b.json, and "
         "example.com is not allowed. Give --asyncapi-allow-remote example.com too, or map"),
        (("file:///etc/passwd",), "etc/passwd, and that is not allowed. Map the URL to a copy with "),
        (("http://u:secret@[::1]:9/b.json",), "a.json is redirected to http://[::1]:9/b.json, and "
         "[::1]:9 is not allowed."),
    ],
)  # fmt: skip
def test_what_a_remote_file_may_not_do(write, web: Web, page: Any, expected: str) -> None:
    web.pages = {"/a.json": page, "/b.json": ("/a.json",)}
    problem = problem_of(
        write(web.document(web.url("/a.json"))), allow_remote=[web.host, "localhost"]
    )
    assert expected in problem
    assert "secret" not in problem
    assert set(web.asked) <= {"/a.json", "/b.json"}


def test_a_redirect_to_an_allowed_host_is_followed(write, web: Web) -> None:
    web.pages = {"/old.json": ("/v2/new.json",), "/v2/new.json": '{"$ref": "text.json"}'}
    web.pages["/v2/text.json"] = '{"type": "string"}'
    path = write(web.document(web.url("/old.json")))
    assert items_of(path, allow_remote=[web.host]) == {"type": "string"}


def test_certificates_are_verified(write, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    contexts = []
    plain = httpx.Client

    def client(*, verify: ssl.SSLContext, **options: Any) -> httpx.Client:
        contexts.append(verify)
        return plain(verify=verify, **options)

    monkeypatch.setattr(httpx, "Client", client)
    url = f"https://{web.host}/a.json"
    assert "a.json can't be fetched: " in problem_of(
        write(web.document(url)), allow_remote=[web.host]
    )
    (context,) = contexts
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_a_failure_is_fetched_once_and_said_at_each_place(write, web: Web) -> None:
    url = web.url("/gone.json")
    path = write(HEAD + f"{url}#/a'}}, not: {{$ref: '{url}#/b" + TAIL)
    with pytest.raises(DocumentError) as caught:
        load(path, allow_remote=[web.host])
    assert len(caught.value.problems) == 2
    assert web.asked == ["/gone.json"]


def test_urls_that_look_alike_are_not_the_same(write, web: Web) -> None:
    web.pages = {"/d/a?x=/../b.json": '{"type": "string"}', "/d/b.json": '{"type": "null"}'}
    web.pages["/d//b.json"] = '{"type": "integer"}'
    references = "'}, {$ref: '".join(web.url(path) for path in web.pages)
    text = web.document(references).replace("items: {", "allOf: [{").replace("'}}}}}}", "'}]}}}}}")
    (message,) = load(write(text), allow_remote=[web.host]).streams["c"].streamed
    types = {item["type"] for item in message.payload["definitions"].values()}  # type: ignore[index]
    assert types == {"string", "null", "integer"}


def test_bytes_are_bounded(write, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MAX_BYTES", 100)
    web.pages["/a.json"] = '"' + "x" * 100 + '"'
    path = write(web.document(web.url("/a.json")))
    assert "has more than 100 bytes." in problem_of(path, allow_remote=[web.host])


def test_bytes_of_all_files_are_bounded(write, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_TOTAL_BYTES", 400)
    web.pages["/a.json"] = '"' + "x" * 300 + '"'
    path = write(web.document(web.url("/a.json")))
    assert problem_of(path, allow_remote=[web.host]) == (
        "spec.yaml:1:1: the document's files have more than 400 bytes in total."
    )


def drip(handler: BaseHTTPRequestHandler) -> None:
    """Answer with a byte now and then, so that no single wait is long."""
    handler.close_connection = True
    try:
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n")
        for _ in range(100):
            handler.wfile.write(b"X: y\r\n")
            time.sleep(0.02)
    except OSError:
        return


def drip_body(handler: BaseHTTPRequestHandler) -> None:
    """Begin a whole document, then send blanks."""
    try:
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n{}")
        for _ in range(100):
            handler.wfile.write(b" ")
            time.sleep(0.02)
    except OSError:
        return


@pytest.mark.parametrize("page", [drip, drip_body])
def test_a_slow_server_is_cut_off(
    write, web: Web, monkeypatch: pytest.MonkeyPatch, page: Any
) -> None:
    monkeypatch.setattr(fetching, "URL_DEADLINE", 0.2)
    web.pages["/a.json"] = page
    started = time.monotonic()
    path = write(web.document(web.url("/a.json")))
    assert "/a.json took longer than 0.2 s." in problem_of(path, allow_remote=[web.host])
    assert time.monotonic() - started < 1.5


def test_all_fetches_share_a_deadline(write, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "URL_DEADLINE", 0.2)
    monkeypatch.setattr(fetching, "TOTAL_DEADLINE", 0.2)
    web.pages = {"/a.json": drip, "/b.json": "{}"}
    path = write(HEAD + f"{web.url('/a.json')}'}}, not: {{$ref: '{web.url('/b.json')}" + TAIL)
    with pytest.raises(DocumentError) as caught:
        load(path, allow_remote=[web.host])
    assert "b.json is not fetched: all files took longer than 0.2 s." in str(
        caught.value.problems[1]
    )
    assert web.asked == ["/a.json"]


def test_a_document_from_a_url_reaches_the_folder_of_its_url(web: Web) -> None:
    web.pages["/api/v1/spec.yaml"] = web.document("types/text.yaml#/T")
    web.pages["/api/v1/types/text.yaml"] = "T: {$ref: ../text.json}"
    web.pages["/api/v1/text.json"] = '{"type": "string"}'
    assert items_of(web.url("/api/v1/spec.yaml")) == {"type": "string"}


def test_the_folder_is_that_of_the_url_that_answered(web: Web) -> None:
    web.pages = {"/latest": ("/api/v2/spec.yaml",), "/api/v2/text.json": '{"type": "string"}'}
    web.pages["/api/v2/spec.yaml"] = web.document("text.json")
    document = load(web.url("/latest"))
    assert document.source == web.url("/latest")
    assert items_of(web.url("/latest")) == {"type": "string"}


@pytest.mark.parametrize(
    "reference",
    ["../up.json", "/up.json", "%2e%2e/up.json", "..%2Fup.json", "..\\up.json", "a/../../up.json"],
)
def test_a_document_from_a_url_does_not_reach_above_its_folder(web: Web, reference: str) -> None:
    web.pages = {"/api/spec.yaml": web.document(reference), "/up.json": "{}"}
    problem = problem_of(web.url("/api/spec.yaml"))
    assert f" leads to '{web.url('/')}" in problem
    assert ", which is remote, and remote refs aren't followed. Give --asyncapi-allow" in problem
    assert web.asked == ["/api/spec.yaml"]


def test_a_redirect_out_of_the_folder_of_the_url_is_refused(web: Web) -> None:
    web.pages = {"/api/spec.yaml": web.document("a.json"), "/up.json": "{}"}
    web.pages["/api/a.json"] = ("/up.json",)
    assert f"{web.host} is not allowed." in problem_of(web.url("/api/spec.yaml"))
    assert "/up.json" not in web.asked


def test_a_url_never_reads_the_disk(web: Web, write) -> None:
    path = write("{}", "local.json").absolute()
    for reference in (str(path), f"file://{path}"):
        web.pages["/api/spec.yaml"] = web.document(reference)
        assert "is remote" in problem_of(web.url("/api/spec.yaml"), allow_folders=[path.parent])


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://h/a/b.json", True),
        ("https://h:443/a/b/c.json?x=..", False),
        ("https://h/ab.json", False),
        ("https://h/a/%2E./b.json", False),
        ("http://h/a/b.json", False),
        ("https://h:1/a/b.json", False),
        ("https://h:x/a/b.json", False),
        ("https://u@h/a/b.json", True),
        ("https://h/a/..;/secret.yaml", False),
        ("https://h/a/%252e%252e/b.json", False),
        ("https://h/a/%25252e.%255cb.json", False),
        ("https://h/a/%" + "25" * 50 + "2e/b.json", False),
        ("https://h/a/b..c/%2541.json", True),
    ],
)  # fmt: skip
def test_what_is_below_the_folder_of_a_url(url: str, expected: bool) -> None:
    assert is_below("https://h/a/", url) is expected


def test_an_allowed_folder_is_read_and_no_other(write) -> None:
    write("{$ref: ../two/text.yaml}", "shared/one/a.yaml")
    write("{type: string}", "shared/two/text.yaml")
    path = write(HEAD + "../shared/one/a.yaml" + TAIL, "api/spec.yaml")
    expected = "--asyncapi-allow-folder={}"
    assert problem_of(path).endswith(expected.format("shared/one"))
    assert problem_of(path, allow_folders=["shared/one"]).endswith(expected.format("shared/two"))
    assert items_of(path, allow_folders=["shared"]) == {"type": "string"}
    assert items_of(path, allow_folders=[Path("shared/one"), "shared/two"]) == {"type": "string"}


def test_no_link_leads_out_of_an_allowed_folder(write) -> None:
    write("{}", "secret/a.yaml")
    write("{}", "shared/b.yaml")
    Path("shared/link").symlink_to(Path("secret").absolute())
    path = write(HEAD + "../shared/link/a.yaml" + TAIL, "api/spec.yaml")
    assert "leads outside" in problem_of(path, allow_folders=["shared"])


def test_copies_are_read_in_place_of_urls(write, web: Web) -> None:
    write("{$ref: text.json}", "vendor/order.yaml")
    write('{"$ref": "https://other.example/v1/text.yaml#/T"}', "vendor/text.json")
    write("T: {type: string}", "elsewhere/any.yaml")
    path = write(web.document(web.url("/schemas/order.yaml")), "api/spec.yaml")
    copies = {
        web.url("/"): "api",
        web.url("/schemas/"): Path("vendor"),
        "https://OTHER.example/v1/text.yaml": "elsewhere/any.yaml",
    }
    document = load(path, url_map=copies)
    (message,) = document.streams["c"].streamed
    assert message.payload == {
        "items": {"$ref": "#/definitions/T"},
        "definitions": {"T": {"type": "string"}},
    }
    assert message.schema.origin("/definitions/T").file == "elsewhere/any.yaml"  # type: ignore[union-attr]
    assert web.asked == []


def test_a_copy_goes_before_fetching_and_the_rest_is_fetched(write, web: Web) -> None:
    write("{$ref: text.json}", "vendor/order.yaml")
    web.pages["/text.json"] = '{"type": "string"}'
    path = write(web.document(web.url("/order.yaml")), "api/spec.yaml")
    copies = {web.url("/order.yaml"): "vendor/order.yaml"}
    assert items_of(path, url_map=copies, allow_remote=[web.host]) == {"type": "string"}
    assert web.asked == ["/text.json"]
    assert "leads outside" in problem_of(path, url_map=copies)
    write('{"type": "null"}', "vendor/text.json")
    assert items_of(path, url_map=copies, allow_folders=["vendor"]) == {"type": "null"}


def test_a_document_may_be_a_copy_of_its_url(write, web: Web) -> None:
    write(HEAD + "types/text.json" + TAIL, "offline/spec.yaml")
    write('{"type": "string"}', "offline/types/text.json")
    copies = {web.url("/"): "offline"}
    assert items_of(web.url("/spec.yaml"), url_map=copies) == {"type": "string"}
    assert web.asked == []


@pytest.mark.parametrize("tail", ["../secret.yaml", "%2e%2e/secret.yaml", "link/secret.yaml"])
def test_no_url_leads_out_of_a_mapped_folder(write, tail: str) -> None:
    write("{}", "secret.yaml")
    write("{}", "vendor/a.yaml")
    Path("vendor/link").symlink_to(Path().absolute())
    path = write(HEAD + f"https://h.example/v/{tail}" + TAIL, "api/spec.yaml")
    problem = problem_of(path, url_map={"https://h.example/v/": "vendor"})
    assert "leads outside" in problem or "is remote" in problem


@pytest.mark.parametrize("tail", ["..%2f..%2fsecret.yaml", "%2fetc/passwd", "link/secret.yaml"])
def test_a_copy_for_a_document_from_a_url_stays_in_its_folder(write, web: Web, tail: str) -> None:
    write("{}", "secret.yaml")
    write("{}", "vendor/a.yaml")
    Path("vendor/link").symlink_to(Path().absolute())
    web.pages["/api/spec.yaml"] = web.document(f"https://h.example/v/{tail}")
    problem = problem_of(web.url("/api/spec.yaml"), url_map={"https://h.example/v/": "vendor"})
    assert f"'https://h.example/v/{tail}' leads outside the document's folder tree" in problem
    assert "or allow its folder by --asyncapi-allow-folder=/" in problem


@pytest.mark.parametrize(
    ("mapped", "url"),
    [
        ("https://h.example/", "https://H.example:443/order.yaml"),
        ("https://h.example:443/", "https://h.example/order.yaml"),
        ("http://h.example/", "http://h.example:80/order.yaml"),
        ("https://h.example/order.yaml", "https://h.example/o%72der%2Eyaml"),
        ("https://h.example/%6frder.yaml", "https://h.example:/order.yaml"),
        ("https://h.example/a%2fb?q=%c3", "https://h.example/a%2Fb?q=%C3"),
    ],
)
def test_a_copy_is_found_by_any_spelling_of_its_url(write, mapped: str, url: str) -> None:
    write("{}", "vendor/order.yaml")
    copy = "vendor" if mapped.endswith("/") else "vendor/order.yaml"
    assert Access.of(url_map={mapped: copy}).copy_of(url) == "vendor/order.yaml"


def test_another_url_has_no_copy(write) -> None:
    write("{}", "vendor/order.yaml")
    access = Access.of(url_map={"https://h.example/a%2Fb": "vendor/order.yaml"})
    for url in ("https://h.example/a/b", "https://h.example:80/a%2Fb", "http://h.example/a%2Fb"):
        assert access.copy_of(url) is None


def test_a_file_that_is_also_a_copy_refers_from_where_it_was_named(write) -> None:
    write("{$ref: text.json}", "order.yaml")
    write('{"type": "null"}', "text.json")
    write('{"type": "string"}', "copies/text.json")
    copies = {
        "https://h.example/a.yaml": "order.yaml",
        "https://h.example/text.json": "copies/text.json",
    }
    for pair in (
        ("order.yaml", "https://h.example/a.yaml"),
        ("https://h.example/a.yaml", "order.yaml"),
    ):
        head = HEAD.replace("{items: {$ref: '", "{allOf: [{$ref: '")
        path = write(head + f"{pair[0]}'}}, {{$ref: '{pair[1]}'}}]}}}}}}}}}}\n")
        (message,) = load(path, url_map=copies).streams["c"].streamed
        contents = message.payload
        assert isinstance(contents, dict)
        names = [item["$ref"].rpartition("/")[2] for item in contents["allOf"]]
        types = [contents["definitions"][name]["type"] for name in names]
        assert dict(zip(pair, types, strict=True)) == {
            "order.yaml": "null",
            "https://h.example/a.yaml": "string",
        }


def test_https_is_not_followed_down_to_http(write, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(302, headers={"Location": "http://h.example/b.json"})

    transport = httpx.MockTransport(answer)
    client = functools.partial(httpx.Client, transport=transport)
    monkeypatch.setattr(httpx, "Client", client)
    path = write(HEAD + "https://h.example/a.json" + TAIL)
    assert problem_of(path, allow_remote=["h.example"]) == (
        "https://h.example/a.json is redirected to http://h.example/b.json, "
        "from https down to http."
    )
    assert asked == ["https://h.example/a.json"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://h.example:99999/x", "and it is no URL: Port out of range 0-65535."),
        ("http:///x", "and it names no host."),
        ("ftp://h.example/x", "and only http and https can be fetched."),
    ],
)
def test_a_url_that_can_not_be_fetched_says_why(write, url: str, expected: str) -> None:
    problem = problem_of(write(HEAD + url + TAIL), allow_remote=["h.example"])
    assert f"is remote, {expected}" in problem


def test_a_missing_copy_is_named(write) -> None:
    write("{}", "vendor/other.yaml")
    path = write(HEAD + "https://h.example/v/othr.yaml" + TAIL, "api/spec.yaml")
    assert problem_of(path, url_map={"https://h.example/v/": "vendor"}) == (
        "there is no file vendor/othr.yaml. Did you mean 'other.yaml'?"
    )


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=8).map("".join))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@example("\ud800")
@example("https://h.example/v///[")
@example("https://h.example/v/%00")
@example("https://h.example/v/" + "a" * 300)
def test_whatever_a_reference_is_it_arrives_or_is_a_problem(write, reference: str) -> None:
    write('{"$ref": "b.yaml"}', "vendor/a.yaml")
    contents = {"asyncapi": "3.0.0", "channels": {"c": {"messages": {"m": {"payload": {}}}}}}
    contents["channels"]["c"]["messages"]["m"]["payload"] = {"$ref": reference}  # type: ignore[index]
    path = write(json.dumps(contents), "api/spec.json")
    copies = {"https://h.example/v/": "vendor", "https://h.example/e": "vendor/a.yaml"}
    try:
        load(path, url_map=copies, allow_folders=["vendor"])
    except DocumentError as error:
        assert str(error)


@pytest.mark.parametrize(
    ("access", "expected"),
    [
        ({"allow_remote": "example.com"}, "allow_remote is 'example.com', expected a list"),
        ({"allow_folders": Path()}, r"allow_folders is .*, expected a list"),
        ({"allow_remote": [""]}, "allow_remote holds '': give a host"),
        ({"allow_remote": ["http://h"]}, "allow_remote holds 'http://h': give a host"),
        ({"allow_remote": ["h/a"]}, "allow_remote holds 'h/a': give a host"),
        ({"allow_remote": ["*"]}, r"allow_remote holds '\*': give a host"),
        ({"allow_remote": ["h:port"]}, "allow_remote holds 'h:port': give a host"),
        ({"allow_folders": ["gone"]}, "allow_folders holds 'gone': give a folder that exists"),
        ({"allow_folders": [""]}, "allow_folders holds '': give a folder that exists"),
        ({"url_map": {"a.json": "x"}}, "url_map holds 'a.json': give a URL with its scheme"),
        ({"url_map": {"http://[": "x"}}, r"url_map holds 'http://\[': give a URL"),
        ({"url_map": {"http://h/a": ""}}, "url_map holds 'http://h/a' without a file"),
        ({"url_map": {"http://h/a": "gone"}}, "url_map holds 'http://h/a' as 'gone': give a file"),
        ({"url_map": {"http://h/": "gone"}}, "url_map holds 'http://h/' as 'gone': give a folder"),
    ],
)
def test_unusable_access_is_the_callers_error(access: Any, expected: str) -> None:
    with pytest.raises(ConfigurationError, match=expected):
        Access.of(**access)


@pytest.mark.parametrize(
    ("host", "url", "expected"),
    [
        ("h.example", "https://H.example/a", True),
        ("h.example", "http://h.example:80/a", True),
        ("h.example", "https://h.example:8443/a", False),
        ("h.example:443", "https://h.example/a", True),
        ("h.example:443", "http://h.example/a", False),
        ("h.example", "https://h.example@evil.example/a", False),
        ("h.example", "https://evil.example/h.example", False),
        ("h.example", "https://a.h.example/a", False),
        ("h.example", "ftp://h.example/a", False),
        ("[::1]:8080", "http://[::1]:8080/a", True),
    ],
)
def test_which_urls_a_host_opens(host: str, url: str, expected: bool) -> None:
    assert Access.of(allow_remote=[host]).allows_url(url) is expected
