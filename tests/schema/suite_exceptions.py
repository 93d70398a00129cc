"""What the schema collections have that is not judged or drawn as the rest, with the reasons.

A group goes by its name without the draft where it is the same in all drafts that have it. The
tables only shrink: a test fails for an entry that no longer holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

META_SCHEMA = "its meta-schema, which takes `minimum` away, is on a server that is never asked"

# Verdicts other than the suite's.
MISJUDGED = {
    f"{draft}/vocabulary.json: schema that uses custom metaschema with with no validation "
    "vocabulary: no validation: invalid number, but it still validates": META_SCHEMA
    for draft in ("draft2019-09", "draft2020-12")
}

# What nothing satisfies. Other groups without a valid test are satisfied by what they do not test.
IMPOSSIBLE = frozenset(
    [
        "allOf.json: allOf with boolean schemas, all false",
        "allOf.json: allOf with boolean schemas, some false",
        "anyOf.json: anyOf with boolean schemas, all false",
        "boolean_schema.json: boolean schema 'false'",
        "enum.json: empty enum",
        "not.json: forbid everything with boolean schema true",
        "not.json: forbid everything with empty schema",
        "oneOf.json: oneOf with boolean schemas, all false",
        "oneOf.json: oneOf with boolean schemas, all true",
        "oneOf.json: oneOf with boolean schemas, more than one true",
        "ref.json: $ref to boolean schema false",
        "draft2019-09/unevaluatedProperties.json: unevaluatedProperties with not",
    ]
)

# How many payloads there are, where there are fewer than are wanted and that takes thought.
FINITE = {
    "allOf.json: nested allOf, to check validation semantics": 1,
    "anyOf.json: nested anyOf, to check validation semantics": 1,
    "dynamicRef.json: after leaving a dynamic scope, it is not used by a $dynamicRef": 1,
    "if-then-else.json: else: false fails when condition does not match": 1,
    "if-then-else.json: if appears at the end when serialized (keyword processing sequence)": 2,
    "if-then-else.json: if with boolean schema false": 1,
    "if-then-else.json: if with boolean schema true": 1,
    "oneOf.json: nested oneOf, to check validation semantics": 1,
    "optional/ecmascript-regex.json: ECMA 262 \\d matches ascii digits only": 10,
    "optional/ecmascript-regex.json: ECMA 262 \\s matches whitespace": 25,
    "optional/ecmascript-regex.json: ECMA 262 regex $ does not match trailing newline": 1,
    "optional/ecmascript-regex.json: ECMA 262 regex converts \\t to horizontal tab": 1,
    "optional/ecmascript-regex.json: ECMA 262 regex escapes control codes with \\c and "
    "lower letter": 1,
    "optional/ecmascript-regex.json: ECMA 262 regex escapes control codes with \\c and "
    "upper letter": 1,
    "optional/id.json: non-schema object containing a plain-name $id property": 2,
    "optional/id.json: non-schema object containing an $id property": 2,
    "unevaluatedItems.json: unevaluatedItems with oneOf": 2,
    # Of objects alone, where 2020-12 has the same without a type.
    "draft2019-09/unevaluatedProperties.json: cousin unevaluatedProperties, true and false, "
    "true with properties": 1,
    "draft2019-09/unevaluatedProperties.json: nested unevaluatedProperties, outer true, inner "
    "false, properties outside": 1,
    "draft2019-09/unevaluatedProperties.json: unevaluatedProperties false": 1,
    "mine:unique_enum_array": 6,
}

# Of what there is more, fewer than are wanted are drawn.
FEWER = {
    "draft2019-09/unevaluatedProperties.json: unevaluatedProperties + single cyclic ref": (
        "nothing but itself may be inside it, and recursion is drawn five levels deep"
    ),
}

ALWAYS = "what it is in accepts every value"
ELSEHOW = "a value that fails it passes the other branch"
EVALUATED = "everything is evaluated before it is asked"
RECURSIVE = "`$recursiveRef` is followed as `$ref` is, so that the branch is not found"

# What cannot be broken, or is not: the groups and rows with such keywords. In all others, every
# keyword is broken at every place.
UNBROKEN = {
    "anyOf.json: anyOf with boolean schemas, all true": ALWAYS,
    "anyOf.json: anyOf with boolean schemas, some true": ALWAYS,
    "anyOf.json: anyOf with one empty schema": ALWAYS,
    "dynamicRef.json: $dynamicRef points to a boolean schema": (
        "what a reference to `false` rules out is no keyword of its own"
    ),
    "minContains.json: maxContains < minContains": (
        "one match is both too few and too many; it is reported as too many"
    ),
    "not.json: double negation": ALWAYS,
    "oneOf.json: oneOf with base schema": ELSEHOW,
    "oneOf.json: oneOf with boolean schemas, one true": ALWAYS,
    "oneOf.json: oneOf with empty schema": ELSEHOW,
    "optional/unknownKeyword.json: $id inside an unknown keyword is not a real identifier": (
        "the `not` is in branches that nothing satisfies"
    ),
    "unevaluatedItems.json: item is evaluated in an uncle schema to unevaluatedItems": (
        "the only branch fails for an item that is two levels further down"
    ),
    "unevaluatedItems.json: unevaluatedItems with nested items": ALWAYS,
    "unevaluatedItems.json: unevaluatedItems with uniform items": EVALUATED,
    "unevaluatedItems.json: unevaluatedItems with items": EVALUATED,
    "unevaluatedItems.json: unevaluatedItems with items and additionalItems": EVALUATED,
    "unevaluatedItems.json: unevaluatedItems with items and prefixItems": EVALUATED,
    "unevaluatedItems.json: unevaluatedItems with nested unevaluatedItems": EVALUATED,
    "unevaluatedProperties.json: in-place applicator siblings, allOf has unevaluated": ALWAYS,
    "unevaluatedProperties.json: nested unevaluatedProperties, outer false, inner true, "
    "properties outside": EVALUATED,
    "unevaluatedProperties.json: unevaluatedProperties with adjacent bool "
    "additionalProperties": EVALUATED,
    "unevaluatedProperties.json: unevaluatedProperties with adjacent non-bool "
    "additionalProperties": EVALUATED,
    "unevaluatedProperties.json: unevaluatedProperties with nested additionalProperties": EVALUATED,
    "unevaluatedProperties.json: unevaluatedProperties with nested "
    "unevaluatedProperties": EVALUATED,
    "recursiveRef.json: dynamic $recursiveRef destination (not predictable at schema compile "
    "time)": RECURSIVE,
    "recursiveRef.json: multiple dynamic paths to the $recursiveRef keyword": RECURSIVE,
    "mine:any_json_recursive": "every JSON value is valid",
}

GEMINI = "aspec:examples/websocket-gemini-asyncapi.yml:/components/messages/marketData/examples"
ELSEWHERE = "it refers to another document, and nothing is ever fetched"

# Schemas for which there is an error and no payload.
REFUSED = {
    "mine:unsat_bounds": "minimum is above maximum",
    "mine:unsat_required_false": "a required property is false",
    "mine:unsat_pattern_len": "the pattern asks for more than maxLength",
    "mine:unsat_recursion": "it requires itself without end",
    "mine:unsat_allof_types": "no type is left",
    f"{GEMINI}/0/payload": "an example payload, not a schema: its 'type' is 'update'",
    f"{GEMINI}/1/payload": "an example payload, not a schema: its 'type' is 'heartbeat'",
    "ss:anywork-ac-1.0.json": ELSEWHERE,
    "ss:azure-iot-edge-deployment-template-2.0.json": ELSEWHERE,
    "ss:azure-iot-edge-deployment-template-3.0.json": ELSEWHERE,
    "ss:clasp.json": ELSEWHERE,
    "ss:compilerconfig.json": ELSEWHERE,
    "ss:gematik-test-hcpis.json": ELSEWHERE,
    "ss:grunt-clean-task.json": ELSEWHERE,
    "ss:grunt-jshint-task.json": ELSEWHERE,
}


def listed(ids: Iterable[str], table: Iterable[str]) -> set[str]:
    """Return those of the groups, or rows, that a table lists."""
    names = set(table)
    return {found for found in ids if not names.isdisjoint((found, _name(found)))}


def unmatched(ids: Iterable[str], table: Iterable[str]) -> list[str]:
    """Return the entries of a table that list none of the groups, or rows."""
    names = {name for found in ids for name in (found, _name(found))}
    return [entry for entry in table if entry not in names]


def finite(found: str) -> int | None:
    """Return how many payloads there are by the table, None where it does not say."""
    sizes: Mapping[str, int] = FINITE
    return sizes.get(found, sizes.get(_name(found)))


def _name(found: str) -> str:
    return found.partition("/")[2] if found.startswith("draft") else found
