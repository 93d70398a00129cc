"""Refusals: why a schema gives no payload, in words and with the place where it shows."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pytest_asyncapi_sse.errors import DocumentError, Problem
from pytest_asyncapi_sse.model import escape
from pytest_asyncapi_sse.schema.bounds import DEEPEST, MOST_VALUES, NoPayloadFound
from pytest_asyncapi_sse.schema.choices import Choice
from pytest_asyncapi_sse.schema.fitting import Fitting
from pytest_asyncapi_sse.schema.places import Place

_WAYS = 12
_BEYOND = DEEPEST + 1
_BRANCHED = 3
_NARROWING = ("const", "enum", "format", "maxLength", "minLength", "not", "pattern", "uniqueItems")


@dataclass(frozen=True, slots=True)
class _Flaw:
    """Hold why a place has no value: the keyword to blame, empty where there is none."""

    place: Place
    text: str
    keyword: str
    pointer: str


def refusal(fitting: Fitting, place: Place) -> DocumentError:
    """Build the error for a place that no value was seen to fit.

    It is NoPayloadFound where a bound was met on the way, so that nothing is proved.
    """
    cut = fitting.cut
    if cut is not None:
        text = f"no payload was found for this schema: {cut.text}."
        advice = "Lower it, or give the schema a smaller alternative."
        return NoPayloadFound([_problem(fitting, cut.place, cut.keyword, text, advice)])
    flaw = _Search(fitting, place).flaw(place, "", ())
    if flaw is None:
        text = (
            "no payload was found for this schema: payloads as deep as it asks for are not"
            f" generated, at most {DEEPEST - 1} levels of objects and arrays are."
        )
        advice = "Allow payloads that are less deep."
        return NoPayloadFound([_problem(fitting, place, "", text, advice)])
    where = f" at {flaw.pointer} of the payload" if flaw.pointer else ""
    text = f"no payload satisfies this schema{where}: {flaw.text}."
    advice = "Loosen what contradicts itself."
    return DocumentError([_problem(fitting, flaw.place, flaw.keyword, text, advice)])


def contradiction(fitting: Fitting, place: Place) -> str:
    """Return why no value of any depth fits a place, empty where that is not proved."""
    if any(fitting.fits(place, depth) for depth in (DEEPEST, _BEYOND)):
        return ""
    if not fitting.is_sound or fitting.cut is not None or fitting.steps.are_used_up:
        return ""
    flaw = _Search(fitting, place).flaw(place, "", ())
    if flaw is None:
        return ""
    return f"at {flaw.pointer} of it, {flaw.text}" if flaw.pointer else flaw.text


def oversized(fitting: Fitting, place: Place, size: int) -> NoPayloadFound:
    """Build the error for a place of which even a small payload is larger than any generated."""
    text = (
        f"no payload was found for this schema: payloads of this size are not generated: the"
        f" smallest one that was seen has {size} values, at most {MOST_VALUES}."
    )
    advice = "Lower what asks for so many."
    return NoPayloadFound([_problem(fitting, place, "", text, advice)])


def nothing_found(
    fitting: Fitting, place: Place, has_example: Callable[[Place], bool]
) -> NoPayloadFound:
    """Build the error for a place that nothing that was tried fits."""
    pointer = ""
    for _ in range(DEEPEST):
        settled = fitting.settled(place, DEEPEST) or place
        barren = next(
            (found for found in _needed(fitting, settled) if not has_example(found[1])), None
        )
        if barren is None:
            break
        pointer, place = f"{pointer}/{escape(barren[0])}", barren[1]
    keywords = sorted({key for node in place.nodes for key in node if key in _NARROWING})
    where = f" at {pointer} of the payload" if pointer else ""
    reason = (
        f"nothing that was tried fits {_listed(keywords)}"
        if keywords
        else "none that was tried is valid"
    )
    text = f"no payload was found for this schema{where}: {reason}."
    advice = "Loosen it, or write what narrows it as one pattern."
    return NoPayloadFound([_problem(fitting, place, "", text, advice)])


def _listed(keywords: list[str]) -> str:
    if len(keywords) == 1:
        return f"'{keywords[0]}'"
    return ", ".join(f"'{key}'" for key in keywords[:-1]) + f" and '{keywords[-1]}' together"


def _problem(fitting: Fitting, place: Place, keyword: str, text: str, advice: str) -> Problem:
    nodes = [node for node in place.nodes if keyword in ("", *node)] or place.nodes
    pointers = [fitting.engine.pointer(node) for node in nodes]
    known = next((pointer for pointer in pointers if pointer is not None), "")
    return fitting.engine.problem(text, f"{known}/{keyword}" if keyword else known, advice=advice)


class _Search:
    """Look for the flaw of a place; that of one way proves nothing unless the place is impossible.

    Where a place may only be too deep, what is not looked at counts: ways, types and `contains`.
    """

    def __init__(self, fitting: Fitting, place: Place) -> None:
        self._fitting = fitting
        self._is_impossible = fitting.is_impossible(place)

    def flaw(self, place: Place, pointer: str, above: tuple[Place, ...]) -> _Flaw | None:
        """Follow what must be there down to what cannot be there; None where it may be too deep."""
        fitting = self._fitting
        found = self._own_flaw(place, pointer, above)
        if found is not None:
            return found
        if place.choices:
            return self._choice_flaw(place, pointer, (*above, place))
        for token, child in _needed(fitting, place) if self._is_told(place) else ():
            if not fitting.fits(child, DEEPEST):
                return self.flaw(child, f"{pointer}/{escape(token)}", (*above, place))
        if not self._is_impossible:
            return None
        return _Flaw(place, "nothing fits all of it", "", pointer)

    def _own_flaw(self, place: Place, pointer: str, above: tuple[Place, ...]) -> _Flaw | None:
        fitting = self._fitting
        if place in above:
            return _Flaw(place, "it requires itself without end", "", pointer)
        if place.impossible:
            return _Flaw(place, "'false' allows nothing", "", pointer)
        for keyword, text in fitting.facts(place).flaws:
            return _Flaw(place, text, keyword, pointer)
        is_open = place.choices or not self._is_told(place)
        few = None if is_open else fitting.too_few(fitting.shapes.array(place))
        if few is None:
            return None
        least = fitting.shapes.array(place).least
        text = f"{least} items that all differ are needed, and the items have {few} values"
        return _Flaw(place, text, "uniqueItems", pointer)

    def _is_told(self, place: Place) -> bool:
        """Say whether what one type lacks is a flaw of the place: no other type may be too deep."""
        return self._is_impossible or len(self._fitting.facts(place).types) == 1

    def _choice_flaw(self, place: Place, pointer: str, above: tuple[Place, ...]) -> _Flaw | None:
        fitting = self._fitting
        is_overlap = self._is_impossible and _overlaps(fitting, place.choices[0])
        if is_overlap or _is_doubled(fitting, place):
            text = "all that matches one branch of oneOf matches another as well"
            return _Flaw(place, text, "oneOf", pointer)
        ways = _WAYS if len(above) <= _BRANCHED else 1
        first: _Flaw | None = None
        for option in itertools.islice(fitting.places.options(place), ways):
            found = self.flaw(option, pointer, above)
            if found is None:
                return None
            first = first or found
        if len(place.choices[0].options) > ways and not self._is_impossible:
            return None
        return first or _Flaw(place, "nothing fits all of it", "", pointer)


def _is_doubled(fitting: Fitting, place: Place) -> bool:
    """Say whether each branch of a oneOf is refused for another one that is the same schema."""
    choice = place.choices[0]
    own = [option[0].node for option in choice.options]
    impossible = all(option.impossible for option in fitting.places.options(place))
    return choice.keyword == "oneOf" and impossible and False not in own


def _overlaps(fitting: Fitting, choice: Choice) -> bool:
    """Say whether the branches of a oneOf are possible, each without regard to the others."""
    branches = [fitting.places.place([option[0]]) for option in choice.options if option]
    return choice.keyword == "oneOf" and any(fitting.fits(one, DEEPEST) for one in branches)


def _needed(fitting: Fitting, place: Place) -> Iterator[tuple[str, Place]]:
    shape = fitting.shapes.object(place)
    yield from ((name, shape.child(name)) for name in shape.required)
    array = fitting.shapes.array(place)
    for index in range(min(array.least, array.prefix + 1)):
        yield str(index), array.child(index)
