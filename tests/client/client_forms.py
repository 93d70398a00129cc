"""The wire forms of the same three payloads, in the chunks in which they are sent."""

from __future__ import annotations

import json

PAYLOADS = [{"n": 1, "s": "a b"}, {"n": -2, "s": "é€😀"}, {"n": 3, "s": ": c"}]
ASCII = [{"n": 1}, {"n": 2}]
LARGE = [{"n": 1}, {"s": "x" * 1_200_000}, {"n": 2}]
BURST = [{"n": number} for number in range(1000)]


def text_of(payload: object) -> str:
    return json.dumps(payload, ensure_ascii=False)


def blocks(payloads: list, before: str = "", after: str = "", end: str = "\n") -> list[bytes]:
    """Return a block a payload, with lines before and after its data."""
    lines = [f"{before}event: tick\ndata: {text_of(payload)}\n{after}\n" for payload in payloads]
    return [block.replace("\n", end).encode() for block in lines]


def between(block: str) -> list[bytes]:
    """Return the blocks of the payloads with another before each."""
    return [part for own in blocks(PAYLOADS) for part in (block.encode(), own)]


def mixed() -> list[bytes]:
    """Return blocks that end with two line ends of different kinds."""
    ends = [("\r\n", "\n"), ("\n", "\r"), ("\n", "\r\n")]
    return [
        f"event: x{blank}data: {text_of(payload)}{end}{blank}".encode()
        for (end, blank), payload in zip(ends, PAYLOADS, strict=True)
    ]


def multi_line() -> list[bytes]:
    lines = [json.dumps(payload, ensure_ascii=False, indent=1) for payload in PAYLOADS]
    return [
        f"data: {text}\n\n".replace("\n ", "\ndata:  ").replace("\n}", "\ndata: }").encode()
        for text in lines
    ]


def by_byte(*parts: bytes) -> list[bytes]:
    return [bytes([byte]) for byte in b"".join(parts)]


def after_crlf() -> list[bytes]:
    """Return blocks with a line of data before the payload, which alone ends in CRLF."""
    return [b"data: \r\n" + block for block in blocks(ASCII)]


def split_characters() -> list[bytes]:
    """Return the blocks cut inside each of their characters that have several bytes."""
    parts = [b""]
    for byte in b"".join(blocks(PAYLOADS)):
        if byte & 0xC0 == 0x80:
            parts.append(b"")
        parts[-1] += bytes([byte])
    return parts


def malformed() -> list[bytes]:
    """Return the blocks with names that are no UTF-8, one cut off by the end of its line."""
    names = (b"\xff", b"tic\xe2\x82", b"\xed\xa0\x80")
    return [
        block.replace(b"tick", name) for block, name in zip(blocks(PAYLOADS), names, strict=True)
    ]


def no_space() -> list[bytes]:
    return [
        block.replace(b"event: ", b"event:").replace(b"data: ", b"data:")
        for block in blocks(PAYLOADS)
    ]


# What is sent, and what must be delivered.
FORMS: dict[str, tuple[list[bytes], list]] = {
    "plain": (blocks(PAYLOADS), PAYLOADS),
    "crlf-misread": (blocks(PAYLOADS, end="\r\n"), PAYLOADS),
    "cr-misread": (blocks(PAYLOADS, end="\r"), PAYLOADS),
    "mixed-line-ends-misread": (mixed(), PAYLOADS),
    "bom-misread": ([b"\xef\xbb\xbf", *blocks(PAYLOADS)], PAYLOADS),
    "no-space-misread": (no_space(), PAYLOADS),
    "comment-misread": (blocks(PAYLOADS, before=": hello\n", after=":\n"), PAYLOADS),
    "ping-misread": (between(": ping\n\n"), PAYLOADS),
    "multi-line-misread": (multi_line(), PAYLOADS),
    "unknown-field-misread": (blocks(PAYLOADS, before="foo: bar\n"), PAYLOADS),
    "empty-block-misread": (between("event: tick\n\n"), PAYLOADS),
    "id-only-misread": (between("id: 7\n\n"), PAYLOADS),
    "retry-only-misread": (between("retry: 7\n\nretry: soon\n\n"), PAYLOADS),
    "chunking-misread": (by_byte(*blocks(ASCII), *after_crlf()), [*ASCII, *ASCII]),
    "split-character-misread": (split_characters(), PAYLOADS),
    "malformed-utf8-misread": (malformed(), PAYLOADS),
    "large-event-misread": (blocks(LARGE), LARGE),
    "burst-misread": ([b"".join(blocks(BURST))], BURST),
    "unterminated-delivered": ([*blocks(PAYLOADS), b'data: {"n": 4}\n'], PAYLOADS),
}
