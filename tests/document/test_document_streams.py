"""Which channels are streams, which messages flow, what opens them and how events are named."""

from __future__ import annotations

import pytest
from document_findings import findings_of

from pytest_asyncapi_sse.model import Document, StreamRules

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
            "the part of the described application.",
        ),
        ("{sentinel: true}", "sentinel is true, expected the data of the last event as text. Or mark its message with true."),
        ('{sentinel: "a\\rb"}', "the sentinel 'a\\rb' has a carriage return."),
        ("{event: []}", "event is a list, expected a name or a list of names."),
        ("{role: }", "role is null, expected 'server' or 'client', the part of the described application."),
        ("{first-event-within: 0}", "first-event-within is 0, expected a number of seconds above 0. Write it without a unit."),
        ("{max-gap: 1s}", "max-gap is '1s', expected a number of seconds above 0. Write it without a unit."),
        ("{heartbeat: true}", "heartbeat is true, expected a number of seconds above 0. Write it without a unit."),
        ("{ids: sorted}", "ids is 'sorted', expected 'unique' or 'increasing'."),
        ("{resume: 1}", "resume is 1, expected true or false."),
        ("[]", "x-sse is a list, expected an object."),
    ],
)  # fmt: skip
def test_extensions_that_are_refused(fails, extension: str, problem: str) -> None:
    (found,) = fails(v3(f"{{x-sse: {extension}, messages: {{m: {{}}}}}}"))
    assert found.partition("): ")[2] == problem


ALL_RULES = (
    "{sentinel: '[DONE]', first-event-within: 5, max-gap: 1.5, heartbeat: 15, ids: increasing, "
    "resume: true}"
)


def test_the_rules_of_a_stream(loads) -> None:
    document = loads(v3(f"{{x-sse: {ALL_RULES}, messages: {{m: {{}}}}}}"))
    assert document.streams["a"].rules == StreamRules(
        sentinel="[DONE]",
        first_event_within=5.0,
        max_gap=1.5,
        heartbeat=15.0,
        ids="increasing",
        resume=True,
    )
    assert findings_of(document) == []
    assert loads(v3("{x-sse: {}, messages: {m: {}}}")).streams["a"].rules == StreamRules()


def test_the_rules_of_an_operation_go_before_those_of_its_channel(loads) -> None:
    document = loads(
        v3(
            "{x-sse: {max-gap: 1, resume: true}, messages: {m: {}}}",
            SEND % ("{$ref: '#/channels/a/messages/m'}", ", x-sse: {max-gap: 2, resume: false}"),
        ).replace("s: {action", "{s: {action")
        + "}"
    )
    rules = document.streams["a"].rules
    assert (rules.max_gap, rules.resume) == (2.0, False)


EMPTY = "{x-sse: , messages: {m: {}}}"


def test_an_extension_with_nothing_in_it_is_a_mark(loads) -> None:
    assert list(loads(v3(EMPTY)).streams) == ["a"]


@pytest.mark.parametrize("place", ["x-sse: {}", "bindings: {sse: {}}", "bindings: {x-sse: {}}"])
def test_a_server_may_carry_the_mark(loads, place: str) -> None:
    text = f"""
        asyncapi: 3.0.0
        servers: {{h: {{host: h, protocol: http, {place}}}, i: {{host: i, protocol: http}}}}
        channels:
          a: {{servers: [{{$ref: '#/servers/h'}}], messages: {{m: {{}}}}}}
          b: {{servers: [{{$ref: '#/servers/i'}}], messages: {{m: {{}}}}}}
        """
    assert list(loads(text).streams) == ["a"]


def test_keys_of_the_extension_on_a_server_or_the_document_are_advice(loads) -> None:
    document = loads(
        """
        asyncapi: 3.0.0
        x-sse: {role: server}
        servers: {h: {host: h, protocol: http, x-sse: {ids: unique}}}
        channels: {a: {messages: {m: {}}}}
        """
    )
    assert [(item.code, item.summary) for item in findings_of(document)] == [
        ("misplaced-x-sse-key", "x-sse.role does nothing in a document"),
        ("misplaced-x-sse-key", "x-sse.ids does nothing in a server"),
    ]


@pytest.mark.parametrize("binding", ["sse: true", "sse: {event: 5}", "x-zilla-sse: {event: []}"])
def test_bindings_of_other_vocabularies_are_not_judged(loads, binding: str) -> None:
    document = loads(v3(f"{{address: /a, bindings: {{{binding}}}, messages: {{m: {{}}}}}}"))
    assert document.streams["a"].streamed[0].event_names == ()


def test_names_belong_to_the_messages_of_their_operation(loads) -> None:
    document = loads(
        v3(
            "{x-sse: {event: other}, messages: {m: {}, n: {}, o: {}}}",
            "{one: {action: send, channel: {$ref: '#/channels/a'}, "
            "messages: [{$ref: '#/channels/a/messages/m'}], x-sse: {event: one}}, "
            "two: {action: send, channel: {$ref: '#/channels/a'}, "
            "messages: [{$ref: '#/channels/a/messages/n'}], x-sse: {event: two}}, "
            "all: {action: send, channel: {$ref: '#/channels/a'}, "
            "messages: [{$ref: '#/channels/a/messages/o'}], x-sse: {}}}",
        )
    )
    streamed = document.streams["a"].streamed
    assert [message.event_names for message in streamed] == [("one",), ("two",), ("other",)]


def test_a_message_may_be_the_sentinel(loads) -> None:
    document = loads(v3("{messages: {m: {}, done: {x-sse: {sentinel: true}}}}"))
    assert [message.is_sentinel for message in document.streams["a"].streamed] == [False, True]


def test_a_key_of_the_extension_in_the_wrong_place_is_advice(loads) -> None:
    (finding,) = findings_of(loads(v3("{messages: {m: {x-sse: {ids: unique}}}}")))
    assert (finding.code, finding.severity) == ("misplaced-x-sse-key", "advice")
    assert finding.summary == "x-sse.ids does nothing in a message"
    assert finding.advice == "Write it in the channel or the operation."


def test_an_unknown_key_of_the_extension_is_advice(loads) -> None:
    (finding,) = findings_of(loads(v3("{x-sse: {evnt: e}, messages: {m: {}}}")))
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


def test_what_the_query_leaves_open_is_a_parameter(loads) -> None:
    query = "{query: {required: [a], properties: {a: {enum: [x, y]}, b: {type: string}}}}"
    channel = loads(v3(A, QUERY % query)).streams["a"]
    assert dict(channel.request.query) == {}
    a, b = channel.parameters.values()
    assert (a.name, a.location, a.required, a.enum) == ("a", "query", True, ("x", "y"))
    assert (b.name, b.location, b.required, b.schema) == ("b", "query", False, {"type": "string"})


def test_headers_of_the_request(loads) -> None:
    headers = (
        "{headers: {properties: {X-Tenant: {const: acme}, Accept: {const: text/html}, Q: {}}}}"
    )
    assert loads(v3(A, QUERY % headers)).streams["a"].request.headers == {"X-Tenant": "acme"}


def test_a_method_that_is_none(fails) -> None:
    (found,) = fails(v3(A, QUERY % "{method: [GET]}"))
    assert found.endswith("method is a list, expected an HTTP method such as GET or POST.")


POST = """
asyncapi: 3.0.0
channels:
  chat: {{address: '/chat/{{room}}', parameters: {{room: {{}}}}, bindings: {{http: {{method: {method}}}}},
    messages: {{ask: {{payload: {{type: string}}}}, token: {{}}, done: {{}}}}}}
  answers: {{address: null, messages: {{token: {{}}, done: {{}}}}}}
operations: {operations}
"""
CHAT = "channel: {$ref: '#/channels/chat'}, messages: [{$ref: '#/channels/chat/messages/%s'}]"
ASK = f"ask: {{action: receive, {CHAT % 'ask'}"
TELL = f"tell: {{action: send, {CHAT % 'token'}}}"
ANSWERS = "{channel: {$ref: '#/channels/answers'}}"
ONE = "{messages: [{$ref: '#/channels/chat/messages/token'}]}"


def test_the_body_is_what_goes_the_other_way(loads) -> None:
    document = loads(POST.format(method="post", operations=f"{{{ASK}}}, {TELL}}}"))
    chat = document.streams["chat"]
    assert flows(document, "chat") == ["token"]
    assert (chat.request.method, [body.name for body in chat.request.body]) == ("POST", ["ask"])
    assert loads(
        POST.format(method="GET", operations=f"{{{ASK}}}, {TELL}}}")
    ).streams["chat"].request.body == ()  # fmt: skip


def test_a_reply_in_the_same_channel_is_the_stream(loads) -> None:
    document = loads(POST.format(method="POST", operations=f"{{{ASK}, reply: {ONE}}}}}"))
    assert flows(document, "chat") == ["token"]
    assert [body.name for body in document.streams["chat"].request.body] == ["ask"]


def test_a_reply_that_nothing_tells_from_the_request_may_be_any_message(loads) -> None:
    channel = "channel: {$ref: '#/channels/chat'}"
    operation = f"{{ask: {{action: send, {channel}, reply: {{{channel}}}}}}}"
    document = loads(POST.format(method="POST", operations=operation))
    assert flows(document, "chat") == ["ask", "token", "done"]
    assert document.streams["chat"].request.body == ()


def test_a_reply_in_a_channel_without_an_address_is_opened_by_the_request(loads) -> None:
    document = loads(POST.format(method="POST", operations=f"{{{ASK}, reply: {ANSWERS}}}}}"))
    answers = document.streams["answers"]
    assert flows(document, "answers") == ["token", "done"]
    assert (answers.address, list(answers.parameters)) == ("/chat/{room}", ["room"])
    assert (answers.request.method, [body.name for body in answers.request.body]) == (
        "POST",
        ["ask"],
    )
    assert dict(document.skipped) == {"chat": "its operations are requests, answered in answers"}
    reply = document.operations["ask"].reply
    assert reply is not None
    assert (reply.channel, [message.name for message in reply.messages]) == (
        "answers",
        ["token", "done"],
    )


def test_a_reply_to_an_address_that_only_the_request_knows(loads) -> None:
    reply = "{address: {location: '$message.header#/to'}}"
    document = loads(POST.format(method="POST", operations=f"{{{ASK}, reply: {reply}}}}}"))
    assert document.skipped["chat"] == (
        "its operations are requests, answered in (a channel not named)"
    )


def test_the_mark_and_the_rules_of_a_request_are_those_of_its_reply(loads) -> None:
    rules = "x-sse: {sentinel: '[DONE]', event: tok}"
    operation = f"{{{ASK}, reply: {ANSWERS}, {rules}}}}}"
    document = loads(POST.format(method="POST", operations=operation))
    assert list(document.streams) == ["answers"]
    assert document.streams["answers"].rules.sentinel == "[DONE]"
    assert {message.event for message in document.streams["answers"].streamed} == {"tok"}


def test_what_is_wrong_with_the_body_of_a_stream_refuses(fails) -> None:
    text = POST.format(method="POST", operations=f"{{{ASK}, reply: {ANSWERS}}}}}")
    (problem,) = fails(text.replace("{type: string}", "{$ref: '#/gone'}"))
    assert "the $ref '#/gone' names nothing in spec.yaml." in problem


def test_what_is_met_late_in_a_channel_that_is_no_stream_is_a_finding(loads) -> None:
    b = "b: {address: /b, bindings: {http: {method: 5}}, messages: {n: {}}}"
    text = v3(A, f"{{{SEND % (M, '')}, {RECEIVE.replace('/a', '/b') % ('', '')}}}")
    document = loads(text.replace("b: {address: /b, messages: {n: {}}}", b), perspective="server")
    assert dict(document.skipped) == {
        "b": "none of its operations is 'send', as the role 'server' wants it"
    }
    found = [item for item in document.findings if item.code == "invalid-document"]
    assert [item.summary for item in found] == [
        "method is 5, expected an HTTP method such as GET or POST"
    ]


def test_a_list_that_is_a_reference_to_something_else_is_told_where_it_stands(fails) -> None:
    (problem,) = fails(v3(A, "{s: {action: send, channel: {$ref: '#/channels/a'}, "
                             "messages: {$ref: '#/channels/a/messages/m'}}}"))  # fmt: skip
    assert "(#/operations/s/messages): messages is an object, expected a list" in problem


def test_operations_with_different_requests(loads) -> None:
    two = (
        f"{{{TELL}, more: {{action: send, {CHAT % 'done'}, bindings: {{http: {{method: PUT}}}}}}}}"
    )
    document = loads(POST.format(method="GET", operations=two))
    (finding,) = findings_of(document)
    assert document.streams["chat"].request.method == "GET"
    assert (finding.code, finding.summary) == (
        "not-checked",
        "the operation more, which opens its stream by another request",
    )


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
    assert (message.schema is not None, message.unchecked == "") == (True, is_checked)
    reason = f"data of the content type {content_type!r} is neither JSON nor text"
    expected = [] if is_checked else [f"the payload ({reason})"]
    assert [finding.summary for finding in findings_of(document)] == expected


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
                headers: {properties: {event: {const: e}, id: {type: string}, retry: {}, trace: {}}}
                bindings: {http: {headers: {properties: {id: {}, event: {}, via: {}}}}}
          b: {messages: {m: {correlationId: {location: x}}}}
          c: {messages: {m: {correlationId: {location: '$message.header#/trace'}}}}
          d: {messages: {m: {correlationId: {location: '$message.header#/id'}}}}
        operations:
          s:
            action: send
            channel: {$ref: '#/channels/a'}
            security: [{$ref: '#/components/securitySchemes/k'}]
        components: {securitySchemes: {k: {type: httpApiKey, in: header, name: X}}}
        """
    )
    found = {(item.channel, item.summary) for item in findings_of(document)}
    assert {item.code for item in findings_of(document)} == {"not-checked", "bad-correlation-id"}
    assert found == {
        ("a", "the message headers that are no field of an event (via, trace)"),
        ("b", "the correlationId"),
        ("c", "the correlationId"),
        ("b", "the correlationId has the location 'x', expected a runtime expression"),
    }
    a, b, *_ = document.streams.values()
    assert a.streamed[0].correlation_id == "$message.payload#/id"
    assert b.streamed[0].correlation_id == ""


SECURED = """
asyncapi: {version}
servers: {{h: {{host: h, url: h, protocol: http, security: [{server}]}}}}
channels:
  a: {{messages: {{m: {{}}}}, subscribe: {{message: {{}}, security: [{operation}]}}}}
operations: {{o: {{action: send, channel: {{$ref: '#/channels/a'}}, security: [{operation}]}}}}
components:
  securitySchemes: {{k: {{type: httpApiKey, in: header, name: X}}, t: {{type: http, scheme: bearer}}}}
"""
K, T = ({"$ref": f"#/components/securitySchemes/{name}"} for name in "kt")


@pytest.mark.parametrize(
    ("version", "server", "operation", "expected"),
    [
        ("3.0.0", "", "", []),
        ("3.0.0", str(K), "", [[["k"]]]),
        ("3.0.0", f"{K}, {T}", str(K), [[["k"], ["t"]], [["k"]]]),
        ("2.6.0", "{k: []}", "{k: [], t: []}, {}", [[["k"]], [["k", "t"], []]]),
    ],
)
def test_security_is_a_requirement_of_the_server_and_one_of_the_operation(
    loads, version: str, server: str, operation: str, expected: list[list[list[str]]]
) -> None:
    text = SECURED.format(version=version, server=server, operation=operation)
    security = loads(text).streams["a"].security
    names = [[[s.name for s in one.schemes] for one in alternatives] for alternatives in security]
    assert names == expected


def test_a_security_scheme_that_is_not_there(loads) -> None:
    text = SECURED.format(version="2.6.0", server="{kk: []}", operation="")
    (finding,) = [i for i in findings_of(loads(text)) if i.code == "unknown-security-scheme"]
    assert finding.summary == "the security scheme 'kk' is not in components.securitySchemes"
    assert finding.advice == "Did you mean 'k'?"


def test_what_is_wrong_in_a_skipped_channel_is_advice(loads) -> None:
    broken = "{payload: {$ref: '#/gone'}, correlationId: {location: 5}}"
    document = loads(
        v3(f"{{address: '/{{p}}', servers: [{{$ref: '#/servers/k'}}], messages: {{m: {broken}}}}}")
    )
    assert dict(document.skipped) == {"a": "its servers speak kafka, not http"}
    assert {(item.code, item.severity) for item in findings_of(document)} == {
        ("undeclared-parameter", "advice"),
        ("dangling-ref", "advice"),
        ("invalid-document", "advice"),
        ("bad-correlation-id", "advice"),
    }


def test_what_is_wrong_in_a_message_that_does_not_flow_is_advice(loads) -> None:
    document = loads(
        v3(
            "{messages: {m: {}, n: {payload: {$ref: '#/gone'}}}}",
            f"{{{SEND % (M, '')}, {RECEIVE % (N, '')}}}",
        )
    )
    assert flows(document) == ["m"]
    assert [item.code for item in findings_of(document)] == ["dangling-ref"]


def test_a_channel_that_lacks_messages_because_they_are_broken_is_refused(fails) -> None:
    (problem,) = fails(v3("{messages: {m: {$ref: '#/gone'}}}"))
    assert "the $ref '#/gone' names nothing in spec.yaml." in problem


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
    assert [item.code for item in findings_of(channel)] == [
        "undeclared-parameter",
        "unused-parameter",
    ]


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
    (finding,) = findings_of(document)
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


@pytest.mark.parametrize(("servers", "advice"), [("[gone]", ""), ("[prd]", "Did you mean 'prod'?")])
def test_servers_that_are_not_there(loads, servers: str, advice: str) -> None:
    document = loads(
        "asyncapi: 2.6.0\nservers: {prod: {url: x, protocol: http}}\n"
        f"channels: {{a: {{servers: {servers}, subscribe: {{message: {{}}}}}}}}\n"
    )
    (finding,) = findings_of(document)
    assert list(document.streams) == ["a"]
    assert (finding.code, finding.advice) == ("unknown-server", advice)
    assert finding.summary.startswith("the channel names the server '")


def test_a_message_of_another_channel_is_refused(fails) -> None:
    (problem,) = fails(v3(A, "{s: {action: send, channel: {$ref: '#/channels/a'}, "
                             "messages: [{$ref: '#/channels/b/messages/n'}]}}"))  # fmt: skip
    assert problem.endswith(
        "the operation names a message that is not its channel's. Did you mean 'n'?"
    )


def test_a_reference_that_is_no_text_is_refused(fails) -> None:
    (problem,) = fails(v3("{messages: {m: {$ref: 5}}}"))
    assert problem.endswith("$ref is 5, expected a reference as text.")
