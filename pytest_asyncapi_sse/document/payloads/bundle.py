"""Bundles: the schema of a payload, made to stand on its own, or why it can't be judged."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.payloads.avro import avro_schema
from pytest_asyncapi_sse.document.payloads.bundler import Bundler, has_siblings
from pytest_asyncapi_sse.document.payloads.dialects import (
    Language,
    NotChecked,
    language_of_format,
    language_of_schema,
)
from pytest_asyncapi_sse.document.payloads.targets import is_schema
from pytest_asyncapi_sse.document.reader import DANGLING, Reader
from pytest_asyncapi_sse.document.references import Dangling
from pytest_asyncapi_sse.errors import DocumentError, Problem
from pytest_asyncapi_sse.model import PayloadSchema


@dataclass(frozen=True, slots=True)
class Bundled:
    """Hold a bundled schema, the problems that keep it from being judged, or why it is not checked.

    `unchecked` is a clause such as "Protobuf payloads are not checked", empty for a checked one.
    """

    schema: PayloadSchema | None
    unsupported: tuple[Problem, ...] = ()
    unchecked: str = ""


def bundled(reader: Reader, node: Node, schema_format: str = "") -> Bundled:
    """Bundle the schema at a node; a broken reference is reported, an unsupported one returned."""
    try:
        # The format goes first: what a reference of an unchecked one names may be no YAML at all.
        language = language_of_format(schema_format)
        root = reader.resolver.follow(node)
        if language.is_avro:
            return Bundled(avro_schema(reader, root))
        language = language_of_schema(_declaring(reader, node).value) or language
    except NotChecked as error:
        return Bundled(None, unchecked=str(error))
    except DocumentError as error:
        return Bundled(None, tuple(error.problems))
    except Dangling as dangling:
        if dangling.is_remote:
            return Bundled(None, dangling.problems)
        reader.report_all(dangling.problems, code=DANGLING)
        return Bundled(None)
    if not is_schema(reader, node, root):
        return Bundled(None)
    if language.is_avro:
        return Bundled(avro_schema(reader, root))
    bundler = Bundler(reader, _start(reader, node, root, language), language)
    schema = bundler.run()
    if bundler.unchecked:
        return Bundled(None, tuple(bundler.unsupported), bundler.unchecked)
    return Bundled(schema, tuple(bundler.unsupported))


def _declaring(reader: Reader, node: Node) -> Node:
    """Return the first node of the chain that names its `$schema`, else the last one."""
    trail = reader.resolver.trail(node)
    return next((step for step in trail if step.get("$schema") is not None), trail[-1])


def _start(reader: Reader, node: Node, root: Node, language: Language) -> Node:
    """Return the first node of the chain whose keywords count."""
    if language.dialect == "draft-07":
        return root
    trail = reader.resolver.trail(node)
    return next(step for step in trail if step is root or has_siblings(step))
