"""The lines by which a child process says what its client delivers, and for which call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_asyncapi_sse.driver.delivery import Delivery, rejection
from pytest_asyncapi_sse.schema import dump_json

MAX_LINE = 64 * 2**20
_MARK = "\x1e\x1ecall "


def line_of(item: Delivery, run: int) -> str:
    """Return the line of one delivery; what can't be written is a rejection that says so."""
    try:
        line = dump_json({"run": run, **_fields(item)})
    except (ValueError, RecursionError) as error:
        return line_of(rejection(f"delivered what JSON cannot carry: {error}"), run)
    size = len(line) if line.isascii() else len(line.encode())
    if size > MAX_LINE:
        return line_of(rejection(f"delivered {size:,} bytes, more than {MAX_LINE:,}"), run)
    return line


def delivery_of(fields: Mapping[str, Any]) -> Delivery:
    """Return the delivery of a line's fields."""
    name, error = fields.get("message"), fields.get("error")
    if error is not None:
        return Delivery(error=error, name=name)
    also = (fields["also"],) if "also" in fields else ()
    return Delivery(payload=fields["payload"], data=fields.get("data"), name=name, also=also)


def mark_of(run: int) -> str:
    """Return the line on standard error after which the lines of a call come."""
    return f"{_MARK}{run}"


def marked_run(line: str) -> int | None:
    """Return the call that a line of standard error marks the beginning of, if it is a mark."""
    number = line.removeprefix(_MARK)
    return int(number) if number != line and number.isdecimal() else None


def _fields(item: Delivery) -> dict[str, Any]:
    found: dict[str, Any] = (
        {"payload": item.payload} if item.error is None else {"error": item.error}
    )
    if item.data is not None:
        found["data"] = item.data
    if item.name is not None:
        found["message"] = item.name
    if item.also:
        # Not in an array, which would be a level more than JSON is read to.
        (found["also"],) = item.also
    return found
