"""The tables of docs/server.md, made of what the tests run: `python tests/server/tables.py`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "server.md"
sys.path[:0] = [str(Path(__file__).parent), str(ROOT / "tests" / "real_servers")]


from defect_table import ROWS  # noqa: E402
from framework_table import FRAMEWORKS  # noqa: E402
from odd_streams import ODDITIES  # noqa: E402
from test_active_checks import ACTIVE_ROWS  # noqa: E402


def codes(found: Iterable[str]) -> str:
    return ", ".join(f"`{code}`" for code in sorted(found)) or "none"


def of_defects() -> Iterator[str]:
    yield "| Defect | Told |"
    yield "|---|---|"
    for name, row in ROWS.items():
        yield f"| {name} | {codes(row.codes)} |"
    for name, active in ACTIVE_ROWS.items():
        yield f"| {name} | {codes(active.codes)} |"


def of_oddities() -> Iterator[str]:
    yield "| Odd and legal | Advice |"
    yield "|---|---|"
    for name, odd in ODDITIES.items():
        yield f"| {name.removeprefix('odd-')} | {codes(odd.advice)} |"


def of_frameworks() -> Iterator[str]:
    yield "| Framework | Line end, fields, `Cache-Control` | Advice when right | Planted: told |"
    yield "|---|---|---|---|"
    for one in FRAMEWORKS:
        ends = "CRLF" if one.line_end == "\r\n" else "LF"
        wire = f"{ends}; {one.fields}; {one.cache_control or 'none'}"
        advice = codes({code for found in one.advice.values() for code in found})
        planted = "; ".join(f"{defect.name}: {codes(defect.errors)}" for defect in one.defects)
        yield f"| {one.name} | {wire} | {advice} | {planted} |"


TABLES = {"defects": of_defects, "oddities": of_oddities, "frameworks": of_frameworks}


def filled(text: str) -> str:
    """Return the page with its tables as they are now."""
    for name, table in TABLES.items():
        head, mark, rest = text.partition(f"<!-- table: {name} -->\n")
        _, end, tail = rest.partition("<!-- end -->")
        text = "".join([head, mark, "\n".join(table()), "\n", end, tail])
    return text


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text()))
    print(*(line for table in TABLES.values() for line in [*table(), ""]), sep="\n")
