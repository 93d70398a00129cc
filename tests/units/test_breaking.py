"""Requests that a document excludes: a value that breaks each parameter, an address of nothing."""

from __future__ import annotations

import json

import pytest

from pytest_asyncapi_sse import load
from pytest_asyncapi_sse.contract.breaking import breaking_values, unknown_address
from pytest_asyncapi_sse.model import PayloadSchema
from pytest_asyncapi_sse.schema import validator


def channel_of(tmp_path, address, schemas):
    document = {
        "asyncapi": "2.6.0",
        "info": {"title": "T", "version": "1"},
        "channels": {
            address: {
                "parameters": {name: {"schema": schema} for name, schema in schemas.items()},
                "subscribe": {"message": {"payload": {"type": "object"}}},
            }
        },
    }
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(document))
    return next(iter(load(path).streams.values()))


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "enum": ["a", "a-x"]},
        {"type": "integer"},
        {"type": "boolean"},
        {"type": "string", "pattern": "^[a-z-]+$"},
        {"type": "string", "format": "uuid"},
        {"type": "string", "minLength": 3},
        {"type": "string", "maxLength": 40},
        {"type": "string", "not": {"const": "a"}},
    ],
    ids=str,
)
def test_the_value_breaks_the_schema_by_every_reading(tmp_path, schema):
    channel = channel_of(tmp_path, "/rooms/{room}", {"room": schema})
    [(parameter, value)] = breaking_values(channel)
    assert parameter.name == "room"
    assert value not in ("", ".", "..")
    is_valid = validator(PayloadSchema(schema, origins={})).is_valid
    assert not is_valid(value)
    if schema.get("type") != "string":
        assert value not in ("-1", "0", "true")


def test_a_number_that_the_schema_takes_does_not_break_it_as_a_text(tmp_path):
    schema = {"type": ["integer", "string"], "pattern": "^[a-z-]+$"}
    [(_, value)] = breaking_values(channel_of(tmp_path, "/rooms/{room}", {"room": schema}))
    assert value == "1.5"


@pytest.mark.parametrize("schema", [{}, {"type": "string"}, {"type": ["string", "integer"]}])
def test_what_takes_every_text_has_no_value_that_breaks_it(tmp_path, schema):
    assert list(breaking_values(channel_of(tmp_path, "/rooms/{room}", {"room": schema}))) == []


@pytest.mark.parametrize(
    ("address", "unknown"),
    [
        ("/news", "/no-such-channel"),
        ("user/signedup", "user/no-such-channel"),
        ("/rooms/{room}/status", "/rooms/{room}/no-such-channel"),
        ("/rooms/{room}", None),
        ("/rooms/{room}.json", None),
        ("/", None),
    ],
)
def test_an_unknown_address_differs_in_its_last_segment(tmp_path, address, unknown):
    schemas = {"room": {"type": "string"}} if "{room}" in address else {}
    assert unknown_address(channel_of(tmp_path, address, schemas)) == unknown
