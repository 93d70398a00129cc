"""The codes: all that violations have, by the side and the item that tell them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pytest_asyncapi_sse.checks.server import CODES as SERVER

_SCHEMA = ("invalid-schema", "unsatisfiable-schema", "no-payload-found")

DOCUMENT: Mapping[str, Collection[str]] = {
    "describes_a_stream": (
        "no-stream",
        "newer-version",
        "not-checked",
        "unknown-address",
        "unknown-server",
    ),
    "structure_is_right": (
        "bad-correlation-id",
        "bad-id",
        "duplicate-name",
        "foreign-message",
        "invalid-document",
        "misplaced-ref",
        "misplaced-x-sse-key",
        "missing-key",
        "unknown-key",
        "unknown-security-scheme",
        "unknown-x-sse-key",
        "wrong-type",
    ),
    "references_arrive": ("dangling-ref", "lenient-ref"),
    "parameters_are_declared": (
        "absolute-address",
        "bad-parameter",
        "undeclared-parameter",
        "unused-parameter",
    ),
    "schemas_can_be_satisfied": (
        *_SCHEMA,
        "overlapping-branches",
        "dead-branch",
        "misspelt-keyword",
        "example-mismatch",
        "default-mismatch",
    ),
    "examples_match_their_schemas": ("bad-example", "example-mismatch"),
    "messages_can_be_told_apart": ("overlapping-messages",),
}

CLIENT: Mapping[str, Collection[str]] = {
    "delivers_every_event": (
        "no-client",
        "client-failed",
        "client-stopped",
        "client-hangs",
        "event-lost",
        "payload-altered",
        "precision-lost",
        "event-rejected",
        "event-reordered",
        "event-duplicated",
        "event-invented",
        "message-mistaken",
    ),
    "reads_every_wire_form": (
        "event-held",
        "crlf-misread",
        "cr-misread",
        "mixed-line-ends-misread",
        "bom-misread",
        "no-space-misread",
        "comment-misread",
        "ping-misread",
        "multi-line-misread",
        "unknown-field-misread",
        "empty-block-misread",
        "id-only-misread",
        "retry-only-misread",
        "chunking-misread",
        "split-character-misread",
        "malformed-utf8-misread",
        "large-event-misread",
        "burst-misread",
        "unterminated-delivered",
        "cr-held",
    ),
    "handles_invalid_events": (
        "invalid-event-delivered",
        "invalid-event-ignored",
        "invalid-event-rejected",
        "stopped-by-invalid-event",
        "event-lost-after-invalid",
    ),
    "asks_for_its_stream": (
        "wrong-method",
        "wrong-path",
        "wrong-query",
        "missing-credentials",
        "missing-accept",
        "early-last-event-id",
    ),
    "comes_back_after_an_end": (
        "no-reconnect",
        "no-reconnect-after-cut",
        "gave-up-reconnecting",
        "retry-ignored",
        "missing-last-event-id",
        "wrong-last-event-id",
        "lost-by-reconnect",
        "repeated-by-reconnect",
        "reconnect-after-204",
    ),
    "takes_only_a_stream": (
        "status-ignored",
        "content-type-ignored",
        "stream-refused",
        "redirect-not-followed",
        "no-backoff",
        "gave-up-after-503",
    ),
}

# Those of the fixtures that no item has; `receive` tells many of the server's too.
TESTS: Mapping[str, Collection[str]] = {
    "sse_client": ("unexpected-event", "stream-ended"),
    "sse_server": ("no-client",),
}

CODES: Mapping[str, Mapping[str, Collection[str]]] = {
    "document": DOCUMENT,
    "server": SERVER,
    "client": CLIENT,
    "tests": TESTS,
}
ALL: frozenset[str] = frozenset(
    code for items in CODES.values() for codes in items.values() for code in codes
)

# Where a policy can change nothing, and why.
FIXED: Mapping[str, str] = {
    "stream-ended": "receive() has nothing to return where the stream is over",
}

# An item that meets one of these leaves off: others of its codes may be behind it.
LAST: frozenset[str] = frozenset(
    {
        "no-response",
        "closed-without-response",
        "no-events",
        "event-lost",
        "payload-altered",
        *CLIENT["delivers_every_event"],
    }
    - {"precision-lost"}
)


def told_in(code: str) -> list[tuple[str, str]]:
    """Return the sides and items that tell a code."""
    return [
        (side, item)
        for side, items in CODES.items()
        for item, codes in items.items()
        if code in codes
    ]
