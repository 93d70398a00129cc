"""References: `$ref` inside the document and into files of its folder tree.

JSON Reference semantics: the siblings of `$ref` are ignored, and what it names takes its place.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from pytest_asyncapi_sse.document.files import Files, is_remote, near, remote_problem
from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.positions import index_of
from pytest_asyncapi_sse.document.problems import problem_of
from pytest_asyncapi_sse.errors import DocumentError, Location, Problem, shown
from pytest_asyncapi_sse.model import unescape

MAX_CHAIN = 100
MAX_NESTING = 20
MAX_STEPS = 250_000
_MAX_ADVISED = 100


class Dangling(Exception):
    """Raised where a reference does not arrive; `is_remote` where it only isn't followed."""

    def __init__(self, problems: Iterable[Problem], *, is_remote: bool = False) -> None:
        self.problems = tuple(problems)
        self.is_remote = is_remote
        super().__init__(self.problems)


class Resolver:
    """Follow references and remember where each one leads."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._targets: dict[tuple[str, str], Node] = {}
        self._active: list[tuple[str, str]] = []
        self._steps = 0
        self._advised = 0

    def trail(self, node: Node) -> list[Node]:
        """Return the node and all that its chain of references passes; the last one is no `$ref`.

        Raises Dangling where the chain is broken, remote, or comes back to where it was.
        """
        trail = [node]
        seen = {node.key}
        while trail[-1].reference is not None:
            if len(trail) > MAX_CHAIN:
                raise self._broken(node, f"leads into a chain of more than {MAX_CHAIN} references")
            self.spend()
            target = self.target(trail[-1])
            if target.key in seen:
                raise self._broken(trail[-1], "comes back to itself and never arrives")
            seen.add(target.key)
            trail.append(target)
        return trail

    def follow(self, node: Node) -> Node:
        """Return the node that a chain of references arrives at; raises Dangling."""
        return node if node.reference is None else self.trail(node)[-1]

    def target(self, node: Node) -> Node:
        """Return what one `$ref` names, which may be a reference again; raises Dangling."""
        known = self._targets.get(node.key)
        if known is not None:
            return known
        if node.key in self._active:
            raise self._broken(node, "leads through itself and never arrives")
        if len(self._active) >= MAX_NESTING:
            raise self._broken(node, f"leads through more than {MAX_NESTING} other references")
        self._active.append(node.key)
        try:
            target = self._resolved(node)
        finally:
            self._active.pop()
        self._targets[node.key] = target
        return target

    def spend(self, steps: int = 1) -> None:
        """Count work that references multiply: each may name what many others name as well.

        Raises Dangling once it is more than the bound, always with the same problem.
        """
        self._steps += steps
        if self._steps > MAX_STEPS:
            message = f"the references of the document lead to more than {MAX_STEPS:,} values"
            advice = "They name the same values over and over: let them name fewer."
            raise Dangling((problem_of(message, advice=advice),))

    def locate(self, node: Node) -> Location:
        """Return the place of a node."""
        return self._files.locate(node.file.name, node.pointer)

    def _resolved(self, node: Node) -> Node:
        reference = node.reference or ""
        if is_remote(reference):
            raise Dangling((remote_problem(reference, self._place(node)),), is_remote=True)
        path, _, fragment = reference.partition("#")
        is_elsewhere = path and urlsplit(path).path
        root = self._root(node, path) if is_elsewhere else Node(node.file.data, node.file)
        pointer = unquote(fragment)
        if pointer and not pointer.startswith("/"):
            message = f"the $ref {shown(reference, 120)} has a fragment that is no JSON pointer"
            advice = "Write it as '#/...'; refs by $id and $anchor are not supported yet."
            raise Dangling((problem_of(message, self._place(node), advice),))
        return self._walked(root, pointer, node)

    def _root(self, node: Node, path: str) -> Node:
        try:
            file = self._files.open_beside(node.file, path)
        except DocumentError as error:
            place = self._place(node)
            problems = (
                problem_of(problem.message, problem.location or place, problem.advice)
                for problem in error.problems
            )
            raise Dangling(problems) from None
        return Node(file.data, file)

    def _walked(self, node: Node, pointer: str, origin: Node) -> Node:
        tokens = [unescape(token) for token in pointer.split("/")[1:]]
        while tokens:
            node = self.follow(node)
            taken = _taken(node, tokens)
            if taken is None:
                advice = self._near(node, tokens[0])
                raise self._broken(origin, f"names nothing in {node.file.name}", advice)
            token, count = taken
            node = node.child(token)
            tokens = tokens[count:]
        return node

    def _near(self, node: Node, token: str) -> str:
        self._advised += 1
        # Nobody reads the hundredth suggestion, and each takes a search over all the names.
        names = node.value if node.is_object and self._advised <= _MAX_ADVISED else ()
        return near(token, names) or f"There is no {shown(token, 80)} in it."

    def _broken(self, node: Node, what: str, advice: str = "") -> Dangling:
        message = f"the $ref {shown(node.reference, 200)} {what}"
        return Dangling((problem_of(message, self._place(node), advice),))

    def _place(self, node: Node) -> Location:
        return self._files.locate(node.file.name, f"{node.pointer}/$ref")


def _taken(node: Node, tokens: list[str]) -> tuple[str | int, int] | None:
    """Return the child that the tokens lead to and how many of them it takes."""
    first = tokens[0]
    if isinstance(node.value, list):
        index = index_of(first, node.value)
        return None if index is None else (index, 1)
    if not isinstance(node.value, dict):
        return None
    # Real documents leave the / of a channel's key unescaped, so longer keys are tried too.
    for count in range(1, len(tokens) + 1):
        key = "/".join(tokens[:count])
        if key in node.value:
            return key, count
    return None
