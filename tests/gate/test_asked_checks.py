"""Checks that are made only where they are asked for: their names, on the command line and as ini."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("invalid-parameter", "did you mean 'invalid-parameters'?"),
        ("resume", "give one of invalid-parameters, unknown-channels"),
        ("", "--asyncapi-check is empty"),
    ],
)
def test_an_unknown_name_is_refused_with_those_that_there_are(refuses, name, text):
    result = refuses(f"--asyncapi-check={name}")
    result.stderr.fnmatch_lines([f"*{text}*"])


def test_a_name_in_the_ini_file_is_checked_too(refuses, pytester):
    pytester.makeini("[pytest]\nasyncapi_check =\n  unknown-channels\n  unknown-channel\n")
    result = refuses()
    result.stderr.fnmatch_lines(["*did you mean 'unknown-channels'?*"])


def test_what_is_asked_for_is_collected_and_only_where_there_is_a_server(gate, pytester):
    asked = ("--collect-only", "-q", "--asyncapi-check=unknown-channels")
    item = "*::userSignups::server::unknown_channels_are_not_found"
    gate("--asyncapi-app=service:good", *asked).stdout.fnmatch_lines([item])
    gate("--asyncapi-app=service:good", *asked).stdout.no_fnmatch_line("*invalid_parameters*")
    gate("--asyncapi-app=service:good", "--collect-only", "-q").stdout.no_fnmatch_line(item)
    gate(*asked).stdout.no_fnmatch_line(item)
