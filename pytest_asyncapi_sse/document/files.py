"""Files: what a document is made of, read once, within bounds and within one folder tree."""

from __future__ import annotations

import codecs
import difflib
import os
import posixpath
import stat
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from pytest_asyncapi_sse.document.json_text import NotJSON, build_json, read_json
from pytest_asyncapi_sse.document.positions import Positions
from pytest_asyncapi_sse.document.problems import problem_of, unreadable
from pytest_asyncapi_sse.document.tree import TreeBuilder
from pytest_asyncapi_sse.document.yaml_text import build_yaml
from pytest_asyncapi_sse.errors import DocumentError, Location, Problem, shown

MAX_BYTES = 10_000_000
MAX_TOTAL_BYTES = 5 * MAX_BYTES
MAX_FILES = 1_000
URL_TIMEOUT = 10.0
URL_DEADLINE = 3 * URL_TIMEOUT

_URL_SCHEMES = ("http://", "https://")
_LEAST_BYTES = 65_536
# Nobody reads the hundredth suggestion, and each takes a look at the whole folder.
_MAX_ADVISED = 100
_NEAR_NAMES = 1_000
_NEAR_LENGTH = 100
# UTF-32 goes first, because its mark in little-endian order starts with that of UTF-16.
_FOREIGN_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}


@dataclass(frozen=True, slots=True, eq=False)
class File:
    """Hold one file: `name` as the user would write it, `path` to resolve from, `data` read.

    `path` is None for a document that came from a URL.
    """

    name: str
    path: Path | None
    text: str
    data: Any
    is_json: bool


class Files:
    """Read files, each once, and find the places of their nodes."""

    def __init__(self) -> None:
        self._files: dict[str, File] = {}
        self._positions: dict[str, Positions] = {}
        self._root_path: Path | None = None
        self._folder: str | None = None
        self._bytes = 0
        self._unread = 0

    def open_root(self, source: str | os.PathLike[str]) -> File:
        """Read the document itself, from a path or a URL; raises DocumentError."""
        name = os.fspath(source)
        if name.lower().startswith(_URL_SCHEMES):
            return self._add(_shown_url(name), None, _fetched(name))
        path = Path(name)
        data = _contents(path, name)
        self._root_path = path
        return self._add(name, path, data)

    def open_beside(self, base: File, reference: str) -> File:
        """Read the file that a relative reference in `base` names; raises DocumentError."""
        path = unquote(urlsplit(reference).path)
        if base.path is None or self._root_path is None:
            raise DocumentError([remote_problem(reference, None)])
        if "\0" in path:
            raise unreadable("the file's name holds a NUL character")
        target = base.path.parent / path
        if self._folder is None:
            self._folder = os.path.realpath(self._root_path.parent)
        if not _is_inside(self._folder, target):
            message = f"{shown(reference, 120)} leads outside the document's folder tree"
            raise unreadable(message, advice="Copy the file beside the document.")
        name = posixpath.normpath(posixpath.join(posixpath.dirname(base.name), path))
        known = self._files.get(_key(name))
        if known is not None:
            return known
        self._check_bounds()
        self._unread += 1
        contents = _contents(target, name, advises=self._unread <= _MAX_ADVISED)
        self._unread -= 1
        return self._add(name, target, contents)

    def locate(self, file: str, pointer: str) -> Location:
        """Return the line and the column of a node, reading the file's text again."""
        known = self._files.get(_key(file))
        if known is None:
            return Location(file, 1, 1, pointer)
        if file not in self._positions:
            self._positions[file] = Positions(_build(known))
        line, column = self._positions[file].find(pointer)
        return Location(file, line, column, pointer)

    def _check_bounds(self) -> None:
        # It stands at the document itself, so that it is said once, not once for each reference.
        place = Location(next(iter(self._files), ""), 1, 1)
        if self._bytes > MAX_TOTAL_BYTES:
            message = f"the document's files have more than {MAX_TOTAL_BYTES:,} bytes in total"
            raise unreadable(message, place)
        if len(self._files) >= MAX_FILES:
            raise unreadable(f"the document has more than {MAX_FILES:,} files", place)

    def _add(self, name: str, path: Path | None, contents: bytes) -> File:
        self._bytes += len(contents)
        if self._bytes > MAX_TOTAL_BYTES:
            self._check_bounds()
        text = _decoded(contents, name)
        data, is_json = _parsed(text, name)
        file = File(name, path, text, data, is_json)
        self._files[_key(name)] = file
        return file


def is_remote(reference: str) -> bool:
    """Whether a reference names anything but a relative or absolute path in this file system."""
    if reference.startswith("#"):
        return False
    try:
        parts = urlsplit(reference)
    except ValueError:
        return True
    return bool(parts.scheme or parts.netloc)


def remote_problem(reference: str, location: Location | None) -> Problem:
    """Say that a remote reference is not followed."""
    message = f"the $ref {shown(reference, 200)} is remote, and remote refs aren't followed"
    advice = "Copy what it names into the document's folder and refer to the copy."
    return problem_of(message, location, advice)


def near(name: str, names: Any) -> str:
    """Return advice that names the known names nearest to a misspelt one, or none."""
    # The search takes the square of a name's length: it is for names that somebody typed.
    typed = [str(known) for known in islice(names, _NEAR_NAMES) if len(str(known)) <= _NEAR_LENGTH]
    close = difflib.get_close_matches(name, typed, n=3) if len(name) <= _NEAR_LENGTH else []
    return f"Did you mean {' or '.join(repr(known) for known in close)}?" if close else ""


def _is_inside(folder: str, target: Path) -> bool:
    # Symbolic links are resolved on both sides, so that none leads out of the folder.
    real = os.path.realpath(target)
    return os.path.commonpath([folder, real]) == folder


def _key(name: str) -> str:
    return posixpath.normpath(name)


def _contents(path: Path, name: str, *, advises: bool = True) -> bytes:
    if not name or "\0" in name:
        raise unreadable(f"{name!r} names no file")
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise unreadable(f"{name} is a folder, expected a file")
        if not stat.S_ISREG(status.st_mode):
            raise unreadable(f"{name} is not a regular file")
        # As many bytes as are asked for are set aside, so that it isn't always the bound.
        size = max(status.st_size, _LEAST_BYTES)
        with path.open("rb") as stream:
            contents = stream.read(min(size, MAX_BYTES) + 1)
    except FileNotFoundError:
        advice = _near_file(path) if advises else ""
        raise unreadable(f"there is no file {name}", advice=advice) from None
    except PermissionError:
        raise unreadable(f"there is no permission to read {name}") from None
    except ValueError:
        raise unreadable(f"{name!r} names no file") from None
    except OSError as error:
        raise unreadable(f"{name} can't be read: {error.strerror or error}") from None
    if len(contents) > MAX_BYTES:
        raise unreadable(f"{name} has more than {MAX_BYTES:,} bytes")
    return contents


def _near_file(path: Path) -> str:
    try:
        names = sorted(item.name for item in path.parent.iterdir())
    except OSError:
        return f"There is no folder {path.parent} either."
    return near(path.name, names)


def _decoded(contents: bytes, name: str) -> str:
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


def _parsed(text: str, name: str) -> tuple[Any, bool]:
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


def _build(file: File) -> TreeBuilder:
    build = build_json if file.is_json else build_yaml
    return build(file.text, file.name, marked=True)


def _shown_url(url: str) -> str:
    """Return a URL without its password; raises DocumentError where it is none."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        name = shown(url.rpartition("@")[2], 120)
        raise unreadable(f"{name} is no URL: {error}") from None
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=host, fragment=""))


def _fetched(url: str) -> bytes:
    import httpx

    contents = bytearray()
    name = _shown_url(url)
    deadline = time.monotonic() + URL_DEADLINE
    try:
        with httpx.stream("GET", url, timeout=URL_TIMEOUT, follow_redirects=True) as response:
            if response.status_code != httpx.codes.OK:
                raise unreadable(f"{name} answered {response.status_code}, expected 200")
            for chunk in response.iter_bytes():
                contents += chunk
                if len(contents) > MAX_BYTES:
                    raise unreadable(f"{name} has more than {MAX_BYTES:,} bytes")
                if time.monotonic() > deadline:
                    raise unreadable(f"{name} took longer than {URL_DEADLINE:.0f} s")
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        # A host name that can't be encoded is a ValueError of the standard library.
        reason = str(error) or type(error).__name__
        raise unreadable(f"{name} can't be fetched: {reason}") from None
    return bytes(contents)
