"""The collection: a document becomes a file, its channels and sides nodes, its checks items.

Private names of pytest are used in this module only: PyCollector, `_genfunctions`, `_fixtureinfo`,
`_repr_failure_py` and the representations of a failure.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import pytest
from _pytest._code.code import (
    ExceptionInfo,
    ReprExceptionInfo,
    ReprFileLocation,
    ReprTracebackNative,
    TerminalRepr,
)
from _pytest.python import PyCollector

from pytest_asyncapi_sse.contract import client, document, server
from pytest_asyncapi_sse.contract.names import CHANNEL, SIDE
from pytest_asyncapi_sse.contract.probing import ACTIVE, APPLIES, OPT_IN
from pytest_asyncapi_sse.errors import AsyncAPIError, ContractViolation, Location
from pytest_asyncapi_sse.fixtures import has_client, has_server, run_of
from pytest_asyncapi_sse.model import Channel, Document
from pytest_asyncapi_sse.options import is_url
from pytest_asyncapi_sse.selection import node_name

Side = Literal["document", "server", "client"]

CHECKS: dict[Side, ModuleType] = {"document": document, "server": server, "client": client}
NAMES: dict[Side, tuple[str, ...]] = {
    "document": (
        "describes_a_stream",
        "structure_is_right",
        "references_arrive",
        "parameters_are_declared",
        "schemas_can_be_satisfied",
        "examples_match_their_schemas",
        "messages_can_be_told_apart",
    ),
    "server": (
        "connects",
        "stream_is_well_formed",
        "events_match_the_contract",
        "published_payloads_arrive",
        "credentials_are_checked",
        "resumes_after_a_cut",
        "invalid_parameters_are_refused",
        "unknown_channels_are_not_found",
        "serves_the_next_client",  # the last: what it breaks would be told of the others
    ),
    "client": (
        "delivers_every_event",
        "reads_every_wire_form",
        "handles_invalid_events",
        "asks_for_its_stream",
        "comes_back_after_an_end",
        "takes_only_a_stream",
    ),
}


class DocumentFile(pytest.Module):
    """Collect one document; its own checks first, then its channels in their order."""

    document: Document

    @classmethod
    def of(cls, session: pytest.Session, source: str, document: Document) -> DocumentFile:
        """Return the collector of a document, with a node id that can be pasted."""
        root = session.config.rootpath
        path = root / Path(document.source).name if is_url(source) else Path(source)
        options: dict[str, Any] = {}
        if is_url(source):
            options["nodeid"] = node_name(document.source)
        elif not path.is_relative_to(root):
            options["nodeid"] = os.path.relpath(path, root)
        collector = cls.from_parent(session, path=path, **options)
        collector.document = document
        return collector

    def _getobj(self) -> ModuleType:
        return document

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        """Yield the side of the document, then a collector for each stream."""
        yield from _side(self, "document", None)._items()
        for channel in self.document.streams.values():
            yield ChannelCollector.of(self, channel)


class ChannelCollector(pytest.Collector):
    """Collect one channel: the server's side and the client's."""

    channel: Channel

    @classmethod
    def of(cls, parent: DocumentFile, channel: Channel) -> ChannelCollector:
        """Return the collector of a channel."""
        collector = cls.from_parent(parent, name=node_name(channel.name))
        collector.channel = channel
        return collector

    def collect(self) -> Iterator[pytest.Collector]:
        """Yield both sides."""
        yield _side(self, "server", self.channel)
        yield _side(self, "client", self.channel)


class SideCollector(PyCollector):
    """Collect the checks of one side of a channel."""

    side: Side
    channel: Channel | None

    def _getobj(self) -> ModuleType:
        return CHECKS[self.side]

    def collect(self) -> Iterable[pytest.Item]:
        """Yield an item for each check."""
        return list(self._items())

    def _names(self) -> list[str]:
        """Return the names of the checks, without those that can't be made or aren't asked for."""
        if self.channel is None:
            return list(NAMES[self.side])
        if self.side == "client":
            # What the standard asks of a client is not asked of the generated one.
            return list(NAMES["client"] if has_client(self.config) else NAMES["client"][:1])
        asked = run_of(self.config).options.checks
        return [
            name
            for name in NAMES["server"]
            if name not in ACTIVE
            or (
                has_server(self.config)
                and OPT_IN.get(name) in (None, *asked)
                and APPLIES.get(name, bool)(self.channel)
            )
        ]

    def _items(self) -> Iterator[ContractItem]:
        parent = self.parent if self.side == "document" else self
        for name in self._names():
            function = getattr(self.obj, name)
            for found in self._genfunctions(name, function):
                item = ContractItem.from_parent(
                    parent,
                    name=found.name,
                    callspec=getattr(found, "callspec", None),
                    callobj=function,
                    fixtureinfo=found._fixtureinfo,
                    originalname=found.originalname,
                )
                item.place(self.side, self.channel)
                yield item


class ContractItem(pytest.Function):
    """Run one check on one channel; a failure points at the document's line."""

    side: Side
    channel: Channel | None

    def place(self, side: Side, channel: Channel | None) -> None:
        """Say what the item is about."""
        self.side = side
        self.channel = channel

    @property
    def document(self) -> Document:
        """The document that the item belongs to."""
        return self._file.document

    @property
    def document_nodeid(self) -> str:
        """The node id of the document that the item belongs to."""
        return self._file.nodeid

    @property
    def pasted_nodeid(self) -> str:
        """The node id as an argument, which counts from where pytest was called."""
        if is_url(self.document.source):
            return self.nodeid
        _, colons, rest = self.nodeid.partition("::")
        return f"{os.path.relpath(self.path, self.config.invocation_params.dir)}{colons}{rest}"

    @property
    def _file(self) -> DocumentFile:
        owner = self.getparent(DocumentFile)
        if owner is None:
            raise RuntimeError(f"{self.nodeid} stands outside of a document")
        return owner

    def setup(self) -> None:
        """Hand the channel and the document over, past the fixtures."""
        __tracebackhide__ = True
        self.funcargs["asyncapi_channel"] = self.channel
        self.funcargs["asyncapi_document"] = self.document
        self.user_properties.append((SIDE, self.side))
        if self.channel is not None:
            self.user_properties.append((CHANNEL, self.channel.name))
        super().setup()

    def runtest(self) -> None:
        """Run the check; a skip is reported at the document's line, not at ours."""
        try:
            super().runtest()
        except pytest.skip.Exception as skipped:
            skipped._use_item_location = True
            raise

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the document and the line of the channel, counted from 0."""
        location = self._location(None)
        line = location.line - 1 if location else 0
        return self.path, line, self.nodeid.partition("::")[2].replace("::", " ")

    def repr_failure(  # type: ignore[override]
        self, excinfo: ExceptionInfo[BaseException]
    ) -> str | TerminalRepr:
        """Return the text of a violation as it is, without frames of the plugin."""
        return self._told(excinfo) or super().repr_failure(excinfo)

    def _repr_failure_py(
        self, excinfo: ExceptionInfo[BaseException], style: Any = None
    ) -> TerminalRepr:
        return self._told(excinfo) or super()._repr_failure_py(excinfo, style)

    def _told(self, excinfo: ExceptionInfo[BaseException]) -> TerminalRepr | None:
        error = excinfo.value
        if not isinstance(error, ContractViolation | AsyncAPIError):
            return None
        text = str(error)
        location = self._location(error)
        file, line = (location.file, location.line) if location else (str(self.path), 1)
        where = ReprFileLocation(file, line, text.partition("\n")[0])
        return ReprExceptionInfo(ReprTracebackNative([text + "\n"]), where)

    def _location(self, error: BaseException | None) -> Location | None:
        if isinstance(error, ContractViolation):
            placed = [found.location for found in error.violations if found.location]
            if placed:
                return placed[0]
        if self.channel is None or self.channel.origin is None:
            return None
        return self.channel.origin.location


def _side(parent: pytest.Collector, side: Side, channel: Channel | None) -> SideCollector:
    collector = SideCollector.from_parent(parent, name=side)
    collector.side = side
    collector.channel = channel
    return collector
