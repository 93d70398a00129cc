"""Sources and references: where they may lead, and what is said where they don't arrive."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_asyncapi_sse.document import load
from pytest_asyncapi_sse.errors import DocumentError, Violation
from pytest_asyncapi_sse.model import Document

COPY = "opy what it names into the document's folder and refer to the copy"
REMOTE = (
    f"Give --asyncapi-allow-remote {{}} to fetch it, or --asyncapi-map URL=FILE to read a copy, "
    f"or c{COPY}."
)
NEITHER = (
    f"is remote, and only http and https can be fetched. C{COPY}, or give --asyncapi-map URL=FILE."
)
OUTSIDE = (
    "leads outside the document's folder tree. "
    "Copy the file beside the document, or allow its folder by --asyncapi-allow-folder={}"
)


def document_with(payload: str) -> str:
    return (
        "asyncapi: 3.0.0\n"
        f"channels: {{c: {{address: /x, messages: {{m: {{payload: {payload}}}}}}}}}\n"
        "components: {schemas: {Known: {type: string}, 'a/b~c{d}': {type: integer},\n"
        "  L: {$ref: '#/components/schemas/R'}, R: {$ref: '#/components/schemas/L'}}}\n"
    )


def payload_of(path: Path) -> object:
    (message,) = load(path).streams["c"].streamed
    return message.payload


def lenient(document: Document) -> list[Violation]:
    return [finding for finding in document.findings if finding.code == "lenient-ref"]


def only_problem(source: str | os.PathLike[str]) -> str:
    with pytest.raises(DocumentError) as caught:
        load(source)
    (problem,) = caught.value.problems
    return str(problem)


def test_a_missing_file_names_its_neighbour(write) -> None:
    write("a: 1", "service.yaml")
    assert only_problem("servce.yaml") == (
        "there is no file servce.yaml. Did you mean 'service.yaml'?"
    )


def test_a_missing_folder_is_named(write) -> None:
    assert only_problem("gone/a.yaml") == (
        "there is no file gone/a.yaml. There is no folder gone either."
    )


def test_things_that_are_no_file(write) -> None:
    write("a: 1", "folder/a.yaml")
    os.mkfifo("pipe")
    assert only_problem("folder") == "folder is a folder, expected a file."
    assert only_problem("pipe") == "pipe is not a regular file."
    assert only_problem("") == "'' names no file."
    assert only_problem("a\0b") == "'a\\x00b' names no file."


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission(write) -> None:
    write("a: 1").chmod(0)
    assert only_problem("spec.yaml") == "there is no permission to read spec.yaml."


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ("{$ref: '#/components/schemas/Known'}", {"type": "string"}),
        ("{$ref: '#/components/schemas/Known', maxLength: 3}", {"type": "string"}),
        ("{$ref: '#/components/schemas/a~1b~0c%7Bd%7D'}", {"type": "integer"}),
        ("{$ref: '#/components/schemas/a/b~0c{d}'}", {"type": "integer"}),
        ("{$ref: 'common/types.yaml#/Text'}", {"type": "string", "minLength": 1}),
        ("{$ref: './common/types.yaml#/Chain'}", {"type": "string", "minLength": 1}),
        ("{$ref: 'common/to%20root.json'}", {"type": "string"}),
        ("{$ref: './spec.yaml#/components/schemas/Known'}", {"type": "string"}),
    ],
)
def test_references_that_arrive(write, payload: str, expected: object) -> None:
    write("Text: {type: string, minLength: 1}\nChain: {$ref: '#/Text'}\n", "common/types.yaml")
    write('{"$ref": "../spec.yaml#/components/schemas/Known"}', "common/to root.json")
    assert payload_of(write(document_with(payload))) == expected


@pytest.mark.parametrize(
    ("reference", "read_as"),
    [
        ("#/components/schemas/a/b~0c{d}", "#/components/schemas/a~1b~0c{d}"),
        ("#components/schemas/Known", "#/components/schemas/Known"),
        ("#/components/schemas/Known#", "#/components/schemas/Known"),
        ("#components/schemas/Known#", "#/components/schemas/Known"),
        ("#/components/schemas/e%7Bf%7D", "#/components/schemas/e%257Bf%257D"),
        ("spec.yaml#components/schemas/Known", "spec.yaml#/components/schemas/Known"),
        ("common\\types.yaml#/Text", "common/types.yaml#/Text"),
        (".\\common\\text.yaml", "./common/text.yaml"),
        ("common\\types.yaml#Deep/Text", "common/types.yaml#/Deep/Text"),
    ],
)
def test_a_lenient_reading_is_advice_at_its_place(write, reference: str, read_as: str) -> None:
    write("Text: {type: string}\nDeep: {Text: {type: string}}\n", "common/types.yaml")
    write("type: string\n", "common/text.yaml")
    text = document_with("{not: {$ref: '" + reference + "'}}")
    document = load(write(text.replace("schemas: {", "schemas: {e%7Bf%7D: {type: 'null'}, ")))
    (finding,) = lenient(document)
    assert (finding.severity, finding.channel) == ("advice", "c")
    assert finding.summary == f"the $ref {reference!r} is read as {read_as!r}"
    assert str(finding.location) == "spec.yaml:2:54 (#/channels/c/messages/m/payload/not)"
    text = text.replace(reference, read_as).replace("schemas: {", "schemas: {e%7Bf%7D: {}, ")
    assert lenient(load(write(text))) == []


def test_a_lenient_reading_is_found_where_a_skipped_channel_has_it_too(loads) -> None:
    document = loads(
        """
        asyncapi: 3.0.0
        channels:
          a: {servers: [{$ref: '#/servers/k'}], messages: {m: &m {payload: {$ref: '#x/y'}}}}
          b: {servers: [{$ref: '#/servers/h'}], messages: {m: {$ref: '#/channels/a/messages/m'}}}
        servers: {k: {host: k, protocol: kafka}, h: {host: h, protocol: http}}
        x: {y: {type: string}}
        """
    )
    assert list(document.streams) == ["b"]
    assert {item.summary for item in lenient(document)} == {"the $ref '#x/y' is read as '#/x/y'"}


@pytest.mark.parametrize(
    "reference",
    ["#components/schemas/Gone", "#/components/schemas/Gone#", "common\\gone.yaml", "##"],
)
def test_a_lenient_reading_that_does_not_arrive_is_an_error(write, reference: str) -> None:
    write("{}", "common/types.yaml")
    problem = only_problem(write(document_with("{not: {$ref: '" + reference + "'}}")))
    assert " names nothing in spec.yaml." in problem or "there is no file common/gone" in problem


PLACE = "spec.yaml:2:54 (#/channels/c/messages/m/payload/$ref): "


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        (
            "#/components/schemas/Knwon",
            "the $ref '#/components/schemas/Knwon' names nothing in spec.yaml. "
            "Did you mean 'Known'?",
        ),
        (
            "#/components/xyz/0",
            "the $ref '#/components/xyz/0' names nothing in spec.yaml. There is no 'xyz' in it.",
        ),
        (
            "#Known",
            "the $ref '#Known' names nothing in spec.yaml. "
            "There is no $anchor 'Known' in it. A JSON pointer starts with '#/'.",
        ),
        (
            "http://ada:secret@localhost:1/a.json",
            "the $ref 'http://localhost:1/a.json' is remote, and remote refs aren't followed. "
            + REMOTE.format("localhost:1"),
        ),
        (
            "https://example.com:443/a.json#/b",
            "the $ref 'https://example.com:443/a.json#/b' is remote, and remote refs aren't followed. "
            + REMOTE.format("example.com"),
        ),
        ("//host/a.json", f"the $ref '//host/a.json' {NEITHER}"),
        ("file:///etc/passwd", f"the $ref 'file:///etc/passwd' {NEITHER}"),
        ("urn:x:y", f"the $ref 'urn:x:y' {NEITHER}"),
        (
            "http://[",
            f"the $ref 'http://[' is remote, and it is no URL: Invalid IPv6 URL. C{COPY}, or give --asyncapi-map URL=FILE.",
        ),
        ("../up.yaml", f"'../up.yaml' {OUTSIDE.format('..')}"),
        ("..\\up.yaml", f"'../up.yaml' {OUTSIDE.format('..')}"),
        ("/etc/passwd", f"'/etc/passwd' {OUTSIDE.format('/etc')}"),
        ("link/passwd", f"'link/passwd' {OUTSIDE.format('/etc')}"),
        ("a%00b", "'a\\x00b' names no file."),
        ("gone.yaml", "there is no file gone.yaml. Did you mean 'one.yaml' or 'spec.yaml'?"),
    ],
)
def test_references_that_do_not_arrive(write, reference: str, expected: str) -> None:
    write("{}", "one.yaml")
    Path("link").symlink_to("/etc")
    path = write(document_with("{$ref: '" + reference + "'}"))
    assert only_problem(path) == PLACE + expected


def test_references_in_a_circle_are_an_error(fails) -> None:
    assert fails(document_with("{$ref: '#/components/schemas/L'}")) == [
        "spec.yaml:4:44 (#/components/schemas/R/$ref): the $ref '#/components/schemas/L' "
        "comes back to itself and never arrives."
    ]


def test_a_reference_through_itself_is_an_error(fails) -> None:
    problems = fails(document_with("{$ref: '#/channels/c/messages/m/payload/x'}"))
    assert problems == [
        PLACE + "the $ref '#/channels/c/messages/m/payload/x' "
        "leads through itself and never arrives."
    ]


def test_a_broken_file_is_named_where_it_is_broken(write) -> None:
    write("a: [", "types.yaml")
    problem = only_problem(write(document_with("{$ref: types.yaml}")))
    assert problem.startswith("types.yaml:2:1: this is not YAML: ")


def test_all_problems_come_at_once_in_their_order(fails) -> None:
    problems = fails(
        """
        asyncapi: 3.0.0
        channels:
          a: {address: 5, messages: []}
          b: {address: /b, messages: {m: {payload: {$ref: '#/gone'}}}}
        operations:
          o: {action: sent, channel: {$ref: '#/channels/b'}}
        """
    )
    assert problems == [
        "spec.yaml:4:7 (#/channels/a/address): address is 5, expected a text. Put it in quotes.",
        "spec.yaml:4:19 (#/channels/a/messages): messages is a list, expected an object.",
        "spec.yaml:5:45 (#/channels/b/messages/m/payload/$ref): the $ref '#/gone' names nothing "
        "in spec.yaml. There is no 'gone' in it.",
        "spec.yaml:7:3 (#/operations/o): the operation o has the action 'sent', "
        "expected 'send' or 'receive'.",
    ]


def test_an_operation_of_no_channel_is_an_error_that_refuses_nothing(loads) -> None:
    document = loads(
        """
        asyncapi: 3.0.0
        channels: {b: {address: /b, messages: {m: {}}}}
        operations: {o: {action: send, channel: {$ref: '#/channels/c'}}}
        """
    )
    (finding,) = [item for item in document.findings if item.severity == "error"]
    assert list(document.streams) == ["b"]
    assert (finding.code, finding.advice) == ("dangling-ref", "There is no 'c' in it.")
    assert str(finding.location) == "spec.yaml:4:42 (#/operations/o/channel/$ref)"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "openapi: 3.0.0\ninfo: {}\n",
            "spec.yaml:1:1: this is not an AsyncAPI document: the key asyncapi is missing, "
            "the keys are 'openapi', 'info'. Start it with `asyncapi: 3.0.0`. ",
        ),
        ("just text", "spec.yaml:1:1: the document is 'just text', expected an object with the "
         "key asyncapi."),
        (
            "asyncapi: 3.0\n",
            "spec.yaml:1:1 (#/asyncapi): this is not an AsyncAPI document: "
            "asyncapi is 3.0, expected a version such as '3.0.0'. ",
        ),
        (
            "asyncapi: 2.7.0\n",
            "spec.yaml:1:1 (#/asyncapi): the AsyncAPI version '2.7.0' is not supported. ",
        ),
        (
            "asyncapi: 4.0.0\n",
            "spec.yaml:1:1 (#/asyncapi): the AsyncAPI version '4.0.0' is not supported. ",
        ),
        (
            "asyncapi: 1.2.0\n",
            "spec.yaml:1:1 (#/asyncapi): the AsyncAPI version '1.2.0' is not supported. ",
        ),
        (
            "asyncapi: '3.0'\n",
            "spec.yaml:1:1 (#/asyncapi): the AsyncAPI version '3.0' is not supported. ",
        ),
    ],
)  # fmt: skip
def test_versions_that_are_refused(fails, text: str, expected: str) -> None:
    supported = "Supported are the versions 2.0 to 2.6, 3.0 and 3.1."
    (problem,) = fails(text)
    assert problem == (expected + supported if expected.endswith(" ") else expected)


@pytest.mark.parametrize(
    "version", ["2.0.0", "2.1.37", "2.2.0", "2.3.0", "2.4.0", "2.5.0", "2.6.0", "3.0.0", "3.1.9"]
)
def test_versions_that_are_read(loads, version: str) -> None:
    document = loads(f"asyncapi: {version}\ninfo: {{title: t}}\nchannels: {{}}\n")
    assert (document.version, dict(document.streams), dict(document.skipped)) == (version, {}, {})


def test_a_version_newer_than_all_is_read_as_the_newest(loads) -> None:
    document = loads("asyncapi: 3.2.0\nchannels: {a: {messages: {m: {}}}}\n")
    (finding,) = [item for item in document.findings if item.code == "newer-version"]
    assert list(document.streams) == ["a"]
    assert finding.summary == (
        "the AsyncAPI version 3.2.0 is newer than this reader, which reads it as 3.1"
    )


def test_references_that_nothing_uses_are_followed_too(loads) -> None:
    document = loads(
        """
        asyncapi: 3.0.0
        channels: {a: {messages: {m: {}}}}
        components:
          schemas:
            S: {properties: {$ref: {enum: [{$ref: '#/data'}]}, b: {$ref: '#/gone'}}, x-a: {$ref: b}}
          messages: {M: {$ref: other.yaml}}
        """
    )
    found = [item for item in document.findings if item.code == "dangling-ref"]
    assert [(item.severity, str(item.location)) for item in found] == [
        ("advice", "spec.yaml:6:60 (#/components/schemas/S/properties/b/$ref)"),
        ("advice", "spec.yaml:7:18 (#/components/messages/M/$ref)"),
    ]


def test_a_step_up_is_one_in_the_text_wherever_a_link_leads(write) -> None:
    write("S: {type: string}", "x.yaml")
    write("S: {type: integer}", "other/x.yaml")
    Path("other/dir").mkdir()
    Path("lnk").symlink_to("other/dir")
    one, other = document_with("{$ref: 'x.yaml#/S'}"), document_with("{$ref: 'lnk/../x.yaml#/S'}")
    assert payload_of(write(one)) == payload_of(write(other)) == {"type": "string"}
    # What the user names is opened as the system opens it, and its neighbours stand beside it.
    write(one, "other/spec.yaml")
    assert payload_of(Path("lnk/../spec.yaml")) == {"type": "integer"}
    both = document_with("{anyOf: [{$ref: 'x.yaml#/S'}, {$ref: '../x.yaml#/S'}]}")
    write(both, "other/spec.yaml")
    document = load("lnk/../spec.yaml", allow_folders=["."])
    (message,) = document.streams["c"].streamed
    assert [item["type"] for item in message.payload["definitions"].values()] == [  # type: ignore[index,call-overload]
        "integer",
        "string",
    ]


@pytest.mark.parametrize("name", ["a" * 5_000 + ".yaml", "b/" * 2_500])
def test_a_long_name_of_a_file_is_cut(write, name: str) -> None:
    assert len(only_problem(write(document_with("{$ref: '" + name + "'}")))) < 1_000
    assert len(only_problem(name)) < 1_000


@pytest.mark.parametrize(
    ("where", "name"),
    [
        ("schemas", "default"),
        ("schemas", "enum"),
        ("messages", "example"),
        ("messages", "x-foo"),
        ("parameters", "const"),
        ("securitySchemes", "examples"),
        ("replyAddresses", "x-a"),
    ],
)
def test_what_the_user_named_is_no_data(loads, where: str, name: str) -> None:
    components = f"{{{where}: {{{name}: {{$ref: '#/nope'}}}}}}"
    text = (
        f"asyncapi: 3.0.0\nchannels: {{a: {{messages: {{m: {{}}}}}}}}\ncomponents: {components}\n"
    )
    found = [item for item in loads(text).findings if item.code == "dangling-ref"]
    assert [str(item.location).partition("(#")[2] for item in found] == [
        f"/components/{where}/{name}/$ref)"
    ]


def test_a_misplaced_reference_may_dangle_too(loads) -> None:
    document = loads(
        "asyncapi: 2.6.0\ninfo: {title: t, version: '1'}\ntags: [{$ref: '#/nothing'}]\n"
        "channels: {a: {subscribe: {message: {}}}}\n"
    )
    codes = [item.code for item in document.findings if "/tags/0" in str(item.location)]
    assert codes == ["misplaced-ref", "dangling-ref"]


def test_what_other_files_refer_to_is_followed_where_it_was_reached(write) -> None:
    write("A: {not: {$ref: '#/B'}}\nB: {$ref: c.yaml}\nunused: {$ref: '#/gone'}", "types/b.yaml")
    write("items: {default: {$ref: '#/data'}, properties: {a: {$ref: '#/nope'}}}", "types/c.yaml")
    text = (
        "asyncapi: 3.0.0\nchannels: {a: {messages: {m: {}}}}\n"
        "components: {schemas: {S: {$ref: 'types/b.yaml#/A'}}}\n"
    )
    found = [item for item in load(write(text)).findings if item.code == "dangling-ref"]
    assert [str(item.location) for item in found] == [
        "types/c.yaml:1:53 (#/items/properties/a/$ref)"
    ]
