"""Conditions: what an approval allows, held against each case before the model sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from secondline.gateway.counts import Counts, name_of
from secondline.gateway.passes import Pass
from secondline.govern.conditions import said

WATCHED_ELSEWHERE = frozenset({"monitoring", "other", "until"})
"""Kinds that no single case can break: the monitor, a person, or the pass's own last day sees to them."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where one column must, or must not, lie; a missing value is never shown to be inside."""

    column: str
    said: str
    low: float | None = None
    high: float | None = None
    values: frozenset[str] = frozenset()
    excluded: bool = False

    def broken(self, value: Any) -> bool:
        """Whether a value lies where the use is not approved."""
        if value is None:
            return True
        if self.excluded:
            return text(value) in self.values
        if self.low is not None or self.high is not None:
            if isinstance(value, str):
                return True
            if (self.low is not None and value < self.low) or (self.high is not None and value > self.high):
                return True
        return bool(self.values) and text(value) not in self.values


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so much in a period: decisions, or money."""

    condition: Mapping[str, Any]
    said: str
    most: float
    money: bool


@dataclass(frozen=True, slots=True)
class Review:
    """A share of decisions that a person looks at."""

    said: str
    share: float
    of: str

    def covers(self, decision: str) -> bool:
        """Whether it speaks of decisions like this one: ``of`` may name declines or approvals, else it is all."""
        lowered = self.of.lower()
        if "decline" in lowered or "reject" in lowered:
            return decision == "decline"
        return decision == "approve" if "approv" in lowered else True


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions of one pass as it stands; kinds that nobody here knows let nothing through."""

    approval: str
    bounds: tuple[Bounds, ...] = ()
    caps: tuple[Cap, ...] = ()
    reviews: tuple[Review, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def columns(self) -> frozenset[str]:
        """The columns that must be said of a case."""
        return frozenset(one.column for one in self.bounds)

    def outside(self, case: Mapping[str, Any]) -> str:
        """Return the condition that a case breaks, in words; nothing where it breaks none."""
        for one in self.bounds:
            if one.broken(case.get(one.column)):
                return one.said
        return self.unknown[0] if self.unknown else ""

    def over(self, counts: Counts, at: float, amount: float | None) -> tuple[str, list[tuple[str, float]]]:
        """Count a case against every cap; returns the cap that is reached, in words, and what was taken.

        Where one is reached, nothing is taken from the others. A case without an amount breaks a cap on money.
        """
        taken: list[tuple[str, float]] = []
        for cap in self.caps:
            size = amount if cap.money else 1.0
            name = name_of(self.approval, cap.condition, at)
            if size is None or size < 0 or not counts.take(name, size, cap.most):
                for other, used in taken:
                    counts.give_back(other, used)
                return cap.said, []
            taken.append((name, size))
        return "", taken


def conditions_of(one: Pass, replicas: int = 1) -> Conditions:
    """Return the conditions of a pass, ready to be held against cases; each of several replicas gets its share."""
    bounds, caps, reviews, unknown = [], [], [], []
    for condition in one.conditions:
        kind, words = str(condition.get("kind")), said(condition)
        if kind in {"population", "exclusion"}:
            bounds.append(_bounds(condition, words, excluded=kind == "exclusion"))
        elif kind in {"volume", "amount"}:
            money = kind == "amount"
            most = float(condition["amount" if money else "decisions"]) / replicas
            caps.append(Cap(condition, words, most if money else float(int(most)), money))
        elif kind == "human-review":
            reviews.append(Review(words, float(condition["share"]), str(condition.get("of", ""))))
        elif kind not in WATCHED_ELSEWHERE:
            unknown.append(f"a condition of the kind {kind!r}, which this gateway cannot enforce")
    return Conditions(str(one.payload["approval"]), tuple(bounds), tuple(caps), tuple(reviews), tuple(unknown))


def _bounds(condition: Mapping[str, Any], words: str, *, excluded: bool) -> Bounds:
    values = frozenset(map(str, condition.get("values", ())))
    return Bounds(str(condition["column"]), words, condition.get("low"), condition.get("high"), values, excluded)


def text(value: Any) -> str:
    """Return a value as conditions name it: whole numbers without a point, truth in lower case."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)
