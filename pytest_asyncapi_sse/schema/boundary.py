"""Boundary payloads: the smallest valid payloads that meet each obligation of a schema once."""

from __future__ import annotations

import copy
import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from hypothesis.errors import InvalidArgument, Unsatisfiable

from pytest_asyncapi_sse.schema.asked import Obligation
from pytest_asyncapi_sse.schema.dead import Key, dead_ends, option_key, property_keys, rejecting
from pytest_asyncapi_sse.schema.equality import canonical
from pytest_asyncapi_sse.schema.examples import built
from pytest_asyncapi_sse.schema.obligations import obligations
from pytest_asyncapi_sse.schema.places import Place
from pytest_asyncapi_sse.schema.refusals import contradiction
from pytest_asyncapi_sse.schema.samples import samples
from pytest_asyncapi_sse.schema.sites import MOST_SITES, Path, Site, Survey, at, pointer_of, put
from pytest_asyncapi_sse.schema.sources import Root, Source, drawable_roots
from pytest_asyncapi_sse.schema.strategies import never_drawn, root_payloads

Reason = Literal["implied", "dead", "not-found", "left-out"]

MOST_PAYLOADS = 2_000
_MOST_STEPS = 12_000
_STEPS_AT_ONCE = 60
_TRIES = 24
_EXAMPLES = 4
_BASES = 6
_DRAWN = 5
_ANY = "any value"

_SPENT: tuple[Reason, str] = ("left-out", f"the search ended after {_MOST_STEPS} steps")


@dataclass(frozen=True, slots=True)
class Boundary:
    """Hold a valid payload and the obligations that it meets, each with its place in words."""

    value: Any
    obligations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unmet:
    """Hold an obligation that no payload meets, and why; `pointer` leads into the schema.

    Reasons: `implied`, where it is proved that the schema leaves no payload for it; `dead`, where
    the schema declares it in vain; `left-out`, where a bound on what is generated was met;
    `not-found`, where a payload may exist.
    """

    pointer: str
    obligation: str
    reason: Reason
    why: str


def boundary_payloads(source: Source) -> list[Boundary]:
    """Return valid payloads at the edges of a source's schemas, always the same ones.

    There is one for each enum value, each bound and its neighbour inside, each length and count
    at its bounds, each optional property present and absent, each branch of a choice, what is at
    the edges of numbers and formats, and the texts that are hostile to SSE; payloads that meet
    several come once. They are at most 2,000 for one schema; what is left out is in `unmet`. Where
    none can be built a few are drawn. Raises DocumentError where `payloads` does.
    """
    found: dict[str, tuple[Any, dict[str, None]]] = {}
    for root in drawable_roots(source):
        for name, (value, labels) in (_Search(root).run().found or _drawn(root)).items():
            found.setdefault(name, (value, {}))[1].update(labels)
    return [Boundary(value, tuple(labels)) for value, labels in found.values()]


def _drawn(root: Root) -> dict[str, tuple[Any, dict[str, None]]]:
    try:
        values = samples(root_payloads(root), _DRAWN)
    except (Unsatisfiable, InvalidArgument):
        raise never_drawn(root.schema) from None
    return {canonical(value): (value, {_labelled((), _ANY): None}) for value in values}


def unmet(source: Source) -> list[Unmet]:
    """Return the obligations of a source's schemas for which there is no boundary payload."""
    return [item for root in drawable_roots(source) for item in _Search(root).run().unmet]


class _Search:
    """Meet the obligations of one schema: what is put into a small payload comes first."""

    def __init__(self, root: Root) -> None:
        self.survey = Survey(root)
        self.fitting = self.survey.fitting
        self.engine = self.fitting.engine
        self.found: dict[str, tuple[Any, dict[str, None]]] = {}
        self.unmet: dict[Unmet, None] = {}
        self._absent: dict[tuple[Path, int], tuple[Reason, str]] = {}
        self._met: set[tuple[Path, str, int]] = set()
        self._asked: dict[int, list[Obligation]] = {}
        self._bases: dict[Path, dict[int, tuple[Any] | None]] = {}
        self._leaves: dict[int, list[Any]] = {}

    def run(self) -> _Search:
        """Try all obligations, those that follow from no keyword last."""
        sites = self.survey.sites()
        tasks = [(site, asked) for site in sites for asked in self._obligations(site)]
        for site, asked in sorted(tasks, key=lambda task: task[1].extra):
            self._try(site, asked)
        self._try_any(sites)
        self._tell_untaken(sites)
        self._forget_what_is_met()
        if self.survey.is_cut:
            why = f"the first {MOST_SITES} places of a payload are looked at"
            self.unmet[Unmet("", "the places after those", "left-out", why)] = None
        return self

    def _try_any(self, sites: list[Site]) -> None:
        """Have one payload where nothing is asked for, or tell that there is none."""
        label = _ANY
        base = self._base(sites[0]) if sites and not self.found else None
        if base is not None:
            self._keep(base[0], (), label)
        elif not self.found:
            why = contradiction(self.fitting, self.survey.place())
            reason: Reason = "implied" if why else "not-found"
            why = why or "nothing that was tried is valid"
            self.unmet[Unmet("", _labelled((), label), reason, why)] = None

    def _forget_what_is_met(self) -> None:
        """Drop what one case of a place excludes where another case of it does not."""
        met = {label for _, labels in self.found.values() for label in labels}
        kept = (one for one in self.unmet if one.reason != "implied" or one.obligation not in met)
        self.unmet = dict.fromkeys(kept)

    def _obligations(self, site: Site) -> Iterator[Obligation]:
        for taken in site.taken:
            if taken.label:
                meets = functools.partial(taken.is_met, self.engine)
                yield Obligation(taken.label, taken.choice.keyword, leaf={}, meets=meets)
        if id(site.place) not in self._asked:
            self._asked[id(site.place)] = list(obligations(self.fitting, site.place))
        yield from self._asked[id(site.place)]

    def _try(self, site: Site, asked: Obligation) -> None:
        if asked.excluded:
            self._tell(site, asked, "implied", asked.excluded)
        elif asked.is_large:
            self._tell(site, asked, "left-out", "payloads of this size are not built")
        elif len(self.found) >= MOST_PAYLOADS:
            self._tell(site, asked, "left-out", f"{MOST_PAYLOADS} payloads are built at most")
        elif (key := (site.path, asked.label, id(self._owner(site, asked)))) not in self._met:
            value = next(self._payloads(site, asked), None)
            if value is None:
                self._tell(site, asked, *self._reason(site, asked))
            else:
                self._met.add(key)
                self._keep(value[0], site.path, asked.label)

    def _keep(self, value: Any, path: Path, label: str) -> None:
        name = canonical(value)
        known, labels = self.found.get(name, (None, {}))
        # What is built shares its parts; -0.0 equals 0, and is what is to be tried of the two.
        if name not in self.found or str(at(value, path)) == "-0.0":
            known = copy.deepcopy(value)
        labels[_labelled(path, label)] = None
        self.found[name] = (known, labels)

    def _payloads(self, site: Site, asked: Obligation) -> Iterator[tuple[Any]]:
        """Yield payloads that meet an obligation, each in a tuple."""
        self._allow()
        base = self._base(site)
        if base is None:
            return
        self._allow()
        standing = at(base[0], site.path)
        if not asked.values and asked.meets(standing):
            yield base
        is_fitting = not asked.values
        for leaf in self._meeting(site, asked, standing):
            is_fitting = True
            value = put(base[0], site.path, leaf)
            if self.survey.accepts(value):
                yield (value,)
        self._allow()
        if is_fitting:
            held = self.survey.holding(site, _wanted(asked), asked.meets)
            if held is not None:
                yield held

    def _meeting(self, site: Site, asked: Obligation, standing: Any) -> Iterator[Any]:
        """Yield values that meet an obligation, and that the schemas at the site accept."""
        edited = self._edited(site, asked, standing)
        made = itertools.islice(self._made(site, asked), _TRIES)
        for leaf in itertools.chain(asked.values, edited, made):
            if asked.meets(leaf) and self._is_accepted(site.place, leaf):
                yield leaf

    def _edited(self, site: Site, asked: Obligation, standing: Any) -> Iterator[Any]:
        """Yield the object that stands at a site with properties added to it, or taken away."""
        if not isinstance(standing, dict) or not asked.leaf:
            return
        shape = self.fitting.shapes.object(site.place)
        names = shape.closed_over([*standing, *asked.leaf.get("required", ())])
        examples = {
            name: self._examples(shape.child(name)) for name in names if name not in standing
        }
        if all(examples.values()):
            added = {**standing, **{name: found[0] for name, found in examples.items()}}
            unwanted = asked.leaf.get("properties", {})
            yield {name: value for name, value in added.items() if name not in unwanted}

    def _made(self, site: Site, asked: Obligation) -> Iterator[Any]:
        if not asked.leaf or self._is_spent:
            return
        place = self._narrowed(site, asked.leaf)
        depth = self.fitting.depth(place)
        if depth is not None:
            yield from built(self.fitting, place, depth + 1)

    def _narrowed(self, site: Site, leaf: Any) -> Place:
        places = self.fitting.places
        return places.place([*site.place.parts, places.made(leaf)])

    def _is_accepted(self, place: Place, value: Any) -> bool:
        return all(self.engine.accepts(node, value) for node in place.nodes)

    def _base(self, site: Site) -> tuple[Any] | None:
        """Return a small payload that has a site, in a tuple."""
        known = self._bases.setdefault(site.path, {})
        if id(site.place) not in known and self._is_spent:
            return None
        if id(site.place) not in known:
            above = self._bases.get(site.path[:-1], {}) if site.path else {}
            found = (
                (value,)
                for base in itertools.islice(above.values(), _BASES)
                if base is not None
                for leaf in self._examples(site.place)
                if (value := put(base[0], site.path, leaf)) is not None
                if self.survey.accepts(value)
            )
            known[id(site.place)] = next(found, None) or self.survey.holding(site, {})
        return known[id(site.place)]

    def _examples(self, place: Place) -> list[Any]:
        if id(place) not in self._leaves:
            depth = self.fitting.depth(place)
            made = () if depth is None else built(self.fitting, place, depth + 1)
            tried = itertools.islice(made, _TRIES)
            valid = (value for value in tried if self._is_accepted(place, value))
            self._leaves[id(place)] = list(itertools.islice(valid, _EXAMPLES))
        return self._leaves[id(place)]

    def _reason(self, site: Site, asked: Obligation) -> tuple[Reason, str]:
        """Return why an obligation is not met: only what is proved is called impossible."""
        keys = list(self._keys(site, asked))
        dead = next((self._dead[key] for key in keys if key in self._dead), None)
        if dead is not None:
            return "dead", dead
        is_all = bool(asked.values) and not asked.leaf and not asked.is_sample
        if is_all and self._is_refused(site, asked.values):
            return "implied", "the schemas at its place refuse it"
        if self._base(site) is None:
            return self._missing(site)
        if asked.is_sample and not asked.leaf:
            return self._unproved()
        leaf = _wanted(asked)
        why = contradiction(self.fitting, self._narrowed(site, leaf))
        if not why:
            why = self._contradicted(site, leaf)
        if why:
            return "implied", why
        return self._unproved()

    def _unproved(self) -> tuple[Reason, str]:
        return _SPENT if self._is_spent else ("not-found", "nothing that was tried meets it")

    def _allow(self) -> None:
        """Bound the next attempt, so that none takes all the steps that there are."""
        steps = self.fitting.built_steps
        steps.most = min(steps.taken + _STEPS_AT_ONCE, _MOST_STEPS)

    @property
    def _is_spent(self) -> bool:
        return self.fitting.built_steps.taken > _MOST_STEPS

    def _missing(self, site: Site) -> tuple[Reason, str]:
        """Return why no payload has a site at all."""
        key = (site.path, id(site.place))
        if key not in self._absent:
            why = self._contradicted(site, {})
            if self._is_spent:
                return _SPENT
            found = "no payload that was tried has this place"
            self._absent[key] = ("implied", why) if why else ("not-found", found)
        return self._absent[key]

    def _contradicted(self, site: Site, leaf: Any) -> str:
        """Return why no payload has at a site what a schema asks for, empty where not proved."""
        case = [node for node in site.place.nodes if self.engine.pointer(node) is not None]
        steered = self.survey.steering(site.path, {"allOf": [*case, leaf]})
        return contradiction(self.fitting, self.survey.place(steered))

    def _is_refused(self, site: Site, values: tuple[Any, ...]) -> bool:
        is_whole = not site.path
        return not any(
            self._is_accepted(site.place, value) and (not is_whole or self.survey.accepts(value))
            for value in values
        )

    def _keys(self, site: Site, asked: Obligation) -> Iterator[Key]:
        if asked.keyword == "enum":
            for node in rejecting(self.engine, site.place, asked.values[0]):
                names = [canonical(value) for value in node["enum"]]
                index = names.index(canonical(asked.values[0]))
                yield ("enum", id(node), str(index))
        if asked.keyword == "properties" and len(asked.leaf.get("required", ())) == 1:
            yield from property_keys(site.place, asked.leaf["required"][0])

    @functools.cached_property
    def _dead(self) -> dict[Key, str]:
        return {end.key: end.why for end in dead_ends(self.engine)}

    def _tell_untaken(self, sites: list[Site]) -> None:
        """Tell the options that are taken nowhere, though their keyword stands at a place."""
        taken = {(site.path, option.key) for site in sites for option in site.taken}
        for path, option in self.survey.untaken:
            if (path, option.key) in taken or not option.label:
                continue
            taken.add((path, option.key))
            why = contradiction(self.fitting, option.place)
            reason: Reason = "implied" if why else "not-found"
            key = option_key(option.choice, option.index)
            if key is not None and key in self._dead:
                reason, why = "dead", self._dead[key]
            nodes = [part.node for part in option.choice.options[option.index]]
            pointers = [self.engine.pointer(node) for node in nodes]
            pointer = next((found for found in pointers if found is not None), "")
            why = why or "nothing that was tried takes it"
            self.unmet[Unmet(pointer, _labelled(path, option.label), reason, why)] = None

    def _tell(self, site: Site, asked: Obligation, reason: Reason, why: str) -> None:
        node = self._owner(site, asked)
        pointer = "" if node is None else self.engine.pointer(node)
        keyword = f"/{asked.keyword}" if node is not None and asked.keyword in node else ""
        label = _labelled(site.path, asked.label)
        self.unmet[Unmet(f"{pointer}{keyword}", label, reason, why)] = None

    def _owner(self, site: Site, asked: Obligation) -> dict[str, Any] | None:
        """Return the schema at a site that asks for an obligation, as far as that is known."""
        nodes = [node for node in site.place.nodes if asked.keyword in node] or site.place.nodes
        return next((node for node in nodes if self.engine.pointer(node) is not None), None)


def _wanted(asked: Obligation) -> Any:
    return {"enum": list(asked.values)} if asked.leaf is None else asked.leaf


def _labelled(path: Path, label: str) -> str:
    return f"{pointer_of(path) or 'the payload'}: {label}"
