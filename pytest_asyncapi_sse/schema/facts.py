"""Facts of a place: what its parts say together on types, values, bounds, lengths and counts."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from pytest_asyncapi_sse.schema.assertions import DOUBLE_MAX, FLOAT_MAX, NUMBER_FORMATS
from pytest_asyncapi_sse.schema.bounds import MOST_CHARACTERS, too_large
from pytest_asyncapi_sse.schema.engine import Engine
from pytest_asyncapi_sse.schema.equality import canonical
from pytest_asyncapi_sse.schema.negation import ALL_TYPES, expanded_types
from pytest_asyncapi_sse.schema.patterns import pattern_widths
from pytest_asyncapi_sse.schema.places import Place

_FORMAT_BOUNDS: dict[str, tuple[Any, Any]] = {
    "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "float": (-FLOAT_MAX, FLOAT_MAX),
    "double": (-DOUBLE_MAX, DOUBLE_MAX),
}


@dataclass(frozen=True, slots=True)
class NumberFacts:
    """Bound numbers: exact limits, None for none; `step` is what they are multiples of."""

    low: Fraction | None
    high: Fraction | None
    open_low: bool
    open_high: bool
    step: Fraction | None

    def contains(self, value: Fraction) -> bool:
        """Say whether a number lies within the limits."""
        below = self.low is not None and (value < self.low or (self.open_low and value == self.low))
        above = self.high is not None and (
            value > self.high or (self.open_high and value == self.high)
        )
        return not below and not above

    def multiples(self, step: Fraction) -> tuple[int | None, int | None]:
        """Return the least and the greatest k for which k * step lies within the limits."""
        least = None if self.low is None else math.ceil(self.low / step)
        most = None if self.high is None else math.floor(self.high / step)
        if least is not None and self.open_low and least * step == self.low:
            least += 1
        if most is not None and self.open_high and most * step == self.high:
            most -= 1
        return least, most


@dataclass(frozen=True, slots=True)
class StringFacts:
    """Bound texts: lengths in characters, patterns and formats that all hold."""

    least: int
    most: int | None
    patterns: tuple[str, ...]
    formats: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Hold the facts; `types` are disjoint, `fraction` is a number that is no integer.

    `values` are those that enums and consts leave, None where there is none of them. `flaws`
    name the keywords for which a type was ruled out, `limits` those for which payloads would be
    larger than any that is generated.
    """

    types: tuple[str, ...]
    values: tuple[Any, ...] | None
    avoided: frozenset[str]
    numbers: NumberFacts
    strings: StringFacts
    flaws: tuple[tuple[str, str], ...]
    limits: tuple[tuple[str, str], ...]


def facts_of(engine: Engine, place: Place) -> Facts:
    """Return the facts of a place whose choices are made, or of what holds before they are."""
    nodes = place.nodes
    numbers, strings = _numbers(nodes), _strings(nodes)
    types, flaws = _types(nodes, numbers, strings)
    exceeded = _exceeded(nodes, strings)
    limits = tuple(found for name in types if (found := exceeded.get(name)) is not None)
    avoided = frozenset(canonical(value) for node in nodes for value in _avoided(node))
    values = _values(engine, nodes, avoided)
    if values is not None:
        values = tuple(value for value in values if type_name(value) in types or flaws)
        if not values:
            flaws = (*flaws, ("enum", "none of the listed values is allowed here"))
    else:
        types = tuple(name for name in types if exceeded.get(name) is None)
    return Facts(types, values, avoided, numbers, strings, flaws, limits)


def _exceeded(
    nodes: list[dict[str, Any]], strings: StringFacts
) -> dict[str, tuple[str, str] | None]:
    """Return the types of which all values are larger than any that is generated."""
    widths = [pattern_widths(pattern)[0] for pattern in strings.patterns]
    widest = max(widths, default=0)
    text = f"payloads of this size are not generated: a match has {widest} characters or more"
    long = ("pattern", f"{text}, at most {MOST_CHARACTERS}") if widest > MOST_CHARACTERS else None
    return {
        "array": too_large("minItems", greatest(nodes, "minItems", 0)),
        "object": too_large("minProperties", greatest(nodes, "minProperties", 0)),
        "string": too_large("minLength", strings.least) or long,
    }


def type_name(value: Any) -> str:
    """Return which of the disjoint types a JSON value has."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "integer" if value == value // 1 else "fraction"
    if isinstance(value, str):
        return "string"
    return "object" if isinstance(value, dict) else "array"


def greatest(nodes: Iterable[dict[str, Any]], keyword: str, default: int) -> int:
    """Return the greatest value of a keyword."""
    return int(max((node[keyword] for node in nodes if keyword in node), default=default))


def least(nodes: Iterable[dict[str, Any]], keyword: str) -> int | None:
    """Return the least value of a keyword, None where no node has it."""
    found = [node[keyword] for node in nodes if keyword in node]
    return int(min(found)) if found else None


def fraction(value: float) -> Fraction:
    """Return a number of a schema as it is written: 0.01 is a hundredth."""
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)


def _types(
    nodes: list[dict[str, Any]], numbers: NumberFacts, strings: StringFacts
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    types = list(ALL_TYPES)
    for node in nodes:
        if "type" in node:
            allowed = expanded_types(node["type"])
            types = [name for name in types if name in allowed]
        if node.get("format") in ("int32", "int64") and "fraction" in types:
            types.remove("fraction")
    if not types:
        return (), (("type", "no type is left that all its schemas allow"),)
    ruled_out = {
        "integer": _integer_flaw(numbers),
        "fraction": _fraction_flaw(numbers),
        "string": _string_flaw(strings),
        **dict.fromkeys(("array", "object"), None),
    }
    for name, (lower, upper) in {
        "array": ("minItems", "maxItems"),
        "object": ("minProperties", "maxProperties"),
    }.items():
        most = least(nodes, upper)
        if most is not None and greatest(nodes, lower, 0) > most:
            ruled_out[name] = (lower, f"{lower} is above {upper} {most}")
    if "fraction" in types and ruled_out["fraction"] is not None:
        told = [name for name in types if name != "integer" or ruled_out["integer"] is None]
    else:
        told = types
    flaws = [flaw for name in told if (flaw := ruled_out.get(name)) is not None]
    return tuple(name for name in types if ruled_out.get(name) is None), tuple(flaws)


def _integer_flaw(numbers: NumberFacts) -> tuple[str, str] | None:
    low, high = numbers.multiples(integer_step(numbers))
    if low is not None and high is not None and low > high:
        return "minimum", "no integer lies within the bounds"
    return None


def _fraction_flaw(numbers: NumberFacts) -> tuple[str, str] | None:
    if numbers.step is not None and numbers.step.denominator == 1:
        return "multipleOf", "a multiple of an integer is an integer"
    if numbers.step is not None:
        least, most = numbers.multiples(numbers.step)
        if least is not None and most is not None and least > most:
            return "multipleOf", f"no multiple of {float(numbers.step)} lies within the bounds"
    if numbers.low is not None and numbers.high is not None and numbers.low >= numbers.high:
        same = numbers.low == numbers.high and numbers.contains(numbers.low)
        if not same or numbers.low.denominator == 1:
            return "minimum", "no number lies within the bounds"
    return None


def _string_flaw(strings: StringFacts) -> tuple[str, str] | None:
    if strings.most is not None and strings.least > strings.most:
        return "minLength", f"minLength {strings.least} is above maxLength {strings.most}"
    for pattern in strings.patterns:
        least_width, most_width = pattern_widths(pattern)
        if strings.most is not None and least_width > strings.most:
            return "pattern", f"a match is longer than maxLength {strings.most}"
        if most_width is not None and most_width < strings.least:
            return "pattern", f"a match is shorter than minLength {strings.least}"
    return None


def integer_step(numbers: NumberFacts) -> Fraction:
    """Return the step between the integers that the facts allow."""
    return Fraction(1) if numbers.step is None else _common(numbers.step, Fraction(1))


def _common(first: Fraction, second: Fraction) -> Fraction:
    """Return the least common multiple of two fractions."""
    return Fraction(
        math.lcm(first.numerator, second.numerator), math.gcd(first.denominator, second.denominator)
    )


def _numbers(nodes: list[dict[str, Any]]) -> NumberFacts:
    lows: list[tuple[Fraction, bool]] = []
    highs: list[tuple[Fraction, bool]] = []
    step: Fraction | None = None
    for node in nodes:
        for keyword, limits, is_open in (
            ("minimum", lows, False),
            ("exclusiveMinimum", lows, True),
            ("maximum", highs, False),
            ("exclusiveMaximum", highs, True),
        ):
            if keyword in node:
                limits.append((fraction(node[keyword]), is_open))
        low, high = _FORMAT_BOUNDS.get(str(node.get("format")), (None, None))
        if low is not None:
            lows.append((fraction(low), False))
            highs.append((fraction(high), False))
        if "multipleOf" in node:
            divisor = fraction(node["multipleOf"])
            step = divisor if step is None else _common(step, divisor)
    low_limit = max(lows, default=(None, False))
    high_limit = min(highs, key=lambda limit: (limit[0], not limit[1]), default=(None, False))
    return NumberFacts(low_limit[0], high_limit[0], low_limit[1], high_limit[1], step)


def _strings(nodes: list[dict[str, Any]]) -> StringFacts:
    formats = [node["format"] for node in nodes if isinstance(node.get("format"), str)]
    return StringFacts(
        least=greatest(nodes, "minLength", 0),
        most=least(nodes, "maxLength"),
        patterns=tuple(dict.fromkeys(node["pattern"] for node in nodes if "pattern" in node)),
        formats=tuple(name for name in dict.fromkeys(formats) if name not in NUMBER_FORMATS),
    )


def _avoided(node: dict[str, Any]) -> list[Any]:
    rejected = node.get("not")
    if not isinstance(rejected, dict) or len(rejected) != 1:
        return []
    return [rejected["const"]] if "const" in rejected else list(rejected.get("enum", []))


def _values(
    engine: Engine, nodes: list[dict[str, Any]], avoided: frozenset[str]
) -> tuple[Any, ...] | None:
    lists = [[node["const"]] if "const" in node else node["enum"] for node in nodes if _lists(node)]
    if not lists:
        return None
    kept = {canonical(value): value for value in lists[0]}
    for others in lists[1:]:
        names = {canonical(value) for value in others}
        kept = {name: value for name, value in kept.items() if name in names}
    judges = [node for node in nodes if engine.pointer(node) is not None]
    return tuple(
        value
        for name, value in kept.items()
        if name not in avoided and all(engine.accepts(node, value) for node in judges)
    )


def _lists(node: dict[str, Any]) -> bool:
    return "const" in node or "enum" in node


def count_of(facts: Facts) -> int | None:
    """Return how many values there are at most for facts, None where it is not known."""
    if facts.values is not None:
        return len(facts.values)
    counts = [_count_of_type(name, facts) for name in facts.types]
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _count_of_type(name: str, facts: Facts) -> int | None:
    if name in ("null", "boolean"):
        return 1 if name == "null" else 2
    if name == "string":
        return 1 if facts.strings.most == 0 else None
    step = integer_step(facts.numbers) if name == "integer" else facts.numbers.step
    if name not in ("integer", "fraction") or step is None:
        return None
    least_count, most_count = facts.numbers.multiples(step)
    if least_count is None or most_count is None:
        return None
    return max(0, most_count - least_count + 1)
