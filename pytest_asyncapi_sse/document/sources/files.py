"""Files: what a document is made of, read once, within bounds and only where access is allowed."""

from __future__ import annotations

import os
import posixpath
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from pytest_asyncapi_sse.document.problems import problem_of, unreadable
from pytest_asyncapi_sse.document.sources.access import (
    Access,
    host_of,
    is_below,
    is_file,
    is_inside,
    is_url,
    why_not_fetched,
)
from pytest_asyncapi_sse.document.sources.disk import MAX_BYTES, contents_of
from pytest_asyncapi_sse.document.sources.fetching import Fetched, Fetcher, checked_url
from pytest_asyncapi_sse.document.text.positions import Positions
from pytest_asyncapi_sse.document.text.reading import built, decoded, parsed
from pytest_asyncapi_sse.errors import DocumentError, Location, Problem, shown

MAX_TOTAL_BYTES = 5 * MAX_BYTES
MAX_FILES = 1_000

# Nobody reads the hundredth suggestion, and each takes a look at the whole folder.
_MAX_ADVISED = 100


@dataclass(frozen=True, slots=True, eq=False)
class File:
    """Hold one file: `name` as the user would write it, `path` to resolve from, `data` read.

    `path` is None for what was fetched. `url` is set for that, and for the copy of a URL. `id` is
    the name, but where one file is read as several: a copy resolves from its URL.
    """

    name: str
    path: Path | None
    text: str
    data: Any
    is_json: bool
    url: str | None = None
    id: str = ""

    @property
    def uri(self) -> str:
        """The URI that identifiers in the file count from; nothing is read by it."""
        return self.url or Path(os.path.normpath(Path(self.path or self.name).absolute())).as_uri()


class NotAllowed(DocumentError):
    """Raised where a reference leads to a URL that may not be fetched."""

    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__([remote_problem(shown_reference(url), url)])


class Files:
    """Read files, each once, and find the places of their nodes."""

    def __init__(self, access: Access | None = None) -> None:
        self._access = access or Access()
        self._fetcher = Fetcher()
        self._files: dict[str, File] = {}
        self._failures: dict[str, DocumentError] = {}
        self._positions: dict[str, Positions] = {}
        self._root_path: Path | None = None
        self._folder: str | None = None
        self._url_folder: str | None = None
        self._bytes = 0
        self._unread = 0

    @property
    def opened(self) -> tuple[File, ...]:
        """The files that were read so far."""
        return tuple(dict.fromkeys(self._files.values()))

    def open_root(self, source: str | os.PathLike[str]) -> File:
        """Read the document itself, from a path or a URL; raises DocumentError."""
        name = os.fspath(source)
        url = name if is_url(name) else None
        copy = self._copy(url) if url else None
        if url is not None and copy is None:
            fetched = self._fetcher.fetch(url)
            self._url_folder = urljoin(fetched.url, ".")
            return self._add_fetched(checked_url(url), fetched)
        written = name if copy is None else copy
        path = Path(written)
        data = contents_of(path, written)
        name = _collapsible(written)
        self._root_path = path if name == written else Path(name)
        return self._add(name, self._root_path, data, url=url)

    def open_beside(self, base: File, reference: str) -> File:
        """Read the file that a reference in `base` names, without its fragment.

        Raises DocumentError, and NotAllowed where it is remote and may not be fetched.
        """
        url = _joined(base.url, reference) if base.url else reference
        if base.url or is_remote(reference):
            copy = self.open_copy(url)
            if copy is not None:
                return copy
        if is_remote(reference) or base.path is None:
            return self._open_url(url)
        path = unquote(urlsplit(reference).path)
        # As in a URL, .. is the folder that the text names, wherever links lead.
        target = base.path.parent / path
        if "\0" not in path:
            target = Path(os.path.normpath(target))
        if base.url and not is_file(target) and self._may_reach(url):
            return self._open_url(url)
        name = posixpath.normpath(posixpath.join(posixpath.dirname(base.name), path))
        self._check_inside(target, name, reference)
        return self._open_path(name, target)

    def open_copy(self, url: str) -> File | None:
        """Read the file that a URL is mapped to; None where it is not mapped."""
        copy = self._copy(url)
        if copy is None:
            return None
        copy = _collapsible(copy)
        name = posixpath.normpath(copy)
        self._check_inside(Path(copy), name, url)
        return self._open_path(name, Path(copy), url)

    def locate(self, file: str, pointer: str) -> Location:
        """Return the line and the column of a node, reading the file's text again.

        `file` is the file's `id`, as it stands in the key of a node.
        """
        known = self._files.get(file) or self._files.get(_key(file))
        if known is None:
            return Location(file, 1, 1, pointer)
        name = known.name
        if name not in self._positions:
            self._positions[name] = Positions(built(known.text, name, is_json=known.is_json))
        line, column = self._positions[name].find(pointer)
        return Location(name, line, column, pointer)

    def _copy(self, url: str) -> str | None:
        return self._access.copy_of(url) if _has_scheme(url) else None

    def _may_reach(self, url: str) -> bool:
        if self._access.allows_url(url):
            return True
        return self._url_folder is not None and is_below(self._url_folder, url)

    def _check_inside(self, target: Path, name: str, reference: str) -> None:
        # Symbolic links are resolved on both sides, so that none leads out of the folder.
        try:
            real = os.path.realpath(target)
        except ValueError:
            raise unreadable(f"{shown(name, 120)} names no file") from None
        if self._folder is None and self._root_path is not None:
            self._folder = os.path.realpath(self._root_path.parent)
        if self._folder is not None and is_inside(self._folder, real):
            return
        if self._access.allows_path(real):
            return
        message = f"{shown(reference, 120)} leads outside the document's folder tree"
        # A link inside of the tree is opened by the folder that it leads to.
        absolute = os.path.abspath(target)  # noqa: PTH100
        is_link = self._folder is None or is_inside(self._folder, absolute)
        folder = os.path.dirname(real) if is_link else posixpath.dirname(name)  # noqa: PTH120
        advice = "Copy the file beside the document, or allow its folder by"
        raise unreadable(message, advice=f"{advice} --asyncapi-allow-folder={folder or '.'}")

    def _open_path(self, name: str, path: Path, url: str | None = None) -> File:
        key = _key(name)
        known = self._files.get(key)
        if known is not None and known.url != url:
            key = f"{key} as {url}"
            known = self._files.setdefault(key, replace(known, url=url, id=key))
        if known is not None:
            return known
        self._check_bounds()
        self._unread += 1
        contents = contents_of(path, name, advises=self._unread <= _MAX_ADVISED)
        self._unread -= 1
        return self._add(name, path, contents, url=url)

    def _open_url(self, url: str) -> File:
        if not self._may_reach(url):
            raise NotAllowed(url)
        name = checked_url(url)
        if _key(name) in self._files:
            return self._files[_key(name)]
        if name in self._failures:
            raise self._failures[name]
        self._check_bounds()
        try:
            fetched = self._fetcher.fetch(url, may_reach=self._may_reach)
            return self._add_fetched(name, fetched)
        except DocumentError as error:
            self._failures[name] = error
            raise

    def _add_fetched(self, name: str, fetched: Fetched) -> File:
        file = self._add(name, None, fetched.contents, url=fetched.url)
        self._files.setdefault(_key(checked_url(fetched.url)), file)
        return file

    def _check_bounds(self) -> None:
        # It stands at the document itself, so that it is said once, not once for each reference.
        place = Location(next(iter(self._files), ""), 1, 1)
        if self._bytes > MAX_TOTAL_BYTES:
            message = f"the document's files have more than {MAX_TOTAL_BYTES:,} bytes in total"
            raise unreadable(message, place)
        if len(self._files) >= MAX_FILES:
            raise unreadable(f"the document has more than {MAX_FILES:,} files", place)

    def _add(self, name: str, path: Path | None, contents: bytes, *, url: str | None) -> File:
        self._bytes += len(contents)
        if self._bytes > MAX_TOTAL_BYTES:
            self._check_bounds()
        text = decoded(contents, name)
        data, is_json = parsed(text, name)
        file = File(name, path, text, data, is_json, url, id=name)
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


def remote_problem(subject: str, url: str, location: Location | None = None) -> Problem:
    """Say that a subject, which is remote, is not followed, and what would open it."""
    host = host_of(url)
    copy = "copy what it names into the document's folder and refer to the copy"
    defect = why_not_fetched(url)
    if defect:
        message = f"{subject} is remote, and {defect}"
        return problem_of(message, location, f"C{copy[1:]}, or give --asyncapi-map URL=FILE.")
    return problem_of(
        f"{subject} is remote, and remote refs aren't followed",
        location,
        f"Give --asyncapi-allow-remote {host} to fetch it, or --asyncapi-map URL=FILE to read a "
        f"copy, or {copy}.",
    )


def shown_reference(reference: str) -> str:
    """Render a reference, bounded, without the user and the password of a URL."""
    return shown(re.sub(r"//[^/?#]*@", "//", reference), 200)


def _collapsible(name: str) -> str:
    """Return a path whose `..` may be left out by its text: behind a link they lead elsewhere."""
    if ".." not in name:
        return name
    try:
        real = os.path.realpath(name)
        return name if os.path.realpath(os.path.normpath(name)) == real else real
    except ValueError:
        return name


def _joined(base: str, reference: str) -> str:
    try:
        return urljoin(base, reference)
    except ValueError:
        return reference


def _has_scheme(text: str) -> bool:
    try:
        return bool(urlsplit(text).scheme)
    except ValueError:
        return False


def _key(name: str) -> str:
    # The path of a URL is its server's own: //, .. and a query mean what the server likes.
    return name if "://" in name else posixpath.normpath(name)
