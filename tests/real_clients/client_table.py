"""The table of clients: how each is run, what it does not claim, and what the gate tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

DELIVERS = "delivers_every_event"
WIRE = "reads_every_wire_form"
RETURNS = "comes_back_after_an_end"
ANSWERS = "takes_only_a_stream"


@dataclass(frozen=True)
class Client:
    """Hold one client.

    `module` is what must be importable, or the package of Node; `runs` is how it is run: `python`,
    `node` or `browser`. `unclaimed` are the capabilities that its documentation leaves to others.
    `errors` and `advice` are what the gate tells, by its item.
    """

    name: str
    package: str
    module: str
    runs: str = "python"
    timeout: int = 3
    unclaimed: frozenset[str] = frozenset()
    errors: Mapping[str, set[str]] = field(default_factory=dict)
    advice: Mapping[str, set[str]] = field(default_factory=dict)


# They read one response; who uses them connects again, and lets httpx follow redirects or not.
READERS = frozenset({"reconnect", "redirects"})

CLIENTS = [
    Client(
        "httpx_sse",
        package="httpx-sse",
        module="httpx_sse",
        unclaimed=READERS,
        errors={
            WIRE: {
                "bom-misread",
                "ping-misread",
                "empty-block-misread",
                "id-only-misread",
                "retry-only-misread",
            },
            ANSWERS: {"status-ignored", "stream-refused"},
        },
        advice={WIRE: {"cr-held"}},
    ),
    Client(
        "httpx2",
        package="httpx2",
        module="httpx2",
        unclaimed=READERS,
        errors={
            WIRE: {
                "bom-misread",
                "empty-block-misread",
                "id-only-misread",
                "retry-only-misread",
                "large-event-misread",
            },
            ANSWERS: {"status-ignored"},
        },
        advice={WIRE: {"cr-held"}},
    ),
    Client(
        "sseclient",
        package="sseclient-py over httpx",
        module="sseclient",
        unclaimed=READERS,
        errors={
            WIRE: {
                "bom-misread",
                "mixed-line-ends-misread",
                "malformed-utf8-misread",
                "unterminated-delivered",
            },
            ANSWERS: {"status-ignored", "content-type-ignored"},
        },
        advice={"asks_for_its_stream": {"missing-accept"}},
    ),
    Client(
        "aiohttp",
        package="aiohttp-sse-client2",
        module="aiohttp_sse_client2",
        errors={
            WIRE: {
                "bom-misread",
                "cr-misread",
                "mixed-line-ends-misread",
                "malformed-utf8-misread",
                "large-event-misread",
                "unterminated-delivered",
            },
            RETURNS: {"no-reconnect-after-cut"},
        },
        advice={ANSWERS: {"gave-up-after-503"}},
    ),
    Client(
        "launchdarkly",
        package="launchdarkly-eventsource, told to continue",
        module="ld_eventsource",
        timeout=6,  # it waits 1 s before it comes back, and 2 s before the next time
        errors={
            WIRE: {"bom-misread", "malformed-utf8-misread"},
            RETURNS: {"reconnect-after-204", "wrong-last-event-id"},
            ANSWERS: {"stream-refused"},
        },
    ),
    # Later ones need Node 22.
    Client(
        "eventsource",
        package="eventsource 4 on Node",
        module="eventsource",
        runs="node",
        errors={RETURNS: {"wrong-last-event-id"}, ANSWERS: {"stream-refused"}},
        advice={
            DELIVERS: {"precision-lost"},
            WIRE: {"cr-held"},
            ANSWERS: {"gave-up-after-503"},
        },
    ),
    Client(
        "browser",
        package="EventSource of Chromium",
        module="ws",
        runs="browser",
        unclaimed=frozenset({"credentials"}),
        advice={DELIVERS: {"precision-lost"}, ANSWERS: {"gave-up-after-503"}},
    ),
]
