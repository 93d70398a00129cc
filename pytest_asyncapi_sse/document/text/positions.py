"""Positions: the line and the column of a JSON pointer, looked up when somebody asks."""

from __future__ import annotations

from pytest_asyncapi_sse.document.text.tree import TreeBuilder
from pytest_asyncapi_sse.model import unescape

_MAX_DIGITS = 20


class Positions:
    """Answer where the nodes of one text stand."""

    def __init__(self, builder: TreeBuilder) -> None:
        self._builder = builder

    def find(self, pointer: str) -> tuple[int, int]:
        """Return line and column, from 1, of a mapping's key or a sequence's item.

        A pointer that leads nowhere gets the place of the last node on its way that is there.
        """
        value, mark = self._builder.root, self._builder.root_mark
        for token in pointer.split("/")[1:]:
            step = _step(value, unescape(token))
            if step is None:
                break
            mark = self._builder.marks.get(id(value), {}).get(step, mark)
            value = value[step]
        return (1, 1) if mark is None else (mark.line + 1, mark.column + 1)


def _step(value: object, token: str) -> str | int | None:
    if isinstance(value, dict):
        return token if token in value else None
    return index_of(token, value) if isinstance(value, list) else None


def index_of(token: str, items: list[object]) -> int | None:
    """Return the index that a token of a JSON pointer names; None where there is no such item."""
    # Python refuses to read a number of thousands of digits.
    if not token.isdecimal() or len(token) > _MAX_DIGITS:
        return None
    index = int(token)
    return index if index < len(items) else None
