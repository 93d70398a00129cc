"""Load many broken documents: `python tests/fuzz/run.py --inputs 100000 --jobs 2`.

Prints how many had each outcome and how long the slowest took. An input that ends in anything but
a document or a DocumentError is saved, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import functools
import multiprocessing
import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from mutations import Seed, broken, own_seeds, seeds_of
from outcomes import EXPECTED, Outcome, outcome_of, prepare

MEMORY = 4 * 1024**3


def main() -> int:
    """Run as the options say; return the exit status."""
    options = _options()
    counts: Counter[str] = Counter()
    slowest = (0.0, 0)
    started = time.perf_counter()
    with (
        tempfile.TemporaryDirectory(prefix="fuzz-") as folder,
        multiprocessing.Pool(options.jobs, _begin, (options.seed, options.corpus, folder)) as pool,
    ):
        numbers = range(options.first, options.first + options.inputs)
        for number, outcome in pool.imap_unordered(_run, numbers, chunksize=50):
            counts[outcome.word] += 1
            slowest = max(slowest, (outcome.seconds, number))
            if outcome.word not in EXPECTED:
                _save(options, number, outcome)
    took = time.perf_counter() - started
    print(f"{options.inputs:,} inputs from seed {options.seed} in {took:,.0f} s")
    for word, count in counts.most_common():
        print(f"{count:>10,}  {word}")
    print(f"slowest: {slowest[0]:.2f} s, number {slowest[1]}")
    return int(any(word not in EXPECTED for word in counts))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0, help="the number of the first input")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--corpus", type=Path, help="a folder of documents to break as well")
    parser.add_argument("--save", type=Path, default=Path("fuzz-failures"))
    return parser.parse_args()


@functools.cache
def _seeds(corpus: Path | None) -> list[Seed]:
    return own_seeds() if corpus is None else [*own_seeds(), *seeds_of(corpus)]


_job: tuple[int, Path | None, Path] = (0, None, Path())


def _begin(seed: int, corpus: Path | None, above: str) -> None:
    global _job
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    folder = Path(tempfile.mkdtemp(dir=above))
    prepare(folder)
    _job = (seed, corpus, folder)


def _run(number: int) -> tuple[int, Outcome]:
    seed, corpus, folder = _job
    return number, outcome_of(broken(_seeds(corpus), seed, number), folder)


def _save(options: argparse.Namespace, number: int, outcome: Outcome) -> None:
    options.save.mkdir(parents=True, exist_ok=True)
    document = broken(_seeds(options.corpus), options.seed, number)
    path = options.save / f"{outcome.word}-{options.seed}-{number}{document.suffix}"
    path.write_bytes(document.contents)
    report = f"{document.story}\n\n{outcome.trace}"
    path.with_suffix(".txt").write_text(report, errors="backslashreplace")
    print(f"{outcome.word}: {path}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
