"""The control arm: transactions let through at random, which show fraud that is not shaped by the model's decisions."""

from __future__ import annotations

import numpy as np

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import AccountSums, Cases
from secondline.stats.clusters import Ratio, ratio, share_interval
from secondline.stats.fraud.clusters import METHOD, by_account, warnings
from secondline.stats.fraud.episodes import fraud, money

NOBODY = Undefined(
    because="no transaction with a known label is in the control arm", n=0, events=0,
    needed="transactions let through at random, with the chance on record",
)  # fmt: skip


def control_rate(cases: Cases, accounts: AccountSums, *, level: float = 0.95) -> Measured:
    """Share of transactions that are fraud, as the control arm tells it: free of what the decisions hide.

    Hajek's estimator ``(sum y / p) / (sum 1 / p)`` over the arm, p the chance of being let through; Wilson's interval
    at the effective size of the accounts. ``detail`` has the same by value, the share of that fraud which is alerted,
    and the rate among all labels beside it. Undefined with nobody in the arm. Source: Hajek (1971), in Foundations of
    Statistical Inference; Sarndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, 5.7.
    """
    found, chance = _rate(cases, accounts)
    if found is None:
        return NOBODY
    rows, inside = accounts.total("arm"), np.isfinite(chance)
    span = share_interval(found, rows, level)
    known = fraud(cases) & inside
    worth, weight = money(cases), cases["weight"]
    inverse = np.divide(1.0, chance, out=np.zeros(len(chance)), where=inside)
    value, labelled = accounts.total("arm_value"), accounts.total("labelled")
    hit = known & (cases["alert"] > 0)
    detected = ratio(by_account(cases, worth * inverse * hit), by_account(cases, worth * inverse * known))
    return Estimate(
        value=found.value, low=min(span.low, found.value), high=max(span.high, found.value), level=level,
        method=f"Hajek, Wilson at the effective size, {METHOD}", n=rows, events=float(known.sum()),
        detail={"arm": int(rows), "frauds in the arm": int(known.sum()), "arm share": rows / accounts.total("rows"),
                "by value": float((worth * inverse)[known].sum()) / value if value > 0 else None,
                "value detected in the arm": detected.value if detected else None,
                "rate among all labels": float(weight[fraud(cases)].sum()) / labelled if labelled > 0 else None},
        warnings=warnings(accounts),
    )  # fmt: skip


def control_size(cases: Cases, accounts: AccountSums, *, level: float = 0.95) -> Measured:
    """Half the width of the control arm's interval over its fraud rate: what the size of the arm can tell.

    0.5 means that the rate is known to within half of itself; there is no interval. Undefined with nobody in the arm
    or no fraud in it; then ``needed`` says how many transactions the arm would take at the rate of all labels.
    """
    found, _ = _rate(cases, accounts)
    if found is None:
        return NOBODY
    rows = accounts.total("arm")
    if found.value <= 0:
        weight, labelled = float(cases["weight"][fraud(cases)].sum()), accounts.total("labelled")
        needed = f"about {16 * labelled / weight:,.0f} transactions in the arm" if weight > 0 else "fraud in the arm"
        return Undefined(because=f"no fraud is among the {rows:,.0f} transactions of the control arm", n=rows, events=0,
                         needed=needed)  # fmt: skip
    span = share_interval(found, rows, level)
    half = (span.high - span.low) / 2 / found.value
    return Estimate(
        value=half, level=level, method="half-width over the rate", n=rows,
        events=float((fraud(cases) & np.isfinite(cases["chance"])).sum()),
        detail={"arm": int(rows), "arm share": rows / accounts.total("rows"), "rate": found.value, "low": span.low,
                "high": span.high}, warnings=warnings(accounts),
    )  # fmt: skip


def _rate(cases: Cases, accounts: AccountSums) -> tuple[Ratio | None, np.ndarray]:
    chance = np.where(cases["chance"] > 0, cases["chance"], np.nan)
    known = fraud(cases) & np.isfinite(chance)
    inverse = np.divide(cases["weight"], chance, out=np.zeros(len(cases)), where=known)
    return ratio(by_account(cases, inverse, accounts), accounts["arm_weight"]), chance
