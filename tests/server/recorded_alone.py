"""Record one stream in a process that does nothing else, and print its end, codes and memory.

Without a URL nothing is recorded: that is the idle process which the others are compared with.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from pytest_asyncapi_sse import load
from pytest_asyncapi_sse.checks.server import findings
from pytest_asyncapi_sse.client.exchange import StreamOpening
from pytest_asyncapi_sse.client.record import Enough, record
from pytest_asyncapi_sse.client.trigger import Trigger


def peak_bytes() -> int:
    """Return the most memory that this process had.

    Linux counts in `ru_maxrss` what the parent had when it forked; its own mark does not.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main(spec: str, url: str, seconds: str, trigger_sleeps: str) -> None:
    channel = load(spec).streams["a"]
    told: dict[str, object] = {}
    if url:
        started = time.monotonic()
        pause = float(trigger_sleeps)
        trigger = Trigger(lambda *_: time.sleep(pause), base_url="", parameters={}, timeout=10)
        opening = StreamOpening(url, timeout=float(seconds))
        made = record(
            channel,
            opening,
            enough=Enough(seconds=float(seconds)),
            trigger=trigger if pause else None,
        )
        codes = sorted({found.code for found in findings(channel, made)})
        told = {
            "codes": codes,
            "ended": made.ended,
            "events": len(made.events),
            "failure": made.failure,
            "size": made.size,
            "duration": made.duration,
            "elapsed": time.monotonic() - started,
        }
    print(json.dumps({**told, "peak": peak_bytes()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
