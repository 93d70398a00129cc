"""The loader: a source is opened, read by its version, and decided upon."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from pytest_asyncapi_sse.document.access import Access, PathName
from pytest_asyncapi_sse.document.drafts import DocumentDraft
from pytest_asyncapi_sse.document.extension import Role
from pytest_asyncapi_sse.document.files import Files
from pytest_asyncapi_sse.document.messages import is_event_stream
from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.reader import Reader
from pytest_asyncapi_sse.document.streams import StreamCandidate, candidate_of
from pytest_asyncapi_sse.document.versions import reader_for
from pytest_asyncapi_sse.errors import ConfigurationError, DocumentError
from pytest_asyncapi_sse.model import Document

_PERSPECTIVES = (None, "server", "client")
_UNMARKED = "nothing marks it as SSE, while other channels of the document are marked"


def load(
    source: str | os.PathLike[str],
    *,
    perspective: Role | None = None,
    allow_remote: Iterable[str] = (),
    allow_folders: Iterable[PathName] = (),
    url_map: Mapping[str, PathName] | None = None,
) -> Document:
    """Read an AsyncAPI document of Server-Sent Events from a path or a URL.

    A text that starts with http:// or https:// is a URL; everything else is a path. `perspective`
    says whether the document describes the server or the client, where its operations leave that
    open: with it, a server's `send` and a client's `receive` are streams.

    Raises DocumentError, with all problems that were found, where the document can't be read, is
    broken, or says something about a stream that is not supported. AsyncAPI 2.0 to 2.6, 3.0, 3.1.
    """
    if perspective not in _PERSPECTIVES:
        raise ConfigurationError(f"perspective is {perspective!r}, expected 'server' or 'client'")
    access = Access.of(allow_remote=allow_remote, allow_folders=allow_folders, url_map=url_map)
    files = Files(access)
    file = files.open_root(source)
    reader = Reader(files)
    root = Node(file.data, file)
    read = reader_for(reader, root)
    if read is None:
        raise DocumentError(reader.problems)
    draft = read(reader, root)
    candidates = []
    for channel in draft.channels:
        with reader.within(channel.name):
            candidate = candidate_of(reader, channel, draft.content_type, perspective)
        candidates.append(candidate)
    skipped = _skipped(draft, candidates)
    _settle(reader, [item for item in candidates if item.channel.name not in skipped])
    if reader.problems:
        raise DocumentError(reader.problems)
    return _document(reader, root, draft, candidates, skipped)


def _skipped(draft: DocumentDraft, candidates: list[StreamCandidate]) -> dict[str, str]:
    """Return why channels are skipped; one mark in the document makes the unmarked ones so."""
    marks_all = is_event_stream(draft.content_type)
    marked = {item.channel.name for item in candidates if item.is_marked or marks_all}
    skipped = {}
    for item in candidates:
        name = item.channel.name
        if item.reason:
            skipped[name] = item.reason
        elif marked and name not in marked:
            skipped[name] = _UNMARKED
    return skipped


def _settle(reader: Reader, streams: list[StreamCandidate]) -> None:
    """Report what counts for the channels that are tested only."""
    for item in streams:
        reader.report_all(item.unsupported)
        with reader.within(item.channel.name):
            for node, what, message in item.unchecked:
                reader.find(node, "not-checked", f"not checked yet: {what}", message=message)


def _document(
    reader: Reader,
    root: Node,
    draft: DocumentDraft,
    candidates: list[StreamCandidate],
    skipped: dict[str, str],
) -> Document:
    info = reader.peek(root.child("info")) if "info" in root.value else None
    title = info.value.get("title") if info is not None and info.is_object else ""
    channels = {item.channel.name: item.channel for item in candidates}
    operations = {
        name: operation
        for channel in channels.values()
        for name, operation in channel.operations.items()
    }
    return Document(
        source=root.file.name,
        version=root.value["asyncapi"],
        title=title if isinstance(title, str) else str(title),
        channels=channels,
        streams={name: channel for name, channel in channels.items() if name not in skipped},
        skipped=skipped,
        operations=operations,
        servers=draft.servers,
        findings=reader.findings(without=skipped),
    )
