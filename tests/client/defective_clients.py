"""The table of defective clients: what each does wrong, and the codes that must be told of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import defective_connections as connections
import defective_deliveries as deliveries
import defective_parsers as parsers
from reference_client import Client, Headers, Parser, Validate

DELIVERS = "delivers_every_event"
READS = "reads_every_wire_form"
INVALID = "handles_invalid_events"
ASKS = "asks_for_its_stream"
COMES_BACK = "comes_back_after_an_end"
TAKES = "takes_only_a_stream"


@dataclass(frozen=True)
class Defect:
    """Hold one defect; `channel` names what its channel needs, so that the defect shows."""

    wrong: str
    item: str
    codes: frozenset[str]
    client: type[Client]
    capability: str = ""
    policy: str = "withhold"
    channel: str = ""


def _row(
    wrong: str,
    item: str,
    client: type[Client],
    *codes: str,
    capability: str = "",
    policy: str = "withhold",
    channel: str = "",
) -> Defect:
    return Defect(wrong, item, frozenset(codes), client, capability, policy, channel)


def _reads(wrong: str, parser: type[Parser], *codes: str, capability: str = "") -> Defect:
    """Return the row of a parser; it gets whole HTTP chunks, so that a cut is where one is made."""
    client = type(parser.__name__, (Client,), {"parser": parser, "whole_chunks": True})
    return _row(wrong, READS, client, *codes, capability=capability)


DEFECTS: dict[str, Defect] = {
    "no-client": _row("never connects", DELIVERS, deliveries.NeverAsks, "no-client"),
    "client-failed": _row("fails before it connects", DELIVERS, deliveries.Fails, "client-failed"),
    "client-stopped": _row(
        "ends after three events", DELIVERS, deliveries.StopsAfterThree, "client-stopped"
    ),
    "client-hangs": _row("stays after the end", DELIVERS, deliveries.Hangs, "client-hangs"),
    "event-lost": _row(
        "drops every seventh event", DELIVERS, deliveries.LosesSeventh, "event-lost"
    ),
    "event-lost-empty": _row(
        "drops empty payloads",
        DELIVERS,
        deliveries.LosesEmpty,
        "event-lost",
        channel="empty payloads",
    ),
    "payload-altered": _row(
        "adds a key to each object",
        DELIVERS,
        deliveries.AddsKey,
        "payload-altered",
        channel="objects",
    ),
    "precision-lost": _row(
        "rounds integers",
        DELIVERS,
        deliveries.RoundsIntegers,
        "precision-lost",
        channel="large integers",
    ),
    "event-rejected": _row(
        "rejects negative numbers",
        DELIVERS,
        deliveries.RejectsNegative,
        "event-rejected",
        channel="negative numbers",
    ),
    "event-reordered": _row("swaps two events", DELIVERS, deliveries.Swaps, "event-reordered"),
    "event-duplicated": _row(
        "delivers an event twice", DELIVERS, deliveries.Doubles, "event-duplicated"
    ),
    "event-invented": _row(
        "delivers what was not sent", DELIVERS, deliveries.Invents, "event-invented"
    ),
    "message-mistaken": _row(
        "gives an event the name of the one before",
        DELIVERS,
        deliveries.NamesBefore,
        "message-mistaken",
        channel="two messages",
    ),
    "event-held": _row(
        "delivers an event when the next one comes",
        READS,
        connections.HoldsEvent,
        "event-held",
        capability="live",
    ),
    "event-held-to-the-end": _row(
        "delivers what came once the stream has ended",
        READS,
        connections.CollectsEvents,
        "event-held",
        capability="live",
    ),
    "crlf-misread": _reads("sees no block end in CRLF CRLF", parsers.MissesCrlf, "crlf-misread"),
    "cr-misread": _reads("sees no block end in CR CR", parsers.MissesCr, "cr-misread"),
    "cr-unknown": _reads(
        "ends lines at LF and CRLF only",
        parsers.EndsAtLineFeed,
        "cr-misread",
        "mixed-line-ends-misread",
    ),
    "line-feeds-awaited": _reads(
        "splits the text at LF LF, and reads lines well",
        parsers.ReadsAtTwoLineFeeds,
        "crlf-misread",
        "cr-misread",
        "mixed-line-ends-misread",
    ),
    "mixed-line-ends-misread": _reads(
        "sees block ends of two like line ends only", parsers.MissesMixed, "mixed-line-ends-misread"
    ),
    "mixed-lf-crlf": _reads(
        "sees no block end in LF CRLF", parsers.MissesCrlfAfterLf, "mixed-line-ends-misread"
    ),
    "bom-misread": _reads(
        "loses the event after the byte order mark", parsers.KeepsMark, "bom-misread"
    ),
    "no-space-misread": _reads(
        "looks for a colon and a space", parsers.NeedsSpace, "no-space-misread"
    ),
    "comment-misread": _reads(
        "puts the comments in a block into its data", parsers.CommentsAreData, "comment-misread"
    ),
    "ping-misread": _reads(
        "takes a block of comments for an event", parsers.PingsAreEvents, "ping-misread"
    ),
    "multi-line-misread": _reads(
        "keeps the last line of data", parsers.KeepsLastLine, "multi-line-misread"
    ),
    "unknown-field-misread": _reads(
        "drops a block with an unknown field", parsers.DropsUnknown, "unknown-field-misread"
    ),
    "unknown-field-fails": _reads(
        "fails at an unknown field", parsers.FailsAtUnknown, "unknown-field-misread"
    ),
    "empty-block-misread": _reads(
        "takes a block without data for an event",
        parsers.EmptyBlocksAreEvents,
        "empty-block-misread",
    ),
    "id-only-misread": _reads(
        "takes a block of an id for an event", parsers.IdsAreEvents, "id-only-misread"
    ),
    "retry-only-misread": _reads(
        "takes a block of a retry for an event", parsers.RetriesAreEvents, "retry-only-misread"
    ),
    "retry-fails": _reads(
        "fails at a retry without digits", parsers.FailsAtRetry, "retry-only-misread"
    ),
    "chunking-misread": _reads(
        "forgets a block at the end of a chunk", parsers.ForgetsBlocks, "chunking-misread"
    ),
    "chunking-crlf": _reads(
        "takes the halves of a CRLF in two chunks for two line ends",
        parsers.ForgetsCr,
        "chunking-misread",
    ),
    "split-character-misread": _reads(
        "decodes each chunk for itself", parsers.DecodesChunks, "split-character-misread"
    ),
    "malformed-utf8-misread": _reads(
        "fails at bytes that are no UTF-8", parsers.DecodesStrictly, "malformed-utf8-misread"
    ),
    "large-event-misread": _reads(
        "drops a line of more than a million characters",
        parsers.LimitsLines,
        "large-event-misread",
        capability="large-events",
    ),
    "burst-misread": _row(
        "handles 500 events of a chunk", READS, deliveries.HandlesFewOfBurst, "burst-misread"
    ),
    "unterminated-delivered": _reads(
        "dispatches a block that the stream's end cut off",
        parsers.DispatchesAtEnd,
        "unterminated-delivered",
    ),
    "cr-held": _reads("waits for what follows a CR", parsers.HoldsCr, "cr-held"),
    "invalid-event-delivered": _row(
        "validates nothing", INVALID, deliveries.KeepsInvalid, "invalid-event-delivered"
    ),
    "invalid-event-ignored": _row(
        "says nothing of what it rejects",
        INVALID,
        deliveries.SwallowsInvalid,
        "invalid-event-ignored",
        policy="reject",
    ),
    "invalid-event-rejected": _row(
        "tells of what it should ignore", INVALID, Client, "invalid-event-rejected", policy="ignore"
    ),
    "stopped-by-invalid-event": _row(
        "fails at an invalid event", INVALID, deliveries.FailsAtInvalid, "stopped-by-invalid-event"
    ),
    "stopped-by-invalid-event-anew": _row(
        "asks for the stream anew at an invalid event",
        INVALID,
        connections.StartsAnew,
        "stopped-by-invalid-event",
    ),
    "event-lost-after-invalid": _row(
        "drops the event after an invalid one",
        INVALID,
        deliveries.LosesAfterInvalid,
        "event-lost-after-invalid",
    ),
    "wrong-method": _row("posts", ASKS, connections.Posts, "wrong-method"),
    "wrong-path": _row(
        "drops the last segment of the path", ASKS, connections.ShortensPath, "wrong-path"
    ),
    "wrong-path-slash": _row(
        "appends a slash to the path", ASKS, connections.AppendsSlash, "wrong-path"
    ),
    "wrong-query": _row(
        "drops the query", ASKS, connections.DropsQuery, "wrong-query", channel="query"
    ),
    "missing-credentials": _row(
        "drops the headers that it is given",
        ASKS,
        connections.DropsCredentials,
        "missing-credentials",
        capability="credentials",
        channel="credentials",
    ),
    "missing-accept": _row("sends no Accept", ASKS, connections.SendsNoAccept, "missing-accept"),
    "early-last-event-id": _row(
        "begins with an id", ASKS, connections.SendsZeroId, "early-last-event-id"
    ),
    "early-last-event-id-empty": _row(
        "begins with an empty id", ASKS, connections.SendsEmptyId, "early-last-event-id"
    ),
    "no-reconnect": _row(
        "ends when the stream does",
        COMES_BACK,
        connections.EndsWithStream,
        "no-reconnect",
        capability="reconnect",
    ),
    "no-reconnect-after-cut": _row(
        "ends when the connection breaks",
        COMES_BACK,
        connections.EndsWithCut,
        "no-reconnect-after-cut",
        capability="reconnect",
    ),
    "gave-up-reconnecting": _row(
        "ends where its first try to come back fails",
        COMES_BACK,
        connections.TriesOnce,
        "gave-up-reconnecting",
        capability="reconnect",
    ),
    "retry-ignored-digits": _row(
        "takes `retry: 20x` for 20 ms",
        COMES_BACK,
        connections.ReadsLeadingDigits,
        "retry-ignored",
        capability="retry",
    ),
    "wrong-last-event-id-kept": _row(
        "keeps an id that the server took back",
        COMES_BACK,
        connections.KeepsId,
        "wrong-last-event-id",
        capability="last-event-id",
    ),
    "retry-ignored": _row(
        "comes back at once",
        COMES_BACK,
        connections.IgnoresRetry,
        "retry-ignored",
        capability="retry",
    ),
    "missing-last-event-id": _row(
        "sends no id",
        COMES_BACK,
        connections.SendsNoId,
        "missing-last-event-id",
        capability="last-event-id",
    ),
    "wrong-last-event-id": _row(
        "sends the id of a block that the end cut off",
        COMES_BACK,
        connections.SendsPendingId,
        "wrong-last-event-id",
        capability="last-event-id",
    ),
    "wrong-last-event-id-first": _row(
        "sends the first id",
        COMES_BACK,
        connections.SendsFirstId,
        "wrong-last-event-id",
        capability="last-event-id",
    ),
    "wrong-last-event-id-lone": _row(
        "forgets an id in a block of its own",
        COMES_BACK,
        connections.SendsIdOfEvent,
        "wrong-last-event-id",
        capability="last-event-id",
    ),
    "lost-by-reconnect": _row(
        "drops the first event of a second connection",
        COMES_BACK,
        connections.LosesFirst,
        "lost-by-reconnect",
        capability="reconnect",
    ),
    "repeated-by-reconnect": _row(
        "delivers the last event of the first connection again",
        COMES_BACK,
        connections.RepeatsLast,
        "repeated-by-reconnect",
        capability="reconnect",
    ),
    "reconnect-after-204": _row(
        "comes back after a 204",
        COMES_BACK,
        connections.IgnoresNoContent,
        "reconnect-after-204",
        capability="no-content",
    ),
    "status-ignored": _row(
        "reads the body of an error",
        TAKES,
        connections.IgnoresStatus,
        "status-ignored",
        capability="status",
    ),
    "content-type-ignored": _row(
        "reads a page for a stream",
        TAKES,
        connections.IgnoresType,
        "content-type-ignored",
        capability="content-type",
    ),
    "stream-refused": _row(
        "compares the content type as it is written",
        TAKES,
        connections.ComparesType,
        "stream-refused",
    ),
    "stream-refused-case": _row(
        "compares the content type in its case", TAKES, connections.ComparesCase, "stream-refused"
    ),
    "redirect-not-followed": _row(
        "ends at a redirect",
        TAKES,
        connections.FollowsNothing,
        "redirect-not-followed",
        capability="redirects",
    ),
    "no-backoff": _row(
        "comes back at once after a 503",
        TAKES,
        connections.Hammers,
        "no-backoff",
        capability="backoff",
    ),
    "gave-up-after-503": _row(
        "ends at a 503", TAKES, connections.GivesUp, "gave-up-after-503", capability="backoff"
    ),
}


# What these do is unusual, and right.
UNUSUAL: dict[str, type[Client]] = {
    "": Client,
    "mounted-twice": connections.MountedTwice,
    "opens-two": connections.OpensTwo,
    "asks-what-is-allowed": connections.AsksWhatIsAllowed,
}


def listen(
    url: str,
    *,
    headers: Headers | None = None,
    validate: Validate | None = None,
    retry: float = 0.3,
    defect: str = "",
) -> Iterator[object]:
    """Yield what the client with this defect delivers, or one without that has this name."""
    client = UNUSUAL[defect] if defect in UNUSUAL else DEFECTS[defect].client
    return client(url, headers=headers, validate=validate, retry=retry).run()
