"""The table of codes: it has every code that the package uses, and each has its place in docs/."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import pytest_asyncapi_sse
from pytest_asyncapi_sse.checks.codes import ALL, CODES
from pytest_asyncapi_sse.collector import NAMES

PACKAGE = Path(pytest_asyncapi_sse.__file__).parent
DOCS = Path(__file__).parent.parent / "docs"
CODE = re.compile(r"[a-z]+(-[a-z0-9]+)*")
SEVERITIES = ("error", "advice")
# What takes a code as an argument without a name, and which argument it is.
PLACES = {
    "Fault": 0,
    "_Fault": 0,
    "_Finding": 0,
    "Doubt": 0,
    "JSONDefect": 0,
    "find": 1,
    "_find": 1,
}
# Of a text in bytes, which no event has.
UNTOLD = {"json-encoding"}
PAGES = {"document": "documents.md", "server": "codes.md", "client": "client.md", "tests": "verdicts.md"}  # fmt: skip


def texts(node: ast.AST) -> Iterator[str]:
    """Yield the texts that an expression may be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from [*texts(node.body), *texts(node.orelse)]


def named(target: ast.AST, value: ast.AST) -> Iterator[str]:
    """Yield what is assigned to `code`, also among others."""
    if isinstance(target, ast.Name) and target.id.lower().lstrip("_") == "code":
        yield from texts(value)
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for part, given in zip(target.elts, value.elts, strict=False):
            yield from named(part, given)


def of_call(call: ast.Call) -> Iterator[str]:
    for keyword in call.keywords:
        if keyword.arg == "code":
            yield from texts(keyword.value)
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    if name in PLACES and len(call.args) > PLACES[name] + 1:
        yield from texts(call.args[PLACES[name]])


def used_by(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Call():
            yield from of_call(node)
        case ast.Assign(targets=[target], value=value):
            yield from named(target, value)
        case ast.AnnAssign(target=target, value=ast.AST() as value):
            yield from named(target, value)
        case ast.Tuple(elts=[first, ast.Constant(value=severity), *_]) if severity in SEVERITIES:
            yield from {*texts(first)}.difference(SEVERITIES)


def codes_in(text: str) -> set[str]:
    found = {code for node in ast.walk(ast.parse(text)) for code in used_by(node)}
    return {code for code in found if CODE.fullmatch(code)}


def test_every_code_that_is_used_is_in_the_table():
    used = {str(path): codes_in(path.read_text()) for path in PACKAGE.rglob("*.py")}
    missing = {name: codes - ALL - UNTOLD for name, codes in used.items() if codes - ALL - UNTOLD}
    assert missing == {}
    # The scan sees most of them; the others come from tables.
    assert len(set().union(*used.values())) > 50


@pytest.mark.parametrize(
    "line",
    [
        "Violation(code='new-code', summary='')",
        "Violation(code='a' if b else 'new-code')",
        "code, summary = 'new-code', 'text'",
        "code: Code = 'new-code' if a else 'b'",
        "Fault('new-code', 1)",
        "reader.find(node, 'new-code', 'text')",
        "yield 'new-code', 'advice', 'text'",
        "_CODE = 'new-code'",
    ],
)
def test_the_scan_sees_a_code(line):
    assert "new-code" in codes_in(f"def f():\n    {line}")


def test_every_code_of_the_table_is_used():
    literals = {
        node.value
        for path in PACKAGE.rglob("*.py")
        if path != PACKAGE / "checks" / "codes.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert literals >= ALL


def test_the_items_of_the_table_are_those_that_are_collected():
    assert {side: list(CODES[side]) for side in NAMES} == {s: list(n) for s, n in NAMES.items()}


@pytest.mark.parametrize("side", CODES)
def test_every_code_is_in_the_docs(side):
    page = (DOCS / PAGES[side]).read_text()
    codes = {code for codes in CODES[side].values() for code in codes}
    assert {code for code in codes if f"`{code}`" not in page} == set()
