"""Versions: which ones are read, and which reader module reads each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from pytest_asyncapi_sse.document import v2, v3
from pytest_asyncapi_sse.document.drafts import DocumentDraft
from pytest_asyncapi_sse.document.nodes import Node
from pytest_asyncapi_sse.document.reader import Reader
from pytest_asyncapi_sse.errors import shown

Read = Callable[[Reader, Node], DocumentDraft]

READERS: Mapping[str, Read] = {
    "2.0": v2.read,
    "2.1": v2.read,
    "2.2": v2.read,
    "2.3": v2.read,
    "2.4": v2.read,
    "2.5": v2.read,
    "2.6": v2.read,
    "3.0": v3.read,
    "3.1": v3.read,
}
# Majors that go on: a version that is newer than all rows above is read as the newest of them.
_NEWER: Mapping[str, Read] = {"3": v3.read}
SUPPORTED = "2.0 to 2.6, 3.0 and 3.1"

_VERSION = re.compile(
    r"(?P<series>(?P<major>0|[1-9]\d{0,8})\.(?:0|[1-9]\d{0,8}))\.\d+(?:-[A-Za-z0-9.-]+)?"
)
_ADVICE = f"Supported are the versions {SUPPORTED}."


def reader_for(reader: Reader, root: Node) -> Read | None:
    """Return what reads the document's version; None, reported, where nothing does."""
    if not root.is_object:
        reader.expected(root, "an object with the key asyncapi")
        return None
    if "asyncapi" not in root.value:
        got = ", ".join(shown(key, 40) for key in list(root.value)[:5]) or "none"
        message = (
            f"this is not an AsyncAPI document: the key asyncapi is missing, the keys are {got}"
        )
        reader.report(root, message, f"Start it with `asyncapi: 3.0.0`. {_ADVICE}")
        return None
    version = root.child("asyncapi")
    if not isinstance(version.value, str):
        message = (
            "this is not an AsyncAPI document: "
            f"asyncapi is {shown(version.value, 40)}, expected a version such as '3.0.0'"
        )
        reader.report(version, message, _ADVICE)
        return None
    match = _VERSION.fullmatch(version.value)
    read = None if match is None else READERS.get(match["series"])
    if read is None and match is not None and match["major"] in _NEWER:
        summary = (
            f"the AsyncAPI version {version.value} is newer than this reader, which reads it as 3.1"
        )
        reader.find(version, "newer-version", summary, advice="What it adds is not read.")
        return _NEWER[match["major"]]
    if read is None:
        message = f"the AsyncAPI version {shown(version.value, 40)} is not supported"
        reader.report(version, message, _ADVICE)
    return read
