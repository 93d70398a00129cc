"""Nodes: a value of a document together with the place where it was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pytest_asyncapi_sse.document.sources.files import File
from pytest_asyncapi_sse.model import escape


# Not frozen, which takes three times as long: reading makes a node for most values.
@dataclass(slots=True, eq=False)
class Node:
    """Hold a value of a file and the JSON pointer that leads to it; nothing changes it.

    A value that traits were merged into has `parts`: its children, each from where it was written.
    """

    value: Any
    file: File
    pointer: str = ""
    parts: Mapping[str, Node] | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What makes two nodes the same one: the file's `id` and the pointer."""
        return self.file.id, self.pointer

    @property
    def is_object(self) -> bool:
        """Whether the value is an object."""
        return isinstance(self.value, dict)

    @property
    def reference(self) -> str | None:
        """The text of its `$ref`, None where the value is no reference."""
        if not isinstance(self.value, dict):
            return None
        ref = self.value.get("$ref")
        return ref if isinstance(ref, str) else None

    @property
    def last_token(self) -> str:
        """The last token of the pointer, still escaped; empty for a whole file."""
        return self.pointer.rpartition("/")[2]

    def child(self, token: str | int) -> Node:
        """Return the child of that key or index, which must be there."""
        if self.parts is not None and token in self.parts:
            return self.parts[str(token)]
        name = str(token)
        # Most tokens hold nothing to escape, and asking so is the cheapest.
        pointer = f"{self.pointer}/{name if name.isalnum() else escape(name)}"
        return Node(self.value[token], self.file, pointer)

    def get(self, key: str) -> Node | None:
        """Return the child of that key; None where there is none, or where it is null."""
        value = self.value
        return None if not isinstance(value, dict) or value.get(key) is None else self.child(key)

    def children(self) -> Iterator[tuple[str, Node]]:
        """Iterate over the keys of an object, or the indices of a list, and their nodes."""
        keys = self.value if isinstance(self.value, dict) else range(len(self.value))
        child = self.child
        for key in keys:
            yield str(key), child(key)

    def missing(self, key: str) -> Node:
        """Return the node that a key would have, to name it in a problem."""
        return replace(self, value=None, pointer=f"{self.pointer}/{escape(key)}", parts=None)
