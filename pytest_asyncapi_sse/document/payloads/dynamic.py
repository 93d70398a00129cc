"""Dynamic references: those that can mean one schema only are as good as plain ones.

`$dynamicRef` and `$recursiveRef` mean the outermost schema on the way that has the anchor. Where a
bundle has just one such schema, that is the one, whatever the way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pytest_asyncapi_sse.document.identifiers import Identifiers, Resource
from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.errors import shown
from pytest_asyncapi_sse.model import Dialect

KEYWORDS: Mapping[str, Dialect] = {"$dynamicRef": "2020-12", "$recursiveRef": "2019-09"}

_ANCHORS = {"$dynamicRef": "$dynamicAnchor", "$recursiveRef": "$recursiveAnchor"}


class DynamicReferences:
    """Collect the dynamic references and anchors of one bundle."""

    def __init__(self, identifiers: Identifiers) -> None:
        self._identifiers = identifiers
        self._copied: dict[tuple[str, str], Node] = {}
        self._entered: list[Node] = []
        self._asked: list[tuple[Node, str, str | bool]] = []

    def copy(self, node: Node) -> None:
        """Note a schema that has its place in the bundle."""
        if "$dynamicAnchor" in node.value or "$recursiveAnchor" in node.value:
            self._copied[node.key] = node

    def enter(self, node: Node) -> None:
        """Note the target of a reference: with it, the whole of its resource counts."""
        self._entered.append(node)

    def ask(self, node: Node, keyword: str, target: Node) -> None:
        """Note a dynamic reference and what it names by itself."""
        anchor = target.value.get(_ANCHORS[keyword]) if target.is_object else None
        if keyword == "$recursiveRef" and anchor is True:
            self._asked.append((node, keyword, True))
        elif isinstance(anchor, str) and node.value[keyword].rpartition("#")[2] == anchor:
            self._asked.append((node, keyword, anchor))

    def ambiguous(self) -> Iterator[tuple[Node, str]]:
        """Return the references that can mean several schemas, each with what is to be said."""
        if not self._asked:
            return
        anchored = {**self._copied, **{node.key: node for node in self._in_resources()}}
        for node, keyword, anchor in self._asked:
            label = _ANCHORS[keyword]
            found = [item for item in anchored.values() if item.value.get(label) == anchor]
            if len(found) > 1:
                places = " and ".join(f"{item.file.name}#{item.pointer}" for item in found[:5])
                yield (
                    node,
                    f"the {keyword} {shown(node.value[keyword], 120)} can mean {len(found)} "
                    f"schemas, since their {label} is the same: {places}",
                )

    def _in_resources(self) -> Iterator[Node]:
        resources: dict[tuple[str, str], Resource] = {}
        for node in self._entered:
            resource = self._identifiers.resource(node)
            resources[resource.root.key] = resource
        for resource in resources.values():
            root = resource.root.value
            # The schemas of an AsyncAPI document have nothing to do with each other.
            if isinstance(root, dict) and "asyncapi" not in root:
                yield resource.root
                for nodes in resource.dynamic.values():
                    yield from nodes
