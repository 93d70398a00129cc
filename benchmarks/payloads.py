"""How fast payloads are drawn: `python benchmarks/payloads.py --install [--corpus DIR]`.

Beside hypothesis-jsonschema and Schemathesis, each in an environment of its own: `--install` makes
them in a folder that is thrown away, two other options name interpreters that have them. All draw
from the same schemas in one run, in turn, and CPU time is what counts. What a schema costs before
its first value is measured apart from the values.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROUNDS = 5
VALUES = 100
OURS, SECOND, THIRD = "pytest-asyncapi-sse", "hypothesis-jsonschema", "schemathesis"
# The last Hypothesis that hypothesis-jsonschema works with.
WANTED = {SECOND: ("hypothesis==6.170.9", SECOND), THIRD: (THIRD,)}
HERE = Path(__file__).parent
WORKER = HERE / "payload_worker.py"
CORPUS = HERE.parents[1] / "shared" / "schemas"
COLLECTIONS = ("asyncapi-like.json", "asyncapi-spec-payloads.json")
MOST_LISTED = 20
# Of the collections; hypothesis-jsonschema takes seconds for some of their schemas.
EVERY = 3


def main() -> None:
    """Print the times of each schema, then the medians of the ratios."""
    options = _options()
    with ExitStack() as stack:
        pythons = {SECOND: options.hypothesis_jsonschema, THIRD: options.schemathesis}
        if options.install:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            pythons = {name: _installed(folder / name, wanted) for name, wanted in WANTED.items()}
        chosen = {OURS: sys.executable, **{name: path for name, path in pythons.items() if path}}
        engines = [stack.enter_context(Engine(name, path)) for name, path in chosen.items()]
        for engine in engines:
            print(f"{engine.name} {engine.version}")
        print(f"CPU time to the first value, and values a second of {VALUES}; {ROUNDS} rounds\n")
        _compare("the schemas above", schemas(), engines)
        if options.corpus.is_dir():
            _compare(f"one in {EVERY} of the collections", collected(options.corpus), engines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--install", action="store_true", help="make the other environments")
    for name in WANTED:
        parser.add_argument(f"--{name}", metavar="PYTHON", help=f"an interpreter that has {name}")
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="a folder of schemas")
    return parser.parse_args()


def _installed(folder: Path, wanted: tuple[str, ...]) -> str:
    """Make an environment that has the packages, and return its interpreter."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = str(folder / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", *wanted], check=True)
    return python


def schemas() -> dict[str, Any]:
    """Return the schemas that are drawn from, by name."""
    text, count = {"type": "string"}, {"type": "integer", "minimum": 0}
    signup = {
        "type": "object",
        "required": ["email"],
        "properties": {"displayName": text, "email": {"type": "string", "format": "email"}},
    }
    line = {
        "type": "object",
        "required": ["sku", "count"],
        "properties": {
            "sku": {"type": "string", "minLength": 3, "maxLength": 12},
            "count": {"type": "integer", "minimum": 1, "maximum": 99},
            "price": {"type": "number", "minimum": 0, "maximum": 10_000},
        },
    }
    order = {
        "type": "object",
        "additionalProperties": False,
        "required": ["id", "placed", "customer", "lines"],
        "properties": {
            "id": {"type": "string", "pattern": "^ORD-[0-9]{6,10}$"},
            "placed": {"type": "string", "format": "date-time"},
            "customer": signup,
            "lines": {"type": "array", "minItems": 1, "maxItems": 5, "items": line},
            "status": {"enum": ["open", "paid", "sent"]},
        },
    }
    kinds = [
        {
            "type": "object",
            "required": ["kind", "at"],
            "properties": {"kind": {"const": f"kind{number}"}, "at": count, "note": text},
        }
        for number in range(6)
    ]
    node = {
        "type": "object",
        "required": ["value"],
        "properties": {
            "value": {"type": "integer"},
            "children": {"type": "array", "items": {"$ref": "#/definitions/node"}},
        },
    }
    deep: Any = count
    for _ in range(50):
        deep = {"type": "object", "required": ["in"], "properties": {"in": deep}}
    wide = {f"field{number}": (text, count)[number % 2] for number in range(200)}
    return {
        "signup": signup,
        "nested order": order,
        "oneOf of 6 by const": {"oneOf": kinds},
        "enum of 1,500": {"enum": [f"value {number}" for number in range(1_500)]},
        "recursive tree": {"$ref": "#/definitions/node", "definitions": {"node": node}},
        "200 properties wide": {"type": "object", "properties": wide, "required": list(wide)[:20]},
        "50 levels deep": deep,
        "list of numbers": {"type": "array", "items": {"type": "number"}, "minItems": 3},
        "identifiers and dates": {
            "type": "object",
            "required": ["id", "on", "from"],
            "properties": {
                "id": {"type": "string", "format": "uuid"},
                "on": {"type": "string", "format": "date"},
                "from": {"type": "string", "format": "uri"},
            },
        },
    }


def collected(folder: Path) -> dict[str, Any]:
    """Return some of the schemas of the collections in a folder, by name."""
    rows = [
        row
        for name in COLLECTIONS
        if (folder / name).is_file()
        for row in json.loads((folder / name).read_text(encoding="utf-8"))
    ]
    return {row["id"]: row["schema"] for row in rows[::EVERY]}


@dataclass(frozen=True, slots=True)
class Times:
    """Hold what one engine took for a schema: seconds to the first value, then values a second."""

    first: float
    rate: float


class Engine:
    """Hold a process that draws with one engine, in an environment of its own."""

    def __init__(self, name: str, python: str) -> None:
        self.name, self._python = name, python
        self.version = ""

    def __enter__(self) -> Engine:
        self._process = subprocess.Popen(
            [self._python, WORKER, self.name, str(VALUES)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.version = self._answer()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def draw(self, schema: Any) -> list[float] | None:
        """Return the two times of one round, None where the engine does not draw from a schema."""
        if self._process.stdin is not None:
            self._process.stdin.write(json.dumps(schema) + "\n")
            self._process.stdin.flush()
        found: list[float] | None = self._answer()
        return found

    def _answer(self) -> Any:
        line = self._process.stdout.readline() if self._process.stdout is not None else ""
        if not line:
            raise SystemExit(f"{self.name} can't be run by {self._python}")
        return json.loads(line)


def race(schema: Any, engines: list[Engine]) -> list[Times | None]:
    """Have all draw in turn, round after round, and return the medians of each."""
    rounds = [[engine.draw(schema) for engine in engines] for _ in range(ROUNDS)]
    return [_median(found) for found in zip(*rounds, strict=True)]


def _median(found: tuple[list[float] | None, ...]) -> Times | None:
    times = [one for one in found if one is not None]
    if len(times) < len(found):
        return None
    return Times(*(statistics.median(column) for column in zip(*times, strict=True)))


def _compare(title: str, named: dict[str, Any], engines: list[Engine]) -> None:
    is_listed = len(named) <= MOST_LISTED
    if is_listed:
        print(" " * 24 + "".join(f"{engine.name:>26}" for engine in engines))
    rows: dict[str, list[Times | None]] = {}
    for name, schema in named.items():
        rows[name] = race(schema, engines)
        if is_listed:
            print(f"{name:<24}" + "".join(f"{_cell(one):>26}" for one in rows[name]), flush=True)
    for index, engine in enumerate(engines[1:], 1):
        print(f"{title}: {_ratios(engine.name, rows, index)}", flush=True)


def _cell(times: Times | None) -> str:
    if times is None:
        return "nothing drawn"
    return f"{times.first * 1000:,.1f} ms {times.rate:>9,.0f}/s"


def _ratios(name: str, rows: dict[str, list[Times | None]], index: int) -> str:
    both = [(schema, row[0], row[index]) for schema, row in rows.items()]
    pairs = [(schema, ours, theirs) for schema, ours, theirs in both if ours and theirs]
    if not pairs:
        return f"{name} draws from none"
    rates = sorted((ours.rate / theirs.rate, schema) for schema, ours, theirs in pairs)
    first = statistics.median(theirs.first / ours.first for _, ours, theirs in pairs)
    slower = ", ".join(f"{ratio:.2f} for {schema}" for ratio, schema in rates[:3] if ratio < 1)
    return (
        f"{statistics.median(ratio for ratio, _ in rates):.2f} times the values a second of {name}"
        f" at the median, {rates[0][0]:.2f} at the least; the first value comes {first:.2f} times"
        f" as fast; {len(pairs)} of {len(rows)} drawn from by both"
        + (f"; slower: {slower}" if slower else "")
    )


if __name__ == "__main__":
    main()
