"""Mutations: broken documents made from whole ones, the same for the same seed and number."""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pytest_asyncapi_sse.document.text.yaml_text import build_yaml
from pytest_asyncapi_sse.errors import DocumentError

SEEDS = Path(__file__).parent / "seeds"
SHARED = "shared.yaml"
MAX_SEED_BYTES = 30_000

ODD_TEXTS = (
    "", " ", "\0", "\r\n", "\ufeff", "\u2028", "\ud800", "\U0001f600", "a" * 5_000, "{", "}", "{}",
    "{a}{b}", "~", "~2", "%", "%zz", "#", "#/", "#/a/", "/", "//", "..", "../../etc/passwd",
    "file:///etc/passwd", "http://[", "http://127.0.0.1:1/", "C:\\a", "$ref", "<<", "on", "null",
    "\u202e\u0301", "\x7f", "\x85", "-0", "e\u0301", "text/event-stream", "text/plain;x",
)  # fmt: skip
ODD_NUMBERS = (
    0, -1, 10**18, 2**64, 10**400, 10**4_000, -0.0, 1e308, 1e-320, float("inf"), float("nan"), 0.1,
)  # fmt: skip
VERSIONS = (
    "2.0.0", "2.6.0", "3.0.0", "3.1.0", "3.2.0", "1.2.0", "4.0.0", "3.0", "v3", "", "3.0.0-rc.1",
)  # fmt: skip
ODD_BYTES = (
    b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\0", b"\t", b"\r", b"\xef\xbb\xbf", b"\xff\xfe", b"---\n",
    b"...\n", b"&a ", b"*a", b"*a : b\n", b"!!python/object/apply:os.system ", b"!x ", b"? ", b"| ",
    b"[", b"{", b"}", b'"', b"'", b": ", b"- ", b"<<: *headers\n", b"%YAML 1.1\n", b"\\ud800",
    b"[" * 300, b'{"a":' * 300, b"- " * 300, b"9" * 5_000, b"0x" + b"f" * 5_000, b"\xc2\x85", b"#",
)  # fmt: skip
KEYS = (
    "$ref", "asyncapi", "channels", "operations", "messages", "message", "payload", "headers",
    "traits", "bindings", "http", "x-sse", "event", "allOf", "properties", "items", "definitions",
    "$defs", "$id", "$schema", "$dynamicRef", "const", "enum", "examples", "servers", "parameters",
    "address", "reply", "security", "schema", "schemaFormat", "contentType", "query", "method", "",
)  # fmt: skip

Place = tuple[Any, ...]
TreeMutation = Callable[[random.Random, Any], None]
TextMutation = Callable[[random.Random, bytes], bytes]


@dataclass(frozen=True, slots=True)
class Seed:
    """Hold a whole document: its text, and its data where it has any."""

    name: str
    contents: bytes
    data: Any


@dataclass(frozen=True, slots=True)
class Broken:
    """Hold a broken document, and how it came about."""

    contents: bytes
    suffix: str
    story: str


def own_seeds() -> list[Seed]:
    """Return the documents of the project."""
    return [_seed(path) for path in sorted(SEEDS.glob("v*.yaml"))]


def seeds_of(folder: Path) -> list[Seed]:
    """Return the documents below a folder that are small enough to break often."""
    paths = sorted(path for kind in ("yaml", "yml", "json") for path in folder.rglob(f"*.{kind}"))
    small = [path for path in paths if path.is_file() and path.stat().st_size <= MAX_SEED_BYTES]
    found = [_seed(path) for path in small]
    return [seed for seed in found if isinstance(seed.data, dict) and "asyncapi" in seed.data]


def broken(seeds: list[Seed], seed: int, number: int) -> Broken:
    """Return the broken document of that number."""
    rng = random.Random(f"{seed}/{number}")
    whole = rng.choice(seeds)
    story = [whole.name]
    contents, suffix = whole.contents, Path(whole.name).suffix
    if rng.random() < 0.65:
        data = copy.deepcopy(whole.data)
        for _ in range(rng.choice((1, 1, 2, 3, 6))):
            mutate = rng.choice(TREE)
            story.append(mutate.__name__)
            with suppress(RecursionError):
                mutate(rng, data)
        contents, suffix = _written(rng, data)
    if len(story) == 1 or rng.random() < 0.15:
        for _ in range(rng.choice((1, 1, 2, 4))):
            change = rng.choice(TEXT)
            story.append(change.__name__)
            contents = change(rng, contents)
    return Broken(contents, suffix, " ".join(story))


def _seed(path: Path) -> Seed:
    contents = path.read_bytes()
    try:
        data = build_yaml(contents.decode(errors="replace"), path.name).root
    except DocumentError:
        data = None
    return Seed(path.name, contents, data)


def _written(rng: random.Random, data: Any) -> tuple[bytes, str]:
    if rng.random() < 0.3:
        try:
            text = yaml.dump(data, Dumper=yaml.CSafeDumper, allow_unicode=True)
            return text.encode("utf-8", "surrogatepass"), ".yaml"
        except (RecursionError, ValueError, yaml.YAMLError):
            pass
    try:
        text = json.dumps(data, ensure_ascii=rng.random() < 0.5)
    except RecursionError:
        text = '{"a":[' * 1_000
    return text.encode("utf-8", "surrogatepass"), rng.choice((".json", ".yaml"))


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Return each container with each of its keys or indices."""
    pending = [value]
    while pending:
        parent = pending.pop()
        keys = list(parent) if isinstance(parent, dict) else range(len(parent))
        for key in keys:
            yield parent, key
            if isinstance(parent[key], dict | list):
                pending.append(parent[key])


def _place(rng: random.Random, data: Any) -> tuple[Any, Any]:
    found = list(places(data))
    return rng.choice(found) if found else ({"": None}, "")


def _junk(rng: random.Random) -> Any:
    simple = (None, True, False, 0, 1.5, "x", [], {}, ["x"], [None], [[]], {"a": 1}, {"$ref": 5})
    return copy.deepcopy(rng.choice((rng.choice(simple), rng.choice(ODD_TEXTS))))


def _pointer(rng: random.Random, data: Any) -> str:
    """Return a reference to anything in the document, mostly to something that is there."""
    way, value = "#", data
    while isinstance(value, dict | list) and value and (way == "#" or rng.random() < 0.75):
        key = rng.choice(list(value) if isinstance(value, dict) else range(len(value)))
        way += "/" + str(key).replace("~", "~0").replace("/", "~1")
        value = value[key]
    return rng.choice((way, way, way, f"{SHARED}{way}", f"spec.json{way}", f"spec.yaml{way}"))


def drop_a_key(rng: random.Random, data: Any) -> None:
    parent, key = _place(rng, data)
    del parent[key]


def swap_the_type(rng: random.Random, data: Any) -> None:
    parent, key = _place(rng, data)
    parent[key] = _junk(rng)


def wrap_a_value(rng: random.Random, data: Any) -> None:
    parent, key = _place(rng, data)
    parent[key] = rng.choice(([parent[key]], {rng.choice(KEYS): parent[key]}))


def move_a_subtree(rng: random.Random, data: Any) -> None:
    (source, taken), (parent, key) = _place(rng, data), _place(rng, data)
    parent[key] = copy.deepcopy(source.get(taken) if isinstance(source, dict) else source[taken])


def rename_a_key(rng: random.Random, data: Any) -> None:
    parent, key = _place(rng, data)
    if isinstance(parent, dict):
        parent[rng.choice((*KEYS, *ODD_TEXTS))] = parent.pop(key)


def add_a_key(rng: random.Random, data: Any) -> None:
    parent, key = _place(rng, data)
    if isinstance(parent, dict):
        parent[rng.choice(KEYS)] = rng.choice((_junk(rng), copy.deepcopy(parent[key])))


def point_elsewhere(rng: random.Random, data: Any) -> None:
    found = [parent for parent, key in places(data) if key == "$ref"]
    if found:
        rng.choice(found)["$ref"] = rng.choice((_pointer(rng, data), rng.choice(ODD_TEXTS)))


def refer(rng: random.Random, data: Any) -> None:
    parent, key = _place(rng, data)
    parent[key] = {"$ref": _pointer(rng, data)}


def nest_deeply(rng: random.Random, data: Any) -> None:
    parent, key = _place(rng, data)
    token, value = rng.choice((*KEYS, None)), parent[key]
    for _ in range(rng.choice((5, 50, 150, 195, 210))):
        value = [value] if token is None else {token: value}
    parent[key] = value


def write_an_odd_number(rng: random.Random, data: Any) -> None:
    parent, key = _place(rng, data)
    parent[key] = rng.choice(ODD_NUMBERS)


def write_an_odd_text(rng: random.Random, data: Any) -> None:
    parent, key = _place(rng, data)
    parent[key] = rng.choice(ODD_TEXTS)


def swap_the_version(rng: random.Random, data: Any) -> None:
    if isinstance(data, dict):
        data["asyncapi"] = rng.choice(VERSIONS)


TREE: tuple[TreeMutation, ...] = (
    drop_a_key, swap_the_type, wrap_a_value, move_a_subtree, rename_a_key, add_a_key,
    point_elsewhere, refer, refer, nest_deeply, write_an_odd_number, write_an_odd_text,
    swap_the_version,
)  # fmt: skip


def truncate(rng: random.Random, contents: bytes) -> bytes:
    return contents[: rng.randrange(len(contents) + 1)]


def flip_bytes(rng: random.Random, contents: bytes) -> bytes:
    changed = bytearray(contents)
    for _ in range(rng.choice((1, 3, 20)) if changed else 0):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def insert_bytes(rng: random.Random, contents: bytes) -> bytes:
    at = rng.randrange(len(contents) + 1)
    return contents[:at] + rng.choice(ODD_BYTES) + contents[at:]


def repeat_a_line(rng: random.Random, contents: bytes) -> bytes:
    lines = contents.splitlines(keepends=True) or [b""]
    at = rng.randrange(len(lines))
    return b"".join([*lines[:at], lines[at], *lines[at:]])


def drop_a_line(rng: random.Random, contents: bytes) -> bytes:
    lines = contents.splitlines(keepends=True) or [b""]
    del lines[rng.randrange(len(lines))]
    return b"".join(lines)


def indent_a_line(rng: random.Random, contents: bytes) -> bytes:
    lines = contents.splitlines(keepends=True) or [b""]
    at = rng.randrange(len(lines))
    lines[at] = lines[at][2:] if rng.random() < 0.5 else b"  " + lines[at]
    return b"".join(lines)


def repeat_a_key(rng: random.Random, contents: bytes) -> bytes:
    found = list(re.finditer(rb'[{,]\s*("(?:[^"\\]|\\.)*"|[\w$]+):', contents))
    if not found:
        return repeat_a_line(rng, contents)
    match = rng.choice(found)
    return contents[: match.start() + 1] + match[1] + b": 1, " + contents[match.start() + 1 :]


def splice(rng: random.Random, contents: bytes) -> bytes:
    start = rng.randrange(len(contents) + 1)
    end = min(len(contents), start + rng.randrange(200))
    at = rng.randrange(len(contents) + 1)
    return contents[:at] + contents[start:end] + contents[at:]


TEXT: tuple[TextMutation, ...] = (
    truncate, flip_bytes, insert_bytes, insert_bytes, repeat_a_line, drop_a_line, indent_a_line,
    repeat_a_key, splice,
)  # fmt: skip
