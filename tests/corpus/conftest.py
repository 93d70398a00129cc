"""What the tests of the corpus share: the oracle and the folder of its documents."""

from __future__ import annotations

from pathlib import Path

import pytest
from oracle import OracleDocument, oracle_documents


@pytest.fixture(scope="session")
def documents(corpus: Path) -> Path:
    """Return the folder of the documents."""
    return corpus / "corpus"


@pytest.fixture(scope="session")
def oracle(documents: Path) -> list[OracleDocument]:
    """Return what the official parser made of each document."""
    return oracle_documents(documents)
