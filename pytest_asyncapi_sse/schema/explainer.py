"""The explaining engine: jsonschema's error tree, with the keywords it misjudges replaced.

Patterns, formats and multiples are asked of jsonschema-rs, so that both engines agree on them;
the errors of `required`, `additionalProperties` and their like come one for each property, with
the property's name as the message.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import jsonschema
import jsonschema_rs
import referencing
from jsonschema.exceptions import ValidationError

from pytest_asyncapi_sse.schema.assertions import format_judge
from pytest_asyncapi_sse.schema.dialects import Row
from pytest_asyncapi_sse.schema.engine import Engine

_Errors = Iterator[ValidationError]


def errors(engine: Engine, value: Any) -> list[ValidationError]:
    """Return jsonschema's errors for a value, empty where it sees none.

    Raises what jsonschema raises on a schema that it cannot follow: the caller falls back.
    """
    kind = _kind(engine.row)
    registry: referencing.Registry[Any] = referencing.Registry()
    return list(kind(engine.contents, registry=registry).iter_errors(value))


def matches(pattern: str, text: str) -> bool:
    """Say whether an ECMA 262 pattern is found in a text."""
    return _matcher(pattern).is_valid(text)


@functools.lru_cache(maxsize=1024)
def _matcher(pattern: str) -> jsonschema_rs.Draft7Validator:
    return jsonschema_rs.Draft7Validator({"pattern": pattern})


@functools.lru_cache(maxsize=256)
def _multiple(divisor: float) -> jsonschema_rs.Draft7Validator:
    return jsonschema_rs.Draft7Validator({"multipleOf": divisor})


@functools.cache
def _kind(row: Row) -> Any:
    base = getattr(jsonschema, row.explainer)
    keywords = {
        "additionalProperties": _additional_properties,
        "dependencies": functools.partial(_dependencies, base.VALIDATORS.get("dependencies")),
        "dependentRequired": _dependent_required,
        "format": functools.partial(_format, row.draft),
        "multipleOf": _multiple_of,
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "propertyNames": _property_names,
        "required": _required,
    }
    return jsonschema.validators.extend(base, keywords)  # type: ignore[no-untyped-call]


def undeclared(instance: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    """Return the names of an object's properties that a schema does not declare."""
    declared = schema.get("properties", {})
    patterns = schema.get("patternProperties", {})
    return [
        name
        for name in instance
        if name not in declared and not any(matches(pattern, name) for pattern in patterns)
    ]


def _additional_properties(validator: Any, value: Any, instance: Any, schema: Any) -> _Errors:
    if not validator.is_type(instance, "object"):
        return
    for name in undeclared(instance, schema):
        if value is False:
            yield ValidationError(name, path=[name], instance=instance[name])
        else:
            yield from validator.descend(instance[name], value, path=name)


def _required(validator: Any, value: Any, instance: Any, _schema: Any) -> _Errors:
    if validator.is_type(instance, "object"):
        for name in value:
            if name not in instance:
                yield ValidationError(name)


def _dependent_required(validator: Any, value: Any, instance: Any, _schema: Any) -> _Errors:
    if not validator.is_type(instance, "object"):
        return
    for name, needed in value.items():
        if name in instance:
            for other in needed:
                if other not in instance:
                    yield ValidationError(other, validator="required")


def _dependencies(default: Any, validator: Any, value: Any, instance: Any, schema: Any) -> _Errors:
    lists = {name: needed for name, needed in value.items() if isinstance(needed, list)}
    yield from _dependent_required(validator, lists, instance, schema)
    rest = {name: needed for name, needed in value.items() if name not in lists}
    if rest and default is not None:
        yield from default(validator, rest, instance, schema)


def _format(draft: int, _validator: Any, value: Any, instance: Any, _schema: Any) -> _Errors:
    if isinstance(value, str) and not format_judge(value, draft)(instance):
        yield ValidationError(value)


def _multiple_of(validator: Any, value: Any, instance: Any, _schema: Any) -> _Errors:
    if validator.is_type(instance, "number") and not _multiple(value).is_valid(instance):
        yield ValidationError(str(value))


def _pattern(validator: Any, value: Any, instance: Any, _schema: Any) -> _Errors:
    if validator.is_type(instance, "string") and not matches(value, instance):
        yield ValidationError(value)


def _pattern_properties(validator: Any, value: Any, instance: Any, _schema: Any) -> _Errors:
    if not validator.is_type(instance, "object"):
        return
    for pattern, schema in value.items():
        for name, item in instance.items():
            if matches(pattern, name):
                yield from validator.descend(item, schema, path=name, schema_path=pattern)


def _property_names(validator: Any, value: Any, instance: Any, _schema: Any) -> _Errors:
    if not validator.is_type(instance, "object"):
        return
    for name in instance:
        found = list(validator.descend(name, value))
        if found:
            yield ValidationError(name, path=[name], instance=name, context=found)
