"""The loader: a source is opened, read by its version, and decided upon."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Iterator, Mapping

from pytest_asyncapi_sse.document.channels import ChannelReader
from pytest_asyncapi_sse.document.drafts import DocumentDraft
from pytest_asyncapi_sse.document.extension import Role, extension_of
from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.reach import check_references
from pytest_asyncapi_sse.document.reader import Reader
from pytest_asyncapi_sse.document.sources.access import Access, PathName
from pytest_asyncapi_sse.document.sources.files import Files
from pytest_asyncapi_sse.document.streams import StreamCandidate, candidates_of, decided
from pytest_asyncapi_sse.document.versions import reader_for
from pytest_asyncapi_sse.document.vocabulary.structure import check_structure
from pytest_asyncapi_sse.errors import ConfigurationError, DocumentError, Violation
from pytest_asyncapi_sse.model import Channel, Document, Operation

_PERSPECTIVES = (None, "server", "client")


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
    open: with it, a server's `send` and a client's `receive` are streams. References stay in the
    document's folder tree but for the hosts in `allow_remote`, the folders in `allow_folders`, and
    the copies that `url_map` has for URLs, or for the prefixes of URLs that end in a slash.

    Raises DocumentError, with all problems that were found, where the document can't be read or is
    broken where a stream needs it; what else is wrong with it is in its `findings`. Raises
    ConfigurationError for an argument that can't be used. AsyncAPI 2.0 to 2.6, 3.0 and 3.1.
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
        raise DocumentError(reader.problems())
    draft = read(reader, root)
    candidates = candidates_of(reader, draft, perspective)
    decision = decided(draft, candidates)
    document = _document(reader, root, draft, candidates, decision.skipped)
    problems = reader.problems(decision.harmless)
    if problems:
        raise DocumentError(problems)
    return document


def _document(
    reader: Reader,
    root: Node,
    draft: DocumentDraft,
    candidates: list[StreamCandidate],
    skipped: Mapping[str, str],
) -> Document:
    channels = _Channels(ChannelReader(reader, draft), candidates, skipped)
    operations = {
        item.name: channel.name for channel in draft.channels for item in channel.operations
    }

    @functools.cache
    def find() -> tuple[Violation, ...]:
        channels.read_all()
        _check_places(reader, root)
        check_structure(reader, root, root.value["asyncapi"])
        check_references(reader, root)
        return reader.findings(channels.streams)

    return Document(
        source=root.file.name,
        version=root.value["asyncapi"],
        title=_title(reader, root),
        channels=channels,
        streams=channels.streams,
        skipped=skipped,
        operations=_Operations(operations, channels),
        servers=draft.servers,
        find=find,
        origin=reader.origin(root),
    )


def _check_places(reader: Reader, root: Node) -> None:
    """Find extensions where they do nothing: on the document itself and on its servers."""
    with reader.aside():
        extension_of(reader, root, "document")
        for server in reader.section(root, "servers").values():
            found = reader.peek(server)
            if found is not None and found.is_object:
                extension_of(reader, found, "server")


def _title(reader: Reader, root: Node) -> str:
    info = reader.peek(root.child("info")) if "info" in root.value else None
    title = info.value.get("title") if info is not None and info.is_object else ""
    return title if isinstance(title, str) else ""


class _Channels(Mapping[str, Channel]):
    """Hold the channels by name: the streams are read at once, the others when looked at."""

    def __init__(
        self, reader: ChannelReader, candidates: list[StreamCandidate], skipped: Mapping[str, str]
    ) -> None:
        self._reader = reader
        self._candidates = {item.draft.name: item for item in candidates}
        self.streams = {
            name: reader.read(item, is_stream=True)
            for name, item in self._candidates.items()
            if name not in skipped
        }
        self._read: dict[str, Channel] = dict(self.streams)

    def __getitem__(self, name: str) -> Channel:
        if name not in self._read:
            self._read[name] = self._reader.read(self._candidates[name], is_stream=False)
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._candidates)

    def __len__(self) -> int:
        return len(self._candidates)

    def read_all(self) -> None:
        """Read what nobody looked at yet."""
        for name in self:
            self[name]


class _Operations(Mapping[str, Operation]):
    """Hold the operations of all channels by name."""

    def __init__(self, channels_of: Mapping[str, str], channels: Mapping[str, Channel]) -> None:
        self._channels_of = channels_of
        self._channels = channels

    def __getitem__(self, name: str) -> Operation:
        return self._channels[self._channels_of[name]].operations[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._channels_of)

    def __len__(self) -> int:
        return len(self._channels_of)
