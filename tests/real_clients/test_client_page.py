"""docs/client.md: its table of clients is the one that the tests run."""

from __future__ import annotations

from client_page import MARK, PAGE, filled


def test_the_table_of_the_page_is_what_is_run():
    text = PAGE.read_text()
    assert MARK in text
    assert text == filled(text), "python tests/real_clients/client_page.py writes it anew"
