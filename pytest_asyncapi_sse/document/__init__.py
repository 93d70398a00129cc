"""Reading: an AsyncAPI document of any supported version becomes one model."""

from pytest_asyncapi_sse.document.loader import load

__all__ = ["load"]
