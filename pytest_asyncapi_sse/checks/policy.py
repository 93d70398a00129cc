"""The policy of a user: which codes are ignored, and which are an error or advice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from pytest_asyncapi_sse.errors import Severity, Violation


@dataclass(frozen=True, slots=True)
class Applied:
    """Hold what a policy leaves of violations; `ignored` counts the others by their entry."""

    kept: tuple[Violation, ...] = ()
    ignored: Mapping[str, int] = field(default_factory=dict)

    @property
    def errors(self) -> tuple[Violation, ...]:
        """What fails."""
        return tuple(found for found in self.kept if found.severity == "error")

    @property
    def advice(self) -> tuple[Violation, ...]:
        """What is told and does not fail."""
        return tuple(found for found in self.kept if found.severity == "advice")


@dataclass(frozen=True, slots=True)
class Policy:
    """Say what becomes of violations by their code.

    An entry is `code` or `channel:code`; one with a channel goes before one without. What is
    ignored has no severity. To apply a policy again to what it kept changes nothing.
    """

    ignored: tuple[str, ...] = ()
    severities: Mapping[str, Severity] = field(default_factory=dict)

    def apply(self, violations: Iterable[Violation], channel: str = "") -> Applied:
        """Return what is kept, with its severity; `channel` is that of violations without one."""
        kept: list[Violation] = []
        ignored: Counter[str] = Counter()
        for found in violations:
            entry = self._entry(self.ignored, found, channel)
            if entry is None:
                kept.append(self._with_severity(found, channel))
            else:
                ignored[entry] += 1
        return Applied(tuple(kept), ignored)

    def causes(self, chain: Iterable[Violation], channel: str = "") -> list[Violation]:
        """Return a chain of causes up to its first error: what comes after follows from that."""
        told: list[Violation] = []
        for found in chain:
            told.append(found)
            if self.apply([found], channel).errors:
                break
        return told

    def raised(self, violations: Iterable[Violation], channel: str = "") -> tuple[Violation, ...]:
        """Return the advice that is an error by this policy."""
        advice = [found for found in violations if found.severity == "advice"]
        return self.apply(advice, channel).errors

    def _with_severity(self, found: Violation, channel: str) -> Violation:
        entry = self._entry(self.severities, found, channel)
        if entry is None or self.severities[entry] == found.severity:
            return found
        return replace(found, severity=self.severities[entry])

    @staticmethod
    def _entry(entries: Iterable[str], found: Violation, channel: str) -> str | None:
        names = (f"{found.channel or channel}:{found.code}", found.code)
        return next((name for name in names if name in entries), None)


NO_POLICY = Policy()
