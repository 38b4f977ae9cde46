"""Conformal prediction: sets that promise to hold the outcome, calibrated on one population and held to it on another.

Sets are label-conditional (Mondrian by class): events and non-events are promised the same coverage each, because with
few events a promise for all rows together is kept by never naming the event.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats as sps

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import ScoreTable
from secondline.core.tables._arrays import FloatArray
from secondline.stats import intervals, power
from secondline.stats.calibration.scored import unusable
from secondline.stats.weights import effective_counts, effective_n

LEAST = 30
"""Rows of a class below which its coverage is listed and not judged."""
EXACT = 100_000
"""Rows up to which the beta-binomial law is summed; beyond, the normal law with its moments stands in."""
ROUNDING = 1e-9
CLASSES = ("event", "no event")


@dataclass(frozen=True, slots=True)
class Law:
    """The coverage that a calibration sample of *n* promises: over samples it is distributed as Beta(n + 1 - l, l)."""

    n: int
    left_out: int

    @staticmethod
    def of(n: float, coverage: float) -> Law | None:
        """Return the law, with ``l = floor((n + 1) (1 - coverage))``; None when the sample promises nothing (l = 0)."""
        rows = round(n)
        left = math.floor((rows + 1) * (1 - coverage) + ROUNDING)
        return Law(rows, left) if left > 0 else None

    @property
    def shape(self) -> tuple[int, int]:
        """The two parameters of the beta distribution."""
        return self.n + 1 - self.left_out, self.left_out

    def sd(self, rows: float) -> float:
        """Return the standard deviation of the coverage observed on *rows* new rows, calibration included."""
        a, b = self.shape
        mean = a / (a + b)
        return math.sqrt(mean * (1 - mean) * (a + b + rows) / (rows * (a + b + 1)))

    def as_low(self, covered: float, rows: float) -> float:
        """Return the chance of covering at most *covered* of *rows* rows that are exchangeable with the calibration's.

        Beta-binomial: exact for scores without ties, and too large, never too small, with them.
        """
        a, b = self.shape
        if rows <= EXACT:
            return float(sps.betabinom.cdf(round(covered), round(rows), a, b))
        return float(sps.norm.cdf((covered / rows - a / (a + b)) / self.sd(rows)))


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Calibrated sets: "event" is in the set of a score at or above ``event``, "no event" at or below ``rest``.

    ``laws`` are those of the two classes. ``whole`` is the largest 1 - p that is still in a set which promises coverage
    for all rows together, and ``whole_law`` its law; None where scores are not probabilities.
    """

    coverage: float
    event: float
    rest: float
    laws: tuple[Law, Law]
    whole: float | None = None
    whole_law: Law | None = None


def calibrated(table: ScoreTable, coverage: float = 0.9) -> Thresholds | Undefined:
    """Calibrate sets that hold the outcome with the chance *coverage*, for each class by itself.

    A label stays in the set while its conformal p-value, ``(number of calibration rows of its class that fit it no
    better + 1) / (n + 1)``, exceeds 1 - coverage; ties count as fitting no better. With weights, counts are sums of
    weights, the new row has the mean weight, and Kish's size stands for n. Undefined when a class has fewer than
    ``1 / (1 - coverage) - 1`` rows: then no finite threshold keeps the promise. Sources: Vovk, Gammerman and Shafer
    (2005), Algorithmic Learning in a Random World, 4.5; Vovk (2012), ACML, for the law of the coverage.
    """
    rest, rest_sq = table.weight - table.event_weight, table.weight_sq - table.event_weight_sq
    sizes = [effective_n(float(w.sum()), float(sq.sum()))
             for w, sq in ((table.event_weight, table.event_weight_sq), (rest, rest_sq))]  # fmt: skip
    laws = [Law.of(n, coverage) for n in sizes]
    if laws[0] is None or laws[1] is None:
        least = math.ceil(1 / (1 - coverage) - ROUNDING) - 1
        because = f"{min(sizes):,.0f} calibration rows of a class promise no coverage of {coverage:g}"
        return Undefined(because=because, n=table.n, events=table.n_events, needed=f"{least:,} rows of each class")
    events = _least(table.key, table.event_weight, table.event_rows, 1 - coverage)
    others = -_least(-table.key[::-1], rest[::-1], (table.rows - table.event_rows)[::-1], 1 - coverage)
    whole, law = _whole(table, coverage)
    return Thresholds(coverage, events, others, (laws[0], laws[1]), whole, law)


def _least(key: FloatArray, weight: FloatArray, rows: Any, error: float) -> float:
    """Return the smallest key whose p-value exceeds *error*."""
    mean = float(weight.sum()) / max(float(np.sum(rows)), 1.0)
    enough = np.cumsum(weight) + mean > error * (float(weight.sum()) + mean) * (1 + ROUNDING)
    return float(key[np.argmax(enough & (weight > 0))])


def _whole(table: ScoreTable, coverage: float) -> tuple[float | None, Law | None]:
    """Calibrate one threshold of 1 - p of the true class for all rows, if the scores are probabilities."""
    law = Law.of(effective_n(float(table.weight.sum()), float(table.weight_sq.sum())), coverage)
    if unusable(table) is not None or law is None:
        return None, None
    misfit = np.concatenate([1.0 - table.score, table.score])
    weight = np.concatenate([table.event_weight, table.weight - table.event_weight])
    rows = np.concatenate([table.event_rows, table.rows - table.event_rows])
    order = np.argsort(-misfit, kind="stable")
    ranked, first = np.unique(-misfit[order], return_index=True)
    return -_least(ranked, np.add.reduceat(weight[order], first), rows, 1 - coverage), law


def coverage(thresholds: Thresholds, table: ScoreTable, *, level: float = 0.95) -> Measured:
    """Share of the outcomes that their conformal set holds, of the class (event or no event) that is covered worse.

    Each class's interval is Clopper and Pearson's at Bonferroni's level (Kish's counts with weights) for the sets as
    they are calibrated; of the two intervals, the lower of each end. ``p_value`` is the chance of so low a coverage,
    of either class, were the rows exchangeable with the calibration's: beta-binomial, so that the luck of the
    calibration is in it. ``detail`` has both classes, how often a set holds both outcomes, one or none, its mean size
    and, for probabilities, the coverage of sets that promise it for all rows together. On a score grid ``bound`` is the
    share of rows in the cell that a threshold cuts. Classes of fewer than 30 rows are listed and not judged. Undefined
    when that is both.
    """
    parts = [_class(thresholds, table, i, 1 - (1 - level) / 2) for i in (0, 1)]
    judged = [part for part in parts if part["rows"] >= LEAST]
    if not judged:
        because = f"fewer than {LEAST} rows of either outcome"
        return Undefined(because=because, n=table.n, events=table.n_events, needed=f"{LEAST} rows of one outcome")
    worst = min(judged, key=lambda part: part["coverage"])
    law = thresholds.laws[CLASSES.index(worst["class"])]
    bound = max(part["cut"] for part in judged)
    return Estimate(
        value=worst["coverage"],
        low=max(min(part["low"] for part in judged) - bound, 0.0),
        high=min(min(part["high"] for part in judged) + bound, 1.0),
        level=level,
        method="Clopper-Pearson, simultaneous over both outcomes",
        n=table.n,
        events=table.n_events,
        p_value=min(1.0, len(judged) * min(part["p"] for part in judged)),
        bound=bound,
        mde=power.mde(law.sd(worst["rows"]), alpha=(1 - level) / len(judged), sides=1),
        mde_unit="coverage lost",
        detail={
            "nominal": thresholds.coverage,
            "worst": worst["class"],
            "classes": parts,
            "sets": _sets(thresholds, table),
        }
        | _for_all(thresholds, table, level),
    )


def _class(thresholds: Thresholds, table: ScoreTable, which: int, level: float) -> dict[str, Any]:
    weight, squares = (table.event_weight, table.event_weight_sq) if which == 0 else (
        table.weight - table.event_weight, table.weight_sq - table.event_weight_sq)  # fmt: skip
    edge, law = (thresholds.event, thresholds.rest)[which], thresholds.laws[which]
    held = table.key >= edge if which == 0 else table.key <= edge
    total = float(weight.sum())
    hits, n = effective_counts(float(weight[held].sum()), total, float(squares.sum()))
    span = intervals.clopper_pearson(hits, n, level) if n else intervals.Interval(0.0, 1.0)
    low, high = (float(sps.beta.ppf(tail, *law.shape)) for tail in (0.025, 0.975))
    at = np.abs(table.key - edge) < table.cell
    rows = table.n_events if which == 0 else table.n - table.n_events
    return {
        "class": CLASSES[which], "rows": rows, "coverage": hits / n if n else 0.0, "low": span.low, "high": span.high,
        "p": law.as_low(hits, n) if n else 1.0, "calibrated on": law.n, "promised low": low, "promised high": high,
        "threshold": edge, "cut": float(weight[at].sum()) / total if total else 0.0,
    }  # fmt: skip


def _sets(thresholds: Thresholds, table: ScoreTable) -> dict[str, float]:
    event, rest = table.key >= thresholds.event, table.key <= thresholds.rest
    w = table.weight / table.weight.sum()
    both, none = float(w @ (event & rest)), float(w @ ~(event | rest))
    return {"both": both, "one": 1.0 - both - none, "none": none, "mean size": 1.0 + both - none}


def _for_all(thresholds: Thresholds, table: ScoreTable, level: float) -> dict[str, Any]:
    if thresholds.whole is None or thresholds.whole_law is None or unusable(table) is not None:
        return {}
    # A probability and its complement may differ in the last bit.
    within = thresholds.whole + 1e-12
    event, rest = 1.0 - table.score <= within, table.score <= within
    held = float(table.event_weight[event].sum() + (table.weight - table.event_weight)[rest].sum())
    hits, n = effective_counts(held, float(table.weight.sum()), float(table.weight_sq.sum()))
    low, high = intervals.clopper_pearson(hits, n, level)
    size = float((table.weight / table.weight.sum()) @ (event.astype(float) + rest))
    p = thresholds.whole_law.as_low(hits, n)
    return {"for all rows": {"coverage": hits / n, "low": low, "high": high, "p": p, "mean size": size}}
