"""Formats that a user registers: judged, drawn, broken and explained like the standard ones."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_asyncapi_sse import (
    ConfigurationError,
    boundary_payloads,
    invalid_payloads,
    payloads,
    register_format,
    unregister_format,
    validator,
)
from pytest_asyncapi_sse.checks.document import check_channel
from pytest_asyncapi_sse.model import Channel, Message, PayloadSchema
from pytest_asyncapi_sse.schema.assertions import NUMBER_FORMATS, STRING_FORMATS
from pytest_asyncapi_sse.schema.custom_formats import CHECKS, CUSTOM
from pytest_asyncapi_sse.schema.formats import FORMATS
from pytest_asyncapi_sse.schema.review import review
from pytest_asyncapi_sse.schema.samples import samples

NUMBER = re.compile("ORD-[0-9]{6}")
NUMBERS = st.from_regex(NUMBER, fullmatch=True)
ORDER = {
    "type": "object",
    "required": ["number"],
    "properties": {
        "number": {"type": "string", "format": "order-number"},
        "count": {"type": "integer", "format": "int32"},
    },
}
PLAIN = {"type": "string", "format": "order-number"}
GOOD, BAD = {"number": "ORD-000001"}, {"number": "ORD-1"}


def is_order_number(text: str) -> bool:
    return NUMBER.fullmatch(text) is not None


@pytest.fixture(autouse=True)
def tidy() -> Iterator[None]:
    """Give up what a test registered."""
    yield
    for name in list(CUSTOM):
        unregister_format(name)


def register(**parts: Any) -> None:
    register_format("order-number", **{"strategy": NUMBERS, "check": is_order_number, **parts})


@pytest.mark.parametrize(
    "schema", [ORDER, {**ORDER, "$schema": "https://json-schema.org/draft/2020-12/schema"}]
)
def test_a_registered_format_is_asserted(schema: dict[str, Any]) -> None:
    assert validator(schema).is_valid(BAD)
    register()
    assert validator(schema).is_valid(GOOD)
    (found,) = validator(schema).iter_errors(BAD)
    assert (found.pointer, found.expected) == ("/number", "an order-number")
    assert found.summary == "/number: 'ORD-1' is not an order-number"
    assert validator({"format": "order-number"}).is_valid(5)


def test_payloads_of_a_registered_format_are_drawn() -> None:
    register()
    drawn = samples(payloads(ORDER), 100)
    assert all(is_order_number(value["number"]) for value in drawn)
    assert len({value["number"] for value in drawn}) > 20


def test_a_registered_format_is_broken_by_the_invalid_side() -> None:
    register()
    broken = samples(invalid_payloads(ORDER, target=("/number", "format")), 30)
    assert broken
    assert all(not is_order_number(found.value["number"]) for found in broken)


def test_its_examples_are_boundaries() -> None:
    register(examples=["ORD-000000", "ORD-999999"])
    values = [found.value for found in boundary_payloads(PLAIN)]
    assert values == ["ORD-000000", "ORD-999999"]


def test_examples_are_drawn_where_none_are_given() -> None:
    register()
    values = [found.value for found in boundary_payloads(PLAIN)]
    assert values
    assert all(map(is_order_number, values))


def test_a_pattern_narrows_a_registered_format_further() -> None:
    register()
    drawn = samples(payloads({**PLAIN, "pattern": "^ORD-9"}), 5)
    assert all(is_order_number(text) and text.startswith("ORD-9") for text in drawn)


def test_a_registered_format_is_no_slip() -> None:
    register_format("e-mail", strategy=st.just("a@b"), check=lambda text: "@" in text)
    assert review({"type": "string", "format": "e-mail"}) == []
    unregister_format("e-mail")
    (doubt,) = review({"type": "string", "format": "e-mail"})
    assert doubt.problem.advice == "Did you mean 'email'?"


def test_a_slip_in_a_registered_format_is_told() -> None:
    register()
    (doubt,) = review({"type": "string", "format": "order-numbr"})
    assert doubt.problem.advice == "Did you mean 'order-number'?"


def test_what_is_kept_from_before_is_not_used_after() -> None:
    schema = PayloadSchema({**PLAIN, "minLength": 11})
    message = Message("m", schema=schema)
    channel = Channel("c", "c", messages={"m": message}, streamed=(message,))
    kept = [validator(source) for source in (schema, message, channel)]
    assert all(judge.is_valid("not of the format") for judge in kept)
    assert check_channel(channel) == ()
    register()
    assert not any(
        validator(source).is_valid("not of the format") for source in (schema, message, channel)
    )
    assert [found.code for found in check_channel(channel)] == ["no-payload-found"]
    unregister_format("order-number")
    assert all(
        validator(source).is_valid("not of the format") for source in (schema, message, channel)
    )
    assert check_channel(channel) == ()


@settings(max_examples=10)
@given(data=st.data())
def test_a_format_can_be_drawn_first_inside_of_a_test(data: st.DataObject) -> None:
    CUSTOM.clear()
    CHECKS.clear()
    register()
    assert is_order_number(data.draw(payloads(PLAIN)))
    assert not is_order_number(data.draw(invalid_payloads(PLAIN, target=("", "format"))).value)


@pytest.mark.parametrize("name", sorted({*FORMATS, *STRING_FORMATS, *NUMBER_FORMATS}))
def test_a_format_that_has_a_meaning_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"the format '{name}' has a meaning already"):
        register_format(name, strategy=NUMBERS, check=is_order_number)


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (
            {"strategy": "ORD"},
            "the strategy of the format 'order-number': str was given, not a Hyp",
        ),
        ({"check": True}, "the check of the format 'order-number': bool was given, not a callable"),
        ({"examples": "ORD-000001"}, "the examples of .* str was given, not several texts"),
        ({"examples": ["ORD-1"]}, "contradicts itself: an example gives 'ORD-1', which its check"),
        ({"examples": [1]}, "contradicts itself: an example gives 1 \\(int\\), not a text"),
    ],
)
def test_parts_that_cannot_be_used_are_refused(parts: dict[str, Any], text: str) -> None:
    with pytest.raises(ConfigurationError, match=text):
        register(**parts)
    assert CUSTOM == CHECKS == {}


@pytest.mark.parametrize("name", ["", " ", 5])
def test_a_name_is_a_text(name: Any) -> None:
    with pytest.raises(ConfigurationError, match="a text such as 'order-number'"):
        register_format(name, strategy=NUMBERS, check=is_order_number)


def test_a_format_is_registered_once() -> None:
    register()
    with pytest.raises(ConfigurationError, match="'order-number' is registered already"):
        register()
    with pytest.raises(
        ConfigurationError, match=r"'x' is not registered \(registered: 'order-number'\)"
    ):
        unregister_format("x")


def test_a_check_that_raises_is_told_with_its_place() -> None:
    register(check=lambda text: text[99])
    words = r"the check of the format 'order-number' raised IndexError: .*test_payload_formats\.py:\d+\) for"
    for schema in (PLAIN, ORDER, {**ORDER, "properties": {"number": PLAIN}}):
        value = BAD if "required" in schema else "ORD-1"
        with pytest.raises(ConfigurationError, match=words):
            validator(schema).is_valid(value)
        with pytest.raises(ConfigurationError, match=words):
            list(validator(schema).iter_errors(value))
        with pytest.raises(ConfigurationError, match=words):
            samples(payloads(schema), 5)


@pytest.mark.parametrize(
    ("strategy", "text"),
    [
        (
            st.just("ORD-1"),
            "contradicts itself: its strategy gives 'ORD-1', which its check refuses",
        ),
        (
            st.sampled_from(["ORD-000001", "ORD-1"]),
            "contradicts itself: its strategy gives 'ORD-1'",
        ),
        (st.just(1), r"contradicts itself: its strategy gives 1 \(int\), not a text"),
        (st.nothing(), "the strategy of the format 'order-number' gives no text"),
        (
            NUMBERS.filter(lambda text: False),
            "the strategy of the format 'order-number' gives no text",
        ),
        (st.text(min_size=5, max_size=3), "gives no text: .*min_size=5"),
    ],
)
def test_a_strategy_that_cannot_be_used_is_told(strategy: Any, text: str) -> None:
    register(strategy=strategy)
    with pytest.raises(ConfigurationError, match=text):
        samples(payloads(ORDER), 20)


def test_a_contradiction_that_examples_hide_is_told_when_it_is_drawn() -> None:
    register(strategy=st.sampled_from(["ORD-000001", "ORD-1"]), examples=["ORD-000001"])
    with pytest.raises(
        ConfigurationError, match="its strategy gives 'ORD-1', which its check refuses"
    ):
        samples(payloads(ORDER), 20)


def test_whatever_a_check_answers_is_taken_as_true_or_false() -> None:
    register(check=NUMBER.fullmatch)
    assert validator(ORDER).is_valid(GOOD)
    assert not validator(ORDER).is_valid(BAD)


@pytest.mark.parametrize(
    ("strategy", "check", "words"),
    [
        (st.just("\ud800"), lambda _: True, "a lone surrogate"),
        (st.just("a").map(lambda _: 1 // 0), lambda _: True, "ZeroDivisionError"),
        (st.just("a"), lambda _: sys.exit(1), "SystemExit"),
    ],
)
def test_a_format_whose_code_misbehaves_is_named(strategy: Any, check: Any, words: str) -> None:
    register_format("odd", strategy=strategy, check=check)
    try:
        with pytest.raises(ConfigurationError, match=f"the format 'odd'.*{words}"):
            samples(payloads({"type": "string", "format": "odd"}), 2)
    finally:
        unregister_format("odd")
