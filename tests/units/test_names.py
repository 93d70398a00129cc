"""What names become: in node ids, and in a line of the terminal."""

from __future__ import annotations

import pytest

from pytest_asyncapi_sse.errors import Violation, printable
from pytest_asyncapi_sse.selection import node_name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("userSignups", "userSignups"),
        ("a b/{c}é", "a b/{c}é"),
        ("a::b", "a%3A%3Ab"),
        ("a:b", "a:b"),
        (":a:", "%3Aa%3A"),
        ("[a]", "%5Ba%5D"),
        ("100%", "100%25"),
        ("%0A", "%250A"),
        ("a\nb\r", "a%0Ab%0D"),
        ("a\u2028\u2029\x85", "a%E2%80%A8%E2%80%A9%C2%85"),
        ("\x1b[31m\x00", "%1B%5B31m%00"),
        ("\ud800", "%ED%A0%80"),
        ("\u202e", "%E2%80%AE"),
    ],
    ids=ascii,
)
def test_a_name_in_a_node_id(name, expected):
    assert node_name(name) == expected


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("plain é", None, "plain é"),
        ("a\nb\x1b[0m", None, "a\\nb\\x1b[0m"),
        ("\u2028\ud800", None, "\\u2028\\ud800"),
        ("abcdef", 3, "abc..."),
        ("abc", 3, "abc"),
    ],
    ids=ascii,
)
def test_a_text_in_one_line(text, limit, expected):
    assert printable(text, limit) == expected


def test_what_a_peer_says_is_shown_line_by_line_without_what_a_terminal_obeys():
    violation = Violation(code="c", summary="s", got="a\x1b[2J\x00\n\tb é")
    assert str(violation).split("\n")[1:] == ["  got:       a\\x1b[2J\\x00", " " * 17 + "b é"]
