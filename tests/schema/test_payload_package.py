"""The package: what it exports, what it imports when, and that it leaves the network alone."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

import pytest_asyncapi_sse.schema as package
from pytest_asyncapi_sse.errors import DocumentError
from pytest_asyncapi_sse.schema import boundary_payloads, invalid_targets, payloads, validator


def test_all_is_sorted_and_complete() -> None:
    assert package.__all__ == sorted(package.__all__)
    assert all(getattr(package, name) is not None for name in package.__all__)
    assert dir(package) == package.__all__
    with pytest.raises(AttributeError, match="nothing_of_that_name"):
        package.nothing_of_that_name  # noqa: B018


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("from pytest_asyncapi_sse.schema import parse_json", ["jsonschema_rs", "hypothesis"]),
        (
            "from pytest_asyncapi_sse.schema import validator; validator({}).is_valid(1)",
            ["hypothesis", "jsonschema", "yaml", "httpx"],
        ),
        (
            "from pytest_asyncapi_sse.schema import validator; "
            "list(validator({'type': 'null'}).iter_errors(1))",
            ["hypothesis"],
        ),
    ],
)
def test_nothing_heavy_is_imported_before_it_is_needed(code: str, absent: list[str]) -> None:
    check = f"{code}; import sys; print([name for name in {absent} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.fixture
def listener() -> Iterator[tuple[str, Callable[[], bool]]]:
    """Listen on loopback; give the address, and what says whether anyone has connected."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)

        def was_contacted() -> bool:
            try:
                connection, _ = server.accept()
            except BlockingIOError:
                return False
            connection.close()
            return True

        yield f"http://127.0.0.1:{server.getsockname()[1]}", was_contacted


@pytest.mark.parametrize(
    "shape",
    [
        {"$ref": "{}/schema.json"},
        {"properties": {"a": {"oneOf": [{"items": [{"$ref": "{}/x#/definitions/a"}]}]}}},
        {"$id": "{}/root.json", "properties": {"a": {"$ref": "other.json"}}},
    ],
)
def test_no_url_is_ever_fetched(
    listener: tuple[str, Callable[[], bool]], shape: dict[str, object]
) -> None:
    url, was_contacted = listener
    schema = _with_url(shape, url)
    for use in (validator, payloads, boundary_payloads, invalid_targets):
        with pytest.raises(DocumentError, match="leads nowhere"):
            use(schema)
    assert not was_contacted()


def test_the_listener_notices_a_connection(listener: tuple[str, Callable[[], bool]]) -> None:
    url, was_contacted = listener
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))):
        assert was_contacted()


def _with_url(node: object, url: str) -> object:
    if isinstance(node, dict):
        return {key: _with_url(value, url) for key, value in node.items()}
    if isinstance(node, list):
        return [_with_url(value, url) for value in node]
    return node.replace("{}", url) if isinstance(node, str) else node
