"""What both majors allow: traits, references, parameters, servers, addresses and examples."""

from __future__ import annotations

from typing import Any

import pytest
from document_findings import findings_of

from pytest_asyncapi_sse.document import address
from pytest_asyncapi_sse.errors import ConfigurationError
from pytest_asyncapi_sse.model import Channel, Parameter

V2 = "asyncapi: 2.6.0\nchannels: {{a: {{subscribe: {{message: {message}}}}}}}\n"
V3 = "asyncapi: 3.0.0\nchannels: {{a: {{messages: {{m: {message}}}}}}}\n"
TRAITED = (
    "{{title: own, headers: {own}, traits: "
    "[{{title: one, headers: {one}}}, {{title: two, headers: {two}}}]}}"
)


@pytest.mark.parametrize(
    ("own", "one", "two", "in_2x", "in_3x"),
    [
        ("{}", "{a: 1}", "{b: 2}", {"a": 1, "b": 2}, {"a": 1, "b": 2}),
        ("{a: 0}", "{a: 1}", "{a: 2}", {"a": 2}, {"a": 0}),
        ("{z: 0}", "{a: 1}", "{a: 2}", {"z": 0, "a": 2}, {"z": 0, "a": 2}),
        ("{a: {x: 0}}", "{a: {y: 1}}", "{a: {y: 2}}",
         {"a": {"x": 0, "y": 2}}, {"a": {"x": 0, "y": 2}}),
        ("{a: {x: 0}}", "{a: 1}", "{a: {y: 2}}", {"a": {"y": 2}}, {"a": {"x": 0, "y": 2}}),
        ("{a: [0]}", "{a: [1, 1]}", "{}", {"a": [1, 1]}, {"a": [0]}),
        ("{a: 0}", "{a: null}", "{}", {}, {"a": 0}),
        ("{a: 0}", "{a: 1}", "{a: null}", {}, {"a": 0}),
        ("{}", "{a: 1, b: 1}", "{a: null}", {"b": 1}, {"b": 1}),
        ("{a: 0}", "{a: null}", "{a: 2}", {"a": 2}, {"a": 0}),
        ("{b: 0, a: null}", "{a: 1}", "{}", {"b": 0, "a": 1}, {"b": 0}),
    ],
)  # fmt: skip
def test_traits_are_merge_patches(
    loads, own: str, one: str, two: str, in_2x: object, in_3x: object
) -> None:
    text = TRAITED.format(own=own, one=one, two=two)
    for head, title, headers in ((V2, "two", in_2x), (V3, "own", in_3x)):
        (message,) = loads(head.format(message=text)).streams["a"].streamed
        assert (message.title, message.headers) == (title, headers)


TRAITS_OF_OPERATIONS = """
asyncapi: 3.0.0
channels: {a: {messages: {m: {}}}}
operations:
  o:
    channel: {$ref: '#/channels/a'}
    action: send
    traits: [{$ref: '#/components/operationTraits/T'}, {bindings: {http: {method: PUT}}}]
components:
  operationTraits: {T: {bindings: {http: {method: POST, query: {properties: {q: {const: 1}}}}}}}
"""


def test_traits_of_operations_are_merged_too(loads) -> None:
    request = loads(TRAITS_OF_OPERATIONS).streams["a"].request
    assert (request.method, dict(request.query)) == ("PUT", {"q": "1"})
    text = TRAITS_OF_OPERATIONS.replace(
        "action: send", "action: send\n    bindings: {http: {method: GET}}"
    )
    assert loads(text).streams["a"].request.method == "GET"
    document = loads(
        """
        asyncapi: 2.6.0
        channels:
          a: {publish: {operationId: own, traits: [{operationId: one}, {operationId: two}]}}
        """
    )
    assert list(document.operations) == ["two"]


REFERRING = """
asyncapi: 3.0.0
channels: {a: {messages: {m: {payload: {$ref: %s}}}}}
components: {schemas: {Text: {type: string}}}
"""


@pytest.mark.parametrize(
    ("reference", "files", "expected"),
    [
        (
            "deep/a.yaml",
            {"deep/a.yaml": "{$ref: er/b.yaml}", "deep/er/b.yaml": "{$ref: ../c.yaml}",
             "deep/c.yaml": "{type: integer}"},
            {"type": "integer"},
        ),
        (
            "deep/a.yaml",
            {"deep/a.yaml": "{$ref: '../spec.yaml#/components/schemas/Text'}"},
            {"type": "string"},
        ),
        (
            "'openapi.yaml#/components/schemas/Pet'",
            {"openapi.yaml": "openapi: 3.0.0\ncomponents: {schemas: {Pet: {allOf: "
                             "[{$ref: '#/components/schemas/Id'}]}, Id: {type: integer}}}"},
            {"allOf": [{"$ref": "#/definitions/Id"}], "definitions": {"Id": {"type": "integer"}}},
        ),
        (
            "'openapi.yaml#/paths/~1pets~1%7Bid%7D/get/responses/200/content/application~1json/schema'",
            {"openapi.yaml": "paths: {'/pets/{id}': {get: {responses: {'200': {content: "
                             "{application/json: {schema: {type: integer}}}}}}}}"},
            {"type": "integer"},
        ),
        (
            "a.json",
            {"a.json": '{"items": {"$ref": "b.json"}}', "b.json": '{"items": {"$ref": "a.json#"}}'},
            {
                "items": {"$ref": "#/definitions/b"},
                "definitions": {"b": {"items": {"$ref": "#"}}},
            },
        ),
    ],
)  # fmt: skip
def test_references_count_from_the_file_they_stand_in(
    write, loads, reference: str, files: dict[str, str], expected: object
) -> None:
    for name, text in files.items():
        write(text, name)
    (message,) = loads(REFERRING % reference).streams["a"].streamed
    assert message.payload == expected


def with_parameter(**fields: Any) -> Channel:
    return Channel("c", "/c/{p}", parameters={"p": Parameter("p", **fields)})


@pytest.mark.parametrize(
    ("given", "fields", "expected"),
    [
        ({"p": "own"}, {"default": "d", "examples": ("e",)}, "own"),
        ({"p": True}, {}, "true"),
        ({"p": 1.5}, {}, "1.5"),
        ({}, {"default": "d", "examples": ("e",), "enum": ("n", "d")}, "d"),
        ({}, {"examples": ("e", "f"), "enum": ("n", "e")}, "e"),
        ({}, {"enum": ("n", "m")}, "n"),
        ({}, {}, "made of p"),
    ],
)
def test_the_value_of_a_parameter_comes_from_the_first_that_has_one(
    given: dict[str, object], fields: dict[str, Any], expected: str
) -> None:
    channel = with_parameter(**fields)
    values = address.resolve_parameters(channel, given, generate=lambda p: f"made of {p.name}")
    assert values == {"p": expected}


@pytest.mark.parametrize(
    ("given", "fields", "message"),
    [
        ({}, {"examples": ("e",), "enum": ("n",)}, "needs a value"),
        ({"p": ""}, {}, "is empty"),
        ({"p": "x"}, {"enum": ("n", "m")}, "is 'x', not one of 'n', 'm'"),
        ({"pp": "x"}, {}, "has no parameter 'pp'; did you mean 'p'?"),
    ],
)
def test_values_that_no_parameter_may_have(
    given: dict[str, object], fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message.replace("?", r"\?")):
        address.resolve_parameters(with_parameter(**fields), given)


def test_parameters_are_found_behind_references_and_their_location_says_nothing(loads) -> None:
    channel = loads(
        """
        asyncapi: 3.0.0
        channels:
          a:
            address: '/{p}'
            messages: {m: {}}
            parameters: {p: {$ref: '#/components/parameters/P'}}
        components: {parameters: {P: {location: '$message.payload#/id', examples: ['1', '2']}}}
        """
    ).streams["a"]
    assert channel.parameters["p"].examples == ("1", "2")
    assert channel.parameters["p"].schema == {"type": "string"}


SERVER_2X = "asyncapi: 2.6.0\nchannels: {}\nservers: {s: {%s}}\n"
SERVER_3X = SERVER_2X.replace("2.6.0", "3.0.0")


@pytest.mark.parametrize(
    ("text", "url", "protocol"),
    [
        (SERVER_2X % "url: 'https://h/v1', protocol: HTTPS", "https://h/v1", "https"),
        (SERVER_2X % "url: h/v1, protocol: Http", "http://h/v1", "http"),
        (SERVER_2X % "url: 'h:80/{v}', protocol: http, variables: {v: {default: a}}",
         "http://h:80/a", "http"),
        (SERVER_2X % "url: '{v}.h', protocol: http, variables: {v: {enum: [b, c]}}",
         "http://b.h", "http"),
        (SERVER_2X % "url: 'h/{v}', protocol: http, variables: {v: {examples: [1]}}",
         "http://h/1", "http"),
        (SERVER_2X % "url: 'h/{v}?k={w}', protocol: http, variables: {w: {default: 1}}",
         "http://h/{v}?k=1", "http"),
        (SERVER_2X % "url: '{p}://h', protocol: http, variables: {p: {default: https}}",
         "https://h", "http"),
        (SERVER_2X % "url: 'h/{v}', protocol: http, variables: {v: {default: true}}",
         "http://h/true", "http"),
        (SERVER_2X % "url: 'h/{v}', protocol: http, variables: {v: {enum: [null, [], 1]}}",
         "http://h/1", "http"),
        (SERVER_3X % "host: 'h:80', protocol: HTTP", "http://h:80", "http"),
        (SERVER_3X % "host: h, pathname: /v1, protocol: https", "https://h/v1", "https"),
        (SERVER_3X % "host: h, pathname: v1, protocol: https", "https://h/v1", "https"),
        (SERVER_3X % "host: 'https://h', pathname: /v1, protocol: https", "https://h/v1", "https"),
        (SERVER_3X % "host: 'h/', pathname: /v1, protocol: https", "https://h/v1", "https"),
        (SERVER_3X % "host: '{e}.h', pathname: '/{v}', protocol: http, "
                     "variables: {e: {default: e}, v: {enum: [v]}}", "http://e.h/v", "http"),
        (SERVER_3X % "host: h, pathname: '{v}', protocol: http, variables: {v: {default: /v1}}",
         "http://h/v1", "http"),
    ],
)  # fmt: skip
def test_the_urls_of_servers(loads, text: str, url: str, protocol: str) -> None:
    server = loads(text).servers["s"]
    assert (server.url, server.protocol) == (url, protocol)


@pytest.mark.parametrize("servers", ["", ", servers: []"])
def test_a_channel_that_names_no_servers_has_all(loads, servers: str) -> None:
    for text in (
        "asyncapi: 2.6.0\nservers: {x: {url: x, protocol: http}, k: {url: k, protocol: kafka}}\n"
        f"channels: {{a: {{subscribe: {{message: {{}}}}{servers}}}}}\n",
        "asyncapi: 3.0.0\nservers: {x: {host: x, protocol: http}, k: {host: k, protocol: kafka}}\n"
        f"channels: {{a: {{messages: {{m: {{}}}}{servers}}}}}\n",
    ):
        assert list(loads(text).streams["a"].servers) == ["x", "k"]


def test_no_servers_at_all_are_legal(loads) -> None:
    for head in (V2, V3):
        document = loads(head.format(message="{}"))
        assert dict(document.streams["a"].servers) == {}
        assert findings_of(document) == []


@pytest.mark.parametrize(
    ("base", "text", "expected"),
    [
        ("http://h/v1/", "address: /a/b", "http://h/v1/a/b"),
        ("http://h", "address: a.b", "http://h/a.b"),
        ("http://h/v1", "address: '/'", "http://h/v1/"),
        ("http://h?k=1", "address: '/a?b=2'", "http://h/a?k=1&b=2"),
        ("http://h", "address: '/{p}/{p}'", "http://h/a%2Fb/a%2Fb"),
    ],
)
def test_an_address_is_appended_to_the_base_url(loads, base: str, text: str, expected: str) -> None:
    channel = loads(f"asyncapi: 3.0.0\nchannels: {{a: {{messages: {{m: {{}}}}, {text}}}}}\n")
    values = {"p": "a/b"}
    assert address.url(base, channel.streams["a"], values) == expected


def test_a_key_of_2x_is_the_address_even_without_a_slash(loads) -> None:
    channel = loads(V2.format(message="{}")).streams["a"]
    assert channel.address == "a"
    assert address.url("http://h/v1", channel, {}) == "http://h/v1/a"


@pytest.mark.parametrize("text", ["", ", address: null"])
def test_an_address_may_be_unknown(loads, text: str) -> None:
    document = loads(f"asyncapi: 3.0.0\nchannels: {{a: {{messages: {{m: {{}}}}{text}}}}}\n")
    assert document.streams["a"].address is None


def test_channels_of_one_address_differ_by_their_query(loads) -> None:
    document = loads(
        """
        asyncapi: 3.0.0
        channels:
          a: {address: /e, messages: {m: {}}, bindings: {http: {query: {properties: {t: {const: a}}}}}}
          b: {address: /e, messages: {m: {}}, bindings: {http: {query: {properties: {t: {const: b}}}}}}
        """
    )
    urls = [address.url("http://h", channel, {}) for channel in document.streams.values()]
    assert urls == ["http://h/e?t=a", "http://h/e?t=b"]


@pytest.mark.parametrize("head", [V2, V3])
def test_examples_are_found_behind_references_and_in_traits(write, loads, head: str) -> None:
    write("{name: far, payload: {$ref: '#/name'}, headers: {h: 1}}", "example.yaml")
    message = "{traits: [{examples: [{$ref: example.yaml}, {payload: null}]}]}"
    (found,) = loads(head.format(message=message)).streams["a"].streamed
    far, null = found.examples
    assert (far.name, far.payload, far.headers, far.has_payload) == ("far", "far", {"h": 1}, True)
    assert (null.payload, null.headers, null.has_payload) == (None, None, True)


@pytest.mark.parametrize("head", [V2, V3])
@pytest.mark.parametrize(
    ("examples", "count"),
    [
        ("5", 0),
        ("{payload: 1}", 0),
        ("[1, null, [], {}]", 0),
        ("[{$ref: '#/gone'}, {payload: 1}]", 1),
        ("[{$ref: gone.yaml}]", 0),
    ],
)
def test_a_bad_example_never_stops_the_load(loads, head: str, examples: str, count: int) -> None:
    document = loads(head.format(message=f"{{examples: {examples}}}"))
    assert len(document.streams["a"].streamed[0].examples) == count
    assert {finding.code for finding in findings_of(document)} == {"bad-example"}
    assert {finding.severity for finding in findings_of(document)} == {"advice"}
