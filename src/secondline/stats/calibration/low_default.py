"""Low-default portfolios: the most prudent estimate that few or no events still allow."""

from __future__ import annotations

from typing import Any

from scipy.special import betaincinv

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import GroupTable
from secondline.stats.calibration import rates
from secondline.stats.calibration.rates import Rates


def pluto_tasche(
    groups: GroupTable, *, level: float = 0.95, confidence: float = 0.75, max_events: int = 20
) -> Measured:
    """Largest ratio, over grades, of the most prudent estimate to the predicted rate.

    The most prudent estimate of a grade takes it and all riskier grades as one: with D events among their N rows it
    is the upper *confidence* bound of the rate, the p with P(Bin(N, p) <= D) = 1 - confidence. A ratio of at most 1
    means that every prediction is at least that prudent. Grades are ordered by mean prediction. The bound is itself
    a confidence limit, so no interval is put around it. Events are taken as independent. Weighted rows enter as
    Kish's effective counts. Above *max_events* events the portfolio is not a low-default one and the question does
    not arise. ``detail`` has the grades. Source: Pluto and Tasche (2005), arXiv cond-mat/0411699, sections 2 and 3.
    """
    found = rates.of(groups)
    if isinstance(found, Undefined):
        return found
    if found.event_rows > max_events:
        because = f"{found.event_rows:,} events are more than the {max_events} of a low-default portfolio"
        return Undefined(because=because, kind="not-applicable", n=found.rows, events=found.event_rows)
    grades = most_prudent(list(rates.each(groups)), confidence)
    ratios = [grade["bound"] / grade["predicted"] for grade in grades if grade["predicted"] > 0]
    if len(ratios) < len(grades):
        return Undefined(because="a grade's prediction is exactly 0, and no bound is that low", n=found.rows)
    return Estimate(
        value=max(ratios),
        level=level,
        method=found.method(f"Pluto and Tasche at confidence {confidence:g}"),
        n=found.rows,
        events=found.event_rows,
        detail={"confidence": confidence, "grades": grades},
    )


def most_prudent(grades: list[Rates], confidence: float) -> list[dict[str, Any]]:
    """Return the most prudent estimate of each grade, least risky first."""
    out = []
    for i, grade in enumerate(grades):
        events, n = sum(g.events for g in grades[i:]), sum(g.n for g in grades[i:])
        bound = 1.0 if events >= n else float(betaincinv(events + 1.0, n - events, confidence))
        row = {"level": grade.level, "rows": grade.rows, "events": grade.event_rows, "predicted": grade.predicted}
        out.append(row | {"bound": bound})
    return out
