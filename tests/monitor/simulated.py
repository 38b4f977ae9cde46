"""Simulated readings: streams of rates, of bins and of plain values, quiet or moved from a day on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Literal

import numpy as np

from secondline.core.estimate import Estimate
from secondline.govern.records.filing import Metric
from secondline.monitor.lines import MICROS, Line
from secondline.monitor.readings import Reading, Window
from secondline.stats import intervals

FIRST = (date(2026, 4, 1) - date(1970, 1, 1)).days
Basis = Literal["known", "projected", "estimated"]


def line(metric: str = "live.override_rate", **more: Any) -> Line:
    """Return a daily line of pd-retail."""
    facts: dict[str, Any] = {"frequency": "daily", "amber": 0.05, "red": 0.08, "baseline": 0.03, "min_n": 100,
                             "action": "investigate"}  # fmt: skip
    return Line("MP-1", "pd-retail", Metric.model_validate({"metric": metric, **facts, **more}))


def window(day: int, days: int = 1, *, version: str = "1.0", segment: str = "", level: str = "") -> Window:
    """Return a window that begins so many days after 1 April 2026."""
    start = (FIRST + day) * MICROS
    return Window("pd-retail", version, start, start + days * MICROS, segment, level)


def rate(
    day: int, events: float, n: float, *, metric: str = "live.override_rate", days: int = 1, lag: int = 0,
    basis: Basis = "known", maturity: float | None = None, **where: Any,
) -> Reading:  # fmt: skip
    """Return a reading of a rate, known *lag* days after its window."""
    low, high = intervals.wilson(events, n)
    at = window(day, days, **where)
    measured = Estimate(value=events / n, low=low, high=high, n=n, events=events, method="Wilson")
    return Reading(at, metric, measured, basis, at.end + lag * MICROS, maturity)


def value(day: int, mean: float, se: float, *, metric: str = "discrimination.auc", n: float = 1_000, days: int = 1,
          lag: int = 0, basis: Basis = "known", maturity: float | None = None) -> Reading:  # fmt: skip
    """Return a reading of a value with a normal interval."""
    at = window(day, days)
    low, high = intervals.normal(mean, se)
    measured = Estimate(value=mean, low=low, high=high, n=n, method="normal", detail={"se": se})
    return Reading(at, metric, measured, basis, at.end + lag * MICROS, maturity)


def exact(day: int, count: float, *, metric: str = "live.unapproved_uses", n: float = 1_000) -> Reading:
    """Return a reading of a count without error."""
    at = window(day)
    return Reading(at, metric, Estimate(value=count, n=n), "known", at.end)


def bins(day: int, counts: list[int], *, metric: str = "stability.score_psi") -> Reading:
    """Return a reading of an index of bins against a reference of ten thousand rows in four even bins."""
    at, n = window(day), sum(counts)
    rows = [{"label": str(i), "reference": 0.25, "current": c / n, "contribution": 0.0} for i, c in enumerate(counts)]
    p, q = np.full(4, 0.25), np.maximum(np.array(counts) / n, 1e-4)
    index = float(((q - p) * np.log(q / p)).sum())
    detail = {"bins": rows, "reference_n": 10_000.0, "current_n": float(n)}
    measured = Estimate(value=index, low=index * 0.8, high=index * 1.2, n=n, detail=detail)
    return Reading(at, metric, measured, "known", at.end)


def rates(seed: int, days: int, *, moved: int = 10_000, good: float = 0.03, bad: float = 0.12, n: int = 500,
          metric: str = "live.override_rate") -> Iterator[Reading]:  # fmt: skip
    """Yield a reading a day, drawn at the good rate until *moved* and at the bad one from then on."""
    chance = np.random.default_rng(seed)
    for day in range(days):
        yield rate(day, int(chance.binomial(n, bad if day >= moved else good)), n, metric=metric)
