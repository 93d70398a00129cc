"""Equality of JSON values, and what a double rounds."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payload_schemas import JSON

from pytest_asyncapi_sse.schema import canonical, rounded, same_json


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (1, 1.0, True),
        (True, 1, False),
        (False, 0, False),
        (0, None, False),
        (0.0, -0.0, True),
        (2**53 + 1, float(2**53), False),
        (10**22, 1e22, True),
        ("1", 1, False),
        ([1, 2], [2, 1], False),
        ([1], [1.0], True),
        ([True], [1], False),
        ({"a": 1, "b": 2}, {"b": 2.0, "a": 1}, True),
        ({"a": 1}, {"a": 1, "b": None}, False),
        ({}, [], False),
        ("é", "e\u0301", False),
    ],
)
def test_json_values_are_compared_as_json(first: object, second: object, same: bool) -> None:
    assert same_json(first, second) is same
    assert same_json(second, first) is same
    assert (canonical(first) == canonical(second)) is same


@given(JSON, JSON)
def test_the_canonical_text_agrees_with_equality(first: object, second: object) -> None:
    assert same_json(first, first)
    assert (canonical(first) == canonical(second)) is same_json(first, second)


@pytest.mark.parametrize(
    ("sent", "received", "is_rounded"),
    [
        (2**53 + 1, 2**53, True),
        (2**53 + 1, float(2**53), True),
        ({"id": [12345678901234567890]}, {"id": [12345678901234567000]}, True),
        (2**53, 2**53 + 1, False),
        (1617320316082402048, 1617320316082402000, True),
        (1617320316082402048, 1617320316082402001, False),
        (2**53 + 1, 2**53 + 3, False),
        (1, 1, False),
        (1, 2, False),
        (0.1, 0.10000000000000002, False),
        ({"a": 2**53 + 1, "b": "x"}, {"a": 2**53, "b": "y"}, False),
        (10**400, 1e308, False),
        (True, 1, False),
    ],
)
def test_rounding_is_told_from_a_difference(
    sent: object, received: object, is_rounded: bool
) -> None:
    assert rounded(sent, received) is is_rounded


@given(st.integers(min_value=2**53, max_value=2**80))
def test_an_integer_through_a_double_is_rounded_or_the_same(number: int) -> None:
    back = int(float(number))
    assert same_json(number, back) is not rounded(number, back)


@given(st.integers(min_value=2**53, max_value=10**21))
def test_an_integer_that_javascript_writes_again_is_rounded_or_the_same(number: int) -> None:
    back = int(Decimal(repr(float(number))))
    assert same_json(number, back) is not rounded(number, back)
