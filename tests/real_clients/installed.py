"""What the tests of real clients need beside the plugin, and how to install it."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pytest
from client_table import Client

HERE = Path(__file__).parent
SCRIPTS = HERE / "node"


def skip_without(client: Client) -> None:
    """Skip where the client is not installed, and say how to install it."""
    if client.runs == "python":
        if importlib.util.find_spec(client.module) is None:
            pytest.skip(f"{client.package} is not installed: pip install -e '.[clients]'")
        return
    if shutil.which("node") is None:
        pytest.skip(f"node is not installed, which {client.package} needs")
    if not (SCRIPTS / "node_modules" / client.module).is_dir():
        pytest.skip(
            f"{client.module} is not installed: npm install --no-package-lock in"
            " tests/real_clients/node"
        )
