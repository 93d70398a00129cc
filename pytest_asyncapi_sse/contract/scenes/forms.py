"""Wire forms: the same events in the other ways in which the standard lets them be written.

Each form is a list of pieces; source: WHATWG HTML, sections 9.2.5 and 9.2.6.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pytest_asyncapi_sse.checks.delivery import Sent
from pytest_asyncapi_sse.checks.events import data_of
from pytest_asyncapi_sse.contract.property import Case
from pytest_asyncapi_sse.contract.scenes.plot import Plot, block
from pytest_asyncapi_sse.schema import dump_json
from pytest_asyncapi_sse.server.steps import Chunk, Pause, Step

BOM = b"\xef\xbb\xbf"
LARGE = 5_000_000
BURST = 1_000
# Up to this size an event is cut at every byte.
CUT_EVERYWHERE = 1024
_SAMPLED_CUTS = 100
# Where payloads are large, fewer of them make a form.
_MOST_BYTES = 8_000_000
_CUT_SECONDS = 0.001
_SPLIT_SECONDS = 0.01
_SPLITS = 6


@dataclass(frozen=True, slots=True)
class Piece:
    """Hold some bytes of a stream, and the event that they carry, where they carry one."""

    data: bytes
    sent: Sent | None = None
    steps: tuple[Step, ...] = ()

    def written(self) -> tuple[Step, ...]:
        """Return the steps that write it."""
        return self.steps or (Chunk(self.data),)

    @property
    def chunks(self) -> tuple[bytes, ...]:
        """The chunks that it is cut into, none where it is whole."""
        chunks = tuple(step.data for step in self.steps if isinstance(step, Chunk))
        return chunks if len(chunks) > 1 else ()


Form = Callable[[Plot], list[Piece]]


def crlf(plot: Plot) -> list[Piece]:
    """Return events whose lines end in CRLF."""
    return [_ended(plot, number, itertools.repeat("\r\n")) for number in range(3)]


def cr(plot: Plot) -> list[Piece]:
    """Return events whose lines end in CR."""
    return [_ended(plot, number, itertools.repeat("\r")) for number in range(3)]


def mixed(plot: Plot) -> list[Piece]:
    """Return events whose lines end in CRLF, LF and CR in turn, in each order."""
    pieces = []
    for number, order in enumerate(itertools.permutations(("\r\n", "\n", "\r"))):
        text = ""
        for line, end in zip(
            [*_plain_lines(plot, number), ""], itertools.cycle(order), strict=False
        ):
            # A blank line after a CR must not end in LF: both would be one line end.
            is_one = not line and end == "\n" and text.endswith("\r")
            text += line + ("\r\n" if is_one else end)
        pieces.append(Piece(text.encode(), plot.sent(plot.case(number))))
    return pieces


def bom(plot: Plot) -> list[Piece]:
    """Return events after a byte order mark at the very start.

    The first one begins with its data: without a name an event may still be delivered.
    """
    lines = sorted(_plain_lines(plot, 0), key=lambda line: not line.startswith("data:"))
    return [Piece(BOM), _lines_piece(plot, 0, lines), _plain(plot, 1)]


def no_space(plot: Plot) -> list[Piece]:
    """Return events without a space after the colons."""
    pieces = []
    for number in range(3):
        lines = [_without_space(line) for line in _plain_lines(plot, number)]
        pieces.append(_lines_piece(plot, number, lines))
    return pieces


def comment(plot: Plot) -> list[Piece]:
    """Return events with comments among their lines."""
    pieces = []
    for number in range(3):
        lines = [": a comment", ":", *_plain_lines(plot, number), ":another, data: 1"]
        pieces.append(_lines_piece(plot, number, lines))
    return pieces


def ping(plot: Plot) -> list[Piece]:
    """Return events with an id, and comments between them that stand alone."""
    pieces = [Piece(b": ping\n\n")]
    for number in range(3):
        pieces += [_numbered(plot, number), Piece(b": ping\n\n:\n\n")]
    return pieces


def multi_line(plot: Plot) -> list[Piece]:
    """Return events whose data stands on several lines."""
    return [_spread(plot, plot.case(number)) for number in range(3)]


def unknown_field(plot: Plot) -> list[Piece]:
    """Return events with fields that mean nothing, among them one in capitals."""
    pieces = []
    for number in range(3):
        own = _plain_lines(plot, number)
        lines = ["comment: this is a field", *own, "data-x: 1", "Data: 1", "field without a colon"]
        pieces.append(_lines_piece(plot, number, lines))
    return pieces


def empty_block(plot: Plot) -> list[Piece]:
    """Return events with blocks between them that have no data."""
    blocks = b"event: no-such-event\n\n\n\nfield: 1\n\n"
    return _between(plot, blocks)


def id_only(plot: Plot) -> list[Piece]:
    """Return events with blocks between them that have an id and nothing else."""
    return _between(plot, b"id: 9\n\n")


def retry_only(plot: Plot) -> list[Piece]:
    """Return events with blocks between them that have a reconnection time and nothing else.

    One of them has no digits, which is ignored.
    """
    return _between(plot, b"retry: 900\n\nretry: soon\n\n")


def chunked(plot: Plot) -> list[Piece]:
    """Return events in two chunks, cut at each byte in turn, and one with a chunk for each byte."""
    # A cut inside of a character is a form of its own.
    case = min(plot.cases, key=lambda one: (not plot.event(one).isascii(), len(plot.event(one))))
    data = plot.event(case)
    cuts: Sequence[int] = range(1, len(data))
    if len(data) > CUT_EVERYWHERE:
        count = max(2, min(_SAMPLED_CUTS, _MOST_BYTES // len(data)))
        cuts = range(1, len(data), len(data) // count)
    sent = plot.sent(case)
    pieces = [Piece(data, sent, _cut(data, [at], _CUT_SECONDS)) for at in cuts]
    edges = [*range(min(len(data), CUT_EVERYWHERE)), len(data)]
    single = tuple(Chunk(data[at:end], alone=True) for at, end in itertools.pairwise(edges))
    return [*pieces, Piece(data, sent, single)]


def cut_line_ends(plot: Plot) -> list[Piece]:
    """Return events on several lines that end in CRLF, with a cut inside of each line end.

    Who takes the LF for another line end sees a blank line, which ends the event too early.
    """
    pieces = []
    for number in range(3):
        whole = _spread(plot, plot.case(number))
        data = whole.data.replace(b"\n", b"\r\n")
        cuts = [at for at in range(1, len(data)) if data[at - 1 : at + 1] == b"\r\n"]
        # The end of the event itself is whole: clients that overlook it are told by other forms.
        steps = _cut(data, cuts[:-2][:_SPLITS], _SPLIT_SECONDS)
        pieces.append(Piece(data, whole.sent, steps))
    return pieces


def split_character(plot: Plot) -> list[Piece]:
    """Return events with chunks that end inside of a character of several bytes.

    Where no payload has such a character, a comment has.
    """
    pieces = []
    for case, data in _beyond_ascii(plot):
        cuts = [at for at in range(1, len(data)) if data[at] & 0xC0 == 0x80]
        for at in cuts[:_SPLITS]:
            pieces.append(Piece(data, plot.sent(case), _cut(data, [at], _SPLIT_SECONDS)))
    return pieces


def _beyond_ascii(plot: Plot) -> list[tuple[Case, bytes]]:
    found = [(case, data) for case in plot.cases if not (data := plot.event(case)).isascii()]
    return found[:3] or [(plot.case(0), ": caf\u00e9\n".encode() + plot.event(plot.case(0)))]


def malformed(plot: Plot) -> list[Piece]:
    """Return events beside bytes that are no UTF-8, in lines that mean nothing.

    They are bytes that no character has, and characters that the end of the line cuts off.
    """
    lines = (b": \xff\xfe, a comment\n", b": caf\xe9\n", b"comment: \xf0\x9f\x98\n")
    plain = [_plain(plot, number) for number in range(len(lines))]
    return [Piece(line + own.data, own.sent) for line, own in zip(lines, plain, strict=True)]


def large(plot: Plot) -> list[Piece]:
    """Return an event of 5 MB, most of it white space that means nothing in JSON."""
    case = plot.case(0)
    if case.message.is_text:
        data = b": " + b"x" * LARGE + b"\n" + plot.event(case)
        return [Piece(data, plot.sent(case)), _plain(plot, 1)]
    text = data_of(case.message, case.payload) + " " * LARGE
    lines = plot.lines(case, [text])
    return [Piece(block(lines), Sent(case.payload, text)), _plain(plot, 1)]


def burst(plot: Plot) -> list[Piece]:
    """Return a thousand events in one chunk, or as many as make a few megabytes."""
    events = [plot.event(case) for case in plot.cases]
    count = min(BURST, max(2, _MOST_BYTES // max(map(len, events))))
    data = b"".join(events[number % len(events)] for number in range(count))
    sent = [plot.sent(case) for case in plot.cases]
    first, *rest = (sent[number % len(sent)] for number in range(count))
    return [Piece(data, first, (Chunk(data, alone=True),)), *(Piece(b"", sent) for sent in rest)]


def _numbered(plot: Plot, number: int) -> Piece:
    return Piece(plot.numbered(number + 1), plot.sent(plot.case(number)))


def _between(plot: Plot, blocks: bytes) -> list[Piece]:
    pieces = []
    for number in range(3):
        pieces += [_plain(plot, number), Piece(blocks)]
    return pieces


def _plain(plot: Plot, number: int) -> Piece:
    case = plot.case(number)
    return Piece(plot.event(case), plot.sent(case))


def _plain_lines(plot: Plot, number: int) -> list[str]:
    case = plot.case(number)
    return plot.lines(case, data_of(case.message, case.payload).split("\n"))


def _lines_piece(plot: Plot, number: int, lines: list[str]) -> Piece:
    return Piece(block(lines), plot.sent(plot.case(number)))


def _ended(plot: Plot, number: int, ends: Iterator[str]) -> Piece:
    lines = [*_plain_lines(plot, number), ""]
    text = "".join(line + end for line, end in zip(lines, ends, strict=False))
    return Piece(text.encode(), plot.sent(plot.case(number)))


def _spread(plot: Plot, case: Case) -> Piece:
    """Return an event on several lines of data, in JSON by white space that means nothing."""
    if case.message.is_text and isinstance(case.payload, str):
        lines = case.payload.split("\n")
    else:
        lines = _on_lines(case.payload)
    sent = Sent(case.payload, "\n".join(lines), plot.sent(case).others)
    return Piece(block(plot.lines(case, lines)), sent)


def _on_lines(payload: object) -> list[str]:
    """Return JSON on several lines; what has no lines of its own gets blank ones around it."""
    lines = json.dumps(payload, ensure_ascii=False, indent=1).split("\n")
    return lines if len(lines) > 1 else ["", dump_json(payload), ""]


def _without_space(line: str) -> str:
    name, _, value = line.partition(": ")
    return line if value.startswith(" ") else f"{name}:{value}"


def _cut(data: bytes, cuts: Sequence[int], seconds: float) -> tuple[Step, ...]:
    places = [0, *cuts, len(data)]
    parts = [data[a:b] for a, b in itertools.pairwise(places)]
    steps: list[Step] = []
    for part in parts:
        steps += [Chunk(part, alone=True), Pause(seconds)]
    return tuple(steps)
