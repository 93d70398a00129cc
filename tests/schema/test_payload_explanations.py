"""Explanations: the branch that was meant, one violation for each cause, and words with hints."""

from __future__ import annotations

from typing import Any

import pytest
from payload_schemas import DRAFT_2020, TREE

from pytest_asyncapi_sse.errors import Location
from pytest_asyncapi_sse.model import Channel, Message, Origin, PayloadSchema
from pytest_asyncapi_sse.schema import validator

TEXT = {"type": "string"}
INTEGER = {"type": "integer"}


def object_of(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties}


def const(value: Any) -> dict[str, Any]:
    return {"const": value}


CHAT = {
    "oneOf": [
        {
            "title": "Delta",
            **object_of("type", "text", type=const("delta"), text=TEXT),
            "additionalProperties": False,
        },
        {
            "title": "Tool",
            **object_of("type", "name", type=const("tool"), name={"minLength": 1}),
        },
        {
            "title": "Failure",
            **object_of("type", "code", "message", type=const("error"), code=INTEGER, message=TEXT),
        },
    ]
}
KINDS = {
    "oneOf": [
        object_of("kind", "a", kind={"enum": ["x", "y"]}, a=INTEGER),
        object_of("kind", "b", kind={"enum": ["z"]}, b=INTEGER),
    ]
}
PAYMENTS = {
    "oneOf": [
        {
            "title": "Card",
            **object_of("card", card=object_of("number", number={"pattern": "^\\d{4}$"})),
        },
        {"title": "Transfer", **object_of("iban", iban=TEXT)},
    ]
}
NESTED = {
    "oneOf": [
        {
            "title": "Orders",
            "oneOf": [
                object_of("type", "id", type=const("order.placed"), id=INTEGER),
                object_of("type", "id", "paid", type=const("order.paid"), id=INTEGER, paid={}),
            ],
        },
        {
            "title": "Users",
            "oneOf": [object_of("type", "user", type=const("user.in"), user=TEXT)],
        },
    ]
}
NULLABLE = {
    "properties": {
        "note": {"anyOf": [{"type": "string", "maxLength": 5}, {"type": "null"}]},
        "address": {"anyOf": [{"$ref": "#/definitions/address"}, {"type": "null"}]},
    },
    "definitions": {"address": object_of("city", city=TEXT, zip={"pattern": "^\\d{5}$"})},
}
CONDITION = {
    "properties": {"country": {"enum": ["US", "NL"]}},
    "if": {"properties": {"country": const("US")}},
    "then": {"properties": {"zip": {"pattern": "^[0-9]{5}$"}}},
    "else": {"required": ["province"]},
}
UNEVALUATED = {
    "$schema": DRAFT_2020,
    "allOf": [object_of("id", id=INTEGER)],
    "properties": {"name": TEXT},
    "unevaluatedProperties": False,
}
EXPRESSION = {
    "$ref": "#/definitions/e",
    "definitions": {
        "e": {
            "oneOf": [
                {"title": "Not", **object_of("op", "arg", op=const("not"), arg={"$ref": "#"})},
                {"title": "Minus", **object_of("op", "arg", op=const("minus"), arg={"$ref": "#"})},
                {"title": "Literal", **object_of("op", "value", op=const("lit"), value=INTEGER)},
            ]
        }
    },
}
LINES = object_of("lines", lines={"items": object_of("sku", sku=TEXT)})
DEEPEST = {
    "oneOf": [object_of("order", order=LINES), object_of("order", "x", order=TEXT, x=INTEGER)]
}
USER = {
    **object_of("email", "displayName", email=TEXT, displayName=TEXT, nickname=TEXT),
    "additionalProperties": False,
}
PETS = {
    "discriminator": "kind",
    "oneOf": [{"$ref": "#/definitions/Cat"}, {"$ref": "#/definitions/Dog"}],
    "definitions": {
        "Cat": object_of("kind", "lives", kind=TEXT, lives=INTEGER),
        "Dog": object_of("kind", "pack", "size", kind=TEXT, pack=INTEGER, size=INTEGER),
    },
}
META = {
    "oneOf": [
        object_of("meta", "x", meta=object_of("kind", kind=const("a"))),
        object_of("meta", "y", meta=object_of("kind", kind=const("b"))),
    ]
}
EVENTS = {
    "oneOf": [
        {"title": f"E{number}", **object_of("type", "n", type=const(f"e{number}"), n=INTEGER)}
        for number in range(200)
    ]
}
IN_FAILURE = ", in branch 3 of oneOf (Failure)"


def summaries(schema: Any, value: Any) -> list[str]:
    return [violation.summary for violation in validator(schema).iter_errors(value)]


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        (
            CHAT,
            {"type": "error", "code": "500"},
            [
                f"the required property 'message' is missing{IN_FAILURE}",
                f"/code is '500', not an integer (it is an integer in quotes){IN_FAILURE}",
            ],
        ),
        (
            CHAT,
            {"type": "Delta", "text": 5},
            ["/type is 'Delta', not one of 'delta', 'tool', 'error' (did you mean 'delta'?)"],
        ),
        (
            CHAT,
            {"text": "x"},
            [
                "the required property 'type' is missing (it is one of 'delta', 'tool', 'error')",
            ],
        ),
        (
            CHAT,
            {"tpye": "delta", "text": "x"},
            ["the required property 'type' is missing ('tpye' is there, did you mean 'type'?)"],
        ),
        (
            CHAT,
            {"type": "delta", "txt": "x"},
            [
                "the required property 'text' is missing ('txt' is there, did you mean 'text'?), "
                "in branch 1 of oneOf (Delta)"
            ],
        ),
        (CHAT, [1], ["the payload is [1], not an object"]),
        (
            KINDS,
            {"kind": "z", "a": 1},
            ["the required property 'b' is missing, in branch 2 of oneOf (kind 'z')"],
        ),
        (KINDS, {"kind": "q", "a": 1}, ["/kind is 'q', not one of 'x', 'y', 'z'"]),
        (
            PAYMENTS,
            {"card": {"number": "411"}},
            [
                "/card/number: '411' is not a match of the pattern '^\\d{4}$', "
                "in branch 1 of oneOf (Card)"
            ],
        ),
        (
            PAYMENTS,
            {"cash": 1},
            [
                "the payload fits none of the 2 branches of oneOf: 1 (Card) wants the property "
                "'card'; 2 (Transfer) wants the property 'iban'"
            ],
        ),
        (
            PAYMENTS,
            {"ibam": "NL00"},
            [
                "the required property 'iban' is missing ('ibam' is there, did you mean 'iban'?), "
                "in branch 2 of oneOf (Transfer)"
            ],
        ),
        (
            PAYMENTS,
            {"card": {"number": "4111"}, "iban": "NL00"},
            ["the payload fits branches 1 and 2 of oneOf, but only one may match"],
        ),
        (
            NESTED,
            {"type": "order.paid", "id": 1},
            [
                "the required property 'paid' is missing, in branch 2 of oneOf (type 'order.paid'),"
                " in branch 1 of oneOf (Orders)"
            ],
        ),
        (
            NESTED,
            {"type": "user.on"},
            [
                "/type is 'user.on', not one of 'order.placed', 'order.paid', 'user.in' "
                "(did you mean 'user.in'?)"
            ],
        ),
        (NULLABLE, {"note": 5}, ["/note is 5, not a string or null"]),
        (
            NULLABLE,
            {"note": "too long"},
            ["/note is 'too long', 8 characters, longer than the maximum 5"],
        ),
        (NULLABLE, {"address": {}}, ["the required property 'city' is missing at /address"]),
        (
            META,
            {"meta": {"kind": "b"}, "x": 1},
            ["the required property 'y' is missing, in branch 2 of oneOf (meta.kind 'b')"],
        ),
        (
            PETS,
            {"kind": "Dog", "pack": "x", "lives": "y"},
            [
                "the required property 'size' is missing, in branch 2 of oneOf (Dog)",
                "/pack is 'x', not an integer, in branch 2 of oneOf (Dog)",
            ],
        ),
        (
            DEEPEST,
            {"order": {"lines": [{"sku": "a"}, {"sku": 5}]}},
            ["/order/lines/1/sku is 5, not a string, in branch 1 of oneOf"],
        ),
        (
            EXPRESSION,
            {"op": "not", "arg": {"op": "minus", "arg": {"op": "lit", "value": None}}},
            [
                "/arg/arg/value is null, not an integer, in branch 3 of oneOf (Literal), "
                "in branch 2 of oneOf (Minus)"
            ],
        ),
        (EVENTS, {"type": "e7", "n": []}, ["/n is [], not an integer, in branch 8 of oneOf (E7)"]),
        (
            {"anyOf": [{"format": "email"}, {"format": "ipv4"}]},
            "x",
            [
                "the payload is 'x', which fits none of the 2 branches of anyOf: "
                "1 wants an email address; 2 wants an IPv4 address"
            ],
        ),
        (
            {"oneOf": [const("a"), const("b"), {"type": "null"}]},
            "A",
            ["the payload is 'A', not one of 'a', 'b' or null (did you mean 'a'?)"],
        ),
        (
            {"oneOf": [object_of("id", id=INTEGER, a={}), object_of("id", id=INTEGER, b={})]},
            {"id": "x"},
            ["/id is 'x', not an integer"],
        ),
    ],
)
def test_the_branch_that_was_meant_is_explained(
    schema: Any, value: Any, expected: list[str]
) -> None:
    assert summaries(schema, value) == expected


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        ({"type": "string", "enum": ["a", "b"]}, 5, ["the payload is 5, not one of 'a', 'b'"]),
        (
            {"minLength": 1, "pattern": "^a", "format": "email"},
            "",
            ["the payload is '', 0 characters, shorter than the minimum 1"],
        ),
        (
            {"allOf": [{"required": ["a"]}, {"required": ["a"]}]},
            {},
            ["the required property 'a' is missing"],
        ),
        (
            UNEVALUATED,
            {"id": "1", "name": "n", "x": 2},
            [
                "/id is '1', not an integer (it is an integer in quotes)",
                "/x is an undeclared property",
            ],
        ),
        (
            USER,
            {"emial": "a", "display_name": "b"},
            [
                "the required property 'email' is missing ('emial' is there, did you mean "
                "'email'?)",
                "the required property 'displayName' is missing ('display_name' is there, did you "
                "mean 'displayName'?)",
            ],
        ),
        (
            USER,
            {"email": "a", "displayName": "b", "nickName": "c"},
            ["/nickName is an undeclared property (did you mean 'nickname'?)"],
        ),
        (
            TREE,
            {"value": 1, "children": [{"value": 2}, {"vlaue": 3}]},
            [
                "the required property 'value' is missing at /children/1 ('vlaue' is there, did "
                "you mean 'value'?)"
            ],
        ),
    ],
)
def test_one_cause_gives_one_violation(schema: Any, value: Any, expected: list[str]) -> None:
    assert summaries(schema, value) == expected


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        (
            CONDITION,
            {"country": "US", "zip": "1234 AB"},
            "/zip: '1234 AB' is not a match of the pattern '^[0-9]{5}$', since /country is 'US'",
        ),
        (
            CONDITION,
            {"country": "NL"},
            "the required property 'province' is missing, since /country is 'NL'",
        ),
        (
            {"if": {"minProperties": 1}, "then": {"required": ["a"]}},
            {"b": 1},
            "the required property 'a' is missing, since 'if' holds",
        ),
        (
            {"dependentRequired": {"card": ["billing"]}},
            {"card": 1},
            "the property 'billing' is missing, which 'card' asks for",
        ),
        (
            {"dependentSchemas": {"card": {"properties": {"zip": TEXT}}}},
            {"card": 1, "zip": 5},
            "/zip is 5, not a string, since 'card' is there",
        ),
        ({"contains": {"minimum": 9}}, [1, 2], "none of the 2 items is at least 9"),
        ({"contains": const("x")}, [], "the payload is empty, without an item that is 'x'"),
        (
            {"contains": {"minimum": 9}, "minContains": 2},
            [9, 3],
            "1 item is at least 9, fewer than the minimum 2",
        ),
        (
            {"properties": {"n": {"contains": {"type": "null"}, "maxContains": 1}}},
            {"n": [None, None]},
            "2 items of /n are null, more than the maximum 1",
        ),
        (
            {"prefixItems": [TEXT], "items": False},
            ["a", 1, 2],
            "/1 is an undeclared item: only 1 item may be there",
        ),
        (
            {"allOf": [{"prefixItems": [{}]}], "unevaluatedItems": False},
            [1, 1, 1],
            "/1 is an undeclared item",
        ),
        ({"properties": {"a": False}}, {"a": 1}, "/a is 1, where nothing is allowed"),
        (
            {"not": {"required": ["a", "b"]}},
            {"a": 1, "b": 2},
            "the properties 'a' and 'b' are both there, which 'not' forbids",
        ),
        (
            {"multipleOf": 0.1},
            0.1 + 0.2,
            "the payload is 0.30000000000000004, not a multiple of 0.1 (it looks like 0.3 after an "
            "error of rounding)",
        ),
        (
            const("ACTIVE"),
            "active",
            "the payload is 'active', not 'ACTIVE' (upper and lower case differ)",
        ),
        (const(1), "1", "the payload is '1', not 1 (one is a text, the other is not)"),
        (
            {"enum": [f"value-{number}" for number in range(1_500)]},
            "valeu-7",
            "the payload is 'valeu-7', not one of 'value-0', 'value-1', 'value-2', 'value-3', "
            "'value-4', 'value-5', 'value-6', 'value-7' and 1,492 more (did you mean 'value-7'?)",
        ),
        (
            {"maxLength": 3},
            "x" * 5_000,
            "the payload has 5,000 characters, longer than the maximum 3",
        ),
        (
            {"maxLength": 3},
            "a\x00\x1b\u2028",
            "the payload is 'a\\x00\\x1b\\u2028', 4 characters, longer than the maximum 3",
        ),
        ({"properties": {"a\n\x1b": TEXT}}, {"a\n\x1b": 5}, "/a\\n\\x1b is 5, not a string"),
        (
            {"type": "string"},
            {"items": list(range(1_000))},
            "the payload is {'items': [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, "
            "17, 18, 19,... (1 property), not a string",
        ),
    ],
)
def test_each_keyword_has_words_of_its_own(schema: Any, value: Any, expected: str) -> None:
    assert summaries({"$schema": DRAFT_2020, **schema}, value) == [expected]


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("date-time", "2024-01-01T00:00:00", "lacks an offset such as Z"),
        ("date-time", "2024-01-01", "lacks a time and an offset, such as T00:00:00Z"),
        ("date-time", "2024-01-01 00:00:00Z", "has ' ' where T stands between date and time"),
        ("date-time", "2024-13-01T00:00:00Z", "has the month 13"),
        ("date-time", "2024-02-30T00:00:00Z", "names a day that is not in the calendar"),
        ("date-time", "2024-01-01T25:00:00Z", "has the time 25:00"),
        ("date-time", "2024-01-01T00:00Z", "lacks the seconds"),
        (
            "date-time",
            "2024-01-01T10:00:00+0100",
            "ends with '+0100', not with an offset such as Z or +01:00",
        ),
        ("date", "1/2/2024", "does not begin with a date such as 2024-01-31"),
        ("date", "2024-01-01T00:00:00Z", "has 'T00:00:00Z' after the date"),
        ("time", "10:00:00", "lacks an offset such as Z"),
        ("email", "", "is empty"),
        ("email", " a@b.co", "begins or ends with white space"),
        ("email", "ada", "lacks an @"),
        ("uri", "example.com/a", "lacks a scheme such as https:"),
        ("uri", "http://a.co/b c", "has ' ' in it, which has to be percent-encoded"),
        ("uri", "http://a.co/é", "has 'é' in it, which has to be percent-encoded"),
        ("uuid", "123e4567e89b42d3a456426614174000", "is not grouped as 8-4-4-4-12 digits"),
        ("uuid", "123e", "has 4 hexadecimal digits, not 32"),
        ("ipv4", "256.1.1.1", "has 256, which is above 255"),
        ("duration", "P5H", "lacks the T before its hours, minutes or seconds"),
        ("byte", "a", "has 1 character, which is no multiple of 4"),
        ("json-pointer", "a/b", "does not begin with /"),
    ],
)
def test_a_format_says_what_is_wrong_in_the_text(name: str, text: str, reason: str) -> None:
    [summary] = summaries({"$schema": DRAFT_2020, "format": name}, text)
    assert summary.endswith(f"(it {reason})")


def test_an_integer_that_python_refuses_to_write_is_shown() -> None:
    assert summaries({"enum": [1]}, 10**5_000) == [
        "the payload is 1000000000... (about 5,001 digits), not 1"
    ]


def test_what_each_branch_wants_is_listed_in_full() -> None:
    branches = [object_of(name, **{name: {}}) for name in "abcdefghij"]
    [violation] = validator({"anyOf": branches}).iter_errors({})
    assert violation.summary.endswith("3 wants the property 'c'; and 7 more")
    assert violation.expected.splitlines() == [
        f"{number} wants the property '{name}'" for number, name in enumerate("abcdefgh", start=1)
    ]


def test_a_place_in_the_middle_of_a_long_array_is_found() -> None:
    lines = [{"sku": "abc"} for _ in range(1_000)]
    lines[731] = {"sku": "a"}
    [violation] = validator({"items": object_of("sku", sku={"minLength": 3})}).iter_errors(lines)
    assert violation.pointer == "/731/sku"


def test_twenty_violations_are_told_and_the_rest_is_counted() -> None:
    schema = object_of("id", "name", **{f"n{number}": INTEGER for number in range(30)})
    found = summaries(schema, {f"n{number}": "x" for number in range(30)})
    assert len(found) == 21
    assert found[-1] == "and 12 more"


def test_one_keyword_does_not_hide_the_others() -> None:
    schema = {"items": object_of(id=INTEGER), "maxItems": 10}
    found = summaries(schema, [{"id": "x"}] * 50)
    assert "the payload has 50 items, more than the maximum 10" in found


def located(contents: Any) -> PayloadSchema:
    origin = Origin("feed.yaml", "/S", lambda file, pointer: Location(file, 7, 3, pointer))
    return PayloadSchema(contents, origins={"": origin}, dialect="2020-12")


@pytest.mark.parametrize(
    ("contents", "value", "pointer"),
    [
        (CHAT, {"type": "nothing"}, "/oneOf"),
        (CHAT, {"type": "error", "code": 1}, "/oneOf/2/required"),
        (PAYMENTS, {}, "/oneOf"),
        (CONDITION, {"country": "NL"}, "/else/required"),
        (EXPRESSION, {"op": "lit", "value": "x"}, "/definitions/e/oneOf/2/properties/value/type"),
        ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, "/dependentRequired"),
        ({"dependencies": {"a": ["b"]}}, {"a": 1}, "/dependencies"),
    ],
)
def test_a_violation_points_at_the_keyword_that_it_is_about(
    contents: Any, value: Any, pointer: str
) -> None:
    source = located(contents)
    if "dependencies" in contents:
        source = PayloadSchema(contents, origins=source.origins)
    violation = next(iter(validator(source).iter_errors(value)))
    assert violation.location == Location("feed.yaml", 7, 3, f"/S{pointer}")


def feed(**schemas: Any) -> Channel:
    messages = {name: Message(name=name, schema=PayloadSchema(s)) for name, s in schemas.items()}
    return Channel("feed", "/feed", messages)


@pytest.mark.parametrize(
    ("value", "message", "summary"),
    [
        ({"type": "paid"}, "Paid", "the required property 'amount' is missing"),
        ({"type": "gone", "amount": 1}, "Paid", "/type is 'gone', not one of 'placed', 'paid'"),
        (5, "Placed", "the payload is 5, not an object"),
    ],
)
def test_the_message_that_was_meant_is_found_by_its_tag(
    value: Any, message: str, summary: str
) -> None:
    channel = feed(
        Placed=object_of("type", type=const("placed")),
        Paid=object_of("type", "amount", type=const("paid"), amount=INTEGER),
    )
    [violation] = validator(channel).iter_errors(value)
    assert (violation.message, violation.summary) == (message, summary)


def test_a_payload_far_from_every_message_says_what_each_wants() -> None:
    channel = feed(Order=object_of("sku"), Ping=object_of("time"))
    assert summaries(channel, {"x": 1}) == [
        "the payload fits none of the 2 messages: Order wants the property 'sku'; "
        "Ping wants the property 'time'"
    ]
