"""Validation: the verdict on a payload, and its explanation in words when it is bad."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from pytest_asyncapi_sse.errors import ContractViolation, Violation, shown
from pytest_asyncapi_sse.model import Channel, Message, PayloadSchema
from pytest_asyncapi_sse.schema.engine import Engine
from pytest_asyncapi_sse.schema.sources import Root, Source, roots

if TYPE_CHECKING:
    from pytest_asyncapi_sse.schema.explanation import Explanation

_CODE = "payload-schema"


class Validator:
    """Judge payloads against the schemas of a source; one that any of them accepts is valid."""

    def __init__(self, found: tuple[Root, ...], *, channel: str = "") -> None:
        self._channel = channel
        self._roots = found
        self._engines = tuple(_engine(root.schema) for root in found)

    def is_valid(self, value: Any) -> bool:
        """Say whether a payload is valid: jsonschema-rs's verdict, formats asserted."""
        return any(
            engine.is_valid(value) and (not root.text or isinstance(value, str))
            for root, engine in zip(self._roots, self._engines, strict=True)
        )

    def iter_errors(self, value: Any) -> Iterator[Violation]:
        """Yield what is wrong with a payload, each with the code `payload-schema`.

        Among several messages, the one that the payload comes nearest to is explained.
        """
        if self.is_valid(value):
            return
        from pytest_asyncapi_sse.schema.explanation import Explanation, nearest

        explanations = [
            _text_expected(root, value) or Explanation.of(engine, value)
            for root, engine in zip(self._roots, self._engines, strict=True)
        ]
        meant = nearest(explanations)
        for finding in explanations[meant].findings:
            origin = self._roots[meant].schema.origin(finding.schema_pointer)
            yield Violation(
                code=_CODE,
                summary=finding.summary,
                channel=self._channel,
                message=self._roots[meant].message,
                got=finding.got,
                expected=finding.expected,
                pointer=finding.pointer,
                location=None if origin is None else origin.location,
            )

    def validate(self, value: Any) -> None:
        """Raise ContractViolation, with all violations, where a payload is not valid."""
        violations = list(self.iter_errors(value))
        if violations:
            raise ContractViolation.of(violations)


def validator(source: Source) -> Validator:
    """Return the validator of a channel, a message, a payload schema or a plain JSON Schema.

    Validators of model values are kept, since those are frozen; a plain schema is compiled anew.
    Raises DocumentError where a schema cannot be compiled.
    """
    if isinstance(source, Channel | Message | PayloadSchema):
        return _kept(source)
    return _built(source)


@functools.lru_cache(maxsize=512)
def _kept(source: Channel | Message | PayloadSchema) -> Validator:
    return _built(source)


def _built(source: Source) -> Validator:
    return Validator(roots(source), channel=source.name if isinstance(source, Channel) else "")


@functools.lru_cache(maxsize=512)
def _engine(schema: PayloadSchema) -> Engine:
    return Engine(schema)


def engine_of(root: Root) -> Engine:
    """Return the compiled schema of a root; raises DocumentError where it cannot be compiled."""
    return _engine(root.schema)


def acceptance(root: Root) -> Callable[[Any], bool]:
    """Return what says whether a payload may be sent for one schema.

    A payload that is the event's data itself holds no carriage return, since an SSE parser takes
    each for the end of a line (HTML standard, 9.2.6).
    """
    is_valid = engine_of(root).is_valid
    if not root.text:
        return is_valid
    return lambda value: isinstance(value, str) and "\r" not in value and is_valid(value)


def _text_expected(root: Root, value: Any) -> Explanation | None:
    if not root.text or isinstance(value, str):
        return None
    from pytest_asyncapi_sse.schema.explanation import Explanation, Finding

    summary = f"the payload is {shown(value, 80)}, not a text"
    return Explanation((Finding(summary, "", "", "type", shown(value), "a text"),))
