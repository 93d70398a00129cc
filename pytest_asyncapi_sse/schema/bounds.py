"""Bounds: how large a payload is generated, and how long one is searched for, in counted steps."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_asyncapi_sse.errors import DocumentError

MOST_CHARACTERS = 100_000
MOST_ITEMS = 5_000
MOST_VALUES = 20_000
MOST_BRANCHES = 2**17
DEEPEST = 65

# Levels below the root that are drawn; what must be deeper is built.
DEEPEST_DRAWN = 16

# What is larger is not drawn value by value: it is filled with what was drawn or built before.
LISTED = 30

SIZES: Mapping[str, int] = {
    "minItems": MOST_ITEMS,
    "minLength": MOST_CHARACTERS,
    "minProperties": MOST_ITEMS,
}

_MOST_STEPS = 60_000


class NoPayloadFound(DocumentError):
    """Raised where no payload was found, which does not mean that there is none.

    The search ended at a bound, or it tried what it has without success.
    """


def too_large(keyword: str, size: int) -> tuple[str, str] | None:
    """Return the keyword and the words for a size above its bound, None for one that is not."""
    most = SIZES[keyword]
    if size <= most:
        return None
    return keyword, f"payloads of this size are not generated: {keyword} is {size}, at most {most}"


class Steps:
    """Count the steps of a search."""

    def __init__(self, most: int = _MOST_STEPS) -> None:
        self.most = most
        self.taken = 0

    @property
    def are_used_up(self) -> bool:
        """Whether none is left."""
        return self.taken > self.most

    def take(self, count: int = 1) -> None:
        """Count some steps."""
        self.taken += count
