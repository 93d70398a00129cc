"""Recordings as JSON: what is saved of a stream, and the recording that it makes again."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from pytest_asyncapi_sse.checks.evidence import MASK, masked
from pytest_asyncapi_sse.errors import ConfigurationError, shown
from pytest_asyncapi_sse.sse import Decoder, Ending, Frame, Head, Recording

FORMAT = 1

_BODY_START = 2048
_MOST_PENDING = 64 * 1024
_SHOWN_REQUEST = frozenset(
    {"accept", "accept-encoding", "cache-control", "content-type", "last-event-id"}
)
_SECRET_RESPONSE = frozenset({"set-cookie", "authorization"})


def dumped(recording: Recording, **about: str) -> str:
    """Return the JSON text of a recording, with what it is `about`; secrets are masked.

    The values of the user's own headers, a password or a token in the URL and cookies are left
    out. Of a block that never ended the first 64 KiB are kept, else the body is kept as it is.
    """
    head = recording.head
    saved = {
        "format": FORMAT,
        **about,
        "parameters": dict(recording.parameters),
        "request": {
            "method": recording.method,
            "url": masked(recording.url, recording.secrets),
            "headers": _masked_headers(recording.request_headers, shown=_SHOWN_REQUEST),
            "body": _request_body(recording.request_body),
        },
        "head": head and _head(head),
        "frames": [
            [round(seconds, 4), _bytes(frame.raw)]
            for frame, seconds in zip(recording.frames, recording.seconds, strict=True)
        ],
        "pending": _bytes(recording.pending[:_MOST_PENDING]),
        "size": recording.size,
        "arrivals": [round(at, 4) for at in recording.arrivals],
        "ended": recording.ended.value,
        "failure": recording.failure,
        "duration": round(recording.duration, 4),
        "fired": recording.fired,
        "confirmed": list(recording.confirmed),
        "serve": recording.serve,
        "secrets": list(recording.secrets),
    }
    return _text(saved)


def _text(saved: Mapping[str, Any]) -> str:
    """Return JSON with a line for each member and for each frame."""
    lines = []
    for name, value in saved.items():
        items = [json.dumps(item, ensure_ascii=False) for item in value] if name == "frames" else []
        text = ",\n  ".join(items)
        whole = f"[\n  {text}\n ]" if items else json.dumps(value, ensure_ascii=False)
        lines.append(f" {json.dumps(name)}: {whole}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def loaded(text: str, name: str) -> tuple[Recording, Mapping[str, Any]]:
    """Return the recording of a JSON text and all that was saved; raises ConfigurationError.

    `name` is what the text is called in the error.
    """
    try:
        saved = json.loads(text)
        version = saved["format"]
        if version == FORMAT:
            return _recording(saved), saved
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ConfigurationError(
            f"{name} is no recording of --asyncapi-record ({type(error).__name__}: {error})"
        ) from error
    raise ConfigurationError(
        f"{name} has format {shown(version, 40)}, expected {FORMAT}: record anew"
    )


def _recording(saved: Mapping[str, Any]) -> Recording:
    request, head = saved["request"], saved["head"]
    frames = _frames(saved["frames"])
    pending = _raw(saved["pending"])
    whole = b"".join(frame.raw for frame in frames[:_BODY_START]) + pending
    return Recording(
        method=request["method"],
        url=request["url"],
        request_headers=_pairs(request["headers"]),
        request_body=_raw_body(request["body"]),
        head=head
        and Head(
            status=int(head["status"]),
            headers=_pairs(head["headers"]),
            http_version=head["http_version"],
            seconds=float(head["seconds"]),
        ),
        frames=frames,
        seconds=tuple(float(seconds) for seconds, _ in saved["frames"]),
        pending=pending,
        body_start=whole[:_BODY_START],
        size=int(saved["size"]),
        ended=Ending(saved["ended"]),
        failure=saved["failure"],
        duration=float(saved["duration"]),
        arrivals=tuple(float(at) for at in saved["arrivals"]),
        fired=None if saved["fired"] is None else float(saved["fired"]),
        confirmed=tuple(saved["confirmed"]),
        parameters=tuple(saved["parameters"].items()),
        serve=saved["serve"],
        secrets=tuple(saved["secrets"]),
    )


def _frames(saved: list[list[Any]]) -> tuple[Frame, ...]:
    """Decode the frames again, each fed by itself: so its bytes are its own, as they were."""
    decoder = Decoder()
    frames = tuple(frame for _, raw in saved for frame in decoder.frames(_raw(raw)))
    if len(frames) != len(saved):
        raise ValueError(f"{len(saved)} frames were saved, and {len(frames)} are read")
    return frames


def _head(head: Head) -> dict[str, Any]:
    return {
        "status": head.status,
        "headers": _masked_headers(head.headers, secret=_SECRET_RESPONSE),
        "http_version": head.http_version,
        "seconds": round(head.seconds, 4),
    }


def _masked_headers(
    headers: tuple[tuple[str, str], ...],
    *,
    shown: frozenset[str] | None = None,
    secret: frozenset[str] = frozenset(),
) -> list[list[str]]:
    def is_kept(name: str) -> bool:
        return name.lower() in shown if shown is not None else name.lower() not in secret

    return [[name, value if is_kept(name) else MASK] for name, value in headers]


def _bytes(raw: bytes) -> Any:
    """Return bytes as the text that they are in UTF-8, else as an object with their base64."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(raw).decode()}


def _raw(saved: Any) -> bytes:
    if isinstance(saved, str):
        return saved.encode()
    return base64.b64decode(saved["base64"], validate=True)


def _request_body(body: Any) -> Any:
    return {"bytes": _bytes(body)} if isinstance(body, bytes) else {"json": body}


def _raw_body(saved: Mapping[str, Any]) -> Any:
    return _raw(saved["bytes"]) if "bytes" in saved else saved["json"]


def _pairs(saved: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((str(name), str(value)) for name, value in saved)
