"""Validation: the verdict on a payload, and its explanation in words when it is bad."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

from pytest_asyncapi_sse.errors import ContractViolation, Violation
from pytest_asyncapi_sse.model import Channel, Message, PayloadSchema
from pytest_asyncapi_sse.schema.custom_formats import depends_on_formats
from pytest_asyncapi_sse.schema.engine import Engine
from pytest_asyncapi_sse.schema.sources import Root, Source, roots

_CODE = "payload-schema"


class Validator:
    """Judge payloads against the schemas of a source; one that any of them accepts is valid."""

    def __init__(self, found: tuple[Root, ...], *, channel: str = "") -> None:
        self._channel = channel
        self._roots = found
        self._engines = tuple(_engine(root.schema) for root in found)
        is_plain = len(found) == 1 and not found[0].text and self._engines[0].is_direct
        self._judge = self._engines[0].rules.is_valid if is_plain else self._any_accepts

    def is_valid(self, value: Any) -> bool:
        """Say whether a payload is valid: jsonschema-rs's verdict, formats asserted."""
        try:
            return self._judge(value)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException:
            # The engine knows what comes of a panic of Rust, of depth, and of what is no JSON.
            return self._any_accepts(value)

    def _any_accepts(self, value: Any) -> bool:
        return any(
            engine.is_valid(value) and (not root.text or isinstance(value, str))
            for root, engine in zip(self._roots, self._engines, strict=True)
        )

    def iter_errors(self, value: Any) -> Iterator[Violation]:
        """Yield what is wrong with a payload, each with the code `payload-schema`.

        Among several messages, the one that the payload comes nearest to is explained. At most
        20 are told, and how many there are more.
        """
        if self.is_valid(value):
            return
        from pytest_asyncapi_sse.schema.explanation import Candidate, Explanation

        explanation = Explanation.of(
            [
                Candidate(engine, root.message, root.text)
                for root, engine in zip(self._roots, self._engines, strict=True)
            ],
            value,
        )
        meant = self._roots[explanation.meant]
        for finding in explanation.findings:
            origin = meant.schema.origin(finding.schema_pointer)
            yield Violation(
                code=_CODE,
                summary=finding.summary,
                channel=self._channel,
                message=meant.message,
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


@depends_on_formats
@functools.lru_cache(maxsize=512)
def validator_of(messages: tuple[Message, ...]) -> Validator:
    """Return the validator of what any of the messages accepts.

    Raises DocumentError where a schema cannot be compiled.
    """
    return Validator(tuple(root for message in messages for root in roots(message)))


@depends_on_formats
@functools.lru_cache(maxsize=512)
def _kept(source: Channel | Message | PayloadSchema) -> Validator:
    return _built(source)


def _built(source: Source) -> Validator:
    return Validator(roots(source), channel=source.name if isinstance(source, Channel) else "")


@depends_on_formats
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
