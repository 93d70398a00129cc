"""docs/codes.md: it has every code of a server check, and each example shows what it is for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_asyncapi_sse import load
from pytest_asyncapi_sse.checks.server import CHECKS, CODES, findings
from pytest_asyncapi_sse.collector import NAMES
from pytest_asyncapi_sse.sse import Decoder, Ending, Head, Recording

PAGE = (Path(__file__).parent.parent / "docs" / "codes.md").read_text()
SEVERITIES = {
    "Error.": ("error",),
    "Advice.": ("advice",),
    "Error by `x-sse.ids`, else advice.": ("error", "advice"),
    "Error by `x-sse.resume`, else advice.": ("error", "advice"),
    "Error where a trigger published it, else advice.": ("error", "advice"),
}
GOOD = Head(
    200, (("Content-Type", "text/event-stream"), ("Cache-Control", "no-store")), seconds=0.01
)
ENDS = {
    "(stays open)": Ending.deadline,
    "(breaks off)": Ending.broken,
    "(too large)": Ending.event_cap,
    "(the connection closes)": Ending.closed_before_head,
    "(no response of HTTP)": Ending.malformed,
}


def sections() -> dict[str, dict[str, str]]:
    """Return the text of each code, by the item that tells it."""
    found = {}
    for text in PAGE.split("\n## `")[1:]:
        item, _, rest = text.partition("`\n")
        parts = [part.partition("`\n") for part in rest.split("\n### `")[1:]]
        found[item] = {code: body for code, _, body in parts}
    return found


SECTIONS = sections()
TEXTS = {code: text for codes in SECTIONS.values() for code, text in codes.items()}
# What is no judgement of one recording: told of a whole run, or of connections of its own.
OF_A_RUN = {"values-not-tried"}
SHOWN = [
    code
    for item, codes in SECTIONS.items()
    if item in CHECKS
    for code in codes
    if code not in OF_A_RUN
]


def test_every_item_and_every_code_has_its_section():
    assert list(SECTIONS) == list(CODES) == list(NAMES["server"])
    assert {item: list(codes) for item, codes in SECTIONS.items()} == {
        item: list(codes) for item, codes in CODES.items()
    }


@pytest.mark.parametrize("code", TEXTS)
def test_a_section_has_its_severity_an_example_and_what_to_do(code):
    text = TEXTS[code]
    severity = next(codes[code] for codes in CODES.values() if code in codes)
    told = re.match(r"\n\*([^*]+)\* \S", text)
    assert SEVERITIES[told[1]] == severity
    assert text.count("```") == 2
    assert re.search(r"\n\*\*Do:\*\* \w", text)


def parsed_head(text: str) -> Head:
    first, *lines = text.split("\n")
    headers = tuple(tuple(line.split(": ", 1)) for line in lines)
    return Head(int(first.split(" ")[1]), headers, seconds=0.01)


def recorded(kind: str, text: str) -> Recording:
    """Return the recording of an example: its lines as bytes, with the time that goes by."""
    head, ended, now = GOOD, Ending.closed, 0.01
    if kind == "http":
        head_text, _, text = text.partition("\n\n")
        if head_text.startswith("HTTP"):
            head = parsed_head(head_text)
        else:
            head, ended, text = None, Ending.no_head, head_text
    decoder, frames, seconds, blank = Decoder(), [], [], True
    for line in text.split("\n"):
        pause = re.fullmatch(r"\((\d+) s\)", line)
        if pause:
            now += int(pause[1])
        elif line in ENDS:
            ended = ENDS[line] if head or line != "(stays open)" else Ending.no_head
        elif line == "(without a blank line)":
            blank = False
        else:
            line = line.replace("(201 times [)", "[" * 201).replace("(4301 digits)", "1" * 4301)
            data = re.sub(r"\\x(..)", lambda found: chr(int(found[1], 16)), line).encode("latin-1")
            frames += decoder.frames(data + b"\n")
            seconds += [now] * (len(frames) - len(seconds))
    if blank:
        frames += decoder.frames(b"\n")
        seconds += [now] * (len(frames) - len(seconds))
    return Recording(
        method="GET",
        url="http://localhost/plain",
        request_headers=(("accept-encoding", "identity"),),
        head=head,
        frames=tuple(frames),
        seconds=tuple(seconds),
        pending=decoder.pending,
        body_start=text.encode()[:2048],
        size=len(text),
        ended=ended,
        failure="peer closed connection" if ended is Ending.broken else "",
        duration=now,
    )


@pytest.fixture(scope="module")
def channels(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "spec.yaml"
    path.write_text(re.search(r"<!-- document -->\n```yaml\n(.*?)```", PAGE, re.S)[1])
    return load(path).streams


@pytest.mark.parametrize("code", SHOWN)
def test_an_example_shows_its_code(channels, code):
    kind, text = re.search(r"```(http|sse)\n(.*?)\n?```", TEXTS[code], re.S).groups()
    recording = recorded(kind, text)
    told = [(c, found) for c in channels.values() for found in findings(c, recording)]
    assert code in [found.code for _, found in told]
    assert [found for channel, found in told if found.channel != channel.name] == []
