"""The selection: node ids of documents that come from a URL, given as arguments.

pytest takes an argument for a path and refuses one that is not there. So these arguments are taken
out before it collects, and what they name is chosen from the items.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

import pytest

from pytest_asyncapi_sse.errors import printable


def node_name(name: str) -> str:
    """Return a name for a node id, percent-encoded where pytest or a line would split the id."""
    # A colon at an end would make three of the two that part names.
    name = re.sub(r"%|::|^:|:$|[\[\]]", _encoded, name)
    return "".join(c if c.isprintable() else _encoded(c) for c in name)


def _encoded(found: str | re.Match[str]) -> str:
    text = found if isinstance(found, str) else found[0]
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))


class Selection:
    """Hold the node ids that were given of documents from URLs; `names` are those documents'."""

    def __init__(self, config: pytest.Config, names: Iterable[str]) -> None:
        self._config = config
        self._documents = {self._place(config.rootpath, name): name for name in names}
        self._chosen: list[str] = []

    def take(self) -> None:
        """Take the arguments that name such documents away from pytest."""
        left = []
        for argument in self._config.args:
            chosen = self._nodeid(argument)
            if chosen is None:
                left.append(argument)
            else:
                self._chosen.append(chosen)
        self._config.args[:] = left

    def has(self, name: str) -> bool:
        """Whether something of a document was given."""
        return any(chosen.partition("::")[0] == name for chosen in self._chosen)

    def narrow(self, items: list[pytest.Item]) -> None:
        """Leave out what was not chosen of a document; raises UsageError for what is not there."""
        if not self._chosen:
            return
        for chosen in self._chosen:
            if not any(_is_within(item.nodeid, chosen) for item in items):
                raise pytest.UsageError(f"not found: {printable(chosen)}")
        left_out = [item for item in items if not self._keeps(item.nodeid)]
        items[:] = [item for item in items if self._keeps(item.nodeid)]
        if left_out:
            self._config.hook.pytest_deselected(items=left_out)

    def _keeps(self, nodeid: str) -> bool:
        if not self.has(nodeid.partition("::")[0]):
            return True
        return any(_is_within(nodeid, chosen) for chosen in self._chosen)

    def _nodeid(self, argument: str) -> str | None:
        """Return the node id that an argument gives, also as pytest prints it in a subfolder."""
        name, colons, rest = argument.partition("::")
        if name not in self._documents.values():
            place = self._place(self._config.invocation_params.dir, name)
            if place not in self._documents:
                return None
            name = self._documents[place]
        return f"{name}{colons}{rest}"

    @staticmethod
    def _place(folder: os.PathLike[str], name: str) -> str:
        return os.path.normpath(os.path.join(folder, name))  # noqa: PTH118


def _is_within(nodeid: str, chosen: str) -> bool:
    return nodeid == chosen or nodeid.startswith((f"{chosen}::", f"{chosen}["))
