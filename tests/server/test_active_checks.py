"""The active items against a server with a state: each defect has its codes, its neighbour none."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from active_server import RIGHT, ActiveServer

from pytest_asyncapi_sse import load
from pytest_asyncapi_sse.checks.server import CODES
from pytest_asyncapi_sse.collector import NAMES
from pytest_asyncapi_sse.contract import probing
from pytest_asyncapi_sse.contract.names import ADVICE
from pytest_asyncapi_sse.contract.probing import ACTIVE, APPLIES
from pytest_asyncapi_sse.contract.recordings import Recordings
from pytest_asyncapi_sse.contract.targets import Reach, ServerUnderTest
from pytest_asyncapi_sse.contract.verdict import Record
from pytest_asyncapi_sse.errors import ContractViolation

# The pure check that tells the codes of an item.
CHECKS = {
    "credentials_are_checked": "check_credentials",
    "resumes_after_a_cut": "check_resume",
    "invalid_parameters_are_refused": "check_invalid_parameters",
    "unknown_channels_are_not_found": "check_unknown_channel",
    "serves_the_next_client": "check_survival",
}
CREDENTIALS, RESUME, INVALID, UNKNOWN, SURVIVAL = CHECKS


@dataclass(frozen=True)
class ActiveRow:
    """Hold the switches of a server, what is told of it, and those of its legal neighbour.

    `item` is the one that judges both, and `channel` the one that it is asked of.
    """

    item: str
    codes: frozenset[str]
    wrong: tuple[str, ...]
    right: tuple[str, ...]
    channel: str = "room"
    resume: bool = True
    given: bool = True
    seconds: float = 10.0


def row(item: str, codes: str, wrong: str, right: str = "", **changes: Any) -> ActiveRow:
    told = frozenset(codes.split())
    return ActiveRow(item, told, tuple(wrong.split()), tuple(right.split()), **changes)


ACTIVE_ROWS: Mapping[str, ActiveRow] = {
    "open": row(CREDENTIALS, "open-to-anyone", "guarded open", "guarded"),
    "open-none-given": row(CREDENTIALS, "open-to-anyone", "guarded open", "guarded", given=False),
    "any-bearer": row(CREDENTIALS, "wrong-credentials-accepted", "guarded any-bearer", "guarded"),
    "silent": row(CREDENTIALS, "credentials-not-refused", "guarded silent", "guarded"),
    "ignores": row(RESUME, "resume-lost", "ignores"),
    "refuses": row(RESUME, "resume-lost", "refuses-to-resume"),
    "loses": row(RESUME, "resume-lost", "loses"),
    "repeats": row(RESUME, "resume-repeated", "repeats"),
    "doubles": row(RESUME, "resume-repeated", "doubles"),
    "reorders": row(RESUME, "resume-reordered", "reorders"),
    "crosses": row(RESUME, "resume-foreign", "crosses"),
    "loses-advice": row(RESUME, "resume-lost", "loses", resume=False),
    "ignores-beside": row(RESUME, "resume-lost", "ticking ignores", "ticking"),
    "loses-beside": row(RESUME, "resume-lost", "ticking loses", "ticking"),
    "repeats-beside": row(RESUME, "resume-repeated", "ticking repeats", "ticking"),
    "reorders-beside": row(RESUME, "resume-reordered", "ticking reorders", "ticking"),
    "crosses-beside": row(RESUME, "resume-foreign", "ticking crosses", "ticking"),
    "loses-unconfirmed": row(RESUME, "resume-lost", "mute loses", "mute"),
    "odd": row(RESUME, "resume-lost", "odd loses", "odd"),
    "without-ids": row(RESUME, "resume-not-judged", "plain"),
    "any-room": row(INVALID, "invalid-parameter-accepted", "any-room"),
    "any-path": row(UNKNOWN, "unknown-channel-served", "any-path", channel="news"),
    "jams": row(SURVIVAL, "next-client-not-served", "plain jams", "plain", resume=False, seconds=2),
    "falls-silent": row(
        SURVIVAL, "next-client-silent", "ticking plain falls-silent", "ticking plain",
        resume=False, seconds=2,
    ),
    "falls-silent-fired": row(
        SURVIVAL, "next-client-not-served", "plain falls-silent", "plain", resume=False, seconds=2
    ),
}  # fmt: skip


def described(row: ActiveRow, *, is_guarded: bool) -> str:
    messages = {"tick": {"payload": {"type": "object", "required": ["n"],
                                     "properties": {"n": {"type": "integer"}}}}}  # fmt: skip
    rules = {"resume": True} if row.resume else {}
    security = [{"type": "http", "scheme": "bearer"}] if is_guarded else []
    channels = {
        "room": {
            "address": "/rooms/{room}",
            "parameters": {"room": {"enum": ["a", "b"]}},
            "x-sse": rules,
            "messages": messages,
        },
        "news": {"address": "/news", "x-sse": rules, "messages": messages},
    }
    operations = {
        f"send-{name}": {
            "action": "send",
            "channel": {"$ref": f"#/channels/{name}"},
            "security": security,
        }
        for name in channels
    }
    return json.dumps(
        {
            "asyncapi": "3.0.0",
            "info": {"title": "Rooms", "version": "1"},
            "channels": channels,
            "operations": operations,
        }
    )


@dataclass
class Told:
    """Hold what all active items told: the codes, those of errors, and which check judged."""

    codes: set[str]
    errors: set[str]
    judged: set[str]
    skipped: dict[str, str]


Run = Callable[[ActiveRow, tuple[str, ...]], Told]


def told_of(item: str, arguments: Mapping[str, Any], told: Told) -> None:
    """Run one item as the gate does, and note what it tells."""
    function = getattr(probing, item)
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    try:
        function(**{name: arguments[name] for name in names})
    except pytest.skip.Exception as skipped:
        told.skipped[item] = str(skipped)
    except ContractViolation as violation:
        told.codes |= {found.code for found in violation.violations}
        told.errors |= {found.code for found in violation.violations}


def spied(name: str, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    check = getattr(probing, name)

    def spy(*arguments: Any) -> Any:
        told.judged.add(name)
        return check(*arguments)

    monkeypatch.setattr(probing, name, spy)


@pytest.fixture
def run(tmp_path, monkeypatch) -> Run:
    """Return a function that runs all active items of a row against a server with switches."""

    def run(row: ActiveRow, switches: tuple[str, ...]) -> Told:
        is_guarded = "guarded" in switches
        path = tmp_path / "spec.json"
        path.write_text(described(row, is_guarded=is_guarded))
        document = load(path)
        channel = document.streams[row.channel]
        told = Told(set(), set(), set(), {})
        for name in CHECKS.values():
            spied(name, told, monkeypatch)

        def note(name: str, value: object) -> None:
            if name == ADVICE:
                told.codes.add(str(value).partition(":")[0])

        headers = {"Authorization": RIGHT} if is_guarded and row.given else {}
        reach = Reach(headers=headers, timeout=row.seconds, events=1)
        with ActiveServer(*switches) as serving:
            server = ServerUnderTest(
                lambda: serving.url,
                kind="yours",
                reach=reach,
                recordings=Recordings(),
                trigger=None if "ticking" in switches else serving.publish,
            )
            arguments = {
                "asyncapi_channel": channel,
                "asyncapi_document": document,
                "asyncapi_server_under_test": server,
                "asyncapi_sibling": lambda item: True,
                "asyncapi_note": Record(note),
            }
            for item in ACTIVE:
                if item not in APPLIES or APPLIES[item](channel):
                    told_of(item, arguments, told)
        return told

    return run


@pytest.mark.parametrize("name", ACTIVE_ROWS)
def test_a_defect_of_a_server_with_a_state_is_told_by_its_codes(run, name):
    row = ACTIVE_ROWS[name]
    told = run(row, row.wrong)
    assert told.codes == row.codes, told.skipped
    severities = {code: found for codes in CODES.values() for code, found in codes.items()}
    is_error = {
        code
        for code in row.codes
        if severities[code] == ("error",) or (len(severities[code]) == 2 and row.resume)
    }
    assert told.errors == is_error
    if "resume-not-judged" not in row.codes:
        assert CHECKS[row.item] in told.judged


@pytest.mark.parametrize("name", ACTIVE_ROWS)
def test_nothing_is_told_of_the_legal_neighbour_which_is_judged(run, name):
    row = ACTIVE_ROWS[name]
    told = run(row, row.right)
    assert told.codes == set()
    if row.given:
        assert CHECKS[row.item] in told.judged, told.skipped


@pytest.mark.parametrize("item", CHECKS)
def test_nothing_is_told_where_the_check_of_an_item_is_off(run, monkeypatch, item):
    row = next(row for row in ACTIVE_ROWS.values() if row.item == item)
    monkeypatch.setattr(probing, CHECKS[item], lambda *_: [])
    assert run(row, row.wrong).codes == set()


def test_every_active_code_has_a_row():
    listed = {code for item in ACTIVE for code in CODES[item]}
    assert {code for row in ACTIVE_ROWS.values() for code in row.codes} == listed
    assert set(ACTIVE) == set(CHECKS) <= set(NAMES["server"])
