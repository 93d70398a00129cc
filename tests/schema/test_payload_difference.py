"""Differences of JSON values: none for the same values, and the smallest places otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_asyncapi_sse.schema import same_json
from pytest_asyncapi_sse.schema.difference import differences

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([0.0, 1.0, 0.5, "", "a"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab/"), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(VALUES, VALUES)
def test_there_is_a_difference_exactly_where_values_are_not_the_same(sent, received):
    assert (not list(differences(sent, received))) is same_json(sent, received)


@pytest.mark.parametrize(
    ("sent", "received", "told"),
    [
        (1, 1.0, []),
        (True, 1, ["the whole payload is 1, not True"]),
        ({"a": 1}, {}, ["/a is missing"]),
        ({}, {"a/b": None}, ["/a~1b was added: None"]),
        ({"a": [1, {"b": "x"}]}, {"a": [1, {"b": "y"}]}, ["/a/1/b is 'y', not 'x'"]),
        ([1, 2], [1], ["/1 is missing"]),
        ([1], [1, [2]], ["/1 was added: [2]"]),
        ({"a": {"b": 1}}, {"a": [1]}, ["/a is [1], not {'b': 1}"]),
    ],
)
def test_a_difference_is_told_at_its_place(sent, received, told):
    assert [str(found) for found in differences(sent, received)] == told


def test_a_long_array_has_a_bounded_number_of_differences():
    assert len(list(differences([], [0] * 5000))) == 1000
