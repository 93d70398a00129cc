"""The header of a run: the documents, their streams, and the channels that are left out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from pytest_asyncapi_sse.errors import printable
from pytest_asyncapi_sse.model import Document

_NAMES = 10
_NAME = 60
_REASON = 300


def document_lines(document: Document) -> Iterator[str]:
    """Yield what a document has, each line bounded, whatever its names are."""
    source = f"AsyncAPI {document.version}, {printable(document.source)}"
    title = printable(document.title, _NAME)
    yield f"asyncapi: {f'{title} ({source})' if title else source}: {_names(document.streams)}"
    skipped = document.skipped
    if len(skipped) <= _NAMES:
        for name, reason in skipped.items():
            yield f"asyncapi: left out: {printable(name, _NAME)}: {printable(reason, _REASON)}"
        return
    for reason, names in _by_reason(skipped.items()):
        yield f"asyncapi: left out: {len(names)} channels: {printable(reason, _REASON)}"
        yield f"asyncapi:   {_names(names)}"


def _by_reason(skipped: Iterable[tuple[str, str]]) -> Iterator[tuple[str, list[str]]]:
    groups: dict[str, list[str]] = {}
    for name, reason in skipped:
        groups.setdefault(reason, []).append(name)
    found = list(groups.items())
    yield from found[:_NAMES]
    rest = [name for _, names in found[_NAMES:] for name in names]
    if rest:
        yield f"{len(found) - _NAMES} other reasons", rest


def _names(names: Collection[str]) -> str:
    """Return the first names, and how many there are besides."""
    first = [printable(name, _NAME) for name, _ in zip(names, range(_NAMES), strict=False)]
    more = len(names) - len(first)
    return ", ".join(first) + (f" and {more:,} more" if more else "") or "no streams"
