"""The pages of docs/: what they list is what the code has."""

from __future__ import annotations

import re
from pathlib import Path

from pytest_asyncapi_sse.collector import NAMES
from pytest_asyncapi_sse.contract.document import CODES
from pytest_asyncapi_sse.document import references
from pytest_asyncapi_sse.document.extension import _KEYS
from pytest_asyncapi_sse.document.sources import fetching, files
from pytest_asyncapi_sse.document.text import tree

ROOT = Path(__file__).parent.parent
DOCUMENTS = (ROOT / "docs" / "documents.md").read_text()
BOUNDS = (
    fetching.MAX_BYTES,
    files.MAX_TOTAL_BYTES,
    files.MAX_FILES,
    tree.MAX_VALUES,
    tree.MAX_DEPTH,
    tree.MAX_EXPANSION,
    references.MAX_CHAIN,
    references.MAX_NESTING,
    references.MAX_STEPS,
    int(fetching.URL_TIMEOUT),
    int(fetching.URL_DEADLINE),
    int(fetching.TOTAL_DEADLINE),
    fetching.MAX_REDIRECTS,
)


def section(title: str) -> str:
    """Return the text below a heading of the page."""
    return DOCUMENTS.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_every_key_of_the_extension_has_its_rows() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| ([a-z, ]+) \|", section("`x-sse`"), re.MULTILINE)
    listed: dict[str, set[str]] = {}
    for key, places in rows:
        listed.setdefault(key, set()).update(places.split(", "))
    assert listed == {name: set(key.places) for name, key in _KEYS.items()}


def test_every_item_of_the_document_and_its_codes_are_listed() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", section("What is wrong with a document"), re.M)
    listed = {item: set(re.findall(r"`([a-z-]+)`", codes)) for item, codes in rows}
    assert set(listed) == set(NAMES["document"])
    for item, codes in CODES.items():
        assert set(codes) <= listed[item], item


def test_every_bound_is_listed() -> None:
    values = re.findall(r"\d[\d,]*", section("Limits"))
    assert [int(value.replace(",", "")) for value in values] == list(BOUNDS)


def test_every_readme_item_of_the_document_is_there() -> None:
    readme = (ROOT / "README.md").read_text()
    assert [name for name in NAMES["document"] if f"spec.yaml::{name}`" not in readme] == []
