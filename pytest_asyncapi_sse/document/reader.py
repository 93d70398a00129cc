"""The reader: checked access to nodes, and the one place where problems and findings gather."""

from __future__ import annotations

from collections.abc import Container, Iterator
from contextlib import contextmanager
from typing import Any

from pytest_asyncapi_sse.document.files import Files
from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.problems import problem_of
from pytest_asyncapi_sse.document.references import Dangling, Resolver
from pytest_asyncapi_sse.errors import Location, Problem, Severity, Violation, shown
from pytest_asyncapi_sse.model import Origin

_SHOWN = 60


class Reader:
    """Read the nodes of one document; a wrong one is reported, and reading goes on without it."""

    def __init__(self, files: Files) -> None:
        self.resolver = Resolver(files, self._find_lenient)
        self._files = files
        self._problems: dict[Problem, None] = {}
        self._findings: dict[Violation, None] = {}
        self._channel = ""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All problems so far, each once, in the order of their places."""
        return tuple(sorted(self._problems, key=_place))

    def findings(self, *, without: Container[str] = ()) -> tuple[Violation, ...]:
        """Return the findings, each once, but for those of the channels to leave out."""
        return tuple(item for item in self._findings if item.channel not in without)

    @contextmanager
    def within(self, channel: str) -> Iterator[None]:
        """Attach the findings of the block to a channel."""
        self._channel = channel
        try:
            yield
        finally:
            self._channel = ""

    def origin(self, node: Node) -> Origin:
        """Return where a node was written, its line looked up when it is asked for."""
        return Origin(node.file.name, node.pointer, self._files.locate)

    def locate(self, node: Node) -> Location:
        """Return the line and column of a node now."""
        return self._files.locate(node.file.name, node.pointer)

    def problem(self, node: Node, message: str, advice: str = "") -> Problem:
        """Build a problem that stands at a node, without reporting it."""
        return problem_of(message, self.locate(node), advice)

    def report(self, node: Node, message: str, advice: str = "") -> None:
        """Report that something is wrong at a node."""
        self.report_all([self.problem(node, message, advice)])

    def report_all(self, problems: list[Problem] | tuple[Problem, ...]) -> None:
        """Report problems; one that was reported already counts once."""
        self._problems.update(dict.fromkeys(problems))

    def find(
        self,
        node: Node,
        code: str,
        summary: str,
        *,
        severity: Severity = "advice",
        message: str = "",
        advice: str = "",
    ) -> None:
        """Add a finding about the document that stands at a node."""
        finding = Violation(
            code=code,
            summary=summary,
            severity=severity,
            channel=self._channel,
            message=message,
            location=self.locate(node),
            advice=advice,
        )
        self._findings[finding] = None

    def _find_lenient(self, node: Node, reference: str, read_as: str) -> None:
        self.find(
            node,
            "lenient-ref",
            f"{reference} is read as {shown(read_as, 200)}",
            advice="Other tools may not find it: write it so.",
        )

    def follow(self, node: Node) -> Node | None:
        """Follow the references of a node; None, reported, where they don't arrive."""
        try:
            return self.resolver.follow(node)
        except Dangling as dangling:
            self.report_all(dangling.problems)
            return None

    def peek(self, node: Node) -> Node | None:
        """Follow the references of a node; None, unreported, where they don't arrive."""
        try:
            return self.resolver.follow(node)
        except Dangling:
            return None

    def trail(self, node: Node) -> list[Node]:
        """Return a node and all that its references pass; empty, reported, where they break."""
        try:
            return self.resolver.trail(node)
        except Dangling as dangling:
            self.report_all(dangling.problems)
            return []

    def mapping(self, node: Node | None) -> Node | None:
        """Return the object at a node, its references followed; None, reported, for others."""
        return self._collection(node, dict, "an object")

    def sequence(self, node: Node | None) -> Node | None:
        """Return the list at a node, its references followed; None, reported, for others."""
        return self._collection(node, list, "a list")

    def section(self, node: Node, key: str) -> dict[str, Node]:
        """Return the children of an object of named things; empty where there is none."""
        found = self.mapping(node.get(key))
        if found is None:
            return {}
        # An extension beside the named things is none of them, unless it looks like one.
        return {
            name: child
            for name, child in found.children()
            if child.is_object or not name.startswith("x-")
        }

    def items(self, node: Node, key: str) -> list[Node]:
        """Return the items of a list; empty where there is none."""
        found = self.sequence(node.get(key))
        return [] if found is None else [child for _, child in found.children()]

    def text(self, node: Node, key: str) -> str:
        """Return a text; empty where there is none."""
        child = node.get(key)
        if child is None:
            return ""
        if isinstance(child.value, str):
            return child.value
        self.expected(child, "a text", "Put it in quotes.")
        return ""

    def expected(self, node: Node, expected: str, advice: str = "") -> None:
        """Report a value of the wrong type."""
        what = node.last_token or "the document"
        message = f"{what} is {_described(node.value)}, expected {expected}"
        self.report(node, message, advice)

    def _collection(self, node: Node | None, kind: type, expected: str) -> Node | None:
        found = None if node is None else self.follow(node)
        if found is None:
            return None
        if found.is_object and "$ref" in found.value:
            self.expected(found.child("$ref"), "a reference as text")
            return None
        if isinstance(found.value, kind):
            return found
        self.expected(found, expected)
        return None


def _place(problem: Problem) -> tuple[str, int, int]:
    location = problem.location
    return ("", 0, 0) if location is None else (location.file, location.line, location.column)


def _described(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return shown(value, _SHOWN)
