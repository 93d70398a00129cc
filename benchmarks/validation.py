"""How fast payloads are judged and explained: `python benchmarks/validation.py [--rounds N]`.

Beside plain jsonschema with its validator built once, `jsonschema.validate()`, bare jsonschema-rs,
and fastjsonschema where it is installed. All judge the same payloads in one process, in turn, round
after round; CPU time is what counts, and the medians are told. Only ours and bare jsonschema-rs
assert formats here, the others know most formats by extras that are not asked for.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import jsonschema
import jsonschema_rs
from racing import race

from pytest_asyncapi_sse import validator

ROUNDS = 9
GOAL = 10
OURS, PLAIN = "this package", "jsonschema"

Judge = Callable[[Any], object]


@dataclass(frozen=True)
class Subject:
    """Hold a schema with a payload that it accepts and one that it rejects."""

    name: str
    schema: dict[str, Any]
    good: Any
    bad: Any


def main() -> None:
    """Print the times to compile, the rates, and whether the goal is met."""
    rounds = _rounds()
    print(f"medians of {rounds} rounds of CPU time; x: this package, as many times as fast\n")
    ratios = {}
    for subject in subjects():
        print(subject.name)
        compiled = dict(usable(subject))
        _print_compiling(compiled, rounds)
        judges = {name: compile_() for name, compile_ in compiled.items()}
        _check(subject, judges)
        ratios[subject.name] = _print_judging("valid", judges, subject.good, rounds)
        _print_judging("invalid", judges, subject.bad, rounds)
        _print_explaining(subject, rounds)
    reached = ratios["nested order"]
    verdict = "met" if reached >= GOAL else "missed"
    print(f"goal: valid nested orders {GOAL} times as fast as {PLAIN}: {reached:.1f}x, {verdict}")


def subjects() -> Iterator[Subject]:
    """Yield what is judged."""
    signup = {
        "type": "object",
        "properties": {
            "displayName": {"type": "string"},
            "email": {"type": "string", "format": "email"},
        },
        "required": ["email"],
    }
    good = {"displayName": "Ada", "email": "ada@example.com"}
    yield Subject("signup", signup, good, {"displayName": "Ada"})
    lines = [{"sku": f"SKU-{number}", "count": number, "tags": ["a", "b"]} for number in (1, 2, 3)]
    order = {"id": "ORD-123456", "total": 12.5, "lines": lines}
    bad = {**order, "lines": [*lines[:2], {"sku": "SKU-3", "count": 0}]}
    yield Subject("nested order", ORDER, order, bad)
    enum = {"enum": [f"value-{number}" for number in range(1_500)]}
    yield Subject("enum of 1,500 values", enum, "value-1400", "value-1500")
    branches = {"oneOf": [_branch(number) for number in range(8)]}
    event = {"type": "event-7", "id": 7, "text": "x"}
    yield Subject("oneOf of 8 by const", branches, event, {**event, "id": "x"})
    schema, deep, wrong = {"type": "integer"}, 1, "x"
    for _ in range(50):
        schema = {"type": "object", "required": ["next"], "properties": {"next": schema}}
        deep, wrong = {"next": deep}, {"next": wrong}
    yield Subject("50 levels deep", schema, deep, wrong)
    wide = {f"field{number}": {"type": "string", "maxLength": 20} for number in range(200)}
    values = dict.fromkeys(wide, "text")
    schema = {"type": "object", "properties": wide, "additionalProperties": False}
    yield Subject("200 properties wide", schema, values, {**values, "field150": 5})


def _branch(number: int) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["type", "id"],
        "properties": {
            "type": {"const": f"event-{number}"},
            "id": {"type": "integer"},
            "text": {"type": "string"},
        },
    }


ORDER = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "lines"],
    "properties": {
        "id": {"type": "string", "pattern": "^ORD-[0-9]{6,10}$"},
        "total": {"type": "number", "minimum": 0, "multipleOf": 0.01},
        "lines": {
            "type": "array",
            "minItems": 1,
            "maxItems": 5,
            "items": {
                "type": "object",
                "required": ["sku", "count"],
                "properties": {
                    "sku": {"type": "string", "minLength": 3, "maxLength": 12},
                    "count": {"type": "integer", "minimum": 1, "maximum": 99},
                    "tags": {"type": "array", "uniqueItems": True, "items": {"maxLength": 9}},
                },
            },
        },
    },
}


def compilers(subject: Subject) -> Iterator[tuple[str, Callable[[], Judge]]]:
    """Yield, by name, what compiles the schema to a function that judges."""
    schema = subject.schema
    yield OURS, lambda: validator(schema).is_valid
    yield (
        "bare jsonschema-rs",
        lambda: jsonschema_rs.Draft7Validator(schema, validate_formats=True).is_valid,
    )
    yield PLAIN, lambda: jsonschema.Draft7Validator(schema).is_valid
    yield "jsonschema.validate()", lambda: lambda value: _passes(_validate, value, schema)
    try:
        fast = importlib.import_module("fastjsonschema")
    except ImportError:
        return
    yield "fastjsonschema", lambda: _fast(fast, schema)


def usable(subject: Subject) -> Iterator[tuple[str, Callable[[], Judge]]]:
    """Yield the compilers that can compile the schema, and say which one is left out."""
    for name, compile_ in compilers(subject):
        try:
            compile_()
        except Exception as error:
            print(f"  left out {name}: {type(error).__name__}")
        else:
            yield name, compile_


def _validate(value: Any, schema: Any) -> None:
    jsonschema.validate(value, schema, cls=jsonschema.Draft7Validator)


def _fast(module: Any, schema: Any) -> Judge:
    judge = module.compile(schema)
    return lambda value: _passes(judge, value)


def _passes(judge: Callable[..., object], *arguments: Any) -> bool:
    try:
        judge(*arguments)
    except Exception:
        return False
    return True


def _check(subject: Subject, judges: Mapping[str, Judge]) -> None:
    for name, judge in judges.items():
        if not judge(subject.good) or judge(subject.bad):
            raise SystemExit(f"{name} judges the payloads of {subject.name} otherwise")


def _print_compiling(compiled: Mapping[str, Callable[[], Judge]], rounds: int) -> None:
    named = {name: run for name, run in compiled.items() if name != "jsonschema.validate()"}
    seconds = race(list(named.values()), rounds=rounds)
    parts = [f"{name} {each * 1e3:,.2f} ms" for name, each in zip(named, seconds, strict=True)]
    print(f"  compile  {', '.join(parts)}")


def _print_judging(kind: str, judges: Mapping[str, Judge], value: Any, rounds: int) -> float:
    """Print the rates; return how many times as fast as plain jsonschema this package is."""
    runners = [lambda judge=judge: judge(value) for judge in judges.values()]
    seconds = dict(zip(judges, race(runners, rounds=rounds), strict=True))
    for name, each in seconds.items():
        print(f"  {kind:<8} {name:<22} {1 / each:>12,.0f}/s {each / seconds[OURS]:>9.2f}x")
    return seconds[PLAIN] / seconds[OURS]


def _print_explaining(subject: Subject, rounds: int) -> None:
    ours = validator(subject.schema)
    plain = jsonschema.Draft7Validator(subject.schema)
    runners = [
        lambda: list(ours.iter_errors(subject.bad)),
        lambda: list(plain.iter_errors(subject.bad)),
    ]
    seconds = race(runners, rounds=rounds)
    for name, each in zip((OURS, PLAIN), seconds, strict=True):
        print(f"  explain  {name:<22} {1 / each:>12,.0f}/s {each / seconds[0]:>9.2f}x")
    print()


def _rounds() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each is run")
    rounds: int = parser.parse_args().rounds
    if rounds < 1:
        raise SystemExit("--rounds has to be at least 1")
    return rounds


if __name__ == "__main__":
    main()
