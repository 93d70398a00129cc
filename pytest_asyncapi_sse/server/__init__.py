"""The generated server, and the hosting of applications on a loopback port."""

from pytest_asyncapi_sse.server.application import GeneratedServer
from pytest_asyncapi_sse.server.connection import Connection
from pytest_asyncapi_sse.server.hosting import Host
from pytest_asyncapi_sse.server.stream_server import AsyncStreamServer, StreamServer

__all__ = ["AsyncStreamServer", "Connection", "GeneratedServer", "Host", "StreamServer"]
