"""Registration: a user's own format, asserted, drawn and broken like the standard ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from hypothesis.strategies import SearchStrategy

from pytest_asyncapi_sse.errors import ConfigurationError, shown
from pytest_asyncapi_sse.schema.assertions import NUMBER_FORMATS, STRING_FORMATS
from pytest_asyncapi_sse.schema.custom_formats import (
    CHECKS,
    CUSTOM,
    CustomFormat,
    forget_what_depends_on_formats,
)
from pytest_asyncapi_sse.schema.formats import FORMATS

_SHOWN = 80


def register_format(
    name: str,
    *,
    strategy: SearchStrategy[str],
    check: Callable[[str], object],
    examples: Iterable[str] = (),
) -> None:
    """Have texts of a format of your own judged, drawn and broken, in every schema that names it.

    `check` says whether a text is of the format; `strategy` draws texts that are; `examples` are a
    few of them, the plainest first. Call it in the root conftest.py: it holds for what is made
    from then on. Raises ConfigurationError for a format that has a meaning already, and for an
    example that `check` refuses::

        register_format(
            "order-number",
            strategy=st.from_regex("ORD-[0-9]{6}", fullmatch=True),
            check=lambda text: re.fullmatch("ORD-[0-9]{6}", text) is not None,
        )
    """
    _refuse_name(name)
    if not isinstance(strategy, SearchStrategy):
        raise _unusable(name, "strategy", strategy, "a Hypothesis strategy of texts")
    if not callable(check):
        raise _unusable(name, "check", check, "a callable that says True or False of a text")
    if isinstance(examples, str):
        raise _unusable(name, "examples", examples, "several texts")
    custom = CustomFormat(name, strategy=strategy, check=check, examples=tuple(examples))
    CUSTOM[name], CHECKS[name] = custom, custom.fits
    forget_what_depends_on_formats()


def unregister_format(name: str) -> None:
    """Undo `register_format`; raises ConfigurationError for a format that is not registered."""
    if name not in CUSTOM:
        known = ", ".join(map(repr, CUSTOM)) or "none"
        raise ConfigurationError(
            f"the format {shown(name, _SHOWN)} is not registered (registered: {known})"
        )
    del CUSTOM[name], CHECKS[name]
    forget_what_depends_on_formats()


def _refuse_name(name: object) -> None:
    if not isinstance(name, str) or not name.strip():
        raise ConfigurationError(
            f"a format is registered by its name, a text such as 'order-number', not {name!r}"
        )
    if name in CUSTOM:
        raise ConfigurationError(
            f"the format {shown(name, _SHOWN)} is registered already: register it once, or call"
            " unregister_format first"
        )
    if name in STRING_FORMATS or name in NUMBER_FORMATS or name in FORMATS:
        raise ConfigurationError(
            f"the format {name!r} has a meaning already, by JSON Schema or AsyncAPI: register yours"
            " under a name of its own"
        )


def _unusable(name: str, part: str, given: object, wanted: str) -> ConfigurationError:
    return ConfigurationError(
        f"the {part} of the format {name!r}: {type(given).__name__} was given, not {wanted}"
    )
