"""Outcomes: a broken document is loaded and looked at, as somebody would who has it."""

from __future__ import annotations

import json
import shutil
import signal
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mutations import SEEDS, SHARED, Broken

from pytest_asyncapi_sse.document import load
from pytest_asyncapi_sse.errors import DocumentError
from pytest_asyncapi_sse.model import Document

SECONDS = 5
EXPECTED = ("loads", "loads with findings", "DocumentError")


class TookTooLong(BaseException):
    """Raised by the alarm; no `except Exception` of the reader may swallow it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold what came of a document; `trace` where it is none of the expected outcomes."""

    word: str
    seconds: float
    trace: str = ""


def prepare(folder: Path) -> None:
    """Put what the seeds refer to into the folder where broken documents are written."""
    shutil.copy(SEEDS / SHARED, folder / SHARED)
    shutil.copy(SEEDS / "v2.yaml", folder / "v2.yaml")


def outcome_of(document: Broken, folder: Path) -> Outcome:
    """Load a document and look at all of it; nothing but DocumentError may come out."""
    path = folder / f"spec{document.suffix}"
    path.write_bytes(document.contents)
    started = time.perf_counter()
    trace = ""
    try:
        with _alarm():
            word = _looked_at(path)
    except (Exception, TookTooLong) as error:
        word, trace = type(error).__name__, traceback.format_exc(limit=-30)
    return Outcome(word, time.perf_counter() - started, trace)


def _looked_at(path: Path) -> str:
    try:
        document = load(path)
    except DocumentError as error:
        _look_at_error(error)
        return "DocumentError"
    _look_at(document)
    return "loads with findings" if document.findings else "loads"


def _look_at_error(error: DocumentError) -> None:
    if not error.problems or not str(error):
        raise AssertionError("a DocumentError without a problem")
    for problem in error.problems:
        if not problem.message or not str(problem):
            raise AssertionError("a problem without a message")
        str(problem.location).encode()
    str(error).encode()


def _look_at(document: Document) -> None:
    for finding in document.findings:
        str(finding).encode()
    for channel in document.channels.values():
        _place(channel.origin)
        for message in channel.messages.values():
            json.dumps([message.payload, message.headers])
            _place(message.origin)
            for schema in (message.schema, message.headers_schema):
                for pointer in () if schema is None else schema.origins:
                    _place(schema.origin(pointer))
            for example in message.examples:
                _place(example.origin)
        for parameter in channel.parameters.values():
            _place(parameter.origin)
    for operation in document.operations.values():
        _place(operation.origin)
    for server in document.servers.values():
        _place(server.origin)
    repr(document)


def _place(origin: Any) -> None:
    if origin is not None:
        str(origin.location)


@contextmanager
def _alarm() -> Iterator[None]:
    def ring(*_: object) -> None:
        raise TookTooLong(f"more than {SECONDS} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
