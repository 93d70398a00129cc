"""Lengths of texts that have a format: each function adds a number of characters to one."""

from __future__ import annotations

import re

_LABEL = 64


def appended(text: str, count: int) -> str:
    """Add letters at the end."""
    return text + "a" * count


def ones(text: str, count: int) -> str:
    """Add digits at the beginning."""
    return "1" * count + text


def encoded(text: str, count: int) -> str:
    """Add groups of base64, of four characters each."""
    return "YWFh" * -(-count // 4) + text


def greater(text: str, count: int) -> str:
    """Make the first number greater."""
    return re.sub("[0-9]", lambda digit: "1" * count + digit[0], text, count=1)


def more_exact(text: str, count: int) -> str:
    """Add digits to the seconds."""
    if "." in text:
        return text.replace(".", "." + "0" * count)
    digits = "." + "0" * max(1, count - 1)
    return re.sub("(:[0-9]{2}:[0-9]{2})", lambda clock: clock[0] + digits, text)


def longer_host(text: str, count: int) -> str:
    """Add labels in front, of 63 characters at most."""
    labels, rest = divmod(count, _LABEL)
    first = "a" if rest == 1 else "a" * (rest - 1) + "." if rest else ""
    return ("a" * (_LABEL - 1) + ".") * labels + first + text


def at_longer_host(text: str, count: int) -> str:
    """Add labels to the host of an e-mail address."""
    local, at, host = text.rpartition("@")
    return local + at + (host if host.startswith("[") else longer_host(host, count))


def fragment(text: str, count: int) -> str:
    """Add to the fragment of a URI."""
    return text + "a" * count if "#" in text else f"{text}#" + "a" * (count - 1)


def deeper(text: str, count: int) -> str:
    """Add to the last token of a JSON pointer."""
    return text + "a" * count if text else "/" + "a" * (count - 1)
