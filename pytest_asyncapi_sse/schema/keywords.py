"""Keywords: those of jsonschema that it misjudges, or explains too little of, in words of our own.

Patterns, formats and multiples are asked of jsonschema-rs and values are compared as JSON, so that
both engines agree; the errors of `required`, `additionalProperties` and their like come one for
each property, with the property's name as the message. What holds under a condition comes as one
error whose context is what is wrong.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jsonschema_rs
from jsonschema.exceptions import ValidationError

from pytest_asyncapi_sse.schema.assertions import format_judge, matcher
from pytest_asyncapi_sse.schema.dialects import Row
from pytest_asyncapi_sse.schema.equality import canonical, same_json
from pytest_asyncapi_sse.schema.outline import Tags, inside, mismatched
from pytest_asyncapi_sse.schema.walk import Walk, current

_TAG_STEPS = 3
_ENDING = ("additionalItems", "items", "unevaluatedItems", "unevaluatedProperties")

Keyword = Callable[..., Any]
_Errors = Iterator[ValidationError]


def keywords(row: Row, known: Mapping[str, Keyword]) -> dict[str, Keyword]:
    """Return the keywords of a dialect, each counted as a step; `known` are jsonschema's."""
    default = {name: known.get(name, _nothing) for name in _ENDING}
    own: dict[str, Keyword] = {
        "additionalItems": functools.partial(_additional_items, default["additionalItems"]),
        "additionalProperties": _additional_properties,
        "anyOf": functools.partial(_union, None),
        "const": _const,
        "contains": _contains,
        "dependencies": _dependencies,
        "dependentRequired": functools.partial(_dependent_required, "dependentRequired"),
        "dependentSchemas": functools.partial(_dependent_schemas, "dependentSchemas"),
        "enum": _enum,
        "format": functools.partial(_format, row.draft),
        "if": _if,
        "items": functools.partial(_items, default["items"]),
        "multipleOf": _multiple_of,
        "oneOf": functools.partial(_union, 1),
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "propertyNames": _property_names,
        "required": _required,
        "unevaluatedItems": functools.partial(_unevaluated_items, default["unevaluatedItems"]),
        "unevaluatedProperties": functools.partial(
            _unevaluated_properties, default["unevaluatedProperties"]
        ),
        "uniqueItems": _unique_items,
    }
    named = {**known, **{name: keyword for name, keyword in own.items() if name in known}}
    return {name: _counting(keyword) for name, keyword in named.items()}


def _nothing(*_arguments: Any) -> _Errors:
    return iter(())


@functools.lru_cache(maxsize=256)
def _multiple(divisor: float) -> jsonschema_rs.Draft7Validator:
    return jsonschema_rs.Draft7Validator({"multipleOf": divisor})


def _counting(keyword: Keyword) -> Keyword:
    def counted(validator: Any, value: Any, instance: Any, schema: Any) -> Any:
        current.get().take()
        return keyword(validator, value, instance, schema)

    return counted


def _declares(schema: dict[str, Any], name: str) -> bool:
    return name in schema.get("properties", ()) or any(
        matcher(pattern)(name) for pattern in schema.get("patternProperties", ())
    )


def _additional_properties(validator: Any, value: Any, instance: Any, schema: Any) -> _Errors:
    if not validator.is_type(instance, "object"):
        return
    for name in instance:
        if not _declares(schema, name):
            yield from _beside_declared(validator, value, instance, name)


def _beside_declared(validator: Any, value: Any, instance: Any, name: str) -> _Errors:
    """Yield what is wrong with a property that only a closing keyword judges."""
    if value is False:
        yield ValidationError(name, path=[name], instance=instance[name])
    else:
        yield from validator.descend(instance[name], value, path=name)


def _additional_items(
    default: Keyword, validator: Any, value: Any, instance: Any, schema: Any
) -> _Errors:
    declared = schema.get("items", {})
    if value is not False:
        yield from default(validator, value, instance, schema)
    elif isinstance(declared, list) and validator.is_type(instance, "array"):
        yield from _beyond(len(declared), instance)


def _items(default: Keyword, validator: Any, value: Any, instance: Any, schema: Any) -> _Errors:
    if value is not False:
        yield from default(validator, value, instance, schema)
    elif validator.is_type(instance, "array"):
        is_prefixed = "prefixItems" in validator.VALIDATORS
        yield from _beyond(len(schema.get("prefixItems", ())) if is_prefixed else 0, instance)


def _beyond(count: int, instance: list[Any]) -> _Errors:
    if len(instance) > count:
        yield ValidationError(str(count), path=[count], instance=instance[count])


def _const(_validator: Any, value: Any, instance: Any, _schema: Any) -> _Errors:
    if not same_json(value, instance):
        yield ValidationError("const")


def _enum(_validator: Any, value: Any, instance: Any, _schema: Any) -> _Errors:
    if not any(same_json(one, instance) for one in value):
        yield ValidationError("enum")


def _contains(validator: Any, value: Any, instance: Any, schema: Any) -> _Errors:
    if not validator.is_type(instance, "array"):
        return
    accepts = current.get().engine.accepts
    count = sum(accepts(value, item) for item in instance)
    # Since 2019-09, as is dependentRequired; jsonschema has no keywords of these names.
    is_counted = "dependentRequired" in validator.VALIDATORS
    least = schema.get("minContains", 1) if is_counted else 1
    most = schema.get("maxContains") if is_counted else None
    if most is not None and count > most:
        yield ValidationError(str(count), validator="maxContains", validator_value=most)
    elif count < least:
        word = "minContains" if count or least > 1 else "contains"
        yield ValidationError(str(count), validator=word, validator_value=least)


def _required(validator: Any, value: Any, instance: Any, _schema: Any) -> _Errors:
    if validator.is_type(instance, "object"):
        for name in value:
            if name not in instance:
                yield ValidationError(name)


def _dependent_required(
    keyword: str, validator: Any, value: Any, instance: Any, _schema: Any
) -> _Errors:
    if not validator.is_type(instance, "object"):
        return
    for name, needed in value.items():
        if name in instance:
            for other in needed:
                if other not in instance:
                    yield ValidationError(other, validator=keyword, validator_value=name)


def _dependent_schemas(
    keyword: str, validator: Any, value: Any, instance: Any, _schema: Any
) -> _Errors:
    if not validator.is_type(instance, "object"):
        return
    for name, schema in value.items():
        if name in instance:
            found = list(validator.descend(instance, schema))
            if found:
                yield ValidationError(name, validator=keyword, context=found)


def _dependencies(validator: Any, value: Any, instance: Any, schema: Any) -> _Errors:
    lists = {name: needed for name, needed in value.items() if isinstance(needed, list)}
    yield from _dependent_required("dependencies", validator, lists, instance, schema)
    rest = {name: needed for name, needed in value.items() if name not in lists}
    yield from _dependent_schemas("dependencies", validator, rest, instance, schema)


def _if(validator: Any, value: Any, instance: Any, schema: Any) -> _Errors:
    side = "then" if validator.evolve(schema=value).is_valid(instance) else "else"
    found = list(validator.descend(instance, schema[side])) if side in schema else []
    if found:
        yield ValidationError(side, validator=side, validator_value=value, context=found)


def _union(most: int | None, validator: Any, value: Any, instance: Any, _schema: Any) -> _Errors:
    """Judge by `anyOf`, or by `oneOf` where one branch at most may match.

    A branch that the value has not the tags of is not looked into: with its own branches, and
    theirs, that would be a great many. Where others have them, it is not even in the context.
    """
    walk = current.get()
    tags = walk.outlines.telling(value)
    wrong = [mismatched(own, instance) for own in tags]
    is_tagged = any(own and not paths for own, paths in zip(tags, wrong, strict=True))
    found: list[ValidationError] = []
    fitting: list[str] = []
    for index, branch in enumerate(value):
        if not wrong[index]:
            errors = list(validator.descend(instance, branch, schema_path=index))
            found += errors
            fitting += [] if errors else [str(index + 1)]
        elif not is_tagged:
            found += _tag_errors(walk, index, branch, instance, tags[index], wrong[index])
        if fitting and most is None:
            return
    if not fitting:
        yield ValidationError("none", context=found)
    elif len(fitting) > 1:
        yield ValidationError(" ".join(fitting))


def _tag_errors(
    walk: Walk, index: int, branch: Any, instance: Any, tags: Tags, paths: tuple[Any, ...]
) -> _Errors:
    for path in paths:
        walk.take(_TAG_STEPS)
        yield ValidationError(
            "enum",
            validator="enum",
            validator_value=list(tags[path].values()),
            path=path,
            schema_path=[index],
            instance=inside(instance, path),
            schema=branch,
        )


def _format(draft: int, _validator: Any, value: Any, instance: Any, _schema: Any) -> _Errors:
    if isinstance(value, str) and not format_judge(value, draft)(instance):
        yield ValidationError(value)


def _multiple_of(validator: Any, value: Any, instance: Any, _schema: Any) -> _Errors:
    if validator.is_type(instance, "number") and not _multiple(value).is_valid(instance):
        yield ValidationError(str(value))


def _pattern(validator: Any, value: Any, instance: Any, _schema: Any) -> _Errors:
    if validator.is_type(instance, "string") and not matcher(value)(instance):
        yield ValidationError(value)


def _pattern_properties(validator: Any, value: Any, instance: Any, _schema: Any) -> _Errors:
    if not validator.is_type(instance, "object"):
        return
    for pattern, schema in value.items():
        for name, item in instance.items():
            if matcher(pattern)(name):
                yield from validator.descend(item, schema, path=name, schema_path=pattern)


def _property_names(validator: Any, value: Any, instance: Any, _schema: Any) -> _Errors:
    if not validator.is_type(instance, "object"):
        return
    for name in instance:
        found = list(validator.descend(name, value))
        if found:
            yield ValidationError(name, path=[name], instance=name, context=found)


def _unevaluated_properties(
    default: Keyword, validator: Any, value: Any, instance: Any, schema: Any
) -> _Errors:
    # The names are in nothing but the message.
    for error in default(validator, value, instance, schema) or ():
        for name in [name for name in instance if repr(name) in error.message]:
            yield from _beside_declared(validator, value, instance, name)


def _unevaluated_items(
    default: Keyword, validator: Any, value: Any, instance: Any, schema: Any
) -> _Errors:
    for error in default(validator, value, instance, schema) or ():
        if value is False:
            index = _first_listed(instance, error.message)
            yield ValidationError("", path=[index], instance=instance[index])
        else:
            for index, item in enumerate(instance):
                if repr(item) in error.message:
                    yield from validator.descend(item, value, path=index)


def _first_listed(instance: list[Any], message: str) -> int:
    """Return the index of the first item that a message lists, which most often are the last."""
    texts = [repr(item) for item in instance]
    listed = message.partition("(")[2]
    for index in range(len(texts) - 1, -1, -1):
        if listed.startswith(", ".join(texts[index:]) + " w"):
            return index
    return next((index for index, text in enumerate(texts) if listed.startswith(text)), 0)


def _unique_items(validator: Any, value: Any, instance: Any, _schema: Any) -> _Errors:
    if not value or not validator.is_type(instance, "array"):
        return
    seen: dict[str, int] = {}
    for index, item in enumerate(instance):
        first = seen.setdefault(canonical(item), index)
        if first != index:
            yield ValidationError(f"{first} {index}")
            return
