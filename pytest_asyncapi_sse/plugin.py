"""pytest's face: options, configuration, collection and the report. Nothing heavy is imported."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_asyncapi_sse import fixtures
from pytest_asyncapi_sse.client_settings import add_client_settings
from pytest_asyncapi_sse.errors import hides_frame
from pytest_asyncapi_sse.fixtures import FACTORIES, RUN, override_of, run_of
from pytest_asyncapi_sse.options import add_options, is_url
from pytest_asyncapi_sse.policy_settings import add_policy_settings
from pytest_asyncapi_sse.selection import Selection, node_name
from pytest_asyncapi_sse.session import OVERRIDES, marked_source

if TYPE_CHECKING:
    from pytest_asyncapi_sse.collector import DocumentFile

__tracebackhide__ = hides_frame

_MARKER = (
    "asyncapi(document): the AsyncAPI document of a test, beside its file or under the rootdir"
)
_OVERRIDES = {
    "server": ("asyncapi_url", "asyncapi_app"),
    "client": ("asyncapi_client",),
    "payloads": ("asyncapi_payloads",),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the options and ini settings."""
    add_options(parser)
    add_policy_settings(parser)
    add_client_settings(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Check the options, load the documents, import the targets; contact nothing yet."""
    config.addinivalue_line("markers", _MARKER)
    config.pluginmanager.register(fixtures, "asyncapi_sse_fixtures")
    run = run_of(config)
    if run.options.active:
        from pytest_asyncapi_sse import item_fixtures

        run.prepare()
        config.pluginmanager.register(item_fixtures, "asyncapi_sse_item_fixtures")
        config.pluginmanager.register(_Gate(config), "asyncapi_sse_gate")
    elif run.options.require is not None:
        raise pytest.UsageError("--asyncapi-require needs a document: give --asyncapi SPEC too")
    else:
        run.read_settings(None)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Give back what the run still holds."""
    run = config.stash.get(RUN, None)
    if run is not None:
        run.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Hand the document of a marked test to the fixture `asyncapi`."""
    marker = metafunc.definition.get_closest_marker("asyncapi")
    if marker is not None and "asyncapi" in metafunc.fixturenames:
        source = marked_source(metafunc.definition, marker)
        case = pytest.param(source, id=pytest.HIDDEN_PARAM)
        metafunc.parametrize("asyncapi", [case], indirect=True, scope="session")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have the overridable fixtures set up in time for tests that use a factory."""
    for item in items:
        names = getattr(item, "fixturenames", [])
        if FACTORIES.intersection(names):
            names.extend(name for name in OVERRIDES if name not in names)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Let a factory that a fixture calls ask that fixture's own request for the overrides."""
    __tracebackhide__ = True
    run = run_of(request.config)
    run.requests.append(request)
    try:
        value = yield
    finally:
        run.requests.pop()
    if fixturedef.argname == "asyncapi_app":
        run.hosts.owners[id(fixturedef)] = value
    return value


def pytest_fixture_post_finalizer(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> None:
    """Stop serving an application when the fixture that made it ends."""
    if fixturedef.argname == "asyncapi_app":
        run_of(request.config).hosts.close_owned(id(fixturedef))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Let a factory that a test calls ask the test's request for the overrides."""
    request = getattr(item, "_request", None)
    if request is None:
        return (yield)
    requests = run_of(item.config).requests
    requests.append(request)
    try:
        return (yield)
    finally:
        requests.pop()


class _Gate:
    """Collect the documents and report on them; registered only where one is configured."""

    def __init__(self, config: pytest.Config) -> None:
        from pytest_asyncapi_sse.report.summary import Tally

        self.config = config
        self.run = run_of(config)
        self.tally = Tally()
        self.selection = Selection(config, map(node_name, self._urls().values()))
        self.deselected = 0
        self.stale: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """Take the node ids of documents from URLs for ours."""
        self.selection.take()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep what such node ids name."""
        self.selection.narrow(items)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Add the documents to what the session collects."""
        report = yield
        if isinstance(collector, pytest.Session):
            report.result = [*(report.result or []), *self._documents(collector)]
        return report

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> DocumentFile | None:
        """Collect a document that is an argument itself, a pasted node id among them."""
        session = parent.session
        if str(file_path) not in self.run.options.documents or not session.isinitpath(file_path):
            return None
        return self._collector(session, str(file_path))

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """Remember that something was left out of the run."""
        self.deselected += len(items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what a process of pytest-xdist left out."""
        self.deselected += getattr(node, "workeroutput", {}).get(_DESELECTED, 0)

    def pytest_report_header(self) -> list[str]:
        """Say what is under test."""
        return list(self._header())

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count one item, on the process that reports."""
        if report.when != "call" and report.outcome == "passed":
            return
        if report.when == "teardown":
            return
        from pytest_asyncapi_sse.contract.names import (
            ADVICE,
            EVENTS,
            NOT_CLAIMED,
            PEER,
            SIDE,
            read_ignored,
        )

        properties = report.user_properties
        side = next((str(value) for name, value in properties if name == SIDE), None)
        self.tally.add(
            side=side,
            outcome=report.outcome,
            peers=[str(value) for name, value in properties if name == PEER],
            events=sum(int(str(value)) for name, value in properties if name == EVENTS),
            advice=[str(value) for name, value in properties if name == ADVICE],
            ignored=read_ignored(properties),
            judged=_judged(report, side),
            not_claimed=[str(value) for name, value in properties if name == NOT_CLAIMED],
        )

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail the run where a required side was not tested; find what is ignored for nothing."""
        if hasattr(self.config, "workeroutput"):
            self.config.workeroutput[_DESELECTED] = self.deselected
        elif self._is_whole(session):
            self.stale = self._stale()
        if self._unmet() and session.exitstatus in _NOT_FAILED:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print the summary."""
        from pytest_asyncapi_sse.report.summary import summary

        verbose = self.config.option.verbose > 0
        lines = list(summary(self.tally, self._targets(), verbose=verbose, stale=self.stale))
        unmet = [] if self.config.option.collectonly else self._unmet_sides()
        if lines or unmet:
            terminalreporter.section("AsyncAPI", sep="-")
        for line in lines:
            terminalreporter.write_line(line)
        for side in unmet:
            terminalreporter.write_line(
                f"ERROR: --asyncapi-require {self.run.options.require}: no {side} of yours was"
                " tested",
                red=True,
            )

    def _is_whole(self, session: pytest.Session) -> bool:
        """Whether every test ran that is there, as far as can be known."""
        option = self.config.option
        left_out = ("collectonly", "keyword", "markexpr", "deselect", "lf", "ignore", "ignore_glob")
        return (
            self.config.args_source is not pytest.Config.ArgsSource.ARGS
            and self.run.has_all_documents
            and not self.deselected
            and not any(getattr(option, name, None) for name in left_out)
            and not (session.shouldstop or session.shouldfail)
            and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        )

    def _stale(self) -> list[str]:
        """Return the entries of `asyncapi_ignore` that matched nothing in a whole run."""
        if not self.run.policy.ignored:
            return []
        from pytest_asyncapi_sse.collector import NAMES
        from pytest_asyncapi_sse.report.stale import stale_entries

        documents = [self.run.documents[source] for source in self.run.options.documents]
        names = {str(side): items for side, items in NAMES.items()}
        return list(stale_entries(self.run.policy.ignored, self.tally, documents, names))

    def _documents(self, session: pytest.Session) -> Iterator[DocumentFile]:
        gate, urls = self.run.options.gate, self._urls()
        for source in self.run.options.documents:
            if source in urls:
                wanted = gate or self.selection.has(node_name(urls[source]))
            else:
                wanted = gate and not session.isinitpath(Path(source))
            if wanted:
                yield self._collector(session, source)

    def _urls(self) -> dict[str, str]:
        """Return the documents that come from URLs, each with its URL as it is shown."""
        documents = self.run.documents
        return {source: documents[source].source for source in documents if is_url(source)}

    def _collector(self, session: pytest.Session, source: str) -> DocumentFile:
        from pytest_asyncapi_sse.collector import DocumentFile

        return DocumentFile.of(session, source, self.run.load(source))

    def _header(self) -> Iterator[str]:
        from pytest_asyncapi_sse.report.header import document_lines

        for document in self.run.documents.values():
            yield from document_lines(document)
        targets = self._targets()
        if not self.run.options.gate:
            return
        narrowing = self._override("payloads")
        if narrowing is not None:
            yield f"asyncapi: payloads are narrowed by {narrowing}"
        if not any(targets.values()):
            yield (
                "asyncapi: nothing of yours is under test: no server, no client given;"
                " the generated pair test each other"
            )
            return
        for side, target in targets.items():
            yield f"asyncapi: {side} under test: {target or 'none'}"

    def _targets(self) -> dict[str, str | None]:
        options = self.run.options
        replayed = options.replay and f"the recordings in {os.path.relpath(options.replay)}"
        server = replayed or _masked(options.url) or options.app
        client = options.client or _masked(options.client_command)
        return {
            "server": server or self._override("server"),
            "client": self._override("client") or client,
        }

    def _override(self, what: str) -> str | None:
        """Return the fixture that a conftest.py overrides to give something."""
        found = override_of(self.config, *_OVERRIDES[what])
        if found is None:
            return None
        name, plugin = found
        file = getattr(plugin, "__file__", None)
        return f"the fixture {name} of {os.path.relpath(file) if file else 'a plugin'}"

    def _unmet(self) -> bool:
        if hasattr(self.config, "workerinput") or self.config.option.collectonly:
            return False
        return bool(self._unmet_sides())

    def _unmet_sides(self) -> list[str]:
        sides = self.tally.sides
        options = self.run.options
        # One test run from an editor stays one test, also where the ini file requires a side.
        if not options.gate and self.config.getoption("asyncapi_require") is None:
            return []
        return [s for s in ("server", "client") if options.requires(s) and not sides[s].ran]


_DESELECTED = "asyncapi_deselected"
_NOT_FAILED = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)


def _judged(report: pytest.TestReport, side: str | None) -> tuple[str, str, str] | None:
    """Return which item has judged all that it can: one that passed, and did not leave off."""
    from pytest_asyncapi_sse.contract.names import CHANNEL, PARTIAL

    properties = dict(report.user_properties)
    if side is None or report.outcome != "passed" or PARTIAL in properties:
        return None
    name = report.nodeid.rpartition("::")[2].partition("[")[0]
    return side, name, str(properties.get(CHANNEL, ""))


def _masked(url: str | None) -> str | None:
    if url is None:
        return None
    from pytest_asyncapi_sse.checks.evidence import masked

    return masked(url)
