"""The reader: checked access to nodes, and the one place where problems and findings gather."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.problems import near, problem_of
from pytest_asyncapi_sse.document.references import Dangling, Resolver
from pytest_asyncapi_sse.document.sources.files import Files
from pytest_asyncapi_sse.errors import Problem, Severity, Violation, shown
from pytest_asyncapi_sse.model import Origin

DANGLING = "dangling-ref"
INVALID = "invalid-document"
LENIENT = "lenient-ref"
WRONG_TYPE = "wrong-type"
# These stand at an object, and say what is wrong with a value of it.
_OF_A_VALUE = frozenset({"bad-correlation-id"})

_MAX_ADVISED = 100
_SHOWN = 60
_SHOWN_NAME = 80


@dataclass(frozen=True, slots=True)
class Scope:
    """Say what a problem touches: a channel, or the whole document where that is empty.

    With a `severity` it touches less than a stream: it refuses nothing and becomes a finding.
    """

    channel: str = ""
    severity: Severity | None = None

    def refuses(self, harmless: Container[str]) -> bool:
        """Whether a problem refuses the document, given the channels that are no streams."""
        return self.severity is None and self.channel not in harmless


@dataclass(frozen=True, slots=True)
class _Noted:
    """Hold a finding or a problem whose line and column nobody has asked for yet."""

    place: tuple[str, str]
    code: str
    text: str
    advice: str
    scope: Scope
    message: str = ""


class Reader:
    """Read the nodes of one document; a wrong one is reported, and reading goes on without it.

    What is wrong is kept with what it touches; only the loader, which knows the streams, decides
    which of it refuses the document and which of it is a finding.
    """

    def __init__(self, files: Files) -> None:
        self.resolver = Resolver(files, self._find_lenient)
        self._noted: set[tuple[tuple[str, str], str]] = set()
        self.plain_schemas: set[tuple[str, str]] = set()
        self._files = files
        self._reports: dict[_Noted, None] = {}
        self._located: dict[tuple[Problem, str, Scope], None] = {}
        self._findings: dict[_Noted, None] = {}
        self._scope = Scope()
        self._advised = 0

    def problems(self, harmless: Container[str] = ()) -> tuple[Problem, ...]:
        """Return the problems that refuse the document, each once, in the order of their places.

        Those of the channels in `harmless`, which are no streams, refuse nothing.
        """
        found = [self._problem(item) for item in self._reports if item.scope.refuses(harmless)]
        found += [item for item, _, scope in self._located if scope.refuses(harmless)]
        return tuple(sorted(dict.fromkeys(found), key=_place))

    def findings(self, streams: Container[str]) -> tuple[Violation, ...]:
        """Return all that is wrong with a document that was not refused, by its places, each once.

        What was met later than that, in channels that are no streams, is among it. What would make
        a stream's verdict unreliable is advice in a channel that is none.
        """
        found = [self._violation(item) for item in (*self._findings, *self._reports)]
        found += [_violation_of(*item) for item in self._located]
        found = [
            replace(item, severity="advice")
            if item.channel and item.channel not in streams
            else item
            for item in found
        ]
        by_text = {(item.code, item.summary, item.location): item for item in reversed(found)}
        return tuple(sorted(_told_once(by_text.values()), key=_place))

    def within(self, channel: str) -> Any:
        """Attach what the block finds and reports to a channel."""
        return self._scoped(Scope(channel))

    def aside(self, severity: Severity = "advice") -> Any:
        """Have the block's problems refuse nothing, being findings of this severity."""
        return self._scoped(Scope(self._scope.channel, severity))

    @contextmanager
    def _scoped(self, scope: Scope) -> Iterator[None]:
        before, self._scope = self._scope, scope
        try:
            yield
        finally:
            self._scope = before

    def origin(self, node: Node) -> Origin:
        """Return where a node was written, its line looked up when it is asked for."""
        return Origin(node.file.id, node.pointer, self._files.locate)

    def problem(self, node: Node, message: str, advice: str = "") -> Problem:
        """Build a problem that stands at a node, without reporting it."""
        return problem_of(message, self._files.locate(*node.key), advice)

    def report(self, node: Node, message: str, advice: str = "", *, code: str = INVALID) -> None:
        """Report that something is wrong at a node."""
        self._reports[_Noted(node.key, code, message, advice, self._scope)] = None

    def report_all(self, problems: Iterable[Problem], *, code: str = INVALID) -> None:
        """Report problems that were built already."""
        self._located.update(dict.fromkeys((item, code, self._scope) for item in problems))

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
        scope = Scope(self._scope.channel, severity)
        self._findings[_Noted(node.key, code, summary, advice, scope, message)] = None
        self._noted.add((node.key, code))

    def affords(self, steps: int) -> bool:
        """Whether so many more values are within the bound; reported where they are not."""
        try:
            self.resolver.spend(steps)
        except Dangling as dangling:
            self.report_all(dangling.problems, code=DANGLING)
            return False
        return True

    def near(self, name: str, names: Any) -> str:
        """Return advice that names what is nearest to a misspelt name, or none."""
        self._advised += 1
        # Nobody reads the hundredth suggestion, and each takes a search over all the names.
        return near(name, names) if self._advised <= _MAX_ADVISED else ""

    def is_noted(self, node: Node, *codes: str) -> bool:
        """Whether a finding of one of the codes stands at a node already."""
        return any((node.key, code) in self._noted for code in codes)

    def _find_lenient(self, node: Node, reference: str, read_as: str) -> None:
        self.find(
            node,
            LENIENT,
            f"{reference} is read as {shown(read_as, 200)}",
            advice="Other tools may not find it: write it so.",
        )

    def follow(self, node: Node) -> Node | None:
        """Follow the references of a node; None, reported, where they don't arrive."""
        try:
            return self.resolver.follow(node)
        except Dangling as dangling:
            self.report_all(dangling.problems, code=DANGLING)
            return None

    def peek(self, node: Node) -> Node | None:
        """Follow the references of a node; None, unreported, where they don't arrive."""
        try:
            return self.resolver.follow(node)
        except Dangling:
            return None

    def peek_target(self, node: Node) -> Node | None:
        """Return what the reference at a node names, which may be one; None, unreported, else."""
        try:
            return self.resolver.target(node)
        except Dangling:
            return None

    def trail(self, node: Node) -> list[Node]:
        """Return a node and all that its references pass; empty, reported, where they break."""
        try:
            return self.resolver.trail(node)
        except Dangling as dangling:
            self.report_all(dangling.problems, code=DANGLING)
            return []

    def mapping(self, node: Node | None) -> Node | None:
        """Return the object at a node, its references followed; None, reported, for others."""
        # Most nodes are just that, or are not there.
        if node is None or (type(node.value) is dict and "$ref" not in node.value):
            return node
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
        what = what if len(what) <= _SHOWN_NAME else f"{what[:_SHOWN_NAME]}..."
        message = f"{what} is {described(node.value)}, expected {expected}"
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
        if node is not None and node.reference is not None:
            self.expected(node, f"{expected}, and its $ref leads to {described(found.value)}")
        else:
            self.expected(found, expected)
        return None

    def _problem(self, item: _Noted) -> Problem:
        return problem_of(item.text, self._files.locate(*item.place), item.advice)

    def _violation(self, item: _Noted) -> Violation:
        problem = Problem(item.text, self._files.locate(*item.place), item.advice)
        return replace(_violation_of(problem, item.code, item.scope), message=item.message)


def _violation_of(problem: Problem, code: str, scope: Scope) -> Violation:
    return Violation(
        code=code,
        summary=problem.message.removesuffix("."),
        severity=scope.severity or "advice",
        channel=scope.channel,
        location=problem.location,
        advice=problem.advice,
    )


def _told_once(findings: Iterable[Violation]) -> list[Violation]:
    """Return the findings without those of a wrong type where another one says more of it."""
    findings = list(findings)
    places = {_pointer(item) for item in findings if item.code != WRONG_TYPE}
    above = {_pointer(item) for item in findings if item.code in _OF_A_VALUE}

    def is_told(item: Violation) -> bool:
        file, pointer = _pointer(item)
        return (file, pointer) in places or (file, pointer.rpartition("/")[0]) in above

    return [item for item in findings if item.code != WRONG_TYPE or not is_told(item)]


def _pointer(item: Violation) -> tuple[str, str]:
    return ("", "") if item.location is None else (item.location.file, item.location.pointer)


def _place(item: Problem | Violation) -> tuple[str, int, int]:
    location = item.location
    return ("", 0, 0) if location is None else (location.file, location.line, location.column)


def described(value: Any) -> str:
    """Say what a value is, in a message that goes on with what was expected."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return shown(value, _SHOWN)
