"""The disk: the bytes of one file, or why it can't be read."""

from __future__ import annotations

import stat
from pathlib import Path

from pytest_asyncapi_sse.document.problems import near, unreadable
from pytest_asyncapi_sse.errors import shown

MAX_BYTES = 10_000_000

_LEAST_BYTES = 65_536
_SHOWN = 300


def contents_of(path: Path, name: str, *, advises: bool = True) -> bytes:
    """Read a file, bounded; raises DocumentError, with advice for a misspelt name if wanted."""
    if not name or "\0" in name:
        raise unreadable(f"{shown(name, _SHOWN)} names no file")
    name = _bounded(name)
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
        raise unreadable(f"{shown(name, _SHOWN)} names no file") from None
    except OSError as error:
        raise unreadable(f"{name} can't be read: {error.strerror or error}") from None
    if len(contents) > MAX_BYTES:
        raise unreadable(f"{name} has more than {MAX_BYTES:,} bytes")
    return contents


def _near_file(path: Path) -> str:
    try:
        names = sorted(item.name for item in path.parent.iterdir())
    except OSError:
        return f"There is no folder {_bounded(str(path.parent))} either."
    return near(path.name, names)


def _bounded(name: str) -> str:
    return name if len(name) <= _SHOWN else shown(name, _SHOWN)
