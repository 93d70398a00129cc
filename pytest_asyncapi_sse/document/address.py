"""Addresses: the path of a channel with its parameters filled in, and the URL it makes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from pytest_asyncapi_sse.errors import ConfigurationError, hides_frame, shown
from pytest_asyncapi_sse.model import Channel, Parameter

__tracebackhide__ = hides_frame

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
# What stands in a URL as it is, with the percent sign of what is encoded.
_OF_URLS = "/?:@!$&'()*+,;=[]#%"


def path_parameter_names(channel: Channel) -> tuple[str, ...]:
    """Return the names of the parameters in the address, in its order."""
    return tuple(dict.fromkeys(PLACEHOLDER.findall(channel.address or "")))


def query_parameter_names(channel: Channel) -> tuple[str, ...]:
    """Return the names of the parameters in the query, in their order."""
    in_path = path_parameter_names(channel)
    return tuple(
        name
        for name, parameter in channel.parameters.items()
        if parameter.location == "query" and name not in in_path
    )


def parameter_names(channel: Channel) -> tuple[str, ...]:
    """Return the names of the parameters in the address, then of those in the query."""
    return (*path_parameter_names(channel), *query_parameter_names(channel))


def resolve_parameters(
    channel: Channel,
    given: Mapping[str, object] | None = None,
    *,
    generate: Callable[[Parameter], str] | None = None,
) -> dict[str, str]:
    """Return the value of each parameter of the address and of the query as text.

    A given value comes first, then the document's default. With `generate`, the first example,
    the first enum value and a generated one follow, so that none that is required is missing; one
    that is not required is left out unless it is given. Raises ConfigurationError for an unknown,
    missing, empty or enum-violating value.
    """
    values = dict(given or {})
    names = parameter_names(channel)
    for name in values:
        if name not in names:
            raise ConfigurationError(
                f"channel {channel.name!r} has no parameter {name!r}"
                f"{suggestion(name, names)}{_has(names)}"
            )
    declared = {name: channel.parameters.get(name, Parameter(name)) for name in names}
    return {
        name: _value(channel, parameter, values.get(name), generate)
        for name, parameter in declared.items()
        if parameter.required or values.get(name) is not None
    }


def parameter_sets(
    channel: Channel,
    given: Mapping[str, Sequence[object]],
    *,
    generate: Callable[[Parameter], str],
) -> list[dict[str, str]]:
    """Return sets of values, so that each value of a parameter is in one of them.

    The values of a parameter are those given, else its default and those of its enum, else the one
    of `resolve_parameters`. Raises ConfigurationError as that does.
    """
    first = {name: values[0] for name, values in given.items()}
    resolved = resolve_parameters(channel, first, generate=generate)
    choices = {
        name: [value] if name in given else list(dict.fromkeys([value, *_enum(channel, name)]))
        for name, value in resolved.items()
    } | {name: list(values) for name, values in given.items()}
    most = max((len(values) for values in choices.values()), default=1)
    rows = (
        {name: values[i % len(values)] for name, values in choices.items()} for i in range(most)
    )
    return [resolve_parameters(channel, row, generate=generate) for row in rows]


def _enum(channel: Channel, name: str) -> tuple[str, ...]:
    parameter = channel.parameters.get(name)
    return () if parameter is None else parameter.enum


def path(channel: Channel, values: Mapping[str, str]) -> str:
    """Return the path of a channel, without a leading slash, each value percent-encoded."""
    address = (channel.address or "").lstrip("/")
    return PLACEHOLDER.sub(lambda match: quote(values[match[1]], safe=""), address)


def url(base_url: str, channel: Channel, values: Mapping[str, str]) -> str:
    """Return the URL of a channel: the base URL, one slash, the address, the fixed query."""
    base = urlsplit(base_url)
    joined = f"{base.path.rstrip('/')}/{path(channel, values)}"
    joined, _, own_query = joined.partition("?")
    open_query = {name: values[name] for name in query_parameter_names(channel) if name in values}
    queries = [base.query, own_query, urlencode({**channel.request.query, **open_query})]
    query = "&".join(part for part in queries if part)
    return urlunsplit((base.scheme, base.netloc, _encoded(joined), _encoded(query), ""))


def _encoded(text: str) -> str:
    """Encode what no URL holds, such as a space; what is encoded already stays (RFC 3986)."""
    return quote(text, safe=_OF_URLS)


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return "; did you mean ...?" for a near miss, else nothing."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _has(names: tuple[str, ...]) -> str:
    return f" (it has {', '.join(map(repr, names))})" if names else " (it has none)"


def segment_defect(value: str) -> str:
    """Say why a value can't stand in a path; empty where it can.

    Clients take `.` and `..` out of a URL before they send it (RFC 3986, section 5.2.4).
    """
    if not value:
        return "is empty, which makes it the path of something else"
    return f"is {value!r}, which no URL can carry" if value in (".", "..") else ""


def _value(
    channel: Channel,
    parameter: Parameter,
    given: object,
    generate: Callable[[Parameter], str] | None,
) -> str:
    where = f"parameter {parameter.name!r} of channel {channel.name!r}"
    value = _text(given) if given is not None else parameter.default
    if value is None and generate is not None:
        value = _first(parameter) or generate(parameter)
    if value is None:
        raise ConfigurationError(f"{where} needs a value: pass parameters={{...}} with it")
    defect = segment_defect(value) if parameter.location == "path" else ""
    if defect:
        raise ConfigurationError(f"{where} {defect}")
    if parameter.enum and value not in parameter.enum:
        raise ConfigurationError(
            f"{where} is {shown(value)}, not one of {', '.join(map(repr, parameter.enum))}"
        )
    return value


def _first(parameter: Parameter) -> str | None:
    """Return the first example that the enum allows, else the first value of the enum."""
    enum = dict.fromkeys(parameter.enum)
    fit = (item for item in parameter.examples if not enum or item in enum)
    return next(fit, next(iter(enum), None))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
