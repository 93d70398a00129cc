"""The command that runs an item again: what it takes over, and what it never shows."""

from __future__ import annotations

import pytest

from pytest_asyncapi_sse.report.again import GIVEN, again

ITEM = "spec.yaml::a b::client::delivers_every_event"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, ""),
        ({"asyncapi_client": "feed:listen", "asyncapi_require": "client", "keyword": "a"}, " --asyncapi-client=feed:listen"),
        ({"asyncapi_url": "http://ada:secret@localhost:1/x"}, " --asyncapi-url='http://***@localhost:1/x'"),
        ({"asyncapi_header": ["X-Key: secret", "Accept-Language: de"]}, ' --asyncapi-header="X-Key: $X_KEY" --asyncapi-header="Accept-Language: $ACCEPT_LANGUAGE"'),
        ({"asyncapi_map": ["https://ada:secret@a.example/x=copy.yaml"]}, " --asyncapi-map='https://***@a.example/x=copy.yaml'"),
        ({"asyncapi_parameter": ["id=a b"], "asyncapi_timeout": "2"}, " --asyncapi-parameter='id=a b' --asyncapi-timeout=2"),
        ({"inifilename": "my.ini", "override_ini": ["asyncapi_invalid_policy=deliver", "cache_dir=c"]}, " -c my.ini -o asyncapi_invalid_policy=deliver"),
        ({"override_ini": ["asyncapi_header=X-Key: secret", "asyncapi_url=http://a:b@localhost/"]}, " -o 'asyncapi_url=http://***@localhost/'"),
        ({"hypothesis_profile": "ci", "asyncapi_app": None, "asyncapi_trigger": ""}, " --hypothesis-profile=ci"),
    ],
)  # fmt: skip
def test_the_command_has_the_options_that_decide(given, words):
    assert again("my spec.yaml", ITEM, given) == f"pytest --asyncapi='my spec.yaml' '{ITEM}'{words}"


def test_every_option_of_the_command_exists(pytestconfig):
    assert [name for name in GIVEN if not hasattr(pytestconfig.option, name)] == []
