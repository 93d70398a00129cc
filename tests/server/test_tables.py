"""docs/server.md: its tables are those that the tests run."""

from __future__ import annotations

from tables import PAGE, TABLES, filled


def test_the_tables_of_the_page_are_what_is_run():
    text = PAGE.read_text()
    assert all(f"<!-- table: {name} -->" in text for name in TABLES)
    assert text == filled(text), "python tests/server/tables.py writes them anew"
