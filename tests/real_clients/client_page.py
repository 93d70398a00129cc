"""The table of docs/client.md, made of what the tests run: `python tests/real_clients/client_page.py`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "client.md"
MARK = "<!-- table: clients -->\n"
sys.path.insert(0, str(HERE))

from client_table import CLIENTS  # noqa: E402


def codes(found: Iterable[str], *, none: str) -> str:
    return ", ".join(f"`{code}`" for code in sorted(found)) or none


def flat(told: Mapping[str, set[str]]) -> set[str]:
    return {code for found in told.values() for code in found}


def table() -> Iterator[str]:
    yield "| Client | Not claimed | Errors | Advice |"
    yield "|---|---|---|---|"
    for one in CLIENTS:
        unclaimed = codes(one.unclaimed, none="")
        errors, advice = codes(flat(one.errors), none="none"), codes(flat(one.advice), none="")
        yield f"| {one.package} | {unclaimed} | {errors} | {advice} |"


def filled(text: str) -> str:
    """Return the page with its table as it is now."""
    head, mark, rest = text.partition(MARK)
    _, end, tail = rest.partition("<!-- end -->")
    return "".join([head, mark, "\n".join(table()), "\n", end, tail])


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text()))
    print(*table(), sep="\n")
