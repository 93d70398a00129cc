"""Narrowing: what a user makes of the strategy that the payloads of a message are drawn from."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.errors import Flaky, HypothesisException, InvalidArgument, Unsatisfiable

from pytest_asyncapi_sse.errors import (
    AsyncAPIError,
    ConfigurationError,
    Location,
    hides_frame,
    raised,
    shown,
)
from pytest_asyncapi_sse.model import Channel, Message
from pytest_asyncapi_sse.schema.json_text import JSONDefect, dump_json, parse_json
from pytest_asyncapi_sse.schema.samples import samples
from pytest_asyncapi_sse.schema.sources import roots
from pytest_asyncapi_sse.schema.strategies import never_drawn, payloads
from pytest_asyncapi_sse.schema.validation import acceptance, validator

__tracebackhide__ = hides_frame

Narrow = Callable[[str, str, st.SearchStrategy[Any]], object]

_FIXTURE = "the fixture asyncapi_payloads"
_REASONS = 3
_CARRIAGE_RETURN = "it holds a carriage return, which the data of an event can't carry"


@dataclass(frozen=True, slots=True, eq=False)
class Drawable:
    """Hold what the payloads of one message are drawn from; `is_narrowed` says that a user's
    callable gave another strategy than it got.
    """

    channel: Channel
    message: Message
    strategy: st.SearchStrategy[Any]
    is_narrowed: bool = False

    def samples(self, count: int, *, seed_value: int = 0) -> list[Any]:
        """Return up to `count` payloads, the same ones for the same seed.

        Raises ConfigurationError where the user's strategy gives none, or one that is not valid,
        DocumentError where the message has none.
        """
        with plainly():
            try:
                return samples(self.strategy, count, seed_value=seed_value)
            except Unsatisfiable:
                raise self.barren() from None
            except InvalidArgument as error:
                if not self.is_narrowed:
                    raise self.barren() from None
                raise _failed(self.channel, self.message, _unusable(error)) from None
            except Flaky:
                raise _unsteady(self.channel, self.message) from None

    def barren(self) -> AsyncAPIError:
        """Build the error for a strategy that gave no payload."""
        if not self.is_narrowed:
            return never_drawn(self.message)
        return ConfigurationError(
            f"{_FIXTURE} leaves no payload for {_named(self.channel, self.message)}: its strategy"
            " gave none in all that was tried; filter less, or map to what you want"
        )


def drawable(channel: Channel, message: Message, narrow: Narrow | None) -> Drawable:
    """Return what the payloads of a message are drawn from, once the user's callable was asked.

    `narrow(channel, message, strategy)` gets two names and the message's own strategy. Every value
    of what it returns is held to the message's schema.
    """
    own = payloads(message)
    sentinel = channel.rules.sentinel
    if sentinel is not None:
        own = own.filter(lambda payload: not _is_data(message, payload, sentinel))
    if narrow is None:
        return Drawable(channel, message, own)
    found = _asked(narrow, channel, message, own)
    if found is own:
        return Drawable(channel, message, own)
    judge = functools.partial(_valid, channel, message, acceptance(roots(message)[0]))
    return Drawable(channel, message, _held(found, channel, message, judge), is_narrowed=True)


def _is_data(message: Message, payload: Any, data: str) -> bool:
    """Whether this is the data of an event with the payload."""
    if message.is_text and isinstance(payload, str):
        return payload == data
    return dump_json(payload) == data


def check_narrowing(channel: Channel, narrow: Narrow | None, *, count: int) -> None:
    """Raise ConfigurationError where the user's callable can't be used for a message of a channel.

    `count` payloads of each message that it narrows are drawn.
    """
    if narrow is None:
        return
    body = [message for message in channel.request.body if not message.unchecked]
    for message in (*channel.generated, *body[:1]):
        found = drawable(channel, message, narrow)
        if found.is_narrowed:
            found.samples(count)


class plainly:  # noqa: N801 - used like a function
    """Raise what is wrong with a user's strategy without the frames that led to it."""

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: object
    ) -> None:
        """Raise a ConfigurationError anew, also one that came in a group."""
        while isinstance(error, BaseExceptionGroup):
            found = error.subgroup(ConfigurationError)
            error = None if found is None else found.exceptions[0]
        if isinstance(error, ConfigurationError):
            raise ConfigurationError(str(error)) from None


def _asked(
    narrow: Narrow, channel: Channel, message: Message, own: st.SearchStrategy[Any]
) -> st.SearchStrategy[Any]:
    named = _named(channel, message)
    if not callable(narrow):
        raise ConfigurationError(
            f"{_FIXTURE} returned {shown(narrow, 80)}; it must return a callable"
            " (channel, message, strategy) -> strategy, or None"
        )
    try:
        found = narrow(channel.name, message.name, own)
    except Exception as error:
        raise ConfigurationError(f"{_FIXTURE} raised {raised(error)} for {named}") from None
    if not isinstance(found, st.SearchStrategy):
        raise ConfigurationError(
            f"{_FIXTURE} returned {shown(found, 80)} for {named}; it must return a Hypothesis"
            " strategy: the one that it got leaves the message as it is"
        )
    return found


@st.composite
def _held(
    draw: st.DrawFn,
    strategy: st.SearchStrategy[Any],
    channel: Channel,
    message: Message,
    judge: Callable[[Any], Any],
) -> Any:
    """Draw from a user's strategy, each value held to the schema of the message."""
    try:
        value = draw(strategy)
    except (HypothesisException, AsyncAPIError) as error:
        if isinstance(error, InvalidArgument):
            raise _failed(channel, message, _unusable(error)) from None
        raise
    except Exception as error:
        raise _failed(channel, message, raised(error)) from None
    return judge(value)


def _valid(channel: Channel, message: Message, accepts: Callable[[Any], bool], value: Any) -> Any:
    """Return what JSON makes of a value; raises ConfigurationError where it is not valid."""
    try:
        found = parse_json(dump_json(value))
    except (JSONDefect, RecursionError, TypeError, ValueError) as error:
        raise _refused(value, channel, message, f"it is no JSON value: {error}") from None
    if accepts(found):
        return found
    raise _refused(found, channel, message, _reasons(message, found))


def _reasons(message: Message, value: Any) -> str:
    reasons = [
        f"{found.summary}{_place(found.location)}"
        for found in validator(message).iter_errors(value)
    ]
    return "; ".join(reasons[:_REASONS]) or _CARRIAGE_RETURN


def _place(location: Location | None) -> str:
    return "" if location is None else f" ({location.file}:{location.line}:{location.column})"


def _refused(value: Any, channel: Channel, message: Message, reason: str) -> ConfigurationError:
    return ConfigurationError(
        f"{_FIXTURE} gave a payload that {_named(channel, message)} doesn't allow: {shown(value)}:"
        f" {reason}. Map and filter so that the message's schema still holds."
    )


def _failed(channel: Channel, message: Message, reason: str) -> ConfigurationError:
    named = _named(channel, message)
    return ConfigurationError(f"{_FIXTURE} gave a strategy for {named} that raised {reason}")


def _unusable(error: InvalidArgument) -> str:
    return f"{type(error).__name__}: {error}"


def _unsteady(channel: Channel, message: Message) -> ConfigurationError:
    return ConfigurationError(
        f"{_FIXTURE} gave a strategy for {_named(channel, message)} that draws differently each"
        " time: draw what is to vary by Hypothesis, not by chance or the clock"
    )


def _named(channel: Channel, message: Message) -> str:
    return f"message {message.name!r} of channel {channel.name!r}"
