"""A scene: what is played to the client under test, and how its part in it is judged."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from pytest_asyncapi_sse.checks.conversation import Conversation
from pytest_asyncapi_sse.contract.conversing import Until
from pytest_asyncapi_sse.contract.scenes.plot import Plot
from pytest_asyncapi_sse.errors import Violation
from pytest_asyncapi_sse.server.stage import Script

# How soon a client is asked to come back, in milliseconds.
SHORT_MS = 50
# How long to wait for what a client may still deliver once its stream has ended.
QUIET_AFTER_END = 0.5


class Scene(ABC):
    """Play a script to the client under test, and judge what it did.

    `name` says what is played. A scene with a `capability` is for clients that claim it; `parts`
    are those that parts of the judgement go by. It is not played after one of the codes in `after`,
    which tell that it can't come out well. It may be `slow`: then it gets the whole timeout.
    One that `needs_delivery` is for a client that delivers plain events.
    """

    name: str
    capability: str | None = None
    parts: ClassVar[tuple[str, ...]] = ()
    after: ClassVar[frozenset[str]] = frozenset()
    slow: bool = False
    needs_delivery: ClassVar[bool] = True

    def why_not(self, plot: Plot) -> str:
        """Say why the scene can't be played on a channel, "" where it can."""
        del plot
        return ""

    @abstractmethod
    def script(self, plot: Plot) -> Script:
        """Return how the requests are answered."""

    @abstractmethod
    def until(self, plot: Plot) -> Until:
        """Return whether everything has come that was waited for, of one conversation.

        It is asked again and again: what it needs of the plot is made beforehand.
        """

    @abstractmethod
    def judge(self, plot: Plot, told: Conversation) -> Iterator[Violation]:
        """Yield what is wrong with the client's part."""
