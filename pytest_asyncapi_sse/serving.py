"""The command `serve`: the streams of a document, for people who build a front end."""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import shlex
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pytest_asyncapi_sse.errors import AsyncAPIError, ConfigurationError, printable

if TYPE_CHECKING:
    from pytest_asyncapi_sse.model import Channel, Document
    from pytest_asyncapi_sse.server.connection import Connection

_SHOWN_REQUEST = 300
_PROGRAM = "python -m pytest_asyncapi_sse"
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}
_EPILOG = f"""\
examples:
  {_PROGRAM} serve spec.yaml
  {_PROGRAM} serve spec.yaml --port 8080 --rate 5 --channel orders
  {_PROGRAM} serve spec.yaml --origin http://localhost:5173
"""


def main(arguments: Sequence[str] | None = None, *, ending: threading.Event | None = None) -> int:
    """Run the command and return its exit status: 0, 1 for a failure, 2 for wrong usage.

    It serves until `ending` is set, or until SIGINT or SIGTERM.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    if not options.command:
        parser.print_help()
        return 0
    try:
        with _interruptible():
            return _serve(options, ending or threading.Event())
    except KeyboardInterrupt:
        return 0
    except ConfigurationError as error:
        return _fail(error, 2)
    except (AsyncAPIError, OSError) as error:
        return _fail(error, 1)


def _fail(error: Exception, status: int) -> int:
    sys.stderr.write(f"{_PROGRAM} serve: error: {error}\n")
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=_PROGRAM,
        description="Serve the Server-Sent-Events streams of an AsyncAPI document.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    serve = commands.add_parser(
        "serve",
        help="serve generated events of a document, for building a front end",
        description="Serve each stream of a document with generated events: its own examples"
        " first, then payloads that its schemas allow. Events are numbered, so that a client that"
        " comes back with Last-Event-ID gets the next one.",
        allow_abbrev=False,
    )
    _add_arguments(serve)
    return parser


def _add_arguments(serve: argparse.ArgumentParser) -> None:
    serve.add_argument("document", metavar="SPEC", help="the document: a path or a URL")
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen at (%(default)s)")
    serve.add_argument(
        "--port", type=_port, default=4010, help="the port, 0 for a free one (%(default)s)"
    )
    serve.add_argument(
        "--rate",
        type=_rate,
        default=1.0,
        metavar="N",
        help="events a second on each connection (1)",
    )
    serve.add_argument(
        "--channel",
        action="append",
        default=[],
        metavar="NAME",
        help="serve this channel only; may be repeated",
    )
    serve.add_argument(
        "--seed", type=int, default=0, metavar="N", help="draw other payloads (%(default)s)"
    )
    serve.add_argument(
        "--no-ids", action="store_true", help="number events only where the document asks for it"
    )
    serve.add_argument(
        "--origin",
        action="append",
        metavar="ORIGIN",
        help="the origin whose pages may read the streams, such as http://localhost:5173; may be"
        " repeated (*, all of them)",
    )
    serve.add_argument(
        "--allow-remote",
        action="append",
        default=[],
        metavar="HOST",
        help="a host from which remote $refs are fetched; may be repeated",
    )


def _port(text: str) -> int:
    if text.isascii() and text.isdecimal() and int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no port: expected 0 to 65535")


def _rate(text: str) -> float:
    with contextlib.suppress(ValueError):
        rate = float(text)
        if 0 < rate < math.inf:
            return rate
    raise argparse.ArgumentTypeError(f"{text!r} is no rate: expected events a second, above 0")


def _serve(options: argparse.Namespace, ending: threading.Event) -> int:
    from pytest_asyncapi_sse.document import load
    from pytest_asyncapi_sse.server import GeneratedServer, Host

    document = load(options.document, allow_remote=options.allow_remote)
    channels = _chosen(document, options.channel)
    application = GeneratedServer(
        replace(document, streams={channel.name: channel for channel in channels}),
        seed=options.seed,
        pace=1 / options.rate,
        ids=not options.no_ids,
        examples=True,
        origins=options.origin or ["*"],
        on_connect=_tell,
    )
    host = Host(application, name="the generated server", address=(options.host, options.port))
    try:
        host.start()
    except OSError as error:
        at = f"{options.host}:{options.port}"
        reason = (error.strerror or str(error)).partition(" (while")[0]
        advice = "give another --port, or 0 for a free one"
        raise OSError(f"can't listen at {at}: {reason}; {advice}") from None
    try:
        base_url = host.base_url
        if options.host in _EVERYWHERE:
            base_url = f"http://{_EVERYWHERE[options.host]}:{base_url.rpartition(':')[2]}"
        _write(*_summary(document, channels, base_url, options.rate))
        ending.wait()
    finally:
        host.stop()
    return 0


def _chosen(document: Document, names: Sequence[str]) -> list[Channel]:
    from pytest_asyncapi_sse.document.address import suggestion

    if not document.streams:
        reasons = "".join(f"; {name}: {reason}" for name, reason in document.skipped.items())
        raise AsyncAPIError(f"{document.source} has no stream that could be served{reasons}")
    for name in names:
        if name in document.skipped:
            raise ConfigurationError(f"channel {name!r} is not served: {document.skipped[name]}")
        if name not in document.streams:
            known = ", ".join(map(repr, document.streams))
            near = suggestion(name, document.streams)
            raise ConfigurationError(
                f"no channel {name!r} in {document.source}{near} (it streams {known})"
            )
    return [document.streams[name] for name in dict.fromkeys(names or document.streams)]


def _summary(
    document: Document, channels: Sequence[Channel], base_url: str, rate: float
) -> Iterator[str]:
    yield printable(f"{document.title} ({document.source}, AsyncAPI {document.version})")
    each = "event" if rate == 1 else "events"
    yield f"serving generated events at {base_url}, {rate:g} {each} a second, until Ctrl-C"
    for channel in channels:
        names = ", ".join(message.name for message in channel.generated)
        yield ""
        yield printable(f"{channel.name}: {names}")
        yield f"  {_curl(channel, base_url)}"
    left_out = [name for name in document.streams if name not in {c.name for c in channels}]
    reasons = {**dict.fromkeys(left_out, "not chosen"), **document.skipped}
    if reasons:
        yield ""
    for name, reason in reasons.items():
        yield printable(f"not served: {name} ({reason})")
    yield ""


def _curl(channel: Channel, base_url: str) -> str:
    """Return a command that opens a channel, with example parameters."""
    from pytest_asyncapi_sse.client.opening import opening_of
    from pytest_asyncapi_sse.contract.targets import generated_parameter
    from pytest_asyncapi_sse.document import address

    values = address.resolve_parameters(channel, generate=generated_parameter)
    opening = opening_of(channel, address.url(base_url, channel, values))
    words = ["curl", "-N"]
    if opening.method != "GET":
        words += ["-X", opening.method]
    for name, value in opening.headers.items():
        words += ["-H", f"{name}: {value}"]
    if opening.body is not None:
        words += [] if isinstance(opening.body, bytes) else ["-H", "Content-Type: application/json"]
        words += ["--data-binary", _text(opening.body)]
    return printable(shlex.join([*words, opening.url]))


def _text(body: Any) -> str:
    return body.decode() if isinstance(body, bytes) else json.dumps(body)


def _tell(connection: Connection) -> None:
    from pytest_asyncapi_sse.checks.evidence import masked

    last = connection.headers.get("last-event-id")
    after = "" if last is None else f" after {last!r}"
    url = masked(connection.url)
    _write(
        printable(f"{connection.channel.name}: {connection.method} {url}{after}", _SHOWN_REQUEST)
    )


def _write(*lines: str) -> None:
    # A pipe that nobody reads any more ends nothing: what is served is what counts.
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        sys.stdout.flush()


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Have SIGINT and SIGTERM raise KeyboardInterrupt; only the main thread gets any.

    A shell that starts a command in the background has it ignore SIGINT.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, signal.default_int_handler) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
