"""Observed against predicted rates: what every test on a group table reads from it first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from secondline.core.estimate import Undefined
from secondline.core.tables import GroupTable
from secondline.stats.intervals import Interval, jeffreys
from secondline.stats.weights import effective_counts


@dataclass(frozen=True, slots=True)
class Rates:
    """One group: mean prediction and observed rate, with the counts that carry their sampling error.

    ``events`` and ``n`` are Kish's effective counts when rows are weighted, else the plain ones.
    """

    level: str
    rows: int
    event_rows: int
    events: float
    n: float
    predicted: float
    observed: float
    weighted: bool

    @property
    def gap(self) -> float:
        """Observed minus predicted rate: above zero the prediction is too low."""
        return self.observed - self.predicted

    def method(self, name: str) -> str:
        """Return the name of a method, and that it ran on effective counts when it did."""
        return f"{name} on Kish's effective counts" if self.weighted else name

    def detail(self, interval: Interval) -> dict[str, Any]:
        """Return the group as the small table behind a number; *interval* is the observed rate's."""
        rates = {"predicted": self.predicted, "observed": self.observed} | interval._asdict()
        return {"level": self.level, "rows": self.rows, "events": self.event_rows, "effective_n": self.n} | rates


def of(groups: GroupTable) -> Rates | Undefined:
    """Return all groups as one, or why that is impossible: nothing labelled, or scores that are no probabilities."""
    total = groups.total()
    rates = _rates(total, 0)
    if rates is None:
        return Undefined(because="no row has both a known label and a score", needed="rows with a label and a score")
    if not 0.0 <= rates.predicted <= 1.0 or (0.0 < rates.predicted < 1.0 and not total.score_var[0] > 0):
        return Undefined(because="the scores are not probabilities", kind="not-applicable", n=rates.rows)
    return rates


def each(groups: GroupTable) -> Iterator[Rates]:
    """Yield the groups that have labelled rows, least risky first (by mean prediction, then by name)."""
    found = (rates for i in range(len(groups.levels)) if (rates := _rates(groups, i)) is not None)
    yield from sorted(found, key=lambda rates: (rates.predicted, rates.level))


def bands(groups: GroupTable, level: float) -> list[dict[str, Any]]:
    """Return predicted and observed rates by group with Jeffreys' interval, as a chart of calibration wants them."""
    return [rates.detail(jeffreys(rates.events, rates.n, level)) for rates in each(groups)]


def _rates(groups: GroupTable, at: int) -> Rates | None:
    weight, rows = float(groups.label_weight[at]), int(groups.labelled[at])
    if rows == 0 or weight <= 0:
        return None
    event_weight, weight_sq = float(groups.event_weight[at]), float(groups.weight_sq[at])
    events, n = effective_counts(event_weight, weight, weight_sq)
    return Rates(
        level=groups.levels[at],
        rows=rows,
        event_rows=int(groups.event_rows[at]),
        events=events,
        n=n,
        predicted=float(groups.score_weight[at]) / weight,
        observed=event_weight / weight,
        weighted=weight != rows or weight_sq != rows,
    )
