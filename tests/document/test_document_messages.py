"""Messages: what a reference must lead to, choices of 2.x, labels, and very many of them."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from document_findings import findings_of

from pytest_asyncapi_sse.document import load

# A bound against hanging, not a benchmark.
SECONDS = 5.0
MANY = 4_000
SOME = 2_000

REFERRING = {
    "2.6.0": "channels: {a: {subscribe: {message: {$ref: '%s'}}}}\n",
    "2.0.0": "channels: {a: {subscribe: {message: {oneOf: [{$ref: '%s'}, {}]}}}}\n",
    "3.0.0": "channels: {a: {messages: {m: {$ref: '%s'}}}}\n",
}
COMPONENTS = """\
components:
  schemas:
    S: {type: object}
    Titled: {title: S, description: only labels}
    Payload: {payload: {type: object}}
  messages: {Alias: {$ref: '#/components/schemas/S'}}
"""
MESSAGES = {
    "plain.yaml": "{payload: {type: string}}",
    "titled.yaml": "{title: m, description: not typed}",
    "named.yaml": "{name: m, type: object}",
    "empty.yaml": "{}",
}
SCHEMAS = {
    "typed.yaml": "{title: S, type: object}",
    "formed.yaml": "{schemaFormat: a, schema: {}}",
    "drafted.yaml": "{$schema: 'http://json-schema.org/draft-07/schema#'}",
}


@pytest.mark.parametrize("version", REFERRING)
@pytest.mark.parametrize(
    "reference",
    [
        "#/components/schemas/S",
        "#/components/schemas/Titled",
        "#/components/messages/Alias",
        *SCHEMAS,
    ],
)
def test_a_schema_in_place_of_a_message_is_refused(
    write, fails, version: str, reference: str
) -> None:
    for name, text in SCHEMAS.items():
        write(text, name)
    (problem,) = fails(f"asyncapi: {version}\n" + REFERRING[version] % reference + COMPONENTS)
    assert problem.startswith("spec.yaml:2:")
    assert problem.endswith(
        f"the $ref {reference!r} names a schema, expected a message. "
        "Write payload: {$ref: ...} in a message."
    )


@pytest.mark.parametrize("version", REFERRING)
@pytest.mark.parametrize("reference", ["#/components/schemas/Payload", *MESSAGES])
def test_a_message_is_one_wherever_it_is_kept(write, loads, version: str, reference: str) -> None:
    for name, text in MESSAGES.items():
        write(text, name)
    document = loads(f"asyncapi: {version}\n" + REFERRING[version] % reference + COMPONENTS)
    assert list(document.streams) == ["a"]


def test_a_schema_in_place_of_a_message_harms_no_other_stream(loads) -> None:
    document = loads(
        """
        asyncapi: 3.0.0
        channels:
          a: {x-sse: {}, messages: {m: {}}}
          b: {messages: {n: {$ref: '#/components/schemas/S'}}}
        components: {schemas: {S: {type: object}}}
        """
    )
    (finding,) = findings_of(document)
    assert (finding.channel, finding.code) == ("b", "invalid-document")
    assert finding.summary == (
        "the $ref '#/components/schemas/S' names a schema, expected a message"
    )


CHOICE = """
asyncapi: 2.6.0
channels: {{a: {{subscribe: {{message: {{oneOf: [{{$ref: '#/components/messages/{first}'}},
                                               {{name: Last}}]}}}}}}}}
components:
  messages:
    Group: {{oneOf: [{{$ref: '#/components/messages/One'}}, {{oneOf: [{{name: Two}}]}},
                     {{$ref: '#/components/messages/Inner'}}]}}
    Inner: {{oneOf: [{{$ref: '#/components/messages/One'}}, {{name: Three}}]}}
    One: {{payload: {{type: integer}}}}
    Loop: {{oneOf: [{{name: In}}, {{$ref: '#/components/messages/Loop'}}]}}
    Far: {{oneOf: [{{$ref: '#/components/messages/Back'}}]}}
    Back: {{oneOf: [{{$ref: '#/components/messages/Far'}}]}}
"""


def test_a_choice_of_messages_may_have_choices_in_it(loads) -> None:
    (channel,) = loads(CHOICE.format(first="Group")).streams.values()
    assert [message.name for message in channel.streamed] == ["One", "Two", "Three", "Last"]
    assert channel.messages["One"].payload == {"type": "integer"}


@pytest.mark.parametrize("first", ["Loop", "Far"])
def test_a_choice_of_messages_that_comes_back_to_itself_is_refused(fails, first: str) -> None:
    (problem,) = fails(CHOICE.format(first=first))
    assert problem.endswith("the oneOf of messages comes back to itself.")


def test_choices_of_messages_nest_up_to_a_bound(fails) -> None:
    nested = "{oneOf: [" * 60 + "{name: m}" + "]}" * 60
    (problem,) = fails(f"asyncapi: 2.6.0\nchannels: {{a: {{subscribe: {{message: {nested}}}}}}}\n")
    assert problem.endswith("the oneOf of messages nests deeper than 50 levels.")


def test_choices_that_multiply_are_read_once_each(write) -> None:
    groups = {
        f"G{i}": {"oneOf": [{"$ref": f"#/components/messages/G{i + 1}"}] * 30} for i in range(40)
    }
    text = json.dumps(
        {
            "asyncapi": "2.6.0",
            "channels": {"a": {"subscribe": {"message": {"$ref": "#/components/messages/G0"}}}},
            "components": {"messages": {**groups, "G40": {"name": "one"}}},
        }
    )
    assert list(load(write(text, "spec.json")).streams["a"].messages) == ["one"]


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        (
            "asyncapi: 3.0.0\nchannels: {a: {messages: {m: {title: 5}}}}\n",
            "/channels/a/messages/m/title",
        ),
        (
            "asyncapi: 2.6.0\nchannels: {a: {subscribe: {message: {title: 5}}}}\n",
            "/channels/a/subscribe/message/title",
        ),
        (
            "asyncapi: 2.6.0\nchannels: {a: {subscribe: {operationId: 5, message: {}}}}\n",
            "/channels/a/subscribe/operationId",
        ),
        (
            "asyncapi: 2.6.0\n"
            "channels: {'/{p}': {parameters: {p: {description: 5}}, subscribe: {message: {}}}}\n",
            "/channels/~1{p}/parameters/p/description",
        ),
        (
            "asyncapi: 3.0.0\nchannels: {a: {address: '/{p}', messages: {m: {}}, "
            "parameters: {p: {description: 5}}}}\n",
            "/channels/a/parameters/p/description",
        ),
    ],
)
def test_a_label_of_the_wrong_type_refuses_nothing(loads, text: str, pointer: str) -> None:
    document = loads(text)
    assert len(document.streams) == 1
    (finding,) = [
        item for item in document.findings if item.code not in ("missing-key", "unknown-address")
    ]
    assert (finding.code, finding.severity) == ("wrong-type", "advice")
    assert finding.location is not None
    assert finding.location.pointer == pointer


@pytest.mark.parametrize(
    ("own", "default", "is_marked", "content_type"),
    [
        ("application/json, text/event-stream", "", True, "application/json"),
        ("text/event-stream;charset=utf-8,text/plain", "", True, "text/plain"),
        ("text/event-stream, text/event-stream", "application/json", True, "application/json"),
        ('application/a; p="x, text/event-stream"', "", False,
         'application/a; p="x, text/event-stream"'),
        ("", "application/json, text/event-stream", False, "application/json"),
    ],
)  # fmt: skip
def test_one_of_several_content_types_may_mark_a_stream(
    loads, own: str, default: str, is_marked: bool, content_type: str
) -> None:
    message = json.dumps({"contentType": own} if own else {})
    document = loads(
        f"asyncapi: 3.0.0\ndefaultContentType: '{default}'\n"
        f"channels: {{a: {{messages: {{m: {message}}}}}, b: {{messages: {{n: {{}}}}}}}}\n"
    )
    assert list(document.streams) == (["a"] if is_marked else ["a", "b"])
    assert document.streams["a"].messages["m"].content_type == content_type


def test_a_long_list_of_content_types_is_read_at_once(loads) -> None:
    listed = "a/b," * 50_000
    text = f"asyncapi: 3.0.0\nchannels: {{a: {{messages: {{m: {{contentType: '{listed}'}}}}}}}}\n"
    started = time.process_time()
    assert loads(text).streams["a"].messages["m"].content_type == "a/b"
    assert time.process_time() - started < SECONDS


def in_2x(messages: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "asyncapi": "2.6.0",
        "channels": {"a": {"subscribe": {"message": {"oneOf": messages}}}},
    }


def in_3x(*messages: str) -> dict[str, Any]:
    """Return a document of as many operations as messages; `messages` are those of each."""
    operation = {"action": "send", "channel": {"$ref": "#/channels/a"}}
    return {
        "asyncapi": "3.0.0",
        "channels": {
            "a": {"messages": {f"m{i}": {} for i in range(SOME)}},
            "b": {"messages": {f"n{i}": {} for i in range(SOME)}},
        },
        "operations": {
            f"o{i}": operation
            | ({"messages": [{"$ref": m.format(i)} for m in messages]} if messages else {})
            for i in range(SOME)
        },
    }


LARGE: dict[str, dict[str, Any]] = {
    "many messages": in_2x([{"name": f"m{i}"} for i in range(MANY)]),
    "one name": in_2x([{"name": "m"} for _ in range(MANY)]),
    "operations of a message each": in_3x("#/channels/a/messages/m{}"),
    "operations of all messages": in_3x(),
    "servers": {
        "asyncapi": "3.0.0",
        "servers": {f"s{i}": {"host": "h", "protocol": "http"} for i in range(SOME)},
        "channels": {
            f"c{i}": {"servers": [{"$ref": f"#/servers/s{i}"}], "messages": {"m": {}}}
            for i in range(SOME)
        },
    },
    "servers that are not there": {
        "asyncapi": "2.6.0",
        "servers": {f"s{i}": {"url": "h", "protocol": "http"} for i in range(SOME)},
        "channels": {
            f"c{i}": {"servers": [f"t{i}"], "subscribe": {"message": {}}} for i in range(SOME)
        },
    },
}


@pytest.mark.parametrize("contents", LARGE.values(), ids=LARGE)
def test_a_large_document_does_not_hang(write, contents: dict[str, Any]) -> None:
    path = write(json.dumps(contents), "spec.json")
    started = time.process_time()
    document = load(path)
    assert time.process_time() - started < SECONDS
    assert document.streams


def test_equal_names_are_told_apart_by_numbers(write) -> None:
    names = ["m", "m", "m-2", "m", "m-2"]
    path = write(json.dumps(in_2x([{"name": name} for name in names])), "spec.json")
    assert list(load(path).streams["a"].messages) == ["m", "m-2", "m-2-2", "m-3", "m-2-3"]


def test_the_messages_of_an_operation_keep_the_order_of_the_channel(loads) -> None:
    document = loads(
        """
        asyncapi: 3.0.0
        channels: {a: {messages: {x: {}, y: {$ref: '#/components/messages/Y'}, z: {}}}}
        operations:
          s:
            action: send
            channel: {$ref: '#/channels/a'}
            messages: [{$ref: '#/channels/a/messages/z'}, {$ref: '#/components/messages/Y'}]
        components: {messages: {Y: {}}}
        """
    )
    assert [message.key for message in document.operations["s"].messages] == ["y", "z"]
