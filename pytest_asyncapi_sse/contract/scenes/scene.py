"""A scene: what is played to the client under test, and how its part in it is judged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pytest_asyncapi_sse.checks.conversation import Conversation
from pytest_asyncapi_sse.contract.conversing import Progress, Until
from pytest_asyncapi_sse.contract.scenes.plot import Plot
from pytest_asyncapi_sse.errors import Violation
from pytest_asyncapi_sse.server.stage import Script


class Scene:
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

    def script(self, plot: Plot) -> Script:
        """Return how the requests are answered."""
        raise NotImplementedError

    def until(self, plot: Plot) -> Until:
        """Return the condition by which the scene is over, for one conversation."""
        return lambda progress: self.is_over(plot, progress)

    def is_over(self, plot: Plot, progress: Progress) -> bool:
        """Whether everything that was waited for has come."""
        raise NotImplementedError

    def judge(self, plot: Plot, told: Conversation) -> Iterator[Violation]:
        """Yield what is wrong with the client's part."""
        raise NotImplementedError
