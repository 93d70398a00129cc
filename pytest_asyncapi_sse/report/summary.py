"""The summary of a run: what was tested, of whom, and what was found besides failures."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pytest_asyncapi_sse.checks.capabilities import CAPABILITIES
from pytest_asyncapi_sse.errors import printable, shown

Outcome = Literal["passed", "failed", "skipped"]
# The side, the name and the channel of an item; the document's own have no channel.
ItemKey = tuple[str, str, str]
_ADVICE = 5
_SHOWN = 120
_PLACE = re.compile(r"\((?P<file>[^()]*):(?P<line>\d+):(?P<column>\d+)\)$")
GATE_SIDES = ("server", "client")
_NOTHING: Mapping[str, int] = {}


@dataclass(slots=True)
class SideTally:
    """Count the items of one side: outcomes, events, and who the peer was."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    peers: set[str] = field(default_factory=set)
    events: int = 0

    @property
    def ran(self) -> bool:
        """Whether an item met the user's own server or client."""
        return "yours" in self.peers and bool(self.outcomes["passed"] or self.outcomes["failed"])


@dataclass(slots=True)
class Tally:
    """Count what a run tested; fed by reports, so that it works across processes."""

    sides: dict[str, SideTally] = field(
        default_factory=lambda: {side: SideTally() for side in GATE_SIDES}
    )
    advice: Counter[str] = field(default_factory=Counter)
    ignored: Counter[str] = field(default_factory=Counter)
    judged: Counter[ItemKey] = field(default_factory=Counter)
    not_claimed: set[str] = field(default_factory=set)
    handwritten: int = 0
    handwritten_failed: int = 0
    handwritten_generated: int = 0

    def add(
        self,
        *,
        side: str | None,
        outcome: Outcome,
        peers: Iterable[str],
        events: int,
        advice: Iterable[str],
        ignored: Mapping[str, int] = _NOTHING,
        judged: ItemKey | None = None,
        not_claimed: Iterable[str] = (),
    ) -> None:
        """Count one item; `side` is None for a hand-written test.

        `judged` names an item that has judged all that it can, where it met the user's own peer.
        """
        met = set(peers)
        self.advice.update(advice)
        self.ignored.update(ignored)
        self.not_claimed.update(not_claimed)
        if side is None:
            self.handwritten += bool(met)
            self.handwritten_failed += bool(met) and outcome == "failed"
            self.handwritten_generated += met == {"generated"}
            return
        if judged is not None and (side not in self.sides or "yours" in met):
            self.judged[judged] += 1
        if side in self.sides:
            tally = self.sides[side]
            tally.outcomes[outcome] += 1
            tally.events += events
            if outcome != "skipped":
                tally.peers |= met

    @property
    def gate_ran(self) -> bool:
        """Whether any item of the gate was run or skipped."""
        return any(tally.outcomes for tally in self.sides.values())


def summary(
    tally: Tally,
    targets: dict[str, str | None],
    *,
    verbose: bool = False,
    stale: Iterable[str] = (),
) -> Iterator[str]:
    """Yield the lines of the summary; `targets` names the user's server and client.

    `stale` are the entries of what is ignored that nothing needs any more.
    Of each code of advice the first five places are told, all of them where it is `verbose`.
    """
    if tally.gate_ran:
        for side in GATE_SIDES:
            yield _side_line(side, tally.sides[side], targets.get(side))
            if side == "client" and tally.not_claimed:
                yield _not_claimed_line(tally.not_claimed)
        peers = {peer for side in GATE_SIDES for peer in tally.sides[side].peers}
        if "yours" not in peers:
            yield NOTHING_OF_YOURS if peers else NOTHING_RAN
    count = tally.handwritten_generated
    if count:
        tests = "1 hand-written test" if count == 1 else f"{count} hand-written tests"
        yield f"{tests} met the generated server only: no server of yours was tested there"
    yield from _advice_lines(tally.advice, most=None if verbose else _ADVICE)
    for entry, times in sorted(tally.ignored.items()):
        yield f"ignored: {times} by asyncapi_ignore {printable(entry, _SHOWN)}"
    for entry in stale:
        yield f"asyncapi_ignore: {shown(entry, _SHOWN)} matched nothing: remove it"


NOTHING_RAN = "nothing was tested but the document: see why its streams were skipped"
NOTHING_OF_YOURS = (
    "nothing of yours was tested: the generated server and the generated client met each other;"
    " give --asyncapi-url, --asyncapi-app, --asyncapi-client or --asyncapi-client-command"
)


def _advice_lines(advice: Counter[str], *, most: int | None) -> Iterator[str]:
    by_code: dict[str, list[str]] = {}
    for text in sorted(advice, key=_place_of):
        by_code.setdefault(text.partition(":")[0], []).append(text)
    for code, texts in sorted(by_code.items()):
        for text in texts[:most]:
            times = f" ({advice[text]} times)" if advice[text] > 1 else ""
            yield f"advice: {printable(text)}{times}"
        more = len(texts[most:]) if most else 0
        if more:
            yield f"advice: and {more:,} more of {code} (-v shows them all)"


def _place_of(text: str) -> tuple[str, int, int, str]:
    """Return what advice is sorted by: its place in a document, where it ends in one."""
    found = _PLACE.search(text)
    if found is None:
        return "", 0, 0, text
    return found["file"], int(found["line"]), int(found["column"]), text


def _side_line(side: str, tally: SideTally, target: str | None) -> str:
    counts = ", ".join(f"{tally.outcomes[o]} {o}" for o in _ORDER if tally.outcomes[o])
    if "yours" in tally.peers:
        who = target or f"the {side} of a fixture"
    elif "generated" in tally.peers:
        who = f"the generated {side}, not yours"
    else:
        who = target or "none"
    events = f"; {tally.events} events" if tally.events else ""
    return f"{side} under test: {who}: {counts or 'no items'}{events}"


def _not_claimed_line(names: Collection[str]) -> str:
    listed = ", ".join(name for name in CAPABILITIES if name in names)
    return f"not claimed by the client: {listed} (asyncapi_client_capabilities)"


_ORDER: tuple[Outcome, ...] = ("passed", "failed", "skipped")
