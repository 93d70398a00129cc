"""Custom formats: those that a user registers, kept where judging and drawing look them up."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pytest_asyncapi_sse.errors import ConfigurationError, raised, shown

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

_SHOWN = 80
_DRAWN = 20
_EXAMPLES = 3


def is_text(text: str) -> bool:
    """Say whether a text can be written as UTF-8: it has no lone surrogate."""
    return text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text)


class TextFormat(Protocol):
    """Describe a format of texts: what draws it, and examples."""

    @property
    def strategy(self) -> Callable[[], SearchStrategy[str]]:
        """What draws texts of the format."""

    @property
    def examples(self) -> tuple[str, ...]:
        """A few texts of the format, the plainest first."""

    @property
    def longer(self) -> Callable[[str, int], str] | None:
        """What adds a number of characters to a text, None where not every length will do."""


class CustomFormat:
    """Hold one format: what says whether a text is of it, and what draws such texts."""

    longer = None

    def __init__(
        self,
        name: str,
        *,
        strategy: SearchStrategy[Any],
        check: Callable[[str], object],
        examples: tuple[Any, ...] = (),
    ) -> None:
        self.name = name
        self._strategy = strategy
        self._check = check
        self._given = tuple(self._verified("an example", text) for text in examples)

    def fits(self, text: str) -> bool:
        """Say whether a text is of the format; raises ConfigurationError where the check does."""
        try:
            return bool(self._check(text))
        except (Exception, SystemExit) as error:
            raise ConfigurationError(
                f"the check of the format {self.name!r} raised {raised(error)} for"
                f" {shown(text, _SHOWN)}; it must return True or False for every text"
            ) from error

    def strategy(self) -> SearchStrategy[str]:
        """Draw texts of the format; one that the check refuses is a ConfigurationError."""
        from hypothesis import strategies as st

        @st.composite
        def verified(draw: st.DrawFn) -> str:
            return self._verified("its strategy", self._drawn(draw))

        return verified()

    def _drawn(self, draw: DrawFn) -> Any:
        from hypothesis.errors import HypothesisException

        try:
            return draw(self._strategy)
        except HypothesisException:
            raise
        except Exception as error:
            raise ConfigurationError(
                f"the strategy of the format {self.name!r} raised {raised(error)}"
            ) from error

    @functools.cached_property
    def examples(self) -> tuple[str, ...]:
        """A few texts of the format, the plainest first, drawn where the user gave none."""
        # Not when it is registered: Hypothesis wants nothing drawn while conftest.py is imported.
        from hypothesis.errors import Flaky, InvalidArgument, Unsatisfiable

        from pytest_asyncapi_sse.schema.samples import samples

        if self._given:
            return self._given
        try:
            drawn = samples(self.strategy(), _DRAWN)
        except (InvalidArgument, Unsatisfiable) as error:
            raise ConfigurationError(
                f"the strategy of the format {self.name!r} gives no text: {error}"
            ) from None
        except Flaky:
            raise ConfigurationError(
                f"the format {self.name!r} is unsteady: its strategy or its check doesn't say the"
                " same each time"
            ) from None
        return tuple(sorted(set(drawn), key=lambda text: (len(text), text))[:_EXAMPLES])

    def _verified(self, origin: str, text: Any) -> str:
        if not isinstance(text, str):
            reason = f"{shown(text, _SHOWN)} ({type(text).__name__}), not a text"
        elif not is_text(text):
            reason = f"{shown(text, _SHOWN)}, which has a lone surrogate"
        elif not self.fits(text):
            reason = f"{shown(text, _SHOWN)}, which its check refuses"
        else:
            return text
        raise ConfigurationError(
            f"the format {self.name!r} contradicts itself: {origin} gives {reason}; mend the one"
            " or the other where it is registered"
        )


# Read by the tables of formats that are asserted and drawn, so that these are never out of date.
CHECKS: dict[str, Callable[[str], bool]] = {}
CUSTOM: dict[str, TextFormat] = {}

_CACHES: list[Callable[[], None]] = []


class Cache(Protocol):
    """Describe what keeps results."""

    def cache_clear(self) -> None:
        """Forget them."""


Cached = TypeVar("Cached", bound=Cache)


def depends_on_formats(cached: Cached) -> Cached:
    """Have a cache emptied when a format is registered or given up."""
    _CACHES.append(cached.cache_clear)
    return cached


def forget_what_depends_on_formats() -> None:
    """Empty every cache of what was made with the formats that were there before."""
    for clear in _CACHES:
        clear()
