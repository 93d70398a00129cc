"""Recordings as files: saved and judged again, they tell the same, and no secret is in them."""

from __future__ import annotations

import dataclasses
import json
import re
import shlex

import pytest
from defect_server import HEAD, DefectServer, Hold
from defect_table import PAYLOAD, ROWS
from hypothesis import given
from hypothesis import strategies as st

from pytest_asyncapi_sse.checks.server import findings
from pytest_asyncapi_sse.client.archive import dumped, loaded
from pytest_asyncapi_sse.errors import ConfigurationError
from pytest_asyncapi_sse.sse import Decoder, Ending, Head, Recording


def told(channel, recording):
    return [
        (item.code, item.severity, item.index, item.offset, item.pointer)
        for item in findings(channel, recording)
    ]


@pytest.mark.parametrize("name", ROWS)
def test_what_is_told_of_a_recording_is_told_of_its_file(recorded, name):
    channel, recording = recorded(name)
    again, about = loaded(dumped(recording, channel=name), name)
    assert about["channel"] == name
    assert told(channel, again) == told(channel, recording) != []
    assert again.frames == recording.frames


def made_of(chunks: list[bytes], **more: object) -> Recording:
    decoder, frames, seconds = Decoder(), [], []
    for at, chunk in enumerate(chunks):
        found = decoder.frames(chunk)
        frames += found
        seconds += [at / 8] * len(found)
    body = b"".join(chunks)
    whole = Recording(
        method="GET",
        url="http://127.0.0.1/a",
        request_headers=(),
        head=Head(200, (("content-type", "text/event-stream"),), "HTTP/1.1", 0.25),
        frames=tuple(frames),
        seconds=tuple(seconds),
        pending=decoder.pending,
        body_start=body[:2048],
        size=len(body),
        ended=Ending.quiet,
        duration=len(chunks) / 8,
        arrivals=(0.5,),
        fired=0.125,
        confirmed=("tick",),
        parameters=(("room", "a b"),),
    )
    return dataclasses.replace(whole, **more)


PIECES = st.sampled_from(
    [b"data: a", b"\n", b"\r", b"\r\n", b"\xef\xbb\xbf", b"id: 1\0", b"\xe2\x80", b"\xff", b"retry: 5", b": x", b"\xe2\x80\xa8"]
)  # fmt: skip


@given(st.lists(st.lists(PIECES, max_size=4).map(b"".join), max_size=6), st.none() | st.binary())
def test_a_recording_is_the_same_after_it_was_saved(chunks, body):
    recording = made_of(chunks, request_body=body)
    assert loaded(dumped(recording), "x")[0] == recording


def test_a_response_that_never_came_is_saved_too():
    recording = made_of([], head=None, ended=Ending.no_head, fired=None, failure="it broke")
    assert loaded(dumped(recording), "x")[0] == recording


def test_of_an_endless_block_the_start_is_saved():
    recording = made_of([b"data: " + b"x" * 200_000], ended=Ending.event_cap)
    again, _ = loaded(dumped(recording), "x")
    assert len(again.pending) == 64 * 1024
    assert again.size == 200_006


def test_no_secret_is_saved():
    recording = made_of(
        [],
        url="http://ada:geheim@h.example/a?x=1&access_token=geheim&y=2&k=geheim",
        secrets=("k",),
        request_headers=(("X-Key", "geheim"), ("accept", "text/event-stream")),
        head=Head(200, (("Set-Cookie", "sid=geheim"), ("x-other", "kept"))),
    )
    text = dumped(recording)
    assert "geheim" not in text
    again, _ = loaded(text, "x")
    assert again.url == "http://***@h.example/a?x=1&access_token=***&y=2&k=***"
    assert again.request_headers == (("X-Key", "***"), ("accept", "text/event-stream"))
    assert again.head.header("x-other") == "kept"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "x is no recording of --asyncapi-record (JSONDecodeError: *"),
        ("[]", "x is no recording of --asyncapi-record (TypeError: *"),
        ('{"format": 7}', "x has format 7, expected 1: record anew"),
        ('{"format": 1}', "x is no recording of --asyncapi-record (KeyError: *"),
    ],
)
def test_a_file_that_is_no_recording_is_refused(text, message):
    with pytest.raises(ConfigurationError) as raised:
        loaded(text, "x")
    assert re.fullmatch(re.escape(message).replace(r"\*", ".*"), str(raised.value))


def test_frames_that_do_not_decode_as_they_were_saved_are_refused():
    saved = json.loads(dumped(made_of([b"data: a\n\n"])))
    saved["frames"][0][1] = "data: a\n\ndata: b\n\n"
    with pytest.raises(ConfigurationError, match="1 frames were saved, and 2 are read"):
        loaded(json.dumps(saved), "x")


# Whole runs of pytest.

ROOMS = {
    "/ok": (HEAD, b'data: {"n":1}\n\n'),
    "/r/a": (HEAD, b'data: {"n":1}\n\n'),
    "/r/b": (HEAD, b': hi\n\ndata: {"n":"1"}\n\ndata: {"n":2}\n\n', Hold()),
    "/r/c": (HEAD, b'data: {"n":"1"}\n\n'),
}


@pytest.fixture
def spec(pytester):
    tick = {"tick": {"payload": PAYLOAD}}
    rooms = {"room": {"enum": ["a", "b", "c"]}}
    document = {
        "asyncapi": "3.0.0",
        "info": {"title": "T", "version": "1"},
        "channels": {
            "ok": {"address": "/ok", "messages": tick},
            "rooms": {"address": "/r/{room}", "parameters": rooms, "messages": tick},
        },
    }
    (pytester.path / "spec.json").write_text(json.dumps(document))
    return pytester


def judged(spec, *options):
    """Run pytest and return its result with the failed items."""
    result = spec.runpytest_subprocess("--asyncapi=spec.json", *options)
    lines = [line for line in result.outlines if line.startswith("FAILED ")]
    return result, {line.split(" ")[1].removeprefix("spec.json::") for line in lines}


def test_each_value_of_an_enum_is_asked_for_and_what_is_the_same_is_told_once(spec):
    with DefectServer(ROOMS) as server:
        result, failed = judged(spec, f"--asyncapi-url={server.url}")
    assert failed == {"rooms::server::events_match_the_contract"}
    result.stdout.fnmatch_lines(
        [
            "payload-schema: /n is '1', not an integer*",
            "  stream:    channel rooms, message tick, frame 2, byte 6, 0.* s after the request",
            "  asked for: room=b; the same with room=c",
            "  before:    frame 1 at 0.* s: b': hi\\n\\n'",
            "  after:     frame 3 at 0.* s: b'data: {\"n\":2}\\n\\n'",
            "  reproduce: curl -N --max-time 10 -H 'Accept: text/event-stream' */r/b",
            "*; 5 events",
        ]
    )
    assert result.stdout.str().count("  got: ") == 1


def test_given_values_take_the_place_of_the_enum(spec):
    with DefectServer(ROOMS) as server:
        given = [f"--asyncapi-parameter=room={value}" for value in "ac"]
        result, failed = judged(spec, f"--asyncapi-url={server.url}", *given)
        assert failed == {"rooms::server::events_match_the_contract"}
        result.stdout.fnmatch_lines(["  asked for: room=c", "*; 3 events"])
        assert judged(spec, f"--asyncapi-url={server.url}", given[0])[1] == set()


def test_a_fixture_gives_several_values_too(spec):
    spec.makeconftest(
        """
        import pytest
        @pytest.fixture(scope="session")
        def asyncapi_parameters():
            return {"rooms.room": ["a", "c"]}
        """
    )
    with DefectServer(ROOMS) as server:
        result, _ = judged(spec, f"--asyncapi-url={server.url}")
    result.stdout.fnmatch_lines(["  asked for: room=c"])


def test_recordings_are_judged_again_without_the_server(spec):
    with DefectServer(ROOMS) as server:
        _, failed = judged(spec, f"--asyncapi-url={server.url}", "--asyncapi-record=kept")
    files = sorted(path.name for path in (spec.path / "kept").iterdir())
    assert [name.rpartition("-")[0] for name in files] == [
        "spec-ok",
        "spec-rooms-room=a",
        "spec-rooms-room=b",
        "spec-rooms-room=c",
    ]
    second, failed_again = judged(spec, "--asyncapi-replay=kept", "-rfs")
    assert failed_again == failed == {"rooms::server::events_match_the_contract"}
    second.stdout.fnmatch_lines(
        [
            "asyncapi: server under test: the recordings in kept",
            "  asked for: room=b; the same with room=c",
            "server under test: the recordings in kept: *; 5 events",
            "SKIPPED * not replayed: this check opens connections of its own",
        ]
    )


def test_the_recording_of_a_failure_is_kept_and_its_command_judges_it_again(spec):
    with DefectServer(ROOMS) as server:
        result, _ = judged(spec, f"--asyncapi-url={server.url}")
    (line,) = [line for line in result.outlines if line.startswith("  replay:")]
    command = shlex.split(line.removeprefix("  replay:"))
    assert command[0] == "pytest"
    again = spec.runpytest_subprocess(*command[1:])
    again.assert_outcomes(failed=1)
    again.stdout.fnmatch_lines(["payload-schema: /n is '1', not an integer*"])
    names = [path.name for path in (spec.path / ".pytest_cache/d/asyncapi-recordings").iterdir()]
    assert [name[:14] for name in sorted(names)] == ["spec-rooms-roo"] * 2


def test_a_channel_without_a_recording_is_skipped_aloud(spec):
    with DefectServer(ROOMS) as server:
        judged(spec, f"--asyncapi-url={server.url}", "--asyncapi-record=kept", "-k", "ok")
    result, failed = judged(spec, "--asyncapi-replay=kept", "-rfs")
    assert failed == set()
    result.stdout.fnmatch_lines(
        ["SKIPPED * there is no recording of this channel in the folder of --asyncapi-replay"]
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--asyncapi-replay=gone"], "--asyncapi-replay is 'gone': there is no such folder; *"),
        (["--asyncapi-replay=."], "--asyncapi-replay: * has no recordings: make them with *"),
        (["--asyncapi-record=spec.json"], "--asyncapi-record is 'spec.json': this is a file, *"),
        (["--asyncapi-record=a", "--asyncapi-replay=."], "*exclude each other: give one"),
        (["--asyncapi-record="], "--asyncapi-record is empty: *"),
    ],
)
def test_a_folder_that_can_not_be_used_is_refused(spec, options, message):
    result, _ = judged(spec, *options)
    assert result.ret == 4
    result.stderr.fnmatch_lines([f"ERROR: {message}"])


def test_a_damaged_recording_is_refused_before_anything_runs(spec):
    (spec.path / "kept").mkdir()
    (spec.path / "kept" / "x.sse.json").write_text("{")
    result, _ = judged(spec, "--asyncapi-replay=kept")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: *x.sse.json is no recording of --asyncapi-record *"])


def test_of_many_values_twenty_are_asked_for_and_the_others_named(spec):
    document = json.loads((spec.path / "spec.json").read_text())
    del document["channels"]["ok"]
    values = [f"v{number}" for number in range(23)]
    document["channels"]["rooms"]["parameters"] = {"room": {"enum": values}}
    (spec.path / "spec.json").write_text(json.dumps(document))
    scripts = {f"/r/{value}": ROOMS["/ok"] for value in values[:20]}
    with DefectServer(scripts) as server:
        result, failed = judged(spec, f"--asyncapi-url={server.url}", "-k", "connects or events")
        assert failed == set()
        line = "advice: values-not-tried: 3 of 23 sets of parameter values were not tried. *"
        result.stdout.fnmatch_lines(["*; 20 events", line])
        given = [f"--asyncapi-parameter=room={value}" for value in values[:20]]
        legal, _ = judged(spec, f"--asyncapi-url={server.url}", "-k", "connects", *given)
    legal.stdout.no_fnmatch_line("*values-not-tried*")
