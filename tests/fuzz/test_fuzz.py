"""A sample of the broken documents; `run.py` beside this file loads as many as one likes."""

from __future__ import annotations

from pathlib import Path

import mutations
import outcomes
import pytest
from mutations import Seed, broken, own_seeds, seeds_of
from outcomes import EXPECTED, outcome_of, prepare

from pytest_asyncapi_sse.document import load

OWN = 300
REAL = 150


def failures(seeds: list[Seed], count: int, folder: Path) -> list[str]:
    prepare(folder)
    found = []
    for number in range(count):
        document = broken(seeds, 0, number)
        outcome = outcome_of(document, folder)
        if outcome.word not in EXPECTED:
            found.append(f"number {number}, {document.story}: {outcome.trace}")
    return found


@pytest.mark.parametrize("name", ["v2.yaml", "v3.yaml"])
def test_the_seeds_load_as_they_are(name: str) -> None:
    document = load(mutations.SEEDS / name)
    assert document.streams
    assert [item.code for item in document.findings if item.severity == "error"] == []


def test_broken_documents_load_or_say_what_is_wrong(tmp_path: Path) -> None:
    assert failures(own_seeds(), OWN, tmp_path) == []


def test_broken_real_documents_load_or_say_what_is_wrong(tmp_path: Path, corpus: Path) -> None:
    seeds = seeds_of(corpus / "corpus")
    assert len(seeds) > 100
    assert failures(seeds, REAL, tmp_path) == []


def test_a_number_is_the_same_document_each_time() -> None:
    seeds = own_seeds()
    assert [broken(seeds, 3, number) for number in range(50)] == [
        broken(seeds, 3, number) for number in range(50)
    ]


def test_every_mutation_is_drawn() -> None:
    seeds = own_seeds()
    drawn = {word for number in range(1_000) for word in broken(seeds, 0, number).story.split()}
    assert {item.__name__ for item in (*mutations.TREE, *mutations.TEXT)} <= drawn


def test_another_error_is_an_outcome_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load_badly(_: Path) -> None:
        raise KeyError("x")

    prepare(tmp_path)
    monkeypatch.setattr(outcomes, "load", load_badly)
    found = outcome_of(broken(own_seeds(), 0, 0), tmp_path)
    assert found.word == "KeyError"
    assert "load_badly" in found.trace


def test_what_takes_too_long_is_an_outcome_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load_for_ever(_: Path) -> None:
        while True:
            pass

    prepare(tmp_path)
    monkeypatch.setattr(outcomes, "load", load_for_ever)
    monkeypatch.setattr(outcomes, "SECONDS", 0.1)
    assert outcome_of(broken(own_seeds(), 0, 0), tmp_path).word == "TookTooLong"
