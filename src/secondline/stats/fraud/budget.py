"""Budgets: precision, detection and money when only the riskiest few transactions can be looked at."""

from __future__ import annotations

from typing import Any

import numpy as np

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables import Cases, OperatingTable
from secondline.stats.fraud.maturity import immature
from secondline.stats.intervals import wilson
from secondline.stats.weights import effective_n

POINTS = (
    0.0001, 0.0002, 0.0003, 0.0005, 0.0007, 0.001, 0.0015, 0.002, 0.003, 0.004, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03,
    0.04, 0.05, 0.07, 0.1,
)  # fmt: skip


def precision_at_budget(
    table: OperatingTable, cases: Cases, spec: ModelSpec, *, level: float = 0.95, budget: float = 0.005,
    mature: float = 0.9,
) -> Measured:  # fmt: skip
    """Share of frauds among the riskiest *budget* of the scored transactions with a known label.

    Scores tied at the cut are left out, so that the budget is kept. Wilson's interval over the transactions alerted
    (Kish's effective size with weights): it takes the cut as given. `fraud: alert-budget` in model.yaml overrides the
    parameter. ``detail`` has the curve of precision, detection by transaction and detection by value at other budgets.
    Undefined without a score within the budget, and while labels are immature.
    """
    if spec.fraud and spec.fraud.alert_budget is not None:
        budget = spec.fraud.alert_budget
    if early := immature(cases, spec, mature, "count"):
        return early
    sums = table.riskiest_first()
    total = {name: float(values[-1]) if len(values) else 0.0 for name, values in sums.items()}
    place = cut(sums["weight"], budget)
    if place is None:
        return Undefined(
            because=f"no group of equal scores fits into a budget of {budget:.2%}", n=total["rows"],
            events=total["frauds"], needed="a score with fewer ties at its risky end, or more transactions",
        )  # fmt: skip
    at = {name: float(values[place]) for name, values in sums.items()}
    squares = at["weight"] ** 2 / at["rows"] if at["rows"] else 0.0
    n = min(at["rows"], effective_n(at["weight"], squares))
    value = at["fraud_weight"] / at["weight"]
    span = wilson(value * n, n, level)
    return Estimate(
        value=value, low=span.low, high=span.high, level=level, method="Wilson, over transactions within the budget",
        n=at["rows"], events=at["frauds"],
        detail={"budget": budget, "share alerted": at["weight"] / total["weight"],
                "cut": float(table.key[::-1][place]), "base rate": total["fraud_weight"] / total["weight"],
                "curve": curve(sums, total)},
    )  # fmt: skip


def cut(weight: Any, budget: float) -> int | None:
    """Return the place of the last score, from the riskiest down, up to which no more than *budget* lies."""
    if not len(weight) or weight[-1] <= 0:
        return None
    place = int(np.searchsorted(weight, budget * weight[-1] * (1 + 1e-12), side="right")) - 1
    return place if place >= 0 else None


def curve(sums: dict[str, Any], total: dict[str, float]) -> list[dict[str, float]]:
    """Return detection and precision at a range of budgets; budgets without a whole group of scores are left out."""
    found = []
    for budget in POINTS:
        place = cut(sums["weight"], budget)
        if place is None:
            continue
        row = {"budget": budget, "share": float(sums["weight"][place]) / total["weight"],
               "precision": float(sums["fraud_weight"][place] / sums["weight"][place])}  # fmt: skip
        for name, of in (("by transaction", "fraud_weight"), ("by value", "fraud_value")):
            row |= {name: float(sums[of][place]) / total[of]} if total[of] > 0 else {}
        found.append(row)
    return found
