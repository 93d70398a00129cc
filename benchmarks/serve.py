"""The generated server and a crowd of clients, and payloads exchanged a second.

`python benchmarks/serve.py [--clients N] [--seconds S] [--rounds N] [--examples N] [--part PART]`:
first events a second, memory and CPU of the generated server on loopback beside two servers that
send the same bytes; then the payloads that the client's item exchanges a second, beside
Schemathesis' cases over HTTP, where it is installed. `--clients 200 --rounds 1` is a quick look.
"""

from __future__ import annotations

import argparse

import crowd
import exchanges

CLIENTS = 1_000
SECONDS = 3.0
ROUNDS = 3
EXAMPLES = 200
GOAL = 10
WORK = {
    "feed": "each client gets a feed of its own, of at most 100 events a second",
    "all": f"{crowd.BROADCASTS} events are sent to all clients, as fast as may be",
}


def main() -> None:
    """Print both parts."""
    options = _options()
    if options.part in ("crowd", "both"):
        serving(options.clients, seconds=options.seconds, rounds=options.rounds)
    if options.part in ("exchanges", "both"):
        exchanging(options.examples, rounds=options.rounds)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=CLIENTS, help="how many connect at once")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long they count")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each is run")
    parser.add_argument("--examples", type=int, default=EXAMPLES, help="payloads of a run")
    parser.add_argument("--part", choices=("crowd", "exchanges", "both"), default="both")
    options = parser.parse_args()
    if min(options.clients, options.rounds, options.examples) < 1 or options.seconds <= 0:
        raise SystemExit("the options have to be above 0")
    return options


def serving(wanted: int, *, seconds: float, rounds: int) -> None:
    """Print what a crowd of clients sees of each server."""
    clients = crowd.allowed(wanted)
    print(f"{clients:,} clients at once on loopback, medians of {rounds} rounds")
    if clients < wanted:
        print(f"  (not {wanted:,}: the hard limit of open files, `ulimit -Hn`, does not allow it)")
    for work, title in WORK.items():
        print(f"  {title}")
        print(
            f"    {'':<20}{'events/s':>12}{'slowest/fastest':>17}{'CPU an event':>14}"
            f"{'memory a client':>17}{'in all':>10}{'connected in':>14}"
        )
        seen = crowd.watched(work, clients, seconds=seconds, rounds=rounds)
        for name, row in seen.items():
            print(
                f"    {name:<20}{row.rate:>12,.0f}{row.even:>17.2f}{row.cpu:>11.1f} us"
                f"{row.growth / 1024:>13.1f} KiB{row.growth * clients / 2**20:>6.1f} MiB"
                f"{row.connecting:>12.2f} s"
            )
        ours, *others = seen.items()
        ratios = (
            f"{ours[1].rate / row.rate:.2f}x the events of {name},"
            f" {ours[1].growth / row.growth:.1f}x its memory"
            for name, row in others
        )
        print(f"    {ours[0]}: {'; '.join(ratios)}")
    print()


def exchanging(examples: int, *, rounds: int) -> None:
    """Print how many payloads a second cross HTTP in the client's item and in Schemathesis."""
    print(f"payloads exchanged a second, {examples} examples, medians of {rounds} rounds")
    version = exchanges.version()
    print(f"  Schemathesis {version}" if version else "  Schemathesis is not installed: left out")
    for name, schema in exchanges.subjects().items():
        print(f"  {name}")
        seen = exchanges.exchanged(schema, examples=examples, rounds=rounds)
        (_, ours), *others = seen.items()
        for way, rate in seen.items():
            print(
                f"    {way:<32}{rate.each_second:>8,.0f}/s"
                f"   {rate.payloads:>4} in {rate.seconds:.2f} s"
                + (f", {rate.drawing:.2f} s of it drawing" if rate.drawing else "")
            )
        for way, theirs in others:
            ratio = ours.each_second / theirs.each_second
            goal = f", goal {GOAL}: {'met' if ratio >= GOAL else 'missed'}"
            is_goal = way == "st run"
            print(f"    beside {way + ':':<25}{ratio:>6.2f}x{goal if is_goal else ''}")


if __name__ == "__main__":
    main()
