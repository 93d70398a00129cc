"""What the tests of documents share: documents written as text, and their problems as text."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_asyncapi_sse.document import load
from pytest_asyncapi_sse.errors import DocumentError
from pytest_asyncapi_sse.model import Document

Write = Callable[..., Path]
Loads = Callable[..., Document]
Fails = Callable[..., list[str]]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a file below the working folder, its indentation removed."""
    monkeypatch.chdir(tmp_path)

    def write_text(text: str | bytes, name: str = "spec.yaml") -> Path:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        contents = text if isinstance(text, bytes) else textwrap.dedent(text).encode()
        path.write_bytes(contents)
        return path

    return write_text


@pytest.fixture
def loads(write: Write) -> Loads:
    """Load a document that is given as text."""

    def load_text(text: str | bytes, name: str = "spec.yaml", **options: str) -> Document:
        return load(write(text, name), **options)  # type: ignore[arg-type]

    return load_text


@pytest.fixture
def fails(write: Write) -> Fails:
    """Load a document that can't be loaded; return its problems as text."""

    def problems(text: str | bytes, name: str = "spec.yaml") -> list[str]:
        path = write(text, name)
        with pytest.raises(DocumentError) as caught:
            load(path)
        return [str(problem) for problem in caught.value.problems]

    return problems
