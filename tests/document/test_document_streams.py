"""Which channels are streams, which messages flow, what opens them and how events are named."""

from __future__ import annotations

import pytest

from pytest_asyncapi_sse.model import Document

V3 = """\
asyncapi: 3.1.0
servers: {{h: {{host: h, protocol: HTTPS, pathname: /v1}}, k: {{host: k, protocol: kafka}}}}
channels:
  a: {a}
  b: {{address: /b, messages: {{n: {{}}}}}}
operations: {operations}
"""


def v3(a: str, operations: str = "{}") -> str:
    return V3.format(a=a, operations=operations)


def flows(document: Document, channel: str = "a") -> list[str]:
    return [message.name for message in document.channels[channel].streamed]


A = "{address: /a, messages: {m: {}, n: {}}}"


UNMARKED = {"b": "nothing marks it as SSE, while other channels of the document are marked"}
KAFKA = {"a": "its servers speak kafka, not http"}


@pytest.mark.parametrize(
    ("a", "skipped"),
    [
        (A, {}),
        ("{x-sse: {}, messages: {m: {}}}", UNMARKED),
        ("{bindings: {x-sse: {}}, messages: {m: {}}}", UNMARKED),
        ("{bindings: {sse: {}}, messages: {m: {}}}", UNMARKED),
        ("{bindings: {x-zilla-sse: {}}, messages: {m: {}}}", UNMARKED),
        ("{messages: {m: {x-sse: {event: e}}}}", UNMARKED),
        ("{messages: {m: {contentType: text/event-stream}}}", UNMARKED),
        (
            "{messages: {m: {bindings: {http: {headers: {properties: "
            "{Content-Type: {const: text/event-stream}}}}}}}}",
            UNMARKED,
        ),
        ("{servers: [{$ref: '#/servers/k'}], messages: {m: {}}}", KAFKA),
        ("{servers: [{$ref: '#/servers/k'}], x-sse: {}, messages: {m: {}}}", KAFKA | UNMARKED),
        ("{address: /a}", {"a": "it has no messages"}),
    ],
)
def test_channels_that_are_streams(loads, a: str, skipped: dict[str, str]) -> None:
    document = loads(v3(a))
    assert dict(document.skipped) == skipped
    assert list(document.streams) == [name for name in ("a", "b") if name not in skipped]
    assert list(document.channels) == ["a", "b"]


def test_an_sse_server_marks_its_channels(loads) -> None:
    document = loads(
        """
        asyncapi: 2.6.0
        servers: {s: {url: 'https://x/{v}', protocol: SSE, variables: {v: {enum: [one]}}},
                  h: {url: y, protocol: https}}
        channels:
          a: {servers: [s], subscribe: {message: {}}}
          b: {servers: [h], subscribe: {message: {}}}
        """
    )
    assert list(document.streams) == ["a"]
    assert [(server.url, server.protocol) for server in document.servers.values()] == [
        ("https://x/one", "sse"),
        ("https://y", "https"),
    ]


def test_a_default_of_event_stream_marks_all_and_says_nothing_of_the_data(loads) -> None:
    document = loads(
        "asyncapi: 2.6.0\ndefaultContentType: text/event-stream\n"
        "channels: {a: {subscribe: {message: {}}}, b: {x-sse: {}, subscribe: {message: {}}}}\n"
    )
    assert list(document.streams) == ["a", "b"]
    assert document.channels["a"].streamed[0].content_type == ""


def test_bindings_of_another_protocol_without_a_server(loads) -> None:
    document = loads(
        "asyncapi: 2.6.0\nchannels: {a: {bindings: {ws: {}}, subscribe: {message: {}}}}\n"
    )
    assert dict(document.skipped) == {"a": "its bindings are for ws, not http"}


SEND = "s: {action: send, channel: {$ref: '#/channels/a'}, messages: [%s]%s}"
RECEIVE = "r: {action: receive, channel: {$ref: '#/channels/a'}, messages: [%s]%s}"
M = "{$ref: '#/channels/a/messages/m'}"
N = "{$ref: '#/channels/a/messages/n'}"


@pytest.mark.parametrize(
    ("operations", "perspective", "expected"),
    [
        ([], None, ["m", "n"]),
        ([SEND % (M, "")], None, ["m"]),
        ([RECEIVE % (N, "")], None, ["n"]),
        ([SEND % (M, ""), RECEIVE % (N, "")], None, ["m"]),
        ([SEND % (M, ""), RECEIVE % (N, "")], "server", ["m"]),
        ([SEND % (M, ""), RECEIVE % (N, "")], "client", ["n"]),
        ([SEND % (M, ""), RECEIVE % (N, ", x-sse: {role: client}")], None, ["n"]),
        ([SEND % (M, ""), RECEIVE % (N, ", x-sse: {role: client}")], "server", ["n"]),
        ([SEND % (M, ""), RECEIVE % (N, ", x-sse: {}")], None, ["n"]),
        ([SEND % ("", "")], None, []),
        ([RECEIVE % (M, "")], "server", []),
    ],
)
def test_messages_that_flow(
    loads, operations: list[str], perspective: str | None, expected: list[str]
) -> None:
    options = {} if perspective is None else {"perspective": perspective}
    document = loads(v3(A, "{" + ", ".join(operations) + "}"), **options)
    assert flows(document) == expected
    assert ("a" in document.streams) is bool(expected)


def test_an_operation_without_messages_has_those_of_its_channel(loads) -> None:
    document = loads(v3(A, "{s: {action: send, channel: {$ref: '#/channels/a'}}}"))
    assert [message.key for message in document.operations["s"].messages] == ["m", "n"]
    assert document.operations["s"].messages == document.streams["a"].streamed


def test_the_words_of_2x_read_the_other_way_round(loads) -> None:
    document = loads(
        """
        asyncapi: 2.6.0
        channels:
          a:
            publish: {operationId: ask, message: {name: Ask}}
            subscribe:
              message:
                oneOf:
                  [{name: One}, {messageId: two}, {$ref: '#/components/messages/Three'}, {}]
        components: {messages: {Three: {payload: true}}}
        """
    )  # fmt: skip
    assert {name: item.action for name, item in document.operations.items()} == {
        "a.subscribe": "send",
        "ask": "receive",
    }
    assert flows(document) == ["One", "two", "Three", "anonymous-message-4"]
    assert list(document.channels["a"].messages) == [*flows(document), "Ask"]


MESSAGE = "{address: /a, messages: {m: %s}%s}"


@pytest.mark.parametrize(
    ("message", "channel", "operation", "expected"),
    [
        ("{}", "", "", ()),
        ("{name: own}", "", "", ()),
        ("{x-sse: {event: e}}", "", "", ("e",)),
        ("{x-sse: {event: [e, f]}}", "", "", ("e", "f")),
        ("{bindings: {x-sse: {event: e}}}", "", "", ("e",)),
        ("{bindings: {sse: {event: e}}}", "", "", ("e",)),
        ("{headers: {properties: {event: {const: e}}}}", "", "", ("e",)),
        ("{headers: {properties: {event: {enum: [e, f]}}}}", "", "", ("e", "f")),
        ("{headers: {allOf: [{properties: {event: {const: e}}}]}}", "", "", ("e",)),
        ("{headers: {properties: {event: {type: string}}}}", "", "", ()),
        ("{bindings: {http: {headers: {properties: {event: {const: e}}}}}}", "", "", ("e",)),
        ("{x-sse: {event: e}, headers: {properties: {event: {const: f}}}}", "", "", ("e",)),
        ("{}", ", x-sse: {event: c}", "", ("c",)),
        ("{}", ", x-sse: {event: c}", ", x-sse: {event: o}", ("o",)),
        ("{x-sse: {event: e}}", ", x-sse: {event: c}", ", x-sse: {event: o}", ("e",)),
    ],
)
def test_event_names_that_bind(
    loads, message: str, channel: str, operation: str, expected: tuple[str, ...]
) -> None:
    operations = "{s: {action: send, channel: {$ref: '#/channels/a'}" + operation + "}}"
    document = loads(v3(MESSAGE % (message, channel), operations))
    (found,) = document.streams["a"].streamed
    assert found.event_names == expected
    assert found is document.channels["a"].messages["m"]


@pytest.mark.parametrize(
    ("extension", "problem"),
    [
        ("{event: 5}", "the event name is 5, expected a text that is not empty."),
        ("{event: ''}", "the event name is '', expected a text that is not empty."),
        (
            '{event: "a\\nb"}',
            "the event name 'a\\nb' has a line break, which no stream can carry.",
        ),
        (
            "{role: peer}",
            "role is 'peer', expected 'server' or 'client', "
            "the part that the described application has.",
        ),
        ("{sentinel: x}", "x-sse.sentinel is not supported yet. Remove it for now."),
        (
            "{first-event-within: 1}",
            "x-sse.first-event-within is not supported yet. Remove it for now.",
        ),
        ("{max-gap: 1}", "x-sse.max-gap is not supported yet. Remove it for now."),
        ("{heartbeat: 1}", "x-sse.heartbeat is not supported yet. Remove it for now."),
        ("{ids: unique}", "x-sse.ids is not supported yet. Remove it for now."),
        ("{resume: true}", "x-sse.resume is not supported yet. Remove it for now."),
        ("[]", "x-sse is a list, expected an object."),
    ],
)  # fmt: skip
def test_extensions_that_are_refused(fails, extension: str, problem: str) -> None:
    (found,) = fails(v3(f"{{x-sse: {extension}, messages: {{m: {{}}}}}}"))
    assert found.partition("): ")[2] == problem


def test_an_unknown_key_of_the_extension_is_advice(loads) -> None:
    (finding,) = loads(v3("{x-sse: {evnt: e}, messages: {m: {}}}")).findings
    assert (finding.code, finding.severity) == ("unknown-x-sse-key", "advice")
    assert finding.summary == "x-sse has the unknown key 'evnt', which does nothing"
    assert finding.advice == "Did you mean 'event'?"
    assert str(finding.location) == "spec.yaml:4:15 (#/channels/a/x-sse/evnt)"


QUERY = "{s: {action: send, channel: {$ref: '#/channels/a'}, bindings: {http: %s}}}"


@pytest.mark.parametrize(
    ("binding", "query"),
    [
        ("{method: get}", {}),
        ("{query: {properties: {a: {const: 1}, b: {default: true}, c: {enum: [x]}}}}",
         {"a": "1", "b": "true", "c": "x"}),
        ("{query: {properties: {a: {enum: [x, y]}, b: {type: string}, c: {default: [1]}}}}", {}),
        ("{query: {required: [a], properties: {a: {enum: [x, y], default: y}}}}", {"a": "y"}),
    ],
)  # fmt: skip
def test_requests(loads, binding: str, query: dict[str, str]) -> None:
    request = loads(v3(A, QUERY % binding)).streams["a"].request
    assert (request.method, dict(request.query)) == ("GET", query)


@pytest.mark.parametrize(
    ("binding", "problem"),
    [
        ("{method: POST}", "streams opened by POST are not supported yet."),
        (
            "{query: {required: [a], properties: {a: {type: string}}}}",
            "the query needs 'a', and no const, default or single enum gives it a value. "
            "Give the property a default.",
        ),
    ],
)
def test_requests_that_are_refused(fails, binding: str, problem: str) -> None:
    (found,) = fails(v3(A, QUERY % binding))
    assert found.partition("): ")[2] == problem


@pytest.mark.parametrize(
    ("content_type", "is_checked"),
    [
        ("application/json", True),
        ("application/cloudevents+json; charset=utf-8", True),
        ("text/plain", True),
        ("application/xml", False),
        ("application/octet-stream", False),
        ("image/png", False),
        ("avro/binary", False),
    ],
)
def test_content_types(loads, content_type: str, is_checked: bool) -> None:
    document = loads(v3(MESSAGE % (f"{{contentType: '{content_type}', payload: {{}}}}", "")))
    (message,) = document.streams["a"].streamed
    assert message.content_type == content_type
    assert (message.schema is not None) is is_checked
    reason = f"data of the content type {content_type!r} is neither JSON nor text"
    expected = [] if is_checked else [f"not checked yet: the payload ({reason})"]
    assert [finding.summary for finding in document.findings] == expected


@pytest.mark.parametrize(
    ("listed", "chosen"),
    [
        ("application/json, text/csv", "application/json"),
        ("text/csv, application/json; charset=utf-8", "application/json; charset=utf-8"),
        ("application/xml,text/plain", "text/plain"),
        ("image/png, application/xml", "image/png"),
        ('application/a+json; profile="x,y"', 'application/a+json; profile="x,y"'),
        (" , ", " , "),
    ],
)
def test_of_several_content_types_the_one_that_is_checked_best_counts(
    loads, listed: str, chosen: str
) -> None:
    document = loads(v3(MESSAGE % (f"{{contentType: '{listed}'}}", "")))
    assert document.streams["a"].streamed[0].content_type == chosen


def test_what_is_not_checked_is_said(loads) -> None:
    document = loads(
        """
        asyncapi: 3.0.0
        channels:
          a:
            messages:
              m:
                correlationId: {location: '$message.payload#/id'}
                headers: {properties: {event: {const: e}, id: {type: string}}}
          r: {x-sse: {}, messages: {m: {correlationId: {location: x}}}}
        operations:
          s:
            action: send
            channel: {$ref: '#/channels/a'}
            x-sse: {}
            security: [{$ref: '#/components/securitySchemes/k'}]
            reply: {channel: {$ref: '#/channels/r'}}
        components: {securitySchemes: {k: {type: httpApiKey, in: header, name: X}}}
        """
    )
    found = {(item.channel, item.summary) for item in document.findings}
    assert {item.code for item in document.findings} == {"not-checked"}
    assert found == {
        ("a", "not checked yet: the security"),
        ("a", "not checked yet: the reply of the operation s"),
        ("a", "not checked yet: the correlationId"),
        ("a", "not checked yet: the message headers other than event (id)"),
        ("r", "not checked yet: the correlationId"),
    }
    (scheme,) = document.channels["a"].security
    assert (scheme.name, scheme.type, scheme.details["in"]) == ("k", "httpApiKey", "header")


def test_findings_of_a_skipped_channel_are_no_findings(loads) -> None:
    document = loads(v3("{address: '/{p}', servers: [{$ref: '#/servers/k'}], messages: {m: {}}}"))
    assert document.findings == ()


def test_parameters(loads) -> None:
    channel = loads(
        v3(
            "{address: '/{p}/{q}', messages: {m: {}}, parameters: "
            "{p: {enum: [x, y], default: y, examples: [x]}, z: {}}}"
        )
    )
    p, z, q = channel.channels["a"].parameters.values()
    assert (p.name, p.enum, p.default, p.examples) == ("p", ("x", "y"), "y", ("x",))
    assert p.schema == {"type": "string", "enum": ["x", "y"]}
    assert (z.name, q.name, q.schema) == ("z", "q", {"type": "string"})
    assert [item.code for item in channel.findings] == ["undeclared-parameter", "unused-parameter"]


def test_parameters_of_2x_are_judged_by_their_schema(loads) -> None:
    document = loads(
        "asyncapi: 2.6.0\n"
        "channels: {'/{p}': {parameters: {p: {schema: {type: integer, default: 1}}}, "
        "subscribe: {message: {}}}}\n"
    )
    parameter = document.channels["/{p}"].parameters["p"]
    assert (parameter.schema, parameter.default) == ({"type": "integer", "default": 1}, "1")


def test_examples_and_bad_ones(loads) -> None:
    one = "{name: one, payload: {$ref: '#/channels/b/address'}}"
    document = loads(v3(MESSAGE % (f"{{examples: [{one}, {{headers: {{}}}}, 5]}}", "")))
    one, two = document.streams["a"].streamed[0].examples
    assert (one.name, one.payload, one.has_payload) == ("one", "/b", True)
    assert (two.payload, two.headers, two.has_payload) == (None, {}, False)
    (finding,) = document.findings
    assert (finding.code, finding.message) == ("bad-example", "m")
    assert finding.summary == "an example has neither payload nor headers"


TRAITS = """
asyncapi: {version}
channels: {{a: {{subscribe: {{message: {{$ref: '#/components/messages/M'}}}},
                messages: {{m: {{$ref: '#/components/messages/M'}}}}}}}}
components:
  messages:
    M:
      name: own
      headers: {{properties: {{both: {{type: string}}, own: {{type: 'null'}}}}}}
      traits: [{{name: one, title: one, headers: {{$ref: '#/components/schemas/H'}}}},
               {{name: two, title: two}}]
  schemas: {{H: {{properties: {{both: {{type: integer, minimum: 1}}}}}}}}
"""


@pytest.mark.parametrize(
    ("version", "name", "both"),
    [
        ("2.6.0", "two", {"type": "integer", "minimum": 1}),
        ("3.0.0", "own", {"type": "string", "minimum": 1}),
    ],
)
def test_traits_merge_in_opposite_orders(loads, version: str, name: str, both: object) -> None:
    (message,) = loads(TRAITS.format(version=version)).streams["a"].streamed
    assert (message.name, message.title) == (name, "two")
    assert message.headers == {"properties": {"both": both, "own": {"type": "null"}}}


@pytest.mark.parametrize(
    ("servers", "problem"),
    [
        ("[gone]", "the channel names the server 'gone', which is not in servers."),
        (
            "[prd]",
            "the channel names the server 'prd', which is not in servers. Did you mean 'prod'?",
        ),
    ],
)  # fmt: skip
def test_servers_that_are_not_there(fails, servers: str, problem: str) -> None:
    (found,) = fails(
        "asyncapi: 2.6.0\nservers: {prod: {url: x, protocol: http}}\n"
        f"channels: {{a: {{servers: {servers}, subscribe: {{message: {{}}}}}}}}\n"
    )
    assert found.partition("): ")[2] == problem


def test_a_message_of_another_channel_is_refused(fails) -> None:
    (problem,) = fails(v3(A, "{s: {action: send, channel: {$ref: '#/channels/a'}, "
                             "messages: [{$ref: '#/channels/b/messages/n'}]}}"))  # fmt: skip
    assert problem.endswith(
        "the operation names a message that is not its channel's. Did you mean 'n'?"
    )


def test_a_reference_that_is_no_text_is_refused(fails) -> None:
    (problem,) = fails(v3("{messages: {m: {$ref: 5}}}"))
    assert problem.endswith("$ref is 5, expected a reference as text.")
