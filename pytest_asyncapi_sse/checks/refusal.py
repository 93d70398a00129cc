"""Checks of refusal: whether a server refuses values and addresses that the document excludes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pytest_asyncapi_sse.checks.connection import check_connection
from pytest_asyncapi_sse.errors import Violation, printable, shown
from pytest_asyncapi_sse.model import Channel, Parameter
from pytest_asyncapi_sse.sse import Recording

_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold what a server answered where one parameter had a value that breaks its schema."""

    parameter: Parameter
    value: str
    recording: Recording


def check_invalid_parameters(channel: Channel, answers: Iterable[Answer]) -> list[Violation]:
    """Return the parameters whose invalid value got a stream: `invalid-parameter-accepted`."""
    found = []
    for answer in answers:
        if check_connection(channel, answer.recording):
            continue
        name, origin = printable(answer.parameter.name, _SHOWN), answer.parameter.origin
        violation = Violation(
            code="invalid-parameter-accepted",
            summary=f"the parameter {name} is {shown(answer.value, _SHOWN)}, and a stream begins",
            channel=channel.name,
            got="200 OK with an event stream",
            expected=f"400, 404 or 422: the value breaks {_rule(answer.parameter)}",
            location=channel.location if origin is None else origin.location,
            advice="check the parameter before the stream begins, or describe what it really takes",
        )
        found.append(violation)
    return found


def check_unknown_channel(channel: Channel, address: str, recording: Recording) -> list[Violation]:
    """Return whether an address that no channel has got a stream: `unknown-channel-served`."""
    if check_connection(channel, recording):
        return []
    return [
        Violation(
            code="unknown-channel-served",
            summary=f"a stream begins at {shown(address, _SHOWN)}, which nobody described",
            channel=channel.name,
            got="200 OK with an event stream",
            expected="404 Not Found",
            location=channel.location,
            advice=(
                "answer 404 where nothing is: a client with a typing error waits for ever; or make"
                " the segment a parameter of the address"
            ),
        )
    ]


def _rule(parameter: Parameter) -> str:
    if not parameter.enum:
        return f"the schema {shown(parameter.schema, _SHOWN)}"
    return f"the enum {shown(list(parameter.enum), _SHOWN)}"
