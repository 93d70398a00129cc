"""The options: the command line and the ini file, read and checked before anything is contacted."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

from pytest_asyncapi_sse import option_values
from pytest_asyncapi_sse.client.limits import MAX_EVENT, MAX_STREAM, size_in_bytes
from pytest_asyncapi_sse.errors import shown

Side = Literal["server", "client"]
Require = Literal["server", "client", "both"]
_REQUIRE = ("server", "client", "both")
_PERSPECTIVE = ("server", "client")

_GROUP = "asyncapi"
_HELP = {
    "asyncapi": "test both sides of every SSE channel of this AsyncAPI document; a path or a URL",
    "asyncapi_url": "the base URL of the server under test",
    "asyncapi_app": "the server under test as an ASGI application, served on loopback",
    "asyncapi_client": "the client under test, a callable that returns what it delivers",
    "asyncapi_client_command": "the client under test in any language, a command that prints JSON",
    "asyncapi_trigger": "a callable that makes the server emit: trigger(channel, message, payload)",
    "asyncapi_require": "fail the run when this side has no target or none of its items ran",
    "asyncapi_header": "a header that goes with every request; repeatable",
    "asyncapi_parameter": "the value of an address parameter; repeatable",
    "asyncapi_allow_remote": "a host, such as localhost:8080, that serves remote $refs; repeatable",
    "asyncapi_allow_folder": "a folder that $refs may lead to, beside the document's; repeatable",
    "asyncapi_map": "a copy to read for a URL, or a folder for a URL that ends in /; repeatable",
    "asyncapi_timeout": "seconds for connecting, the response head and the first event (10)",
    "asyncapi_record": "a folder to save what is recorded of the server under test in",
    "asyncapi_replay": "judge the recordings of a folder instead of a server",
    "asyncapi_events": "how many events of a stream are judged (20)",
    "asyncapi_check": "a check that only runs when asked for: invalid-parameters or"
    " unknown-channels; repeatable",
}
_METAVAR = {
    "asyncapi": "SPEC",
    "asyncapi_url": "URL",
    "asyncapi_app": "MODULE:ATTR",
    "asyncapi_client": "MODULE:ATTR",
    "asyncapi_client_command": "COMMAND",
    "asyncapi_trigger": "MODULE:ATTR",
    "asyncapi_require": "SIDE",
    "asyncapi_header": '"Name: value"',
    "asyncapi_parameter": "[CHANNEL.]NAME=VALUE",
    "asyncapi_allow_remote": "HOST",
    "asyncapi_allow_folder": "DIR",
    "asyncapi_map": "URL=FILE",
    "asyncapi_timeout": "SECONDS",
    "asyncapi_record": "DIR",
    "asyncapi_replay": "DIR",
    "asyncapi_events": "N",
    "asyncapi_check": "NAME",
}
_REPEATABLE = frozenset(
    {
        "asyncapi",
        "asyncapi_allow_folder",
        "asyncapi_allow_remote",
        "asyncapi_check",
        "asyncapi_header",
        "asyncapi_map",
        "asyncapi_parameter",
    }
)
_ALLOW_FOLDER = "asyncapi_allow_folder"
_MOST_SECONDS = 24 * 60 * 60
_SIZES = {
    "asyncapi_max_event": "the largest event that is read, such as 16MiB (the default)",
    "asyncapi_max_stream": "how much of a stream is read, such as 64MiB (the default)",
}
_TARGET = re.compile(r"[\w.]+:[\w.]+")


@dataclass(frozen=True, slots=True)
class Options:
    """Hold the checked options; `documents` are absolute paths or URLs as the user gave them.

    `gate` is true where the contract items are to be collected: the document is on the command
    line, or no paths were given there.
    """

    documents: tuple[str, ...] = ()
    gate: bool = False
    url: str | None = None
    app: str | None = None
    client: str | None = None
    client_command: str | None = None
    trigger: str | None = None
    require: Require | None = None
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    parameters: dict[str, list[str]] = field(default_factory=dict)
    timeout: float = 10.0
    events: int = 20
    record: Path | None = None
    replay: Path | None = None
    max_event: int = MAX_EVENT
    max_stream: int = MAX_STREAM
    perspective: Side | None = None
    allow_remote: tuple[str, ...] = ()
    allow_folders: tuple[str, ...] = ()
    url_map: dict[str, str] = field(default_factory=dict)
    checks: tuple[str, ...] = ()

    @property
    def active(self) -> bool:
        """Whether a document is configured."""
        return bool(self.documents)

    def requires(self, side: Side) -> bool:
        """Tell whether a side must be tested."""
        return self.require in (side, "both")


def add_options(parser: pytest.Parser) -> None:
    """Register every option, and the ini setting of the same name in snake case."""
    group = parser.getgroup(_GROUP, "AsyncAPI over Server-Sent Events")
    for name, text in _HELP.items():
        repeatable = name in _REPEATABLE
        group.addoption(
            "--" + name.replace("_", "-"),
            dest=name,
            action="append" if repeatable else "store",
            default=None,
            metavar=_METAVAR[name],
            help=text,
        )
        if repeatable:
            parser.addini(name, text, type="linelist", default=None)
        else:
            parser.addini(name, text, type="string", default=None)
    parser.addini(
        "asyncapi_perspective",
        "whose side the document describes, where it does not say: server or client",
        default=None,
    )
    for name, text in _SIZES.items():
        parser.addini(name, text, type="string", default=None)


def read_options(config: pytest.Config) -> Options:
    """Return the checked options; raises UsageError with what is wrong and what to do."""
    on_command_line = bool(config.getoption("asyncapi"))
    documents = tuple(_document(config, spec) for spec in _many(config, "asyncapi"))
    url, app = _one(config, "asyncapi_url"), _module(config, "asyncapi_app")
    if url and app:
        raise _usage("--asyncapi-url and --asyncapi-app name two servers under test: give one")
    client, command = _module(config, "asyncapi_client"), _one(config, "asyncapi_client_command")
    if client and command:
        raise _usage(
            "--asyncapi-client and --asyncapi-client-command name two clients under test: give one"
        )
    max_event, max_stream = _sizes(config)
    return Options(
        documents=tuple(dict.fromkeys(documents)),
        gate=on_command_line or config.args_source is not pytest.Config.ArgsSource.ARGS,
        url=url and option_values.base_url(url),
        app=app,
        client=client,
        client_command=command,
        trigger=_module(config, "asyncapi_trigger"),
        require=_choice(config, "asyncapi_require", _REQUIRE),
        headers=dict(option_values.header(text) for text in _many(config, "asyncapi_header")),
        parameters=option_values.parameters(_many(config, "asyncapi_parameter")),
        timeout=_positive(config, "asyncapi_timeout", float, 10.0, most=_MOST_SECONDS),
        events=_positive(config, "asyncapi_events", int, 20),
        record=_written_folder(config),
        replay=_read_folder(config),
        max_event=max_event,
        max_stream=max_stream,
        perspective=_choice(config, "asyncapi_perspective", _PERSPECTIVE),
        allow_remote=tuple(
            option_values.host(text) for text in _many(config, "asyncapi_allow_remote")
        ),
        allow_folders=tuple(_folder(config, text) for text in _many(config, _ALLOW_FOLDER)),
        url_map=dict(_copy(config, text) for text in _many(config, "asyncapi_map")),
        checks=tuple(option_values.check(text) for text in _many(config, "asyncapi_check")),
    )


def _usage(text: str) -> pytest.UsageError:
    return pytest.UsageError(text)


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _one(config: pytest.Config, name: str) -> str | None:
    option = config.getoption(name, None)
    value = option if option is not None else config.getini(name)
    if value is None:
        return None
    text = str(value).strip()
    if not text:
        raise _usage(
            f"{_flag(name)} is empty: give it a {_METAVAR.get(name, 'value')}, or leave it out"
        )
    return text


def _many(config: pytest.Config, name: str) -> list[str]:
    option = config.getoption(name)
    values = option if option is not None else config.getini(name) or []
    for value in values:
        if not value.strip():
            raise _usage(f"{_flag(name)} is empty: give it a {_METAVAR[name]}, or leave it out")
    return [value.strip() for value in values]


def _document(config: pytest.Config, spec: str) -> str:
    if is_url(spec):
        return spec
    return _absolute(config, "asyncapi", spec)


def _absolute(config: pytest.Config, name: str, path: str) -> str:
    """Return a path that counts from the ini file where it was set there."""
    from_ini = config.getoption(name) is None
    folder = config.inipath.parent if from_ini and config.inipath else config.invocation_params.dir
    try:
        given = str((Path(folder) / Path(path).expanduser()).absolute())
    except RuntimeError:
        raise _usage(f"{_flag(name)} is {path!r}: no home folder of this user is known") from None
    return _collapsed(given)


def _collapsed(path: str) -> str:
    """Return a path without `..`, as pytest names its arguments, where that is the same file."""
    collapsed = os.path.normpath(path)
    try:
        same = not os.path.lexists(path) or Path(path).samefile(collapsed)
    except (OSError, ValueError):
        same = False
    return collapsed if same else os.path.realpath(path)


def is_url(spec: str) -> bool:
    """Tell a document's URL from its path."""
    from pytest_asyncapi_sse.document.sources import access

    return access.is_url(spec)


def _module(config: pytest.Config, name: str) -> str | None:
    target = _one(config, name)
    if target is not None and not _TARGET.fullmatch(target):
        raise _usage(f"{_flag(name)} is {target!r}: give MODULE:ATTR, such as shop.main:app")
    return target


def _choice(config: pytest.Config, name: str, choices: tuple[str, ...]) -> Any:
    value = config.getini(name) if name == "asyncapi_perspective" else _one(config, name)
    if value is not None and value not in choices:
        label = name if name == "asyncapi_perspective" else _flag(name)
        raise _usage(f"{label} is {value!r}: give one of {', '.join(choices)}")
    return value


def _positive(
    config: pytest.Config, name: str, kind: type, default: Any, *, most: float = float("inf")
) -> Any:
    text = _one(config, name)
    if text is None:
        return default
    try:
        value = kind(text)
    except ValueError:
        value = 0
    if not 0 < value <= most:
        wanted = "a whole number" if kind is int else "a number of seconds"
        bound = "" if most == float("inf") else f", {most} at most"
        raise _usage(f"{_flag(name)} is {shown(text, 60)}: give {wanted} above 0{bound}")
    return value


def _sizes(config: pytest.Config) -> tuple[int, int]:
    """Return the bounds of an event and of a stream; where one is given, the other makes room."""
    event, stream = (_size(config, name) for name in _SIZES)
    if event and stream and event > stream:
        raise _usage(
            f"asyncapi_max_event is {event:,} bytes, more than the {stream:,} of"
            " asyncapi_max_stream: raise this one too"
        )
    stream = stream or max(MAX_STREAM, event or 0)
    return event or min(MAX_EVENT, stream), stream


def _size(config: pytest.Config, name: str) -> int | None:
    text = config.getini(name)
    if text is None:
        return None
    size = size_in_bytes(text)
    if size is None:
        raise _usage(
            f"{name} is {shown(text, 60)}: give a size above 0, in bytes or such as 16MiB or 64MB"
        )
    return size


def _written_folder(config: pytest.Config) -> Path | None:
    text = _one(config, "asyncapi_record")
    if text is None:
        return None
    if _one(config, "asyncapi_replay") is not None:
        raise _usage("--asyncapi-record and --asyncapi-replay exclude each other: give one")
    folder = Path(_absolute(config, "asyncapi_record", text))
    if folder.exists() and not folder.is_dir():
        raise _usage(f"--asyncapi-record is {text!r}: this is a file, give a folder")
    return folder


def _read_folder(config: pytest.Config) -> Path | None:
    text = _one(config, "asyncapi_replay")
    if text is None:
        return None
    folder = Path(_absolute(config, "asyncapi_replay", text))
    if not folder.is_dir():
        raise _usage(
            f"--asyncapi-replay is {text!r}: there is no such folder; --asyncapi-record makes one"
        )
    return folder


def _folder(config: pytest.Config, text: str) -> str:
    from pytest_asyncapi_sse.document.sources.access import folder_defect

    folder = _absolute(config, _ALLOW_FOLDER, text)
    defect = folder_defect(folder)
    if defect:
        raise _usage(f"{_flag(_ALLOW_FOLDER)} is {defect}")
    return folder


def _copy(config: pytest.Config, text: str) -> tuple[str, str]:
    from pytest_asyncapi_sse.document.sources.access import copy_defect, without_password

    # A URL may have an = in its query; a file's name hardly ever has one.
    url, _, copy = (part.strip() for part in text.rpartition("="))
    path = _absolute(config, "asyncapi_map", copy) if copy else ""
    defect = copy_defect(url, path) if url else f"{without_password(text)!r}: give URL=FILE"
    if defect:
        raise _usage(f"--asyncapi-map is {defect}")
    return url, path
