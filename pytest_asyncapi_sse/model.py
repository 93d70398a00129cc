"""The document as the rest of the project sees it: frozen values, the same for every version.

Names follow AsyncAPI 3.0. What a version spells differently is settled by the reader, so nothing
here or above asks which version a document has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal

from pytest_asyncapi_sse.errors import Location, Violation

Schema = Mapping[str, Any] | bool
Dialect = Literal["draft-07", "2019-09", "2020-12"]

_EMPTY: Mapping[str, Any] = MappingProxyType({})


def _nothing() -> Mapping[str, Any]:
    """Return the one empty mapping; dataclasses of Python 3.11 refuse it as a plain default."""
    return _EMPTY


class _Written:
    """Hold what is written in a document: in a line where Hypothesis tells a test's arguments."""

    __slots__ = ()
    origin: Origin | None

    @property
    def location(self) -> Location | None:
        """Where it stands in the document, None where it comes from elsewhere."""
        return None if self.origin is None else self.origin.location

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        printer.text(repr(self))


@dataclass(frozen=True, slots=True)
class Origin:
    """Name a node as it was written: the file, and the JSON pointer in that file.

    The line and the column are looked up by `locator` when they are asked for, so that a good
    document does not pay for them.
    """

    file: str
    pointer: str = ""
    locator: Callable[[str, str], Location] | None = field(default=None, repr=False, compare=False)

    def child(self, *tokens: str | int) -> Origin:
        """Return the origin of a node below this one, each token unescaped."""
        return self.below("".join("/" + escape(str(token)) for token in tokens))

    def below(self, pointer: str) -> Origin:
        """Return the origin of the node that a relative JSON pointer leads to."""
        return replace(self, pointer=self.pointer + pointer)

    @property
    def location(self) -> Location | None:
        """The line and the column; None where nothing can look them up."""
        return None if self.locator is None else self.locator(self.file, self.pointer)


@dataclass(frozen=True, slots=True, eq=False)
class PayloadSchema:
    """Hold a schema that stands on its own: every `$ref` in `contents` leads into `contents`.

    `origins` maps JSON pointers into `contents` to the nodes they were written at; a pointer that
    is not listed belongs to the longest listed one above it.
    """

    contents: Schema
    dialect: Dialect = "draft-07"
    origins: Mapping[str, Origin] = field(default_factory=_nothing)

    def origin(self, pointer: str) -> Origin | None:
        """Return where the node at `pointer` of `contents` was written, None when unknown."""
        above = pointer
        while above not in self.origins:
            if not above:
                return None
            above = above.rpartition("/")[0]
        return self.origins[above].below(pointer[len(above) :])


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """Hold one example of a message, as written; None where a part is not given."""

    payload: Any = None
    headers: Any = None
    name: str = ""
    has_payload: bool = True
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Message(_Written):
    """Describe one message: what an event of the stream may carry.

    `name` is the message's `name`, else its key in the channel, else its `messageId`. `event_names`
    are those that the document declares for it, which bind; empty where none is declared.
    `content_type` is the type of the event's data, not of the HTTP response; empty where the
    document sets none, which means JSON. `unchecked` says why payloads of the message are not
    checked, empty where they are. `correlation_id` is the runtime expression that says where each
    event carries one, such as `$message.payload#/id`. `is_sentinel` says that the message ends the
    stream.
    """

    name: str
    key: str = ""
    title: str = ""
    schema: PayloadSchema | None = field(default=None, repr=False)
    headers_schema: PayloadSchema | None = field(default=None, repr=False)
    content_type: str = ""
    event_names: tuple[str, ...] = ()
    examples: tuple[Example, ...] = field(default=(), repr=False)
    unchecked: str = ""
    correlation_id: str = ""
    is_sentinel: bool = False
    origin: Origin | None = field(default=None, repr=False)

    @property
    def judged(self) -> PayloadSchema | None:
        """The schema that payloads are judged by; None where none is given or none is checked."""
        return None if self.unchecked else self.schema

    @property
    def payload(self) -> Schema | None:
        """The payload's JSON Schema, with every `$ref` inside it; None where anything goes."""
        return None if self.schema is None else self.schema.contents

    @property
    def headers(self) -> Schema | None:
        """The headers' JSON Schema, with every `$ref` inside it; None where there is none."""
        return None if self.headers_schema is None else self.headers_schema.contents

    @property
    def event(self) -> str | None:
        """The first event name that the document declares, None where it declares none."""
        return self.event_names[0] if self.event_names else None

    @property
    def is_text(self) -> bool:
        """Whether the event's data is the payload itself, not JSON."""
        essence = self.content_type.partition(";")[0].strip().lower()
        return essence.startswith("text/") and not essence.endswith("json")


@dataclass(frozen=True, slots=True, eq=False)
class Parameter:
    """Describe one parameter of an address or of its query; `schema` judges a value.

    3.x ones are strings. One that is not `required` may be left out, which only a query allows.
    """

    name: str
    schema: Schema = True
    enum: tuple[str, ...] = ()
    default: str | None = None
    examples: tuple[str, ...] = ()
    description: str = ""
    location: Literal["path", "query"] = "path"
    required: bool = True
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SecurityScheme:
    """Describe one security scheme; `details` holds its other fields as written.

    One that the document does not have, or that can't be read, has the type `unknown`.
    """

    name: str
    type: str
    details: Mapping[str, Any] = field(default_factory=_nothing)
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SecurityRequirement:
    """Hold the schemes that are asked for together; none of them means that anybody may come."""

    schemes: tuple[SecurityScheme, ...] = ()


Alternatives = tuple[SecurityRequirement, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Server:
    """Describe one server: `url` has its variables substituted, `protocol` is lower-case.

    Its `security` is met by any one of the requirements.
    """

    name: str
    url: str
    protocol: str
    security: Alternatives = ()
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Reply:
    """Describe the reply of an operation; `channel` is None where the document leaves it open."""

    channel: str | None
    messages: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Operation(_Written):
    """Describe one operation; `action` is `send` or `receive` in the words of 3.0.

    A 2.x `subscribe` reads as `send` and `publish` as `receive`: both say what the described
    application does. `messages` are those of its channel that it names. Its `security` is met by
    any one of the requirements.
    """

    name: str
    action: Literal["send", "receive"]
    channel: str
    messages: tuple[Message, ...] = ()
    security: Alternatives = ()
    reply: Reply | None = None
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, eq=False)
class StreamRequest:
    """Describe the request that opens the stream.

    `query` and `headers` are those that the document fixes; what it leaves open in the query is a
    parameter of the channel. `body` are the messages that the body may be, none for no body.
    """

    method: str = "GET"
    query: Mapping[str, str] = field(default_factory=_nothing)
    headers: Mapping[str, str] = field(default_factory=_nothing)
    body: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamRules:
    """Hold what `x-sse` rules beyond AsyncAPI's words; None and False where it rules nothing.

    `sentinel` is the data of the event that ends the stream. `first_event_within`, `max_gap` and
    `heartbeat` are seconds. `resume` says that the server goes on after a `Last-Event-ID`.
    """

    sentinel: str | None = None
    first_event_within: float | None = None
    max_gap: float | None = None
    heartbeat: float | None = None
    ids: Literal["unique", "increasing"] | None = None
    resume: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Channel(_Written):
    """Describe one channel; `streamed` are the messages that flow from server to client.

    `address` is None where the document leaves it unknown; `{name}` in it stands for a parameter.
    Each entry of `security` must be met, by any one of its requirements: the server's, and the
    operation's.
    """

    name: str
    address: str | None
    messages: Mapping[str, Message] = field(default_factory=_nothing, repr=False)
    operations: Mapping[str, Operation] = field(default_factory=_nothing, repr=False)
    parameters: Mapping[str, Parameter] = field(default_factory=_nothing, repr=False)
    servers: Mapping[str, Server] = field(default_factory=_nothing, repr=False)
    streamed: tuple[Message, ...] = field(default=(), repr=False)
    request: StreamRequest = field(default=StreamRequest(), repr=False)
    rules: StreamRules = StreamRules()
    security: tuple[Alternatives, ...] = field(default=(), repr=False)
    origin: Origin | None = field(default=None, repr=False)

    @property
    def generated(self) -> tuple[Message, ...]:
        """The messages of `streamed` that payloads are generated for.

        What is not checked is not among them, nor what ends the stream.
        """
        return tuple(item for item in self.streamed if not item.unchecked and not self._ends(item))

    def _ends(self, message: Message) -> bool:
        """Whether a message ends the stream: it says so, or has no other payload than what does."""
        schema, sentinel = message.payload, self.rules.sentinel
        if message.is_sentinel or sentinel is None or not isinstance(schema, Mapping):
            return message.is_sentinel
        return schema.get("const") == sentinel or schema.get("enum") == [sentinel]


@dataclass(frozen=True, slots=True, eq=False)
class Document(_Written):
    """Describe one AsyncAPI document, whatever its version.

    `channels` holds all channels, `streams` those that can be SSE and are tested, `skipped` the
    others with the reason. `find` looks for what is wrong with the document, see `findings`.
    """

    source: str
    version: str
    title: str
    channels: Mapping[str, Channel] = field(repr=False)
    streams: Mapping[str, Channel] = field(repr=False)
    skipped: Mapping[str, str] = field(repr=False)
    operations: Mapping[str, Operation] = field(repr=False)
    servers: Mapping[str, Server] = field(repr=False)
    find: Callable[[], tuple[Violation, ...]] = field(default=tuple, repr=False)
    origin: Origin | None = field(default=None, repr=False)

    @property
    def findings(self) -> tuple[Violation, ...]:
        """The violations of the document itself, looked for when they are first asked for."""
        return self.find()


def escape(token: str) -> str:
    """Escape one reference token of a JSON pointer (RFC 6901, section 3)."""
    return token.replace("~", "~0").replace("/", "~1")


def unescape(token: str) -> str:
    """Undo `escape` (RFC 6901, section 4)."""
    return token.replace("~1", "/").replace("~0", "~")
