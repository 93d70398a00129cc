"""Start-up of an idle pytest run, with and without the plugin: medians and their ratio."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 25
WITHOUT = ("-p", "no:asyncapi_sse")


def seconds(folder: str, *options: str) -> float:
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, folder],
        check=True,
        capture_output=True,
        cwd=folder,
    )
    return time.perf_counter() - started


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_nothing.py").write_text("def test_nothing(): pass\n")
        seconds(folder)
        pairs = [(seconds(folder), seconds(folder, *WITHOUT)) for _ in range(RUNS)]
    with_plugin = statistics.median(pair[0] for pair in pairs)
    without = statistics.median(pair[1] for pair in pairs)
    ratio = statistics.median(first / second for first, second in pairs)
    print(f"with the plugin    {with_plugin * 1000:7.1f} ms (median of {RUNS})")
    print(f"without            {without * 1000:7.1f} ms (median of {RUNS})")
    print(f"ratio, run by run  {ratio:7.3f} (median)")


if __name__ == "__main__":
    main()
