"""Narrowing: what a user's callable makes of a message's payloads, and what it may not."""

from __future__ import annotations

import math
import time
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pytest_asyncapi_sse import ConfigurationError
from pytest_asyncapi_sse.contract.property import PayloadProperty
from pytest_asyncapi_sse.model import Channel, Message, PayloadSchema, StreamRequest
from pytest_asyncapi_sse.schema.narrowing import check_narrowing, drawable

COUNT = {
    "type": "object",
    "required": ["n"],
    "properties": {"n": {"type": "integer"}, "list": {"type": "array"}},
}
MESSAGE = Message("counted", schema=PayloadSchema(COUNT))
TEXT = Message("told", schema=PayloadSchema({"type": "string"}), content_type="text/plain")
CHANNEL = Channel("counts", "counts", streamed=(MESSAGE, TEXT))
NAMED = "message 'counted' of channel 'counts'"


def narrowed(change: Any, message: Message = MESSAGE) -> list[Any]:
    """Return 50 payloads of a message after `change(strategy)`."""
    return drawable(CHANNEL, message, lambda *given: change(given[2])).samples(50)


def test_the_callable_gets_two_names_and_the_strategy_of_the_message() -> None:
    seen = []

    def narrow(channel: str, message: str, strategy: Any) -> Any:
        seen.append((channel, message))
        return strategy.map(lambda payload: {**payload, "n": 7})

    found = drawable(CHANNEL, MESSAGE, narrow)
    assert seen == [("counts", "counted")]
    assert found.is_narrowed
    assert {payload["n"] for payload in found.samples(50)} == {7}


def test_what_is_returned_as_it_was_given_changes_nothing() -> None:
    same, none = (
        drawable(CHANNEL, MESSAGE, lambda c, m, strategy: strategy),
        drawable(CHANNEL, MESSAGE, None),
    )
    assert not same.is_narrowed
    assert same.samples(50, seed_value=3) == none.samples(50, seed_value=3)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda own: own.filter(lambda payload: payload["n"] > 5), lambda payload: payload["n"] > 5),
        (lambda own: st.just({"n": 1}), lambda payload: payload == {"n": 1}),
        (lambda own: own.flatmap(lambda p: st.just({**p, "n": 2})), lambda payload: payload["n"] == 2),
        (lambda own: st.just({"n": 1, "list": (1, 2)}), lambda payload: payload["list"] == [1, 2]),
    ],
)  # fmt: skip
def test_what_it_returns_is_drawn_from(change: Any, expected: Any) -> None:
    drawn = narrowed(change)
    assert drawn
    assert all(map(expected, drawn))


def test_a_value_is_a_new_one_each_time() -> None:
    shared: dict[str, Any] = {"n": 1, "list": []}
    first, *_ = narrowed(lambda own: st.just(shared))
    first["list"].append(1)
    assert shared["list"] == []


def raises(error: Exception) -> Any:
    """Return a callable that raises for any value."""

    def change(_value: Any) -> Any:
        raise error

    return change


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda own: None, f"returned None for {NAMED}; it must return a Hypothesis strategy"),
        (lambda own: {"n": 1}, f"returned {{'n': 1}} for {NAMED}; it must return a Hypothesis strategy"),
        (raises(KeyError("n")), f"raised KeyError: 'n' \\(.*test_payload_narrowing.py:\\d+\\) for {NAMED}"),
        (lambda own: own.map(raises(KeyError("n"))), f"gave a strategy for {NAMED} that raised KeyError: 'n'"),
        (lambda own: own.filter(raises(ValueError("no"))), "that raised ValueError: no"),
        (lambda own: st.integers(5, 3), "that raised InvalidArgument: "),
        (lambda own: own.filter(lambda payload: False), f"leaves no payload for {NAMED}: .*filter less"),
        (lambda own: own.map(lambda payload: assume(False)), f"leaves no payload for {NAMED}"),
        (lambda own: st.nothing(), f"leaves no payload for {NAMED}"),
        (lambda own: st.just({"n": "a"}), f"{NAMED} doesn't allow: {{'n': 'a'}}: /n is 'a', not an integer"),
        (lambda own: st.just({}), "doesn't allow: {}: the required property 'n' is missing"),
        (lambda own: st.just({"n": 1, "x": math.nan}), "doesn't allow: .*nan}: it is no JSON value"),
        (lambda own: st.just({"n": {1}}), "doesn't allow: .*: it is no JSON value: Object of type set"),
        (lambda own: st.just({"n": 1, "x": "\ud800"}), "doesn't allow: .*: it is no JSON value"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_one_error_in_words(change: Any, text: str) -> None:
    with pytest.raises(
        ConfigurationError, match=f"^the fixture asyncapi_payloads .*{text}"
    ) as caught:
        narrowed(change)
    assert "\n" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_one_bad_value_among_many_is_not_passed_over() -> None:
    with pytest.raises(ConfigurationError, match="/n is 'odd', not an integer"):
        narrowed(lambda own: st.sampled_from([{"n": 1}] * 9 + [{"n": "odd"}]))


def test_a_text_that_no_event_carries_is_told() -> None:
    assert narrowed(lambda own: st.just("a\nb"), TEXT) == ["a\nb"]
    with pytest.raises(ConfigurationError, match="it holds a carriage return, which the data"):
        narrowed(lambda own: st.just("a\rb"), TEXT)


def test_what_draws_differently_each_time_is_told() -> None:
    def unsteady(_payload: Any) -> Any:
        return st.integers(0, time.perf_counter_ns()).map(lambda n: {"n": n})

    with pytest.raises(ConfigurationError, match="draws differently each time"):
        narrowed(lambda own: own.flatmap(unsteady))


def test_what_is_no_callable_is_told() -> None:
    wrong: Any = {"counted": None}
    with pytest.raises(ConfigurationError, match="must return a callable"):
        drawable(CHANNEL, MESSAGE, wrong)


def test_each_generated_message_and_the_body_are_checked() -> None:
    body = Message("asked", schema=PayloadSchema(COUNT))
    unchecked = Message("odd", unchecked="it is Protobuf")
    channel = Channel(
        "c",
        "c",
        streamed=(MESSAGE, unchecked, TEXT),
        request=StreamRequest(method="POST", body=(body,)),
    )
    seen = []
    check_narrowing(channel, lambda c, message, own: seen.append(message) or own, count=1)
    assert seen == ["counted", "told", "asked"]
    for name in seen:
        with pytest.raises(ConfigurationError, match=f"leaves no payload for message '{name}'"):
            check_narrowing(
                channel, lambda c, message, own: st.nothing() if message == name else own, count=1
            )


def test_the_property_draws_from_what_is_returned() -> None:
    cases = PayloadProperty(
        CHANNEL, "item", 0, narrow=lambda c, m, own: st.just({"n": 1}) if m == "counted" else own
    )
    drawn = cases.draw()
    assert [case.payload for case in drawn if case.message is MESSAGE] == [{"n": 1}]
    assert len([case for case in drawn if case.message is TEXT]) > 10


def test_a_bad_value_in_the_property_is_told_plainly() -> None:
    def narrow(_channel: str, _message: str, own: Any) -> Any:
        return own.map(lambda payload: payload if len(str(payload)) < 20 else 1.5)

    with pytest.raises(ConfigurationError, match="doesn't allow: 1.5") as caught:
        PayloadProperty(CHANNEL, "item", 0, narrow=narrow).draw()
    assert not isinstance(caught.value, BaseExceptionGroup)


@settings(max_examples=5)
@given(data=st.data())
def test_payloads_are_sampled_inside_of_a_test_too(data: st.DataObject) -> None:
    data.draw(st.integers())
    assert {payload["n"] for payload in narrowed(lambda own: st.just({"n": 1}))} == {1}
