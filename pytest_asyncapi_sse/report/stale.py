"""Stale entries: what `asyncapi_ignore` names and a whole run has not met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from pytest_asyncapi_sse.checks.codes import told_in
from pytest_asyncapi_sse.model import Document
from pytest_asyncapi_sse.report.summary import GATE_SIDES, ItemKey, Tally


def stale_entries(
    entries: Iterable[str], tally: Tally, documents: Iterable[Document], names: Names
) -> Iterator[str]:
    """Yield the entries that matched nothing, although every item that tells them has judged.

    `names` are the items of each side. A run of which tests were left out has to ask for none.
    """
    expected = _expected(documents, names)
    for entry in entries:
        if not tally.ignored[entry] and _was_possible(entry, tally, expected):
            yield entry


Names = Mapping[str, Iterable[str]]


def _expected(documents: Iterable[Document], names: Names) -> Counter[ItemKey]:
    found: Counter[ItemKey] = Counter()
    for document in documents:
        found.update(("document", name, "") for name in names["document"])
        for channel in document.streams:
            found.update((side, name, channel) for side in GATE_SIDES for name in names[side])
    return found


def _was_possible(entry: str, tally: Tally, expected: Counter[ItemKey]) -> bool:
    channel, _, code = entry.rpartition(":")
    telling = set(told_in(code))
    # A hand-written test that failed may have ended before it met what is ignored.
    if tally.handwritten_failed:
        return False
    items = [key for key in expected if key[:2] in telling]
    if not items:
        return bool(tally.handwritten) and any(side == "tests" for side, _ in telling)
    # Of a channel that is no stream any more, the items of the others say whether the side ran.
    wanted = [key for key in items if not channel or key[2] in ("", channel)] or items
    return all(tally.judged[key] >= expected[key] for key in wanted)
