"""Hostile documents: each is read or refused at once, with one message that names the bound."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from pytest_asyncapi_sse.document import load
from pytest_asyncapi_sse.errors import DocumentError

SECONDS = 5
MIB = 1024 * 1024
HEAD = "asyncapi: 3.0.0\ninfo: {title: t, version: '1'}\n"
PAYLOAD = HEAD + "channels: {c: {address: /x, messages: {m: {payload: %s}}}}\n"
HEADERS = HEAD + "channels: {c: {address: /x, messages: {m: {headers: %s}}}}\n"
SCHEMAS = "components:\n schemas:\n"
AT = "spec.yaml:3:54 (#/channels/c/messages/m/payload/$ref): "
TAG = "Tags other than those of the YAML 1.2 core schema construct nothing: remove it."
OUTSIDE = (
    "leads outside the document's folder tree. Copy the file beside the document, or allow its "
    "folder by --asyncapi-allow-folder="
)
REMOTE = (
    "is remote, and remote refs aren't followed. Give --asyncapi-allow-remote 127.0.0.1:1 to fetch "
    "it, or --asyncapi-map URL=FILE to read a copy, or copy what it names into the document's folder "
    "and refer to the copy."
)
CLOSED = (
    "is remote, and only http and https can be fetched. Copy what it names into the document's "
    "folder and refer to the copy, or give --asyncapi-map URL=FILE."
)
MULTIPLIED = (
    "the references of the document lead to more than 250,000 values. "
    "They name the same values over and over: let them name fewer."
)
DEEP = "the values are nested deeper than 200 levels."
LONG = 10_000

Text = str | bytes
Files = Mapping[str, Text]


def to(name: str) -> str:
    return f"{{$ref: '{name}'}}"


def schema(name: str) -> str:
    return to(f"#/components/schemas/{name}")


def chained(count: int, link: str, last: str = "{type: string}") -> str:
    """Return schemas s0, s1, ...; `%s` in a link stands for the number of the next one."""
    lines = [f"  s{i}: {link.replace('%s', str(i + 1))}" for i in range(count)]
    return SCHEMAS + "\n".join([*lines, f"  s{count}: {last}\n"])


def laughing(first: str, line: Callable[[int], str], count: int = 12) -> str:
    return "\n".join([f"a0: &a0 {first}", *(line(i) for i in range(1, count))])


def verdict(files: Files, write: Callable[..., Path], *, root: str = "spec.yaml") -> list[str]:
    """Return the problems of the first file as text; nothing where it loads."""
    for name, text in files.items():
        write(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"), name)
    # The time of this process, for the machine may be busy with others.
    started = time.process_time()
    try:
        document = load(root)
        for channel in document.channels.values():
            for message in channel.messages.values():
                json.dumps([message.payload, message.headers])
        assert all(str(finding) for finding in document.findings)
        problems = []
    except DocumentError as error:
        assert str(error)
        problems = [str(problem) for problem in error.problems]
    assert time.process_time() - started < SECONDS
    return problems


# What a text may be, whatever it says.
TEXTS: dict[str, tuple[Text, str]] = {
    "aliases that laugh": (
        laughing("[x,x,x,x,x,x,x,x,x]", lambda i: f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]"),
        "spec.yaml:7:10 (#/a6/0): the aliases expand to more than 1,000,000 values.",
    ),
    "merge keys that laugh": (
        laughing(
            "{k: x}",
            lambda i: f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 9)}], k{i}: *a{i - 1}}}",
            40,
        ),
        "spec.yaml:7:30 (#/a6/<</3): the aliases expand to more than 1,000,000 values.",
    ),
    "a wide merge, repeated": (
        f"a: &a {{{', '.join(f'k{i}: 1' for i in range(2_000))}}}\n"
        + "\n".join(f"b{i}: {{<<: *a}}" for i in range(20_000)),
        "spec.yaml:501:12 (#/b499/<<): the aliases expand to more than 1,000,000 values.",
    ),
    "an alias of a collection in a key": (
        "a: &a [x]\nb: {*a : 1}",
        "spec.yaml:2:5 (#/b): a key is a collection, expected a plain value.",
    ),
    "an alias inside of itself": (
        "a: &a {b: [*a]}",
        "spec.yaml:1:12 (#/a/b/0): the alias *a stands inside the value that it names.",
    ),
    "deep flow mappings": (
        "{a: " * LONG + "1" + "}" * LONG,
        f"spec.yaml:1:801 (#{'/a' * 200}): {DEEP}",
    ),
    "deep block mappings": (
        "\n".join(" " * i + "a:" for i in range(2_000)),
        f"spec.yaml:201:201 (#{'/a' * 200}): {DEEP}",
    ),
    "deep block sequences": ("- " * LONG + "x", f"spec.yaml:1:401 (#{'/0' * 200}): {DEEP}"),
    "deep JSON": ('{"a":' * LONG, f"spec.yaml:1:1001 (#{'/a' * 200}): {DEEP}"),
    "50 MB": (b"#" * 50_000_000, "spec.yaml has more than 10,000,000 bytes."),
    "no UTF-8": (b"a: \xff", "spec.yaml:1:4: the text is not UTF-8. Save the file as UTF-8."),
    "a surrogate as bytes": (
        b"a: \xed\xa0\x80",
        "spec.yaml:1:4: the text is not UTF-8. Save the file as UTF-8.",
    ),
    "UTF-16, little-endian": (
        "\ufeffasyncapi: 3.0.0".encode("utf-16-le"),
        "spec.yaml:1:1: the text is UTF-16, expected UTF-8. Save the file as UTF-8.",
    ),
    "UTF-16, big-endian": (
        "\ufeffasyncapi: 3.0.0".encode("utf-16-be"),
        "spec.yaml:1:1: the text is UTF-16, expected UTF-8. Save the file as UTF-8.",
    ),
    "UTF-32": (
        "\ufeffasyncapi: 3.0.0".encode("utf-32-le"),
        "spec.yaml:1:1: the text is UTF-32, expected UTF-8. Save the file as UTF-8.",
    ),
    "UTF-16 without its mark": (
        "asyncapi: 3.0.0".encode("utf-16-le"),
        "spec.yaml:1:2: a NUL character stands in the text. Remove it.",
    ),
    "NUL": ("a: \0", "spec.yaml:1:4: a NUL character stands in the text. Remove it."),
    "half a surrogate pair": (
        'a: "\\ud800"',
        "spec.yaml:1:7: this is not YAML: found invalid Unicode character escape code while "
        "parsing a quoted scalar. Correct the text here or on the line above.",
    ),
    "half a surrogate pair in JSON": (
        '{"a": "\\ud800"}',
        "spec.yaml:1:7 (#/a): the text holds half of a surrogate pair, which UTF-8 cannot carry. "
        "Write both halves of the pair, or the character itself.",
    ),
    "half a surrogate pair in a key": (
        '{"\\ud800": 1}',
        "spec.yaml:1:2: the text holds half of a surrogate pair, which UTF-8 cannot carry. "
        "Write both halves of the pair, or the character itself.",
    ),
    "equal keys": (
        "a: 1\na: 2",
        "spec.yaml:2:1 (#/a): the key 'a' stands twice in one object, first on line 1. "
        "Remove or rename one of them.",
    ),
    "equal keys in JSON": (
        '{"a": 1, "a": 2}',
        "spec.yaml:1:10 (#/a): the key 'a' stands twice in one object, first on line 1. "
        "Remove or rename one of them.",
    ),
    "a tag that runs a command": (
        "a: !!python/object/apply:os.system ['touch pwned']",
        "spec.yaml:1:4 (#/a): the tag 'tag:yaml.org,2002:python/object/apply:os.system' is not "
        f"supported. {TAG}",
    ),
    "a tag of one's own": (
        "a: !custom {b: 1}",
        f"spec.yaml:1:4 (#/a): the tag '!custom' is not supported. {TAG}",
    ),
    "binary": (
        "a: !!binary aGk=",
        f"spec.yaml:1:4 (#/a): the tag 'tag:yaml.org,2002:binary' is not supported. {TAG}",
    ),
    "a set": (
        "a: !!set {b, c}",
        f"spec.yaml:1:4 (#/a): the tag 'tag:yaml.org,2002:set' is not supported. {TAG}",
    ),
    "a timestamp": (
        "a: !!timestamp 2020-01-01",
        f"spec.yaml:1:4 (#/a): the tag 'tag:yaml.org,2002:timestamp' is not supported. {TAG}",
    ),
    "a long number": (
        "a: " + "1" * LONG,
        "spec.yaml:1:4 (#/a): the number has 10,000 digits, more than 4,300.",
    ),
    "a long number in JSON": (
        '{"a": ' + "1" * LONG + "}",
        "spec.yaml:1:7 (#/a): the number has 10,000 digits, more than 4,300.",
    ),
    "a long hexadecimal number": (
        "a: 0x" + "f" * LONG,
        "spec.yaml:1:4 (#/a): the number has 10,002 digits, more than 4,300.",
    ),
    "an empty file": ("", "spec.yaml:1:1: the file is empty."),
    "only comments": ("# a\n# b\n", "spec.yaml:1:1: the file is empty."),
    "several YAML documents": (
        "--- a\n" * 1_000,
        "spec.yaml:1:1: the file holds 1000 YAML documents, expected one. "
        "Split it at the lines `---`.",
    ),
    "1,000,000 items": (
        f"{HEAD}x-a: [{'1,' * 1_000_000}]",
        "spec.yaml:3:999999 (#/x-a/499996): the text has more than 500,000 values.",
    ),
    "1,000,000 items in JSON": (
        f'{{"asyncapi": "3.0.0", "a": [{"1," * 1_000_000}1]}}',
        "spec.yaml:1:1: the text has more than 500,000 values.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TEXTS.values(), ids=TEXTS)
def test_a_text_that_is_refused(write, text: Text, expected: str) -> None:
    assert verdict({"spec.yaml": text}, write) == [expected]
    assert not Path("pwned").exists()


def test_deep_flow_sequences(write) -> None:
    # Newer versions of libyaml give up before the first of them is read.
    (problem,) = verdict({"spec.yaml": "[" * LONG + "]" * LONG}, write)
    assert problem.startswith("spec.yaml:1:")
    assert problem.endswith(f": {DEEP}")


LOADING: dict[str, Files] = {
    "a very long line": {"spec.yaml": f"{HEAD}x-a: {'x' * 9 * MIB}"},
    "a key of 1 MB": {"spec.yaml": f"{HEAD}x-a:\n ? {'k' * MIB}\n : 1"},
    "100,000 keys": {"spec.yaml": f"{HEAD}x-a:\n" + "\n".join(f" k{i}: 1" for i in range(100_000))},
    "an infinite number": {"spec.yaml": PAYLOAD % "{maximum: 1e999, enum: [!!float 1]}"},
    "a pattern that would run for years": {
        "spec.yaml": PAYLOAD % f"{{pattern: '^(a+)+$', enum: [{'a' * 50}b], default: {'a' * 50}b}}"
    },
    "a pattern that is none": {"spec.yaml": PAYLOAD % "{pattern: '(', patternProperties: {'[': {}}}"},
    "schemas of two files that hold each other": {
        "spec.yaml": PAYLOAD % "{properties: {n: {$ref: 'b.yaml#/x'}}}",
        "b.yaml": "x: {items: {$ref: 'spec.yaml#/channels/c/messages/m/payload'}, not: {$ref: '#/x'}}",
    },
    "a schema that holds itself": {
        "spec.yaml": PAYLOAD % "{allOf: [{$ref: '#/channels/c/messages/m/payload'}]}"
    },
    "allOf through 5,000 references": {
        "spec.yaml": PAYLOAD % schema("s0") + chained(5_000, f"{{allOf: [{schema('s%s')}]}}")
    },
    "headers of allOf through 5,000 references": {
        "spec.yaml": HEADERS % schema("s0") + chained(5_000, f"{{allOf: [{schema('s%s')}]}}")
    },
    "headers that double 100 times": {
        "spec.yaml": HEADERS % schema("s0")
        + chained(100, f"{{allOf: [{schema('s%s')}, {schema('s%s')}]}}")
    },
    "properties through 10,000 references": {
        "spec.yaml": PAYLOAD % schema("s0") + chained(LONG, f"{{properties: {{a: {schema('s%s')}}}}}")
    },
    "schemas as deep as any value": {
        "spec.yaml": PAYLOAD % f"{{not: {'{not: ' * 190}{schema('s0')}{'}' * 190}}}" + chained(0, "")
    },
}  # fmt: skip


@pytest.mark.parametrize("files", LOADING.values(), ids=LOADING)
def test_a_document_that_loads_all_the_same(write, files: Files) -> None:
    assert verdict(files, write) == []


REFERENCES: dict[str, str] = {
    "../../etc/passwd": f"'../../etc/passwd' {OUTSIDE}../../etc",
    "%2e%2e/%2e%2e/etc/passwd": f"'%2e%2e/%2e%2e/etc/passwd' {OUTSIDE}../../etc",
    "a/../../../etc/passwd": f"'a/../../../etc/passwd' {OUTSIDE}../../etc",
    "/etc/passwd": f"'/etc/passwd' {OUTSIDE}/etc",
    "etc/passwd": f"'etc/passwd' {OUTSIDE}/etc",
    "zero": f"'zero' {OUTSIDE}/dev",
    "file:///etc/passwd": f"the $ref 'file:///etc/passwd' {CLOSED}",
    "http://127.0.0.1:1/a.yaml": f"the $ref 'http://127.0.0.1:1/a.yaml' {REMOTE}",
    "ftp://127.0.0.1:1/a.yaml": f"the $ref 'ftp://127.0.0.1:1/a.yaml' {CLOSED}",
    "data:application/json,{}": f"the $ref 'data:application/json,{{}}' {CLOSED}",
    "jar:file:///a.jar!/a.yaml": f"the $ref 'jar:file:///a.jar!/a.yaml' {CLOSED}",
    "~/a.yaml": "there is no file ~/a.yaml. There is no folder ~ either.",
    "pipe": "pipe is not a regular file.",
    ".": ". is a folder, expected a file.",
}


@pytest.mark.parametrize(("reference", "expected"), REFERENCES.items(), ids=REFERENCES)
def test_a_reference_that_leads_astray(write, reference: str, expected: str) -> None:
    write("", "touched")
    Path("etc").symlink_to("/etc")
    Path("zero").symlink_to("/dev/zero")
    os.mkfifo("pipe")
    assert verdict({"spec.yaml": PAYLOAD % to(reference)}, write) == [AT + expected]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("pipe", "pipe is not a regular file."),
        ("/dev/zero", "/dev/zero is not a regular file."),
        ("/proc/self/mem", "/proc/self/mem can't be read: Input/output error."),
        (".", ". is a folder, expected a file."),
    ],
)
def test_a_source_that_is_no_file_to_read(write, source: str, expected: str) -> None:
    write("", "touched")
    os.mkfifo("pipe")
    assert verdict({}, write, root=source) == [expected]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_must_not_be_read(write) -> None:
    write("a: 1", "secret.yaml").chmod(0)
    assert verdict({"spec.yaml": PAYLOAD % to("secret.yaml")}, write) == [
        f"{AT}there is no permission to read secret.yaml."
    ]


def test_files_in_a_circle(write) -> None:
    files = {
        "a.yaml": PAYLOAD % to("b.yaml"),
        "b.yaml": to("a.yaml#/channels/c/messages/m/payload"),
    }
    assert verdict(files, write, root="a.yaml") == [
        "b.yaml:1:2 (#/$ref): the $ref 'a.yaml#/channels/c/messages/m/payload' "
        "comes back to itself and never arrives."
    ]


MANY = ", ".join(to(f"f{i}.yaml") for i in range(1_100))
LARGE = ", ".join(to(f"f{i}.yaml") for i in range(7))


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {
                "spec.yaml": PAYLOAD % f"{{anyOf: [{MANY}]}}",
                **{f"f{i}.yaml": "type: string" for i in range(1_100)},
            },
            "the document has more than 1,000 files.",
        ),
        (
            {
                "spec.yaml": PAYLOAD % f"{{anyOf: [{LARGE}]}}",
                **{f"f{i}.yaml": b"type: string\n#" + b" " * 9_000_000 for i in range(7)},
            },
            "the document's files have more than 50,000,000 bytes in total.",
        ),
    ],
    ids=["too many files", "too many bytes"],
)
def test_more_files_than_are_read(write, files: Files, expected: str) -> None:
    assert verdict(files, write) == [f"spec.yaml:1:1: {expected}"]


BOUNDED: dict[str, tuple[str, str]] = {
    "a long chain": (
        PAYLOAD % schema("s0") + chained(LONG, schema("s%s")),
        f"{AT}the $ref '#/components/schemas/s0' leads into a chain of more than 100 references.",
    ),
    "references inside of what references name": (
        PAYLOAD % to("#/components/schemas/s0/a")
        + chained(LONG, to("#/components/schemas/s%s/a"), "{a: {a: {}}}"),
        "spec.yaml:25:9 (#/components/schemas/s19/$ref): the $ref '#/components/schemas/s20/a' "
        "leads through more than 20 other references.",
    ),
    "maps of schemas in a chain": (
        PAYLOAD % f"{{properties: {schema('s0')}}}"
        + chained(LONG, f"{{a: {{properties: {schema('s%s')}}}}}"),
        "spec.yaml:105:13 (#/components/schemas/s99/a/properties): the $refs of maps of schemas "
        "nest deeper than 200 levels.",
    ),
    "maps of schemas that double": (
        PAYLOAD % f"{{properties: {schema('s0')}}}"
        + chained(40, "{a: {properties: %r}, b: {properties: %r}}".replace("%r", schema("s%s"))),
        MULTIPLIED,
    ),
    "traits that double": (
        HEAD
        + "channels: {c: {address: /x, messages: {m: {headers: "
        + f"{schema('s0')}, traits: [{{headers: {schema('t0')}}}]}}}}}}}}\n"
        + chained(40, f"{{a: {schema('s%s')}, b: {schema('s%s')}}}", "{}")
        + "\n".join(
            f"  t{i}: {{a: {schema(f't{i + 1}')}, b: {schema(f't{i + 1}')}}}" for i in range(40)
        )
        + "\n  t40: {c: 1}",
        MULTIPLIED,
    ),
    "traits that hold themselves": (
        HEAD
        + "channels: {c: {address: /x, messages: {m: {headers: "
        + f"{schema('a')}, traits: [{{headers: {schema('b')}}}]}}}}}}}}\n{SCHEMAS}"
        + f"  a: {{x: {schema('a')}, y: {schema('a')}}}\n"
        + f"  b: {{x: {schema('b')}, y: {schema('b')}}}\n",
        "spec.yaml:6:3 (#/components/schemas/a): the schemas that a trait merges are recursive. "
        "Merge them by hand.",
    ),
    "traits in a circle": (
        HEAD
        + "channels: {c: {address: /x, messages: {m: {traits: [{$ref: '#/components/x/a'}]}}}}\n"
        "components:\n x:\n  a: {$ref: '#/components/x/b'}\n  b: {$ref: '#/components/x/a'}\n",
        "spec.yaml:7:7 (#/components/x/b/$ref): the $ref '#/components/x/a' "
        "comes back to itself and never arrives.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), BOUNDED.values(), ids=BOUNDED)
def test_references_that_multiply(write, text: str, expected: str) -> None:
    assert verdict({"spec.yaml": text}, write) == [expected]


@pytest.mark.parametrize("token", ["9" * 5_000, "²", "-1", "00"])
def test_an_index_that_is_none(write, token: str) -> None:
    (problem,) = verdict({"spec.yaml": PAYLOAD % to(f"#/x/{token}") + "x: [1]\n"}, write)
    assert "names nothing in spec.yaml" in problem or "expected a schema" in problem


def test_a_long_key_is_cut_in_the_place_of_a_problem(write) -> None:
    (problem,) = verdict({"spec.yaml": f"{HEAD}channels:\n ? {'k' * MIB}\n : 1"}, write)
    assert problem == (
        f"spec.yaml:4:4 (#/channels/{'k' * 490}...): "
        f"{'k' * 80}... is 1, expected an object."
    )  # fmt: skip


FOUND: dict[str, str] = {
    "references beside keys": SCHEMAS
    + "  a: {}\n"
    + "\n".join(f"  s{i}: {schema('a')}" for i in range(LONG))
    + "\n messages:\n"
    + "\n".join(f"  m{i}: {{bad: 1}}" for i in range(LONG)),
    "references to files that are not there": SCHEMAS
    + "\n".join(f"  s{i}: {{$ref: f{i}.yaml}}" for i in range(LONG)),
    "references to nothing": SCHEMAS
    + "\n".join(f"  s{i}: {{$ref: '#/components/schemas/t{i}'}}" for i in range(LONG)),
}  # fmt: skip


@pytest.mark.parametrize("text", FOUND.values(), ids=FOUND)
def test_thousands_of_findings_come_at_once(write, text: str) -> None:
    path = write(PAYLOAD % "{}" + text)
    started = time.process_time()
    findings = load(path).findings
    assert time.process_time() - started < SECONDS
    assert len(findings) == LONG


def test_the_place_of_a_problem_is_text_below_half_a_surrogate_pair(write) -> None:
    first, second = verdict(
        {"spec.json": '{"i\\ud800": {"a": 1, "a": 2}}'}, write, root="spec.json"
    )
    assert "half of a surrogate pair" in first
    assert second.startswith("spec.json:1:22 (#/i\\ud800/a): the key 'a' stands twice")


def test_seconds_that_no_clock_counts(write) -> None:
    (problem,) = verdict(
        {
            "spec.yaml": HEAD
            + "channels: {c: {address: /x, x-sse: {max-gap: 1"
            + "0" * 400
            + "}, messages: {m: {}}}}\n"
        },
        write,
    )
    assert problem.endswith("expected a number of seconds above 0. Write it without a unit.")
