"""Texts: drawn for the facts of a place, and fixed examples of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import jsonschema_rs
from hypothesis import strategies as st

from pytest_asyncapi_sse.schema.assertions import STRING_FORMATS, format_judge
from pytest_asyncapi_sse.schema.facts import StringFacts
from pytest_asyncapi_sse.schema.formats import FORMATS
from pytest_asyncapi_sse.schema.patterns import matcher, pattern_examples, pattern_texts

HOSTILE = (
    ("carriage return", "a\rb"),
    ("line feed", "a\nb"),
    ("CR LF", "a\r\nb"),
    ("leading space", " a"),
    ("colon", ":a"),
    ("byte order mark", "\ufeffa"),
    ("NUL", "a\x00b"),
    ("line separator U+2028", "a\u2028b"),
    ("a field of the stream", "data: x"),
    ("two line feeds", "\n\n"),
    ("a character beyond the BMP", "\U0001f600"),
    ("empty text", ""),
)

_AWKWARD = (*(text for _, text in HOSTILE), "\u0085", "é", "日本", '"\\/')
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_USUAL_LENGTH = 12
_LONG = 600
_LONGEST_DRAWN = 200


def texts(facts: StringFacts) -> st.SearchStrategy[str]:
    """Draw texts that fit the facts."""
    most = facts.most
    fits = _fitting(facts)
    named = [FORMATS[name] for name in facts.formats if name in FORMATS]
    if facts.patterns:
        drawn = [
            pattern_texts(pattern, least=facts.least, most=most) for pattern in facts.patterns[:3]
        ]
        drawn += [_spliced(each.strategy(), one) for each in named[:1] for one in drawn[:1]]
        return st.one_of(drawn).filter(fits)
    if named:
        return st.one_of([each.strategy() for each in named]).filter(fits)
    return _free(facts.least, most)


def text_examples(facts: StringFacts) -> Iterator[str]:
    """Yield a few texts that fit the facts, the plainest first; always the same ones."""
    return fitting_texts(facts, _candidates(facts))


def fitting_texts(facts: StringFacts, candidates: Iterable[str]) -> Iterator[str]:
    """Yield those of the candidates that fit the facts."""
    return filter(_fitting(facts), candidates)


def text_of_length(facts: StringFacts, length: int) -> str | None:
    """Return a text that fits the facts and has the length, None where none was found."""
    bounded = StringFacts(length, length, facts.patterns, facts.formats)
    return next(text_examples(bounded), None)


def _candidates(facts: StringFacts) -> Iterator[str]:
    for pattern in facts.patterns:
        yield from pattern_examples(pattern, least=facts.least, most=facts.most)
    for name in facts.formats:
        if name in FORMATS:
            yield from FORMATS[name].examples
            yield from _spliced_examples(FORMATS[name].examples, facts)
    yield "a" * max(facts.least, 1)
    yield "a" * facts.least
    yield "é" * max(facts.least, 1)


def _fitting(facts: StringFacts) -> Callable[[str], bool]:
    judges = [matcher(pattern) for pattern in facts.patterns]
    known = [name for name in facts.formats if name in FORMATS or name in STRING_FORMATS]
    judges += [format_judge(name, jsonschema_rs.Draft202012) for name in known]
    least, most = facts.least, facts.most

    def fits(text: str) -> bool:
        in_bounds = len(text) >= least and (most is None or len(text) <= most)
        return in_bounds and all(judge(text) for judge in judges)

    return fits


def _free(least: int, most: int | None) -> st.SearchStrategy[str]:
    if least > _LONGEST_DRAWN:
        return _filled(least, most)
    usual = max(least, _USUAL_LENGTH) if most is None else min(most, max(least, _USUAL_LENGTH))
    plain = st.text(_LETTERS, min_size=least, max_size=usual)
    found: list[st.SearchStrategy[str]] = [plain]
    found.append(st.text(st.characters(codec="utf-8"), min_size=least, max_size=usual))
    awkward = [
        text for text in _AWKWARD if least <= len(text) and (most is None or len(text) <= most)
    ]
    if awkward:
        found.append(st.sampled_from(awkward))
    if least <= _LONG:
        long = _LONG if most is None else min(most, _LONG)
        found.append(st.sampled_from("aé ").map(lambda char: char * long))
    return st.one_of(found)


@st.composite
def _filled(draw: st.DrawFn, least: int, most: int | None) -> str:
    """Draw a short text and repeat it: what is drawn for each character is bounded."""
    unit = draw(st.one_of(st.text(_LETTERS, min_size=1, max_size=_USUAL_LENGTH), _ANY))
    length = least + draw(st.integers(0, _USUAL_LENGTH if most is None else most - least))
    return (unit * (length // len(unit) + 1))[:length]


_ANY = st.text(st.characters(codec="utf-8"), min_size=1, max_size=_USUAL_LENGTH)


@st.composite
def _spliced(draw: st.DrawFn, whole: st.SearchStrategy[str], part: st.SearchStrategy[str]) -> str:
    """Put a match of the pattern in place of the beginning or the end of a text of the format."""
    text, match = draw(whole), draw(part)
    cut = draw(st.integers(0, len(text)))
    return text[:cut] + match if draw(st.booleans()) else match + text[cut:]


def _spliced_examples(examples: tuple[str, ...], facts: StringFacts) -> Iterator[str]:
    for pattern in facts.patterns:
        for match in pattern_examples(pattern):
            for text in examples:
                yield from (text[:cut] + match for cut in range(1, len(text)))
                yield from (match + text[cut:] for cut in range(1, len(text)))
            break
