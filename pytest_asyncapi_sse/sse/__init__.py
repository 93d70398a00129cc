"""The wire: decode, encode and lint the bytes of an event stream, without any input or output."""

from pytest_asyncapi_sse.sse.decoder import Decoder, Frame
from pytest_asyncapi_sse.sse.event import Event, encode
from pytest_asyncapi_sse.sse.lint import Defect, lint
from pytest_asyncapi_sse.sse.recording import Ending, Head, Recording

__all__ = [
    "Decoder",
    "Defect",
    "Ending",
    "Event",
    "Frame",
    "Head",
    "Recording",
    "encode",
    "lint",
]
