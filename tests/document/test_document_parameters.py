"""Parameters that cannot work, and addresses that are more than a path."""

from __future__ import annotations

import pytest
from document_findings import findings_of

from pytest_asyncapi_sse.document import address
from pytest_asyncapi_sse.errors import ConfigurationError

V2 = "asyncapi: 2.6.0\nchannels: {'%s': {parameters: {p: %s}, subscribe: {message: {}}}}\n"
V3 = "asyncapi: 3.0.0\nchannels: {a: {address: '%s', parameters: {p: %s}, messages: {m: {}}}}\n"
UNFIT = "the {} of the parameter 'p' has 'z', which is not in its enum"


@pytest.mark.parametrize(
    ("text", "key", "severity", "pointer"),
    [
        (V3 % ("/{p}", "{enum: [p, q], default: z}"), "default", "error",
         "/channels/a/parameters/p/default"),
        (V3 % ("/{p}", "{enum: [p, q], examples: [q, z]}"), "examples", "advice",
         "/channels/a/parameters/p/examples"),
        (V2 % ("/{p}", "{schema: {enum: [p, q], default: z}}"), "default", "error",
         "/channels/~1{p}/parameters/p/schema/default"),
    ],
)  # fmt: skip
def test_a_hint_outside_the_enum(loads, text: str, key: str, severity: str, pointer: str) -> None:
    document = loads(text)
    (finding,) = findings_of(document)
    assert (finding.code, finding.severity) == ("bad-parameter", severity)
    assert (finding.summary, finding.channel) == (UNFIT.format(key), next(iter(document.streams)))
    assert finding.advice == "The enum has 'p', 'q'."
    assert finding.location is not None
    assert finding.location.pointer == pointer


def test_a_default_outside_the_enum_is_advice_in_a_channel_that_is_no_stream(loads) -> None:
    text = V3 % ("/{p}", "{enum: [p, q], default: z}")
    document = loads(text + "servers: {k: {host: k, protocol: kafka}}\n")
    assert list(document.skipped) == ["a"]
    assert [item.severity for item in findings_of(document)] == ["advice"]


@pytest.mark.parametrize(
    "parameter",
    ["{enum: [p, q], default: q, examples: [p]}", "{default: z, examples: [y]}", "{enum: [p]}"],
)
def test_hints_that_the_enum_allows(loads, parameter: str) -> None:
    assert findings_of(loads(V3 % ("/{p}", parameter))) == []


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("{enum: [p, q], examples: [z, q]}", "q"),
        ("{enum: [p, q], examples: [z]}", "p"),
        ("{examples: [z]}", "z"),
    ],
)
def test_an_example_outside_the_enum_is_not_taken(loads, parameter: str, value: str) -> None:
    channel = loads(V3 % ("/{p}", parameter)).streams["a"]
    assert address.resolve_parameters(channel, generate=lambda _: "made") == {"p": value}


def test_a_default_outside_the_enum_is_told_where_it_is_used(loads) -> None:
    channel = loads(V3 % ("/{p}", "{enum: [p, q], default: z}")).streams["a"]
    with pytest.raises(ConfigurationError, match="is 'z', not one of 'p', 'q'"):
        address.resolve_parameters(channel)


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        (V2 % ("/{p}/{}", "{}"), "/channels/~1{p}~1{}"),
        (V3 % ("/{p}/{}", "{}"), "/channels/a/address"),
    ],
)
def test_a_parameter_without_a_name(loads, text: str, pointer: str) -> None:
    document = loads(text)
    (finding,) = findings_of(document)
    assert (finding.code, finding.severity) == ("bad-parameter", "error")
    assert finding.summary == "the address has {}, a parameter without a name"
    assert finding.location is not None
    assert finding.location.pointer == pointer
    (channel,) = document.streams.values()
    assert address.path_parameter_names(channel) == tuple(channel.parameters) == ("p", "")


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        (V2 % ("/{p}/{q}", "{}"), "/channels/~1{p}~1{q}"),
        (V3 % ("/{p}/{q}", "{}"), "/channels/a/address"),
    ],
)
def test_an_undeclared_parameter_is_told_where_it_was_written(
    loads, text: str, pointer: str
) -> None:
    (finding,) = findings_of(loads(text))
    assert finding.code == "undeclared-parameter"
    assert finding.location is not None
    assert finding.location.pointer == pointer


@pytest.mark.parametrize("template", [V2, V3], ids=["2.x", "3.x"])
@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("https://host:8080/v1/{p}?k=v", "/v1/{p}?k=v"),
        ("HTTP://{tenant}.host/{p}", "/{p}"),
        ("https://host?p={p}", "?p={p}"),
    ],
)
def test_of_an_address_that_is_a_full_url_the_host_does_not_count(
    loads, template: str, written: str, path: str
) -> None:
    document = loads(template % (written, "{examples: [x], schema: {examples: [x]}}"))
    (finding,) = findings_of(document)
    (channel,) = document.streams.values()
    assert (finding.code, finding.severity) == ("absolute-address", "advice")
    assert finding.summary == (
        f"the address {written!r} is a full URL, of which the host does not count"
    )
    assert (finding.channel, channel.address) == (channel.name, path)
    base = "http://127.0.0.1:1/base"
    assert address.url(base, channel, {"p": "x"}).startswith(f"{base}/")
    assert "host" not in address.url(base, channel, {"p": "x"})


def test_an_address_that_is_a_host_alone_is_the_root(loads) -> None:
    document = loads(
        "asyncapi: 3.0.0\nchannels: {a: {address: 'https://h', messages: {m: {}}}, "
        "b: {address: '/redirect?to=https://h/x', messages: {m: {}}}}\n"
    )
    channels = document.streams.values()
    assert [channel.address for channel in channels] == ["/", "/redirect?to=https://h/x"]
    assert [item.channel for item in findings_of(document)] == ["a"]


@pytest.mark.parametrize(
    ("default", "defect"),
    [
        ("''", "is empty, which makes it the path of something else"),
        ("'..'", "is '..', which no URL can carry"),
        ("'.'", "is '.', which no URL can carry"),
    ],
)
def test_a_default_that_no_path_can_hold(loads, default: str, defect: str) -> None:
    document = loads(
        "asyncapi: 3.0.0\nchannels: {a: {address: '/a/{p}', messages: {m: {}}, "
        f"parameters: {{p: {{default: {default}}}}}}}}}\n"
    )
    (finding,) = [item for item in document.findings if item.code == "bad-parameter"]
    assert finding.severity == "error"
    assert finding.summary == f"the default of the parameter 'p' {defect}"
    with pytest.raises(ConfigurationError, match=defect):
        address.resolve_parameters(document.streams["a"])
