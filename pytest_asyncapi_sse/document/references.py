"""References: `$ref` inside the document and into the files that it may reach.

JSON Reference semantics: the siblings of `$ref` are ignored, and what it names takes its place.
Files go before identifiers: what a reference names by its path is read where it is there, else a
schema with that `$id` is looked for. Nothing is ever fetched for the sake of an `$id`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from pytest_asyncapi_sse.document.identifiers import Identifiers
from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.problems import near, problem_of
from pytest_asyncapi_sse.document.sources.files import (
    Files,
    NotAllowed,
    is_remote,
    remote_problem,
    shown_reference,
)
from pytest_asyncapi_sse.document.text.positions import index_of
from pytest_asyncapi_sse.errors import DocumentError, Location, Problem, shown
from pytest_asyncapi_sse.model import escape, unescape

Note = Callable[[Node, str, str], None]

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


@dataclass(frozen=True, slots=True)
class _Reference:
    """Hold the text of a keyword that refers, and the node that has it."""

    node: Node
    keyword: str
    text: str

    def __str__(self) -> str:
        return f"the {self.keyword} {shown_reference(self.text)}"


@dataclass(frozen=True, slots=True)
class _Arrival:
    """Hold where a reference arrives; `read_as` is how it should have been written, if not so."""

    node: Node
    read_as: str = ""


@dataclass(frozen=True, slots=True)
class _Walk:
    """Hold how far the tokens of a pointer lead; `pointer` is the way so far, well written."""

    node: Node
    pointer: str
    rest: list[str]


class Resolver:
    """Follow references and remember where each one leads.

    `note` is told of each one that arrives only because it is read leniently: its node, the
    reference, and what it was read as.
    """

    def __init__(self, files: Files, note: Note) -> None:
        self.identifiers = Identifiers(files)
        self._files = files
        self._note = note
        self._targets: dict[tuple[str, str, str], _Arrival] = {}
        self._active: list[tuple[str, str, str]] = []
        self._steps = 0
        self._advised = 0

    def trail(self, node: Node) -> list[Node]:
        """Return the node and all that its chain of references passes; the last one is no `$ref`.

        Raises Dangling where the chain is broken, remote, or comes back to where it was.
        """
        if node.reference is None:
            return [node]
        trail = [node]
        seen = {node.key}
        while trail[-1].reference is not None:
            if len(trail) > MAX_CHAIN:
                message = f"leads into a chain of more than {MAX_CHAIN} references"
                raise self._broken(_reference(node, "$ref"), message)
            self.spend()
            target = self.target(trail[-1])
            if target.key in seen:
                raise self._broken(
                    _reference(trail[-1], "$ref"), "comes back to itself and never arrives"
                )
            seen.add(target.key)
            trail.append(target)
        return trail

    def follow(self, node: Node) -> Node:
        """Return the node that a chain of references arrives at; raises Dangling."""
        return node if node.reference is None else self.trail(node)[-1]

    def target(self, node: Node, keyword: str = "$ref") -> Node:
        """Return what one reference names, which may be a reference again; raises Dangling."""
        key = (*node.key, keyword)
        arrival = self._targets.get(key)
        if arrival is None:
            reference = _reference(node, keyword)
            own = self.identifiers.resource(node).root
            found = None if own.pointer else _plainly(own, reference.text)
            arrival = _Arrival(found) if found is not None else self._nested(key, reference, own)
            self._targets[key] = arrival
        if arrival.read_as:
            self._note(node, str(_reference(node, keyword)), arrival.read_as)
        return arrival.node

    def _nested(self, key: tuple[str, str, str], reference: _Reference, own: Node) -> _Arrival:
        """Resolve what may lead through other references, and so through itself."""
        if key in self._active:
            raise self._broken(reference, "leads through itself and never arrives")
        if len(self._active) >= MAX_NESTING:
            message = f"leads through more than {MAX_NESTING} other references"
            raise self._broken(reference, message)
        self._active.append(key)
        try:
            return self._resolved(reference, own)
        finally:
            self._active.pop()

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

    def _resolved(self, reference: _Reference, own: Node) -> _Arrival:
        written, _, fragment = reference.text.partition("#")
        path = written.replace("\\", "/")
        roots = [self._root(reference, path)] if _names_a_file(path) else [own]
        if roots == [own] and own.pointer:
            # In an AsyncAPI document, most writers count from the document all the same.
            roots.append(Node(own.file.data, own.file))
        node, pointer = self._in_root(reference, roots, fragment)
        right = unquote(fragment) if pointer is None else pointer
        if path == written and right == unquote(fragment):
            return _Arrival(node)
        # What was decoded already must not be decoded again.
        tail = f"#{right.replace('%', '%25')}" if right else ""
        return _Arrival(node, path + tail)

    def _root(self, reference: _Reference, path: str) -> Node:
        """Return what the part before the fragment names: a file, or a schema by its `$id`."""
        remote = is_remote(path)
        found = self._identified(reference, path) if remote else None
        if found is not None:
            return found
        try:
            return self._opened(reference, path)
        except Dangling:
            found = None if remote else self._identified(reference, path)
            found = found or self._copied(reference, path)
            if found is None:
                raise
            return found

    def _identified(self, reference: _Reference, path: str) -> Node | None:
        node = reference.node
        return self.identifiers.find(self.identifiers.joined(node, path), node.file)

    def _opened(self, reference: _Reference, path: str) -> Node:
        try:
            file = self._files.open_beside(reference.node.file, path)
        except DocumentError as error:
            raise self._dangling(reference, error) from None
        return Node(file.data, file)

    def _copied(self, reference: _Reference, path: str) -> Node | None:
        try:
            file = self._files.open_copy(self.identifiers.joined(reference.node, path))
        except DocumentError as error:
            raise self._dangling(reference, error) from None
        return None if file is None else Node(file.data, file)

    def _dangling(self, reference: _Reference, error: DocumentError) -> Dangling:
        place = self._place(reference)
        if isinstance(error, NotAllowed):
            subject = str(reference)
            if not is_remote(reference.text):
                subject += f" leads to {shown_reference(error.url)}, which"
            return Dangling([remote_problem(subject, error.url, place)], is_remote=True)
        return Dangling(
            problem_of(problem.message, problem.location or place, problem.advice)
            for problem in error.problems
        )

    def _in_root(
        self, reference: _Reference, roots: list[Node], fragment: str
    ) -> tuple[Node, str | None]:
        """Return what a fragment names in the first of the roots that has it.

        With it comes the pointer that leads there, None where it is an anchor.
        """
        strict = unquote(fragment)
        if strict and not strict.startswith("/"):
            named = self._anchored(reference, roots, strict)
            if named is not None:
                return named, None
        first: _Walk | None = None
        for pointer in _readings(fragment):
            for root in roots:
                walk = self._walked(root, pointer)
                if not walk.rest:
                    return walk.node, walk.pointer
                first = first or walk
        if first is None:
            raise self._unanchored(reference, roots[0], strict)
        raise self._missed(reference, first)

    def _anchored(self, reference: _Reference, roots: list[Node], name: str) -> Node | None:
        for root in roots:
            resource = self.identifiers.resource(root)
            found = self.identifiers.anchored(resource, name, reference.node)
            if len(found) > 1:
                places = " and ".join(str(self.locate(node)) for node in found[:5])
                message = f"names {len(found)} schemas, at {places}"
                raise self._broken(reference, message, "Give each an $anchor of its own.")
            if found:
                return found[0]
        return None

    def _walked(self, node: Node, pointer: str) -> _Walk:
        tokens = [unescape(token) for token in pointer.split("/")[1:]]
        way = ""
        while tokens:
            # What stands beside a $ref goes first: later drafts of JSON Schema let it count.
            taken = _taken(node, tokens)
            if taken is None and node.reference is not None:
                node = self.follow(node)
                taken = _taken(node, tokens)
            if taken is None:
                break
            token, count = taken
            node = node.child(token)
            way += f"/{escape(str(token))}"
            tokens = tokens[count:]
        return _Walk(node, way, tokens)

    def _missed(self, reference: _Reference, walk: _Walk) -> Dangling:
        advice = self._near(walk.node, walk.rest[0])
        return self._broken(reference, f"names nothing in {walk.node.file.name}", advice)

    def _near(self, node: Node, token: str) -> str:
        self._advised += 1
        # Nobody reads the hundredth suggestion, and each takes a search over all the names.
        names = node.value if node.is_object and self._advised <= _MAX_ADVISED else ()
        return near(token, names) or f"There is no {shown(token, 80)} in it."

    def _unanchored(self, reference: _Reference, root: Node, name: str) -> Dangling:
        names = self.identifiers.resource(root).anchors
        advice = near(name, names) or f"There is no $anchor {shown(name, 80)} in it."
        return self._broken(
            reference,
            f"names nothing in {root.file.name}",
            f"{advice} A JSON pointer starts with '#/'.",
        )

    def _broken(self, reference: _Reference, what: str, advice: str = "") -> Dangling:
        return Dangling((problem_of(f"{reference} {what}", self._place(reference), advice),))

    def _place(self, reference: _Reference) -> Location:
        node = reference.node
        return self._files.locate(node.file.name, f"{node.pointer}/{reference.keyword}")


def _plainly(root: Node, reference: str) -> Node | None:
    """Return what a pointer of plain keys names; None where it takes more to find it.

    Nearly all references of real documents are such ones.
    """
    if not reference.startswith("#/") or "%" in reference or "~" in reference:
        return None
    value = root.value
    for key in reference[2:].split("/"):
        if type(value) is not dict or key not in value:
            return None
        value = value[key]
    return Node(value, root.file, reference[1:])


def _reference(node: Node, keyword: str) -> _Reference:
    return _Reference(node, keyword, node.value[keyword])


def _names_a_file(path: str) -> bool:
    return bool(path) and (is_remote(path) or bool(urlsplit(path).path))


def _readings(fragment: str) -> Iterator[str]:
    """Return the pointers that a fragment may be meant as, the right one first.

    Real documents have keys that hold the escapes themselves, leave the first slash out, and end
    with a second `#`.
    """
    strict = unquote(fragment)
    if not strict or strict.startswith("/"):
        yield strict
    forms = (strict, fragment)
    if fragment != strict and fragment.startswith("/"):
        yield fragment
    for form in forms:
        bare = form.rstrip("#")
        if "/" in bare:
            yield f"/{bare.removeprefix('/')}"


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
