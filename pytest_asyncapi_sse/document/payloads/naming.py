"""Names: what the schemas are called that a bundle takes in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.model import unescape

_READABLE = re.compile(r"[^A-Za-z0-9._-]+")


class Names:
    """Give each schema a name of its own, apart from those that are taken already."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)
        self._given: dict[tuple[str, str], str] = {}
        self._counts: dict[str, int] = {}

    def known(self, target: Node) -> str | None:
        """Return the name of a schema that has one."""
        return self._given.get(target.key)

    def give(self, target: Node) -> str:
        """Return a new name for a schema, after its place or its file."""
        stem = PurePosixPath(target.file.name).stem
        plain = _READABLE.sub("_", unescape(target.last_token) or stem).strip("_") or "schema"
        name, count = plain, self._counts.get(plain, 1)
        while name in self._taken:
            count += 1
            name = f"{plain}_{count}"
        self._counts[plain] = count
        self._taken.add(name)
        self._given[target.key] = name
        return name
