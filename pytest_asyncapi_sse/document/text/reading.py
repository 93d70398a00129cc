"""Reading a text: bytes become text, and text becomes data, by JSON's rules or YAML's."""

from __future__ import annotations

import codecs
from typing import Any

from pytest_asyncapi_sse.document.problems import unreadable
from pytest_asyncapi_sse.document.text.json_text import NotJSON, build_json, read_json
from pytest_asyncapi_sse.document.text.tree import TreeBuilder
from pytest_asyncapi_sse.document.text.yaml_text import build_yaml
from pytest_asyncapi_sse.errors import DocumentError, Location

# UTF-32 goes first, because its mark in little-endian order starts with that of UTF-16.
_FOREIGN_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}


def decoded(contents: bytes, name: str) -> str:
    """Return the text of a file; raises DocumentError where it is not UTF-8, or is empty."""
    foreign = next((word for mark, word in _FOREIGN_MARKS.items() if contents.startswith(mark)), "")
    if foreign:
        raise _at("", name, f"the text is {foreign}, expected UTF-8", "Save the file as UTF-8.")
    try:
        text = contents.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = contents[: error.start].decode("utf-8", errors="replace")
        raise _at(before, name, "the text is not UTF-8", "Save the file as UTF-8.") from None
    if "\0" in text:
        message = "a NUL character stands in the text"
        raise _at(text[: text.index("\0")], name, message, "Remove it.")
    if not text.strip():
        raise unreadable("the file is empty", Location(name, 1, 1))
    return text


def _at(before: str, name: str, message: str, advice: str) -> DocumentError:
    line = before.count("\n") + 1
    column = len(before) - before.rfind("\n")
    return unreadable(message, Location(name, line, column), advice)


def parsed(text: str, name: str) -> tuple[Any, bool]:
    """Return the data of a text, and whether it is JSON; raises DocumentError."""
    must_be_json = name.lower().endswith(".json")
    if must_be_json or text.lstrip()[:1] == "{":
        try:
            return read_json(text, name), True
        except NotJSON as error:
            if must_be_json:
                raise DocumentError([error.problem]) from None
    return _read_yaml(text, name), False


def _read_yaml(text: str, name: str) -> Any:
    builder = build_yaml(text, name)
    if builder.problems:
        raise DocumentError(build_yaml(text, name, marked=True).problems)
    if builder.roots == 1:
        return builder.root
    if builder.roots == 0:
        raise unreadable("the file is empty", Location(name, 1, 1))
    message = f"the file holds {builder.roots} YAML documents, expected one"
    raise unreadable(message, Location(name, 1, 1), "Split it at the lines `---`.")


def built(text: str, name: str, *, is_json: bool) -> TreeBuilder:
    """Return the builder of a text that was read before, with the places of what stands in it."""
    build = build_json if is_json else build_yaml
    return build(text, name, marked=True)
