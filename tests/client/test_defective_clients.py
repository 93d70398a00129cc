"""Each defective client does wrong what its row says, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import defective_deliveries
import pytest
from client_forms import FORMS, text_of
from defective_clients import ASKS, COMES_BACK, DEFECTS, DELIVERS, INVALID, READS, TAKES, listen
from reference_client import Client
from scripted_server import Asked, Reset, Script, ScriptedServer, page, stream

TEN = [{"n": number} for number in range(10)]
HUGE = 2**53 + 1


@dataclass
class Outcome:
    """Hold what a client did: a rejection is "rejected" among its items."""

    items: list = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    failure: str = ""
    hung: bool = False

    @property
    def ids(self) -> list[bytes | None]:
        return [asked.headers.get("last-event-id") for asked in self.asked]


@dataclass(frozen=True)
class Scenario:
    """Hold the scripts of one code's scenario, and when the code is told."""

    scripts: Sequence[Script]
    told: Callable[[Outcome], bool]


def events(*payloads: object, event: str = "tick", id: str = "") -> list[bytes]:
    lines = f"id: {id}\n" if id else ""
    return [f"event: {event}\n{lines}data: {text_of(one)}\n\n".encode() for one in payloads]


def validate(value: object) -> object:
    if isinstance(value, dict) and value.get("n") == "invalid":
        raise ValueError("n is no number")
    return value


@pytest.fixture(scope="module")
def server():
    with ScriptedServer() as running:
        yield running


@pytest.fixture
def run(monkeypatch, server):
    """Return a function that plays scripts to a client; nothing waits."""

    def play(defect: str, scripts: Sequence[Script]) -> Outcome:
        outcome = Outcome()
        server.play(*scripts)
        with monkeypatch.context() as patch:
            patch.setattr(Client, "wait", lambda self, seconds: outcome.pauses.append(seconds))
            patch.setattr(defective_deliveries, "_hang", lambda: setattr(outcome, "hung", True))
            url, headers = f"{server.url}/shop/feed?kind=a", {"X-Key": "k"}
            try:
                for item in listen(url, headers=headers, validate=validate, defect=defect):
                    outcome.items.append("rejected" if isinstance(item, Exception) else item)
            except Exception as error:
                outcome.failure = str(error)
        outcome.asked = server.asked
        return outcome

    return play


def delivers(told: Callable[[list], bool], *payloads: object) -> Scenario:
    """Return a scenario of valid events; `told` gets what a client that asked delivered."""
    sent = payloads or TEN

    def judged(outcome: Outcome) -> bool:
        return bool(outcome.asked) and told(outcome.items)

    return Scenario([stream(*events(*sent))], judged)


def invalid(told: Callable[[Outcome], bool]) -> Scenario:
    return Scenario([stream(*events({"n": 1}, {"n": "invalid"}, {"n": 2}, {"n": 3}))], told)


def only_known(items: list) -> list:
    return [item for item in items if item in TEN]


PAIRS = [*events(1, event="a"), *events(2, event="b"), *events(3, event="a")]
TOLD_DELIVERED: dict[str, Scenario] = {
    "no-client": Scenario([stream()], lambda o: not (o.asked or o.failure)),
    "client-failed": Scenario([stream()], lambda o: bool(o.failure)),
    "client-stopped": delivers(lambda items: items == TEN[: len(items)] != TEN),
    "client-hangs": Scenario([stream()], lambda o: o.hung and bool(o.asked)),
    "event-lost": delivers(
        lambda items: len(items) < len(TEN) and TEN[-1] in items and [] not in items
    ),
    "payload-altered": delivers(
        lambda items: len(items) == 10 and not only_known(items) and isinstance(items[0], dict)
    ),
    "precision-lost": delivers(
        lambda items: items[:2] == [2**53 * 1.0, {"a": [HUGE - 1]}], HUGE, {"a": [HUGE]}
    ),
    "event-rejected": delivers(lambda items: "rejected" in items, [-1], {"a": {"b": -0.5}}),
    "event-reordered": delivers(
        lambda items: (
            items != TEN
            and sorted(only_known(items), key=lambda i: i["n"]) == TEN
            and len(items) == 10
        )
    ),
    "event-duplicated": delivers(lambda items: len(only_known(items)) > 10),
    "event-invented": delivers(lambda items: len(only_known(items)) == 10 < len(items)),
    "message-mistaken": Scenario(
        [stream(*PAIRS)], lambda o: ("a", 1) in o.items and ("b", 2) not in o.items
    ),
}
TOLD_INVALID: dict[str, Scenario] = {
    "invalid-event-delivered": invalid(lambda o: {"n": "invalid"} in o.items),
    "invalid-event-ignored": invalid(lambda o: o.items == [{"n": 1}, {"n": 2}, {"n": 3}]),
    "stopped-by-invalid-event": invalid(lambda o: {"n": 3} not in o.items),
    "event-lost-after-invalid": invalid(lambda o: {"n": 2} not in o.items and {"n": 3} in o.items),
}


def asks(told: Callable[[Asked], bool]) -> Scenario:
    return Scenario([stream(*events(1))], lambda outcome: told(outcome.asked[0]))


TOLD_ASKED: dict[str, Scenario] = {
    "wrong-method": asks(lambda asked: asked.method != "GET"),
    "wrong-path": asks(lambda asked: asked.target.partition("?")[0] != "/shop/feed"),
    "wrong-query": asks(lambda asked: asked.target.partition("?")[2] != "kind=a"),
    "missing-credentials": asks(lambda asked: asked.headers.get("x-key") != b"k"),
    "missing-accept": asks(lambda asked: asked.headers.get("accept") != b"text/event-stream"),
    "early-last-event-id": asks(lambda asked: "last-event-id" in asked.headers),
}
WITH_ID = [
    stream(*events(1, id="a"), *events(2, id="b"), b"id: c\n\n", b"id: pending\ndata: 3\n"),
    stream(*events(4, 5)),
]
TOLD_AFTER: dict[str, Scenario] = {
    "no-reconnect": Scenario([stream(*events(1))], lambda o: len(o.asked) < 2),
    "no-reconnect-after-cut": Scenario(
        [stream(*events(1), ended=False)], lambda o: len(o.asked) < 2
    ),
    "gave-up-reconnecting": Scenario(
        [stream(*events(1)), [Reset()], stream(*events(2))], lambda o: len(o.asked) == 2
    ),
    "retry-ignored": Scenario(
        [stream(b"retry: 700\n\nretry: 20x\n\n", *events(1), ended=False)],
        lambda o: o.pauses[:1] < [0.7] and bool(o.pauses),
    ),
    "missing-last-event-id": Scenario(
        [stream(*events(1, id="a"), ended=False), stream()], lambda o: o.ids[1:2] == [None]
    ),
    "wrong-last-event-id": Scenario(
        [WITH_ID[0][:-1], stream(*events(4, 5), b"id: \n\n"), stream()],
        lambda o: o.ids[1:2] not in ([b"c"], [None], []) or o.ids[2:3] not in ([None], []),
    ),
    "lost-by-reconnect": Scenario(WITH_ID, lambda o: 5 in o.items and 4 not in o.items),
    "repeated-by-reconnect": Scenario(WITH_ID, lambda o: o.items.count(2) > 1),
    "reconnect-after-204": Scenario([stream(*events(1))], lambda o: len(o.asked) > 2),
}


def refused(status: str, type: str = "text/event-stream") -> Scenario:
    """Return the scenario of a page that must not be read."""
    script = page(status, b"".join(events(1)), type=type)
    return Scenario([script, stream(*events(2))], lambda o: len(o.asked) > 1)


BUSY = page("503 Busy")
TOLD_TAKEN: dict[str, Scenario] = {
    "status-ignored": refused("404 Not Found"),
    "content-type-ignored": refused("200 OK", "text/html"),
    "stream-refused": Scenario(
        [page("200 OK", b"".join(events(1)), type="Text/Event-Stream;charset=UTF-8")],
        lambda o: not o.items,
    ),
    "redirect-not-followed": Scenario(
        [page("307 Elsewhere", b"", "Location: next"), stream(*events(1))],
        lambda o: not o.items,
    ),
    "no-backoff": Scenario([BUSY, BUSY, stream(*events(1))], lambda o: o.pauses[:2] == [0, 0]),
    "gave-up-after-503": Scenario([BUSY, stream(*events(1))], lambda o: not o.items),
}
TOLD = {
    DELIVERS: TOLD_DELIVERED,
    INVALID: TOLD_INVALID,
    ASKS: TOLD_ASKED,
    COMES_BACK: TOLD_AFTER,
    TAKES: TOLD_TAKEN,
}
WIRE = [name for name, defect in DEFECTS.items() if defect.item == READS]
OTHERS = [name for name in DEFECTS if name not in WIRE]
# Their row is the policy's, or they show with other payloads than the ten.
BY_POLICY = {"invalid-event-rejected"}
EMPTY = [0, "", {}, [], False, None]


def holds_cr(client: type[Client]) -> bool:
    """Whether an event that ends in CR is there only when more comes, whatever that is."""
    parser = client.parser()
    return not list(parser.feed(b"data: 1\r\r")) and bool(list(parser.feed(b":")))


def holds_events(client: type[Client]) -> bool:
    """Whether a client reads on before it delivers what it has."""
    reads_on = []

    class Stream:
        def body(self, *, whole: bool = False) -> Iterator[bytes]:
            yield b"data: 1\n\n"
            reads_on.append(True)

    next(iter(client("http://a").read(Stream())), None)
    return bool(reads_on)


HOLDING = {"event-held": holds_events, "cr-held": holds_cr}


@pytest.mark.parametrize("name", ["", *WIRE])
def test_a_form_is_misread_by_its_own_defect_only(run, name):
    wrong = set()
    for form, (chunks, expected) in FORMS.items():
        outcome = run(name, [stream(*chunks)])
        if outcome.items != expected or outcome.failure:
            wrong.add(form)
    client = DEFECTS[name].client if name else Client
    wrong |= {code for code, holds in HOLDING.items() if holds(client)}
    assert wrong == (set(DEFECTS[name].codes) if name else set())


@pytest.mark.parametrize("name", ["", *OTHERS])
def test_a_defect_shows_in_its_own_scenario_only(run, name):
    items = [DEFECTS[name].item] if name else list(TOLD)
    told = {
        code
        for item in items
        for code, scenario in TOLD[item].items()
        if scenario.told(run(name, scenario.scripts))
    }
    quiet = not name or name in BY_POLICY or DEFECTS[name].channel == "empty payloads"
    assert told == (set() if quiet else set(DEFECTS[name].codes))


def test_empty_payloads_are_lost_by_their_defect_only(run):
    scripts = [stream(*events(1, *EMPTY, 2))]
    assert run("event-lost-empty", scripts).items == [1, 2]
    assert run("", scripts).items == [1, *EMPTY, 2]


def test_the_standards_client_tells_of_what_a_policy_ignores(run):
    scenario = TOLD_INVALID["invalid-event-delivered"]
    outcome = run("invalid-event-rejected", scenario.scripts)
    assert outcome.items == [{"n": 1}, "rejected", {"n": 2}, {"n": 3}]


@pytest.mark.parametrize("name", ["client-hangs", "no-client"])
def test_what_hangs_ends_by_itself(monkeypatch, name):
    monkeypatch.setattr(defective_deliveries, "HANG_SECONDS", 0.1)
    with ScriptedServer(stream(*events(1))) as server:
        assert list(listen(server.url, retry=0, defect=name)) == (
            [1] if name == "client-hangs" else []
        )


def test_every_defect_has_a_form_or_a_scenario():
    codes = {code for defect in DEFECTS.values() for code in defect.codes}
    scenarios = {code for item in TOLD.values() for code in item}
    assert codes == {*FORMS, *HOLDING, *scenarios, *BY_POLICY} - {"plain"}
