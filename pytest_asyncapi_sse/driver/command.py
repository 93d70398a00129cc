"""A client under test in any language: a command, which prints a line for each thing it delivers.

The call is in the environment. A line is `{"payload": ...}`, with the name of its `message` and the
event's `data` as text where the client knows them, or `{"error": "..."}` for a rejection.
"""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pytest_asyncapi_sse.document.address import suggestion
from pytest_asyncapi_sse.driver.calling import Call
from pytest_asyncapi_sse.driver.delivery import Delivery, rejection
from pytest_asyncapi_sse.driver.group import ProcessGroup, how_it_ended, with_last_words
from pytest_asyncapi_sse.driver.listening import Listening
from pytest_asyncapi_sse.driver.wire import MAX_LINE, delivery_of
from pytest_asyncapi_sse.errors import ConfigurationError, printable, shown
from pytest_asyncapi_sse.schema import JSONDefect, dump_json, parse_json

# How the failure begins of a client that is ended for what it printed.
NO_PROTOCOL = "printed a line that is none of the protocol"
_GRACE_SECONDS = 0.2
_SHOWN = 200
_KEYS = ({"payload", "message", "data"}, {"error", "message"})
_LEFT_OUT = ", and JSON.stringify leaves out what is undefined"
_TOGETHER = "with payload may go message and data, with error message alone"
# What is JSON by its grammar: the fault is in what was delivered, not in the protocol.
_OF_THE_PAYLOAD = frozenset(
    {
        "json-nan",
        "json-duplicate-key",
        "json-surrogate",
        "json-depth",
        "json-overflow",
        "json-digits",
    }
)


class CommandDriver:
    """Run a command for each call, in a process group that is killed when the call is stopped.

    `folder` is its working directory. Raises ConfigurationError where there is no such program.
    """

    def __init__(self, command: str, *, folder: Path) -> None:
        self._words = command_words(command, folder=folder)
        self._folder = folder
        self._running: dict[Listening, ProcessGroup] = {}

    def start(self, call: Call) -> Listening:
        """Start the command and return at once."""
        listening = Listening()

        def ended(status: int | None) -> None:
            failure = "" if status == 0 else how_it_ended(status, listening.said)
            listening.end(failure, how=how_it_ended(status, ""))

        try:
            self._running[listening] = ProcessGroup(
                self._words,
                folder=self._folder,
                environment={**_UNBUFFERED, **os.environ, **_variables(call)},
                take=lambda line: _take(line, listening),
                hear=listening.hear,
                ended=ended,
            )
        except (OSError, ValueError) as error:
            lost = isinstance(error, FileNotFoundError)
            hint = "; is there the program that its first line names?" if lost else ""
            listening.end(f"its process did not start: {error}{hint}")
        return listening

    def stop(self, listening: Listening, *, within: float) -> bool:  # noqa: ARG002
        """End the command with its whole process group; nothing of it blocks, so this is True."""
        listening.stopping = True
        group = self._running.pop(listening, None)
        if group is not None:
            group.terminate(grace=_GRACE_SECONDS)
        return True

    def close(self) -> None:
        """End every command that runs."""
        for listening in list(self._running):
            self.stop(listening, within=0)


def command_words(command: str, *, folder: Path) -> list[str]:
    """Return the words of a command whose program exists; raises ConfigurationError.

    They are split as a shell does, and no shell runs them. A program that is named by a path counts
    from `folder`.
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        reason = str(error)[:1].lower() + str(error)[1:]
        raise ConfigurationError(f"{shown(command, _SHOWN)} is no command: {reason}") from None
    if not words or not words[0]:
        raise ConfigurationError(f"{shown(command, _SHOWN)} names no program")
    defect = _program_defect(words[0], folder)
    if defect:
        raise ConfigurationError(f"{shown(command, _SHOWN)} can't be run: {defect}")
    return words


def _program_defect(program: str, folder: Path) -> str:
    """Say why a program can't be started; empty where it can."""
    path = folder / program
    if "/" in program:
        if path.is_dir():
            return f"{program!r} is a folder"
        if not path.is_file():
            near = suggestion(program, _beside(program, folder))
            return f"there is no file {shown(program, _SHOWN)}{near}"
        if not os.access(path, os.X_OK):
            return (
                f"{program!r} is not executable: make it so, or name the program that runs it,"
                f" such as node {program}"
            )
        return ""
    if shutil.which(program) is not None:
        return ""
    if path.is_file():
        return f"{program!r} is a file, no program: give ./{program}, or what runs it"
    if program.partition("=")[1]:
        return f"no shell reads it: to set a variable, give env {program} PROGRAM"
    near = suggestion(program, sorted(_programs()))
    return f"there is no program {shown(program, _SHOWN)} on the path{near}"


def _beside(program: str, folder: Path) -> Iterator[str]:
    place, slash, _ = program.rpartition("/")
    try:
        yield from (f"{place}{slash}{file.name}" for file in (folder / f"{place}/").iterdir())
    except OSError:
        return


def _programs() -> set[str]:
    found: set[str] = set()
    for place in os.get_exec_path():
        try:
            found.update(file.name for file in Path(place).iterdir())
        except OSError:
            continue
    return found


# A Python client would keep its lines until it ends, since it writes into a pipe.
_UNBUFFERED = {"PYTHONUNBUFFERED": "1"}


def _variables(call: Call) -> dict[str, str]:
    return {
        "ASYNCAPI_SSE_URL": call.url,
        "ASYNCAPI_SSE_BASE_URL": call.base_url,
        "ASYNCAPI_SSE_CHANNEL": call.channel,
        "ASYNCAPI_SSE_PARAMETERS": dump_json(dict(call.parameters)),
        "ASYNCAPI_SSE_HEADERS": dump_json(dict(call.headers)),
    }


def _take(line: bytes, listening: Listening) -> None:
    """Deliver what a line says, or end the client where the line says nothing of use."""
    if not line.strip():
        return
    found = _read(line)
    if isinstance(found, Delivery):
        listening.deliver(found, size=len(line))
        return
    text = (
        f"{NO_PROTOCOL}: {found}: {_shown(line)}; print JSON lines,"
        ' such as {"payload": ...} or {"error": "..."}, and log to standard error'
    )
    listening.end(with_last_words(text, listening.said))


def _read(line: bytes) -> Delivery | str:
    """Return what a line delivers, or what is wrong with it."""
    if len(line) > MAX_LINE:
        return f"it has more than {MAX_LINE:,} bytes"
    try:
        fields = parse_json(line)
    except JSONDefect as defect:
        if defect.code in _OF_THE_PAYLOAD and line.lstrip().startswith(b"{"):
            return rejection(f"printed a line that readers of JSON disagree on: {defect}")
        return str(defect)
    defect_of_fields = _defect(fields)
    if defect_of_fields:
        return defect_of_fields
    if "error" in fields:
        fields["error"] = rejection(fields["error"]).error
    return delivery_of(fields)


def _defect(fields: Any) -> str:
    """Say why the value of a line is none of the protocol; empty where it is."""
    if not isinstance(fields, Mapping):
        return "it is no JSON object"
    if not {"payload", "error"} & set(fields):
        return f"it has {_listed(fields)}, neither payload nor error{_LEFT_OUT}"
    if not any(set(fields) <= keys for keys in _KEYS):
        return f"it has {_listed(fields)}: {_TOGETHER}"
    for name in ("message", "data"):
        if not isinstance(fields.get(name), str | None):
            return f"its {name} is no text"
    if "error" in fields and not isinstance(fields["error"], str):
        return "its error is no text"
    return ""


def _listed(fields: Mapping[str, Any]) -> str:
    names = ", ".join(printable(name, 40) for name in list(fields)[:5])
    more = len(fields) - 5
    return f"the keys {names}{f' and {more} more' if more > 0 else ''}" if fields else "no keys"


def _shown(line: bytes) -> str:
    cut = line[:_SHOWN].decode("utf-8", "replace")
    more = f" ({len(line):,} bytes)" if len(line) > _SHOWN else ""
    return f"{cut.strip()!r}{more}"
