"""How long `load` takes: `python benchmarks/load.py [--corpus DIR] [--node-modules DIR]`.

Beside PyYAML's C loader, which makes plain data of the same text and checks nothing; beside
@asyncapi/parser, where Node and the package are there; and by the number of channels. What is
compared runs in turn in one run, and the best of a few rounds counts.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from pytest_asyncapi_sse import DocumentError, load

ROUNDS = 7
SIZES = (125, 250, 500, 1_000)
HERE = Path(__file__).parent
PLACES = (HERE.parents[1] / "shared" / "corpus", HERE.parent / "examples")
SUFFIXES = frozenset({".json", ".yaml", ".yml"})
NODE_DOCUMENTS = 50
NODE_SECONDS = 300

# The parser is made and warmed once, as a server that checks many documents would do it.
_SCRIPT = """
const { createRequire } = require('module');
const fs = require('fs');
const { Parser } = createRequire(process.argv[1] + '/')('@asyncapi/parser');
const parser = new Parser();
(async () => {
  const took = {};
  const paths = JSON.parse(fs.readFileSync(0, 'utf8'));
  for (const path of [paths[0], ...paths]) {
    const started = process.hrtime.bigint();
    await parser.parse(fs.readFileSync(path, 'utf8'), { source: path });
    took[path] = Number(process.hrtime.bigint() - started) / 1e9;
  }
  console.log(JSON.stringify(took));
})();
"""


def main() -> None:
    """Print the three comparisons."""
    options = _options()
    paths = documents(options.corpus)
    print(f"{len(paths)} documents that load, from {options.corpus}")
    ours = beside_yaml(paths)
    beside_parser(ours, options.node_modules)
    by_channels()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    default = next(place for place in PLACES if place.is_dir())
    parser.add_argument("--corpus", type=Path, default=default, help="a folder of documents")
    parser.add_argument("--node-modules", type=Path, help="a folder that has @asyncapi/parser")
    return parser.parse_args()


def documents(folder: Path) -> list[Path]:
    """Return the documents below a folder that load, and that PyYAML reads as well."""
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.suffix in SUFFIXES):
        try:
            plain(path)
            load(path)
        except (DocumentError, yaml.YAMLError, ValueError):
            continue
        found.append(path)
    if not found:
        raise SystemExit(f"no document below {folder} loads")
    return found


def plain(path: Path) -> Any:
    """Read a file into plain data, the fastest way that PyYAML has."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_YAML)


_YAML: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def best(rounds: int, *runners: Callable[[], object]) -> list[float]:
    """Run each in turn, round after round, and return the least seconds of each."""
    seconds = [float("inf")] * len(runners)
    for _ in range(rounds):
        for index, runner in enumerate(runners):
            started = time.perf_counter()
            runner()
            seconds[index] = min(seconds[index], time.perf_counter() - started)
    return seconds


def beside_yaml(paths: list[Path]) -> dict[Path, float]:
    """Print the ratio to reading plain data; return the seconds that each load takes."""
    ours, ratios = {}, []
    for path in paths:
        loading, reading = best(ROUNDS, lambda path=path: load(path), lambda path=path: plain(path))
        ours[path] = loading
        ratios.append(loading / reading)
    print(f"load:                       {_milliseconds(list(ours.values()))}")
    print(f"load / yaml.{_YAML.__name__}:    {_quartiles(ratios)}")
    return ours


def beside_parser(ours: dict[Path, float], modules: Path | None) -> None:
    """Print the ratio to @asyncapi/parser, or why it is left out."""
    node = shutil.which("node")
    if node is None or modules is None:
        reason = "there is no node on PATH" if node is None else "no --node-modules was given"
        print(f"@asyncapi/parser:           left out, {reason}")
        return
    if not (modules / "@asyncapi" / "parser").is_dir():
        print(f"@asyncapi/parser:           left out, {modules} does not have it")
        return
    chosen = list(ours)[:: len(ours) // NODE_DOCUMENTS + 1]
    try:
        took = _parsed([str(path.resolve()) for path in chosen], node, modules)
    except subprocess.SubprocessError as error:
        print(f"@asyncapi/parser:           left out, {str(error)[-300:]}")
        return
    ratios = [seconds / ours[path] for seconds, path in zip(took, chosen, strict=True)]
    print(f"@asyncapi/parser:           {_milliseconds(took)} ({len(chosen)} documents)")
    print(f"@asyncapi/parser / load:    {_quartiles(ratios)}")


def _parsed(paths: list[str], node: str, modules: Path) -> list[float]:
    """Return the seconds that @asyncapi/parser takes for each document."""
    done = subprocess.run(
        [node, "-e", _SCRIPT, str(modules.resolve().parent)],
        input=json.dumps(paths),
        capture_output=True,
        text=True,
        timeout=NODE_SECONDS,
        check=False,
    )
    if done.returncode:
        raise subprocess.SubprocessError(f"it failed: {done.stderr.strip()}")
    took = json.loads(done.stdout)
    return [took[path] for path in paths]


def by_channels() -> None:
    """Print the time for each channel of documents that only differ in their number."""
    with tempfile.TemporaryDirectory() as folder:
        runners = []
        for size in SIZES:
            path = Path(folder) / f"{size}.yaml"
            path.write_text(yaml.dump(document_of(size), Dumper=_dumper()), encoding="utf-8")
            runners.append(lambda path=path: load(path))
        seconds = best(3, *runners)
    each = [taken / size for size, taken in zip(SIZES, seconds, strict=True)]
    for size, taken, one in zip(SIZES, seconds, each, strict=True):
        print(f"{size:>5,} channels: {taken * 1000:>8,.1f} ms, {one * 1e6:>6,.0f} us a channel")
    print(f"per channel, {SIZES[-1]:,} to {SIZES[0]:,}: {each[-1] / each[0]:.2f}")


def document_of(size: int) -> dict[str, Any]:
    """Return a document of so many channels, each with a message and schemas of its own."""
    channels, operations, messages, schemas = {}, {}, {}, {}
    for number in range(size):
        channels[f"c{number}"] = {
            "address": f"/c{number}/{{id}}",
            "parameters": {"id": {"enum": ["a", "b"], "default": "a"}},
            "messages": {"m": {"$ref": f"#/components/messages/m{number}"}},
        }
        operations[f"o{number}"] = {
            "action": "send",
            "channel": {"$ref": f"#/channels/c{number}"},
            "messages": [{"$ref": f"#/channels/c{number}/messages/m"}],
        }
        messages[f"m{number}"] = {
            "name": f"m{number}",
            "payload": {"$ref": f"#/components/schemas/s{number}"},
            "examples": [{"payload": {"id": "a", "amount": {"value": 1}}}],
        }
        schemas[f"s{number}"] = {
            "type": "object",
            "required": ["id"],
            "properties": {
                "id": {"type": "string", "minLength": 1},
                "amount": {"$ref": "#/components/schemas/Amount"},
                "parent": {"$ref": f"#/components/schemas/s{number}"},
            },
        }
    schemas["Amount"] = {"type": "object", "properties": {"value": {"type": "number"}}}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Many channels", "version": "1.0.0"},
        "servers": {"main": {"host": "localhost", "protocol": "http"}},
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": schemas},
    }


def _dumper() -> Any:
    return getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def _milliseconds(seconds: list[float]) -> str:
    return _quartiles([1000 * value for value in seconds], " ms")


def _quartiles(values: list[float], unit: str = "") -> str:
    if len(values) < 2:
        return f"median {values[0]:.2f}{unit}"
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return f"median {middle:.2f}{unit}, quartiles {low:.2f} and {high:.2f}"


if __name__ == "__main__":
    main()
