"""Draw many invalid payloads: `python tests/fuzz/invalid.py --values 100000 --jobs 2 --corpus DIR`.

Prints, for each collection of schemas in the folder, how many values were drawn, how many of them
plain jsonschema-rs accepts, and the share of keywords that were broken at their places. The exit
status is 1 where a value is accepted, and where a schema ends in anything but a DocumentError.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "schema"))

from suite_faults import ROWS, Broken, broken, sources
from suite_groups import DRAFTS

COLLECTIONS = (*DRAFTS, *ROWS)

_Job = tuple[Path, str, str, int]


@dataclass
class Tally:
    """Count what came of the schemas of one collection."""

    schemas: int = 0
    refused: int = 0
    values: int = 0
    targets: int = 0
    unreached: int = 0
    slowest: tuple[float, str] = (0.0, "")

    def __str__(self) -> str:
        broken_ones = self.targets - self.unreached
        return (
            f"{self.values:,} values of {self.schemas} schemas, {self.refused} refused; "
            f"{broken_ones:,} of {self.targets:,} keywords broken at their places "
            f"({broken_ones / max(1, self.targets):.1%}); slowest: {self.slowest[0]:.1f} s of CPU, "
            f"{self.slowest[1]}"
        )


def main() -> int:
    """Run as the options say; return the exit status."""
    options = _options()
    folder = options.corpus / "schemas"
    jobs = [(folder, one, name) for one in COLLECTIONS for name in sources(folder, one)]
    draws = -(-options.values // len(jobs))
    tallies = {one: Tally() for one in COLLECTIONS}
    faults: list[str] = []
    started = time.perf_counter()
    with multiprocessing.Pool(options.jobs) as pool:
        work = ((*job, draws) for job in jobs)
        for collection, name, seconds, found in pool.imap_unordered(_run, work, chunksize=4):
            faults += _count(tallies[collection], name, seconds, found)
    for one, tally in tallies.items():
        print(f"{one}: {tally}")
    values = sum(tally.values for tally in tallies.values())
    print(f"{values:,} values in {time.perf_counter() - started:,.0f} s, {len(faults)} faults")
    print("\n".join(faults))
    return int(bool(faults))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--values", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--corpus", type=Path, required=True, help="has the folder `schemas`")
    return parser.parse_args()


def _run(job: _Job) -> tuple[str, str, float, Broken | str | None]:
    folder, collection, name, draws = job
    started = time.process_time()
    found: Broken | str | None
    try:
        found = broken(name, sources(folder, collection)[name], draws)
    except Exception:  # any is a fault, and the others are still to be looked at
        found = f"{name}: {traceback.format_exc(limit=-8)}"
    return collection, name, time.process_time() - started, found


def _count(tally: Tally, name: str, seconds: float, found: Broken | str | None) -> list[str]:
    tally.schemas += 1
    tally.slowest = max(tally.slowest, (seconds, name))
    if isinstance(found, str):
        return [found]
    if found is None:
        tally.refused += 1
        return []
    tally.values += found.values
    tally.targets += found.targets
    tally.unreached += len(found.unreached)
    return list(found.accepted)


if __name__ == "__main__":
    sys.exit(main())
