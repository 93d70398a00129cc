"""Access: what references may reach beyond the document's own folder tree."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from pytest_asyncapi_sse.errors import ConfigurationError, shown

PathName = str | os.PathLike[str]

_DEFAULT_PORTS = {"http": 80, "https": 443}
_ENCODED = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("-._~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_MAX_DECODED = 10
_SHOWN = 120
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|\w([\w.-]*\w)?)(:\d{1,5})?")


@dataclass(frozen=True, slots=True)
class Access:
    """Hold the hosts, the real paths of folders and files, and the copies of URLs, all allowed."""

    hosts: frozenset[str] = frozenset()
    folders: tuple[str, ...] = ()
    files: frozenset[str] = frozenset()
    copies: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        *,
        allow_remote: Iterable[str] = (),
        allow_folders: Iterable[PathName] = (),
        url_map: Mapping[str, PathName] | None = None,
    ) -> Access:
        """Build it from the arguments of `load`; raises ConfigurationError for unusable ones."""
        if not allow_remote and not allow_folders and not url_map:
            return cls()
        for name, values in (("allow_remote", allow_remote), ("allow_folders", allow_folders)):
            if isinstance(values, str | bytes | os.PathLike):
                raise ConfigurationError(f"{name} is {values!r}, expected a list")
        folders = [os.fspath(folder) for folder in allow_folders]
        copies = {url: os.fspath(copy) for url, copy in (url_map or {}).items()}
        hosts = list(allow_remote)
        _refuse("allow_remote", map(host_defect, hosts))
        _refuse("allow_folders", map(folder_defect, folders))
        _refuse("url_map", (copy_defect(url, copy) for url, copy in copies.items()))
        mapped_folders = [copy for url, copy in copies.items() if url.endswith("/")]
        return cls(
            hosts=frozenset(host.lower() for host in hosts),
            folders=tuple(os.path.realpath(folder) for folder in [*folders, *mapped_folders]),
            files=frozenset(os.path.realpath(copy) for copy in copies.values()),
            copies={_normal(url): copy for url, copy in copies.items()},
        )

    def allows_url(self, url: str) -> bool:
        """Whether an http(s) URL may be fetched, for its host and port."""
        return not self.hosts.isdisjoint(_hosts_of(url))

    def allows_path(self, real: str) -> bool:
        """Whether a file may be read, by its real path."""
        return real in self.files or any(is_inside(folder, real) for folder in self.folders)

    def copy_of(self, url: str) -> str | None:
        """Return the path that a URL is mapped to, by itself or by its longest prefix."""
        normal = _normal(url)
        if normal in self.copies:
            return self.copies[normal]
        above = [key for key in self.copies if key.endswith("/") and normal.startswith(key)]
        if not above:
            return None
        prefix = max(above, key=len)
        tail = normal[len(prefix) :].partition("?")[0].lstrip("/")
        return posixpath.join(self.copies[prefix], unquote(tail))


def host_defect(host: str) -> str:
    """Return what is wrong with an allowed host; empty where nothing is."""
    if isinstance(host, str) and _HOST.fullmatch(host.lower()):
        return ""
    return f"{_hushed(host)}: give a host, such as schemas.example.com or localhost:8080"


def folder_defect(folder: str) -> str:
    """Return what is wrong with an allowed folder; empty where nothing is."""
    if folder and _is_folder(folder):
        return ""
    return f"{folder!r}: give a folder that exists"


def copy_defect(url: str, copy: str) -> str:
    """Return what is wrong with the copy of a URL; empty where nothing is."""
    try:
        usable = bool(urlsplit(url).scheme) and "#" not in url
    except ValueError:
        usable = False
    if not usable:
        return f"{_hushed(url)}: give a URL with its scheme and without a fragment"
    if not copy:
        return f"{_hushed(url)} without a file: give URL=FILE"
    if url.endswith("/"):
        return "" if _is_folder(copy) else f"{_hushed(url)} as {copy!r}: give a folder that exists"
    return "" if is_file(copy) else f"{_hushed(url)} as {copy!r}: give a file that exists"


def is_file(path: PathName) -> bool:
    """Whether there is a file of that name; a name that can't be one has none."""
    try:
        return Path(path).is_file()
    except (OSError, ValueError):
        return False


def _is_folder(path: PathName) -> bool:
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):
        return False


def is_url(source: str) -> bool:
    """Whether the source of a document is a URL, and no path."""
    return source.lower().startswith(("http://", "https://"))


def is_inside(folder: str, real: str) -> bool:
    """Whether a real path is a folder's own or below it."""
    return os.path.commonpath([folder, real]) == folder


def is_below(folder: str, url: str) -> bool:
    """Whether a URL leads below a folder's URL, on the same host and port."""
    try:
        above, below = urlsplit(folder), urlsplit(url)
        same_port = (above.port, above.hostname) == (below.port, below.hostname)
    except ValueError:
        return False
    path = unquote(below.path).replace("\\", "/")
    return (
        above.scheme == below.scheme
        and same_port
        and path.startswith(unquote(above.path))
        and not _steps_up(below.path)
    )


def _steps_up(path: str) -> bool:
    """Whether a server may take a part of a path for a step up."""
    # Some decode a path twice, and some cut a segment at its first semicolon.
    for _ in range(_MAX_DECODED):
        if any(part.startswith("..") for part in path.replace("\\", "/").split("/")):
            return True
        path, before = unquote(path), path
        if path == before:
            return False
    return True


def host_of(url: str) -> str:
    """Return the host of a URL as it would be allowed, with a port that is not the default."""
    return min(_hosts_of(url), key=len, default="")


def why_not_fetched(url: str) -> str:
    """Return what keeps a URL from being fetched, whatever is allowed; empty where nothing does."""
    try:
        parts = urlsplit(url)
        if parts.scheme not in _DEFAULT_PORTS:
            return "only http and https can be fetched"
        _ = parts.port
    except ValueError as error:
        return f"it is no URL: {str(error)[:_SHOWN]}"
    return "" if parts.hostname else "it names no host"


def shown_url(url: str) -> str:
    """Return a URL without its password and its fragment; raises ValueError where it is none."""
    parts = urlsplit(url)
    try:
        _ = parts.port
    except ValueError:
        # What stands in the port's place may be a password with a slash in it.
        raise ValueError("its port is no number up to 65535") from None
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=host, fragment=""))


def without_password(text: str) -> str:
    """Return what was given for a URL, whatever it is, without a user name and password in it."""
    before, at, rest = text.rpartition("@")
    scheme, slashes, _ = before.partition("//")
    return f"{scheme if slashes else ''}{slashes}***@{rest}" if at else text


def _hushed(given: object) -> str:
    return shown(without_password(given) if isinstance(given, str) else given)


def _normal(url: str) -> str:
    """Return a URL as maps are searched: no password, no fragment, and else of one spelling.

    The host is in lower case and without a default port, and nothing is percent-encoded that need
    not be (RFC 3986, section 6.2).
    """
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2].lower().removesuffix(":")
    host = host.removesuffix(f":{_DEFAULT_PORTS.get(parts.scheme, '')}")
    path, query = _ENCODED.sub(_decoded, parts.path), _ENCODED.sub(_decoded, parts.query)
    return urlunsplit(parts._replace(netloc=host, path=path, query=query, fragment=""))


def _decoded(encoded: re.Match[str]) -> str:
    character = chr(int(encoded[1], 16))
    return character if character in _UNRESERVED else encoded[0].upper()


def _hosts_of(url: str) -> set[str]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return set()
    default = _DEFAULT_PORTS.get(parts.scheme)
    if not host or default is None:
        return set()
    host = f"[{host}]" if ":" in host else host
    if port in (None, default):
        return {host, f"{host}:{default}"}
    return {f"{host}:{port}"}


def _refuse(name: str, defects: Iterable[str]) -> None:
    for defect in defects:
        if defect:
            raise ConfigurationError(f"{name} holds {defect}")
