"""The child process of a client under test: calls it and reports in JSON lines.

Started as `python -m pytest_asyncapi_sse.driver.child MODULE:ATTR`. Each line on standard input is
one call; standard output carries a line for each delivery and one when the client has ended. What
the client itself prints goes to standard error.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TextIO

from pytest_asyncapi_sse.driver.calling import Call, Client, consume
from pytest_asyncapi_sse.driver.delivery import delivery
from pytest_asyncapi_sse.driver.imports import import_attribute
from pytest_asyncapi_sse.driver.thread import failure_text
from pytest_asyncapi_sse.schema import dump_json


def main(target: str) -> None:
    """Serve calls from standard input until it ends."""
    wire = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    client = import_attribute(target)
    for line in sys.stdin:
        _serve(client, Call(**json.loads(line)), wire)


def _serve(client: Client, call: Call, wire: TextIO) -> None:
    def take(item: object) -> bool:
        delivered = delivery(item)
        if delivered.error is not None:
            line = dump_json({"error": delivered.error})
        else:
            line = dump_json({"payload": delivered.payload, "data": delivered.data})
        wire.write(line + "\n")
        return True

    failure = ""
    try:
        consume(client, call, take, lambda _: None)
    except Exception as error:
        failure = failure_text(error)
    wire.write(dump_json({"ended": failure}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
