"""Formats of times (RFC 3339 and its ISO 8601 durations), with their rare forms."""

from __future__ import annotations

import datetime
import itertools

from hypothesis import strategies as st

_Texts = st.SearchStrategy[str]

_ZERO = datetime.date(2000, 1, 1)
_FIRST = (datetime.date.min - _ZERO).days
_LAST = (datetime.date.max - _ZERO).days
_USUAL_DAYS = 20_000
_DAY = 86_400
_FRACTIONS = ("", ".5", ".123", ".123456", ".000", ".123456789", ".1234567890123")
_ZONES = ("Z", "+02:00", "-05:30", "+00:00", "-00:00", "z", "+14:00", "-12:00", "+23:59")
_TAILS = tuple(sorted(itertools.product(_FRACTIONS, _ZONES), key=lambda tail: len(tail[0])))
_DURATIONS = (
    "P{}D",
    "P{}W",
    "PT{}S",
    "PT{}M",
    "PT{}H",
    "P{}M",
    "P{}Y",
    "P{}DT{}H",
    "PT{}H{}M",
    "PT{}M{}S",
    "P{}Y{}M",
    "PT{}H{}M{}S",
    "P{}Y{}M{}DT{}H{}M{}S",
)


def dates() -> _Texts:
    """Draw days: of our time, and any that there are."""
    return st.one_of(st.integers(0, _USUAL_DAYS), st.integers(_FIRST, _LAST)).map(_date)


def times() -> _Texts:
    """Draw times of the day with an offset; the last second may be a leap second."""
    return st.tuples(st.integers(0, _DAY), st.sampled_from(_TAILS)).map(_time)


def date_times() -> _Texts:
    """Draw moments, rarely with a small `t` or `z`."""
    return st.tuples(dates(), times()).map(_moment)


def durations() -> _Texts:
    """Draw durations of one unit, of weeks, and of many units."""
    numbers = st.tuples(st.integers(0, 400), st.integers(0, 59))
    return st.tuples(st.sampled_from(_DURATIONS), numbers).map(
        lambda pair: pair[0].format(*itertools.islice(itertools.cycle(pair[1]), 6))
    )


def _date(days: int) -> str:
    return (_ZERO + datetime.timedelta(days)).isoformat()


def _time(parts: tuple[int, tuple[str, str]]) -> str:
    seconds, (fraction, zone) = parts
    if seconds == _DAY:
        return f"23:59:60{fraction}Z"
    hours, seconds = divmod(seconds, 3600)
    return f"{hours:02}:{seconds // 60:02}:{seconds % 60:02}{fraction}{zone}"


def _moment(parts: tuple[str, str]) -> str:
    date, time = parts
    return f"{date}{'t' if time.endswith('z') else 'T'}{time}"
