"""A bad event is explained by the message that it was meant for."""

from __future__ import annotations

from typing import Any

from pytest_asyncapi_sse.checks.events import judge
from pytest_asyncapi_sse.model import Channel, Message, PayloadSchema
from pytest_asyncapi_sse.schema import dump_json
from pytest_asyncapi_sse.sse import Event, Frame


def message(name: str, *required: str, **properties: Any) -> Message:
    schema = {"type": "object", "required": list(required), "properties": properties}
    return Message(name=name, schema=PayloadSchema(schema))


PLACED = message("Placed", "type", type={"const": "placed"})
PAID = message(
    "Paid",
    "type",
    "amount",
    "currency",
    type={"const": "paid"},
    amount={"type": "number"},
    currency={"type": "string"},
)
NOTE = Message(name="Note", content_type="text/plain", schema=PayloadSchema({"maxLength": 1}))


def judged(*messages: Message, payload: Any) -> tuple[str, list[str]]:
    channel = Channel("feed", "/feed", {one.name: one for one in messages}, streamed=messages)
    data = dump_json(payload)
    frame = Frame(index=0, offset=0, raw=data.encode(), event=Event(data=data))
    found = judge(channel, frame)
    assert found.message is None
    assert found.nearest is not None
    assert {one.message for one in found.violations} == {found.nearest.name}
    return found.nearest.name, [one.summary for one in found.violations]


def test_a_tag_counts_more_than_the_number_of_errors() -> None:
    assert judged(PLACED, PAID, payload={"type": "paid", "amount": "x"}) == (
        "Paid",
        ["the required property 'currency' is missing", "/amount is 'x', not a number"],
    )


def test_a_tag_that_no_message_has_is_one_violation() -> None:
    assert judged(PLACED, PAID, payload={"type": "piad"}) == (
        "Placed",
        ["/type is 'piad', not one of 'placed', 'paid' (did you mean 'paid'?)"],
    )


def test_messages_whose_payloads_differ_are_explained_each_by_itself() -> None:
    assert judged(NOTE, PAID, payload={"type": "paid", "amount": "x"})[0] == "Note"
