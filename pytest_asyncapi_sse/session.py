"""What one pytest run holds: the documents, the hosted applications, the recordings."""

from __future__ import annotations

import contextlib
import inspect
import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_asyncapi_sse.checks.policy import NO_POLICY, Policy
from pytest_asyncapi_sse.client_settings import ClientSettings, read_client_settings
from pytest_asyncapi_sse.errors import AsyncAPIError, DocumentError, hides_frame
from pytest_asyncapi_sse.options import Options, is_url, read_options
from pytest_asyncapi_sse.policy_settings import leaves_out_documents, read_policy

if TYPE_CHECKING:
    from pytest_asyncapi_sse.contract.memory import Memory
    from pytest_asyncapi_sse.contract.recordings import Recordings
    from pytest_asyncapi_sse.contract.targets import InvalidPolicy
    from pytest_asyncapi_sse.driver.listening import Driver
    from pytest_asyncapi_sse.model import Channel, Document
    from pytest_asyncapi_sse.server.hosting import Host

__tracebackhide__ = hides_frame

_PROBLEMS = 50
OVERRIDES = (
    "asyncapi_url",
    "asyncapi_app",
    "asyncapi_auth",
    "asyncapi_parameters",
    "asyncapi_payloads",
)


class Run:
    """Hold the state of a run; what is heavy is imported when it is first needed."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.options: Options = read_options(config)
        self.policy: Policy = NO_POLICY
        self.client_settings = ClientSettings()
        self.documents: dict[str, Document] = {}
        self.imported: dict[str, Any] = {}
        self.is_factory = False
        self._recordings: Recordings | None = None
        self.clients = Clients(self)
        self.refused: dict[int, str] = {}
        self.requests: list[pytest.FixtureRequest] = []
        self.hosts = Hosts()

    def prepare(self) -> None:
        """Load the documents and import the targets; raises UsageError for all that is wrong."""
        for source in self.options.documents:
            with _as_usage_error():
                self.documents[source] = self.load(source)
        self.read_settings(self.documents.values() if self.has_all_documents else None)
        self._check_parameters()
        if self.options.replay is not None:
            with _as_usage_error():
                self.recordings()
        names = ("app", "client", "trigger")
        for name in names:
            target = getattr(self.options, name)
            if target is not None:
                with _as_usage_error(f"--asyncapi-{name}: "):
                    self.imported[name] = self._import(name, target)
        if self.options.client_command is not None:
            from pytest_asyncapi_sse.driver.command import command_words

            with _as_usage_error("--asyncapi-client-command: "):
                command_words(self.options.client_command, folder=self.config.invocation_params.dir)

    def read_settings(self, documents: Collection[Document] | None) -> None:
        """Check the settings of the ini file; None stands for documents that are not all known."""
        self.policy = read_policy(self.config, documents)
        self.client_settings = read_client_settings(self.config, documents)

    def invalid_policy(self, channel: str) -> InvalidPolicy:
        """Return what the client under test is to do with the invalid events of a channel."""
        return self.client_settings.invalid_policy(channel)

    def recordings(self) -> Recordings:
        """Return the recordings of the run, read at first use where they are replayed."""
        from pytest_asyncapi_sse.contract.recordings import Recordings

        if self._recordings is None:
            folder, replay = self.options.record, self.options.replay
            self._recordings = Recordings(folder=folder, replay=replay)
        return self._recordings

    @property
    def has_all_documents(self) -> bool:
        """Whether no document of the ini file was left out on the command line."""
        return not leaves_out_documents(self.config, self.options.documents)

    def _check_parameters(self) -> None:
        """Refuse a parameter of the command line that no channel of the documents has."""
        from pytest_asyncapi_sse.document.address import parameter_names, suggestion

        channels = [c for document in self.documents.values() for c in document.streams.values()]
        known = {
            n for c in channels for name in parameter_names(c) for n in (name, f"{c.name}.{name}")
        }
        for name in self.options.parameters:
            if name not in known:
                raise pytest.UsageError(
                    f"--asyncapi-parameter {name!r}: no stream has this parameter"
                    f"{suggestion(name, known)} (there are {', '.join(sorted(known)) or 'none'})"
                )

    def load(self, source: str) -> Document:
        """Return a document, read once in a run; raises DocumentError."""
        from pytest_asyncapi_sse.document import load

        if source not in self.documents:
            options = self.options
            shown = source if is_url(source) else os.path.relpath(source, Path.cwd())
            copies = options.url_map.items()
            self.documents[source] = load(
                shown,
                perspective=options.perspective,
                allow_remote=options.allow_remote,
                allow_folders=options.allow_folders,
                url_map={url: os.path.relpath(copy, Path.cwd()) for url, copy in copies},
            )
        return self.documents[source]

    def document_of(self, request: pytest.FixtureRequest) -> Document | None:
        """Return the document that a test's marker names, None without a marker."""
        marker = request.node.get_closest_marker("asyncapi")
        return None if marker is None else self.load(marked_source(request.node, marker))

    def channel(self, request: pytest.FixtureRequest, name: str) -> Channel:
        """Return a channel by its name, from the test's document, else from any that has it."""
        from pytest_asyncapi_sse.document.address import suggestion
        from pytest_asyncapi_sse.errors import ConfigurationError

        marked = self.document_of(request)
        documents = [marked] if marked is not None else self.configured()
        found = [document.channels[name] for document in documents if name in document.channels]
        if len(found) == 1:
            return found[0]
        if found:
            sources = " and ".join(d.source for d in documents if name in d.channels)
            raise ConfigurationError(
                f"channel {name!r} is in {sources}: mark the test with"
                ' @pytest.mark.asyncapi("spec.yaml")'
            )
        known = sorted({known for document in documents for known in document.channels})
        raise ConfigurationError(
            f"no channel {name!r} in {', '.join(d.source for d in documents)}"
            f"{suggestion(name, known)} (it has {', '.join(map(repr, known)) or 'none'})"
        )

    def configured(self) -> list[Document]:
        """Return the documents of the options; raises ConfigurationError where there is none."""
        from pytest_asyncapi_sse.errors import ConfigurationError

        if not self.options.documents:
            raise ConfigurationError(
                "no AsyncAPI document: give --asyncapi SPEC, set `asyncapi` in the ini file, or"
                ' mark the test with @pytest.mark.asyncapi("spec.yaml")'
            )
        return [self.load(source) for source in self.options.documents]

    def close(self) -> None:
        """Give back what the run still holds."""
        try:
            self.clients.close_all()
        finally:
            self.hosts.close_all()

    def _import(self, name: str, target: str) -> Any:
        from pytest_asyncapi_sse.driver.imports import import_attribute
        from pytest_asyncapi_sse.errors import ConfigurationError

        with _on_path(str(self.config.invocation_params.dir)):
            found = import_attribute(target)
            if not callable(found):
                raise ConfigurationError(f"{target!r} is {type(found).__name__}, not callable")
            if name != "app":
                return found
            application = as_application(found, target)
            self.is_factory = application is not found
            return application


class Clients:
    """Hold what runs each client under test, and what is remembered of it, until the run ends."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._known: list[tuple[object, Memory, Driver]] = []

    def of(self, client: Any) -> tuple[Memory, Driver]:
        """Return the memory and the driver of a client, the same ones for the same client."""
        from pytest_asyncapi_sse.contract.memory import Memory

        for known, memory, driver in self._known:
            if known is client or (isinstance(client, str) and known == client):
                return memory, driver
        self._known.append((client, Memory(), self._driver(client)))
        return self._known[-1][1:]

    def close_all(self) -> None:
        """End what still runs."""
        for _, _, driver in self._known:
            driver.close()

    def _driver(self, client: Any) -> Driver:
        """Return what runs a client: that of a fixture, of a command or of a module."""
        from pytest_asyncapi_sse.driver.command import CommandDriver
        from pytest_asyncapi_sse.driver.process import ProcessDriver
        from pytest_asyncapi_sse.driver.thread import ThreadDriver

        folder, options = self._run.config.invocation_params.dir, self._run.options
        command = options.client_command if client is None else client
        if isinstance(command, str):
            return CommandDriver(command, folder=folder)
        if options.client is not None and client is self._run.imported.get("client"):
            return ProcessDriver(options.client, folder=folder)
        return ThreadDriver(client)


class Hosts:
    """Serve the user's applications, each once, until its fixture or the run ends."""

    def __init__(self) -> None:
        self._hosts: dict[int, tuple[Any, Host | Exception]] = {}
        self.owners: dict[int, Any] = {}

    def base_url(self, application: Any, *, name: str = "the application") -> str:
        """Return where an application is served, started on first use; raises HostingError."""
        from pytest_asyncapi_sse.errors import HostingError
        from pytest_asyncapi_sse.server.hosting import Host

        if id(application) not in self._hosts:
            started: Host | Exception
            try:
                started = Host(as_application(application, name), name=name).start()
            except HostingError as error:
                started = error
            self._hosts[id(application)] = (application, started)
        found = self._hosts[id(application)][1]
        if isinstance(found, Exception):
            raise found
        return found.base_url

    def close(self, application: Any) -> None:
        """Stop serving an application."""
        _, host = self._hosts.pop(id(application), (None, None))
        if host is not None and not isinstance(host, Exception):
            host.stop()

    def close_owned(self, owner: int) -> None:
        """Stop serving the application that a fixture made."""
        if owner in self.owners:
            self.close(self.owners.pop(owner))

    def close_all(self) -> None:
        """Stop serving everything."""
        for application, _ in list(self._hosts.values()):
            self.close(application)


def as_application(found: Any, name: str) -> Any:
    """Return an ASGI application, calling a factory, which is what takes no argument."""
    from pytest_asyncapi_sse.errors import ConfigurationError

    try:
        parameters = inspect.signature(found).parameters.values()
    except (TypeError, ValueError):
        return found
    required = [p for p in parameters if p.default is p.empty and p.kind is not p.VAR_KEYWORD]
    if required or any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return found
    try:
        application = found()
    except Exception as error:
        raise ConfigurationError(
            f"the application factory {name} raised {type(error).__name__}: {error}"
        ) from error
    if not callable(application):
        raise ConfigurationError(f"{name} returned {type(application).__name__}, no application")
    return application


def marked_source(node: pytest.Item, marker: pytest.Mark) -> str:
    """Return the document that a marker names: beside the test's file, else under the rootdir."""
    if len(marker.args) != 1 or not isinstance(marker.args[0], str | os.PathLike):
        raise pytest.UsageError(
            f"{node.nodeid}: the marker asyncapi takes one document, such as"
            ' @pytest.mark.asyncapi("spec.yaml")'
        )
    spec = os.fspath(marker.args[0])
    if is_url(spec):
        return spec
    beside = node.path.parent / spec
    return str(beside if beside.exists() else node.config.rootpath / spec)


@contextlib.contextmanager
def _as_usage_error(label: str = "") -> Iterator[None]:
    try:
        yield
    except DocumentError as error:
        raise pytest.UsageError(f"{label}{_bounded(error)}") from None
    except AsyncAPIError as error:
        raise pytest.UsageError(f"{label}{error}") from None


def _bounded(error: DocumentError) -> str:
    """Return the text of an error, the first problems of it where it has many."""
    head, *lines = str(error).split("\n  - ")
    more = len(lines) - _PROBLEMS
    if more <= 0:
        return str(error)
    return "\n  - ".join([head, *lines[:_PROBLEMS]]) + f"\n  and {more:,} more"


@contextlib.contextmanager
def _on_path(folder: str) -> Iterator[None]:
    """Put a folder on the import path, for good: the user's modules import more when they run."""
    import sys

    if folder not in sys.path:
        sys.path.insert(0, folder)
    yield
