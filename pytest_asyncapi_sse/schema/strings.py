"""Texts: drawn for the facts of a place, and fixed examples of them."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator

import jsonschema_rs
from hypothesis import strategies as st

from pytest_asyncapi_sse.schema.assertions import STRING_FORMATS, format_judge, matcher
from pytest_asyncapi_sse.schema.custom_formats import TextFormat, depends_on_formats
from pytest_asyncapi_sse.schema.facts import StringFacts
from pytest_asyncapi_sse.schema.formats import FORMATS
from pytest_asyncapi_sse.schema.patterns import pattern_examples, pattern_texts

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

_AWKWARD = (
    *(text for _, text in HOSTILE),
    "\u0085",
    "a\u2029b",
    "é",
    "e\u0301",
    "日本",
    "👩\u200d👩\u200d👧",
    "\U0010ffff",
    "\u202eab",
    "\ud7ff\ue000\uffff",
    '"\\/',
    "\\u0041",
    "null",
    "0",
    "<b>&amp;",
    "a\tb ",
)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_USUAL_LENGTH = 12
_LONG = 600
_LONGEST_DRAWN = 200
_ROOMY = 30
_KNOWN = 60


def texts(facts: StringFacts) -> st.SearchStrategy[str]:
    """Draw texts that fit the facts."""
    named = [FORMATS[name] for name in facts.formats if name in FORMATS]
    if not named and not facts.patterns:
        return _free(facts.least, facts.most)
    matching = [_patterned(facts, index) for index in range(len(facts.patterns[:3]))]
    if not named:
        return st.one_of(matching).filter(_fitting(facts))
    formatted = st.one_of([_formatted(each, facts) for each in named])
    is_roomy = facts.most is None or facts.most > _ROOMY
    if len(named) == 1 and not matching and is_roomy:
        return formatted.filter(_fitting(facts))
    return _combined(formatted, matching, facts).filter(_fitting(facts))


def _patterned(facts: StringFacts, index: int) -> st.SearchStrategy[str]:
    patterns = facts.patterns
    others = (*patterns[:index], *patterns[index + 1 :])
    return pattern_texts(patterns[index], least=facts.least, most=facts.most, also=others)


def _formatted(named: TextFormat, facts: StringFacts) -> st.SearchStrategy[str]:
    """Draw texts of a format, made longer where they have to be."""
    longer = named.longer
    if not facts.least or longer is None:
        return named.strategy()
    return named.strategy().map(lambda text: _lengthened(longer, text, facts.least))


def _lengthened(longer: Callable[[str, int], str], text: str, least: int) -> str:
    return text if len(text) >= least else longer(text, least - len(text))


@st.composite
def _combined(
    draw: st.DrawFn,
    formatted: st.SearchStrategy[str],
    matching: list[st.SearchStrategy[str]],
    facts: StringFacts,
) -> str:
    """Draw a text of the format, and put a match of the pattern into it where it does not fit."""
    fits = _fitting(facts)
    text = draw(formatted)
    match = draw(st.one_of(matching)) if matching else ""
    found = next(filter(fits, _spliced(text, match)), None)
    if found is not None:
        return found
    known = _known(facts)
    return draw(st.sampled_from(known)) if known else text


@depends_on_formats
@functools.lru_cache(maxsize=256)
def _known(facts: StringFacts) -> tuple[str, ...]:
    return tuple(itertools.islice(text_examples(facts), _KNOWN))


def _spliced(text: str, match: str) -> Iterator[str]:
    """Yield a text, then a match in place of the text's beginning or end, and alone."""
    yield text
    if not match:
        return
    yield match + text[len(match) :]
    yield text[: max(0, len(text) - len(match))] + match
    yield match
    for cut in range(len(text) + 1):
        yield match + text[cut:]
        yield text[:cut] + match


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
    least, most, patterns = facts.least, facts.most, facts.patterns
    named = [FORMATS[name] for name in facts.formats if name in FORMATS]
    for each in named:
        yield from each.examples
        yield from _longer_examples(each, least, most)
    for index, pattern in enumerate(patterns):
        others = (*patterns[:index], *patterns[index + 1 :])
        yield from pattern_examples(pattern, least=least, most=most, also=others)
    for each in named:
        yield from _spliced_examples(each.examples, facts)
    yield "a" * max(least, 1)
    yield "a" * least
    yield "é" * max(least, 1)


def _longer_examples(named: TextFormat, least: int, most: int | None) -> Iterator[str]:
    longer = named.longer
    if longer is None:
        return
    for text in named.examples:
        yield _lengthened(longer, text, least)
        room = 0 if most is None else min(most, _ROOMY) - len(text)
        yield from (longer(text, count) for count in range(1, room + 1))


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


def _spliced_examples(examples: tuple[str, ...], facts: StringFacts) -> Iterator[str]:
    for pattern in facts.patterns:
        for match in pattern_examples(pattern):
            for text in examples:
                yield from (text[:cut] + match for cut in range(1, len(text)))
                yield from (match + text[cut:] for cut in range(1, len(text)))
            break
