"""The recordings of a run: made once, saved where they are asked for, and judged again."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, urlsplit

from pytest_asyncapi_sse.client.archive import dumped, loaded
from pytest_asyncapi_sse.errors import ConfigurationError, hides_frame, printable
from pytest_asyncapi_sse.model import Channel
from pytest_asyncapi_sse.sse import Recording

__tracebackhide__ = hides_frame

_SUFFIX = ".sse.json"
_MOST_NAME = 80


class Recordings:
    """Hold the recordings of a run.

    `folder` is where each is saved, None for nowhere; `replay` is where they come from in place of
    a server.
    """

    def __init__(self, *, folder: Path | None = None, replay: Path | None = None) -> None:
        self._folder = folder
        self._made: dict[object, Recording] = {}
        self._saved = None if replay is None else _read(replay)

    def once(
        self,
        key: object,
        channel: Channel,
        make: Callable[[], Recording],
        *,
        is_saved: bool,
    ) -> Recording:
        """Return the recording of a key, made on first use."""
        if key not in self._made:
            self._made[key] = make()
            if self._folder is not None and is_saved:
                save(self._folder, channel, self._made[key])
        return self._made[key]

    def replayed(self, channel: Channel) -> list[Recording]:
        """Return the recordings of a channel that were read, none where it has none."""
        return (self._saved or {}).get(_key(channel.name, _document_of(channel)), [])


def save(folder: Path, channel: Channel, recording: Recording) -> Path:
    """Write a recording into a folder, whole or not at all, and return its file.

    Raises ConfigurationError where it can't be written.
    """
    document = _document_of(channel)
    text = dumped(recording, document=document, channel=channel.name)
    path = folder / _file_name(document, channel.name, recording)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder, suffix=".part")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="surrogatepass") as file:
                file.write(text)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ConfigurationError(
            f"the recording can't be saved in {folder}: {error.strerror}; give another folder"
        ) from error
    return path


def _file_name(document: str, channel: str, recording: Recording) -> str:
    """Return a name that can be read, and that no other stream has."""
    values = ",".join(f"{name}={value}" for name, value in recording.parameters)
    whole = f"{document} {channel} {values}"
    mark = hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    parts = (PurePosixPath(document).stem, channel, values)
    readable = "-".join(quote(p, safe="=,", errors="replace") for p in parts if p)
    return f"{readable[:_MOST_NAME]}-{mark}{_SUFFIX}"


def _read(folder: Path) -> dict[object, list[Recording]]:
    found: dict[object, list[Recording]] = {}
    files = sorted(folder.glob(f"*{_SUFFIX}"))
    if not files:
        raise ConfigurationError(
            f"--asyncapi-replay: {folder} has no recordings: make them with --asyncapi-record"
        )
    for file in files:
        recording, about = _load(file)
        key = _key(str(about.get("channel")), str(about.get("document")))
        found.setdefault(key, []).append(recording)
    return found


def _load(file: Path) -> tuple[Recording, Mapping[str, Any]]:
    name = printable(str(file))
    try:
        text = file.read_text(encoding="utf-8", errors="surrogatepass")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"--asyncapi-replay: {name} can't be read: {error}") from error
    return loaded(text, name)


def _document_of(channel: Channel) -> str:
    return channel.origin.file if channel.origin else ""


def _key(channel: str, document: str) -> object:
    # The folder of the document may be another one where it is judged again.
    return channel, PurePosixPath(urlsplit(document).path).name
