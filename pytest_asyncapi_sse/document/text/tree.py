"""The tree builder: plain data from parser events, bounded, without recursion.

YAML and JSON texts feed it alike. It records where keys and items stand only when it is asked to,
because a good document never needs that.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, NoReturn, Protocol

from pytest_asyncapi_sse.document.problems import problem_of
from pytest_asyncapi_sse.errors import DocumentError, Location, Problem, shown
from pytest_asyncapi_sse.model import escape

MAX_DEPTH = 200
MAX_VALUES = 500_000
MAX_EXPANSION = 1_000_000

MERGE_KEY = "<<"


def too_deep() -> str:
    """Say that values are nested deeper than is read."""
    return f"the values are nested deeper than {MAX_DEPTH} levels"


def too_many_values() -> str:
    """Say that a text has more values than are read."""
    return f"the text has more than {MAX_VALUES:,} values"


def too_many_digits(digits: int) -> str:
    """Say that a whole number has more digits than Python turns into one."""
    return f"the number has {digits:,} digits, more than {sys.get_int_max_str_digits():,}"


class Mark(Protocol):
    """Tell a place in a text, line and column count from 0."""

    @property
    def line(self) -> int: ...

    @property
    def column(self) -> int: ...


class TreeBuilder:
    """Collect plain data; `root` holds it once the outermost value is closed.

    With `marked`, `marks` maps the identity of each container to the marks of its keys or items,
    so that a value which several aliases share is recorded once. `expects_key` says whether the
    next scalar is a key of a mapping.
    """

    def __init__(self, file: str, *, marked: bool = False) -> None:
        self.file = file
        self.marked = marked
        self.root: Any = None
        self.roots = 0
        self.root_mark: Mark | None = None
        self.marks: dict[int, dict[str | int, Mark]] = {}
        self.problems: list[Problem] = []
        self.expects_key = False
        self._stack: list[_Open] = []
        self._anchors: dict[str, _Anchored | None] = {}
        self._expanded = 0
        self._kept: list[Any] = []
        self._values = 0

    @property
    def is_open(self) -> bool:
        """Whether a mapping or a sequence has begun and not ended."""
        return bool(self._stack)

    def open(self, container: Any, mark: Mark, *, anchor: str | None = None) -> None:
        """Begin a mapping or a sequence."""
        if self.expects_key:
            self.stop("a key is a collection, expected a plain value", mark)
        if len(self._stack) >= MAX_DEPTH:
            self.stop(too_deep(), mark)
        frame = _Open(container, mark, anchor)
        self._stack.append(frame)
        self.expects_key = frame.is_mapping
        if anchor is not None:
            self._anchors[anchor] = None
        if self.marked:
            self.marks[id(container)] = {}
            # Without a reference of our own, a replaced value could hand its id to another.
            self._kept.append(container)

    def close(self) -> None:
        """End the innermost mapping or sequence."""
        top = self._stack.pop()
        if top.merges is not None:
            self._merge(top)
        if top.anchor is not None:
            self._anchors[top.anchor] = _Anchored(top.container, top.size, top.height)
        self._add(top.container, top.mark, top.size, top.height)

    def scalar(self, value: Any, mark: Mark, *, anchor: str | None = None) -> None:
        """Add a value that holds no others."""
        if anchor is not None:
            self._anchors[anchor] = _Anchored(value, 1, 0)
        self._add(value, mark, 1, 0)

    def key(self, name: str, mark: Mark, *, merges: bool = False) -> None:
        """Name the value that comes next in the mapping; `merges` says that it is a merge key."""
        top = self._stack[-1]
        top.key, top.key_mark, top.merging = name, mark, merges
        self.expects_key = False
        twice = top.merges is not None if merges else name in top.container
        if twice:
            self._report_duplicate(top, name, mark)

    def alias(self, anchor: str, mark: Mark) -> None:
        """Add the value that an anchor names once more; it is shared, not copied."""
        if anchor not in self._anchors:
            self.stop(f"the alias *{anchor} names no anchor", mark, advice=f"Add &{anchor} above.")
        known = self._anchors[anchor]
        if known is None:
            self.stop(f"the alias *{anchor} stands inside the value that it names", mark)
        if self.expects_key:
            if isinstance(known.value, dict | list):
                self.stop("a key is a collection, expected a plain value", mark)
            self.key(_key_text(known.value), mark)
            return
        self._expanded += known.size
        if self._expanded > MAX_EXPANSION:
            self.stop(f"the aliases expand to more than {MAX_EXPANSION:,} values", mark)
        if len(self._stack) + known.height > MAX_DEPTH:
            self.stop(f"the aliases nest deeper than {MAX_DEPTH} levels", mark)
        self._add(known.value, mark, known.size, known.height)

    def anchor_key(self, anchor: str, value: Any) -> None:
        """Remember an anchor that stands on a key."""
        self._anchors[anchor] = _Anchored(value, 1, 0)

    def report(self, message: str, mark: Mark, *, advice: str = "") -> None:
        """Note a problem and go on."""
        self.problems.append(problem_of(message, self._location(mark), advice))

    def stop(self, message: str, mark: Mark, *, advice: str = "") -> NoReturn:
        """Give up: what follows would be a consequence of this problem."""
        self.report(message, mark, advice=advice)
        raise DocumentError(self.problems)

    def _location(self, mark: Mark) -> Location:
        pointer = "".join("/" + escape(token) for token in self._path())
        return Location(self.file, mark.line + 1, mark.column + 1, pointer)

    def _path(self) -> Iterator[str]:
        for frame in self._stack:
            if isinstance(frame.container, list):
                yield str(len(frame.container))
            elif frame.key is not None:
                yield frame.key

    def _report_duplicate(self, top: _Open, name: str, mark: Mark) -> None:
        first = self.marks.get(id(top.container), {}).get(name)
        where = "" if first is None else f", first on line {first.line + 1}"
        self.report(
            f"the key {shown(name, 80)} stands twice in one object{where}",
            mark,
            advice="Remove or rename one of them.",
        )

    def _add(self, value: Any, mark: Mark, size: int, height: int) -> None:
        self._values += 1
        if self._values > MAX_VALUES:
            self.stop(too_many_values(), mark)
        if not self._stack:
            self.root, self.root_mark = value, mark
            self.roots += 1
            self.expects_key = False
            return
        top = self._stack[-1]
        top.size += size
        if height >= top.height:
            top.height = height + 1
        if not top.is_mapping:
            if self.marked:
                self.marks[id(top.container)][len(top.container)] = mark
            top.container.append(value)
            self.expects_key = False
            return
        key, top.key = top.key, None
        self.expects_key = True
        if self.marked and top.key_mark is not None:
            self.marks[id(top.container)][key or ""] = top.key_mark
        if top.merging:
            top.merges, top.merging = self._sources(value, mark), False
        else:
            top.container[key] = value

    def _sources(self, value: Any, mark: Mark) -> list[dict[str, Any]]:
        sources = value if isinstance(value, list) else [value]
        if not all(isinstance(source, dict) for source in sources):
            self.stop(
                f"the merge key {MERGE_KEY} has {shown(value, 60)}, expected an object or a list "
                "of objects",
                mark,
            )
        return sources

    def _merge(self, top: _Open) -> None:
        marks = self.marks.get(id(top.container), {})
        for source in top.merges or ():
            for key, value in source.items():
                if key in top.container:
                    continue
                top.container[key] = value
                mark = self.marks.get(id(source), {}).get(key)
                if mark is not None:
                    marks[key] = mark


def _key_text(value: Any) -> str:
    """Return a scalar as it is written where it is a key."""
    if isinstance(value, bool):
        return str(value).lower()
    return "null" if value is None else str(value)


class _Open:
    """Hold a collection that is still being read."""

    __slots__ = (
        "anchor",
        "container",
        "height",
        "is_mapping",
        "key",
        "key_mark",
        "mark",
        "merges",
        "merging",
        "size",
    )

    def __init__(self, container: Any, mark: Mark, anchor: str | None) -> None:
        self.container = container
        self.mark = mark
        self.anchor = anchor
        self.is_mapping = type(container) is dict
        self.key: str | None = None
        self.key_mark: Mark | None = None
        self.merging = False
        self.merges: list[dict[str, Any]] | None = None
        self.size = 1
        self.height = 0


class _Anchored:
    """Hold a finished value that aliases may name, with its expanded size and height."""

    __slots__ = ("height", "size", "value")

    def __init__(self, value: Any, size: int, height: int) -> None:
        self.value = value
        self.size = size
        self.height = height
