"""How fast the decoder is beside that of httpx-sse: `python benchmarks/decode.py`.

Both read the same bodies in one process, in turn, and CPU time is what counts. Of httpx-sse it is
the decoders alone, fed as its `EventSource` feeds them, without the cost of its generators.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence

from httpx_sse._decoders import SSEDecoder, SSELineDecoder
from racing import race

from pytest_asyncapi_sse.sse import Decoder

ROUNDS = 15
KIB = 1024
MIB = 1024 * KIB


def main() -> None:
    """Print the medians and the ratio for each kind of body."""
    print(f"{'body':<44} {'Decoder':>14} {'httpx-sse':>14} {'ratio':>7}")
    for name, event, count, chunk in bodies():
        body = event * count
        chunks = [body[start : start + chunk] for start in range(0, len(body), chunk)]
        ours, theirs = rated((decoder, httpx_sse), chunks, expected=count)
        rates = f"{count / ours:>12,.0f}/s {count / theirs:>12,.0f}/s"
        print(f"{name:<44} {rates} {theirs / ours:>6.2f}x")
    body = b"data: " + b"x" * 16 * MIB + b"\n\n"
    chunks = [body[start : start + 4 * KIB] for start in range(0, len(body), 4 * KIB)]
    (ours,) = rated((decoder,), chunks, expected=1, rounds=3)
    print(f"one event of 16 MiB in chunks of 4 KiB: {ours * 1000:,.0f} ms")


def bodies() -> list[tuple[str, bytes, int, int]]:
    """Return the name, one event, how many of it, and the bytes a chunk, of each body."""
    small = 20_000
    lines = b"".join(b"data: " + b"x" * 90 + b"\n" for _ in range(10)) + b"\n"
    return [
        ("100 bytes: data", filled(b"data: %b\n\n", 100), small, 64 * KIB),
        ("100 bytes: event, data", filled(b"event: tick\ndata: %b\n\n", 100), small, 64 * KIB),
        (
            "100 bytes: event, id, data",
            filled(b"event: tick\nid: 12345\ndata: %b\n\n", 100),
            small,
            64 * KIB,
        ),
        (
            "100 bytes: id, event, data, CRLF",
            filled(b"id: 12345\r\nevent: tick\r\ndata: %b\r\n\r\n", 100),
            small,
            64 * KIB,
        ),
        (
            "100 bytes: event, data, id",
            filled(b"event: tick\ndata: %b\nid: 12345\n\n", 100),
            small,
            64 * KIB,
        ),
        (
            "100 bytes: event, data, id, retry",
            filled(b"event: tick\ndata: %b\nid: 12345\nretry: 15\n\n", 100),
            small,
            64 * KIB,
        ),
        ("100 bytes: event, data, one a chunk", filled(b"event: a\ndata: %b\n\n", 100), small, 100),
        ("1 kB: ten lines of data", lines, small // 10, 64 * KIB),
        ("1 MB: data", filled(b"data: %b\n\n", 1_000_000), 8, 64 * KIB),
    ]


def filled(template: bytes, size: int) -> bytes:
    """Fill the template so that the event has this many bytes."""
    return template % (b"x" * (size - len(template % b"")))


def rated(
    runners: Sequence[Callable[[list[bytes]], int]],
    chunks: list[bytes],
    *,
    expected: int,
    rounds: int = ROUNDS,
) -> list[float]:
    """Return the median CPU seconds of each, once all have found the events that are there."""
    for runner in runners:
        events = runner(chunks)
        if events != expected:
            raise SystemExit(f"{runner.__name__} found {events} events, expected {expected}")
    return race([lambda run=run: run(chunks) for run in runners], rounds=rounds)


def decoder(chunks: list[bytes]) -> int:
    """Count the events with the decoder of this package."""
    feed = Decoder().feed
    return sum(len(feed(chunk)) for chunk in chunks)


def httpx_sse(chunks: list[bytes]) -> int:
    """Count the events with the decoders of httpx-sse, over text decoded as httpx does it."""
    text = codecs.getincrementaldecoder("utf-8")(errors="replace")
    lines = SSELineDecoder()
    events = SSEDecoder()
    count = 0
    for chunk in chunks:
        for line in lines.decode(text.decode(chunk)):
            count += events.decode(line.rstrip("\n")) is not None
    return count


if __name__ == "__main__":
    main()
